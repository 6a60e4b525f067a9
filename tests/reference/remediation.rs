//! Remediations: when each runs and what follows. Rules: B-6.8 to B-6.21, B-6.24, B-6.29 to B-6.32, B-12.8, B-12.20.

use imesim::agent::{Effect, Run, RunOutcome, Standing, Task};
use imesim::facts::Join;
use imesim::profile::TriggerExit;
use imesim::protocol::{Assigned, PolicyId, RunAs, Target, Token, UserId, Workload};
use imesim::time::{Awake, Span, Wall};

use super::model::{At, Model};
use super::remediation_schedule::{Due, Kept, content, fresh};

/// A result that the service does not have; one that is not ready waits for the batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unsent {
    pub(crate) policy: PolicyId,
    pub(crate) user: UserId,
    pub(crate) ready: bool,
    pub(crate) run: Token,
}

/// The remediation that is on its way through its scripts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Current {
    pub(crate) policy: PolicyId,
    pub(crate) user: UserId,
    pub(crate) revision: u32,
    pub(crate) run_as: RunAs,
    pub(crate) task: Task,
    /// The script that runs and since when; none while the next one has to wait.
    pub(crate) run: Option<(Token, Awake)>,
    pub(crate) begun: Wall,
    pub(crate) detection: i32,
    pub(crate) on_demand: bool,
}

/// What ends with the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remedying {
    pub(crate) current: Option<Current>,
    /// First runs, and when they are due (B-6.9).
    pub(crate) queue: Vec<(PolicyId, UserId, Awake)>,
    /// What was due and could not begin.
    pub(crate) waiting: Vec<(PolicyId, UserId)>,
    pub(crate) on_demand: Option<(PolicyId, u32)>,
    /// When the first work on remediations began: the batches of reports count from there (B-6.28).
    pub(crate) since: Option<Awake>,
    pub(crate) batch: Option<Awake>,
}

fn kept_for(target: Target, user: UserId) -> Vec<UserId> {
    match target {
        Target::Device => vec![UserId::DEVICE],
        Target::User => vec![user],
        Target::Both if user.is_device() => vec![user],
        Target::Both => vec![UserId::DEVICE, user],
    }
}

impl Model {
    /// What is under way; the first work begins the grid of batches.
    pub(crate) fn remedying(&mut self, at: &At<'_>) -> Option<&mut Remedying> {
        let of = &mut self.service.as_mut()?.remedying;
        of.since.get_or_insert(at.now.awake);
        Some(of)
    }

    fn kept_remediation(&mut self, policy: PolicyId, user: UserId) -> Option<&mut Kept> {
        self.remediations.iter_mut().chain(&mut self.visitor).find(|kept| kept.policy == policy && kept.user == user)
    }

    /// A fetch was answered (B-6.8, B-6.9, B-6.24).
    pub(crate) fn remediations_assigned(&mut self, at: &mut At<'_>, user: UserId, assigned: &[Assigned]) {
        let (before, mut queued) = (self.remediations.clone(), false);
        for item in assigned {
            for user in kept_for(item.target, user) {
                self.take_down(at, item, user);
            }
        }
        for kept in self.remediations.clone() {
            let told = kept.user.is_device() || kept.user == user;
            let named =
                assigned.iter().any(|item| item.id == kept.policy && kept_for(item.target, user).contains(&kept.user));
            if told && !named {
                self.remediations.retain(|other| (other.policy, other.user) != (kept.policy, kept.user));
                self.unsent.retain(|unsent| (unsent.policy, unsent.user) != (kept.policy, kept.user));
            }
        }
        let first_run = at.now.awake.after(at.profile().rem.first_run_delay);
        for kept in self.remediations.clone() {
            if kept.runs == 0 && kept.due(at) == Due::Queued {
                let Some(of) = self.remedying(at) else { return };
                if !of.queue.iter().any(|(policy, user, _)| (*policy, *user) == (kept.policy, kept.user)) {
                    of.queue.push((kept.policy, kept.user, first_run));
                    queued = true;
                }
            }
        }
        // An answer that brings nothing new changes nothing; what is due meanwhile has its timer.
        if queued || self.remediations != before {
            self.remedy(at);
        }
        self.over(at, Workload::Remediation);
    }

