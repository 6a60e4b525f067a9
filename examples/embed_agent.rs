//! A whole agent around the library, in one file: a real clock, a real connection, a host that "runs" scripts.
//!
//! ```text
//! cargo run --example embed_agent
//! ```
//!
//! The clock runs 20,000 times as fast as the wall, so a day of the agent's life takes about four seconds. Read it from
//! the top: first the service at the other end of the connection, then the host, then `main` with the loop.
//!
//! What an agent of your own would do otherwise: write the snapshot to a file, start a PowerShell process in
//! `Host::run`, speak HTTPS in `Transport`, and take `RealClock::new()`, which runs at the real pace. The agent itself
//! stays the same; that is the point.

use std::collections::VecDeque;
use std::error::Error;
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use imesim::agent::{Event, Input, Run, RunOutcome, Snapshot};
use imesim::driver::scripted::script;
use imesim::driver::tcp::{Reply, Tcp, serve};
use imesim::driver::{Clock, Host, HostError, RealClock, ServiceStart, Session, Setup};
use imesim::protocol::{Answer, Report, Request, ScriptReport, Token, Workload};
use imesim::rules::RuleId;
use imesim::time::{Awake, Now, Span};

/// How much faster than the wall the clock runs.
const SPEED: u32 = 20_000;
/// The script that ends well, and the one that always fails.
const INVENTORY: u32 = 1;
const BROKEN: u32 = 2;

fn main() -> ExitCode {
    match live_for_a_day() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The service. It stands for Intune: it knows what is assigned, answers polls, and keeps the reports.

/// Answers one request. `reports` is shared with `main`, which prints what came in.
fn answer(request: Request, reports: &Mutex<Vec<ScriptReport>>) -> Answer<'static> {
    match request {
        // Both scripts are assigned to the device. The agent decides by itself which of them to run.
        Request::Poll { workload: Workload::Script, .. } => {
            Answer::Scripts(vec![script(INVENTORY), script(BROKEN)].into())
        }
        // No apps, remediations or compliance scripts.
        Request::Poll { .. } => Answer::Nothing,
        Request::Report(Report::Script(report)) => {
            reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
            Answer::Accepted
        }
        // The MDM client's requests do not come over this connection; they are listed so that a new request of the
        // protocol is a compile error here and not a silence.
        Request::Report(_)
        | Request::ConnectionTest
        | Request::Enroll
        | Request::MdmSession { .. }
        | Request::RenewChannel
        | Request::Unenrolled => Answer::Accepted,
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The host. It stands for Windows: disk, processes, service manager. `F` "runs" a script: how long, and its exit code.

struct PrintingHost<F> {
    run_script: F,
    /// Processes under way: when each ends, and how.
    under_way: VecDeque<(Awake, Token, RunOutcome)>,
    snapshot: Vec<u8>,
    started_at: Now,
    runs: usize,
}

impl<F: Fn(&Run) -> (Span, i32)> Host for PrintingHost<F> {
    fn persist(&mut self, snapshot: &Snapshot) -> Result<(), HostError> {
        // A real host writes a new file, flushes it, and renames it over the old one. What follows in the agent's list
        // of effects begins only when this has returned `Ok`.
        self.snapshot = snapshot.as_bytes().to_vec();
        Ok(())
    }

    fn run(&mut self, now: Now, token: Token, run: Run) {
        // A real host starts a process here and returns at once. Never wait in here.
        let (takes, code) = (self.run_script)(&run);
        self.runs += 1;
        self.under_way.push_back((
            now.awake.after(takes),
            token,
            RunOutcome::Exited { code, stderr: false, output: 0 },
        ));
    }

    fn stop(&mut self, token: Token) {
        self.under_way.retain(|(_, running, _)| *running != token);
    }

    fn ended(&mut self, now: Now) -> Option<(Token, RunOutcome)> {
        let place = self.under_way.iter().position(|(ends, ..)| *ends <= now.awake)?;
        self.under_way.remove(place).map(|(_, token, outcome)| (token, outcome))
    }

    fn next_end(&self) -> Option<Awake> {
        self.under_way.iter().map(|(ends, ..)| *ends).min()
    }

    fn set_automatic(&mut self) {}

    fn start_service(&mut self) -> ServiceStart {
        // This process is the service, so there is nothing to start. The session tells the agent that it runs.
        ServiceStart::Started
    }

    fn restart(&mut self) {
        println!("the device would restart");
    }

    fn uninstall(&mut self) {
        println!("the agent has left the device");
    }

    /// Every decision of the agent comes by here with the rule behind it: this is all the log one needs.
    fn note(&mut self, now: Now, rule: RuleId, event: Event) {
        let since = now.awake.since(self.started_at.awake);
        let (hours, minutes, seconds) = (since.as_secs() / 3600, since.as_secs() / 60 % 60, since.as_secs() % 60);
        println!("{hours:02}:{minutes:02}:{seconds:02}  {:<8} {event:?}", rule.to_string());
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The loop.

fn live_for_a_day() -> Result<(), Box<dyn Error>> {
    // The service gets a thread and a port of its own on the loopback; it ends when `server` is dropped.
    let reports = Arc::new(Mutex::new(Vec::new()));
    let for_service = Arc::clone(&reports);
    let service_clock = RealClock::with_speed(SPEED);
    let server = serve(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, move |request| Reply {
        at: service_clock.now().wall,
        answer: Ok(answer(request, &for_service)),
    })?;

    // Every figure of the agent is in its profile. Here one differs from the default: in the time for an answer, 100 s,
    // the sped-up agent would give the loopback only 5 thousandths of a second.
    let mut setup = Setup::default();
    setup.profile.set("ime.answer_timeout", "1h")?;

    let clock = RealClock::with_speed(SPEED);
    let host = PrintingHost {
        // The inventory takes 90 seconds and ends well; the other one fails after 10, each time.
        run_script: |run: &Run| if run.policy.0 == BROKEN { (Span::secs(10), 1) } else { (Span::secs(90), 0) },
        under_way: VecDeque::new(),
        snapshot: Vec::new(),
        started_at: clock.now(),
        runs: 0,
    };
    let mut session = Session::new(setup, clock, Tcp::new(server.address()), host);

    // Something happens: the agent is installed. It asks for the start of its service, the host says that it runs, and
    // from there on the agent goes by its own timers. Sign-ins, pushes and sleep would be fed the same way.
    session.feed(Input::Installed("1.94.0.0".parse()?))?;

    // This loop is `session.run_until(end)`, spelled out.
    let end = session.clock().now().wall.after(Span::days(1));
    loop {
        // Takes up answers and ended runs, fires what is due, carries out what the agent wants.
        let idle = session.poll()?;
        if session.clock().now().wall >= end {
            break;
        }
        // The only place that waits. Too early is fine, so the clock wakes often to look for answers.
        session.clock_mut().wait_until(idle.until);
    }

    // What is left of the day.
    let agent = session.agent();
    println!(
        "\nafter a day the agent is {:?}; its snapshot has {} bytes",
        agent.status(),
        session.host().snapshot.len()
    );
    for record in agent.scripts() {
        println!("script {}: {:?} after {} runs", record.policy.0, record.state, record.downloads);
    }
    let reports = reports.lock().unwrap_or_else(PoisonError::into_inner);
    println!("{} runs in all, {} reports at the service", session.host().runs, reports.len());
    Ok(())
}
