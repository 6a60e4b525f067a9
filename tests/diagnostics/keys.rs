//! The registry of a device: through keys of our own, and on Windows through the real ones.

use std::collections::BTreeMap;
use std::io;

use imesim::diagnostics::registry::{Data, Keys, read_keys};
use imesim::diagnostics::{Fact, Kind, Reading, Reason, Report, State};

/// A registry in memory; `refused` is a key that may not be read.
#[derive(Default)]
struct Planted {
    keys: BTreeMap<&'static str, Vec<(&'static str, Data)>>,
    refused: &'static str,
}

impl Keys for Planted {
    fn values(&self, path: &str) -> io::Result<Option<Vec<(String, Data)>>> {
        if path == self.refused {
            return Err(io::Error::from(io::ErrorKind::PermissionDenied));
        }
        let values = self.keys.get(path);
        Ok(values.map(|values| values.iter().map(|(name, data)| ((*name).to_owned(), data.clone())).collect()))
    }

    fn children(&self, path: &str) -> io::Result<Option<Vec<String>>> {
        if path == self.refused {
            return Err(io::Error::from(io::ErrorKind::PermissionDenied));
        }
        let below = |key: &&str| key.strip_prefix(path)?.strip_prefix('\\').map(str::to_owned);
        Ok(self.keys.contains_key(path).then(|| self.keys.keys().filter_map(below).collect()))
    }
}

const WINDOWS: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const ENROLLMENTS: &str = r"SOFTWARE\Microsoft\Enrollments";

fn text(text: &str) -> Data {
    Data::Text(text.to_owned())
}

fn state(report: Report, fact: Fact) -> String {
    Reading::of(vec![report]).finding(fact).state().to_string()
}

/// What is not in the registry of a device is not there: unlike in an export, that is an answer.
#[test]
fn an_empty_registry_is_an_answer() {
    let report = read_keys("pc1", &Planted::default());
    assert_eq!(report.kind, Kind::ThisDevice);
    let known = |fact| state(report.clone(), fact);
    assert_eq!((known(Fact::Enrolled), known(Fact::AppsWorkload)), ("false".to_owned(), "none".to_owned()));
    assert_eq!(known(Fact::Join), "none or registered");
    assert_eq!((known(Fact::OsBuild), known(Fact::SMode)), ("not known".to_owned(), "not known".to_owned()));
}

#[test]
fn keys_are_read_as_exports_are() {
    let mut planted = Planted::default();
    planted.keys.insert(
        WINDOWS,
        vec![("CurrentBuildNumber", text("19045")), ("editionid", text("Core")), ("UBR", Data::Other)],
    );
    planted.keys.insert(ENROLLMENTS, vec![]);
    let id = r"SOFTWARE\Microsoft\Enrollments\7E2D9A44-0F3B-4C7E-8A1D-2F6B9C0D3E02";
    planted.keys.insert(id, vec![("ProviderID", text("MS DM Server")), ("EnrollmentState", Data::Dword(1))]);
    let report = read_keys("pc1", &planted);
    let known = |fact| state(report.clone(), fact);
    assert_eq!((known(Fact::OsBuild), known(Fact::Edition)), ("19045".to_owned(), "home".to_owned()));
    assert_eq!((known(Fact::Enrolled), known(Fact::Revision)), ("true".to_owned(), "not known".to_owned()));
    let place =
        report.evidence.iter().find(|evidence| evidence.source.field.contains("EditionID")).expect("an edition");
    assert_eq!(place.source.to_string(), r"pc1: CurrentVersion\EditionID = Core");
}

/// A key that may not be read leaves its facts open, and the others are told.
#[test]
fn a_key_that_is_refused_is_a_gap() {
    let report = read_keys("pc1", &Planted { refused: ENROLLMENTS, ..Planted::default() });
    let reading = Reading::of(vec![report]);
    assert_eq!(reading.finding(Fact::Enrolled).state(), State::NotKnown);
    assert!(
        matches!(reading.finding(Fact::Enrolled).gaps.as_slice(), [gap] if matches!(gap.reason, Reason::Refused(_)))
    );
    assert_eq!(reading.finding(Fact::AppsWorkload).state().to_string(), "none");
}

/// The samples, imported below a key of the current user, say there what they say as files.
#[cfg(windows)]
#[test]
fn the_real_registry_says_what_its_export_says() {
    use imesim::diagnostics::registry::Machine;
    use std::process::Command;

    for name in ["windows-11.reg", "enrolled.reg", "not-enrolled.reg", "co-managed.reg", "s-mode-joined.reg"] {
        let root = format!("Software\\imesim-test-{}", std::process::id());
        let bytes = super::bytes(super::SAMPLES, name);
        let text = if bytes.starts_with(b"\xFF\xFE") {
            let units: Vec<u16> = bytes[2..].chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).expect("UTF-16")
        } else {
            String::from_utf8(bytes).expect("UTF-8")
        };
        // One header is enough for `reg`.
        let header = "Windows Registry Editor Version 5.00";
        let text = text.replace(header, "").replace("[HKEY_LOCAL_MACHINE", &format!("[HKEY_CURRENT_USER\\{root}"));
        let text = format!("{header}\r\n{}", text.replace("\r\n", "\n").replace('\n', "\r\n"));
        let file = std::env::temp_dir().join(format!("imesim-{}-{name}", std::process::id()));
        std::fs::write(&file, text).expect("a file");
        let reg = |args: &[&str]| Command::new("reg").args(args).status().expect("reg").success();
        assert!(reg(&["import", file.to_str().expect("a plain path")]), "{name}");
        let read = Reading::of(vec![read_keys("here", &Machine::below_current_user(&root))]);
        assert!(reg(&["delete", &format!("HKCU\\{root}"), "/f"]));
        let _ = std::fs::remove_file(&file);
        let export = Reading::of(vec![super::report(super::SAMPLES, name)]);
        for fact in Fact::ALL {
            let state = export.finding(*fact).state();
            if state != State::NotKnown {
                assert_eq!(read.finding(*fact).state(), state, "{name}: {}", fact.name());
            }
        }
    }
}

/// This device has a build, and it is that of the registry.
#[cfg(windows)]
#[test]
fn this_device_has_a_build() {
    let report = imesim::diagnostics::registry::read_this_device();
    assert!(matches!(Reading::of(vec![report]).finding(Fact::OsBuild).state(), State::Known(_)));
}