    fn take_down(&mut self, at: &At<'_>, item: &Assigned, user: UserId) {
        let is_it = |policy: PolicyId, whose: UserId| policy == item.id && whose == user;
        let place = self.remediations.iter().position(|kept| is_it(kept.policy, kept.user));
        if place.is_some_and(|place| self.remediations[place].revision == item.revision) {
            return;
        }
        let Some(content) = content(at, item.id, item.revision) else { return };
        // B-1.14, B-6.21.
        let skipped = at.cx.facts.join == Join::Registered && content.run_as == RunAs::User;
        let fresh = fresh(at, item.id, item.revision, user, if skipped { Standing::Skipped } else { Standing::None });
        match place {
            Some(place) => self.remediations[place] = fresh,
            None => self.remediations.push(fresh),
        }
        self.unsent.retain(|unsent| !is_it(unsent.policy, unsent.user));
        self.visitor.take_if(|kept| is_it(kept.policy, kept.user));
        if let Some(of) = self.remedying(at) {
            of.queue.retain(|(policy, user, _)| !is_it(*policy, *user));
        }
    }

    /// B-6.29, B-6.30: the last who asks wins.
    pub(crate) fn asked_on_demand(&mut self, at: &mut At<'_>, policy: PolicyId, revision: u32) {
        let Some(of) = self.remedying(at) else { return };
        of.on_demand = Some((policy, revision));
        self.remedy(at);
    }

    /// Goes on as far as the moment allows.
    pub(crate) fn remedy(&mut self, at: &mut At<'_>) {
        // B-10.5a: nothing runs on a device of which the agent knows that it is not managed.
        if self.service.is_none() || self.told_to_leave.is_some() {
            return;
        }
        for kept in &mut self.remediations {
            kept.follow_clock(at);
        }
        let limit = at.profile().rem.timeout;
        if let Some((token, _)) = self.running_remediation().filter(|(_, began)| began.after(limit) <= at.now.awake) {
            // B-6.16.
            at.effects.push(Effect::Stop { token });
            self.remediation_script_over(at, token, i32::MAX, None, 0);
        }
        self.batch_is_due(at);
        self.forget_what_is_not_due(at);
        self.next_script(at);
        self.begin_on_demand(at);
        self.begin_due(at);
    }

    pub(crate) fn running_remediation(&self) -> Option<(Token, Awake)> {
        self.service.as_ref()?.remedying.current?.run
    }

    fn forget_what_is_not_due(&mut self, at: &At<'_>) {
        let kept: Vec<Kept> = self.remediations.iter().chain(&self.visitor).copied().collect();
        let find = |policy, user| kept.iter().find(|kept| kept.policy == policy && kept.user == user);
        let Some(service) = &mut self.service else { return };
        service
            .remedying
            .queue
            .retain(|(policy, user, _)| find(*policy, *user).is_some_and(|kept| kept.due(at) == Due::Queued));
        let mut waiting = std::mem::take(&mut service.remedying.waiting);
        let asked = service.remedying.on_demand;
        waiting.retain(|(policy, user)| {
            asked.is_some_and(|(id, _)| id == *policy)
                || find(*policy, *user).is_some_and(|kept| self.late(at, kept).is_some())
        });
        if let Some(service) = &mut self.service {
            service.remedying.waiting = waiting;
        }
    }

    /// For how long it has been due.
    fn late(&self, at: &At<'_>, kept: &Kept) -> Option<Span> {
        match kept.due(at) {
            Due::Never => None,
            Due::At(due) => (due <= at.now.wall).then(|| at.now.wall.since(due)),
            Due::Queued => {
                let queue = &self.service.as_ref()?.remedying.queue;
                let (.., due) = queue.iter().find(|(policy, user, _)| (*policy, *user) == (kept.policy, kept.user))?;
                (*due <= at.now.awake).then(|| at.now.awake.since(*due))
            }
        }
    }

