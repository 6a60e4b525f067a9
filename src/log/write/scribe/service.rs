//! The life of the service: start, delays, timers, sessions, stop.

use super::{Later, LaterLine, START, Scribe, Seen, Stop, secs, utc};
use crate::agent::{Input, SessionChange, SyncRequest, interval};
use crate::facts::{self, Join};
use crate::log::event::{self, EspEvent, EspPhase, InstallEvent, ServiceEvent, SessionEvent, TimerEvent};
use crate::log::write::entry::Pen;
use crate::log::write::ids::Ids;
use crate::log::{LogFile, Severity};
use crate::protocol::Workload;
use crate::time::Span;

/// The workloads whose first delays a start tells of.
const TOLD: [(Workload, event::Workload<'static>); 3] = [
    (Workload::RequiredApp, event::Workload::RequiredApp),
    (Workload::AvailableApp, event::Workload::AvailableApp),
    (Workload::Script, event::Workload::Script),
];
/// The thread on which the system tells the service of sessions and commands.
const SYSTEM: u32 = 3;
/// How "never" is written.
pub(super) const NEVER: &str = "12/31/9999 11:59:59 PM";

impl<I: Ids, P: Pen> Scribe<I, P> {
    /// The service starts, with the length of its delays (B-4.8). What was under way before has no end any more.
    pub(super) fn service_starts(&mut self, (ready, scripts, others): (Span, Span, Span), seen: &Seen<'_>) {
        self.forget_process();
        self.is_running = true;
        self.stop = Stop::Asked;
        self.zone_of_service.clone_from(&self.zone);
        let ime = &seen.cx.profile.ime;
        let every = |workload| interval(workload, false, seen.cx.profile);
        self.say(START, ServiceEvent::Started);
        if let Some(version) = seen.agent.version() {
            self.say(START, ServiceEvent::Version { version: &version.to_string() });
        }
        self.say(START, ServiceEvent::JoinType { kind: join_type(seen.cx.facts.join) });
        self.restart_checked("ServiceStart", seen);
        self.say(START, TimerEvent::AppInterval { millis: every(Workload::RequiredApp).as_millis() });
        self.say(START, TimerEvent::ScriptTimerDefault { hours: hours(every(Workload::Script)) });
        for (workload, named) in TOLD {
            let delay = seen.agent.first_delay(workload, seen.cx.profile, self.now);
            self.say(START, TimerEvent::Armed { seconds: secs(delay), workload: named });
            self.later(delay, LaterLine::TimerBegins(named));
        }
        if ime.push_app_workload {
            self.say(START, SessionEvent::PushRegistered { app: "app" });
        }
        self.say(START, TimerEvent::FirstHold { seconds: secs(ready) });
        let (scripts, others) = (secs(scripts.saturating_sub(ready)), secs(others.saturating_sub(ready)));
        self.later(ready, LaterLine::Ready { scripts, others });
        self.say(START, ServiceEvent::StartFinished);
    }

    fn later(&mut self, after: Span, line: LaterLine) {
        self.later.push(Later { due: self.now.awake.after(after), line });
    }

    pub(super) fn later_line(&mut self, line: LaterLine) {
        match line {
            LaterLine::Ready { scripts, others } => {
                self.say(START, EspEvent::BeforeScripts { phase: self.esp_phase() });
                if !self.phase.skips_start_delays() && (scripts > 0 || others > 0) {
                    self.say(START, TimerEvent::SecondHold { seconds: scripts });
                    self.say(START, TimerEvent::ThirdHold { seconds: others });
                }
            }
            LaterLine::TimerBegins(workload) => self.say(START, TimerEvent::Begun { workload }),
        }
    }

    /// Whether a restart is due (B-7.26).
    fn restart_checked(&mut self, cause: &str, seen: &Seen<'_>) {
        let is_due = seen.agent.is_reboot_pending();
        let deadline = seen.agent.pending_restart().map_or_else(|| NEVER.to_owned(), |restart| utc(restart.at));
        self.say(START, InstallEvent::RestartDue { is_due, deadline: &deadline });
        self.say(START, InstallEvent::RestartChecked { cause, is_due, deadline: &deadline });
    }

    /// The service stops. A process that dies writes nothing, and what was under way has no end.
    pub(super) fn service_stops(&mut self) {
        if std::mem::take(&mut self.is_running) && self.stop != Stop::Died {
            let signal =
                if self.stop == Stop::Shutdown { ServiceEvent::ShutdownSignal } else { ServiceEvent::StopSignal };
            self.say(SYSTEM, signal);
            self.say(SYSTEM, ServiceEvent::StopSequence);
            self.say(SYSTEM, ServiceEvent::Stopped);
        }
        self.stop = Stop::Asked;
        self.forget_process();
    }

    /// What ends with the process.
    fn forget_process(&mut self) {
        self.is_running = false;
        self.threads.clear();
        self.check_ins = [const { None }; Workload::ALL.len()];
        self.passes.clear();
        self.runs.clear();
        self.ended = None;
        (self.remediation, self.discovery, self.report) = (None, None, None);
        self.later.clear();
        self.apps.iter_mut().for_each(|app| app.is_enforced = false);
    }

    /// The script timer changed between its two intervals (B-4.5).
    pub(super) fn script_timer(&mut self, every: Span, seen: &Seen<'_>) {
        let thread = self.check_in(Workload::Script).map_or(START, |check_in| check_in.thread);
        let hours = hours(every);
        if every == seen.cx.profile.ime.script_idle_interval {
            self.say(thread, TimerEvent::ScriptTimerDefault { hours });
        } else {
            self.say(thread, TimerEvent::ScriptTimerShort { hours });
        }
    }

    /// Takes notice of what happens to the agent.
    pub(super) fn heard(&mut self, input: &Input<'_>) {
        match input {
            Input::Session(change) => self.session(*change),
            Input::Sync(request) if self.is_running => self.sync(*request),
            Input::Esp(phase) => self.esp_moves(*phase),
            Input::Answered { token, answer, .. } => self.answered(*token, answer),
            Input::Failed { token, failure } => self.failed(*token, *failure),
            Input::Completed { token, outcome } => self.completed(*token, *outcome),
            Input::Sync(_)
            | Input::Tick
            | Input::Installed(_)
            | Input::Service(_)
            | Input::DarkWake(_)
            | Input::Resumed
            | Input::ClockChanged
            | Input::Certificate(_)
            | Input::Policies(_)
            | Input::Push(_)
            | Input::OnDemand { .. }
            | Input::Snooze
            | Input::RecordDeleted(_)
            | Input::HealthDue(_)
            | Input::Remove(_) => {}
        }
    }

    /// A session changed. A service that does not run hears of none.
    fn session(&mut self, change: SessionChange) {
        let bit = |user: crate::protocol::UserId| 1_u32.checked_shl(u32::from(user.0)).unwrap_or(0);
        let told = match change {
            SessionChange::SignIn(user) => {
                self.users |= bit(user);
                event::SessionChange::Logon
            }
            SessionChange::SignInLocal => {
                self.users |= 1;
                event::SessionChange::Logon
            }
            SessionChange::SignOut(user) => {
                self.users &= !bit(user);
                return self.logoff();
            }
            SessionChange::AllSignedOut => {
                let was_somebody = std::mem::take(&mut self.users) != 0;
                return if was_somebody {
                    self.logoff()
                };
            }
            SessionChange::Lock => event::SessionChange::Lock,
            SessionChange::Unlock => event::SessionChange::Unlock,
            SessionChange::ConsoleConnect => event::SessionChange::ConsoleConnect,
            SessionChange::ConsoleDisconnect => event::SessionChange::ConsoleDisconnect,
        };
        if self.is_running {
            self.say(SYSTEM, SessionEvent::Change { change: told });
        }
    }

    fn logoff(&mut self) {
        if self.is_running && self.stop != Stop::Died {
            self.say(SYSTEM, SessionEvent::Logoff);
        }
    }

    /// Somebody asks for a sync; what comes as a command of the service is written down.
    fn sync(&mut self, request: SyncRequest) {
        match request {
            SyncRequest::ServiceControl(code) => self.say(SYSTEM, SessionEvent::SyncAsked { command: code.into() }),
            // B-4.15: on the device the one of Company Portal arrives like the other.
            SyncRequest::ProtocolSyncApp | SyncRequest::CompanyPortal => {
                self.say(super::HELPER, SessionEvent::SyncSent);
                self.say(SYSTEM, SessionEvent::SyncAsked { command: 200 });
            }
            SyncRequest::CheckCompliance
            | SyncRequest::App(_)
            | SyncRequest::AppRemoval(_)
            | SyncRequest::ProtocolSyncCompliance => {}
        }
    }

    /// How many sessions there are, and how many of them have a user whose token can be had.
    pub(super) fn sessions_counted(&mut self, thread: u32) {
        self.say(thread, SessionEvent::Counted { count: u64::from(self.users.count_ones()) });
        self.say(thread, SessionEvent::Usable { count: u64::from((self.users & !1).count_ones()) });
    }

    /// The phase of the ESP, in the words of messages.
    pub(super) const fn esp_phase(&self) -> EspPhase<'static> {
        match self.phase {
            facts::EspPhase::NotInEsp => EspPhase::NotInEsp,
            facts::EspPhase::DevicePreparation => EspPhase::Other("DevicePreparation"),
            facts::EspPhase::DeviceSetup => EspPhase::DeviceSetup,
            facts::EspPhase::AccountSetup => EspPhase::AccountSetup,
        }
    }

    /// The ESP moves on: the service's own log has the phase.
    fn esp_moves(&mut self, phase: facts::EspPhase) {
        let before = std::mem::replace(&mut self.phase, phase);
        if self.is_running && before != phase {
            let phase = EspEvent::Phase { phase: self.esp_phase() };
            self.write_in(LogFile::IntuneManagementExtension, Severity::Info, SYSTEM, phase.into());
        }
    }

    /// The state of the ESP's tracking of all apps.
    pub(super) fn esp_state(&mut self, state: &str) {
        self.say(START, EspEvent::State { state });
    }
}

const fn join_type(join: Join) -> &'static str {
    match join {
        Join::Entra | Join::Hybrid => "DSREG_DEVICE_JOIN",
        Join::Registered => "DSREG_WORKPLACE_JOIN",
        Join::None => "DSREG_UNKNOWN_JOIN",
    }
}

/// A length of time in whole hours.
const fn hours(span: Span) -> u64 {
    span.as_secs() / 3_600
}
