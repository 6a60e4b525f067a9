//! When a remediation is due. Rules: B-6.4 to B-6.11.

use imesim::agent::Standing;
use imesim::chance::Purpose;
use imesim::content::{Remediation, Schedule};
use imesim::protocol::{PolicyId, UserId};
use imesim::time::{Span, Wall, Zone};

use super::model::At;
use super::zone::{local, moment};

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
    /// From where its schedule goes on: the fetch, then the run before, or of a daily schedule that run's slot; of a daily one
    /// as the local time, so that days are those of the calendar.
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

/// In which zone the times of a schedule are meant (B-6.4).
fn zone_of<'a>(at: &At<'a>, utc: bool) -> &'a Zone {
    const UTC: &Zone = &Zone::UTC;
    if utc { UTC } else { at.cx.zone }
}

/// What a schedule counts from, at a moment.
fn here(at: &At<'_>, schedule: Schedule) -> Wall {
    match schedule {
        Schedule::Daily { utc, .. } => local(zone_of(at, utc), at.now.wall),
        Schedule::Default | Schedule::Once { .. } | Schedule::Hourly(_) => at.now.wall,
    }
}

/// The local time of a time of day on the day of another one, so many days later.
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
            Schedule::Once { at: time, utc } => match moment(zone_of(at, utc), time) {
                due if due <= self.base => Due::Queued,
                due => Due::At(due),
            },
            Schedule::Default | Schedule::Hourly(_) if !ran => Due::Queued,
            Schedule::Default => Due::At(self.base.after(rem.default_period)),
            Schedule::Hourly(hours) => {
                // One draw for each run of each remediation, numbered by both.
                let n = u64::from(self.policy.0) << 24 | u64::from(self.user.0) << 16 | u64::from(self.runs);
                let slack = at.cx.chance.span(rem.hourly_slack, Purpose::HourlySlack, n);
                Due::At(self.base.after(Span::hours(u64::from(hours.get()))).after(slack))
            }
            Schedule::Daily { every, at: time, utc } => {
                let next = slot(self.base, if ran { u64::from(every.get()) } else { 0 }, time.secs());
                if !ran && next <= self.base {
                    return Due::Queued;
                }
                Due::At(moment(zone_of(at, utc), next).after(rem.daily_start_lag))
            }
        }
    }

    /// Its scheduled run begins: of what was missed, nothing is left (B-6.6).
    pub(crate) fn begun(&mut self, at: &At<'_>, content: &Remediation) {
        self.base = match content.schedule {
            Schedule::Default | Schedule::Once { .. } | Schedule::Hourly(_) => at.now.wall,
            Schedule::Daily { every, at: time, utc } => {
                let zone = zone_of(at, utc);
                let every = u64::from(every.get());
                let first = slot(self.base, if self.runs > 0 { every } else { 0 }, time.secs());
                let mut last = first;
                let is_over = |slot: Wall| moment(zone, slot).after(at.profile().rem.daily_start_lag) <= at.now.wall;
                while is_over(last.after(Span::days(every))) {
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
        let here = here(at, content.schedule);
        if self.base > here.after(period) {
            self.base = here;
        }
    }
}

/// A record without a run.
pub(crate) fn fresh(at: &At<'_>, policy: PolicyId, revision: u32, user: UserId, standing: Standing) -> Kept {
    let schedule = content(at, policy, revision).map_or(Schedule::Default, |content| content.schedule);
    let base = here(at, schedule);
    Kept { policy, revision, user, detection: 0, output: 0, runs: 0, standing, base, full: None }
}
