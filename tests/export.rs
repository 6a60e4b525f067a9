//! Exports of fleets: the tables say what was counted, the same to the byte for every number of threads.
#![cfg(feature = "fleet")]
#![allow(clippy::disallowed_methods, reason = "it reads and writes files, and is slow on purpose")]

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use imesim::fleet::export::{ExportError, Exporter, Format};
use imesim::fleet::{ContentReport, FleetReport, Kind, Options, Outcome, OutcomeSink, Progress, State, run};
use imesim::time::Span;

#[cfg(feature = "parquet")]
#[path = "export/parquet.rs"]
mod parquet_files;
#[path = "export/sample.rs"]
mod sample;

use sample::{BUSY, Rows, export, files, fleet, on_threads, place};

/// Each listed content with its kind.
fn contents(report: &FleetReport) -> impl Iterator<Item = (&'static str, &ContentReport)> {
    let scripts = report.scripts.iter().map(|script| ("script", script));
    scripts.chain(report.apps.iter().map(|app| ("app", app)))
}

#[test]
fn files_do_not_depend_on_threads() {
    for (name, service) in [("free", ""), ("busy", BUSY)] {
        let scenario = fleet(1_500, service);
        let at = |threads: usize| {
            let path = place(&format!("threads-{name}-{threads}"));
            export(&scenario, &path, Format::ALL, on_threads(threads));
            files(&path)
        };
        let one = at(1);
        assert_eq!(one.len(), 3 * Format::ALL.len() + 1, "{:?}", one.keys());
        for threads in [2, 3, 8] {
            let other = at(threads);
            assert!(one.keys().eq(other.keys()), "{:?}", other.keys());
            for (file, bytes) in &one {
                assert!(*bytes == other[file], "{file} of a {name} service on {threads} threads");
            }
        }
    }
}

#[test]
fn an_export_changes_no_result() {
    for (name, service) in [("free", ""), ("busy", BUSY)] {
        let (scenario, path) = (fleet(600, service), place(&format!("same-{name}")));
        export(&scenario, &path, &[Format::Csv], on_threads(2));
        let report = run(&scenario, on_threads(2), |_| {}).expect("it can be run");
        let json = serde_json::to_string_pretty(&report).expect("a report is plain data") + "\n";
        assert_eq!(String::from_utf8_lossy(&files(&path)["summary.json"]), json);
    }
}

fn check_load(path: &Path, report: &FleetReport) {
    let load = Rows::of_csv(path, "load");
    let requests = load.numbers("requests");
    assert_eq!(requests.iter().sum::<u64>(), report.load.requests);
    let mut by_kind = vec![0; requests.len()];
    for kind in Kind::ALL {
        let numbers = load.numbers(kind.name());
        assert_eq!(numbers.iter().sum::<u64>(), report.counts.load[kind as usize].iter().sum::<u64>());
        if kind.is_request() {
            by_kind.iter_mut().zip(&numbers).for_each(|(sum, number)| *sum += number);
        }
    }
    assert_eq!(by_kind, requests);
    for state in State::ALL {
        let levels = load.numbers(state.name());
        assert_eq!(levels, report.counts.in_state(state)[..levels.len()], "{}", state.name());
        assert!(levels.iter().all(|level| *level <= report.devices));
    }
    assert_eq!(load.text("start")[..2], ["2026-03-02T00:00:00Z", "2026-03-02T00:01:00Z"]);
    assert!(load.numbers("start_secs").into_iter().eq((0..).map(|bin| bin * 60).take(requests.len())));
}

