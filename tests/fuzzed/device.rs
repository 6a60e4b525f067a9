//! Bytes as what a real device says of itself: the output of dsregcmd, a report of the MDM client, an export of the registry.
//!
//! Nothing panics, a refusal has its place, each thing that is said has a line that is there, the same text says the same in
//! UTF-16, and whatever was read can be told and judged.

use imesim::diagnostics::judge::judge;
use imesim::diagnostics::{self, Encoding, Kind, NotKnown, ReadError, Reading, Report, State};
use imesim::profile::Profile;

const STATUS: &str =
    "+----------------------------------------------------------------------+\r\n| Device State |\r\n+---+\r\n\r\n";
const JOINED: &str = "+---+\r\n| Device State |\r\n+---+\r\n\r\n             AzureAdJoined : YES\r\n";
const EXPORT: &str = "Windows Registry Editor Version 5.00\r\n\r\n";
const OLD_EXPORT: &str = "REGEDIT4\r\n\r\n";

/// True if the bytes, or a status that they go on, are one.
pub(crate) fn dsregcmd(data: &[u8]) -> bool {
    is_any(&["", STATUS, JOINED], data, &[Kind::JoinStatus])
}

/// True if the bytes are a report of the MDM client in any of its forms.
pub(crate) fn mdm(data: &[u8]) -> bool {
    is_any(&[""], data, &[Kind::MdmReport, Kind::MdmPage, Kind::MdmMetadata])
}

/// True if the bytes, or an export that they go on, are one.
pub(crate) fn registry(data: &[u8]) -> bool {
    is_any(&["", EXPORT, OLD_EXPORT], data, &[Kind::RegistryExport])
}

/// True if the bytes behind one of these heads are of one of these kinds. The last that is, is judged as well for one input of
/// sixteen: that takes a hundred times as long as to read it.
fn is_any(heads: &[&str], data: &[u8], kinds: &[Kind]) -> bool {
    let reports: Vec<Report> = heads.iter().filter_map(|head| read(&[head.as_bytes(), data].concat())).collect();
    let Some(report) = reports.into_iter().rfind(|report| kinds.contains(&report.kind)) else { return false };
    if sum(data).is_multiple_of(16) {
        let judgement = judge(&Reading::of(vec![report]), &Profile::default());
        assert!(!judgement.to_string().is_empty() && judgement.to_json().is_object());
    }
    true
}

/// What the bytes say, if they say anything.
fn read(bytes: &[u8]) -> Option<Report> {
    let read = looked_at(bytes);
    // Cut off somewhere, it may be refused, or say less.
    let _ = looked_at(&bytes[..sum(bytes) % (bytes.len() + 1)]);
    read.ok()
}

/// A number that differs from input to input.
fn sum(bytes: &[u8]) -> usize {
    let sum = bytes.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    sum >> 7
}

fn looked_at(bytes: &[u8]) -> Result<Report, ReadError> {
    let read = diagnostics::read("f", bytes);
    match &read {
        Ok(report) => {
            told(report, bytes);
        }
        Err(error) => {
            assert!(error.to_string().starts_with('f'), "{error}");
            assert!(error.position.is_none_or(|at| at.line > 0 && at.column > 0), "{error}");
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.starts_with(['\u{FEFF}'])
        && !text.contains('\0')
        && !["MSCF", "PK\u{3}\u{4}"].iter().any(|magic| text.starts_with(magic))
    {
        let wide: Vec<u8> = "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let in_utf16 = read.clone().map(|report| Report { encoding: Some(Encoding::Utf16Le), ..report });
        assert_eq!(diagnostics::read("f", &wide), in_utf16);
    }
    read
}

fn told(report: &Report, bytes: &[u8]) {
    // In UTF-16 too each line has at most one byte of this value.
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    for evidence in &report.evidence {
        let first = evidence.says.first().expect("something is said");
        assert!(evidence.says.iter().all(|value| value.fact() == first.fact()), "{evidence:?}");
    }
    for source in report.evidence.iter().map(|said| &said.source).chain(report.gaps.iter().map(|gap| &gap.source)) {
        assert!(source.line.is_none_or(|line| (1..=lines).contains(&(line as usize))), "{source:?} of {lines} lines");
        assert!(!source.field.contains(char::is_control), "{source:?}");
    }
    let mut reading = Reading::of(vec![report.clone()]);
    assert!(!reading.to_string().is_empty() && reading.to_json().is_object());
    reading.assume_defaults();
    if let Err(NotKnown(open)) = reading.facts() {
        for state in open.iter().map(|fact| reading.finding(*fact).state()) {
            assert!(matches!(state, State::Conflict | State::OneOf(_)), "what is not known is assumed: {state:?}");
        }
        assert!(reading.to_toml("pc").is_err());
    }
}
