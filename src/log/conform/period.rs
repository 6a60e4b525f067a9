//! Stretches of time that a timer ran: held against its figure, with sleep taken out (B-4.27).

use super::SLACK;
use super::kind::DecisionKind;
use super::sleep::{Measure, Sleep};
use super::verdict::{Judge, Reason, Said, length, millis};
use crate::agent::interval;
use crate::log::record::TICKS_PER_SECOND;
use crate::log::trace::{Doubt, Poll, Run, Seen, What};
use crate::profile::Profile;
use crate::protocol::Workload;
use crate::time::{Clock, Span};

/// The log tells how long the device slept if it is this certain, as a part of the period, or a minute.
const CERTAIN: i64 = 10;

/// A stretch that a timer ran.
#[derive(Clone, Debug)]
pub(super) struct Stretch<'a> {
    pub(super) kind: DecisionKind,
    /// Which timer: two stretches of one timer do not tell of each other's sleep.
    pub(super) timer: u8,
    pub(super) from: i64,
    pub(super) to: i64,
    /// How long it is to be, at least and at most.
    pub(super) least: i64,
    pub(super) figure: i64,
    /// What ends it; `None` if it never ended.
    pub(super) seen: Option<&'a Seen>,
    /// The record that is blamed if it never ended.
    pub(super) last: &'a Seen,
    /// What it is about and the parameter, if the figure is one.
    pub(super) what: &'static str,
    pub(super) parameter: Option<&'static str>,
    pub(super) clock: Clock,
}

/// What is known of a stretch.
enum Told {
    /// It fits; the sleep in it, if that is known.
    Fits(Option<(i64, i64)>),
    Not(String),
    /// It is late, and the device slept for so long or so long of it: too wide to tell.
    Asleep(i64, i64),
    Unknown(Reason),
}

impl Stretch<'_> {
    const fn passed(&self) -> i64 {
        self.to - self.from
    }

    fn is_late(&self) -> bool {
        self.passed() > self.figure + SLACK
    }

    /// The sleep in it, if its figure is right.
    fn measure(&self) -> Measure {
        let least = (self.passed() - self.figure - SLACK).max(0);
        let most = (self.passed() - self.least).max(0) + SLACK;
        Measure { from: self.from, to: self.to, least, most }
    }

    fn tell(&self, sleep: &Sleep<'_>, others: &[Measure], doubts: &[(i64, Doubt)]) -> Told {
        let doubt = doubts.iter().find(|(at, _)| (self.from..=self.to).contains(at)).map(|(_, doubt)| *doubt);
        let is_off = self.passed() < self.least - SLACK || self.is_late();
        if is_off && doubt == Some(Doubt::Zone) {
            return Told::Unknown(Reason::ZoneChanged);
        }
        if self.passed() < self.least - SLACK {
            return Told::Not(format!("{} too soon", length(self.least - self.passed())));
        }
        if self.clock == Clock::Wall {
            return self.tell_by_wall(sleep);
        }
        let Some((least, most)) = sleep.between(self.from, self.to, others) else {
            return Told::Asleep(0, sleep.silence(self.from, self.to));
        };
        let needed = self.passed() - self.figure;
        if self.seen.is_none() {
            // That it did not come yet is no decision as long as the device may have slept.
            return if needed > most + SLACK {
                Told::Not(format!("the device slept for {} of it at most", length(most)))
            } else {
                Told::Fits(None)
            };
        }
        if least > self.passed() - self.least + SLACK {
            let awake = length(self.passed() - least);
            return Told::Not(format!(
                "the device slept for {} of it, so that {awake} awake were too soon",
                length(least)
            ));
        }
        if !self.is_late() {
            return Told::Fits(Some((0, 0)));
        }
        if doubt == Some(Doubt::Torn) {
            return Told::Unknown(Reason::RecordsLost);
        }
        if needed > most + SLACK {
            return Told::Not(format!(
                "{} late, and the device slept for {} of it at most",
                length(needed),
                length(most)
            ));
        }
        if most - least <= (self.figure / CERTAIN).max(60 * TICKS_PER_SECOND) {
            return Told::Fits(Some((least, most)));
        }
        Told::Asleep(least, most)
    }

    /// On the device's clock, a moment that is slept through is made up for at waking (B-4.27).
    fn tell_by_wall(&self, sleep: &Sleep<'_>) -> Told {
        let due = self.from + self.figure;
        let woke = sleep.silences.iter().find(|(begin, end)| *begin <= due && due < *end).map(|(_, end)| *end);
        if !self.is_late() || woke.is_some_and(|woke| self.to <= woke + SLACK) {
            return Told::Fits(None);
        }
        Told::Not(format!("{} late", length(self.passed() - self.figure)))
    }

    fn say(&self, told: Told, judge: &mut Judge<'_>) {
        let least = if self.least == self.figure { String::new() } else { format!("{} to ", length(self.least)) };
        let expected = format!("{least}{} {}", length(self.figure), self.what);
        let passed = length(self.passed());
        let Some(seen) = self.seen else {
            // It may still come: only that it should have come is a decision.
            if let Told::Not(why) = told {
                judge.say(self.last, self.kind, Said::fits(false, expected, format!("none for {passed}: {why}")));
            }
            return;
        };
        let sample = match &told {
            Told::Fits(Some((least, most))) if most - least <= 2 * SLACK => Some(self.passed() - least.midpoint(*most)),
            Told::Fits(_) | Told::Asleep(..) | Told::Unknown(_) => None,
            Told::Not(_) => Some(self.passed()),
        };
        if let (Some(parameter), Some(sample)) = (self.parameter, sample) {
            judge.sample(parameter, millis(sample));
        }
        let said = match told {
            Told::Fits(Some((least, most))) if most > 0 => {
                let slept = if most - least <= 2 * SLACK {
                    length(most)
                } else {
                    format!("{} to {}", length(least), length(most))
                };
                Said::fits(true, expected, format!("{passed}, asleep for {slept} of it"))
            }
            Told::Fits(_) => Said::fits(true, expected, passed),
            Told::Not(why) => Said::fits(false, expected, format!("{passed}: {why}")),
            Told::Asleep(least, most) => {
                let awake = format!("{} to {}", length(self.passed() - most), length(self.passed() - least));
                Said::not_judged(Reason::SleepUnknown, expected, format!("{passed}, awake for {awake} of it"))
            }
            Told::Unknown(reason) => Said::not_judged(reason, expected, passed),
        };
        judge.say(seen, self.kind, said);
    }
}