fn check_curves(path: &Path, report: &FleetReport) {
    let curves = Rows::of_csv(path, "curves");
    let mut checked = 0;
    for (kind, content) in contents(report) {
        for curve in std::iter::once(content).chain(&content.rings) {
            let own = curves.only(&[("content", &content.name), ("kind", kind), ("ring", &curve.ring)]);
            let (ends, done) = (own.numbers("bin_end_secs"), own.numbers("done"));
            assert_eq!(ends.last(), Some(&report.duration.as_secs()));
            assert_eq!(done.last(), Some(&curve.done), "{} {}", content.name, curve.ring);
            assert!(ends.is_sorted_by(|a, b| a < b) && done.is_sorted());
            assert!(own.numbers("targeted").iter().all(|targeted| *targeted == curve.targeted));
            checked += own.rows.len();
        }
    }
    assert_eq!(checked, curves.rows.len(), "there are no other rows");
}

fn check_devices(path: &Path, report: &FleetReport) {
    let devices = Rows::of_csv(path, "devices");
    assert!(devices.numbers("device").is_sorted());
    let mut checked = 0;
    for (kind, content) in contents(report) {
        let own = devices.only(&[("content", &content.name), ("kind", kind)]);
        assert_eq!(own.rows.len() as u64, content.targeted);
        assert_eq!(own.numbers("failures").iter().sum::<u64>(), content.failure_reports);
        let count = |wanted: &[(&str, &str)]| own.only(wanted).rows.len() as u64;
        assert_eq!(count(&[("standing", "done")]), content.done);
        for (standing, causes) in
            [("failed", &content.failed), ("pending", &content.pending), ("unreachable", &content.unreachable)]
        {
            let sum: u64 = causes.values().map(|cause| cause.count).sum();
            assert_eq!(count(&[("standing", standing)]), sum, "{standing}");
            for (cause, standers) in causes {
                assert_eq!(count(&[("standing", standing), ("cause", cause)]), standers.count, "{standing} {cause}");
            }
        }
        for ring in &content.rings {
            let part = own.only(&[("ring", &ring.ring)]);
            assert_eq!(part.rows.len() as u64, ring.targeted);
            assert_eq!(part.only(&[("standing", "done")]).rows.len() as u64, ring.done);
        }
        check_times(path, report, content, &own);
        checked += own.rows.len();
    }
    assert_eq!(checked, devices.rows.len(), "there are no other rows");
}

/// A device is done by the end of a step if its time says so.
fn check_times(path: &Path, report: &FleetReport, content: &ContentReport, own: &Rows) {
    let is_done = |standing: &str| standing == "done";
    let texts = own.text("done_secs");
    assert!(own.text("standing").iter().zip(&texts).all(|(standing, secs)| is_done(standing) != secs.is_empty()));
    let done = own.only(&[("standing", "done")]);
    let times = done.numbers("done_secs");
    assert!(times.iter().zip(done.numbers("assigned_secs")).all(|(done, assigned)| *done >= assigned));
    let curve = Rows::of_csv(path, "curves").only(&[("content", &content.name), ("ring", "all")]);
    for (end, done) in curve.numbers("bin_end_secs").into_iter().zip(curve.numbers("done")) {
        let is_last = end == report.duration.as_secs();
        let by_then = times.iter().filter(|secs| **secs < end || is_last).count();
        assert_eq!(by_then as u64, done, "{} by {end} s", content.name);
    }
}

#[test]
fn tables_say_what_was_counted() {
    for (name, service) in [("free", ""), ("busy", BUSY)] {
        let path = place(&format!("counts-{name}"));
        let report = export(&fleet(900, service), &path, &[Format::Csv], on_threads(2));
        assert_eq!(report.load.refused > 0, name == "busy");
        check_load(&path, &report);
        check_curves(&path, &report);
        check_devices(&path, &report);
    }
}

