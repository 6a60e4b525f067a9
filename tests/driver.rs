//! The parts around the agent: the session's loop, the transport in memory, the wire, TCP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that is not met ends")]

#[path = "driver/faults.rs"]
mod faults;
#[path = "driver/kill.rs"]
mod kill;
#[path = "driver/kill_work.rs"]
mod kill_work;
#[path = "driver/session.rs"]
mod session;
#[cfg(feature = "net")]
#[path = "driver/tcp.rs"]
mod tcp;
#[cfg(feature = "net")]
#[path = "driver/wire.rs"]
mod wire;

use std::cell::RefCell;
use std::rc::Rc;

use imesim::agent::{Agent, RecordState, Run, RunOutcome};
use imesim::driver::scripted::script;
use imesim::profile::Version;
use imesim::protocol::{Answer, Failure, PolicyId, Report, Request, ScriptReport, ScriptResult, Workload};
use imesim::time::{Span, Wall};

const VERSION: Version = Version([1, 94, 0, 0]);

fn start() -> Wall {
    Wall::from_unix_millis(1_750_000_000_000)
}

fn days(n: u64) -> Wall {
    start().after(Span::days(n))
}

/// The service's side: three scripts are assigned, and reports are kept.
#[derive(Default)]
struct Service {
    reports: Vec<ScriptReport>,
    polls: usize,
}

impl Service {
    fn answer(&mut self, request: Request) -> Result<Answer<'static>, Failure> {
        Ok(match request {
            Request::Poll { workload: Workload::Script, .. } => {
                self.polls += 1;
                Answer::Scripts(vec![script(1), script(2), script(3)].into())
            }
            Request::Poll { .. } => Answer::Nothing,
            Request::Report(Report::Script(report)) => {
                self.reports.push(report);
                Answer::Accepted
            }
            Request::Report(_) | Request::ConnectionTest => Answer::Accepted,
            Request::Enroll | Request::MdmSession { .. } | Request::RenewChannel | Request::Unenrolled => {
                panic!("{request:?} is not an agent's request")
            }
        })
    }

    /// The last result known of a script.
    fn last(&self, policy: PolicyId) -> Option<ScriptReport> {
        self.reports.iter().rev().find(|report| report.policy == policy).copied()
    }
}

type Shared = Rc<RefCell<Service>>;

fn to(service: &Shared) -> impl FnMut(Wall, Request) -> Result<Answer<'static>, Failure> + use<> {
    let service = Rc::clone(service);
    move |_, request| service.borrow_mut().answer(request)
}

/// Script 1 ends well, script 2 always fails, script 3 ends well at its second try.
fn outcome(run: &Run) -> (Span, RunOutcome) {
    let code = match (run.policy.0, run.attempt) {
        (2, _) | (3, 1) => 1,
        _ => 0,
    };
    (Span::secs(40), RunOutcome::Exited { code, stderr: false, output: 0 })
}

/// What the service knows agrees with what the device knows, and nothing is still to be told.
fn assert_all_reported(agent: &Agent, service: &Service) {
    assert_eq!(agent.scripts().len(), 3);
    for record in agent.scripts() {
        assert!(!record.unreported, "{record:?}");
        let result = service.last(record.policy).map(|report| report.result);
        let expected = if record.policy == PolicyId(2) { ScriptResult::Failed } else { ScriptResult::Success };
        assert_eq!((result, record.state), (Some(expected), RecordState::from(expected)), "{record:?}");
    }
}