/// When check-ins of apps were under way: while an installer is waited for, nothing is written for hours.
fn at_work(run: &Run<'_>) -> Vec<(i64, i64)> {
    let is_app = |poll: Poll| matches!(poll, Poll::Required | Poll::Available | Poll::Session | Poll::Apps);
    let mut open: Vec<(Poll, Option<u32>, i64)> = Vec::new();
    let mut works = Vec::new();
    for seen in run.seen {
        if let What::Begin(poll) = seen.what
            && is_app(poll)
        {
            open.push((poll, seen.thread, seen.at));
        } else if let What::End(poll) = seen.what
            && let Some(place) = open.iter().position(|(of, thread, _)| *of == poll && *thread == seen.thread)
        {
            works.push((open.swap_remove(place).2, seen.at));
        }
    }
    works
}

/// What a run of the service tells of sleep before any figure of the profile is believed: silences, and jobs that say when
/// they are looked at again.
fn known<'a>(run: &Run<'a>, profile: &Profile) -> Sleep<'a> {
    let mut known: Vec<Measure> = Vec::new();
    // A service that asks for apps every hour is never silent for longer, as soon as its timer runs.
    let is_hourly = interval(Workload::RequiredApp, false, profile) <= Span::hours(1);
    let begun = run.seen.iter().find(|seen| seen.what == What::Begun(Workload::RequiredApp));
    let since = begun.map_or(i64::MAX, |seen| seen.at);
    let works = at_work(run);
    let is_idle = |from: i64, to: i64| !works.iter().any(|(begin, end)| *begin < to && *end > from);
    for (from, to, least) in
        run.log.sleeps.iter().filter(|(from, to, _)| is_hourly && *from >= since && is_idle(*from, *to))
    {
        known.push(Measure { from: *from, to: *to, least: *least, most: to - from });
    }
    let mut due: Option<(i64, i64)> = None;
    for seen in run.seen {
        let What::JobDue(seconds) = seen.what else { continue };
        let after = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(TICKS_PER_SECOND);
        match &mut due {
            // All jobs are looked at together, and next when the first of them is due.
            Some((at, least)) if seen.at - *at < TICKS_PER_SECOND => *least = (*least).min(after),
            Some((at, least)) => {
                let slept = seen.at - *at - *least;
                if slept > -SLACK {
                    // Seconds are cut off, not rounded.
                    let (least, most) = (slept - 2 * TICKS_PER_SECOND, slept + TICKS_PER_SECOND);
                    known.push(Measure {
                        from: *at,
                        to: seen.at,
                        least: least.max(0),
                        most: most.max(TICKS_PER_SECOND),
                    });
                }
                due = Some((seen.at, after));
            }
            None => due = Some((seen.at, after)),
        }
    }
    Sleep { silences: &run.log.silences, known }
}

