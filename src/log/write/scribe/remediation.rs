//! Remediations and discovery scripts: fetches, schedules, runs, results.

use super::{CheckIn, Runner, START, Scribe, Seen, utc};
use crate::agent::{Cause, ReportReason, Run, Task};
use crate::content::Schedule;
use crate::log::event::{RemediationEvent, SessionEvent};
use crate::log::write::entry::Pen;
use crate::log::write::ids::Ids;
use crate::protocol::{PolicyId, RemediationOutcome, Token, UserId, Workload};
use crate::time::Span;

/// The exit code of a script that was not started.
const NOT_STARTED: i32 = -2;
/// The numbers of the two kinds (B-6.25).
const REMEDIATION: u64 = 6;
const COMPLIANCE: u64 = 8;
/// Where their scripts lie on a device (B-6.23).
const CACHE: &str = r"C:\Windows\IMECache\HealthScripts";

impl<I: Ids, P: Pen> Scribe<I, P> {
    /// Remediations or discovery scripts are asked for; both by the same records.
    pub(super) fn fetch_begins(&mut self, workload: Workload, cause: Cause, user: UserId) {
        let thread = self.open(workload, cause, user);
        if cause == Cause::SignIn {
            self.say(thread, SessionEvent::LogonRemediations);
        }
    }

    pub(super) fn fetched(&mut self, workload: Workload, count: u32) {
        let Some(check_in) = &mut self.check_ins[workload as usize] else { return };
        check_in.is_answered = true;
        let (thread, user) = (check_in.thread, check_in.user);
        let (user, session) = (self.ids.user(user), self.ids.session(user));
        self.say(thread, RemediationEvent::Received { count: count.into(), user, session });
        self.say(thread, RemediationEvent::SchedulerBegins);
    }

    pub(super) fn fetch_ends(&mut self, over: &CheckIn) {
        if over.is_answered {
            self.say(over.thread, RemediationEvent::PassEnds);
        }
    }

    fn fetch_thread(&self) -> u32 {
        self.check_in(Workload::Remediation).map_or(START, |check_in| check_in.thread)
    }

    /// A remediation is new or changed: its schedule is looked at.
    pub(super) fn schedule(&mut self, policy: PolicyId, revision: u32, seen: &Seen<'_>) {
        let (id, thread) = (self.ids.policy(policy), self.fetch_thread());
        let schedule = seen.cx.library.remediation(policy, revision).map(|remediation| remediation.schedule);
        match schedule {
            Some(Schedule::Hourly(hours)) => {
                let hours = hours.get().into();
                self.say(thread, RemediationEvent::Hourly { policy: id, utc: false, hours, time: "" });
            }
            Some(Schedule::Daily { every, at, utc }) => {
                let secs = at.secs();
                let time = format!("01/01/0001 {:02}:{:02}:{:02}", secs / 3_600, secs / 60 % 60, secs % 60);
                let days = every.get().into();
                self.say(thread, RemediationEvent::Daily { policy: id, utc, days, time: &time });
            }
            Some(Schedule::Once { at, utc: is_utc }) => {
                let is_utc = if is_utc { "True" } else { "False" };
                let what = format!(" for policy {id}, UTC = {is_utc}, Time = {}", utc(at));
                self.say(thread, RemediationEvent::Once { what: &what });
            }
            Some(Schedule::Default) => {
                self.say(thread, RemediationEvent::Daily { policy: id, utc: false, days: 1, time: "" });
            }
            None => {}
        }
    }

    /// A first run is queued.
    pub(super) fn queued(&mut self, after: Span) {
        let (at, thread) = (utc(self.now.wall.after(after)), self.fetch_thread());
        self.say(thread, RemediationEvent::Earliest { at: &at });
        self.say(thread, RemediationEvent::Queued { at: &at });
    }

    pub(super) fn remediation_run_begins(&mut self, token: Token, run: &Run) {
        let id = self.ids.policy(run.policy);
        if run.task == Task::Detect {
            let runner = self.runner(run);
            if let Some(left) = self.remediation.replace(runner) {
                self.free_thread(left.thread);
            }
            self.say(runner.thread, RemediationEvent::RunnerBegins);
            self.say(runner.thread, RemediationEvent::Now { policy: id });
            self.say(runner.thread, RemediationEvent::Begins { policy: id, kind: REMEDIATION });
        }
        let name = if run.task == Task::Remediate { "remediate" } else { "detect" };
        self.helper_begins(token, run, &format!(r"{CACHE}\{id}_{}\{name}.ps1", run.revision));
    }

    fn runner(&mut self, run: &Run) -> Runner {
        Runner { thread: self.take_thread(), policy: run.policy, revision: run.revision }
    }

