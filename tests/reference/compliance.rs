//! Custom compliance: when discovery scripts are fetched, run and reported. Rules: B-8.1 to B-8.8.

use imesim::agent::{Cause, DiscoveryRecord, Effect, Run, RunOutcome, Task, Timer};
use imesim::facts::Join;
use imesim::protocol::{Assigned, PolicyId, RunAs, Target, Token, UserId, Workload};
use imesim::time::{Awake, Span};

use super::model::{At, Model, interval, is_past, later};

/// What ends with the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Discovering {
    pub(crate) run: Option<DiscoveryRun>,
    /// The next point of the grid of runs; there is none while there is no script.
    pub(crate) grid: Option<Awake>,
    /// All scripts run once the fetch that is under way is over.
    pub(crate) after_fetch: bool,
    /// When the monitor looks next, the start of its hour, and its looks in it (B-8.8).
    pub(crate) monitor: Option<(Awake, Awake, u32)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct DiscoveryRun {
    pub(crate) token: Token,
    policy: PolicyId,
    user: UserId,
    pub(crate) began: Awake,
}

/// The first point after now of a grid with this point.
fn point_after(mut point: Awake, every: Span, now: Awake) -> Awake {
    while point <= now {
        // In steps as large as may be, so that years pass quickly.
        let steps = (now.since(point).as_millis() / every.as_millis()).max(1);
        point = point.after(every.saturating_mul(steps));
    }
    point
}

/// Under which id a script is kept: what reaches the device is the device's, and on a registered device everything (B-8.6).
fn kept_for(at: &At<'_>, target: Target, user: UserId) -> UserId {
    if target == Target::User && at.cx.facts.join != Join::Registered { user } else { UserId::DEVICE }
}

impl Model {
    /// The service starts: nobody wishes anything yet, and the monitor begins, where it is on.
    pub(crate) fn discovery_begins(&mut self, at: &At<'_>) {
        for record in &mut self.discovery {
            record.wanted = false;
        }
        let (cc, now) = (&at.profile().cc, at.now.awake);
        if cc.realtime && cc.realtime_max_per_hour > 0 {
            let Some(service) = &mut self.service else { return };
            service.discovering.monitor = Some((now.after(cc.realtime_interval), now, 0));
        }
    }

    /// When something of it is due: a limit, a point of the grid, a look of the monitor.
    pub(crate) fn discovery_at(&self, limit: Span) -> Option<Awake> {
        let of = &self.service.as_ref()?.discovering;
        let ends = of.run.map(|run| run.began.after(limit));
        [ends, of.grid, of.monitor.map(|(next, ..)| next)].into_iter().flatten().min()
    }

    pub(crate) fn discovery_is_due(&mut self, at: &mut At<'_>) {
        let (cc, now) = (&at.profile().cc, at.now.awake);
        let Some(service) = &mut self.service else { return };
        let of = &mut service.discovering;
        let over = of.run.filter(|run| run.began.after(cc.timeout) <= now);
        let runs = of.grid.is_some_and(|point| point <= now);
        if let (true, Some(point)) = (runs, of.grid) {
            of.grid = Some(point_after(point, cc.run_interval, now));
        }
        let mut looks = false;
        if let Some((next, from, count)) = &mut of.monitor
            && *next <= now
        {
            *next = point_after(*next, cc.realtime_interval, now);
            if now.since(*from) >= Span::hours(1) {
                (*from, *count) = (now, 0);
            }
            *count += 1;
            looks = *count <= cc.realtime_max_per_hour;
        }
        if let Some(run) = over {
            // B-8.4.
            at.effects.push(Effect::Stop { token: run.token });
            self.discovery_is_over(at, cc.error_script_failed, 0);
        }
        if runs {
            // Where both grids have a point, scripts run after the fetch.
            let due = self
                .deadlines(at)
                .into_iter()
                .any(|(timer, due)| timer == Timer::PollCompliance && is_past(due, at.now));
            let Some(service) = &mut self.service else { return };
            if due {
                service.discovering.after_fetch = true;
            } else {
                self.discover_after_fetch(at);
            }
        }
        if looks {
            self.check_in(at, Workload::Compliance, Cause::Monitor, self.user());
        }
    }

