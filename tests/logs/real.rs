//! What real logs are made of.

use std::collections::BTreeSet;

use imesim::log::reader::{Kind, Part, Reader};
use imesim::log::{Event, Severity};

use super::fixtures;

#[test]
fn every_byte_of_every_log_is_accounted_for_and_every_record_found() {
    for (fixture, bytes) in fixtures::each() {
        let mut reader = Reader::new(bytes.as_slice());
        let mut at = 0;
        while let Some(piece) = reader.next().expect("memory can be read") {
            assert_eq!(piece.range.start, at, "{}", fixture.id);
            assert!(piece.range.end > at, "{}", fixture.id);
            at = piece.range.end;
        }
        let tally = *reader.tally();
        assert_eq!(at, bytes.len() as u64, "{}", fixture.id);
        assert_eq!(tally.bytes(), at, "{}", fixture.id);
        let found = [tally.records, tally.multi_line, tally.empty, tally.torn];
        assert_eq!(found, [fixture.records, fixture.multi_line, fixture.empty, fixture.torn], "{}", fixture.id);
        assert_eq!(tally.truncated, u64::from(["Q3", "Q4"].contains(&fixture.id)), "{}", fixture.id);
        assert_eq!(tally.foreign, if fixture.id == "AE" { 3 } else { 0 }, "{}", fixture.id);
        assert_eq!(tally.cut, 0, "{}", fixture.id);
    }
}

/// B-11.8, B-11.9: the agent writes no zone, and every record says what it should.
#[test]
fn records_of_the_agent_are_written_back_to_the_byte() {
    for (fixture, bytes) in fixtures::each() {
        let mut reader = Reader::new(bytes.as_slice());
        while let Some(piece) = reader.next().expect("memory can be read") {
            let Kind::Record(entry) = piece.kind else { continue };
            let of_file = &bytes[usize::try_from(piece.range.start).expect("small")..];
            let written = entry.record.to_string();
            assert!(of_file.starts_with(written.as_bytes()), "{} at {}: {written}", fixture.id, piece.range.start);
            assert!(entry.record.thread.is_some() && entry.zone.is_none() && entry.cut_from.is_none());
            assert_ne!(entry.record.severity, Severity::Unstated);
        }
    }
}

#[test]
fn what_is_left_of_torn_records_is_told() {
    let torn = |id: &str| {
        let bytes = fixtures::bytes(id)?;
        let mut reader = Reader::new(bytes.as_slice());
        let mut all = Vec::new();
        while let Some(piece) = reader.next().expect("memory can be read") {
            match piece.kind {
                Kind::Torn { part, text, stamp } => all.push((piece.range.start, part, text.len(), stamp.is_some())),
                Kind::Truncated { stamp, .. } => all.push((piece.range.start, Part::Whole, 0, stamp.is_some())),
                Kind::Record(_) | Kind::Foreign(_) | Kind::Blank => {}
            }
        }
        Some(all)
    };
    /// Where it begins, what is left, how long its text is, whether its time is known.
    type Left = (u64, Part, usize, bool);
    let expected: [(&str, Vec<Left>); 6] = [
        ("A", vec![(688_204, Part::Tail, 46, true)]),
        ("D", vec![(344_406, Part::Tail, 119, true)]),
        ("B", vec![(344_078, Part::Tail, 46, false)]),
        (
            "CH20",
            vec![
                (3_606, Part::Head, 147, true),
                (4_005, Part::Head, 12, false),
                (4_504, Part::Tail, 14, false),
                (9_643, Part::Head, 147, true),
                (10_042, Part::Head, 12, false),
                (10_541, Part::Tail, 14, false),
            ],
        ),
        ("Q3", vec![(1_023, Part::Whole, 0, true)]),
        ("Q4", vec![(0, Part::Whole, 0, false)]),
    ];
    for (id, expected) in expected {
        if let Some(found) = torn(id) {
            assert_eq!(found, expected, "{id}");
        }
    }
}

/// How many messages of each real log are understood, so that a change of a phrase shows.
const UNDERSTOOD: [(&str, u64); 25] = [
    ("A", 841),
    ("B", 422),
    ("C", 661),
    ("D", 586),
    ("E", 838),
    ("F", 393),
    ("G", 310),
    ("H", 290),
    ("I", 552),
    ("X20", 1_759),
    ("X20e", 234),
    ("X24a", 1_677),
    ("X24b", 251),
    ("X24h", 586),
    ("X24e", 313),
    ("X24i", 21),
    ("X24p", 4),
    ("X24c", 56),
    ("CH20", 20),
    ("CH24", 12),
    ("AE", 9),
    ("Q1", 25),
    ("Q2", 6),
    ("Q3", 4),
    ("Q4", 0),
];

/// Events that no real log here has: other readers know them, or they are known from what people wrote.
const NEVER_SEEN: &[&str] = &[
    "throttled",
    "script-user-skipped",
    "script-timed-out",
    "executor-output",
    "executor-timed-out",
    "app-answer",
    "in-grs",
    "filtered-out",
    "reevaluation-waits",
    "grs-known",
    "grs-skip",
    "grs-cleared",
    "no-action",
    "execute",
    "state-change",
    "download-progress",
    "download-figures",
    "installer-timed-out",
    "exit-unlisted",
    "restart-needed",
    "esp-registered",
    "esp-tracked",
    "store-phase",
    "schedule-once",
    "remediation-result-same",
    "remediation-result",
];

#[test]
fn messages_are_understood() {
    let mut seen = BTreeSet::new();
    let mut known = Vec::new();
    for (fixture, bytes) in fixtures::each() {
        let mut reader = Reader::new(bytes.as_slice());
        let mut count = 0;
        while let Some(piece) = reader.next().expect("memory can be read") {
            if let Kind::Record(entry) = piece.kind
                && let Some(event) = Event::parse(entry.record.message)
            {
                count += 1;
                let _ = seen.insert(event.name());
            }
        }
        known.push((fixture.id, count));
    }
    if !known.is_empty() {
        assert_eq!(known, UNDERSTOOD);
        let never: Vec<&str> = Event::names().filter(|name| !seen.contains(name)).collect();
        assert_eq!(never, NEVER_SEEN);
    }
}
