//! The transitions, as they are observed around one call of `handle`.
//!
//! Where several rules lead from one phase to another by the same input, the one of the plainest case stands here: a
//! timer takes an agent off the device by B-10.5, B-10.5a or B-10.6.

use super::Phase::{
    self, Absent, CheckingIn, Enrolled, Enrolling, Idle, NotEnrolled, Session, Starting, Stopped, Working,
};
use super::Transition;
use crate::rules::{RuleId, b};

/// Every transition of the agent, then of the MDM client.
pub const TRANSITIONS: [Transition; 70] = [
    t(Absent, "installed", Stopped, b(2, 1)),
    t(Stopped, "removed", Absent, b(10, 1)),
    t(Stopped, "service started", Starting, b(4, 8)),
    t(Stopped, "service started", Idle, b(4, 12)),
    t(Stopped, "timer", Absent, b(10, 6)),
    t(Starting, "installed", Stopped, b(2, 9)),
    t(Starting, "removed", Absent, b(10, 1)),
    t(Starting, "service broken", Stopped, b(10, 7)),
    t(Starting, "service stopped", Stopped, b(2, 16)),
    t(Starting, "timer", Absent, b(10, 5)),
    t(Starting, "timer", Idle, b(4, 9)),
    t(Starting, "timer", CheckingIn, b(4, 8)),
    t(Idle, "installed", Stopped, b(2, 9)),
    t(Idle, "push", CheckingIn, b(4, 19)),
    t(Idle, "removed", Absent, b(10, 1)),
    t(Idle, "service broken", Stopped, b(10, 7)),
    t(Idle, "run ended", CheckingIn, b(6, 26)),
    t(Idle, "service started", Starting, b(4, 13)),
    t(Idle, "service stopped", Stopped, b(2, 16)),
    t(Idle, "sync request", CheckingIn, b(4, 14)),
    t(Idle, "timer", Absent, b(10, 5)),
    t(Idle, "timer", CheckingIn, b(4, 1)),
    t(CheckingIn, "answer", Idle, b(2, 13)),
    t(CheckingIn, "answer", Working, b(5, 2)),
    t(CheckingIn, "failure", Idle, b(4, 24)),
    t(CheckingIn, "installed", Stopped, b(2, 9)),
    t(CheckingIn, "removed", Absent, b(10, 1)),
    t(CheckingIn, "service broken", Stopped, b(10, 7)),
    t(CheckingIn, "service started", Starting, b(4, 13)),
    t(CheckingIn, "service started", Idle, b(4, 12)),
    t(CheckingIn, "service stopped", Stopped, b(2, 16)),
    t(CheckingIn, "timer", Absent, b(10, 5)),
    t(CheckingIn, "timer", Idle, b(4, 24)),
    t(Working, "answer", Idle, b(10, 5).with_suffix('a')),
    t(Working, "answer", CheckingIn, b(10, 5).with_suffix('a')),
    t(Working, "installed", Stopped, b(2, 9)),
    t(Working, "maintenance wake", Idle, b(5, 19)),
    t(Working, "maintenance wake", CheckingIn, b(5, 12)),
    t(Working, "removed", Absent, b(10, 1)),
    t(Working, "run ended", Idle, b(5, 24)),
    t(Working, "run ended", CheckingIn, b(5, 12)),
    t(Working, "service broken", Stopped, b(10, 7)),
    t(Working, "service started", Starting, b(4, 13)),
    t(Working, "service started", Idle, b(4, 12)),
    t(Working, "service stopped", Stopped, b(2, 16)),
    t(Working, "timer", Absent, b(10, 5)),
    t(Working, "timer", Idle, b(5, 15)),
    t(Working, "timer", CheckingIn, b(5, 12)),
    t(NotEnrolled, "enroll", Enrolling, b(1, 16)),
    t(NotEnrolled, "enrolled before", Enrolled, b(3, 3)),
    t(Enrolling, "answer", NotEnrolled, b(1, 30)),
    t(Enrolling, "answer", Session, b(3, 3)),
    t(Enrolling, "enrolled before", Enrolled, b(3, 3)),
    t(Enrolling, "failure", NotEnrolled, b(1, 30)),
    t(Enrolling, "timer", NotEnrolled, b(1, 17)),
    t(Enrolled, "answer", Session, b(3, 11)),
    t(Enrolled, "push", Session, b(3, 9)),
    t(Enrolled, "session asked for", Session, b(3, 12)),
    t(Enrolled, "sign-in", Session, b(3, 6)),
    t(Enrolled, "timer", NotEnrolled, b(3, 14)),
    t(Enrolled, "timer", Session, b(3, 1)),
    t(Enrolled, "unenroll", NotEnrolled, b(10, 13)),
    t(Session, "answer", NotEnrolled, b(10, 11)),
    t(Session, "answer", Enrolled, b(3, 12)),
    t(Session, "device down", Enrolled, b(3, 8)),
    t(Session, "enrolled before", Enrolled, b(3, 3)),
    t(Session, "failure", Enrolled, b(3, 8)),
    t(Session, "timer", NotEnrolled, b(3, 14)),
    t(Session, "timer", Enrolled, b(3, 8)),
    t(Session, "unenroll", NotEnrolled, b(10, 13)),
];

const fn t(from: Phase, on: &'static str, to: Phase, rule: RuleId) -> Transition {
    Transition { from, to, on, rule }
}
