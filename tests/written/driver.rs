//! The logs of an agent that a driver runs: the same scribe, fed by a session.

use imesim::agent::{Input, RunOutcome, ServiceChange, SessionChange};
use imesim::chance::Chance;
use imesim::driver::scripted::script;
use imesim::driver::{Logged, Memory, MemoryHost, Session, Setup, VirtualClock};
use imesim::log::write::{Limits, LogSet, MemoryFolder, Scribe, SeededIds, Stop};
use imesim::protocol::{Answer, Failure, Request, UserId, Workload};
use imesim::time::{Span, Wall};

use super::common::{Kept, by_file, read_back, timeline};

#[test]
fn a_session_writes_the_logs_of_its_agent() {
    let setup = Setup { chance: Chance::seeded(3, 0), ..Setup::default() };
    let service = |now: Wall, request: Request| match request {
        // Nobody is reached in the third hour.
        _ if (2..3).contains(&(now.since(START).as_secs() / 3_600)) => Err(Failure::NoNetwork),
        Request::Poll { workload: Workload::Script, .. } => Ok(Answer::Scripts(vec![script(1)].into())),
        Request::Poll { .. } => Ok(Answer::Nothing),
        _ => Ok(Answer::Accepted),
    };
    let host = MemoryHost::new(|_run| (Span::secs(20), RunOutcome::Exited { code: 3, stderr: false, output: 1 }));
    let log = &setup.profile.log;
    let logs = LogSet::open(MemoryFolder::default(), log, Limits::of(log)).expect("memory takes everything");
    let scribe = Scribe::new(SeededIds::new(1, "pc1", [], ["anna"]), (logs, Kept::default()));
    let clock = VirtualClock::starting_at(START);
    let mut session = Session::new(setup, clock, Memory::new(service), Logged::new(host, scribe));

    session.feed(Input::Installed("1.94.0.0".parse().expect("a version"))).expect("memory takes everything");
    session.run_until(START.after(Span::mins(30))).expect("memory takes everything");
    session.feed(Input::Session(SessionChange::SignIn(UserId(1)))).expect("memory takes everything");
    session.run_until(START.after(Span::hours(3))).expect("memory takes everything");
    session.host_mut().scribe_mut().stopping(Stop::Shutdown);
    session.feed(Input::Service(ServiceChange::Stopped)).expect("memory takes everything");

    let (_, _, host) = session.into_parts();
    let (set, told) = host.into_parts().1.into_pen();
    let (folder, told) = (set.into_folder(), told.0);
    assert_eq!(read_back(&folder), by_file(&told));
    assert!(timeline(&folder).findings.is_empty(), "{:#?}", timeline(&folder).findings);
    let count = |text: &str| told.iter().filter(|(.., event)| event.contains(text)).count();
    assert_eq!(count("Service(Started)"), 1);
    assert_eq!(count("ShutdownSignal"), 1);
    assert_eq!(count("Begun"), 3, "timers begin by awake time alone");
    assert_eq!(count("SecondHold"), 1);
    assert_eq!((count("Change { change: Logon }"), count("LogonScripts")), (1, 1));
    assert_eq!(count("result: Failed"), 2, "once for the device and once more after the sign-in");
    assert_eq!(count("Network(Offline)"), 1, "the app check of the third hour");
    assert_eq!(count("StopSignal"), 0);
}

const START: Wall = Wall::from_unix_millis(1_772_438_400_000);
