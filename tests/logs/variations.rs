//! Every known variation of a log file in a small file of our own.

use std::collections::BTreeSet;

use imesim::log::LogFile;
use imesim::log::event::Guid;
use imesim::log::files::part_of;
use imesim::log::reader::{Kind, Part, Reader};

/// What a sample must be read as, piece by piece without blanks.
const SAMPLES: &[(&str, &[&str])] = &[
    ("plain", &["record EMS Agent Started", "record Agent version is: 1.94.100.0"]),
    ("several-lines", &["record one\r\ntwo\nthree", "record four\n", "record five"]),
    ("empty-messages", &["record ", "record  ", "record something"]),
    ("brackets", &["record [Win32App][V3Processor] {\"a\":[\"]LOG]!>\",\"]]>\"]} <tag> ]LOG]!><p class=", "record x"]),
    (
        "mark-in-the-middle",
        &["foreign # a title\n\u{feff}", "record one", "foreign \n### another part\n\u{feff}", "record two"],
    ),
    ("never-closed", &["truncated write output done. output = Hello\nand more\n"]),
    ("cut-in-attributes", &["record one", "truncated two, at 2026-03-02 08:00:06.000"]),
    ("cut-in-mark", &["record one", "truncated two]LOG"]),
    (
        "tail-of-attributes",
        &["record one", "torn Tail tension\" context=\"\" type=\"1\" thread=\"4\" file=\"\">\r\n", "record two"],
    ),
    (
        "tail-of-message",
        &["record one", "torn Tail rest of a longer sentence, at 2026-03-02 08:00:06.000", "record two"],
    ),
    (
        "record-in-record",
        &[
            "record one",
            "torn Head Getting U",
            "record two",
            "torn Head three, at 2026-03-02 08:00:07.000",
            "record four",
        ],
    ),
    ("nothing", &[]),
    ("blank-lines", &[]),
    ("only-a-mark", &[]),
    ("no-mark-lf", &["record one", "record two"]),
    ("not-a-log", &["foreign Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE]\r\n"]),
    ("other-zone", &["record one, zone 0", "record two, zone -120"]),
    ("other-order", &["record one", "record two"]),
    ("one-line", &["record Agent is ready., zone 420", "foreign no record\r\n", "record more"]),
    ("bad-attributes", &["torn Whole one", "torn Whole two", "record three"]),
    ("utf-16-little", &["record Grüße", "record \u{1f600} two\nlines", "truncated cut"]),
    ("utf-16-big", &["record Grüße", "record \u{1f600} two\nlines", "truncated cut", "foreign "]),
    ("not-text", &["record a \u{fffd}\u{fffd} b"]),
];

fn sample(name: &str) -> Vec<u8> {
    let file = format!("{}/tests/logs/samples/{name}.log", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(file).expect("a sample can be read")
}

/// What a file is read as, in words.
pub(crate) fn told(bytes: &[u8]) -> Vec<String> {
    let mut reader = Reader::new(bytes);
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(piece) = reader.next().expect("memory can be read") {
        assert_eq!(piece.range.start, at);
        at = piece.range.end;
        let when = |stamp: Option<imesim::log::Stamp>| stamp.map_or(String::new(), |stamp| format!(", at {stamp}"));
        all.push(match piece.kind {
            Kind::Record(entry) => {
                let zone = entry.zone.map_or(String::new(), |zone| format!(", zone {zone}"));
                format!("record {}{zone}", entry.record.message)
            }
            Kind::Torn { part, text, stamp } => format!("torn {part:?} {text}{}", when(stamp)),
            Kind::Truncated { text, stamp } => format!("truncated {text}{}", when(stamp)),
            Kind::Foreign(text) => format!("foreign {text}"),
            Kind::Blank => continue,
        });
    }
    assert_eq!(at, bytes.len() as u64);
    assert_eq!(reader.tally().bytes(), at);
    all
}

#[test]
fn every_sample_is_read_as_it_should_be() {
    for (name, expected) in SAMPLES {
        assert_eq!(told(&sample(name)), *expected, "{name}");
    }
}

/// B-11.5: ten files, each with its component, and older parts of each (B-11.11).
#[test]
fn the_ten_files_are_known_by_name() {
    let mut names = BTreeSet::new();
    for file in LogFile::ALL {
        assert!(names.insert(file.name()) && !file.component().is_empty());
        for (path, part) in [
            (format!("{}.log", file.name()), None),
            (format!("_{}.log", file.name()), Some("")),
            (format!("{}-20260302-080005.log", file.name()), Some("20260302-080005")),
        ] {
            assert_eq!(part_of(&path), (file.name(), part));
        }
    }
    assert_eq!(names.len(), 10);
    for (path, name) in [
        ("a-20260302-08000x.log", "a-20260302-08000x"),
        ("-20260302-080005.log", "-20260302-080005"),
        ("_.log", "_"),
        ("ä", "ä"),
    ] {
        assert_eq!(part_of(path), (name, None));
    }
}

/// B-11.13: ids in lower case, whatever case they came in.
#[test]
fn ids_are_written_in_lower_case() {
    let id: Guid = "ABCDEF01-2345-6789-abcd-EF0123456789".parse().expect("it is one");
    assert_eq!(id.to_string(), "abcdef01-2345-6789-abcd-ef0123456789");
    for wrong in [
        "",
        "ABCDEF01-2345-6789-abcd-EF012345678",
        "ABCDEF0102345-6789-abcd-EF0123456789",
        "{BCDEF01-2345-6789-abcd-EF012345678}",
    ] {
        assert!(wrong.parse::<Guid>().is_err(), "{wrong}");
    }
}

#[test]
fn every_sample_is_listed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/logs/samples");
    let there = std::fs::read_dir(folder).expect("the samples are there").count();
    assert_eq!(there, SAMPLES.len());
}

#[test]
fn other_attributes_are_read_in_any_order() {
    let bytes = sample("other-order");
    let mut reader = Reader::new(bytes.as_slice());
    let mut all = Vec::new();
    while let Some(piece) = reader.next().expect("memory can be read") {
        if let Kind::Record(entry) = piece.kind {
            let record = entry.record;
            all.push(format!("{} {:?} {:?} {}", record.stamp, record.severity, record.thread, record.component));
        }
    }
    assert_eq!(all, ["2026-03-02 08:00:05.100 Unstated None X", "2026-12-31 23:59:59.999 Error Some(16) X"]);
}

#[test]
fn a_message_that_is_too_long_is_cut_and_says_so() {
    let long = "x".repeat(1_000_000);
    let attributes = "<time=\"08:00:05.1234567\" date=\"3-2-2026\" component=\"X\" context=\"\" type=\"1\" thread=\"4\" file=\"\">\r\n";
    let text = format!("<![LOG[{long}]LOG]!>{attributes}<![LOG[next]LOG]!>{attributes}<![LOG[{long}<![LOG[{long}");
    let mut reader = Reader::with_limit(text.as_bytes(), 1_000);
    let mut seen = Vec::new();
    while let Some(piece) = reader.next().expect("memory can be read") {
        seen.push(match piece.kind {
            Kind::Record(entry) => (entry.record.message.len(), entry.cut_from),
            Kind::Torn { part: Part::Head, text, .. } | Kind::Truncated { text, .. } => (text.len(), Some(0)),
            Kind::Torn { .. } | Kind::Foreign(_) | Kind::Blank => (0, None),
        });
    }
    assert_eq!(seen, [(1_000, Some(1_000_000)), (4, None), (1_000, Some(0)), (1_000, Some(0))]);
    assert_eq!((reader.tally().bytes(), reader.tally().cut), (text.len() as u64, 1));
}
