//! The start of the service: holds, first delays, timers, and the intervals that its records state (B-4.3 to B-4.11).

use super::SLACK;
use super::kind::DecisionKind;
use super::period::Stretch;
use super::verdict::{Reason, Said, length, ticks};
use super::walk::{Walk, place};
use crate::agent::{Timer, first_delay, interval};
use crate::chance::SpanRange;
use crate::log::record::TICKS_PER_SECOND;
use crate::log::trace::{Hold, Phase, Seen};
use crate::protocol::Workload;
use crate::time::{Clock, Span};

/// A number of seconds in units of 100 nanoseconds.
pub(super) fn seconds(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX).saturating_mul(TICKS_PER_SECOND)
}

fn range(of: SpanRange) -> String {
    if of.min == of.max { of.min.to_string() } else { format!("{} to {}", of.min, of.max) }
}

fn is_within(value: Span, of: SpanRange) -> bool {
    // Records have whole seconds.
    value <= of.max && value.saturating_add(Span::millis(999)) >= of.min
}

impl<'a> Walk<'a, '_, '_> {
    /// B-4.9: D0, D1 and D2, as the catalogue counts them.
    pub(super) fn held(&mut self, seen: &'a Seen, hold: Hold, n: u64) {
        let ime = &self.judge.profile.ime;
        let (kind, of, parameter) = match hold {
            Hold::All => (DecisionKind::HoldAll, ime.start_delay_all, "ime.start_delay_all"),
            Hold::Scripts => (DecisionKind::HoldScripts, ime.start_delay_ps_win32, "ime.start_delay_ps_win32"),
            Hold::Others => (DecisionKind::HoldOthers, ime.start_delay_other, "ime.start_delay_other"),
        };
        let value = Span::secs(n);
        self.judge.sample(parameter, value.as_millis());
        let is_second = self.holds.get(place(hold)).is_some_and(Option::is_some);
        let again = if is_second { ", for the second time in this run" } else { "" };
        let said = Said::fits(is_within(value, of) && !is_second, range(of), format!("{value}{again}"));
        self.judge.say(seen, kind, said);
        if let Some(known) = self.holds.get_mut(place(hold)) {
            *known = Some((seen.at, n));
        }
        if hold != Hold::All && self.page == Some(true) {
            // B-4.10.
            let said = Said::fits(false, "no further hold while the status page is open", format!("held for {value}"));
            self.judge.say(seen, DecisionKind::HoldByPage, said);
        }
    }

    /// B-4.11.
    pub(super) fn armed(&mut self, seen: &'a Seen, workload: Workload, n: u64) {
        self.first_delay(seen, workload, n);
        if let Some(grid) = self.grids.get_mut(workload as usize) {
            grid.armed = Some((seen.at, n));
            grid.point = None;
        }
    }

    /// B-4.11: the general workload sleeps before its first period.
    pub(super) fn generic_sleep(&mut self, seen: &'a Seen, n: u64) {
        self.first_delay(seen, Workload::Remediation, n);
    }

    fn first_delay(&mut self, seen: &Seen, workload: Workload, n: u64) {
        let of = first_delay(workload, self.judge.profile);
        let parameter = match workload {
            Workload::Script => "ime.first_delay.script",
            Workload::RequiredApp => "ime.first_delay.required_app",
            Workload::AvailableApp => "ime.first_delay.available_app",
            Workload::Remediation | Workload::Compliance => "ime.first_delay.generic",
        };
        let value = Span::secs(n);
        self.judge.sample(parameter, value.as_millis());
        let said = Said::fits(is_within(value, of), format!("{} for {}", range(of), name(workload)), value.to_string());
        self.judge.say(seen, DecisionKind::FirstDelay, said);
    }

    /// A timer begins its first period so many awake seconds after it was armed (B-4.11, B-4.27).
    pub(super) fn begun(&mut self, seen: &'a Seen, workload: Workload) {
        let Some(grid) = self.grids.get_mut(workload as usize) else { return };
        grid.point = Some((seen.at, seen));
        let Some((armed, n)) = grid.armed.take() else {
            let said = Said::not_judged(Reason::NoBeginning, format!("its delay for {}", name(workload)), "begun");
            return self.judge.say(seen, DecisionKind::TimerBegins, said);
        };
        self.stretches.push(Stretch {
            kind: DecisionKind::TimerBegins,
            timer: 8 + workload as u8,
            from: armed,
            to: seen.at,
            least: seconds(n),
            figure: seconds(n),
            seen: Some(seen),
            last: seen,
            what: name(workload),
            parameter: None,
            clock: Timer::poll(workload).clock(self.judge.profile),
        });
    }

    /// B-4.3: what records say of the interval of required apps.
    pub(super) fn required_interval(&mut self, seen: &'a Seen, n: u64) {
        let every = interval(Workload::RequiredApp, false, self.judge.profile);
        self.interval(seen, every, Span::secs(n), Workload::RequiredApp, "ime.required_app_interval");
    }

