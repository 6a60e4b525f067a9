//! A fleet with rings, a script whose name must be quoted, an app, and a device by itself; its export, read back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use imesim::fleet::export::{Exporter, Format};
use imesim::fleet::{FleetReport, Options, run};
use imesim::scenario::{Overrides, Scenario};

/// `service` is what stands in the table of that name.
pub(crate) fn fleet(devices: u64, service: &str) -> Scenario {
    let text = format!(
        r#"
        title = "A fleet to be exported"
        start = "2026-03-02T00:00:00"
        duration = "2d"
        [service]
        {service}
        [[group]]
        name = "pilot"
        [[script]]
        name = 'says "hé", twice'
        assign = ["pilot"]
        outcomes = "weighted"
        outcome = [{{ weight = 80, exit = 0, duration = "20s" }}, {{ weight = 20, exit = 1, duration = "5s" }}]
        [[script]]
        name = "unused"
        [[app]]
        name = "editor"
        assign = ["all-devices"]
        outcomes = "weighted"
        install = [{{ weight = 9, duration = "1m" }}, {{ weight = 1, exit = 1603, duration = "30s" }}]
        [[at]]
        at = "6h"
        do = "assign"
        content = 'says "hé", twice'
        group = "all-devices"
        [[device]]
        name = "lone"
        [[population]]
        name = "laptop"
        count = 7
        edition = {{ pro = 9, home = 1 }}
        zone = {{ "Europe/Berlin" = 2, "Asia/Kolkata" = 1 }}
        awake = {{ workdays = "08:00-17:00" }}
        spread = "10m"
        restart_every = "3d"
        [[population]]
        name = "first"
        count = 3
        groups = ["pilot"]
        "#
    );
    let overrides = Overrides { devices: Some(devices), ..Overrides::default() };
    Scenario::parse(&text, "export.toml", &overrides).expect("the fleet is right")
}

/// A service that refuses a part of what comes.
pub(crate) const BUSY: &str = "requests_per_minute = 8\nqueue = 12";

/// A new place in the directory for tests.
pub(crate) fn place(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export").join(name);
    let left = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    assert!(left.is_ok() || !path.exists(), "what an earlier run left cannot be removed");
    fs::create_dir_all(path.parent().expect("it is below a directory")).expect("there is room");
    path
}

pub(crate) fn export(scenario: &Scenario, path: &Path, formats: &[Format], options: Options<'_>) -> FleetReport {
    let exporter = Exporter::create(path, formats).expect("it can be written to");
    let report = run(scenario, Options { outcomes: Some(&exporter), ..options }, |_| {}).expect("it can be run");
    exporter.finish(&report).expect("it can be written to");
    report
}

pub(crate) fn on_threads(threads: usize) -> Options<'static> {
    Options { threads, ..Options::default() }
}

/// Every file by its name.
pub(crate) fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(path).expect("it is there").map(|entry| entry.expect("it can be read"));
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("our names are plain");
        (name, fs::read(entry.path()).expect("it can be read"))
    };
    entries.map(file).collect()
}

/// A table: its columns, and the text of each row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Rows {
    pub(crate) fn of_csv(path: &Path, name: &str) -> Self {
        let mut reader = csv::Reader::from_path(path.join(format!("{name}.csv"))).expect("it is there");
        let texts = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
        let columns = texts(reader.headers().expect("it has a head"));
        let rows = reader.records().map(|record| texts(&record.expect("a row is well formed"))).collect();
        Self { columns, rows }
    }

    pub(crate) fn text(&self, column: &str) -> Vec<&str> {
        let place = self.columns.iter().position(|name| name == column).expect("there is such a column");
        self.rows.iter().map(|row| row[place].as_str()).collect()
    }

    pub(crate) fn numbers(&self, column: &str) -> Vec<u64> {
        self.text(column).into_iter().map(|text| text.parse().expect("a whole number")).collect()
    }

    /// The rows with these texts in these columns.
    pub(crate) fn only(&self, wanted: &[(&str, &str)]) -> Self {
        let mut rows = self.rows.clone();
        for (column, text) in wanted {
            let place = self.columns.iter().position(|name| name == column).expect("there is such a column");
            rows.retain(|row| row[place] == *text);
        }
        Self { columns: self.columns.clone(), rows }
    }
}
