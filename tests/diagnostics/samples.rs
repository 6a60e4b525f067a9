//! What each sample of our own says, and why it does not say more.

use imesim::diagnostics::{self, Encoding, Fact, Given, Kind, NotKnown, Problem, Reading, Reason, State};
use imesim::facts::{AppsWorkload, Facts, Join, Proxy};

use super::{SAMPLES, report};

fn says(names: &[&str], expected: &[&str]) {
    super::says(SAMPLES, names, expected);
}

/// The reasons for which a file leaves a fact open, with the fields.
fn open(name: &str, fact: Fact) -> Vec<(String, Option<u32>, Reason)> {
    let gaps = report(SAMPLES, name).gaps;
    gaps.into_iter().filter(|gap| gap.fact == fact).map(|gap| (gap.source.field, gap.source.line, gap.reason)).collect()
}

/// B-11.4.
#[test]
fn a_hybrid_device_with_a_proxy_of_its_user() {
    says(
        &["hybrid-user-proxy.txt"],
        &[
            "join = hybrid",
            "proxy = user-only or inspecting",
            "mdm_url = true",
            "user_token = true",
            "user_signed_in = true",
        ],
    );
}

/// B-11.4: UTF-16 as PowerShell redirects it, blank lines with one space, a prompt before.
#[test]
fn a_registered_device_in_utf_16() {
    says(&["registered-utf16.txt"], &["join = registered", "user_token = false"]);
    assert_eq!(
        open("registered-utf16.txt", Fact::MdmUrl),
        [("MdmUrl".to_owned(), None, Reason::Missing)],
        "the address of a work account is not the device's"
    );
}

/// Values in another language are not known; what is still `NO` is.
#[test]
fn another_language() {
    says(&["other-language.txt"], &["join = none or entra or hybrid"]);
    assert_eq!(
        open("other-language.txt", Fact::Join),
        [
            ("AzureAdJoined = JA".to_owned(), Some(5), Reason::NeitherYesNorNo),
            ("DomainJoined = NEIN".to_owned(), Some(7), Reason::NeitherYesNorNo),
        ]
    );
}

#[test]
fn a_text_that_is_cut_off_says_where_and_leaves_open_what_would_follow() {
    says(&["cut-off.txt"], &["join = entra or hybrid"]);
    let cut = report(SAMPLES, "cut-off.txt").cut.expect("a cut");
    assert_eq!((cut.line, cut.column), (7, 24));
}

/// Two outputs in one file, before and after a join.
#[test]
fn two_places_that_contradict_each_other_are_a_conflict() {
    says(&["two-runs.txt"], &["join = conflict"]);
    let reading = Reading::of(vec![report(SAMPLES, "two-runs.txt")]);
    let text = reading.to_string();
    assert!(text.contains("two-runs.txt:5: AzureAdJoined = NO, so none or registered"), "{text}");
    assert!(text.contains("two-runs.txt:16: AzureAdJoined = YES, so entra or hybrid"), "{text}");
}

/// B-1.5, B-1.8: UTF-16, data over several lines, types that tell nothing; the product's name still says 10.
#[test]
fn the_registry_of_windows_11() {
    says(
        &["windows-11.reg"],
        &["os_build = 22631", "revision = 3155", "edition = enterprise", "s_mode = false", "dotnet = 4.8.1.0"],
    );
}

#[test]
fn enrollments_in_the_registry() {
    says(&["enrolled.reg"], &["enrolled = true"]);
    assert_eq!(report(SAMPLES, "enrolled.reg").notes, ["enrollment with MS DM Server: type 6"]);
    // Two exports one after the other: no enrollment with Intune, and no join to Entra.
    says(&["not-enrolled.reg"], &["join = none or registered", "enrolled = false"]);
}

/// B-1.20, B-1.22.
#[test]
fn co_management_in_the_registry() {
    says(
        &["co-managed.reg"],
        &["apps_workload = pilot-inside or intune", "endpoint_protection = configuration-manager"],
    );
}

/// B-1.5, B-11.4: together with the fields of the join, the entry in the registry tells the rest.
#[test]
fn s_mode_and_a_join_in_the_registry() {
    says(&["s-mode-joined.reg"], &["s_mode = true", "join = entra or hybrid"]);
    says(&["s-mode-joined.reg", "other-language.txt"], &["s_mode = true", "join = entra or hybrid"]);
}

