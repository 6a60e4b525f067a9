//! What remediations report, and when: B-6.17 to B-6.19, B-6.26 to B-6.28. And their deadlines.

use imesim::agent::{Deadline, Standing, Timer};
use imesim::content::Schedule;
use imesim::protocol::{RemediationReport, Report, Token};
use imesim::time::{Awake, Wall};

use super::model::{At, Model};
use super::remediation::{Current, Unsent};
use super::remediation_schedule::{Due, Kept};

fn minutes(at: Wall) -> u64 {
    at.since(Wall::MIN).as_secs() / 60
}

impl Model {
    pub(crate) fn remediation_result(
        &mut self,
        at: &mut At<'_>,
        current: &Current,
        run: Token,
        standing: Standing,
        output: u32,
    ) {
        let rem = &at.profile().rem;
        let content = at.cx.library.remediation(current.policy, current.revision);
        let once = content.is_some_and(|content| matches!(content.schedule, Schedule::Once { .. }));
        let all = self.remediations.iter_mut().chain(&mut self.visitor);
        let is_it = |kept: &&mut Kept| {
            (kept.policy, kept.user, kept.revision) == (current.policy, current.user, current.revision)
        };
        // Dropped or changed meanwhile: nobody's result. The first record of a policy and user counts.
        let Some(kept) = all.into_iter().find(is_it) else { return };
        let begun = minutes(current.begun);
        let changed = (kept.standing, kept.output, kept.detection) != (standing, output, current.detection);
        // B-6.27: a clock that was set back makes a report due.
        let full = kept.full.is_none_or(|last| begun < last || begun - last >= 7 * 24 * 60);
        (kept.standing, kept.output, kept.detection) = (standing, output, current.detection);
        // B-6.26: what runs once, or was asked for, is reported after its run.
        let at_once = current.on_demand || once;
        if !at_once && full {
            kept.full = Some(begun);
        }
        if !at_once && !full && !changed {
            return;
        }
        let ready = at_once || rem.report_batch.is_zero();
        self.unsent.retain(|unsent| (unsent.policy, unsent.user) != (current.policy, current.user));
        self.unsent.push(Unsent { policy: current.policy, user: current.user, ready, run });
        if ready {
            self.send_reports(at);
        } else {
            self.plan_batch(at);
        }
    }

    /// B-6.28: what is not ready leaves with the next batch, on an hourly grid.
    pub(crate) fn plan_batch(&mut self, at: &At<'_>) {
        let every = at.profile().rem.report_batch;
        if self.unsent.iter().all(|unsent| unsent.ready) {
            return;
        }
        let Some(of) = self.remedying(at) else { return };
        let mut next = of.since.unwrap_or(at.now.awake).after(every);
        while next < at.now.awake {
            let steps = (at.now.awake.since(next).as_millis() / every.as_millis()).max(1);
            next = next.after(every.saturating_mul(steps));
        }
        of.batch.get_or_insert(next);
    }

    pub(crate) fn batch_is_due(&mut self, at: &mut At<'_>) {
        let Some(service) = &mut self.service else { return };
        if service.remedying.batch.take_if(|due| *due <= at.now.awake).is_some() {
            for unsent in &mut self.unsent {
                unsent.ready = true;
            }
            self.send_reports(at);
        }
    }

    pub(crate) fn next_remediation_report(&self) -> Option<(Token, Report)> {
        let all: Vec<&Kept> = self.remediations.iter().chain(&self.visitor).collect();
        self.unsent.iter().filter(|unsent| unsent.ready).find_map(|unsent| {
            let kept = all.iter().find(|kept| (kept.policy, kept.user) == (unsent.policy, unsent.user))?;
            let Kept { policy, revision, user, detection, output, standing, .. } = **kept;
            let (status, outcome) = (standing.status(), standing.outcome()?);
            Some((
                unsent.run,
                Report::Remediation(RemediationReport { policy, revision, detection, output, status, outcome, user }),
            ))
        })
    }

    pub(crate) fn remediation_report_taken(&mut self, run: Token) {
        let Some(place) = self.unsent.iter().position(|unsent| unsent.run == run) else { return };
        let Unsent { policy, user, .. } = self.unsent.remove(place);
        self.visitor.take_if(|kept| kept.policy == policy && kept.user == user);
    }

    /// When the next step is due: in awake time the limit of what runs, a first run, a batch; by the clock a slot. What waits
    /// has no deadline.
    pub(crate) fn remediation_deadlines(&self, at: &At<'_>) -> Vec<(Timer, Deadline)> {
        let Some(service) = &self.service else { return Vec::new() };
        if self.told_to_leave.is_some() {
            return Vec::new();
        }
        let of = &service.remedying;
        let limit = self.running_remediation().map(|(_, began)| began.after(at.profile().rem.timeout));
        let is_free = |kept: &&Kept| !of.waiting.contains(&(kept.policy, kept.user));
        let queued = of.queue.iter().filter(|(policy, user, _)| !of.waiting.contains(&(*policy, *user)));
        let awake = queued.map(|(.., due)| *due).chain(limit).chain(of.batch).min();
        let wall = self.remediations.iter().filter(is_free).filter_map(|kept| match kept.due(at) {
            Due::At(due) => Some(due),
            Due::Never | Due::Queued => None,
        });
        let awake = awake.map(|due: Awake| (Timer::RemediationWork, Deadline::Awake(due)));
        let wall = wall.min().map(|due| (Timer::RemediationClock, Deadline::Wall(due)));
        awake.into_iter().chain(wall).collect()
    }
}
