//! How enforcing an app ends: return codes, the quick retries, the GRS. First read: B-7.16, B-7.20 to B-7.26, B-7.34, B-7.34a.

use super::AppEvent;
use super::enforce::{Enforcing, Stage};
use super::event::AppNotice;
use super::pass::{Doing, Graph, Pass, Seat};
use super::record::{Marks, OpenTry};
use crate::agent::{Effect, RunOutcome, Sink, Turn};
use crate::profile::{GrsSetOn, RetryAppliesTo};
use crate::protocol::app_codes::{app_error, enforcement};
use crate::protocol::{Intent, Workload};
use crate::retry::ExitClass;
use crate::rules::b;

/// Enforcement state and error code of a failure.
pub(super) type Failure = (u16, i32);

impl<S: Sink> Turn<'_, '_, S> {
    /// An install or uninstall command ended (B-7.22).
    pub(super) fn command_ended(
        &mut self,
        pass: &mut Pass,
        graph: &mut Graph,
        enforcing: Enforcing,
        outcome: RunOutcome,
    ) {
        let seat = graph.seats[usize::from(enforcing.seat)];
        let (policy, user) = (seat.policy, seat.owner);
        let RunOutcome::Exited { code, .. } = outcome else {
            // It was not started.
            let failure = (enforcement::ERROR, app_error::UNKNOWN);
            return self.try_failed(pass, graph, enforcing, failure, false);
        };
        let class =
            self.cx.library.app(policy, seat.revision).map_or(ExitClass::Failed, |app| app.return_codes.class(code));
        self.note_app(b(7, 22), AppEvent::AppExited { policy, user, exit_code: code, class });
        match class {
            ExitClass::Success | ExitClass::SoftReboot | ExitClass::HardReboot => {
                if class == ExitClass::HardReboot {
                    self.apps_mut().reboot_pending = true;
                }
                // What the return code asks for does not hang on the look that follows, and survives it.
                self.restart_after_code(pass, &seat, class);
                graph.doing = Doing::Enforce(Enforcing { stage: Stage::LookAfter(class), ..enforcing });
            }
            ExitClass::Retry => {
                self.try_failed(pass, graph, enforcing, (enforcement::ERROR, app_error::of_exit_code(code)), true);
            }
            ExitClass::Failed => {
                self.try_failed(pass, graph, enforcing, (enforcement::ERROR, app_error::of_exit_code(code)), false);
            }
        }
    }

    /// A try failed: the next one comes in a while, or enforcing the app has failed (B-7.24, B-7.25).
    pub(super) fn try_failed(
        &mut self,
        pass: &mut Pass,
        graph: &mut Graph,
        enforcing: Enforcing,
        failure: Failure,
        is_retry_type: bool,
    ) {
        let is_tried_again = match self.cx.profile.win32.retry_applies_to {
            RetryAppliesTo::RetryType => is_retry_type,
            RetryAppliesTo::AnyFailure => true,
        };
        let (enforcement, error) = failure;
        let seat = graph.seats[usize::from(enforcing.seat)];
        let (policy, user) = (seat.policy, seat.owner);
        // One enforcement has no more tries than its number, however long they take.
        let is_last = u32::from(enforcing.attempt) >= self.cx.profile.win32.retry_attempts;
        let Some(after) = (is_tried_again && !is_last).then(|| self.count_failure(policy, user)).flatten() else {
            return self.enforcing_failed(pass, graph, enforcing, enforcement, error);
        };
        self.apps_mut().record(policy, user).enforcement = enforcement::RETRIED_AT_ONCE;
        self.effect(Effect::Persist);
        self.note_app(b(7, 24), AppEvent::AppRetry { policy, user, after });
        let stage = if enforcing.stage == Stage::Download { Stage::Download } else { Stage::Command };
        graph.doing = Doing::Enforce(Enforcing { attempt: enforcing.attempt.saturating_add(1), stage, ..enforcing });
        pass.resume_at = Some(self.now.awake.after(after));
    }

