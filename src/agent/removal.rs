//! The ways in which the agent leaves the device. First read: section 10 of the rules. The scripts it speaks of are
//! PowerShell scripts (B-10.2).
//!
//! Removal needs evidence: nothing assigned any more (decided by the service, carried out by the MDM client), a device
//! that is not managed any more, or the irrecoverable state for more than 24 hours of awake time. Errors and refusals
//! of the service alone never lead there.

use thin_vec::ThinVec;

use super::state::{Durable, Phase};
use super::{Effect, Event, IrrecoverableReason, PolicyEvent, RemovalReason, Sink, Timer, Turn};
use crate::protocol::{Failure, Workload};
use crate::rules::{RuleId, b};
use crate::sabotage::{Sabotage, is_on};
use crate::time::{Span, Wall};

impl<S: Sink> Turn<'_, '_, S> {
    /// The MDM certificate came or went with the enrollment (B-10.13).
    ///
    /// Its loss alone does nothing: the agent finds out at its next check-in (B-10.5).
    pub(super) fn certificate(&mut self, present: bool) {
        if !present {
            self.policies_gone();
        }
        if matches!(self.phase, Phase::Absent) {
            return;
        }
        let was_present = std::mem::replace(&mut self.durable.certificate, present);
        self.note(b(8, 23), Event::Policy(PolicyEvent::CertificateChecked { present }));
        if present {
            self.timers.clear(Timer::RemoveUnmanaged);
            self.timers.clear(Timer::RemoveDetected);
        }
        if present && !was_present {
            self.give_up_requests();
            self.forget_refusals();
        }
        self.effect(Effect::Persist);
        self.begin_inventory();
        if present {
            self.remediation_step();
        }
    }

    /// A request was answered: the device is known, and the device's clock can be compared with the service's.
    ///
    /// The count of B-10.5 ends with a check-in that works, and with nothing less: a test of the connection is none (B-4.29).
    pub(super) fn reached_service(&mut self, service_time: Wall, by_check_in: bool) {
        let limit = self.cx.profile.elig.clock_skew_limit;
        let skewed = self.now.wall.distance(service_time) > limit;
        if let Some(running) = self.running() {
            running.clock_skewed = skewed;
        }
        if by_check_in && self.timers.is_set(Timer::RemoveUnmanaged) {
            self.timers.clear(Timer::RemoveUnmanaged);
            self.effect(Effect::Persist);
        }
        self.recovered();
    }

    /// A check-in did not reach the service.
    ///
    /// On a device that is not managed any more, awake time towards removal starts to count with the first such
    /// check-in (B-10.5, B-5.28). On a managed one nothing follows, however long it lasts.
    pub(super) fn could_not_check_in(&mut self, failure: Failure) {
        if failure == Failure::DeviceUnknown {
            self.irrecoverable(IrrecoverableReason::DeviceUnknown);
        }
        let stays = is_on(Sabotage::StaysForEver);
        if !self.durable.certificate && !self.timers.is_set(Timer::RemoveUnmanaged) && !stays {
            self.note(b(10, 5), Event::Unmanaged);
            self.arm(Timer::RemoveUnmanaged, self.cx.profile.removal.unmanaged_retry);
            self.effect(Effect::Persist);
        }
    }

    /// A check-in learned that the device is not managed: runs are cancelled at once, and the agent leaves after
    /// `removal.after_detect` (B-10.5a, B-5.28).
    pub(super) fn not_managed(&mut self, workload: Option<Workload>) {
        if let Some(running) = self.running() {
            // Nothing follows a check-in any more.
            running.chain = None;
            running.waiting = Default::default();
            running.take_pushes();
        }
        self.cancel_runs();
        self.cut_off_discovery();
        if !self.is_leaving() && !is_on(Sabotage::StaysForEver) {
            self.arm(Timer::RemoveDetected, self.cx.profile.removal.after_detect);
            self.effect(Effect::Persist);
        }
        self.cancel_remediations();
        self.cancel_apps();
        if let Some(workload) = workload {
            self.check_in_over(workload);
        }
    }

    /// True from the check-in that learned of the end of management on (B-10.5a).
    pub(super) fn is_leaving(&self) -> bool {
        self.timers.is_set(Timer::RemoveDetected)
    }

    /// The agent cannot work and cannot be repaired: awake time counts from the first moment on (B-10.6, B-10.7).
    pub(super) fn irrecoverable(&mut self, reason: IrrecoverableReason) {
        if self.timers.is_set(Timer::RemoveIrrecoverable) {
            return;
        }
        self.note(b(10, 7), Event::Irrecoverable { reason });
        // Strictly more than the limit.
        let limit = self.cx.profile.removal.irrecoverable_after.saturating_add(Span::millis(1));
        let limit = if is_on(Sabotage::LeavesAtOnce) { Span::ZERO } else { limit };
        self.timers.set_awake_once(Timer::RemoveIrrecoverable, self.now.awake.after(limit));
        self.effect(Effect::Persist);
    }

    /// The agent works again: the count starts from nothing next time (B-10.6).
    #[inline]
    pub(super) fn recovered(&mut self) {
        if self.timers.is_set(Timer::RemoveIrrecoverable) && !self.durable.broken {
            if !is_on(Sabotage::CountsOn) {
                self.timers.clear(Timer::RemoveIrrecoverable);
            }
            self.note(b(10, 6), Event::Recovered);
            self.effect(Effect::Persist);
        }
    }

    /// The agent is taken off the device: by the MDM client, by hand, or with everything else.
    pub(super) fn removed_by(&mut self, reason: RemovalReason) {
        let rule = match reason {
            RemovalReason::Unassigned => b(10, 4),
            RemovalReason::NotManaged => b(10, 5).with_suffix('a'),
            RemovalReason::NotManagedUnreachable => b(10, 5),
            RemovalReason::Irrecoverable => b(10, 6),
            RemovalReason::ByHand => b(2, 11),
            RemovalReason::Wiped => b(10, 12),
        };
        self.remove(rule, reason);
    }

    /// The agent leaves. Apps and the effects of scripts stay (B-10.14); whatever was on its way is forgotten, and so
    /// is the history of scripts unless the profile keeps it (B-10.15).
    pub(super) fn remove(&mut self, rule: RuleId, reason: RemovalReason) {
        if matches!(self.phase, Phase::Absent) {
            return;
        }
        self.cut_off_run();
        self.cut_off_discovery();
        self.cut_off_remediation();
        self.cut_off_apps();
        self.timers.clear_all();
        *self.phase = Phase::Absent;
        let kept = Durable {
            next_token: self.durable.next_token,
            starts: self.durable.starts,
            health_checks: self.durable.health_checks,
            around: self.durable.around,
            scripts: if self.cx.profile.removal.keeps_history {
                std::mem::take(&mut self.durable.scripts)
            } else {
                ThinVec::new()
            },
            work: std::mem::take(&mut self.durable.work).and_then(super::work::Kept::without_agent),
            ..Durable::absent()
        };
        *self.durable = kept;
        if is_on(Sabotage::LeavesATimer) {
            self.arm(Timer::Health, Span::hours(1));
        }
        self.note(rule, Event::AgentRemoved { reason });
        self.effect(Effect::Persist);
        self.effect(Effect::Uninstall);
    }
}
