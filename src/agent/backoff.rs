//! Keeping away from a service that refuses, and coming to it spread after a resume. Ours: no rule of the agent, which
//! waits for the next timer or trigger whatever the service said (B-4.25). Both are off unless the profile says otherwise.
//!
//! Each workload keeps away by itself (R6). A refused one sends nothing before its wait is over, whoever asks; what is asked
//! for meanwhile is kept and done once then (C7). Nothing is sent that nobody asked for, so that requests in error are not more
//! frequent than in success (R7). What is remembered outlives the process, so that restarts do not speed it up.

use serde::{Deserialize, Serialize};

use super::check_in::REFUSED;
use super::state::Phase;
use super::{Cause, Effect, Event, Sink, Timer, Turn};
use crate::chance::Purpose;
use crate::protocol::{Failure, Workload};
use crate::retry::{Next, Policy, Retry};
use crate::rules::b;
use crate::sabotage::{Sabotage, is_on};
use crate::time::{Awake, Span};

/// What an agent decides that keeps away, or spreads a resume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum BackoffEvent {
    /// A workload was refused and keeps away.
    KeepsAway {
        /// Which.
        workload: Workload,
        /// For how long, in awake time.
        wait: Span,
        /// How many refusals there have been since all last went well for long enough.
        refusals: u16,
    },
    /// A check-in waits until its workload need not keep away any more.
    CheckInHeld {
        /// For which workload.
        workload: Workload,
        /// Why it was asked for.
        cause: Cause,
    },
    /// Periodic check-ins whose time passed while the device slept come a little later.
    WakeSpread {
        /// How long after the resume.
        wait: Span,
    },
}

/// What is remembered of refusals, by workload.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Backoff([Channel; Workload::ALL.len()]);

/// The same of one workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
struct Channel {
    retry: Retry<Awake>,
    wait: Wait,
}

/// Before when nothing is sent. The first two are in a snapshot as an `Option` is, which stood here before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
enum Wait {
    /// The workload does not keep away.
    #[default]
    None,
    /// It does, by its own figures.
    Own(Awake),
    /// The service asked for it (`Retry-After`): neither a resume nor a restart brings it before `least`.
    Asked { until: Awake, least: Awake },
}

impl Wait {
    const fn until(self) -> Option<Awake> {
        match self {
            Self::None => None,
            Self::Own(until) | Self::Asked { until, .. } => Some(until),
        }
    }

    /// The same wait with another end, which is not before what the service asked for, nor after the longest wait.
    fn ending(self, end: Awake, longest: Awake) -> Self {
        match self {
            Self::None => Self::None,
            Self::Own(_) => Self::Own(end),
            Self::Asked { least, .. } => {
                let least = least.min(longest);
                Self::Asked { until: end.max(least), least }
            }
        }
    }
}

impl Backoff {
    /// When the workload that waits for the shortest time may send again.
    fn first(&self) -> Option<Awake> {
        self.0.iter().filter_map(|channel| channel.wait.until()).min()
    }

    /// Puts it into a print.
    #[cfg(feature = "check")]
    pub(super) fn print(&self, print: &mut crate::canon::Print) {
        for Channel { retry, wait } in &self.0 {
            retry.print(print, crate::canon::Print::maybe_awake);
            print.maybe_awake(wait.until());
            print.maybe_awake(match wait {
                Wait::None | Wait::Own(_) => None,
                Wait::Asked { least, .. } => Some(*least),
            });
        }
    }
}