    /// All scripts run, after the fetch if one is under way or waits.
    pub(crate) fn discover_after_fetch(&mut self, at: &mut At<'_>) {
        if self.discovery.is_empty() {
            return;
        }
        let busy = self.is_under_way(Workload::Compliance);
        let Some(service) = &mut self.service else { return };
        if busy || service.asked.iter().any(|asked| asked.workload == Workload::Compliance) {
            service.discovering.after_fetch = true;
        } else {
            self.discover_all(at);
        }
        self.keep_grid(at);
    }

    /// The grid of runs has its points where the fetches have theirs (B-8.1), as long as there is a script.
    fn keep_grid(&mut self, at: &At<'_>) {
        let profile = at.profile();
        let Some(service) = &mut self.service else { return };
        if self.discovery.is_empty() {
            service.discovering.grid = None;
        } else if service.discovering.grid.is_none() {
            let fetch =
                later(service.grid[Workload::Compliance as usize], interval(Workload::Compliance, false, profile));
            let ahead = match fetch {
                imesim::agent::Deadline::Awake(fetch) => fetch.since(at.now.awake),
                imesim::agent::Deadline::Wall(fetch) => fetch.since(at.now.wall),
            };
            let every = profile.cc.run_interval;
            let mut rest = Span::millis(ahead.as_millis() % every.as_millis());
            if rest.is_zero() {
                rest = every;
            }
            service.discovering.grid = Some(at.now.awake.after(rest));
        }
    }

    /// Every script on the device runs, but not the one that does already (B-8.2, B-9.4).
    pub(crate) fn discover_all(&mut self, at: &mut At<'_>) {
        // B-10.5a.
        if self.told_to_leave.is_some() {
            return;
        }
        let Some(service) = &self.service else { return };
        let run = service.discovering.run;
        for record in &mut self.discovery {
            record.wanted = !run.is_some_and(|run| run.policy == record.policy && run.user == record.user);
        }
        self.run_discovery(at);
    }

    /// Starts the next wanted script: one at a time, not before D0 is over, not in maintenance wake.
    pub(crate) fn run_discovery(&mut self, at: &mut At<'_>) {
        let Some(service) = &mut self.service else { return };
        if service.ready_at.is_some() || service.discovering.run.is_some() || self.dark_wake {
            return;
        }
        while let Some(record) = self.discovery.iter_mut().find(|record| record.wanted) {
            record.wanted = false;
            let DiscoveryRecord { policy, revision, user, .. } = *record;
            let Some(script) = at.cx.library.discovery(policy, revision) else { continue };
            // B-8.6: as its user if that one is there, else as System.
            let session = if user.is_device() { self.active } else { user };
            let as_user = script.run_as == RunAs::User && self.users.contains(&session);
            let run = Run {
                task: Task::Discover,
                policy,
                revision,
                user,
                session: if as_user { session } else { UserId::DEVICE },
                run_as: if as_user { RunAs::User } else { RunAs::System },
                attempt: 1,
                limit: at.profile().cc.timeout,
            };
            let token = self.token();
            at.effects.push(Effect::Run { token, run });
            let Some(service) = &mut self.service else { return };
            service.discovering.run = Some(DiscoveryRun { token, policy, user, began: at.now.awake });
            return;
        }
    }