/// Judges all stretches of a run: first those that are on time, which tell of sleep as well, then the late ones.
pub(super) fn judge_all(run: &Run<'_>, stretches: Vec<Stretch<'_>>, judge: &mut Judge<'_>) {
    let mut sleep = known(run, judge.profile);
    let doubts = &run.log.doubts;
    let (mut late, on_time): (Vec<_>, Vec<_>) =
        stretches.into_iter().partition(|stretch| stretch.is_late() || stretch.seen.is_none());
    for stretch in on_time {
        let told = stretch.tell(&sleep, &[], doubts);
        if let (Told::Fits(_), Clock::Awake) = (&told, stretch.clock) {
            sleep.known.push(Measure { least: 0, ..stretch.measure() });
        }
        stretch.say(told, judge);
    }
    // What one late timer tells may settle another.
    loop {
        let before = late.len();
        late.retain(|stretch| {
            let told = stretch.tell(&sleep, &[], doubts);
            if let Told::Asleep(..) = told {
                return true;
            }
            if let (Told::Fits(_), Clock::Awake, Some(_)) = (&told, stretch.clock, stretch.seen) {
                sleep.known.push(stretch.measure());
            }
            stretch.say(told, judge);
            false
        });
        if let Some(place) = (0..late.len()).find(|place| is_borne_out(&late, *place, &sleep, doubts)) {
            let stretch = late.remove(place);
            sleep.known.push(stretch.measure());
            let told = stretch.tell(&sleep, &[], doubts);
            stretch.say(told, judge);
        }
        if late.is_empty() || late.len() == before {
            break;
        }
    }
    for stretch in &late {
        let told = stretch.tell(&sleep, &[], doubts);
        stretch.say(told, judge);
    }
    in_a_row(&late, |row| {
        let told = row.tell(&sleep, &[], doubts);
        if let Told::Not(_) = told {
            row.say(told, judge);
        }
    });
}

/// Whether another timer that is late by the same sleep bears a late one out: all that are left together, or one of them.
fn is_borne_out(late: &[Stretch<'_>], place: usize, sleep: &Sleep<'_>, doubts: &[(i64, Doubt)]) -> bool {
    let Some(stretch) = late.get(place) else { return false };
    let others: Vec<Measure> =
        late.iter().filter(|of| of.timer != stretch.timer && of.seen.is_some()).map(Stretch::measure).collect();
    let bears_out = |others: &[Measure]| matches!(stretch.tell(sleep, others, doubts), Told::Fits(_));
    !others.is_empty() && bears_out(&others) || others.iter().any(|other| bears_out(&[*other]))
}

/// Periods of one timer that follow one another and cannot be judged one by one, as one stretch: what is not known of each
/// of them is less of all together.
fn in_a_row<'a>(late: &[Stretch<'a>], mut of_row: impl FnMut(&Stretch<'a>)) {
    let mut rest: Vec<&Stretch<'_>> = late.iter().filter(|stretch| stretch.seen.is_some()).collect();
    rest.sort_by_key(|stretch| (stretch.timer, stretch.from));
    for row in rest.chunk_by(|a, b| a.timer == b.timer && a.to == b.from) {
        if let [first, .., last] = row {
            let figure = row.iter().map(|stretch| stretch.figure).sum();
            let least = row.iter().map(|stretch| stretch.least).sum();
            of_row(&Stretch {
                from: first.from,
                least,
                figure,
                what: "awake, for these periods together",
                parameter: None,
                ..(*last).clone()
            });
        }
    }
}
