//! PowerShell scripts: which run, how often, how they end. Rules: section 5, B-1.12 to B-1.14, B-1.24, B-1.29.

use imesim::agent::{Effect, Record, RecordState, Run, RunOutcome, Task};
use imesim::facts::{Edition, Join};
use imesim::profile::{CountOn, Profile, WpjScripts};
use imesim::protocol::{PolicyId, RunAs, ScriptPolicy, ScriptResult, Target, Token, UserId, Workload};
use imesim::time::Awake;

use super::model::{At, Model};

/// What a script check-in has to run.
#[derive(Clone, Debug)]
pub(crate) struct ScriptWork {
    /// What is still to run, by script and user id.
    pub(crate) queue: Vec<(PolicyId, UserId)>,
    pub(crate) run: Option<ScriptRun>,
}

/// The run under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScriptRun {
    pub(crate) token: Token,
    pub(crate) policy: PolicyId,
    pub(crate) user: UserId,
    pub(crate) began: Awake,
}

/// The exit code of what was not started, and of what was ended at its limit.
const NOT_STARTED: i32 = -2;
const ENDED: i32 = -1;

/// The user ids under which a script is kept (B-5.8, B-5.11, B-12.20).
fn kept_for(target: Target, user: UserId, profile: &Profile) -> Vec<UserId> {
    match target {
        Target::Device if profile.scripts.rerun_per_user => vec![user],
        Target::Device => vec![UserId::DEVICE],
        Target::User => vec![user],
        Target::Both if user.is_device() => vec![user],
        Target::Both => vec![user, UserId::DEVICE],
    }
}

/// True if the script never runs here (B-1.13, B-1.14, B-1.29).
fn never_runs(at: &At<'_>, run_as: RunAs) -> bool {
    let facts = at.cx.facts;
    let is_users = run_as == RunAs::User;
    let registered = facts.join == Join::Registered;
    registered && (is_users || at.profile().elig.wpj_scripts == WpjScripts::None)
        || is_users && facts.edition == Edition::MultiSession && facts.os_build < 22_000
}

impl Model {
    fn record(&mut self, policy: PolicyId, user: UserId) -> Option<&mut Record> {
        self.records.iter_mut().find(|record| record.policy == policy && record.user == user)
    }

    /// A script poll was answered.
    pub(crate) fn scripts_assigned(&mut self, at: &mut At<'_>, user: UserId, policies: &[ScriptPolicy]) {
        self.scripts_are(at, !policies.is_empty());
        let mut queue = Vec::new();
        for policy in policies {
            for user in kept_for(policy.target, user, at.profile()) {
                self.sort_script(at, policy, user, &mut queue);
            }
        }
        if let Some(service) = &mut self.service {
            service.work = Some(ScriptWork { queue, run: None });
        }
        self.run_scripts(at);
    }

    fn sort_script(&mut self, at: &At<'_>, policy: &ScriptPolicy, user: UserId, queue: &mut Vec<(PolicyId, UserId)>) {
        let fresh = Record {
            policy: policy.id,
            revision: policy.revision,
            updated: at.now.wall,
            run: None,
            exit_code: 0,
            user,
            run_as: policy.run_as,
            downloads: 0,
            state: RecordState::Pending,
            unreported: false,
        };
        // B-5.6: another revision is another instance.
        let record = match self.records.iter().position(|record| record.policy == policy.id && record.user == user) {
            Some(place) => &mut self.records[place],
            None => {
                self.records.push(fresh);
                self.records.last_mut().unwrap()
            }
        };
        if record.revision != policy.revision {
            *record = fresh;
        }
        match record.state {
            // B-5.1, B-5.7, B-5.27.
            RecordState::Success | RecordState::Skipped => return,
            RecordState::Pending | RecordState::Failed => {}
        }
        if never_runs(at, policy.run_as) {
            // B-1.14: downloaded once, and that is all.
            record.state = RecordState::Skipped;
            record.downloads = 1;
            return;
        }
        // B-5.3, B-5.6.
        if u32::from(record.downloads) > at.profile().scripts.max_retries {
            return;
        }
        if !queue.contains(&(policy.id, user)) {
            queue.push((policy.id, user));
        }
    }

    /// Starts the next script that may start (B-5.13); when none is left, the check-in is over.
    pub(crate) fn run_scripts(&mut self, at: &mut At<'_>) {
        loop {
            let dark = self.dark_wake;
            let Some(service) = &mut self.service else { return };
            let clock_is_off = service.clock_is_off;
            let Some(work) = &mut service.work else { return };
            if work.run.is_some() {
                return;
            }
            if work.queue.is_empty() {
                service.work = None;
                return self.over(at, Workload::Script);
            }
            if dark {
                return;
            }
            let (policy, user) = work.queue.remove(0);
            let Some(&record) = self.records.iter().find(|record| record.policy == policy && record.user == user)
            else {
                continue;
            };
            // B-5.19: in the session of the user, for the device in that of whoever is there; without one it waits.
            let session = match record.run_as {
                RunAs::System => Some(UserId::DEVICE),
                RunAs::User if user.is_device() => Some(self.active).filter(|user| !user.is_device()),
                RunAs::User => self.users.iter().copied().find(|there| *there == user),
            };
            let Some(session) = session else { continue };
            if clock_is_off {
                // B-1.24.
                if at.profile().elig.clock_failure_counts
                    && let Some(record) = self.record(policy, user)
                {
                    record.downloads += 1;
                }
                continue;
            }
            return self.start_script(at, policy, user, session);
        }
    }

