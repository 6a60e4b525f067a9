//! What files of real devices say, where they are at hand: beside this repository, not in it.
//!
//! Where they are not, these tests say so and check nothing; with `IMESIM_FIXTURES=required` in the environment they fail.

use std::path::Path;

use imesim::diagnostics::{self, Reading};

use super::{bytes, report};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/fixtures");

/// True if the files are there.
fn at_hand() -> bool {
    let found = Path::new(FIXTURES).is_dir();
    let required = std::env::var_os("IMESIM_FIXTURES").is_some_and(|value| value == "required");
    assert!(found || !required, "{FIXTURES} is required and is not there");
    if !found {
        eprintln!("skipped: {FIXTURES} is not there");
    }
    found
}

/// Each file, and all that it says.
const EXPECTED: &[(&str, &[&str])] = &[
    ("dsregcmd/joined-lab-2022.txt", &["join = entra", "mdm_url = false", "user_token = false"]),
    ("dsregcmd/registered-only-2021.txt", &["join = registered", "proxy = direct or inspecting", "user_token = false"]),
    ("dsregcmd/hybrid-contoso-fragment-2020.txt", &["join = hybrid"]),
    ("dsregcmd/sso-state-sample.txt", &["user_token = true", "user_signed_in = true"]),
    ("dsregcmd/user-state-key-set-2019.txt", &["join = none or entra or hybrid"]),
    (
        "mdm/MDMDiagReport-unmanaged-2020.xml",
        &["os_build = 19592", "revision = 1001", "enrolled = false", "auto_enrolled = false"],
    ),
    ("mdm/MDMDiagHtmlReport-unmanaged-2020.html", &["auto_enrolled = false"]),
    ("mdm/MdmDiagLogMetadata-2020.json", &[]),
    ("mdm/MdmDiagLogMetadata-2026.json", &["os_build = 26100", "revision = 8875", "edition = pro"]),
];

#[test]
fn files_of_real_devices_say_what_a_reader_finds_in_them() {
    if !at_hand() {
        return;
    }
    for (name, expected) in EXPECTED {
        super::says(FIXTURES, &[name], expected);
        assert_eq!(report(FIXTURES, name).cut, None, "{name} is not cut off");
    }
}

/// The same files as PowerShell would have redirected them, and with the other line breaks.
#[test]
fn the_same_files_in_other_clothes_say_the_same() {
    if !at_hand() {
        return;
    }
    for (name, _) in EXPECTED {
        let plain = report(FIXTURES, name);
        let text = String::from_utf8(bytes(FIXTURES, name)).expect("these files are UTF-8");
        let crlf = text.replace("\r\n", "\n").replace('\n', "\r\n");
        let utf16: Vec<u8> = [0xFEFF].into_iter().chain(crlf.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for other in [crlf.into_bytes(), text.replace("\r\n", "\n").into_bytes(), utf16] {
            let read = diagnostics::read(name, &other).expect("the same file");
            assert_eq!(
                (read.evidence, read.gaps, read.notes),
                (plain.evidence.clone(), plain.gaps.clone(), plain.notes.clone())
            );
        }
    }
}

#[test]
fn an_unmanaged_report_has_entries_of_other_kinds() {
    if !at_hand() {
        return;
    }
    let notes = report(FIXTURES, "mdm/MDMDiagReport-unmanaged-2020.xml").notes;
    assert_eq!(notes, ["enrollments: 21 of type 1, 1 of type 10, 1 of type 11, 1 of type 18"]);
}

/// Files of two devices are laid together: that is told.
#[test]
fn reports_of_two_devices_are_a_conflict_with_both_places() {
    if !at_hand() {
        return;
    }
    let names = ["mdm/MDMDiagReport-unmanaged-2020.xml", "mdm/MdmDiagLogMetadata-2026.json"];
    let reading = Reading::of(names.iter().map(|name| report(FIXTURES, name)).collect());
    let text = reading.to_string();
    assert!(text.contains("unmanaged-2020.xml:6: OSVersion = 10.0.19592.1001, so 19592"), "{text}");
    assert!(text.contains("2026.json:11: CurrentBuildNumber = 26100, so 26100"), "{text}");
}
