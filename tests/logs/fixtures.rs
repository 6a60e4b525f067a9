//! The real logs: where they are and what they are called.

use std::path::PathBuf;

/// One real log: its short name, its place, its records, and how many of those have several lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixture {
    pub(crate) id: &'static str,
    pub(crate) file: &'static str,
    pub(crate) records: u64,
    pub(crate) multi_line: u64,
    pub(crate) empty: u64,
    pub(crate) torn: u64,
}

const fn fixture(id: &'static str, file: &'static str, counts: [u64; 4]) -> Fixture {
    Fixture { id, file, records: counts[0], multi_line: counts[1], empty: counts[2], torn: counts[3] }
}

/// All of them, with records, records of several lines, empty ones, and torn parts.
pub(crate) const ALL: [Fixture; 25] = [
    fixture("A", "ime/silvermaz1-25h-overnight.log", [2745, 30, 6, 1]),
    fixture("B", "ime/silvermazz-torn-record-clock-back.log", [1136, 28, 0, 1]),
    fixture("C", "ime/kaeleblane-three-starts-web-retries.log", [2299, 51, 0, 0]),
    fixture("D", "ime/silvermaz28-start-record-overwritten.log", [1715, 22, 0, 1]),
    fixture("E", "ime/azthura1-enrolment-multiline.log", [1740, 99, 0, 0]),
    fixture("F", "ime/kaeleblane-enrolment-short.log", [1071, 11, 0, 0]),
    fixture("G", "ime/silvermazz-enrolment-failed-script.log", [833, 38, 0, 0]),
    fixture("H", "ime/silvermaz1-enrolment-short.log", [804, 17, 0, 0]),
    fixture("I", "ime/silvermazz-enrolment-then-hourly.log", [1827, 32, 0, 0]),
    fixture("X20", "excerpts/agent-2020/IntuneManagementExtension.log", [2789, 0, 0, 0]),
    fixture("X20e", "excerpts/agent-2020/AgentExecutor.log", [382, 22, 6, 0]),
    fixture("X24a", "excerpts/agent-2024/IntuneManagementExtension-20240402-161304.log", [2363, 0, 0, 0]),
    fixture("X24b", "excerpts/agent-2024/IntuneManagementExtension.log", [384, 3, 0, 0]),
    fixture("X24h", "excerpts/agent-2024/HealthScripts.log", [1273, 0, 0, 0]),
    fixture("X24e", "excerpts/agent-2024/AgentExecutor.log", [711, 25, 0, 0]),
    fixture("X24i", "excerpts/agent-2024/Win32AppInventory.log", [62, 0, 0, 0]),
    fixture("X24p", "excerpts/agent-2024/AppActionProcessor.log", [5, 1, 0, 0]),
    fixture("X24c", "excerpts/agent-2024/ClientCertCheck.log", [140, 0, 0, 0]),
    fixture("CH20", "clienthealth/ClientHealth-2020.log", [58, 0, 0, 6]),
    fixture("CH24", "clienthealth/ClientHealth-2024.log", [30, 0, 0, 1]),
    fixture("AE", "agentexecutor/agentexecutor-two-writer-eras-v1.cmtrace", [22, 0, 0, 0]),
    fixture("Q1", "fragments/AppWorkload-records-2024-2025.log", [28, 0, 0, 0]),
    fixture("Q2", "fragments/do-failure-cdn-fallback-2020.log", [11, 0, 0, 0]),
    fixture("Q3", "fragments/AppWorkload-installer-wait-2024.log", [6, 0, 0, 0]),
    fixture("Q4", "fragments/AgentExecutor-unterminated.log", [0, 0, 0, 0]),
];

/// The folder of the real logs, if it is there.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/fixtures"));
    let is_required = std::env::var("IMESIM_FIXTURES").is_ok_and(|value| value == "required");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(!is_required, "the real logs are required and not at {}", folder.display());
    eprintln!("skipped: there are no real logs at {}", folder.display());
    None
}

/// The bytes of one of them, by its short name.
pub(crate) fn bytes(id: &str) -> Option<Vec<u8>> {
    let fixture = ALL.iter().find(|fixture| fixture.id == id).expect("a known name");
    folder().map(|folder| std::fs::read(folder.join(fixture.file)).expect("a fixture can be read"))
}

/// All of them with their bytes; none if they are not there.
pub(crate) fn each() -> impl Iterator<Item = (Fixture, Vec<u8>)> {
    let folder = folder();
    ALL.into_iter().filter_map(move |fixture| {
        let folder = folder.as_ref()?;
        Some((fixture, std::fs::read(folder.join(fixture.file)).expect("a fixture can be read")))
    })
}
