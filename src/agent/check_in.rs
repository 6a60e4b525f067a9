//! One check-in, from the request to the answer or the end of trying. First read: B-4.22 to B-4.29.

use super::cadence::timer_rule;
use super::script::Stage;
use super::state::{Exchange, REPORT, Running, SLOTS, TEST};
use super::{BackoffEvent, Cause, Effect, Event, Sink, Timer, Turn};
use crate::profile::{Ime, On429, Overlap};
use crate::protocol::{Answer, AppList, Failure, Request, Token, UserId, Workload};
use crate::retry::Policy;
use crate::rules::{RuleId, b};
use crate::sabotage::{Sabotage, is_on};
use crate::time::Wall;

/// The rule of what follows a refusal: nothing, to the documented agent.
pub(super) const REFUSED: RuleId = b(4, 25);

impl Running {
    /// True while a check-in of the workload is under way, its scripts included.
    pub(super) fn is_busy(&self, workload: Workload) -> bool {
        self.exchanges.is_busy(workload as usize)
            || workload == Workload::Script && !matches!(self.stage, Stage::Idle)
            || self.work.as_ref().is_some_and(|work| work.apps.is_busy(workload))
    }

    /// A check-in waits. One wait serves all that ask; a regular one does what a request asks for too, and not the other
    /// way round.
    fn wait_with(&mut self, workload: Workload, cause: Cause) {
        match &mut self.waiting[workload as usize] {
            Some(known) if *known != Cause::AppRequest => {}
            waiting => *waiting = Some(cause),
        }
    }
}