    /// In whose session it runs now; none where it must wait (B-6.21, B-12.8).
    fn session_now(&self, user: UserId, run_as: RunAs) -> Option<UserId> {
        let session = if user.is_device() { self.active } else { user };
        let needs_user = !user.is_device() || run_as == RunAs::User;
        (!needs_user || self.users.contains(&session)).then_some(if run_as == RunAs::User {
            session
        } else {
            UserId::DEVICE
        })
    }

    fn wait(&mut self, at: &At<'_>, policy: PolicyId, user: UserId) {
        let Some(of) = self.remedying(at) else { return };
        if !of.waiting.contains(&(policy, user)) {
            of.waiting.push((policy, user));
        }
    }

    /// The next script of the one under way, if it had to wait. Without its user, it is cut off.
    fn next_script(&mut self, at: &mut At<'_>) {
        let Some(current) = self.service.as_ref().and_then(|service| service.remedying.current) else { return };
        // B-6.12.
        if current.run.is_some() || self.dark_wake || self.is_esp_shown() {
            return;
        }
        if self.session_now(current.user, current.run_as).is_some() {
            self.start_remediation(at, current);
        } else {
            self.cut_off_remediation(at);
        }
    }

    fn begin_on_demand(&mut self, at: &mut At<'_>) {
        let Some(service) = &mut self.service else { return };
        let Some((policy, revision)) = service.remedying.on_demand else { return };
        let Some(content) = content(at, policy, revision) else {
            service.remedying.on_demand = None;
            return;
        };
        let is_it = |kept: &&Kept| kept.policy == policy && (kept.user.is_device() || kept.user == self.active);
        let known = self.remediations.iter().find(is_it).copied();
        let user =
            known.map_or(if content.run_as == RunAs::User { self.active } else { UserId::DEVICE }, |kept| kept.user);
        if at.cx.facts.join == Join::Registered && content.run_as == RunAs::User {
            service.remedying.on_demand = None;
            return;
        }
        let busy = service.remedying.current.is_some();
        if self.dark_wake || self.is_esp_shown() || busy || self.session_now(user, content.run_as).is_none() {
            return self.wait(at, policy, user);
        }
        if known.is_none() {
            if let Some(before) = self.visitor {
                self.unsent.retain(|unsent| (unsent.policy, unsent.user) != (before.policy, before.user));
            }
            self.visitor = Some(fresh(at, policy, revision, user, Standing::None));
        }
        if let Some(service) = &mut self.service {
            service.remedying.on_demand = None;
        }
        let revision = known.map_or(revision, |kept| kept.revision);
        let run_as =
            super::remediation_schedule::content(at, policy, revision).map_or(content.run_as, |content| content.run_as);
        self.begin(at, (policy, revision, user), run_as, true);
    }

    /// What has been due for longest begins; of equal ones the first (B-6.13).
    fn begin_due(&mut self, at: &mut At<'_>) {
        let mut ready: Option<(Span, Kept)> = None;
        for kept in self.remediations.clone() {
            let (Some(late), Some(content)) = (self.late(at, &kept), content(at, kept.policy, kept.revision)) else {
                continue;
            };
            let busy = self.service.as_ref().is_some_and(|service| service.remedying.current.is_some());
            if self.dark_wake || self.is_esp_shown() || busy || self.session_now(kept.user, content.run_as).is_none() {
                self.wait(at, kept.policy, kept.user);
            } else if let Some((longest, before)) = ready {
                let (wins, loses) = if longest >= late { ((longest, before), kept) } else { ((late, kept), before) };
                ready = Some(wins);
                self.wait(at, loses.policy, loses.user);
            } else {
                ready = Some((late, kept));
            }
        }
        let Some((_, kept)) = ready else { return };
        let Some(content) = content(at, kept.policy, kept.revision) else { return };
        if let Some(kept) = self.kept_remediation(kept.policy, kept.user) {
            kept.begun(at, content);
        }
        if let Some(of) = self.remedying(at) {
            of.queue.retain(|(policy, user, _)| (*policy, *user) != (kept.policy, kept.user));
        }
        self.begin(at, (kept.policy, kept.revision, kept.user), content.run_as, false);
    }

