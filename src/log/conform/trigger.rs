//! Triggers that are no row and no timer: log-ons, the Enrollment Status Page, and what waits for a check-in that runs (B-4.17,
//! B-4.28, B-7.55).

use super::SLACK;
use super::kind::DecisionKind;
use super::period::Stretch;
use super::sleep::Sleep;
use super::start::seconds;
use super::verdict::{Reason, Said, length, millis, ticks};
use super::walk::Walk;
use crate::log::trace::{Phase, Seen};
use crate::profile::Overlap;
use crate::protocol::Workload;
use crate::time::Clock;

/// A check-in of a log-on that is later than this was held up by sleep.
const ASLEEP: i64 = 20 * SLACK;

impl<'a> Walk<'a, '_, '_> {
    /// Scripts that a log-on brings; false if they are none.
    pub(super) fn by_log_on(&mut self, seen: &'a Seen) -> bool {
        let profile = self.judge.profile;
        let delay = ticks(profile.ime.signin_delay);
        let told =
            self.log_on_scripts.take().filter(|told| told.thread == seen.thread && seen.at - told.at <= 20 * SLACK);
        let at = told.map_or(seen.at, |told| told.at);
        // B-4.8: nothing of any kind before the first hold is over.
        let hold = self.holds.first().copied().flatten();
        let held = hold.map_or(i64::MIN, |(from, n)| from.saturating_add(seconds(n)));
        let due = |log_on: i64| (log_on + delay).max(held);
        let log_on = self.log_ons.iter().rposition(|log_on| (-SLACK..=SLACK).contains(&(at - due(*log_on))));
        if told.is_none() && log_on.is_none() {
            return false;
        }
        // Of those that are over, the last; somebody who logged on within the delay of another follows that one.
        let log_on = log_on
            .or_else(|| self.log_ons.iter().rposition(|log_on| due(*log_on) <= at))
            .or_else(|| self.log_ons.len().checked_sub(1))
            .map(|place| self.log_ons.remove(place));
        let expected = format!("{} after the log-on", profile.ime.signin_delay);
        let said = match log_on {
            Some(log_on) if at - due(log_on) > ASLEEP || at - due(log_on) > SLACK && self.may_be_held(log_on, hold) => {
                self.asleep_after_log_on(seen, at, log_on, hold);
                return true;
            }
            Some(log_on) => {
                let follows = self.last_of[Workload::Script as usize]
                    .is_some_and(|(_, end)| end >= log_on && (0..=SLACK).contains(&(at - end)));
                if due(log_on) == log_on + delay && !follows {
                    self.judge.sample("ime.signin_delay", millis(at - log_on));
                }
                let fits = (-SLACK / 6..=SLACK).contains(&(at - due(log_on)));
                Said::fits(fits || follows, expected, length(at - log_on))
            }
            None if self.run.has_start => Said::fits(false, expected, "no log-on before"),
            None => Said::not_judged(Reason::NoBeginning, expected, "no log-on before"),
        };
        self.judge.say(seen, DecisionKind::SignIn, said);
        true
    }

    /// Both the delay and the hold count awake time, so whichever was longer then is.
    fn asleep_after_log_on(&mut self, seen: &'a Seen, at: i64, log_on: i64, hold: Option<(i64, u64)>) {
        let delay = ticks(self.judge.profile.ime.signin_delay);
        let (mut least, mut figure) = (delay, delay);
        if let Some((left, more)) = self.left_of(log_on, hold) {
            (least, figure) = (delay.max(left), delay.max(left + more));
        }
        self.stretches.push(Stretch {
            kind: DecisionKind::SignIn,
            timer: 17,
            from: log_on,
            to: at,
            least,
            figure,
            seen: Some(seen),
            last: seen,
            what: "after the log-on",
            parameter: None,
            clock: Clock::Awake,
        });
    }

