//! What comes next, from the state that a log ends in.
//!
//! Times are the device's own, in the zone that the log ends in. Timers of the agent count awake time (B-4.27), so what they
//! bring comes at the time given *if the device stays awake*, and later by each sleep. What the log does not tell is said.

mod apps;
mod moment;
mod remediation;
pub mod text;

use serde::Serialize;

pub(in crate::log) use moment::{moment, time_of_day};

use super::conform::walk::{State, state};
use super::conform::{SLACK, name, ticks};
use super::record::{Stamp, TICKS_PER_SECOND};
use super::trace::{Run, Trace, TracedLog, What};
use crate::agent::{Timer, first_delay, interval};
use crate::profile::Profile;
use crate::protocol::Workload;
use crate::rules::{RuleId, b};
use crate::time::{Clock, Span};

/// What comes next.
#[derive(Clone, Debug, Serialize)]
pub struct Forecast {
    /// The last moment of the log.
    pub from: Stamp,
    /// What is expected, by when it comes at the earliest.
    pub expected: Vec<Expected>,
    /// What is not known, for people.
    pub unknown: Vec<String>,
}

/// Something that is expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// What it is.
    pub what: Next,
    /// The rule, such as `B-4.3`.
    pub rule: String,
    /// When at the earliest.
    pub earliest: Stamp,
    /// When at the latest, as long as `if_awake` holds.
    pub latest: Stamp,
    /// Whether each sleep of the device moves it.
    pub if_awake: bool,
    /// What it is reckoned from.
    pub basis: String,
    #[serde(skip)]
    at: i64,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Next {
    /// The first check-in of scripts after the start, and apps after it.
    FirstPoll,
    /// Scripts after a log-on.
    SignIn,
    /// The periodic check-in of scripts.
    Scripts,
    /// The periodic check-in of required apps.
    RequiredApps,
    /// The periodic check-in of available apps.
    AvailableApps,
    /// The periodic fetch of remediations.
    RemediationFetch,
    /// The runner of remediations.
    RemediationRun,
    /// The next try of a request.
    Retry,
    /// The end of an app's retry window.
    GrsEnd,
    /// The next look at a group of apps.
    Reevaluation,
    /// The agent removes itself, if it is not managed any more and stays out of reach.
    Removal,
}

impl Next {
    /// For people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::FirstPoll => "first check-ins after the start",
            Self::SignIn => "scripts after the log-on",
            Self::Scripts => "check-in: scripts",
            Self::RequiredApps => "check-in: required apps",
            Self::AvailableApps => "check-in: available apps",
            Self::RemediationFetch => "fetch of remediations",
            Self::RemediationRun => "remediations run",
            Self::Retry => "next try of a request",
            Self::GrsEnd => "a retry window ends",
            Self::Reevaluation => "apps are looked at again",
            Self::Removal => "removal, if not managed any more and still out of reach",
        }
    }
}

/// Collects what is expected.
struct Outlook<'a> {
    log: &'a TracedLog,
    profile: &'a Profile,
    /// The last moment of the log.
    now: i64,
    expected: Vec<Expected>,
    unknown: Vec<String>,
}

impl Outlook<'_> {
    /// Between two times; what should be over by now may come at any moment.
    fn expect(&mut self, what: Next, rule: RuleId, (from, to): (i64, i64), clock: Clock, basis: String) {
        let from = from.max(self.now);
        let to = to.max(from).saturating_add(SLACK);
        self.expected.push(Expected {
            what,
            rule: rule.to_string(),
            earliest: self.log.stamp_of(from),
            latest: self.log.stamp_of(to),
            if_awake: clock == Clock::Awake,
            basis,
            at: from,
        });
    }
}

/// What comes after the end of a trace; `None` if it has no record.
pub fn forecast(trace: &Trace, profile: &Profile) -> Option<Forecast> {
    let joined = trace.joined(profile)?;
    let log = &joined;
    let (now, from) = log.last?;
    let mut outlook = Outlook { log, profile, now, expected: Vec::new(), unknown: Vec::new() };
    for unsure in &log.unsure {
        outlook.unknown.push(format!(
            "whether the service was off until {} or its zone is another since then; times before that may be off",
            unsure.stamp
        ));
    }
    let runs = log.runs();
    match runs.last() {
        Some(run) if run.has_stopped => {
            let ime = &profile.ime;
            outlook.unknown.push(format!(
                "the service has stopped, and when it starts again is not known; scripts are asked for {} to {} after that, \
                 then apps (B-4.8, B-4.9)",
                ime.start_delay_all.min,
                ime.start_delay_all.max.saturating_add(ime.start_delay_ps_win32.max)
            ));
        }
        Some(run) => {
            let state = state(run, trace, profile);
            outlook.start(run, &state);
            outlook.log_on(&state);
            outlook.timers(run, &state);
            outlook.retry(run);
            outlook.removal(run);
            outlook.remediation_fetch(run);
        }
        None => outlook.unknown.push("there is no log of the service, so no check-in can be told".to_owned()),
    }
    outlook.remediation_run();
    outlook.apps();
    outlook.expected.sort_by_key(|expected| expected.at);
    outlook.expected.dedup();
    Some(Forecast { from, expected: outlook.expected, unknown: outlook.unknown })
}

