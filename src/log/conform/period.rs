//! Stretches of time that a timer ran: held against its figure, with sleep taken out (B-4.27).

use super::kind::DecisionKind;
use super::sleep::{Measure, Sleep};
use super::verdict::{Judge, Reason, Said, length, millis};
use super::SLACK;
use crate::log::record::TICKS_PER_SECOND;
use crate::log::trace::{Doubt, Run, Seen, TracedLog, What};
use crate::time::Clock;

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
    /// How long it is to be.
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
        let slept = (self.passed() - self.figure).max(0);
        Measure { from: self.from, to: self.to, least: (slept - SLACK).max(0), most: slept + SLACK }
    }

    fn tell(&self, sleep: &Sleep<'_>, others: &[Measure], doubts: &[(i64, Doubt)]) -> Told {
        if self.passed() < self.figure - SLACK {
            return Told::Not(format!("{} too soon", length(self.figure - self.passed())));
        }
        if self.clock == Clock::Wall {
            return self.tell_by_wall(sleep);
        }
        let Some((least, most)) = sleep.between(self.from, self.to, others) else {
            return Told::Unknown(Reason::SleepUnknown);
        };
        let needed = self.passed() - self.figure;
        if least > needed + SLACK {
            let awake = length(self.passed() - least);
            return Told::Not(format!("the device slept for {} of it, so that {awake} awake were too soon", length(least)));
        }
        if !self.is_late() {
            return Told::Fits(Some((0, 0)));
        }
        let doubt = doubts.iter().find(|(at, _)| (self.from..=self.to).contains(at));
        match doubt {
            Some((_, Doubt::Torn)) => return Told::Unknown(Reason::RecordsLost),
            Some((_, Doubt::Zone)) => return Told::Unknown(Reason::ZoneChanged),
            None => {}
        }
        if needed > most + SLACK {
            return Told::Not(format!("{} late, and the device slept for {} of it at most", length(needed), length(most)));
        }
        if most - least <= (self.figure / CERTAIN).max(60 * TICKS_PER_SECOND) {
            return Told::Fits(Some((least, most)));
        }
        Told::Unknown(Reason::SleepUnknown)
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

    fn say(&self, log: &TracedLog, told: Told, judge: &mut Judge<'_>) {
        let expected = format!("{} {}", length(self.figure), self.what);
        let passed = length(self.passed());
        let Some(seen) = self.seen else {
            // It may still come: only that it should have come is a decision.
            if let Told::Not(why) = told {
                judge.say(log, self.last, self.kind, Said::fits(false, expected, format!("none for {passed}: {why}")));
            }
            return;
        };
        let sample = match &told {
            Told::Fits(Some((least, most))) if most - least <= 2 * SLACK => Some(self.passed() - least.midpoint(*most)),
            Told::Fits(_) | Told::Unknown(_) => None,
            Told::Not(_) => Some(self.passed()),
        };
        if let (Some(parameter), Some(sample)) = (self.parameter, sample) {
            judge.sample(parameter, millis(sample));
        }
        let said = match told {
            Told::Fits(Some((least, most))) if most > 0 => {
                let slept = if most - least <= 2 * SLACK { length(most) } else { format!("{} to {}", length(least), length(most)) };
                Said::fits(true, expected, format!("{passed}, asleep for {slept} of it"))
            }
            Told::Fits(_) => Said::fits(true, expected, passed),
            Told::Not(why) => Said::fits(false, expected, format!("{passed}: {why}")),
            Told::Unknown(reason) => Said::not_judged(reason, expected, passed),
        };
        judge.say(log, seen, self.kind, said);
    }
}

/// What a run of the service tells of sleep before any figure of the profile is believed: silences, and jobs that say when
/// they are looked at again.
pub(super) fn known<'a>(run: &Run<'a>) -> Sleep<'a> {
    let mut known: Vec<Measure> = Vec::new();
    for (from, to, least) in &run.log.sleeps {
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
                    known.push(Measure { from: *at, to: seen.at, least: (slept - SLACK).max(0), most: slept.max(0) + SLACK });
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
    judge_in(run.log, run, stretches, judge);
}

/// The same for stretches whose records stand in another log.
pub(super) fn judge_in(log: &TracedLog, run: &Run<'_>, stretches: Vec<Stretch<'_>>, judge: &mut Judge<'_>) {
    let mut sleep = known(run);
    let doubts = &run.log.doubts;
    let (mut late, on_time): (Vec<_>, Vec<_>) =
        stretches.into_iter().partition(|stretch| stretch.is_late() || stretch.seen.is_none());
    for stretch in on_time {
        let told = stretch.tell(&sleep, &[], doubts);
        if let (Told::Fits(_), Clock::Awake) = (&told, stretch.clock) {
            sleep.known.push(Measure { least: 0, ..stretch.measure() });
        }
        stretch.say(log, told, judge);
    }
    // What one late timer tells may settle another.
    loop {
        let before = late.len();
        let mut left = Vec::new();
        for (place, stretch) in late.iter().enumerate() {
            let told = stretch.tell(&sleep, &[], doubts);
            if let (Told::Unknown(Reason::SleepUnknown), Some(_)) = (&told, stretch.seen) {
                // Two timers that are late by the same sleep bear each other out.
                let others: Vec<Measure> = late
                    .iter()
                    .enumerate()
                    .filter(|(other, of)| *other != place && of.timer != stretch.timer && of.seen.is_some())
                    .map(|(_, of)| of.measure())
                    .collect();
                match stretch.tell(&sleep, &others, doubts) {
                    told @ Told::Fits(_) => {
                        sleep.known.push(stretch.measure());
                        stretch.say(log, told, judge);
                    }
                    Told::Not(_) | Told::Unknown(_) => left.push(stretch.clone()),
                }
                continue;
            }
            if let (Told::Fits(_), Clock::Awake, Some(_)) = (&told, stretch.clock, stretch.seen) {
                sleep.known.push(stretch.measure());
            }
            if let (Told::Unknown(_), None) = (&told, stretch.seen) {
                continue;
            }
            stretch.say(log, told, judge);
        }
        late = left;
        if late.is_empty() || late.len() == before {
            break;
        }
    }
    for stretch in &late {
        let told = stretch.tell(&sleep, &[], doubts);
        stretch.say(log, told, judge);
    }
}
