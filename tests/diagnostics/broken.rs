//! Files that are cut off, spliced, changed or no text: an error or less knowledge, never another fact, never a panic.

use imesim::diagnostics::{self, Fact, Kind, Reading, Report, State};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{ALL, SAMPLES, bytes};

/// The values that are left; `None` if nothing is said. A conflict leaves none.
fn left(reading: &Reading, fact: Fact) -> Option<Vec<imesim::diagnostics::Given>> {
    match reading.finding(fact).state() {
        State::Known(value) => Some(vec![value]),
        State::OneOf(values) => Some(values),
        State::Conflict => Some(Vec::new()),
        State::NotKnown => None,
    }
}

fn read(bytes: &[u8]) -> Option<Report> {
    diagnostics::read("x", bytes).ok()
}

/// Every sample, cut off after each of its bytes: what the rest still says, the whole says too or narrows further.
#[test]
fn a_cut_makes_less_known_and_nothing_else() {
    for name in ALL {
        let all = bytes(SAMPLES, name);
        let whole = read(&all).expect("a sample is read");
        let kind = whole.kind;
        let whole = Reading::of(vec![whole]);
        for length in 0..all.len() {
            let Some(report) = read(&all[..length]) else {
                // Once the head is there, a cut is no error.
                let head = match kind {
                    Kind::JoinStatus => 540,
                    Kind::MdmReport => 75,
                    Kind::MdmPage => 90,
                    Kind::MdmMetadata => 20,
                    Kind::RegistryExport => 74,
                    Kind::ThisDevice => 0,
                };
                assert!(length < head, "{name} is refused when it is cut off after {length} bytes");
                continue;
            };
            let cut = Reading::of(vec![report]);
            for fact in Fact::ALL {
                let (Some(some), more) = (left(&cut, *fact), left(&whole, *fact)) else { continue };
                let more = more.unwrap_or_else(|| panic!("{name}: only the cut one says {}: {some:?}", fact.name()));
                assert!(
                    more.iter().all(|value| some.contains(value)),
                    "{name}, cut off after {length} bytes: {} is {some:?} and not {more:?}",
                    fact.name()
                );
            }
        }
    }
}

/// Pieces that these files are made of, so that random texts get somewhere.
const PIECES: [&str; 30] = [
    "Windows Registry Editor Version 5.00\n",
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Enrollments\\0]\n",
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n",
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\CI\\Policy]\r\n",
    "\"ProviderID\"=\"MS DM Server\"\n",
    "\"UBR\"=",
    "dword:0000000g",
    "hex(2):41,00,\\\n",
    "\"EditionID\"=\"Pro",
    "fessional\"\n",
    "\\",
    "\n",
    "\r\n\r\n",
    "<MDMEnterpriseDiagnosticsReport>",
    "</MDMEnterpriseDiagnosticsReport>",
    "<Enrollments><Enrollment><ProviderID>MS DM Server</ProviderID>",
    "</Enrollment></Enrollments>",
    "<OSVersion>10.0.99999999999.1</OSVersion>",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&#xFFFFFFFF;",
    "<!DOCTYPE html><title>MDM Diagnostic",
    "<table id=\"DeviceInfoTable\"><td>OS Build</td><td",
    ">10.0.1.1</td></table></html>",
    "{\"MdmDiagVersion\":\"1.0\",\"UBR\":1e400,",
    "\"EditionID\":\"\u{FFFD}\"}",
    " AzureAdJoined : YES\n",
    "| Device State |",
    "\u{FEFF}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default() })]

    /// Any bytes, with and without a byte order mark.
    #[test]
    fn no_bytes_are_too_much(head in prop::sample::select(vec![&b""[..], b"\xFF\xFE", b"\xFE\xFF", b"\xEF\xBB\xBF"]), rest in any::<Vec<u8>>()) {
        let _ = diagnostics::read("x", &[head, &rest].concat());
    }

    /// Pieces of all files in any order.
    #[test]
    fn no_order_of_pieces_is_too_much(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..20), first in 0usize..4) {
        let head = ["", PIECES[0], PIECES[13], PIECES[22]][first];
        let text = format!("{head}{}", pieces.concat());
        if let Err(error) = diagnostics::read("x", text.as_bytes()) {
            let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
            prop_assert!(error.position.is_none_or(|at| at.line >= 1 && at.column >= 1 && at.line <= lines + 1), "{}", error);
        }
    }

    /// The start of one sample and the end of another; a byte of a sample changed.
    #[test]
    fn no_splice_is_too_much(one in 0..ALL.len(), other in 0..ALL.len(), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let (one, other) = (bytes(SAMPLES, ALL[one]), bytes(SAMPLES, ALL[other]));
        let (a, b) = (a.index(one.len()), b.index(other.len()));
        let reports = [[&one[..a], &other[b..]].concat(), [&one[..a], &[byte], &one[a + 1..]].concat()];
        let reading = Reading::of(reports.iter().filter_map(|bytes| read(bytes)).collect());
        prop_assert_eq!(reading.to_json()["facts"].as_object().map(|facts| facts.len()), Some(Fact::ALL.len()));
        prop_assert!(reading.to_string().lines().count() >= Fact::ALL.len());
    }
}