/// Whether a failure is one of the service, which a call again would add to. A missing network, name, certificate or token
/// keeps the call from reaching it.
const fn is_refusal(failure: Failure) -> bool {
    match failure {
        Failure::TimedOut | Failure::DeviceUnknown | Failure::Status(_) | Failure::Empty | Failure::RetryAfter(_) => {
            true
        }
        Failure::NoNetwork
        | Failure::NameResolution
        | Failure::NoCertificate
        | Failure::NoUserToken
        | Failure::MaintenanceCap
        | Failure::EnrollmentRefused(_) => false,
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// The workload's check-in failed: where that was a refusal, it keeps away.
    pub(super) fn keep_away(&mut self, workload: Workload, failure: Failure) {
        let Some(policy) = self.cx.profile.ime.backoff().filter(|_| is_refusal(failure)) else { return };
        let (now, n) = (self.now.awake, u64::from(self.durable.next_token.number()));
        let chance = self.cx.chance;
        let draw = chance.draw(Purpose::Backoff, n);
        let channel = &mut self.kept().backoff.get_or_insert_default().0[workload as usize];
        let wait = match channel.retry.on_failure(&policy, draw, now) {
            Next::After(_) if is_on(Sabotage::CallsAgain) => Span::secs(30),
            Next::After(wait) => wait,
            Next::GiveUpUntil(at) => at.since(now),
            Next::LeftTo(_) => Span::ZERO,
        };
        // What the service asks for, spread like a first wait, and no longer than the longest.
        let asked = if let Failure::RetryAfter(secs) = failure
            && !is_on(Sabotage::IgnoresRetryAfter)
        {
            let spread = Span::millis(chance.below(policy.spread().as_millis(), Purpose::Backoff, n));
            Span::secs(u64::from(secs)).saturating_add(spread).min(policy.range(u16::MAX).max)
        } else {
            Span::ZERO
        };
        let wait = wait.max(asked);
        let until = now.after(wait);
        channel.wait = if asked.is_zero() { Wait::Own(until) } else { Wait::Asked { until, least: now.after(asked) } };
        let refusals = channel.retry.streak();
        self.note(REFUSED, Event::Backoff(BackoffEvent::KeepsAway { workload, wait, refusals }));
        if is_on(Sabotage::CallsAgain)
            && let Some(running) = self.running()
        {
            running.waiting[workload as usize] = Some(Cause::Timer);
        }
        self.arm_backoff();
        self.effect(Effect::Persist);
    }

    /// The workload's check-in was answered: once all has gone well for long enough, its refusals are forgotten.
    pub(super) fn welcome_again(&mut self, workload: Workload) {
        let Some(policy) = self.cx.profile.ime.backoff() else { return };
        let now = self.now.awake;
        let Some(kept) = self.durable.work.as_mut() else { return };
        let Some(backoff) = kept.backoff.as_mut() else { return };
        let channel = &mut backoff.0[workload as usize];
        let before = *channel;
        channel.wait = Wait::None;
        channel.retry.on_success(&policy, now);
        if *channel == before {
            return;
        }
        if **backoff == Backoff::default() {
            kept.backoff = None;
        }
        self.arm_backoff();
        self.effect(Effect::Persist);
    }

    /// True while the workload keeps away.
    pub(super) fn keeps_away(&self, workload: Workload) -> bool {
        let backoff = self.durable.work.as_ref().and_then(|kept| kept.backoff.as_ref());
        backoff
            .and_then(|backoff| backoff.0[workload as usize].wait.until())
            .is_some_and(|until| until > self.now.awake)
    }

    /// A wait is over: what was asked for meanwhile is done.
    pub(super) fn backoff_over(&mut self) {
        let (now, user) = (self.now.awake, self.durable.around.active);
        for workload in Workload::ALL {
            let Some(backoff) = self.durable.work.as_mut().and_then(|kept| kept.backoff.as_mut()) else { return };
            let wait = &mut backoff.0[workload as usize].wait;
            if wait.until().is_none_or(|until| until > now) {
                continue;
            }
            *wait = Wait::None;
            let is_due = self.timers.remaining(Timer::poll(workload), self.now) == Some(Span::ZERO);
            let Some(running) = self.running().filter(|running| running.ready) else { continue };
            if is_due {
                // The timer that is about to fire does what waits, too.
                running.waiting[workload as usize] = None;
            }
            if let Some(cause) = running.waiting[workload as usize].take() {
                self.check_in(workload, cause, user);
            }
        }
        self.arm_backoff();
        // What was asked for may be left out after all; a row of check-ins then goes on without it.
        self.advance_chain();
    }

    /// The service starts: what its last process remembered holds, and no wait is longer than one can be (T5).
    pub(super) fn backoff_started(&mut self) {
        self.each_wait(|retry, policy, now, until| retry.on_clock_changed(policy, now, until));
    }

    /// The device has come out of sleep, and with it perhaps into another network: waits become short, and spread (R4). So
    /// does the wait for what fell due meanwhile, once for all of it (T3).
    pub(super) fn resumed(&mut self) {
        let ime = &self.cx.profile.ime;
        if !ime.minds_resumes() || !matches!(self.phase, Phase::Running(_)) {
            return;
        }
        self.each_wait(|retry, policy, now, until| retry.on_hint(policy, now, until));
        let wait = self.cx.chance.span(ime.wake_spread, Purpose::WakeSpread, self.now.awake.raw());
        let mut is_noted = false;
        for workload in Workload::ALL {
            let timer = Timer::poll(workload);
            if wait.is_zero() || self.timers.remaining(timer, self.now) != Some(Span::ZERO) {
                continue;
            }
            if !std::mem::replace(&mut is_noted, true) {
                self.note(b(4, 27), Event::Backoff(BackoffEvent::WakeSpread { wait }));
            }
            self.arm(timer, wait);
            self.drop_waiting(workload);
        }
    }

    /// An overdue timer serves what it left waiting before the sleep, unless a row of check-ins waits with it.
    fn drop_waiting(&mut self, workload: Workload) {
        let Some(running) = self.running() else { return };
        let is_row = running.chain.is_some_and(|chain| chain.at == workload) && !running.is_busy(workload);
        let waiting = &mut running.waiting[workload as usize];
        if !is_row && *waiting == Some(Cause::Timer) {
            *waiting = None;
        }
    }

    /// The device has a new certificate: what its old one was refused says nothing of this one (X5). Waits are over.
    pub(super) fn forget_refusals(&mut self) {
        let now = self.now.awake;
        let Some(backoff) = self.durable.work.as_mut().and_then(|kept| kept.backoff.as_mut()) else { return };
        for channel in &mut backoff.0 {
            let wait = if channel.wait == Wait::None { Wait::None } else { Wait::Own(now) };
            *channel = Channel { retry: Retry::new(), wait };
        }
        self.arm_backoff();
    }

    /// Gives each wait another end, but for what the service asked for.
    fn each_wait(&mut self, end: impl Fn(&mut Retry<Awake>, &Policy, Awake, Awake) -> Awake) {
        let Some(policy) = self.cx.profile.ime.backoff() else { return };
        let now = self.now.awake;
        let Some(backoff) = self.durable.work.as_mut().and_then(|kept| kept.backoff.as_mut()) else { return };
        let longest = now.after(policy.range(u16::MAX).max);
        for Channel { retry, wait } in &mut backoff.0 {
            if let Some(until) = wait.until() {
                *wait = wait.ending(end(retry, &policy, now, until), longest);
            }
        }
        self.arm_backoff();
    }

    fn arm_backoff(&mut self) {
        let first = self.durable.work.as_ref().and_then(|kept| kept.backoff.as_ref()?.first());
        match first.filter(|_| self.running().is_some()) {
            Some(until) => self.arm(Timer::Backoff, until.since(self.now.awake)),
            None => self.timers.clear(Timer::Backoff),
        }
    }
}
