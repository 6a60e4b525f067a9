//! Random worlds full of faults: whatever a device goes through, what is written is read back as it was meant, the checks of
//! any log hold, and the same world writes the same bytes.

use std::cell::Cell;
use std::collections::BTreeSet;

use imesim::catalog::ServiceFault;
use imesim::check::hunt::{Base, Case, Ground};
use imesim::device::Action;
use imesim::log::oracle::Check;
use imesim::log::write::{DeviceLogs, Limits, LogSet, MemoryFolder};
use imesim::profile::{AppEventsIn, Log, Profile};
use imesim::sim::World;
use imesim::sim::plan::Plan;
use imesim::strategies::scenarios;
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestError, TestRunner};

use super::common::{Kept, by_file, parts, read_back, timeline};

/// The logs of a case, with these settings for files.
fn logs_of(ground: &Ground<'_>, case: &Case, log: &Log) -> (MemoryFolder, Kept) {
    let start = ground.plan().start;
    let faults = case.faults.iter().map(|fault| ServiceFault {
        from: start.after(fault.from),
        until: start.after(fault.until),
        channel: fault.channel,
        kind: fault.kind,
    });
    let plan =
        Plan { duration: case.duration, tenant: ground.plan().tenant.with_faults(faults), ..ground.plan().clone() };
    let cast = ground.cast();
    let (Some(described), Some(cohort)) = (cast.described(case.device), cast.cohort(case.device)) else {
        panic!("there is no device {}", case.device)
    };
    let mut described = described.clone();
    described.timeline.extend(case.events.iter().map(|event| (event.at, event.action)));
    described.timeline.sort_by_key(|(at, _)| *at);
    described.network = case.network.unwrap_or(described.network);
    let set = LogSet::open(MemoryFolder::default(), log, Limits::of(log)).expect("memory takes everything");
    let looker = DeviceLogs::of_device(&plan, &described, "d0", (set, Kept::default()));
    let (set, kept) = World::new(&plan, &described, cohort, case.device, false, looker).run().observer.into_pen();
    (set.into_folder(), kept)
}

/// The checks that this world may break: who steps clocks breaks the one about clocks, and other start delays than the usual ones are not those of an agent.
fn is_to_hold(check: Check, profile: &Profile, case: &Case) -> bool {
    let steps_clock = case
        .events
        .iter()
        .any(|event| matches!(event.action, Action::ClockStep(_) | Action::ClockDrift(_) | Action::TimeZone(_)));
    match check {
        Check::Hold => {
            let delay = profile.ime.start_delay_all;
            delay == Profile::default().ime.start_delay_all || delay.max.is_zero()
        }
        Check::Clock | Check::FirstPoll | Check::Timers | Check::Tries => !steps_clock,
        Check::Form | Check::Ends | Check::Lock => true,
    }
}

/// The end of the main log.
fn last_lines(folder: &MemoryFolder) -> String {
    let text = String::from_utf8_lossy(folder.bytes("IntuneManagementExtension.log")).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

struct Judged {
    /// The most parts that a log has when it is rotated early.
    parts: usize,
    records: u64,
    /// Decisions of which logs say nothing, and why.
    silent: BTreeSet<(String, &'static str)>,
}

/// Judges the logs of a case.
fn judge(base: &Base, case: &Case) -> Result<Judged, TestCaseError> {
    let ground = Ground::new(base).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let whole = Log { max_bytes: 1 << 30, ..Log::default() };
    let (folder, Kept(told, silent)) = logs_of(&ground, case, &whole);
    let (again, _) = logs_of(&ground, case, &whole);
    prop_assert!(folder == again, "the same world has written other bytes");
    prop_assert_eq!(read_back(&folder), by_file(&told));
    let profile = &base.scenario.plan.profile;
    // With app events in the main log (B-11.6) one log has all that the checks need: that the service died, too.
    let (one, _) = logs_of(&ground, case, &Log { app_events_in: AppEventsIn::Main, ..whole.clone() });
    let findings = timeline(&one).findings;
    let broken: Vec<_> = findings.iter().filter(|finding| is_to_hold(finding.check, profile, case)).collect();
    prop_assert!(broken.is_empty(), "{broken:#?}\n{}", last_lines(&one));
    // B-11.11: rotation takes nothing away and adds nothing but byte order marks.
    let small = Log { max_bytes: 20_000, history: 1_000, ..Log::default() };
    let (rotated, _) = logs_of(&ground, case, &small);
    let mut most = 0;
    for ((_, whole), (_, pieces)) in parts(&folder).into_iter().zip(parts(&rotated)) {
        most = most.max(pieces.len());
        let sizes = |parts: &[&[u8]]| parts.iter().map(|part| part.len().saturating_sub(3)).sum::<usize>();
        prop_assert_eq!(sizes(&whole), sizes(&pieces));
        prop_assert!(pieces.iter().all(|piece| piece.starts_with(b"\xEF\xBB\xBF")));
    }
    Ok(Judged { parts: most, records: told.len() as u64, silent })
}

/// `IMESIM_EXPLORE=12345` runs ten times as many worlds from that seed, `IMESIM_EXPLORE=random` from one that nobody has tried.
#[test]
fn what_is_written_of_any_world_is_read_back() {
    let explore = std::env::var("IMESIM_EXPLORE").ok();
    let (rng_seed, cases) = match explore.as_deref() {
        None => (RngSeed::Fixed(11), 24),
        Some(text) => (text.parse().map_or(RngSeed::Random, RngSeed::Fixed), 240),
    };
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/proptest-regressions/written.txt");
    let config = Config {
        cases,
        rng_seed,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        ..Config::default()
    };
    let worlds = scenarios().prop_flat_map(|base| (Just(base), imesim::strategies::cases()));
    let records = Cell::new(0);
    let result = TestRunner::new(config).run(&worlds, |(base, plan)| {
        let ground = Ground::new(&base).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let case = plan.on(&ground);
        let judged = judge(&base, &case).map_err(|error| TestCaseError::fail(format!("{error}\n{}", base.text)))?;
        records.set(records.get() + judged.records);
        Ok(())
    });
    match result {
        Ok(()) => assert!(records.get() > 10_000, "{} records", records.get()),
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(TestError::Abort(reason)) => panic!("given up: {reason}"),
    }
}

/// The office that hunts begin with, in which there is more of everything; the sums say that it was worth it. Of a decision of
/// which logs say nothing the reason is told.
#[test]
fn what_is_written_of_the_office_is_read_back() {
    let base = Base::office();
    let (mut most, mut records, mut silent) = (0, 0, BTreeSet::new());
    for seed in 0..12 {
        let ground = Ground::new(&base).expect("the office has no populations");
        let case = Case::draw(&ground, seed);
        let judged = judge(&base, &case).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        (most, records) = (most.max(judged.parts), records + judged.records);
        silent.extend(judged.silent);
    }
    assert!(most > 3 && records > 5_000, "{most} parts of a log, {records} records");
    let silent: Vec<String> = silent.into_iter().map(|(decision, why)| format!("{decision}: {why}")).collect();
    insta::assert_snapshot!("silent", silent.join("\n"));
}