#[test]
fn rows_name_devices_populations_and_rings() {
    let path = place("names");
    let report = export(&fleet(101, ""), &path, &[Format::Csv], on_threads(2));
    assert_eq!(report.scripts[0].rings.len(), 2);
    let devices = Rows::of_csv(&path, "devices");
    let script = devices.only(&[("content", "says \"hé\", twice")]);
    assert_eq!(script.rows.len() as u64, report.devices);
    assert!(devices.only(&[("content", "unused")]).rows.is_empty());
    let lone = script.only(&[("name", "lone")]);
    assert_eq!((lone.numbers("device"), lone.text("population")), (vec![0], vec![""]));
    let early = script.only(&[("name", "first-0")]);
    assert_eq!((early.text("population"), early.text("ring")), (vec!["first"], vec!["pilot"]));
    assert_eq!(early.numbers("assigned_secs"), [0]);
    let late = script.only(&[("name", "laptop-1")]);
    assert_eq!((late.text("population"), late.text("ring")), (vec!["laptop"], vec!["all-devices"]));
    assert_eq!((late.numbers("device"), late.numbers("assigned_secs")), (vec![2], vec![6 * 3_600]));
    // The script comes before the app, as in the file.
    assert_eq!(devices.only(&[("device", "0")]).text("kind"), ["script", "app"]);
    // A script that nobody gets has a curve all the same, of zeros.
    let unused = Rows::of_csv(&path, "curves").only(&[("content", "unused")]);
    assert!(!unused.rows.is_empty() && unused.numbers("done").iter().all(|done| *done == 0));
}

#[test]
fn a_run_that_is_stopped_exports_what_it_has() {
    for (name, service) in [("free", ""), ("busy", BUSY)] {
        let (scenario, path) = (fleet(3_000, service), place(&format!("partial-{name}")));
        let (stop, steps) = (AtomicBool::new(false), AtomicU64::new(0));
        let exporter = Exporter::create(&path, &[Format::Csv]).expect("it can be written to");
        let options = Options { stop: Some(&stop), outcomes: Some(&exporter), ..on_threads(3) };
        let report = run(&scenario, options, |progress| {
            let enough = match progress {
                Progress::Devices(done) => steps.fetch_add(done, Ordering::Relaxed) >= 500,
                Progress::Time(time) => time >= Span::hours(12),
            };
            stop.fetch_or(enough, Ordering::Relaxed);
        });
        let report = report.expect("it can be run");
        assert!(report.is_partial && report.load.requests > 0, "{name}");
        exporter.finish(&report).expect("it can be written to");
        check_load(&path, &report);
        check_curves(&path, &report);
        check_devices(&path, &report);
        let starts = Rows::of_csv(&path, "load").numbers("start_secs");
        assert!(starts.last() <= Some(&report.duration.as_secs()), "nothing is said of what was not run");
    }
}

/// Notes the devices that it is given, slowly.
#[derive(Debug, Default)]
struct Slow {
    devices: Mutex<Vec<u64>>,
    is_taking: AtomicBool,
}