    /// Enforcing an app has failed for now: it is held back until the GRS value is old (B-7.34).
    pub(super) fn enforcing_failed(
        &mut self,
        pass: &mut Pass,
        graph: &mut Graph,
        enforcing: Enforcing,
        enforcement: u16,
        error: i32,
    ) {
        graph.doing = Doing::Plan;
        let seat = &mut graph.seats[usize::from(enforcing.seat)];
        seat.failed = Some((enforcement, error));
        seat.prefetch = false;
        let (policy, user) = (seat.policy, seat.owner);
        let apps = self.apps_mut();
        apps.open.retain(|open| open.policy != policy || open.user != user);
        apps.unmark(policy, Marks::DOWNLOADED);
        apps.record(policy, user).grs = Some(enforcing.begun);
        self.effect(Effect::Persist);
        let expires_in = self.cx.profile.win32.grs.saturating_sub(self.now.wall.since(enforcing.begun));
        self.note_app(b(7, 34), AppEvent::GrsSet { policy, user, expires_in });
        if !enforcing.is_uninstall {
            self.notify(pass, graph, enforcing.seat, AppNotice::Failed);
        }
    }

    /// An app is as wished: by its command, with what its return code asks for, or without it.
    pub(super) fn enforcing_done(
        &mut self,
        pass: &mut Pass,
        graph: &mut Graph,
        enforcing: Enforcing,
        class: Option<ExitClass>,
    ) {
        graph.doing = Doing::Plan;
        let at = enforcing.seat;
        let seat = &mut graph.seats[usize::from(at)];
        seat.is_detected = !enforcing.is_uninstall;
        seat.is_done = true;
        let (policy, user) = (seat.policy, seat.owner);
        let is_required = pass.policies[usize::from(seat.place)].intents.contains(Intent::Required);
        let is_tagged = class.is_some() && !enforcing.is_uninstall && self.durable.tags_installs(self.now);
        let grs = match self.cx.profile.win32.grs_set_on {
            GrsSetOn::Failure => None,
            GrsSetOn::AnyEnforcement => class.map(|_| enforcing.begun),
        };
        let apps = self.apps_mut();
        apps.open.retain(|open| open.policy != policy || open.user != user);
        // What others wish is settled by their own checks.
        let users = [user, pass.user];
        let was_asked_for = apps.is_marked_for(policy, users, &[Marks::ASKED_FOR, Marks::UPDATE]);
        apps.unmark_for(policy, users, Marks::UPDATE);
        apps.unmark(policy, Marks::DOWNLOADED);
        if enforcing.is_uninstall {
            apps.unmark_all(policy);
        }
        let record = apps.record(policy, user);
        record.grs = grs;
        // B-7.3: removed later, an available app does not come back by itself.
        record.marks.set(Marks::NO_UPDATE, was_asked_for && !enforcing.is_uninstall);
        if !enforcing.is_uninstall && class.is_some() {
            record.marks.set(Marks::MANAGED, true);
            if is_required && pass.workload == Workload::RequiredApp {
                record.marks.set(Marks::AS_REQUIRED, true);
            }
            if is_tagged {
                record.marks.set(Marks::TAGGED, true);
            }
        }
        if was_asked_for && !enforcing.is_uninstall {
            record.marks.set(Marks::FROM_PORTAL, true);
        }
        self.effect(Effect::Persist);
        if is_tagged {
            self.note_app(b(8, 20), AppEvent::AppTagged { policy, user });
        }
        if !enforcing.is_uninstall {
            self.notify(pass, graph, at, AppNotice::Installed);
        }
        if class.is_some() {
            let seat = graph.seats[usize::from(at)];
            self.restart_after_success(pass, &seat);
        }
    }

    /// A command that was cut off went well all the same: the look shows what it did, and that it was Intune's doing
    /// (B-12.16). True if that was so.
    pub(super) fn finish_cut_off(&mut self, pass: &Pass, seat: &Seat) -> bool {
        let (policy, user) = (seat.policy, seat.owner);
        let is_required = pass.policies[usize::from(seat.place)].intents.contains(Intent::Required);
        let Some(apps) = self.durable.work.as_mut().map(|kept| &mut kept.apps) else { return false };
        let is_it = |open: &OpenTry| open.policy == policy && open.user == user;
        let Some(place) = apps.open.iter().position(is_it) else { return false };
        if apps.open[place].is_uninstall == seat.is_detected {
            return false;
        }
        // It is as wished, so there is nothing left to try; without a command under way it was somebody else's doing.
        let OpenTry { is_uninstall, is_under_way, .. } = apps.open.remove(place);
        if !is_under_way {
            return false;
        }
        if is_uninstall {
            apps.unmark_all(policy);
        } else {
            let record = apps.record(policy, user);
            record.marks.set(Marks::MANAGED, true);
            record.marks.set(Marks::AS_REQUIRED, is_required && pass.workload == Workload::RequiredApp);
            record.marks.set(Marks::DOWNLOADED, false);
        }
        true
    }
}