    fn begin(&mut self, at: &mut At<'_>, what: (PolicyId, u32, UserId), run_as: RunAs, on_demand: bool) {
        let (policy, revision, user) = what;
        let (begun, task) = (at.now.wall, Task::Detect);
        self.start_remediation(
            at,
            Current { policy, user, revision, run_as, task, run: None, begun, detection: 0, on_demand },
        );
    }

    fn start_remediation(&mut self, at: &mut At<'_>, current: Current) {
        let Current { policy, user, revision, run_as, task, .. } = current;
        let session = self.session_now(user, run_as).unwrap_or(UserId::DEVICE);
        let attempt = self.kept_remediation(policy, user).map_or(1, |kept| kept.runs.max(1));
        let token = self.token();
        let limit = at.profile().rem.timeout;
        at.effects
            .push(Effect::Run { token, run: Run { task, policy, revision, user, session, run_as, attempt, limit } });
        let now = at.now.awake;
        let Some(of) = self.remedying(at) else { return };
        of.waiting.retain(|waiting| *waiting != (policy, user));
        of.current = Some(Current { run: Some((token, now)), ..current });
    }

    /// A script ended by itself; true if it was one of these.
    pub(crate) fn remediation_ended(&mut self, at: &mut At<'_>, token: Token, outcome: RunOutcome) -> bool {
        if self.running_remediation().is_none_or(|(running, _)| running != token) {
            return false;
        }
        match outcome {
            RunOutcome::Exited { code, stderr, output } => {
                self.remediation_script_over(at, token, code, Some(stderr), output)
            }
            RunOutcome::Refused(_)
            | RunOutcome::Found(_)
            | RunOutcome::Required(_)
            | RunOutcome::Downloaded(_)
            | RunOutcome::Discovered { .. } => self.remediation_script_over(at, token, -2, None, 0),
        }
        self.remedy(at);
        true
    }

    /// What follows from the end of a script (B-6.14 to B-6.19); `stderr` is there if it ended by itself.
    fn remediation_script_over(&mut self, at: &mut At<'_>, token: Token, code: i32, stderr: Option<bool>, output: u32) {
        let Some(mut current) = self.service.as_mut().and_then(|service| service.remedying.current.take()) else {
            return;
        };
        let found = if at.profile().rem.trigger_exit == TriggerExit::Exactly1 { code == 1 } else { code != 0 };
        let repairs = content(at, current.policy, current.revision).is_some_and(|content| content.has_remediation);
        if current.task == Task::Detect {
            current.detection = code;
        }
        let (ends, next) = match (current.task, stderr) {
            (Task::Detect, None) => (Some(Standing::DetectionError), Task::Detect),
            (Task::Detect, Some(_)) if !found => (Some(Standing::WithoutIssues), Task::Detect),
            (Task::Detect, Some(_)) if !repairs => (Some(Standing::IssueDetected), Task::Detect),
            (Task::Detect, Some(_)) => (None, Task::Remediate),
            (Task::Remediate, Some(false)) if code == 0 => (None, Task::DetectAgain),
            (Task::Remediate, _) => (Some(Standing::Failed), Task::Detect),
            (_, Some(_)) if !found => (Some(Standing::Fixed), Task::Detect),
            (_, _) => (Some(Standing::Recurred), Task::Detect),
        };
        match ends {
            Some(standing) => self.remediation_result(at, &current, token, standing, output),
            None => {
                if let Some(service) = &mut self.service {
                    service.remedying.current = Some(Current { run: None, task: next, ..current });
                }
            }
        }
    }

    /// The service or its session ends: no result, and the slot is used up.
    pub(crate) fn cut_off_remediation(&mut self, at: &mut At<'_>) {
        let current = self.service.as_mut().and_then(|service| service.remedying.current.take());
        if let Some((token, _)) = current.and_then(|current| current.run) {
            at.effects.push(Effect::Stop { token });
        }
    }

    /// B-10.5a: what runs or is queued is cancelled.
    pub(crate) fn cancel_remediations(&mut self, at: &mut At<'_>) {
        self.cut_off_remediation(at);
        if let Some(service) = &mut self.service {
            service.remedying.queue.clear();
            service.remedying.on_demand = None;
        }
    }
}
