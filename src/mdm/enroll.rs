//! Enrollment and its end. First read: B-1.16 to B-1.19, B-1.28, B-1.30, B-3.14, B-10.11 to B-10.13.

use super::channel::Channel;
use super::schedule::Slot;
use super::{Effect, EndReason, Enrolled, Event, Phase, Sink, Timer, Turn};
use crate::facts::EnrollmentPath;
use crate::protocol::{Answer, Failure, Request, SessionCause};
use crate::retry::{Next, Policy, Retry};
use crate::rules::{RuleId, b};
use crate::sabotage::{Sabotage, is_on};
use crate::time::Span;

/// The rule behind an enrollment path.
const fn path_rule(path: EnrollmentPath) -> RuleId {
    match path {
        EnrollmentPath::GroupPolicy => b(1, 17),
        EnrollmentPath::Auto | EnrollmentPath::Manual => b(1, 16),
        EnrollmentPath::BulkPackage => b(1, 18),
        EnrollmentPath::Autopilot => b(1, 19),
        EnrollmentPath::AutopilotSelfDeploying | EnrollmentPath::AutopilotPreProvisioning => b(1, 28),
        EnrollmentPath::CoManagement => b(1, 20),
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// The device is to enroll. Enrolling an enrolled device does nothing.
    pub(super) fn enroll(&mut self) {
        if !matches!(self.client.phase, Phase::NotEnrolled) && !is_on(Sabotage::EnrollsTwice) {
            return;
        }
        let facts = self.cx.facts;
        let needs_tpm = matches!(
            facts.enrollment,
            EnrollmentPath::AutopilotSelfDeploying | EnrollmentPath::AutopilotPreProvisioning
        );
        if needs_tpm && facts.virtual_machine {
            // B-1.28: it needs a physical TPM.
            return self.note(b(1, 28), Event::EnrollmentImpossible);
        }
        self.client.phase = Phase::Enrolling { token: None, tries: Retry::new() };
        self.enroll_again();
    }

    pub(super) fn enroll_again(&mut self) {
        let Phase::Enrolling { token: None, mut tries } = self.client.phase else { return };
        if !tries.is_open(&GROUP_POLICY, self.now.wall) {
            // The device slept or was off when the scheduled task ended (B-1.17).
            return self.give_enrollment_up();
        }
        tries.on_begin(&GROUP_POLICY, self.now.wall);
        let token = self.token();
        self.client.phase = Phase::Enrolling { token: Some(token), tries };
        self.client.timers.clear(Timer::EnrollAgain);
        self.arm(Timer::Answer, self.cx.profile.mdm.answer_timeout);
        self.note(path_rule(self.cx.facts.enrollment), Event::EnrollmentTried);
        self.effect(Effect::Send { token, request: Request::Enroll });
    }

    pub(super) fn enrollment_answered(&mut self, answer: &Answer<'_>) {
        if !matches!(answer, Answer::Enrolled) {
            return self.enrollment_failed(Failure::Empty);
        }
        self.client.timers.clear_all();
        self.begin(Span::ZERO);
        self.note(path_rule(self.cx.facts.enrollment), Event::Enrolled);
        if self.cx.facts.enrollment == EnrollmentPath::BulkPackage {
            self.note(b(1, 18), Event::RestartPlanned { within: RESTART_AFTER_PACKAGE });
            self.arm(Timer::Restart, RESTART_AFTER_PACKAGE);
        }
        // B-3.3: the enrollment itself is a session.
        self.open_session(SessionCause::Enrollment);
    }

    /// Group policy tries every 5 minutes for one day (B-1.17); every other path has to be begun again (B-1.30).
    pub(super) fn enrollment_failed(&mut self, failure: Failure) {
        self.client.timers.clear(Timer::Answer);
        let Phase::Enrolling { mut tries, .. } = self.client.phase else { return };
        let again_in = match self.cx.facts.enrollment {
            // The wait has no spread, so nothing is drawn.
            EnrollmentPath::GroupPolicy => match tries.on_failure(&GROUP_POLICY, 0, self.now.wall) {
                Next::After(wait) => Some(wait),
                Next::GiveUpUntil(_) | Next::LeftTo(_) => None,
            },
            EnrollmentPath::Auto
            | EnrollmentPath::Manual
            | EnrollmentPath::BulkPackage
            | EnrollmentPath::Autopilot
            | EnrollmentPath::AutopilotSelfDeploying
            | EnrollmentPath::AutopilotPreProvisioning
            | EnrollmentPath::CoManagement => None,
        };
        let rule = if matches!(failure, Failure::EnrollmentRefused(_)) {
            b(1, 30)
        } else {
            path_rule(self.cx.facts.enrollment)
        };
        self.note(rule, Event::EnrollmentFailed { failure, again_in });
        match again_in {
            Some(after) => {
                self.client.phase = Phase::Enrolling { token: None, tries };
                self.arm(Timer::EnrollAgain, after);
            }
            None => self.give_enrollment_up(),
        }
    }

    fn give_enrollment_up(&mut self) {
        self.client.timers.clear_all();
        self.client.phase = Phase::NotEnrolled;
    }

    /// The device has been enrolled for a while when it is first looked at.
    pub(super) fn enrolled_since(&mut self, span: Span) {
        self.end_job();
        self.client.timers.clear_all();
        self.begin(span);
    }

    fn begin(&mut self, ago: Span) {
        let wns = &self.cx.profile.wns;
        // A channel that was opened long ago has been renewed ever since, at `renew_at`.
        let age = Span::millis(ago.as_millis() % wns.renew_at.as_millis().max(1));
        let mut opened = self.now;
        opened.wall = self.now.wall.before(age);
        self.client.phase = Phase::Enrolled(Enrolled {
            since: self.now.wall.before(ago),
            slot: Slot::Early,
            session: None,
            follow_up: None,
            seen_users: 0,
            policies: None,
            channel: Channel::opened(opened, wns.channel_lifetime),
            job: None,
        });
        self.effect(Effect::Certificate(true));
        self.arm_slot();
        self.arm(Timer::Channel, wns.renew_at.saturating_sub(age));
        self.arm_lost_contact();
    }

    /// Management ends: tasks, configuration and certificates go, and with the tasks the agent's install job (B-10.13). The
    /// agent is not told; it finds out by itself (B-10.5). Telling the service is best effort, and needless where the service ended it.
    pub(super) fn unenroll(&mut self, reason: EndReason) {
        if self.enrolled().is_none() {
            return;
        }
        let rule = match reason {
            EndReason::ByUser => b(10, 13),
            EndReason::Retired => b(10, 11),
            EndReason::Wiped => b(10, 12),
            EndReason::LostContact => b(3, 14),
        };
        if reason == EndReason::ByUser {
            let token = self.token();
            self.effect(Effect::Send { token, request: Request::Unenrolled });
        }
        self.end_job();
        self.client.phase = Phase::NotEnrolled;
        self.client.timers.clear_all();
        self.note(rule, Event::Unenrolled { reason });
        self.effect(Effect::Certificate(false));
    }

    /// B-3.14: armed anew with every contact, where the profile sets it.
    pub(super) fn arm_lost_contact(&mut self) {
        let Some(limit) = self.cx.profile.mdm.lost_contact() else { return };
        if self.enrolled().is_some() {
            self.arm(Timer::LostContact, limit);
        }
    }

    /// The device's clock was stepped: the tries of group policy end a day from now at the latest.
    pub(super) fn pull_in_enrollment(&mut self) {
        if let Phase::Enrolling { tries, .. } = &mut self.client.phase {
            tries.is_open(&GROUP_POLICY, self.now.wall);
        }
    }
}

/// B-1.17.
const GROUP_POLICY: Policy = Policy::group_policy_enrollment();
/// B-1.18.
const RESTART_AFTER_PACKAGE: Span = Span::mins(1);
