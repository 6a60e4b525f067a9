//! The log files of a real process, in the form and under the names of the real agent (B-11.5 to B-11.13).

use std::fs::{self, File};
use std::path::Path;

use imesim::log::event::Guid;
use imesim::log::files::{self, part_of};
use imesim::log::reader::{Kind, Reader};
use imesim::log::{Event, LogFile, Stamp};

use crate::bench::{Bench, EAST_SECS};
use crate::tenant::until;

/// One record: its log, time and event.
struct Told {
    log: String,
    at: Stamp,
    name: &'static str,
    fields: Vec<(&'static str, String)>,
}

/// All records of a folder, log by log. Each must be whole and known, and nothing may stand beside them.
fn read(folder: &Path) -> Vec<Told> {
    let mut told = Vec::new();
    for log in files::find(&[folder.to_owned()]).unwrap() {
        for part in &log.parts {
            let mut reader = Reader::new(File::open(part).unwrap());
            while let Some(piece) = reader.next().unwrap() {
                match piece.kind {
                    Kind::Record(entry) => {
                        let event = Event::parse(entry.record.message).unwrap();
                        let fields = event.fields().collect();
                        told.push(Told { log: log.name.clone(), at: entry.record.stamp, name: event.name(), fields });
                    }
                    Kind::Blank => assert_eq!(piece.range, 0..3, "nothing but the byte order mark"),
                    kind @ (Kind::Torn { .. } | Kind::Truncated { .. } | Kind::Foreign(_)) => {
                        panic!("{}: {kind:?}", part.display())
                    }
                }
            }
        }
    }
    told
}

/// The places of these events in a log, which must come in this order; others may stand between them.
fn in_order(told: &[Told], log: &str, names: &[&str]) {
    let mut rest = told.iter().filter(|record| record.log == log).map(|record| record.name);
    for name in names {
        assert!(rest.any(|known| known == *name), "no `{name}` in its place in {log}");
    }
}

fn count(told: &[Told], name: &str) -> usize {
    told.iter().filter(|record| record.name == name).count()
}

#[test]
fn the_life_of_a_process_stands_in_its_logs_and_the_next_one_goes_on_with_them() {
    let bench = Bench::new("logs");
    bench.script(42, "echo hello");
    bench.assign(&[42]);
    let before = bench.now_millis();
    let agent = bench.start();
    bench.wait_for_reports(1);
    let folder = bench.state().join("Logs");
    let (_, status) = bench.call("status");
    assert!(status.contains(&format!("logs in {}", folder.display())) && !status.contains("were lost"), "{status}");
    agent.terminate();
    let after = bench.now_millis();

    let mut names: Vec<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let mut wanted = LogFile::ALL.map(|file| format!("{}.log", file.name()));
    wanted.sort();
    assert_eq!(names, wanted, "B-11.5");
    let told = read(&folder);
    let life = [
        "agent-started",
        "agent-version",
        "start-finished",
        "script-poll-begins",
        "scripts",
        "script-begins",
        "helper-ended",
        "script-result",
        "script-report",
        "stop-signal",
        "agent-stopped",
    ];
    in_order(&told, "IntuneManagementExtension", &life);
    in_order(&told, "AgentExecutor", &["executor-invoked", "executor-begins", "executor-exit", "executor-succeeded"]);
    in_order(&told, "AppWorkload", &["lock-taken", "lock-freed"]);
    let result = told.iter().find(|record| record.name == "script-result").unwrap();
    let value = |name: &str| result.fields.iter().find(|(field, _)| *field == name).unwrap().1.as_str();
    let user = Guid::ZERO.to_string();
    assert_eq!((value("policy"), value("user")), ("00000001-0000-4000-8000-000000000042", user.as_str()), "B-11.13");
    // B-11.9: the time of the zone that the machine is in.
    let (first, last) = (Stamp::from_millis(before + EAST_SECS * 1_000), Stamp::from_millis(after + EAST_SECS * 1_000));
    assert!(told.iter().all(|record| (first..=last).contains(&record.at)), "from {first:?} to {last:?}");

    bench.start().terminate();
    let told = read(&folder);
    assert_eq!((count(&told, "agent-started"), count(&told, "agent-stopped")), (2, 2));
    assert_eq!(count(&told, "script-begins"), 1, "B-5.1");
    let timeline = files::read(&[folder]).unwrap();
    assert!(timeline.findings.is_empty(), "{:#?}", timeline.findings);
}

#[test]
fn a_killed_process_writes_no_stop_and_tears_no_record() {
    let bench = Bench::new("logs-kill");
    bench.script(1, "echo begin >> log; [ $(wc -l < log) -gt 1 ] || sleep 600");
    bench.assign(&[1]);
    let agent = bench.start();
    until("the script to begin", || bench.lines("log") == ["begin"]);
    agent.kill();
    let told = read(&bench.state().join("Logs"));
    in_order(&told, "IntuneManagementExtension", &["agent-started", "script-begins", "helper-started"]);
    assert_eq!((count(&told, "stop-signal"), count(&told, "helper-ended")), (0, 0));
    bench.start().terminate();
    assert_eq!(count(&read(&bench.state().join("Logs")), "agent-started"), 2);
}

#[test]
fn size_and_history_are_parameters_and_removing_takes_a_folder_of_its_own_along() {
    let more = "\"log.max_bytes\" = 1000\n\"log.history\" = 2\n";
    let bench = Bench::with("logs-turn", more);
    let folder = bench.state().parent().unwrap().join("elsewhere");
    bench.say_first("logs = \"elsewhere\"\n");
    bench.start().terminate();
    bench.start().terminate();
    let main: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| part_of(name).0 == "IntuneManagementExtension")
        .collect();
    assert_eq!(main.len(), 3, "B-11.11: the current one and two before it: {main:?}");
    assert!(!bench.state().join("Logs").exists());