    /// A run ended; true if it was one of these (B-8.5).
    pub(crate) fn discovery_ended(&mut self, at: &mut At<'_>, token: Token, outcome: RunOutcome) -> bool {
        let run = self.service.as_ref().and_then(|service| service.discovering.run);
        if run.is_none_or(|run| run.token != token) {
            return false;
        }
        let cc = &at.profile().cc;
        let (error, output) = match outcome {
            RunOutcome::Discovered { error, output } => (error, output),
            // Nobody looked at the output.
            RunOutcome::Exited { code: 0, output, .. } => (cc.error_json, output),
            RunOutcome::Exited { output, .. } => (cc.error_script_failed, output),
            RunOutcome::Refused(_) | RunOutcome::Found(_) | RunOutcome::Required(_) | RunOutcome::Downloaded(_) => {
                (cc.error_script_failed, 0)
            }
        };
        self.discovery_is_over(at, error, output);
        true
    }

    fn discovery_is_over(&mut self, at: &mut At<'_>, error: u32, output: u32) {
        let Some(run) = self.service.as_mut().and_then(|service| service.discovering.run.take()) else { return };
        for record in &mut self.discovery {
            if record.policy == run.policy && record.user == run.user {
                *record =
                    DiscoveryRecord { error, output, run: Some(run.token), ended: true, unreported: true, ..*record };
            }
        }
        self.report_soon(at);
        self.run_discovery(at);
    }

    /// The service or management ends.
    pub(crate) fn discovery_cut_off(&mut self, at: &mut At<'_>) {
        let Some(service) = &mut self.service else { return };
        if let Some(run) = service.discovering.run.take() {
            at.effects.push(Effect::Stop { token: run.token });
        }
        (service.discovering.grid, service.discovering.after_fetch) = (None, false);
        for record in &mut self.discovery {
            record.wanted = false;
        }
    }

    /// A script went or changed: its run is cut off.
    fn discovery_cut_off_one(&mut self, at: &mut At<'_>, policy: PolicyId, user: UserId) {
        let Some(service) = &mut self.service else { return };
        if let Some(run) = service.discovering.run.take_if(|run| run.policy == policy && run.user == user) {
            at.effects.push(Effect::Stop { token: run.token });
        }
    }

    /// A fetch was answered: what is gone is forgotten, what is new or changed runs (B-8.1).
    pub(crate) fn discovery_assigned(&mut self, at: &mut At<'_>, user: UserId, assigned: &[Assigned]) {
        for record in self.discovery.clone() {
            let named =
                assigned.iter().any(|item| item.id == record.policy && kept_for(at, item.target, user) == record.user);
            if !named && (record.user.is_device() || record.user == user) {
                self.discovery_cut_off_one(at, record.policy, record.user);
                self.discovery.retain(|other| (other.policy, other.user) != (record.policy, record.user));
            }
        }
        for item in assigned {
            let registered = at.cx.facts.join == Join::Registered;
            if registered && item.target == Target::User || at.cx.library.discovery(item.id, item.revision).is_none() {
                continue;
            }
            let fresh = DiscoveryRecord {
                policy: item.id,
                revision: item.revision,
                error: 0,
                output: 0,
                run: None,
                user: kept_for(at, item.target, user),
                ended: false,
                unreported: false,
                wanted: true,
            };
            let place = self.discovery.iter().position(|record| record.policy == item.id && record.user == fresh.user);
            match place {
                Some(place) if self.discovery[place].revision == item.revision => {}
                Some(place) => {
                    self.discovery_cut_off_one(at, item.id, fresh.user);
                    self.discovery[place] = fresh;
                }
                None => self.discovery.push(fresh),
            }
        }
        self.keep_grid(at);
        self.discovery_fetch_is_over(at);
        self.run_discovery(at);
        self.over(at, Workload::Compliance);
    }

    /// What waited for the fetch runs, whatever became of it.
    pub(crate) fn discovery_fetch_is_over(&mut self, at: &mut At<'_>) {
        let Some(service) = &mut self.service else { return };
        if std::mem::take(&mut service.discovering.after_fetch) {
            self.discover_all(at);
        }
    }
}