#[test]
fn a_server_has_no_edition_that_the_rules_name() {
    says(&["server.reg"], &["os_build = 20348", "revision = 1"]);
    let gap = (r"CurrentVersion\EditionID = ServerStandard".to_owned(), Some(5), Reason::UnknownEdition);
    assert_eq!(open("server.reg", Fact::Edition), [gap]);
}

/// B-11.3.
#[test]
fn mdm_reports() {
    says(
        &["mdm-enrolled.xml"],
        &[
            "os_build = 22631",
            "revision = 3155",
            "enrollment = group-policy or auto or autopilot or autopilot-self-deploying or autopilot-pre-provisioning or co-management",
            "enrolled = true",
            "auto_enrolled = true",
        ],
    );
    says(&["mdm-unmanaged.xml"], &["os_build = 22631", "revision = 3155", "enrolled = false", "auto_enrolled = false"]);
    says(&["mdm-page.html"], &["os_build = 22631", "revision = 3155", "edition = enterprise", "auto_enrolled = false"]);
    says(
        &["mdm-unmanaged.xml", "mdm-page.html", "enrolled.reg"],
        &[
            "os_build = 22631",
            "revision = 3155",
            "edition = enterprise",
            "enrolled = conflict",
            "auto_enrolled = false",
        ],
    );
}

/// An enrollment in another state, and a server that has no enrollment: neither yes nor no.
#[test]
fn enrollments_that_cannot_be_told() {
    says(&["two-enrollments.xml"], &["auto_enrolled = false"]);
    let reasons: Vec<Reason> = open("two-enrollments.xml", Fact::Enrolled).into_iter().map(|(_, _, why)| why).collect();
    assert_eq!(reasons, [Reason::EnrollmentState]);
    let version = open("two-enrollments.xml", Fact::OsBuild);
    assert_eq!(version, [("OSVersion = 6.3.9600.0".to_owned(), Some(3), Reason::Unreadable)]);
}

/// The edition of the image is not the edition, and the product's name still says 10.
#[test]
fn metadata_in_both_forms() {
    says(&["metadata.json"], &["os_build = 26100", "revision = 1742", "edition = pro"]);
    says(&["metadata-older.json"], &[]);
    assert_eq!(report(SAMPLES, "metadata-older.json").kind, Kind::MdmMetadata);
}

#[test]
fn facts_are_there_when_everything_is_known_or_somebody_says_what_to_take() {
    let names = ["hybrid-user-proxy.txt", "windows-11.reg", "enrolled.reg", "co-managed.reg"];
    let mut reading = Reading::of(names.iter().map(|name| report(SAMPLES, name)).collect());
    let missing = [
        Fact::SModeSupplemental,
        Fact::Enrollment,
        Fact::AppsWorkload,
        Fact::Proxy,
        Fact::Wns,
        Fact::Ownership,
        Fact::VirtualMachine,
        Fact::RemediationLicense,
    ];
    assert_eq!(reading.facts(), Err(NotKnown(missing.to_vec())));
    assert!(reading.to_toml("pc1").is_err());
    reading.assume_defaults();
    // A default that a file excludes is not taken: this device is co-managed, and its user has a proxy.
    assert_eq!(reading.facts(), Err(NotKnown(vec![Fact::AppsWorkload, Fact::Proxy])));
    reading.assume(Given::AppsWorkload(Some(AppsWorkload::Intune)));
    reading.assume(Given::Proxy(Proxy::UserOnly));
    let facts = reading.facts().expect("everything is known");
    assert_eq!((facts.os_build, facts.join), (22_631, Join::Hybrid));
    assert_eq!((facts.proxy, facts.apps_workload), (Proxy::UserOnly, Some(AppsWorkload::Intune)));
    assert_eq!(facts.virtual_machine, Facts::default().virtual_machine);
}

#[test]
fn what_is_assumed_counts_whatever_files_say() {
    let mut reading = Reading::of(vec![report(SAMPLES, "two-runs.txt")]);
    reading.assume_defaults();
    assert_eq!(reading.finding(Fact::Join).state(), State::Conflict, "a default settles no conflict");
    reading.assume(Given::Join(Join::Entra));
    assert_eq!(reading.finding(Fact::Join).state(), State::Known(Given::Join(Join::Entra)));
}