    /// What is left of the hold at a log-on, and how much more if the device slept before.
    fn left_of(&self, log_on: i64, hold: Option<(i64, u64)>) -> Option<(i64, i64)> {
        let (from, n) = hold.filter(|(from, _)| *from <= log_on)?;
        let sleep = Sleep { silences: &self.run.log.silences, known: Vec::new() };
        Some((seconds(n) - (log_on - from), sleep.silence(from, log_on)))
    }

    fn may_be_held(&self, log_on: i64, hold: Option<(i64, u64)>) -> bool {
        let delay = ticks(self.judge.profile.ime.signin_delay);
        self.left_of(log_on, hold).is_some_and(|(left, more)| left + more > delay)
    }

    /// The page moves on. Check-ins of apps tell of its phase too, each for its user, which is no move.
    pub(super) fn page_moves(&mut self, seen: &'a Seen, phase: Phase) {
        let is_of_check_in = self.open.iter().any(|open| open.thread == seen.thread);
        if self.phase.replace(phase).is_some_and(|before| before != phase) && !is_of_check_in {
            self.page_moved = Some((seen, phase));
        }
    }

    /// B-7.55: the apps of a phase come as it begins, and what waited for the page some time after its end.
    pub(super) fn by_page(&mut self, seen: &'a Seen) -> bool {
        let Some((moved, phase)) = self.page_moved else { return false };
        let after = seen.at - moved.at;
        if self.due(Workload::RequiredApp).is_some_and(|due| seen.at >= due.at - SLACK) {
            return false;
        }
        let delay = ticks(self.judge.profile.esp.post_checkin_delay);
        // What finds another under way comes after it.
        let queued = self.last_of[Workload::RequiredApp as usize]
            .is_some_and(|(begin, end)| begin <= moved.at && end >= moved.at && (0..=SLACK).contains(&(seen.at - end)));
        let said = match phase {
            Phase::Device | Phase::Account if queued || after <= SLACK => {
                Said::fits(true, "the apps of the page as it moves on", format!("{} after it", length(after)))
            }
            Phase::Preparation | Phase::Device | Phase::Account => return false,
            Phase::Over if after < delay - SLACK => return false,
            Phase::Over => {
                self.stretches.push(Stretch {
                    kind: DecisionKind::AfterPage,
                    timer: 18,
                    from: moved.at,
                    to: seen.at,
                    least: delay,
                    figure: delay,
                    seen: Some(seen),
                    last: seen,
                    what: "after the end of the status page",
                    parameter: Some("esp.post_checkin_delay"),
                    clock: Clock::Awake,
                });
                self.page_moved = None;
                return true;
            }
        };
        self.page_moved = None;
        self.judge.say(seen, DecisionKind::AfterPage, said);
        true
    }

    /// B-4.28: a timer that fires while a check-in of its workload is under way. That one is dropped, and the timer goes on
    /// from there; or it waits for the end of the other, which this is if true.
    pub(super) fn was_busy(&mut self, seen: &'a Seen, workload: Workload) -> bool {
        let (Some(due), Some((begin, end))) = (self.due(workload), self.last_of[workload as usize]) else {
            return false;
        };
        let last = end.min(seen.at - SLACK - 1);
        if begin > due.at + SLACK || due.at > last {
            return false;
        }
        // As often as it fires meanwhile, and a date that is wrong can make that centuries.
        let every = ticks(self.every(workload)).max(1);
        let point = due.at + (last - due.at) / every * every;
        if let Some(grid) = self.grids.get_mut(workload as usize) {
            (grid.point, grid.changed) = (Some((point, seen)), point);
        }
        let waits = self.judge.profile.ime.overlap == Overlap::QueueOne && (0..=SLACK).contains(&(seen.at - end));
        if waits {
            let after = format!("{} after it", length(seen.at - end));
            let said = Said::fits(true, "as soon as the one that runs is over", after);
            self.judge.say(seen, DecisionKind::Dropped, said);
        }
        waits
    }
}