impl OutcomeSink for Slow {
    fn take(&self, outcomes: &[Outcome<'_>]) {
        assert!(!self.is_taking.swap(true, Ordering::SeqCst), "two at once");
        assert!(!outcomes.is_empty());
        std::thread::sleep(Duration::from_millis(30));
        let mut devices = self.devices.lock().expect("nobody panics");
        devices.extend(outcomes.iter().map(|outcome| outcome.device));
        devices.dedup();
        self.is_taking.store(false, Ordering::SeqCst);
    }
}

/// Workers that are far ahead wait, and nothing is lost or overtaken.
#[test]
fn a_slow_sink_is_given_every_device_in_order() {
    for service in ["", "requests_per_minute = 1000000\nwindow = \"1h\""] {
        let mut scenario = fleet(5_000, service);
        scenario.plan.duration = Span::mins(10);
        let sink = Slow::default();
        run(&scenario, Options { outcomes: Some(&sink), ..on_threads(2) }, |_| {}).expect("it can be run");
        let devices = sink.devices.into_inner().expect("nobody panics");
        // The app is aimed at all of them from the start.
        let count = scenario.plan.groups.iter().map(|group| group.count).sum();
        assert!(devices.into_iter().eq(0..count), "{service}");
    }
}

#[derive(Debug)]
struct Broken;

impl OutcomeSink for Broken {
    fn take(&self, _: &[Outcome<'_>]) {
        panic!("broken");
    }
}

#[test]
#[should_panic = "broken"]
fn a_sink_that_panics_does_not_leave_the_others_waiting() {
    let mut scenario = fleet(5_000, "");
    scenario.plan.duration = Span::mins(10);
    let _ = run(&scenario, Options { outcomes: Some(&Broken), ..on_threads(2) }, |_| {});
}

#[test]
fn an_earlier_export_is_replaced() {
    let path = place("again");
    export(&fleet(101, ""), &path, Format::ALL, on_threads(1));
    let first = files(&path);
    // A file of a build with another format would be out of date as well.
    fs::write(path.join("devices.parquet"), "old").expect("there is room");
    export(&fleet(50, ""), &path, &[Format::Csv], on_threads(1));
    let second = files(&path);
    assert!(second.keys().eq(["curves.csv", "devices.csv", "load.csv", "summary.json"]), "{:?}", second.keys());
    assert!(first["devices.csv"] != second["devices.csv"]);
    // Until it is finished there is no summary.
    drop(Exporter::create(&path, &[Format::Csv]).expect("it can be written to"));
    assert!(files(&path).keys().eq(["devices.csv"]));
    export(&fleet(50, ""), &path, &[], on_threads(1));
    assert!(files(&path).keys().eq(["summary.json"]));
}

#[test]
fn what_is_not_of_an_export_is_left_alone() {
    let path = place("occupied");
    fs::create_dir_all(&path).expect("there is room");
    for (name, text) in [("load.csv", "ours"), ("thesis.txt", "three years")] {
        fs::write(path.join(name), text).expect("there is room");
    }
    let before = files(&path);
    let error = Exporter::create(&path, &[Format::Csv]).expect_err("there is a thesis");
    assert!(matches!(&error, ExportError::Occupied { entry, .. } if entry == Path::new("thesis.txt")));
    let text =
        format!("{} holds thesis.txt, which is not of an export; name an empty or a new directory", path.display());
    assert_eq!(error.to_string(), text);
    assert_eq!(files(&path), before);
    // Of our names, but no plain file.
    let path = place("folder");
    fs::create_dir_all(path.join("load.csv")).expect("there is room");
    assert!(matches!(Exporter::create(&path, &[]), Err(ExportError::Occupied { .. })));
}

#[test]
fn places_that_cannot_be_written_to_are_named() {
    let path = place("file");
    fs::write(&path, "a file").expect("there is room");
    let error = Exporter::create(&path, &[Format::Csv]).expect_err("it is a file");
    assert_eq!(error.to_string(), format!("{} is not a directory", path.display()));
    let below = path.join("below");
    let error = Exporter::create(&below, &[Format::Csv]).expect_err("it is below a file");
    assert!(error.to_string().starts_with(&format!("cannot use the directory {}: ", below.display())), "{error}");
    // Something else takes a name while the run goes on.
    let path = place("taken");
    let scenario = fleet(20, "");
    let exporter = Exporter::create(&path, &[Format::Csv]).expect("it can be written to");
    let report = run(&scenario, on_threads(1), |_| {}).expect("it can be run");
    fs::create_dir(path.join("load.csv")).expect("there is room");
    let error = exporter.finish(&report).expect_err("there is a directory of that name");
    assert!(error.to_string().starts_with(&format!("cannot write {}: ", path.join("load.csv").display())), "{error}");
    assert!(!path.join("summary.json").exists());
}

#[test]
fn formats_have_names() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(*format));
    }
    let error = "xls".parse::<Format>().expect_err("there is no such thing");
    assert!(error.to_string().starts_with("`xls` is no format of this build, which has csv"), "{error}");
}