    fn start_script(&mut self, at: &mut At<'_>, policy: PolicyId, user: UserId, session: UserId) {
        let token = self.token();
        let profile = at.profile();
        let Some(record) = self.record(policy, user) else { return };
        let attempt = record.downloads + 1;
        // B-5.10.
        if profile.scripts.count_on == CountOn::Fetch {
            record.downloads = attempt;
        }
        record.updated = at.now.wall;
        let run = Run {
            task: Task::Script,
            policy,
            revision: record.revision,
            user,
            session,
            run_as: record.run_as,
            attempt,
            limit: profile.scripts.timeout,
        };
        at.effects.push(Effect::Run { token, run });
        if let Some(work) = self.service.as_mut().and_then(|service| service.work.as_mut()) {
            work.run = Some(ScriptRun { token, policy, user, began: at.now.awake });
        }
    }

    pub(crate) fn take_run(&mut self) -> Option<ScriptRun> {
        self.service.as_mut()?.work.as_mut()?.run.take()
    }

    /// A run ended by itself (B-5.24).
    pub(crate) fn script_ended(&mut self, at: &mut At<'_>, token: Token, outcome: RunOutcome) {
        let run = self.service.as_ref().and_then(|service| service.work.as_ref()).and_then(|work| work.run);
        if run.is_none_or(|run| run.token != token) {
            return;
        }
        let Some(run) = self.take_run() else { return };
        let (result, code) = match outcome {
            RunOutcome::Exited { code, stderr, .. } => {
                let failed = code != 0 || stderr && at.profile().scripts.stderr_is_failure;
                (if failed { ScriptResult::Failed } else { ScriptResult::Success }, code)
            }
            // B-5.20, B-5.23.
            RunOutcome::Refused(_)
            | RunOutcome::Found(_)
            | RunOutcome::Required(_)
            | RunOutcome::Downloaded(_)
            | RunOutcome::Discovered { .. } => (ScriptResult::Failed, NOT_STARTED),
        };
        self.script_is_over(at, run, result, code);
    }

    /// B-5.15.
    pub(crate) fn script_took_too_long(&mut self, at: &mut At<'_>) {
        let Some(run) = self.take_run() else { return };
        at.effects.push(Effect::Stop { token: run.token });
        self.script_is_over(at, run, ScriptResult::Failed, ENDED);
    }

    fn script_is_over(&mut self, at: &mut At<'_>, run: ScriptRun, result: ScriptResult, code: i32) {
        let count_on = at.profile().scripts.count_on;
        if let Some(record) = self.record(run.policy, run.user) {
            record.run = Some(run.token);
            record.state = result.into();
            record.exit_code = code;
            record.updated = at.now.wall;
            record.unreported = true;
            if count_on == CountOn::Result {
                record.downloads += 1;
            }
        }
        self.report_soon(at);
        self.run_scripts(at);
    }

    /// B-10.5a: what runs is ended, what is queued is forgotten.
    pub(crate) fn cancel_scripts(&mut self, at: &mut At<'_>) {
        if let Some(run) = self.take_run() {
            at.effects.push(Effect::Stop { token: run.token });
        }
        if let Some(service) = &mut self.service
            && service.work.take().is_some()
        {
            self.over(at, Workload::Script);
        }
    }

    /// B-5.9.
    pub(crate) fn script_poll_failed(&mut self, at: &At<'_>, user: UserId) {
        if at.profile().scripts.failed_poll_counts {
            for record in self.records.iter_mut().filter(|record| record.user == user) {
                if record.state == RecordState::Failed {
                    record.downloads += 1;
                }
            }
        }
    }

    /// B-5.26. While scripts run, an entry is emptied: what runs writes its result into it.
    pub(crate) fn forget_script(&mut self, policy: PolicyId) {
        if self.installed.is_none() {
            return;
        }
        if self.service.as_ref().is_some_and(|service| service.work.is_some()) {
            for record in self.records.iter_mut().filter(|record| record.policy == policy) {
                (record.state, record.downloads, record.unreported) = (RecordState::Pending, 0, false);
            }
            return;
        }
        self.records.retain(|record| record.policy != policy);
    }

    /// Maintenance wake: nothing is started in it.
    pub(crate) fn maintenance(&mut self, at: &mut At<'_>, on: bool) {
        self.dark_wake = on;
        if !on {
            self.run_scripts(at);
            self.run_discovery(at);
            self.plan_inventory(at);
            self.analytics_begin(at);
            self.remedy(at);
            self.work_on_apps(at);
        }
    }
}