#[test]
fn json_names_files_values_places_and_reasons() {
    let reading = Reading::of(vec![report(SAMPLES, "other-language.txt"), report(SAMPLES, "metadata.json")]);
    let json = reading.to_json();
    assert_eq!(json["files"][0]["encoding"], "code-page");
    assert_eq!(json["facts"]["os_build"]["value"], 26_100);
    assert_eq!(json["facts"]["os_build"]["says"][0]["source"]["line"], 5);
    assert_eq!(json["facts"]["join"]["state"], "one-of");
    assert_eq!(json["facts"]["join"]["open"][0]["reason"]["reason"], "neither-yes-nor-no");
}

/// Every kind of text that is refused, with its place.
#[test]
fn what_is_none_of_these_files_is_refused_with_its_place() {
    let refused = |text: &str| diagnostics::read("x", text.as_bytes()).expect_err("no such file").to_string();
    assert!(refused("Hello\n").starts_with("x:1:1: is none of the known texts"));
    assert_eq!(refused("\n\n<a/>"), "x:3:1: is XML, but no MDM diagnostics report: its root is `a`");
    assert_eq!(refused("<html></html>"), "x:1:1: is an HTML page, but no MDM diagnostics report");
    assert!(refused("{}").contains("is JSON, but no metadata"));
    assert!(refused("{\n \"a\": tru }").starts_with("x:2:"), "{}", refused("{\n \"a\": tru }"));
    assert!(
        refused("{\n\"a\": \"\u{e4}\n\"}").starts_with("x:2:8: is no JSON"),
        "characters, and the end of its own line"
    );
    assert!(refused("REGEDIT5\n").starts_with("x:1:1: is none of the known texts"));
    assert_eq!(refused("AzureAdJoined : \0YES"), "x:1:17: is no text: there is a zero byte here");
    let of =
        |line: &str| refused(&format!("Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\X]\n{line}\n"));
    assert_eq!(of("\"a\"=dword:12"), "x:4:5: expected eight hexadecimal digits after `dword:` here");
    assert!(of("a=1").starts_with("x:4:1: expected a key in brackets"));
    assert!(of("\"a\"=\"b\" c").starts_with("x:4:8: expected nothing after the text"));
    assert!(of("\"a\"=hex(zz):00").contains("the number of a type"));
    assert!(of("\"a\"=hex:0g").contains("two hexadecimal digits"));
    assert!(
        of("\"a\"=-").contains("deletes something") && of("[-HKEY_LOCAL_MACHINE\\X]").contains("deletes something")
    );
    let xml = "<MDMEnterpriseDiagnosticsReport>\n<a>\n</b>\n</MDMEnterpriseDiagnosticsReport>";
    assert!(refused(xml).starts_with("x:3:1: is no well-formed XML"), "{}", refused(xml));
    let cabinet = diagnostics::read("x.cab", b"MSCF\0\0\0\0").expect_err("an archive");
    assert_eq!(cabinet.problem, Problem::Archive("cabinet"));
}

/// Regedit's other form: one byte a character, texts among bytes as well.
#[test]
fn an_export_of_version_4_says_what_one_of_version_5_does() {
    let old = report(SAMPLES, "version-4.reg");
    assert_eq!((old.kind, old.encoding), (Kind::RegistryExport, Some(Encoding::CodePage)));
    says(&["version-4.reg"], &["os_build = 19045", "revision = 3570", "edition = enterprise", "enrolled = true"]);
    let of = |text: &[u8]| diagnostics::read("x", text).expect("an export");
    // The same bytes are a text in one form and none in the other.
    let key = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Enrollments\\1]\n\"EnrollmentState\"=dword:1\n";
    let key = key.replace("dword:1", "dword:00000001");
    let expanded = "\"ProviderID\"=hex(2):4d,53,20,44,4d,20,53,65,72,76,65,72,00\n\n";
    let enrolled = |header: &str| {
        let report = of(format!("{header}\n\n{key}{expanded}").as_bytes());
        report.evidence.iter().any(|evidence| evidence.says.contains(&Given::Enrolled(true)))
    };
    assert!(enrolled("REGEDIT4") && !enrolled("Windows Registry Editor Version 5.00"));
    // Each of several exports has its own form.
    let both = of(format!("Windows Registry Editor Version 5.00\n\nREGEDIT4\n\n{key}{expanded}").as_bytes());
    assert!(both.evidence.iter().any(|evidence| evidence.says.contains(&Given::Enrolled(true))));
}
