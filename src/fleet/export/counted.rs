//! The tables of what was counted by time: load and curves.

use std::path::{Path, PathBuf};

use super::super::{ContentReport, FleetReport, Kind, State};
use super::error::ExportError;
use super::format::Format;
use super::table::{Column, Table, Value};

pub(super) const LOAD: &str = "load";
pub(super) const CURVES: &str = "curves";

fn load_columns() -> Vec<Column> {
    let mut columns = vec![Column::moment("start"), Column::number("start_secs")];
    columns.extend(Kind::ALL.iter().map(|kind| Column::number(kind.name())));
    columns.push(Column::number("requests"));
    columns.extend(State::ALL.iter().map(|state| Column::number(state.name())));
    columns
}

/// Writes a row for each fine bin that the run has come to.
pub(super) fn write_load(
    directory: &Path,
    formats: &[Format],
    report: &FleetReport,
) -> Result<Vec<PathBuf>, ExportError> {
    let (counts, grid) = (&report.counts, &report.counts.grid);
    let mut table = Table::create(directory, LOAD, load_columns(), formats)?;
    let requests = counts.requests();
    let states = State::ALL.map(|state| counts.in_state(state));
    let starts = (0..).map(|bin| grid.fine.saturating_mul(bin));
    let mut row = Vec::new();
    for (bin, (start, requests)) in starts.zip(requests).enumerate() {
        row.clear();
        row.extend([Value::Moment(grid.start.after(start)), Value::Number(start.as_secs())]);
        row.extend(counts.load.iter().map(|load| Value::Number(load[bin])));
        row.push(Value::Number(requests));
        row.extend(states.iter().map(|levels| Value::Number(levels[bin])));
        table.row(&row)?;
    }
    table.finish()
}

fn curve_columns() -> Vec<Column> {
    vec![
        Column::text("content"),
        Column::text("kind"),
        Column::text("ring"),
        Column::number("bin_end_secs"),
        Column::number("done"),
        Column::number("targeted"),
    ]
}

/// Writes the curve of each script, app and remediation, and those of its rings.
pub(super) fn write_curves(
    directory: &Path,
    formats: &[Format],
    report: &FleetReport,
) -> Result<Vec<PathBuf>, ExportError> {
    let mut table = Table::create(directory, CURVES, curve_columns(), formats)?;
    for (kind, contents) in report.contents() {
        for content in contents {
            for curve in std::iter::once(content).chain(&content.rings) {
                write_curve(&mut table, kind, curve, report)?;
            }
        }
    }
    table.finish()
}

fn write_curve(
    table: &mut Table,
    kind: &'static str,
    content: &ContentReport,
    report: &FleetReport,
) -> Result<(), ExportError> {
    let end = report.duration.as_millis();
    let step = content.curve_step.as_millis();
    // The end of the run belongs to the last step, though it has a bin of its own where a step ends with it.
    let steps = end.div_ceil(step).max(1);
    for number in 1..=steps {
        let bin = usize::try_from(number - 1).unwrap_or(usize::MAX);
        let done = if number == steps { content.curve.last() } else { content.curve.get(bin) };
        table.row(&[
            Value::Text(&content.name),
            Value::Text(kind),
            Value::Text(&content.ring),
            Value::Number((number * step).min(end).div_ceil(1_000)),
            // A curve is empty where nothing is ever done.
            Value::Number(done.copied().unwrap_or(0)),
            Value::Number(content.targeted),
        ])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::devices;
    use super::*;

    /// The columns that a table of the module's documentation lists.
    fn documented(name: &str) -> Vec<&'static str> {
        let lines = include_str!("mod.rs").lines().skip_while(|line| *line != format!("//! # `{name}`")).skip(1);
        let rows = lines.take_while(|line| !line.starts_with("//! # ")).filter_map(|line| line.strip_prefix("//! | `"));
        rows.filter_map(|row| row.split('`').next()).collect()
    }

    #[test]
    fn every_column_is_documented() {
        for (name, columns) in [(devices::NAME, devices::columns()), (LOAD, load_columns()), (CURVES, curve_columns())]
        {
            let names: Vec<_> = columns.iter().map(|column| column.name).collect();
            assert_eq!(documented(name), names, "{name}");
        }
    }
}
