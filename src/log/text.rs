//! A timeline as text for a terminal.

use core::fmt::{self, Write};

use super::clock::Jump;
use super::oracle::Check;
use super::record::Stamp;
use super::timeline::{Anomaly, Item, ItemKind, LogSummary, Oddity, Outcome, Timeline};

/// Which items are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// All of them, also those that say little: proxies, triggers of sessions, helpers, check-ins with nothing in them.
    pub all: bool,
}

/// Writes a timeline: the logs, what happened, what is odd.
///
/// # Errors
/// What `out` fails with.
pub fn write(timeline: &Timeline, shown: Shown, out: &mut impl Write) -> fmt::Result {
    for log in &timeline.logs {
        writeln!(out, "{}", summary(log))?;
    }
    let mut left_out = 0;
    let mut day = None;
    writeln!(out)?;
    for item in &timeline.items {
        if !shown.all && says_little(item) {
            left_out += 1;
            continue;
        }
        if day != Some(item.begin.date) {
            day = Some(item.begin.date);
            let date = item.begin.date;
            writeln!(out, "{:04}-{:02}-{:02}", date.year, date.month, date.day)?;
        }
        write_item(item, out)?;
    }
    if left_out > 0 {
        writeln!(out, "({left_out} more with --all: proxies, sessions, helpers, and what had nothing to do)")?;
    }
    if !timeline.anomalies.is_empty() {
        writeln!(out, "\nOdd:")?;
        for anomaly in &timeline.anomalies {
            let after = anomaly.after.map_or_else(|| "at the beginning".to_owned(), |stamp| format!("after {stamp}"));
            writeln!(out, "  {after}  {} byte {}: {}", anomaly.log, anomaly.offset, told(anomaly))?;
        }
    }
    writeln!(out)?;
    for check in Check::ALL {
        let failed: Vec<_> = timeline.findings.iter().filter(|finding| finding.check == check).collect();
        writeln!(out, "{}  {}", if failed.is_empty() { "holds" } else { "fails" }, check.says())?;
        for finding in failed {
            let at = finding.at.map_or_else(String::new, |stamp| format!("{stamp}  "));
            writeln!(out, "       {at}{}: {}", finding.log, finding.what)?;
        }
    }
    Ok(())
}