    /// B-4.5: what records say of the interval of scripts.
    pub(super) fn script_interval(&mut self, seen: &'a Seen, hours: u64, found: bool) {
        let every = interval(Workload::Script, found, self.judge.profile);
        let parameter = if found { "ime.script_interval" } else { "ime.script_idle_interval" };
        // In whole hours.
        let every = if every.as_secs() / 3_600 == hours { Span::hours(hours) } else { every };
        self.interval(seen, every, Span::hours(hours), Workload::Script, parameter);
    }

    fn interval(&mut self, seen: &Seen, every: Span, stated: Span, workload: Workload, parameter: &'static str) {
        self.judge.sample(parameter, stated.as_millis());
        let said = Said::fits(every == stated, format!("{every} for {}", name(workload)), stated.to_string());
        self.judge.say(seen, DecisionKind::Interval, said);
    }

    /// The first check-in of scripts comes when the holds are over (B-4.8), and outside the status page there are two
    /// (B-4.10).
    pub(super) fn first_poll(&mut self, seen: &'a Seen) {
        let [all, scripts, _] = self.holds;
        if let (Some((from, n)), Some((moved, Phase::Device | Phase::Account))) = (scripts, self.page_moved)
            && moved.at >= from
            && moved.at - from < seconds(n)
        {
            self.page_moved = None;
            let after = seen.at - moved.at;
            let said =
                Said::fits(after <= SLACK, "at once as the status page opens", format!("{} after it", length(after)));
            return self.judge.say(seen, DecisionKind::HoldByPage, said);
        }
        if let Some(is_open) = self.page
            && scripts.is_some() != is_open
        {
            let of = self.judge.profile.ime.start_delay_ps_win32;
            let said = Said::fits(
                true,
                if is_open { "no second hold".to_owned() } else { format!("a second hold of {}", range(of)) },
                if is_open { "none" } else { "held" },
            );
            self.judge.say(seen, DecisionKind::HoldByPage, said);
        } else if self.page == Some(false) && !self.judge.profile.ime.start_delay_ps_win32.min.is_zero() {
            let said = Said::fits(false, "a second hold outside the status page", "none");
            self.judge.say(seen, DecisionKind::HoldByPage, said);
        }
        let Some((from, n)) = scripts.or(all) else {
            let is_free = self.judge.profile.ime.start_delay_all.min.is_zero();
            let said = if is_free {
                Said::fits(true, "no hold", "at once")
            } else if self.run.is_told {
                Said::fits(false, "a hold first", "no record of one")
            } else {
                Said::not_judged(Reason::NoBeginning, "a hold first", "no record of one")
            };
            return self.judge.say(seen, DecisionKind::FirstPoll, said);
        };
        self.stretches.push(Stretch {
            kind: DecisionKind::FirstPoll,
            timer: 16,
            from,
            to: seen.at,
            least: seconds(n),
            figure: seconds(n),
            seen: Some(seen),
            last: seen,
            what: "after the record of the hold",
            parameter: None,
            clock: Clock::Awake,
        });
    }

    /// What a start should have brought and did not.
    pub(super) fn start_ends(&mut self) {
        let (run, Some(first)) = (self.run, self.run.seen.first()) else { return };
        let lasted = run.end - run.begin;
        let longest = ticks(self.judge.profile.ime.start_delay_all.max);
        if !run.is_told {
            return;
        }
        if self.holds.first().is_some_and(Option::is_none)
            && !self.judge.profile.ime.start_delay_all.min.is_zero()
            && lasted > longest + SLACK
        {
            let said =
                Said::fits(false, range(self.judge.profile.ime.start_delay_all), format!("none in {}", length(lasted)));
            self.judge.say(first, DecisionKind::HoldAll, said);
        }
        let [all, scripts, _] = self.holds;
        let due = scripts.or(all).map(|(at, n)| at + seconds(n));
        if let Some(due) = due.filter(|due| !self.has_polled && due + 10 * SLACK < run.end) {
            let silence = run.log.silences.iter().any(|(begin, end)| *begin < run.end && *end > due);
            let (expected, seen) = ("scripts once the holds are over", format!("none for {}", length(run.end - due)));
            let said = if silence {
                Said::not_judged(Reason::SleepUnknown, expected, seen)
            } else {
                Said::fits(false, expected, seen)
            };
            self.judge.say(first, DecisionKind::FirstPoll, said);
        }
    }
}

/// A workload for people.
pub(in crate::log) const fn name(workload: Workload) -> &'static str {
    match workload {
        Workload::Script => "scripts",
        Workload::RequiredApp => "required apps",
        Workload::AvailableApp => "available apps",
        Workload::Remediation => "remediations",
        Workload::Compliance => "compliance",
    }
}
