//! The MDM diagnostics report as a page: the HTML twin of the XML, with less in it.
//!
//! Only its table of the device is looked at, which later versions of Windows write, and whether `MDMDeviceWithAAD` occurs
//! (B-11.3). The labels of that table are those that public tools look for; no page of an enrolled device is published.

use super::error::Problem;
use super::given::{Fact, Given};
use super::mdm_report::{property, system};
use super::report::{Reason, Report};
use super::sniff::Broken;
use super::text::position;
use super::{dsregcmd, edition};

/// Reads the page.
pub(super) fn read(report: &mut Report, text: &str) -> Result<(), Broken> {
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return Err((position(text, 0), Problem::ForeignHtml));
    }
    let is_whole = text.trim_end().to_ascii_lowercase().ends_with("</html>");
    if !is_whole {
        report.cut = Some(position(text, text.len()));
    }
    for (at, label, value) in rows(text) {
        let line = Some(position(text, at).line);
        match label.as_str() {
            "osbuild" | "osversion" => system(report, &value, line),
            "edition" => match edition::by_name(&value) {
                Some(edition) => report.says([Given::Edition(edition)], line, dsregcmd::shown("Edition", &value)),
                None => {
                    report.leaves(Fact::Edition, line, dsregcmd::shown("Edition", &value), Reason::UnknownEdition);
                }
            },
            _ => {}
        }
    }
    property(report, text, is_whole);
    Ok(())
}

/// What shows that a page is this report.
const MARKS: [&str; 4] =
    ["<title>MDM Diagnostic", TABLE, "id=\"UnmanagedPoliciesTable\"", "id=\"ConnectionInfoTable\""];

/// The table of the device.
const TABLE: &str = "id=\"DeviceInfoTable\"";

/// The rows of the table of the device: where its value stands, its label in small letters without what is none, its value.
fn rows(text: &str) -> Vec<(usize, String, String)> {
    let Some(start) = text.find(TABLE) else { return Vec::new() };
    let rest = text.get(start..).unwrap_or("");
    let table = rest.split("</table>").next().unwrap_or("");
    let mut cells = Vec::new();
    let mut at = start;
    // Before the first cell stands the head of the table; a cell that has no end is cut off.
    for (place, piece) in table.split("<td").enumerate() {
        if place > 0 {
            cells.push((
                at,
                piece.split_once('>').and_then(|(_, body)| body.split_once("</td")).map(|(body, _)| plain(body)),
            ));
        }
        at += piece.len() + "<td".len();
    }
    cells
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [(_, Some(label)), (at, Some(value))] => {
                let label = label.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
                Some((*at, label, value.clone()))
            }
            _ => None,
        })
        .collect()
}

/// The text of a cell, without what is within tags.
fn plain(body: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_their_table_and_a_cell_that_is_cut_off_is_none() {
        let page = "<table id=\"Other\"><tr><td>OS build</td><td>1</td></tr></table>\n<table class=\"x\" id=\"DeviceInfoTable\">\
                    <tr><td class=\"L\">OS Build:</td><td><b>10.0.22631.3155</b></td></tr><tr><td>Edition</td><td>Win";
        let found: Vec<(String, String)> = rows(page).into_iter().map(|(_, label, value)| (label, value)).collect();
        assert_eq!(found, [("osbuild".to_owned(), "10.0.22631.3155".to_owned())]);
    }
}