    pub(super) fn remediation_ended(&mut self, policy: PolicyId, step: Task, code: i32) {
        let thread = self.remediation.map_or(START, |runner| runner.thread);
        let (id, is_well, code64) = (self.ids.policy(policy), code == 0, i64::from(code));
        if code != NOT_STARTED {
            self.helper_ends(code, is_well);
        }
        match step {
            Task::Detect => {
                self.say(thread, RemediationEvent::DetectionExit { code: code64 });
                self.say(thread, RemediationEvent::DetectionVerdict { policy: id, is_well });
            }
            Task::Remediate => self.say(thread, RemediationEvent::Exit { code: code64 }),
            Task::DetectAgain => {
                self.say(thread, RemediationEvent::DetectionExit { code: code64 });
                self.say(thread, RemediationEvent::SecondVerdict { policy: id, is_well });
            }
            Task::Script
            | Task::Discover
            | Task::AppDetect
            | Task::AppRequire
            | Task::AppDownload
            | Task::AppDownloadForeground
            | Task::AppInstall
            | Task::AppUninstall => {}
        }
    }

    /// A script of a remediation or a discovery script reached its limit.
    pub(super) fn remediation_timed_out(&mut self, task: Task, policy: PolicyId, user: UserId) {
        if let Some((_, run)) = self.run_of(&[task], policy, user) {
            self.helper_timed_out(run.limit);
        }
    }

    pub(super) fn remediation_result(
        &mut self,
        (policy, user): (PolicyId, UserId),
        status: u8,
        outcome: RemediationOutcome,
        report: ReportReason,
    ) {
        let Some(Runner { thread, revision, .. }) = self.remediation.take_if(|runner| runner.policy == policy) else {
            return;
        };
        let (id, version) = (self.ids.policy(policy), u64::from(revision));
        if report == ReportReason::None {
            self.say(thread, RemediationEvent::ResultSame { policy: id, version });
        } else {
            self.say(thread, RemediationEvent::ResultNew { policy: id, version });
            let json = serde_json::json!({
                "PolicyId": id.to_string(),
                "UserId": self.ids.user(user).to_string(),
                "InternalVersion": version,
                "RemediationStatus": status,
                "Result": outcome,
            });
            self.say(thread, RemediationEvent::Result { json: &json.to_string() });
        }
        self.say(thread, RemediationEvent::PassEnds);
        self.free_thread(thread);
    }

    /// A run was cut off and has no end.
    pub(super) fn remediation_cut_off(&mut self) {
        if let Some(left) = self.remediation.take() {
            self.free_thread(left.thread);
        }
    }

    pub(super) fn discovery_run_begins(&mut self, token: Token, run: &Run) {
        let (id, runner) = (self.ids.policy(run.policy), self.runner(run));
        if let Some(left) = self.discovery.replace(runner) {
            self.free_thread(left.thread);
        }
        self.say(runner.thread, RemediationEvent::RunnerBegins);
        self.say(runner.thread, RemediationEvent::Begins { policy: id, kind: COMPLIANCE });
        self.helper_begins(token, run, &format!(r"{CACHE}\{id}_{}\detect.ps1", run.revision));
    }

    /// A discovery script ended; its exit code is not told where it failed.
    pub(super) fn discovery_ended(&mut self, (policy, user): (PolicyId, UserId), error: u32, seen: &Seen<'_>) {
        let Some(Runner { thread, revision, .. }) = self.discovery.take_if(|runner| runner.policy == policy) else {
            return;
        };
        let (id, version) = (self.ids.policy(policy), u64::from(revision));
        if error == 0 {
            self.helper_ends(0, true);
            self.say(thread, RemediationEvent::DetectionExit { code: 0 });
        }
        let is_new = seen.rest.iter().any(|event| {
            matches!(event, crate::agent::Event::Compliance(crate::agent::ComplianceEvent::ComplianceChanged { .. }))
        });
        if is_new {
            self.say(thread, RemediationEvent::ResultNew { policy: id, version });
        } else {
            self.say(thread, RemediationEvent::ResultSame { policy: id, version });
        }
        let json = serde_json::json!({
            "PolicyId": id.to_string(),
            "UserId": self.ids.user(user).to_string(),
            "InternalVersion": version,
            "ErrorCode": error,
        });
        self.say(thread, RemediationEvent::Result { json: &json.to_string() });
        self.say(thread, RemediationEvent::PassEnds);
        self.free_thread(thread);
    }

    pub(super) fn discovery_cut_off(&mut self) {
        if let Some(left) = self.discovery.take() {
            self.free_thread(left.thread);
        }
    }
}
