//! When a remediation is due. Rules: B-6.4 to B-6.11.

use imesim::agent::Standing;
use imesim::chance::Purpose;
use imesim::content::{Remediation, Schedule};
use imesim::protocol::{PolicyId, UserId};
use imesim::time::{Span, Wall};

use super::model::At;

/// What is kept of one remediation for one user id.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) policy: PolicyId,
    pub(crate) revision: u32,
    pub(crate) user: UserId,
    pub(crate) detection: i32,
    pub(crate) output: u32,
    pub(crate) runs: u16,
    pub(crate) standing: Standing,
    /// From where its schedule goes on: the fetch, then the run before, or of a daily schedule that run's slot.
    pub(crate) base: Wall,
    /// When its last full report was due, in minutes.
    pub(crate) full: Option<u64>,
}

/// When a remediation is due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Due {
    Never,
    /// It was due when it was fetched: as the queue says.
    Queued,
    At(Wall),
}

pub(crate) fn content<'a>(at: &At<'a>, policy: PolicyId, revision: u32) -> Option<&'a Remediation> {
    at.cx.library.remediation(policy, revision)
}

const DAY: i64 = 86_400_000;

/// The moment of a time of day on the day of a moment, so many days later. The worlds are in UTC.
fn slot(day_of: Wall, days: u64, secs: u32) -> Wall {
    let midnight = day_of.unix_millis().div_euclid(DAY) * DAY;
    Wall::from_unix_millis(midnight + i64::from(secs) * 1_000).after(Span::days(days))
}

impl Kept {
    /// When it is due next (B-6.4 to B-6.10).
    pub(crate) fn due(&self, at: &At<'_>) -> Due {
        let Some(content) = content(at, self.policy, self.revision) else { return Due::Never };
        if self.standing == Standing::Skipped {
            return Due::Never;
        }
        let (rem, ran) = (&at.profile().rem, self.runs > 0);
        match content.schedule {
            Schedule::Once { .. } if ran => Due::Never,
            Schedule::Once { at: moment, .. } if moment <= self.base => Due::Queued,
            Schedule::Once { at: moment, .. } => Due::At(moment),
            Schedule::Default | Schedule::Hourly(_) if !ran => Due::Queued,
            Schedule::Default => Due::At(self.base.after(rem.default_period)),
            Schedule::Hourly(hours) => {
                // One draw for each run of each remediation, numbered by both.
                let n = u64::from(self.policy.0) << 24 | u64::from(self.user.0) << 16 | u64::from(self.runs);
                let slack = at.cx.chance.span(rem.hourly_slack, Purpose::HourlySlack, n);
                Due::At(self.base.after(Span::hours(u64::from(hours.get()))).after(slack))
            }
            Schedule::Daily { every, at: time, .. } if ran => {
                Due::At(slot(self.base, u64::from(every.get()), time.secs()).after(rem.daily_start_lag))
            }
            Schedule::Daily { at: time, .. } => {
                let first = slot(self.base, 0, time.secs());
                if first <= self.base { Due::Queued } else { Due::At(first.after(rem.daily_start_lag)) }
            }
        }
    }

    /// Its scheduled run begins: of what was missed, nothing is left (B-6.6).
    pub(crate) fn begun(&mut self, at: &At<'_>, content: &Remediation) {
        self.base = match content.schedule {
            Schedule::Default | Schedule::Once { .. } | Schedule::Hourly(_) => at.now.wall,
            Schedule::Daily { every, at: time, .. } => {
                let every = u64::from(every.get());
                let first = slot(self.base, if self.runs > 0 { every } else { 0 }, time.secs());
                let mut last = first;
                while last.after(Span::days(every)).after(at.profile().rem.daily_start_lag) <= at.now.wall {
                    last = last.after(Span::days(every));
                }
                last
            }
        };
        self.runs += 1;
    }

    /// After a step back of the clock nothing is delayed by more than one period.
    pub(crate) fn follow_clock(&mut self, at: &At<'_>) {
        let Some(content) = content(at, self.policy, self.revision) else { return };
        let period = match content.schedule {
            Schedule::Once { .. } => return,
            Schedule::Default => at.profile().rem.default_period,
            Schedule::Hourly(hours) => Span::hours(u64::from(hours.get())),
            Schedule::Daily { every, .. } => Span::days(u64::from(every.get())),
        };
        if self.base > at.now.wall.after(period) {
            self.base = at.now.wall;
        }
    }
}

/// A record without a run.
pub(crate) fn fresh(at: &At<'_>, policy: PolicyId, revision: u32, user: UserId, standing: Standing) -> Kept {
    let base = at.now.wall;
    Kept { policy, revision, user, detection: 0, output: 0, runs: 0, standing, base, full: None }
}
