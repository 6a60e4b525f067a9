//! One MDM session, from its cause to its orders. First read: B-3.6 to B-3.15 and B-9.1.

use super::{Effect, EndReason, Event, PushBlock, Sink, Timer, Turn};
use crate::protocol::{AgentOrder, Answer, Failure, ManagementOrder, Policies, Push, Request, SessionCause, UserId};
use crate::rules::{RuleId, b};
use crate::sabotage::{Sabotage, is_on};

/// The rule behind a session's cause.
const fn cause_rule(cause: SessionCause) -> RuleId {
    match cause {
        SessionCause::Enrollment | SessionCause::EarlySlot => b(3, 1),
        SessionCause::SteadySlot => b(3, 3),
        SessionCause::SignIn | SessionCause::MalwareStatus => b(3, 6),
        SessionCause::ChangePush => b(3, 7),
        SessionCause::AdminPush | SessionCause::SettingsSync => b(3, 12),
        SessionCause::CompanyPortal => b(3, 13),
        SessionCause::ChannelRenewed => b(3, 11),
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// Opens a session; while one is under way, one that follows is enough for whatever asks meanwhile (B-13.3).
    pub(super) fn open_session(&mut self, cause: SessionCause) {
        let Some(enrolled) = self.enrolled() else { return };
        if enrolled.session.is_some() {
            enrolled.follow_up.get_or_insert(cause);
            return self.note(b(13, 3), Event::MdmSessionJoined { cause });
        }
        let token = self.token();
        if let Some(enrolled) = self.enrolled() {
            enrolled.session = Some((token, cause));
        }
        self.arm(Timer::Answer, self.cx.profile.mdm.answer_timeout);
        self.note(cause_rule(cause), Event::MdmSession { cause });
        self.effect(Effect::Send { token, request: Request::MdmSession { cause, agent: self.cx.agent } });
    }

    /// B-3.6: with `mdm.poll_on_login` every sign-in opens a session. Unlocking is no sign-in. The first sign-in of
    /// each user is kept, so that `AllUsersPollOnFirstLogin` can be told apart.
    pub(super) fn sign_in(&mut self, user: UserId) {
        let Some(enrolled) = self.enrolled() else { return };
        enrolled.seen_users |= 1_u32.checked_shl(u32::from(user.0)).unwrap_or(0);
        if self.cx.profile.mdm.poll_on_login {
            self.open_session(SessionCause::SignIn);
        }
    }

    /// A push says "come" and nothing more (B-3.9).
    pub(super) fn push(&mut self, push: Push) {
        let cause = match push {
            Push::MdmChange => SessionCause::ChangePush,
            Push::MdmAdmin => SessionCause::AdminPush,
            Push::AgentApps | Push::AgentRemediation { .. } => return,
        };
        if self.enrolled().is_none() {
            return self.note(b(3, 9), Event::PushIgnored { block: PushBlock::NotEnrolled });
        }
        if !self.client.dmwappush {
            return self.note(b(3, 15), Event::PushIgnored { block: PushBlock::DmWapPush });
        }
        self.note(b(3, 9), Event::PushReceived { push });
        self.open_session(cause);
    }

    /// The policies that the device has from now on (B-8.14, B-8.20, B-8.22).
    fn policies(&mut self, policies: Policies) {
        let Some(enrolled) = self.enrolled() else { return };
        if enrolled.policies.replace(policies) != Some(policies) {
            self.effect(Effect::Policies(policies));
        }
    }

    pub(super) fn session_answered(&mut self, cause: SessionCause, answer: &Answer<'_>) {
        let Answer::Mdm { agent, management, policies } = answer else {
            return match answer {
                Answer::NotManaged => self.session_ended_by(EndReason::Retired),
                // An answer to some other question is none.
                Answer::Scripts(_)
                | Answer::Apps(_)
                | Answer::Remediations(_)
                | Answer::Discovery(_)
                | Answer::Nothing
                | Answer::Accepted
                | Answer::Mdm { .. }
                | Answer::Enrolled
                | Answer::ChannelRenewed => self.session_failed(cause, Failure::Empty),
            };
        };
        self.note(b(3, 12), Event::MdmSessionDone { agent: *agent });
        match management {
            // B-10.11: retire acts at the check-in. Apps stay.
            ManagementOrder::Retire => return self.session_ended_by(EndReason::Retired),
            // B-10.12.
            ManagementOrder::Wipe { keep_enrollment } => {
                self.effect(Effect::Reset { keep_enrollment: *keep_enrollment });
                return if *keep_enrollment { self.session_over() } else { self.session_ended_by(EndReason::Wiped) };
            }
            ManagementOrder::Keep => self.policies(*policies),
        }
        match agent {
            AgentOrder::Leave => self.keep_agent(),
            AgentOrder::Install(version) => {
                self.keep_agent();
                self.begin_job(*version);
            }
            AgentOrder::Remove => self.plan_removal(),
        }
        self.session_over();
    }

    fn session_ended_by(&mut self, reason: EndReason) {
        self.session_over();
        self.unenroll(reason);
    }

    /// A session was not served; nothing is made up for, the next cause opens the next one (B-3.8).
    pub(super) fn session_failed(&mut self, cause: SessionCause, failure: Failure) {
        let rule = if failure == Failure::MaintenanceCap { b(3, 4) } else { b(3, 8) };
        self.note(rule, Event::MdmSessionFailed { cause, failure });
        self.session_over();
        if is_on(Sabotage::EnrollsWhenRefused) && matches!(failure, Failure::Status(401 | 403)) {
            self.unenroll(EndReason::LostContact);
            self.enroll();
        }
    }

    fn session_over(&mut self) {
        self.client.timers.clear(Timer::Answer);
        let Some(enrolled) = self.enrolled() else { return };
        enrolled.session = None;
        if let Some(cause) = enrolled.follow_up.take() {
            self.open_session(cause);
        }
    }

    /// The last trigger is gone: the agent is taken away after the grace (B-10.4).
    fn plan_removal(&mut self) {
        if self.cx.agent.is_none() || self.client.timers.is_set(Timer::RemoveAgent) {
            return;
        }
        let within = self.cx.profile.removal.grace_after_unassign;
        self.note(b(10, 4), Event::RemovalPlanned { within });
        self.arm(Timer::RemoveAgent, within);
    }

    /// The agent is wanted, or wanted again before the grace was over.
    fn keep_agent(&mut self) {
        self.client.timers.clear(Timer::RemoveAgent);
    }

    pub(super) fn remove_agent(&mut self) {
        self.effect(Effect::RemoveAgent);
    }
}