/// The rule behind a check-in's cause.
const fn cause_rule(workload: Workload, cause: Cause) -> RuleId {
    match cause {
        Cause::Start => b(4, 8),
        Cause::Timer => timer_rule(workload),
        Cause::SignIn => match workload {
            Workload::Remediation | Workload::Compliance => b(4, 6),
            Workload::Script | Workload::RequiredApp | Workload::AvailableApp => b(4, 17),
        },
        Cause::CompanyPortal => b(4, 14),
        Cause::AppSync => b(4, 15),
        Cause::AppRequest => b(9, 1),
        Cause::Push => b(4, 19),
        Cause::Monitor => b(8, 8),
        Cause::Esp | Cause::AfterEsp => b(7, 55),
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// Begins a check-in of one workload for one user, if nothing stands in the way.
    pub(super) fn check_in(&mut self, workload: Workload, cause: Cause, user: UserId) {
        let (profile, facts) = (self.cx.profile, self.cx.facts);
        // B-1.12, B-1.29: where no user's work is asked for, the check-in is the device's.
        let user = if facts.has_user_check_in() { user } else { UserId::DEVICE };
        let keeps_away = !profile.ime.backoff_base.is_zero() && self.keeps_away(workload);
        let Some(running) = self.running() else {
            return self.note(b(2, 16), Event::ServiceNotRunning);
        };
        if !running.ready {
            // B-4.8: nothing of any kind before D0 is over. What is asked for is kept.
            running.wait_with(workload, cause);
            return self.note(b(4, 8), Event::CheckInWaits { workload });
        }
        if keeps_away {
            running.wait_with(workload, cause);
            return self.note(b(4, 25), Event::Backoff(BackoffEvent::CheckInHeld { workload, cause }));
        }
        if running.is_busy(workload) && !is_on(Sabotage::SecondCheckIn) {
            return match profile.ime.overlap {
                Overlap::Drop => {
                    self.note(b(4, 28), Event::CheckInDropped { workload, cause });
                    self.join_request(workload, cause, user);
                }
                Overlap::QueueOne => {
                    running.wait_with(workload, cause);
                    self.note(b(4, 28), Event::CheckInQueued { workload });
                }
            };
        }
        if matches!(workload, Workload::RequiredApp | Workload::AvailableApp) && !facts.apps_with_intune() {
            // B-1.20, B-1.20a, B-1.23: with Configuration Manager no app work is done; scripts go on.
            return self.note(b(1, 23), Event::AppsSkipped { workload });
        }
        if workload == Workload::RequiredApp && self.is_throttled() {
            return self.note(b(4, 26), Event::SelfThrottled);
        }
        self.note(cause_rule(workload, cause), Event::CheckIn { workload, cause, user });
        self.begin_request(workload, cause);
        self.send_poll(workload, user, 1);
    }

    /// B-4.26: the agent counts its own required-app checks in windows of an hour.
    fn is_throttled(&mut self) -> bool {
        let (limit, now) = (self.cx.profile.ime.self_throttle_limit, self.now.awake);
        let Some(running) = self.running() else { return false };
        match running.throttle_from {
            Some(from) if now.since(from) < Ime::SELF_THROTTLE_WINDOW => {}
            Some(_) | None => {
                running.throttle_from = Some(now);
                running.throttle_count = 0;
            }
        }
        running.throttle_count = running.throttle_count.saturating_add(1);
        u32::from(running.throttle_count) > limit
    }

    /// Sends a poll. Signing in to the service belongs to it and is silent (B-4.22): device certificate, and a user
    /// token if there is a user (B-4.23).
    fn send_poll(&mut self, workload: Workload, user: UserId, attempt: u8) {
        let agent = self.durable.version;
        self.send(workload as usize, user, attempt, Request::Poll { workload, user, agent });
    }

    /// Sends a request in a slot and arms the slot's deadline: no answer is waited for without one.
    pub(super) fn send(&mut self, slot: usize, user: UserId, attempt: u8, request: Request) {
        let token = self.token();
        if let Some(running) = self.running() {
            running.exchanges.begin(slot, token, Exchange { attempt, user });
        }
        self.arm(ANSWER_TIMERS[slot], self.cx.profile.ime.answer_timeout);
        self.effect(Effect::Send { token, request });
    }

    /// Ends the exchange that a token belongs to; returns its slot and what it was.
    #[inline(always)]
    fn settle(&mut self, token: Token) -> Option<(usize, Exchange)> {
        let running = self.running()?;
        let slot = running.exchanges.slot_of(token)?;
        let exchange = running.exchanges.end(slot)?;
        self.timers.clear(ANSWER_TIMERS[slot]);
        Some((slot, exchange))
    }

    /// The service answered.
    pub(super) fn answered(&mut self, token: Token, at: Wall, answer: &Answer<'_>) {
        let Some((slot, exchange)) = self.settle(token) else {
            return self.note(b(4, 28), Event::Stale { token });
        };
        self.reached_service(at, WORKLOADS[slot].is_some());
        if let Some(workload) = WORKLOADS[slot]
            && !matches!(answer, Answer::NotManaged)
        {
            self.send_kept_reports();
            if !self.cx.profile.ime.backoff_base.is_zero() {
                self.welcome_again(workload);
            }
        }
        match (answer, WORKLOADS[slot]) {
            (Answer::Scripts(policies), Some(Workload::Script)) => self.scripts_answered(exchange.user, policies),
            (Answer::Apps(policies), Some(workload @ (Workload::RequiredApp | Workload::AvailableApp))) => {
                self.apps_answered(workload, exchange.user, policies);
            }
            (Answer::Remediations(assigned), Some(Workload::Remediation)) => {
                self.remediations_answered(exchange.user, assigned);
            }
            (Answer::Discovery(assigned), Some(Workload::Compliance)) => {
                self.discovery_answered(exchange.user, assigned)
            }
            (Answer::Nothing, Some(workload)) => match workload {
                Workload::Script => self.scripts_answered(exchange.user, &[]),
                Workload::RequiredApp | Workload::AvailableApp => {
                    self.apps_answered(workload, exchange.user, &AppList::default());
                }
                Workload::Remediation => self.remediations_answered(exchange.user, &[]),
                Workload::Compliance => self.discovery_answered(exchange.user, &[]),
            },
            (Answer::NotManaged, workload) => self.not_managed(workload),
            (Answer::Accepted, None) if slot == REPORT => self.report_accepted(),
            (Answer::Accepted, None) => self.note(b(4, 29), Event::ConnectionTest { ok: true }),
            (
                Answer::Scripts(_)
                | Answer::Apps(_)
                | Answer::Remediations(_)
                | Answer::Discovery(_)
                | Answer::Nothing
                | Answer::Accepted
                | Answer::Mdm { .. }
                | Answer::Enrolled
                | Answer::ChannelRenewed,
                _,
            ) => {
                // An answer to some other question says nothing about assignments.
                self.note(b(4, 24), Event::Mismatched { token });
                self.given_up(slot, exchange, Failure::Empty);
            }
        }
    }

    /// A request failed on its way or was refused.
    pub(super) fn failed(&mut self, token: Token, failure: Failure) {
        match self.settle(token) {
            Some((slot, exchange)) => self.exchange_failed(slot, exchange, failure),
            None => self.note(b(4, 28), Event::Stale { token }),
        }
    }

    /// The deadline of a request passed without an answer.
    pub(super) fn no_answer(&mut self, slot: usize) {
        let Some(running) = self.running() else { return };
        if let Some(exchange) = running.exchanges.end(slot) {
            self.exchange_failed(slot, exchange, Failure::TimedOut);
        }
    }

    /// Tries once more where that is the rule, and gives the check-in up where it is not. There is no back-off: the
    /// next timer or trigger is the next try (B-4.24, B-4.25, B-13.4).
    fn exchange_failed(&mut self, slot: usize, exchange: Exchange, failure: Failure) {
        let ime = &self.cx.profile.ime;
        let again = match failure {
            Failure::NameResolution => true,
            Failure::Status(401 | 429) | Failure::RetryAfter(_) => ime.on_429 == On429::Retry,
            Failure::NoNetwork
            | Failure::TimedOut
            | Failure::NoCertificate
            | Failure::NoUserToken
            | Failure::DeviceUnknown
            | Failure::Status(_)
            | Failure::Empty
            | Failure::MaintenanceCap
            | Failure::EnrollmentRefused(_) => false,
        };
        let Some(workload) = WORKLOADS[slot] else {
            return self.given_up(slot, exchange, failure);
        };
        let attempts = Policy::http_attempts(ime.http_attempts);
        if again && attempts.allows_after(u32::from(exchange.attempt)) {
            let attempt = exchange.attempt.saturating_add(1);
            self.note(b(4, 24), Event::RequestRepeated { workload, attempt });
            self.send_poll(workload, exchange.user, attempt);
        } else if failure == Failure::NoUserToken && !exchange.user.is_device() {
            // B-4.23: the next audience is the device's own; B-1.25: user-targeted work stays pending.
            self.note(b(4, 23), Event::UserTokenMissing { workload });
            self.send_poll(workload, UserId::DEVICE, exchange.attempt);
        } else {
            self.given_up(slot, exchange, failure);
        }
    }

    /// A request is over without a usable answer. Nothing about assignments follows from that.
    fn given_up(&mut self, slot: usize, exchange: Exchange, failure: Failure) {
        self.could_not_check_in(failure);
        let Some(workload) = WORKLOADS[slot] else {
            return if slot == REPORT {
                self.report_failed(failure);
            } else {
                self.note(b(4, 29), Event::ConnectionTest { ok: false });
            };
        };
        let rule = match failure {
            Failure::Status(401 | 429) | Failure::RetryAfter(_) => b(4, 25),
            Failure::NoCertificate | Failure::NoUserToken => b(4, 22),
            Failure::NoNetwork
            | Failure::NameResolution
            | Failure::TimedOut
            | Failure::DeviceUnknown
            | Failure::Status(_)
            | Failure::Empty
            | Failure::MaintenanceCap
            | Failure::EnrollmentRefused(_) => b(4, 24),
        };
        self.note(rule, Event::CheckInFailed { workload, failure });
        self.keep_away(workload, failure);
        if workload == Workload::Script {
            self.script_poll_failed(exchange.user);
        }
        if workload == Workload::AvailableApp {
            self.request_failed();
        }
        if workload == Workload::Compliance {
            self.discovery_poll_failed();
        }
        self.check_in_over(workload);
    }

    /// The device has a new certificate: requests that left without it are given up, for their answers would tell of a device
    /// that was not managed then (B-10.5a).
    pub(super) fn give_up_requests(&mut self) {
        let Some(running) = self.running() else { return };
        let left = running.exchanges.tokens();
        // The last first, and each under way until its turn: what follows in a row begins after its own request was given up.
        // What one of them held up may begin at once, with the new certificate; that is not among these.
        for token in left.into_iter().rev().flatten() {
            if let Some((slot, exchange)) = self.settle(token) {
                self.given_up(slot, exchange, Failure::NoCertificate);
            }
        }
    }

    /// A check-in is over: what waited for its end may begin.
    pub(super) fn check_in_over(&mut self, workload: Workload) {
        let user = self.durable.around.active;
        let Some(running) = self.running() else { return };
        let queued = running.waiting[workload as usize].take();
        let pushed = workload == Workload::RequiredApp && running.take_pushes();
        if let Some(cause) = queued {
            self.check_in(workload, cause, user);
        } else if pushed {
            // B-4.21: one check-in serves every notification that waited.
            self.check_in(workload, Cause::Push, user);
        }
        if workload == Workload::Script {
            self.next_sign_in();
        }
        self.advance_chain();
    }
}

/// The workload of each slot; reports and connection tests have none.
const WORKLOADS: [Option<Workload>; SLOTS] = {
    let mut table = [None; SLOTS];
    let mut i = 0;
    while i < Workload::ALL.len() {
        table[i] = Some(Workload::ALL[i]);
        i += 1;
    }
    table
};

/// The deadline timer of each slot.
pub(super) const ANSWER_TIMERS: [Timer; SLOTS] = {
    let mut table = [Timer::AnswerScript; SLOTS];
    table[Workload::RequiredApp as usize] = Timer::AnswerRequiredApp;
    table[Workload::AvailableApp as usize] = Timer::AnswerAvailableApp;
    table[Workload::Remediation as usize] = Timer::AnswerRemediation;
    table[Workload::Compliance as usize] = Timer::AnswerCompliance;
    table[REPORT] = Timer::AnswerReport;
    table[TEST] = Timer::AnswerTest;
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    // No request takes the place of another, and each has a deadline of its own (C1, C3).
    #[test]
    fn each_request_has_a_slot_and_a_deadline_of_its_own() {
        let slots: Vec<usize> = Workload::ALL.iter().map(|w| *w as usize).chain([REPORT, TEST]).collect();
        assert_eq!(slots, (0..SLOTS).collect::<Vec<_>>());
        let workloads: Vec<Option<Workload>> = Workload::ALL.into_iter().map(Some).chain([None, None]).collect();
        assert_eq!(WORKLOADS.as_slice(), workloads);
        let timers: std::collections::BTreeSet<Timer> = ANSWER_TIMERS.into_iter().collect();
        assert_eq!(timers.len(), SLOTS, "{ANSWER_TIMERS:?}");
    }
}
