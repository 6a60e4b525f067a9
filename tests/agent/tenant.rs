//! The service's side: what is assigned, and what it was told.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use imesim::driver::scripted::script;
use imesim::driver::tcp::{Reply, Server, serve};
use imesim::driver::{Clock, RealClock};
use imesim::protocol::{
    Answer, AppList, AppPolicy, AppSettings, Assigned, Failure, Intent, Intents, PolicyId, Report, Request, RunAs,
    ScriptPolicy, Target, Workload,
};

#[derive(Default)]
pub(crate) struct Told {
    pub(crate) scripts: Vec<u32>,
    /// Of these, those that run as the user.
    pub(crate) as_user: Vec<u32>,
    pub(crate) remediations: Vec<u32>,
    pub(crate) compliance: Vec<u32>,
    /// Required on the device.
    pub(crate) apps: Vec<u32>,
    pub(crate) reports: Vec<Report>,
    pub(crate) polls: usize,
    pub(crate) app_polls: usize,
    pub(crate) unmanaged: bool,
}

/// A service over TCP.
pub(crate) fn tenant() -> (Arc<Mutex<Told>>, Server) {
    let told = Arc::new(Mutex::new(Told::default()));
    let (shared, clock) = (Arc::clone(&told), RealClock::new());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let reply = move |request| Reply { at: clock.now().wall, answer: answer(request, &mut shared.lock().unwrap()) };
    (told, serve(listener, reply).unwrap())
}

/// Waits for something to come true, in real time.
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn answer(request: Request, told: &mut Told) -> Result<Answer<'static>, Failure> {
    let assigned = |id: &u32| Assigned { id: PolicyId(*id), revision: 1, target: Target::Device };
    Ok(match request {
        Request::Poll { .. } if told.unmanaged => Answer::NotManaged,
        Request::Poll { workload: Workload::Script, .. } => {
            told.polls += 1;
            let run_as = |id: &u32| if told.as_user.contains(id) { RunAs::User } else { RunAs::System };
            let policy = |id: &u32| ScriptPolicy { run_as: run_as(id), ..script(*id) };
            Answer::Scripts(told.scripts.iter().map(policy).collect::<Vec<_>>().into())
        }
        Request::Poll { workload: Workload::Remediation, .. } => {
            Answer::Remediations(told.remediations.iter().map(assigned).collect::<Vec<_>>().into())
        }
        Request::Poll { workload: Workload::Compliance, .. } => {
            Answer::Discovery(told.compliance.iter().map(assigned).collect::<Vec<_>>().into())
        }
        Request::Report(report) => {
            told.reports.push(report);
            Answer::Accepted
        }
        Request::Poll { workload: Workload::RequiredApp, .. } => {
            told.app_polls += 1;
            let app = |id: &u32| AppPolicy {
                id: PolicyId(*id),
                revision: 1,
                target: Target::Device,
                intents: Intents::NONE.with(Intent::Required),
                filtered_out: false,
                settings: AppSettings::default(),
            };
            Answer::Apps(AppList::new(told.apps.iter().map(app).collect::<Vec<_>>()))
        }
        Request::Poll { .. } => Answer::Nothing,
        Request::ConnectionTest
        | Request::Enroll
        | Request::MdmSession { .. }
        | Request::RenewChannel
        | Request::Unenrolled => Answer::Accepted,
    })
}