impl Outlook<'_> {
    /// The first check-ins of a run that has just begun (B-4.8, B-4.9).
    fn start(&mut self, run: &Run<'_>, state: &State) {
        if state.has_polled || !run.has_start {
            return;
        }
        let ime = &self.profile.ime;
        let secs = |n: u64| ticks(Span::secs(n));
        let further = ticks(ime.start_delay_ps_win32.max);
        let (range, basis) = match (state.holds, state.page) {
            ([_, Some((at, n)), _], _) => ((at + secs(n), at + secs(n)), "the second hold"),
            ([Some((at, n)), None, _], Some(true)) => {
                ((at + secs(n), at + secs(n)), "the hold, with the status page open")
            }
            ([Some((at, n)), None, _], Some(false) | None) => {
                ((at + secs(n), at + secs(n) + further), "the hold, and perhaps a second one")
            }
            ([None, None, _], _) => {
                let (min, max) = (ticks(ime.start_delay_all.min), ticks(ime.start_delay_all.max));
                ((run.begin + min, run.begin + max + further), "the start")
            }
        };
        self.expect(Next::FirstPoll, b(4, 8), range, Clock::Awake, basis.to_owned());
    }

    /// B-4.17.
    fn log_on(&mut self, state: &State) {
        let delay = ticks(self.profile.ime.signin_delay);
        let now = self.now;
        for log_on in state.log_ons.iter().filter(|at| **at + delay + SLACK >= now) {
            self.expect(
                Next::SignIn,
                b(4, 17),
                (log_on + delay, log_on + delay),
                Clock::Awake,
                "the log-on".to_owned(),
            );
        }
    }

    /// The periodic timers (B-4.3 to B-4.5, B-4.11).
    fn timers(&mut self, run: &Run<'_>, state: &State) {
        let rearmed = run.seen.iter().rev().find_map(|seen| {
            let What::Rearmed(seconds) = seen.what else { return None };
            Some((seen.at, ticks(Span::secs(seconds))))
        });
        for (workload, what) in [
            (Workload::Script, Next::Scripts),
            (Workload::RequiredApp, Next::RequiredApps),
            (Workload::AvailableApp, Next::AvailableApps),
        ] {
            let timer = Timer::poll(workload);
            let clock = timer.clock(self.profile);
            let every = ticks(interval(workload, state.scripts_found, self.profile));
            let due = state.due.get(workload as usize).copied().flatten();
            let point = state.points.get(workload as usize).copied().flatten();
            let armed = state.armed.get(workload as usize).copied().flatten();
            if let Some((at, figure)) =
                rearmed.filter(|(at, _)| workload == Workload::RequiredApp && point.is_none_or(|point| *at >= point))
            {
                // Agents that draw their interval say what they armed.
                let basis =
                    format!("the timer was set to {} there", Span::millis(u64::try_from(figure).unwrap_or(0) / 10_000));
                self.expect(what, timer.rule(), (at + figure, at + figure), clock, basis);
            } else if let Some(due) = due {
                self.expect(what, timer.rule(), (due, due), clock, "its timer's last point".to_owned());
            } else if let Some((at, seconds)) = armed {
                let due = at + ticks(Span::secs(seconds)) + every;
                self.expect(what, timer.rule(), (due, due), clock, "its timer, which has not begun yet".to_owned());
            } else if run.has_start {
                let of = first_delay(workload, self.profile);
                let range = (run.begin + ticks(of.min) + every, run.begin + ticks(of.max) + every);
                self.expect(what, timer.rule(), range, clock, "the start".to_owned());
            } else {
                self.unknown
                    .push(format!("when {} come next by their timer: it began before this log", name(workload)));
            }
        }
    }

    /// A try that has been announced (B-4.24).
    fn retry(&mut self, run: &Run<'_>) {
        let last = run.seen.iter().rev().find_map(|seen| {
            let What::RetryWait(seconds) = seen.what else { return None };
            Some(seen.at + ticks(Span::secs(seconds)))
        });
        if let Some(at) = last.filter(|at| *at >= self.now) {
            self.expect(Next::Retry, b(4, 24), (at, at), Clock::Awake, "the wait that the record says".to_owned());
        }
    }

    /// B-10.5: who is not managed any more and cannot check in leaves after so much awake time. Whether it is managed, the
    /// log does not tell.
    fn removal(&mut self, run: &Run<'_>) {
        let (mut since, mut has_failed) = (None, false);
        for seen in run.seen {
            if let What::Begin(_) = seen.what {
                has_failed = false;
            } else if let What::Unresolved | What::Status(401) = seen.what {
                has_failed = true;
                since = since.or(Some(seen.at));
            } else if let What::End(_) = seen.what
                && !has_failed
            {
                since = None;
            }
        }
        if let Some(since) = since {
            let at = since + ticks(self.profile.removal.unmanaged_retry);
            let basis = "no check-in has got through since".to_owned();
            self.expect(Next::Removal, Timer::RemoveUnmanaged.rule(), (at, at), Clock::Awake, basis);
        }
    }
}

/// A second in units of 100 nanoseconds.
const SECOND: i64 = TICKS_PER_SECOND;
/// Zones of clocks differ by multiples of this.
const QUARTER: i64 = 15 * 60 * SECOND;
