//! A service that answers from old or incomplete data, and pushes that go astray. First read: B-13.3, B-10.7.
//!
//! The catalogue says nothing of such answers; that they come is assumed, and what the device makes of them follows from
//! the rules for any answer. Nothing here concerns a tenant without faults.

use super::event::{Effect, Event, Sink};
use super::given::Given;
use super::ledger::{Context, Ledger};
use crate::catalog::{FaultKind, ServiceFault};
use crate::chance::{Purpose, mix};
use crate::protocol::{Failure, Push, Request};
use crate::rules::{RuleId, b};
use crate::time::{Span, Wall};

impl Ledger {
    /// Deals with a request that a fault is about.
    #[cold]
    pub(super) fn faulty<'a>(
        &mut self,
        cx: &Context<'a>,
        now: Wall,
        fault: &ServiceFault,
        request: &Request,
        out: &mut impl Sink<'a>,
    ) -> Given {
        // What was assigned at that moment counts; who enrolled between it and the other is not known.
        let (as_of, known_again) = match fault.kind {
            FaultKind::Fails(failure) => return failed(failure, out),
            FaultKind::Partial => return self.in_part(cx, now, request, out),
            FaultKind::Stale(age) => (now.before(age), Wall::MAX),
            FaultKind::Restored(age) => (fault.from.before(age), fault.from),
            FaultKind::SplitBrain if other_node(cx, now, request) => (fault.from, Wall::MAX),
            FaultKind::SplitBrain | FaultKind::PushLost | FaultKind::PushLate(_) | FaultKind::PushDoubled => {
                return self.serve_all_the_same(cx, now, request, out);
            }
        };
        let enrolled = self.targeted_from.before(cx.profile.svc.targeting_delay);
        if self.is_managed() && enrolled > as_of && enrolled <= known_again {
            return failed(Failure::DeviceUnknown, out);
        }
        out.note(b(13, 12), Event::AnsweredAsOf { ago: now.since(as_of) });
        let passed = cx.cohort.epochs().skip(1).take_while(|epoch| epoch.from() <= as_of).count();
        let present = self.epoch;
        self.epoch = u32::try_from(passed).unwrap_or(present).min(present);
        let given = self.serve_all_the_same(cx, now, request, out);
        self.epoch = present;
        given
    }

    /// [`Ledger::serve`], which is inlined where there are no faults, once for those that end there.
    #[inline(never)]
    fn serve_all_the_same<'a>(
        &mut self,
        cx: &Context<'a>,
        now: Wall,
        request: &Request,
        out: &mut impl Sink<'a>,
    ) -> Given {
        self.serve(cx, now, request, out)
    }

    /// Half of a list is better than no answer, the service thinks.
    fn in_part<'a>(&mut self, cx: &Context<'a>, now: Wall, request: &Request, out: &mut impl Sink<'a>) -> Given {
        let given = self.serve_all_the_same(cx, now, request, out);
        let Given::List { epoch, workload, user } = given else { return given };
        let of = self.epoch(cx).work(workload, user);
        out.note(b(13, 12), Event::AnsweredInPart { given: of / 2, of });
        Given::Half { epoch, workload, user }
    }

    /// Sends a push, unless a fault of the service is about it.
    pub(super) fn send_push<'a>(
        &self,
        cx: &Context<'a>,
        now: Wall,
        rule: RuleId,
        (push, after): (Push, Span),
        out: &mut impl Sink<'a>,
    ) {
        out.note(rule, Event::PushSent { push });
        let leaves = now.after(after);
        let fault = cx.tenant.faults().iter().find(|fault| fault.hits_push(leaves, push));
        match fault.map(|fault| fault.kind) {
            Some(FaultKind::PushLost) => out.note(b(13, 3), Event::PushDropped { push }),
            Some(FaultKind::PushLate(late)) => {
                out.note(b(13, 3), Event::PushDelayed { push, late });
                out.effect(Effect::Push { push, after: after.saturating_add(late) });
            }
            Some(FaultKind::PushDoubled) => {
                out.note(b(4, 21), Event::PushRepeated { push });
                out.effect(Effect::Push { push, after });
                out.effect(Effect::PushAgain { push, after });
            }
            Some(
                FaultKind::Fails(_)
                | FaultKind::Stale(_)
                | FaultKind::Partial
                | FaultKind::Restored(_)
                | FaultKind::SplitBrain,
            )
            | None => out.effect(Effect::Push { push, after }),
        }
    }
}

fn failed<'a>(failure: Failure, out: &mut impl Sink<'a>) -> Given {
    out.note(fault_rule(failure), Event::FaultInjected { failure });
    Given::Failed(failure)
}

/// True if the node that has learned of nothing gets the request.
fn other_node(cx: &Context<'_>, now: Wall, request: &Request) -> bool {
    let kind = match request {
        Request::Poll { workload, user, .. } => 1 + *workload as u64 + (u64::from(user.0) << 8),
        Request::MdmSession { .. }
        | Request::Report(_)
        | Request::ConnectionTest
        | Request::Enroll
        | Request::RenewChannel
        | Request::Unenrolled => 0,
    };
    cx.chance.happens(500_000, Purpose::Node, now.raw() ^ mix(kind))
}

/// The rule under which the device will deal with a failure.
const fn fault_rule(failure: Failure) -> RuleId {
    match failure {
        Failure::NoNetwork | Failure::NameResolution | Failure::TimedOut | Failure::Empty => b(4, 24),
        Failure::NoCertificate => b(4, 22),
        Failure::NoUserToken => b(1, 25),
        Failure::DeviceUnknown => b(10, 7),
        Failure::Status(_) | Failure::RetryAfter(_) => b(4, 25),
        Failure::MaintenanceCap => b(3, 4),
        Failure::EnrollmentRefused(_) => b(1, 30),
    }
}