    fs::write(folder.join("notes.log"), "mine").unwrap();
    let (code, said) = bench.call("remove");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("notes.log is not the agent's and stays"), "{said}");
    assert_eq!((fs::read_dir(&folder).unwrap().count(), bench.state().exists()), (1, false));
    fs::remove_file(folder.join("notes.log")).unwrap();
    assert_eq!(bench.call("remove").0, 0);
    assert!(!folder.exists() && !bench.state().exists());
}

#[test]
fn an_agent_whose_logs_cannot_be_written_works_all_the_same() {
    let bench = Bench::new("logs-blocked");
    bench.say_first("logs = \"blocked\"\n");
    bench.write("blocked", "a file where the folder should be");
    bench.script(1, "echo ran >> ran");
    bench.assign(&[1]);
    let agent = bench.start();
    bench.wait_for_reports(1);
    until("the loss to be counted", || bench.call("status").1.contains(" records of the logs were lost"));
    assert_eq!(bench.lines("ran").len(), 1);

    let folder = bench.state().parent().unwrap().join("blocked");
    fs::remove_file(&folder).unwrap();
    let said = agent.terminate();
    assert_eq!(said.matches("blocked: cannot make the folder").count(), 1, "it is said once: {said}");
    let told = read(&folder);
    assert_eq!((count(&told, "agent-started"), count(&told, "agent-stopped")), (0, 1), "each record is a new try");
}

#[test]
fn files_that_somebody_takes_away_are_made_anew() {
    let bench = Bench::new("logs-gone");
    let agent = bench.start();
    let folder = bench.state().join("Logs");
    until("the poll", || folder.join("IntuneManagementExtension.log").exists() && bench.polls() > 0);
    fs::remove_dir_all(&folder).unwrap();
    let said = agent.terminate();
    assert!(!said.contains("`status` counts"), "{said}");
    in_order(&read(&folder), "IntuneManagementExtension", &["stop-signal", "agent-stopped"]);
}

#[test]
fn logs_in_the_state_folder_itself_are_refused() {
    let bench = Bench::new("logs-state");
    bench.say_first("logs = \"state\"\n");
    let (code, said) = bench.call("run");
    assert_eq!(code, 2);
    assert!(said.contains("`logs` names the state folder"), "{said}");
    assert!(!bench.state().exists());
}