/// One line about a log.
pub fn summary(log: &LogSummary) -> String {
    let tally = &log.tally;
    let span = match (log.first, log.last) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        (None, _) | (_, None) => "no record".to_owned(),
    };
    let mut text = format!("{}: {span}, {} records", log.name, tally.records);
    for (count, what) in [
        (log.parts.saturating_sub(1), "older parts"),
        (log.events, "understood"),
        (tally.multi_line, "of several lines"),
        (tally.torn, "torn"),
        (tally.truncated, "truncated"),
        (tally.foreign, "stretches of other text"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text
}

/// Whether an item is left out of a short timeline: it went as usual, and nothing is said of it.
pub fn says_little(item: &Item) -> bool {
    let is_quiet = match item.kind {
        // The helper of proxies writes no end.
        ItemKind::Helper => return item.outcome != Outcome::Failed,
        ItemKind::ProxyPoll | ItemKind::GenericCheckIn | ItemKind::CertificateCheck => true,
        ItemKind::Trigger => {
            !item.facts.iter().any(|fact| fact.value.contains("Logon") || fact.value.contains("command ="))
        }
        ItemKind::RemediationPass | ItemKind::AvailableAppCheckIn => {
            item.facts.iter().all(|fact| fact.value.starts_with("count 0,"))
        }
        ItemKind::ServiceRun
        | ItemKind::ScriptCheckIn
        | ItemKind::RequiredAppCheckIn
        | ItemKind::SessionAppCheckIn
        | ItemKind::AppCheckIn
        | ItemKind::Script
        | ItemKind::App
        | ItemKind::StoreApp
        | ItemKind::Remediation
        | ItemKind::Download
        | ItemKind::Installer
        | ItemKind::HealthCheck
        | ItemKind::Inventory => false,
    };
    is_quiet && item.outcome == Outcome::Done
}

fn write_item(item: &Item, out: &mut impl Write) -> fmt::Result {
    let indent = if is_part(item.kind) { "  " } else { "" };
    write!(
        out,
        "  {}  {:>9}  {indent}{}",
        clock(item.begin),
        item.millis.map_or_else(|| "-".to_owned(), length),
        item.kind.title()
    )?;
    if let Some(id) = item.id {
        write!(out, " {id}")?;
    }
    if let Some(user) = item.user.filter(|user| user.0 != 0) {
        write!(out, " for {user}")?;
    }
    if let Some(reason) = item.reason {
        write!(out, " ({})", reason.title())?;
    }
    if item.kind != ItemKind::Trigger && item.kind != ItemKind::GenericCheckIn {
        write!(out, ": {}", item.outcome.title())?;
    }
    writeln!(out)?;
    for fact in &item.facts {
        let mut lines = fact.value.lines();
        let first = lines.next().unwrap_or("");
        let more = if lines.next().is_some() { " \u{2026}" } else { "" };
        writeln!(out, "  {:12}  {:9}  {indent}  {}: {first}{more}", "", "", fact.name)?;
    }
    Ok(())
}

fn is_part(kind: ItemKind) -> bool {
    matches!(
        kind,
        ItemKind::Script
            | ItemKind::App
            | ItemKind::StoreApp
            | ItemKind::Remediation
            | ItemKind::Download
            | ItemKind::Installer
    )
}

fn clock(stamp: Stamp) -> String {
    let time = stamp.time;
    format!("{:02}:{:02}:{:02}.{:03}", time.hour, time.minute, time.second, time.ticks / 10_000)
}

/// A length of time for people: `0.2s`, `14.0s`, `3m05s`, `2h07m`, `3d04h`.
pub fn length(millis: u64) -> String {
    let seconds = millis / 1_000;
    match seconds {
        0..60 => format!("{seconds}.{}s", millis % 1_000 / 100),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// What is odd, for people.
pub fn told(anomaly: &Anomaly) -> String {
    let span = |millis: i64| length(millis.unsigned_abs());
    let line = |text: &str| text.lines().next().unwrap_or("").to_owned();
    match &anomaly.what {
        Oddity::Torn { text, .. } => format!("torn record, left is `{}`", line(text)),
        Oddity::Truncated { text } => format!("the end of the file cuts off `{}`", line(text)),
        Oddity::Foreign { bytes, text } => format!("{bytes} bytes are no record: `{}`", line(text)),
        Oddity::Cut { bytes } => format!("a message of {bytes} bytes is cut"),
        Oddity::Clock(Jump::Zone { minutes }) => {
            let sign = if *minutes < 0 { '-' } else { '+' };
            let minutes = minutes.unsigned_abs();
            format!("another zone from here on, {sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
        Oddity::Clock(Jump::ZoneOrOff { minutes, millis }) => {
            let zone = format!("+{:02}:{:02}", minutes / 60, minutes % 60);
            format!("the service did not run for {}, or another zone from here on, {zone}: not told", span(*millis))
        }
        Oddity::Clock(Jump::Step { millis }) => format!("the clock is set back by {}", span(*millis)),
        Oddity::Clock(Jump::Race { millis }) => format!("two writers: this one is {} behind", span(*millis)),
        Oddity::Clock(Jump::Asleep { millis, at_least }) => {
            format!("silent for {}, of which the device slept at least {}", span(*millis), span(*at_least))
        }
        Oddity::Clock(Jump::Off { millis }) => format!("the service did not run for {}", span(*millis)),
        Oddity::SleptBy(late) => format!(
            "the timer of {} is {} late, so the device slept; the longest silence was {}",
            late.workload,
            span(late.late_millis),
            span(late.silence_millis)
        ),
        Oddity::StartLost => "the service starts, and the record that says so is lost".to_owned(),
    }
}
