//! `imesim invariants`: what must hold, where it is held, which bugs it was learned from, and which scenarios show it.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::check::invariant::{FieldBug, Home, Invariant, Starter, field_bugs, starters};

#[derive(Debug, Args)]
pub(super) struct InvariantsArgs {
    /// Shows only this one, such as C1, with the bugs that it would have caught and the scenarios that show it.
    name: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn print(args: &InvariantsArgs) -> Result<ExitCode, String> {
    let only = match &args.name {
        Some(name) => Some(Invariant::of_name(name).ok_or_else(|| {
            let all: Vec<&str> = Invariant::ALL.into_iter().map(Invariant::name).collect();
            format!("there is no invariant `{name}`; these are: {}", all.join(", "))
        })?),
        None => None,
    };
    let wanted = Invariant::ALL.into_iter().filter(|invariant| only.is_none_or(|only| only == *invariant));
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if args.json {
        let rows: Vec<_> = wanted
            .map(|invariant| {
                json!({"name": invariant, "says": invariant.says(), "kind": invariant.kind(), "home": invariant.home(),
                    "bugs": bugs_of(invariant).collect::<Vec<_>>(), "starters": starters_of(invariant).collect::<Vec<_>>()})
            })
            .collect();
        serde_json::to_writer_pretty(&mut out, &rows).map_err(io::Error::from).and_then(|()| writeln!(out))
    } else {
        wanted.into_iter().try_for_each(|invariant| {
            writeln!(out, "{:<3} {}", invariant.name(), invariant.says())?;
            let count = bugs_of(invariant).count();
            match invariant.home() {
                Home::Judge => writeln!(out, "    judged in every hunt; {count} bugs")?,
                Home::Partly(but) => writeln!(out, "    judged in every hunt, but for: {but}; {count} bugs")?,
                Home::Promised(why) => writeln!(out, "    judged where the profile promises it: {why}; {count} bugs")?,
                Home::Tests(file) => writeln!(out, "    tested by {file}; {count} bugs")?,
                Home::Construction(how) => writeln!(out, "    held by construction: {how}; {count} bugs")?,
                Home::Nothing(why) => writeln!(out, "    not of this agent: {why}; {count} bugs")?,
                Home::Open(why) => writeln!(out, "    open: {why}; {count} bugs")?,
            }
            let shown = bugs_of(invariant).filter(|_| only.is_some());
            shown.into_iter().try_for_each(|bug| {
                let cause = if bug.is_stated { "" } else { " (cause concluded, not stated)" };
                writeln!(out, "    FB-{:03}  {}{cause}", bug.number, bug.threads.join(", "))
            })?;
            let shown = starters_of(invariant).filter(|_| only.is_some());
            shown.into_iter().try_for_each(|starter| {
                writeln!(out, "    S-{:02}    {}: {}", starter.number, starter.name, starter.must_hold)?;
                starter
                    .files
                    .iter()
                    .try_for_each(|file| writeln!(out, "            tests/scenarios/starter/{file}"))?;
                starter.lacks.map_or(Ok(()), |why| writeln!(out, "            not of this agent: {why}"))
            })
        })
    };
    super::ignore_closed_pipe(written.and_then(|()| out.flush()))?;
    Ok(ExitCode::SUCCESS)
}

fn bugs_of(invariant: Invariant) -> impl Iterator<Item = &'static FieldBug> {
    field_bugs().iter().filter(move |bug| bug.caught_by.contains(&invariant))
}

fn starters_of(invariant: Invariant) -> impl Iterator<Item = &'static Starter> {
    starters().iter().filter(move |starter| starter.invariants.contains(&invariant))
}
