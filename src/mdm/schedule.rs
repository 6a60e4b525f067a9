//! The slots of the session schedule. First read: B-3.1 to B-3.5, and the checks C-3.1 to C-3.3.
//!
//! The schedule is a grid on the device's clock, fixed by the enrollment. A slot that the device sleeps through or is
//! off for is not made up for; the grid goes on.

use serde::{Deserialize, Serialize};

use super::{Event, Sink, Timer, Turn};
use crate::profile::Mdm;
use crate::protocol::SessionCause;
use crate::rules::b;
use crate::time::Span;

/// Which of the schedule's stretches the next slot belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Slot {
    /// One of the frequent ones after enrollment.
    Early,
    /// One of the endless steady ones.
    Steady,
}

/// The first slot of the grid that lies more than `passed` after the enrollment, as its own distance from it.
pub(super) fn next_slot(passed: Span, mdm: &Mdm) -> (Span, Slot) {
    let (first, second) = (mdm.phase1, mdm.phase2);
    let phase1 = first.every.saturating_mul(u64::from(first.runs));
    // The second phase's grid begins where the first one ends, and the steady one where the second ends (B-3.3).
    let phase2_end = phase1_to_phase2_end(mdm, phase1);
    if passed < phase1 {
        return (next_multiple(Span::ZERO, first.every, passed), Slot::Early);
    }
    if passed < phase2_end {
        return (next_multiple(phase1, second.every, passed), Slot::Early);
    }
    (next_multiple(phase2_end, mdm.steady_interval, passed), Slot::Steady)
}

fn phase1_to_phase2_end(mdm: &Mdm, phase1: Span) -> Span {
    phase1.saturating_add(mdm.phase2.every.saturating_mul(u64::from(mdm.phase2.runs)))
}

/// The first `from + k * every` beyond `passed`, where `passed >= from`.
fn next_multiple(from: Span, every: Span, passed: Span) -> Span {
    let every = Span::millis(every.as_millis().max(1));
    let done = passed.saturating_sub(from).as_millis() / every.as_millis();
    from.saturating_add(every.saturating_mul(done + 1))
}

impl<S: Sink> Turn<'_, '_, S> {
    /// Arms the next slot after this moment.
    pub(super) fn arm_slot(&mut self) {
        let (now, mdm) = (self.now.wall, &self.cx.profile.mdm);
        let schedule = self.client.schedule;
        let Some(enrolled) = self.enrolled() else { return };
        if !schedule {
            return;
        }
        let passed = now.since(enrolled.since);
        let (at, slot) = next_slot(passed, mdm);
        enrolled.slot = slot;
        self.arm(Timer::Slot, at.saturating_sub(passed));
    }

    /// A slot is due. If it is noticed much later than it was due, it was slept through.
    pub(super) fn slot_due(&mut self) {
        let Some(enrolled) = self.enrolled() else { return };
        let cause = match enrolled.slot {
            Slot::Early => SessionCause::EarlySlot,
            Slot::Steady => SessionCause::SteadySlot,
        };
        self.arm_slot();
        self.open_session(cause);
    }

    /// The device woke up or started: slots that lie behind are not made up for (C-3.2).
    pub(super) fn skip_missed_slots(&mut self) {
        if !self.client.timers.is_set(Timer::Slot) {
            return;
        }
        let late = self.client.timers.lateness(Timer::Slot, self.now);
        if late > self.cx.profile.mdm.late_tolerance {
            self.note(b(3, 3), Event::SlotMissed { late });
            self.arm_slot();
        }
    }

    pub(super) fn switch_schedule(&mut self, on: bool) {
        self.client.schedule = on;
        if on {
            self.arm_slot();
        } else {
            self.client.timers.clear(Timer::Slot);
        }
    }

    /// The clock was stepped. The grid stays on the clock; where the clock now shows a time before the enrollment, the
    /// grid is laid anew from now, so that no slot is further away than one steady interval.
    pub(super) fn schedule_after_clock_change(&mut self) {
        let (now, mdm) = (self.now.wall, &self.cx.profile.mdm);
        let Some(enrolled) = self.enrolled() else { return };
        if now < enrolled.since {
            let phases = phase1_to_phase2_end(mdm, mdm.phase1.every.saturating_mul(u64::from(mdm.phase1.runs)));
            enrolled.since = now.before(phases);
        }
        if self.client.schedule && !self.client.timers.is_set(Timer::Slot) {
            self.arm_slot();
        }
        let steady = self.cx.profile.mdm.steady_interval;
        self.client.timers.pull_in(Timer::Slot, self.now, steady);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    /// C-3.1, B-3.1, B-3.2, B-3.3.
    #[test]
    fn the_grid_after_enrollment_is_3_15_and_480_minutes() {
        let mdm = Profile::default().mdm;
        let slots = std::iter::successors(Some(Span::ZERO), |passed| Some(next_slot(*passed, &mdm).0));
        let minutes: Vec<u64> =
            slots.skip(1).take_while(|at| *at < Span::hours(24)).map(|at| at.as_secs() / 60).collect();
        assert_eq!(minutes, [3, 6, 9, 12, 15, 30, 45, 60, 75, 90, 105, 120, 135, 615, 1095]);
    }

    #[test]
    fn a_phase_without_runs_is_left_out() {
        let mut profile = Profile::default();
        profile.mdm.phase1.runs = 0;
        profile.mdm.phase2.runs = 0;
        assert_eq!(next_slot(Span::ZERO, &profile.mdm), (Span::hours(8), Slot::Steady));
    }

    #[test]
    fn far_clocks_do_not_overflow() {
        assert_eq!(next_slot(Span::MAX, &Profile::default().mdm), (Span::MAX, Slot::Steady));
    }
}
