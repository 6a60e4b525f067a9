//! Restarts that apps ask for. First read: B-7.26 to B-7.29, B-7.57.

use serde::{Deserialize, Serialize};

use super::AppEvent;
use super::event::AppNotice;
use super::pass::{Pass, Seat};
use crate::agent::{Effect, Event, Quiet, Sink, Turn};
use crate::content::RestartBehavior;
use crate::protocol::app_codes::enforcement;
use crate::protocol::{Notifications, PolicyId, RestartGrace};
use crate::retry::ExitClass;
use crate::rules::b;
use crate::time::{Span, Wall};

/// A restart that an app asked for and that has not come yet.
///
/// Source: B-7.28, B-7.29.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PendingRestart {
    /// When the agent restarts the device.
    pub at: Wall,
    /// When the countdown is shown next; `None` if it is shown until the end.
    pub countdown: Option<Wall>,
    /// Which app asked for it.
    pub policy: PolicyId,
    /// From the end of the install to the restart.
    delay: Span,
    /// How long the user may put the countdown off; no time if not at all.
    snooze: Span,
    notifications: Notifications,
    /// The device was told to restart.
    is_ordered: bool,
}

/// What is asked for after an install or uninstall that went well.
enum Asked {
    Nothing,
    /// The user is told, and nothing follows.
    Notice,
    /// The device restarts after so long; with a grace period the user may put the countdown off.
    Restart(Span, Option<RestartGrace>),
}

/// B-7.27, B-7.28: what follows from a return code by itself. A grace period is only for two of the behaviors (B-7.29).
fn asked(behavior: RestartBehavior, class: ExitClass, grace: Option<RestartGrace>) -> Asked {
    match (behavior, class) {
        (RestartBehavior::ByReturnCode, ExitClass::HardReboot) => with_grace(grace),
        (RestartBehavior::AppMayForce, ExitClass::HardReboot) => Asked::Restart(ANNOUNCED, None),
        (RestartBehavior::ByReturnCode | RestartBehavior::AppMayForce, ExitClass::SoftReboot) => Asked::Notice,
        (RestartBehavior::Suppress | RestartBehavior::Force, _)
        | (_, ExitClass::Success | ExitClass::Retry | ExitClass::Failed) => Asked::Nothing,
    }
}

/// B-7.29: at once, or when the grace period is over.
fn with_grace(grace: Option<RestartGrace>) -> Asked {
    Asked::Restart(grace.map_or(Span::ZERO, |grace| Span::mins(u64::from(grace.grace_min))), grace)
}

/// How long before the restart it is announced where the app may force it (B-7.28).
const ANNOUNCED: Span = Span::mins(120);

impl<S: Sink> Turn<'_, '_, S> {
    /// A command ended well: what its return code asks for.
    pub(super) fn restart_after_code(&mut self, pass: &Pass, seat: &Seat, class: ExitClass) {
        let grace = pass.policies[usize::from(seat.place)].settings.restart_grace;
        let Some(app) = self.cx.library.app(seat.policy, seat.revision) else { return };
        self.restart_as(pass, seat, asked(app.restart, class, grace));
    }

    /// An app is installed or gone: whether Intune restarts the device for that (B-7.27).
    pub(super) fn restart_after_success(&mut self, pass: &Pass, seat: &Seat) {
        let grace = pass.policies[usize::from(seat.place)].settings.restart_grace;
        let Some(app) = self.cx.library.app(seat.policy, seat.revision) else { return };
        if app.restart == RestartBehavior::Force {
            self.restart_as(pass, seat, with_grace(grace));
        }
    }

    fn restart_as(&mut self, pass: &Pass, seat: &Seat, asked: Asked) {
        let settings = pass.policies[usize::from(seat.place)].settings;
        let policy = seat.policy;
        let rule = match asked {
            Asked::Restart(_, Some(_)) => b(7, 29),
            Asked::Restart(_, None) | Asked::Notice | Asked::Nothing => b(7, 28),
        };
        let (delay, grace) = match asked {
            Asked::Nothing => return,
            Asked::Notice => {
                self.note_app(rule, AppEvent::RestartNeeded { policy, restarts_in: None });
                return self.notify_by(settings.notifications, policy, AppNotice::Restart);
            }
            Asked::Restart(delay, grace) => (delay, grace),
        };
        self.note_app(rule, AppEvent::RestartNeeded { policy, restarts_in: Some(delay) });
        let now = self.now.wall;
        let countdown = grace.map(|grace| delay.saturating_sub(Span::mins(u64::from(grace.countdown_min))));
        let snooze = grace.map_or(Span::ZERO, |grace| Span::mins(u64::from(grace.snooze_min.min(grace.grace_min))));
        let restart = PendingRestart {
            at: now.after(delay),
            countdown: countdown.map(|after| now.after(after)),
            policy,
            delay,
            snooze,
            notifications: settings.notifications,
            is_ordered: false,
        };
        let pending = &mut self.apps_mut().restart;
        // The earlier of two restarts serves both.
        if pending.is_none_or(|pending| pending.is_ordered || restart.at < pending.at) {
            *pending = Some(restart);
        }
        self.effect(Effect::Persist);
        if !delay.is_zero() {
            self.notify_by(settings.notifications, policy, AppNotice::Restart);
        }
    }

    /// Shows the countdown when its time has come. Where the device slept through the end of the grace period, it restarts as
    /// it wakes, without a countdown: the rules say when the period ends and tell of no sleep (B-7.29).
    pub(super) fn restart_step(&mut self) {
        let now = self.now.wall;
        let Some(restart) = self.durable.work.as_mut().and_then(|kept| kept.apps.restart.as_mut()) else { return };
        if restart.is_ordered || restart.countdown.is_none_or(|at| at > now) || restart.at <= now {
            return;
        }
        restart.countdown = None;
        let (policy, notifications) = (restart.policy, restart.notifications);
        self.effect(Effect::Persist);
        self.notify_by(notifications, policy, AppNotice::Countdown);
    }

    /// True if the device is to be restarted now.
    pub(super) fn must_restart(&self) -> bool {
        let restart = self.apps().and_then(|apps| apps.restart);
        // Not in maintenance wake, when nobody sees it come.
        restart.is_some_and(|restart| !restart.is_ordered && restart.at <= self.now.wall)
            && !self.durable.around.dark_wake
    }

    /// Restarts the device if that is due: the last thing that an input brings.
    #[inline]
    pub(in crate::agent) fn restart_now(&mut self) {
        if self.apps().is_some_and(|apps| apps.restart.is_some()) {
            self.restart_if_due();
        }
    }

    #[cold]
    fn restart_if_due(&mut self) {
        if self.must_restart() && self.running().is_some() && !self.is_looking_after() {
            self.order_restart();
        }
    }

    fn order_restart(&mut self) {
        let Some(restart) = &mut self.apps_mut().restart else { return };
        restart.is_ordered = true;
        let policy = restart.policy;
        self.note_app(b(7, 28), AppEvent::DeviceRestart { policy });
        self.esp_restart();
        self.app_deadlines();
        self.effect(Effect::Persist);
        self.effect(Effect::Restart);
    }

    /// True while the look after a command is under way: a restart waits for what it finds (B-7.16).
    fn is_looking_after(&self) -> bool {
        let pass = self.apps_underway().and_then(|work| work.pass.as_deref());
        pass.is_some_and(Pass::is_looking_after)
    }

    /// A service that starts finds a restart that was ordered and did not come: it is ordered again.
    pub(super) fn forget_order(&mut self) {
        let now = self.now.wall;
        if let Some(restart) = self.durable.work.as_mut().and_then(|kept| kept.apps.restart.as_mut()) {
            restart.is_ordered = false;
            restart.at = restart.at.min(now.after(restart.delay));
        }
    }

    /// When the countdown is to be shown, or the device restarted.
    pub(super) fn restart_moment(&self) -> Option<Wall> {
        let restart = self.apps()?.restart.filter(|restart| !restart.is_ordered)?;
        if self.durable.around.dark_wake || self.is_looking_after() {
            return None;
        }
        Some(restart.countdown.map_or(restart.at, |countdown| countdown.min(restart.at)))
    }

    /// The user puts the countdown off; one that is not shown cannot be. The restart itself does not move (B-7.29).
    pub(in crate::agent) fn snooze_restart(&mut self) {
        let now = self.now.wall;
        let pending = self.durable.work.as_mut().and_then(|kept| kept.apps.restart.as_mut());
        let can_be = |restart: &&mut PendingRestart| {
            !restart.is_ordered && restart.countdown.is_none() && !restart.snooze.is_zero()
        };
        let Some(restart) = pending.filter(can_be) else {
            return self.note(b(7, 29), Event::NothingStarts { what: Quiet::Snooze });
        };
        let again = now.after(restart.snooze).min(restart.at);
        restart.countdown = (again < restart.at).then_some(again);
        let policy = restart.policy;
        self.effect(Effect::Persist);
        self.note_app(b(7, 29), AppEvent::RestartSnoozed { policy, shown_in: again.since(now) });
        self.app_deadlines();
    }

    /// The device went down: what waited for a restart has it, and what could not be installed before it is due again.
    pub(in crate::agent) fn apps_after_restart(&mut self) {
        let Some(apps) = self.durable.work.as_mut().map(|kept| &mut kept.apps) else { return };
        let had_restart = apps.restart.take().is_some();
        if !std::mem::take(&mut apps.reboot_pending) && !had_restart {
            return;
        }
        for record in apps.records.iter().filter(|record| enforcement::waits_for_restart(record.enforcement)) {
            let Some(subgraph) = self.cx.library.subgraph_of(record.policy, record.revision) else { continue };
            let known =
                apps.subgraphs.iter_mut().filter(|known| known.id == subgraph.id() && known.user == record.user);
            known.for_each(|known| known.evaluated = None);
        }
        apps.look_again();
        self.effect(Effect::Persist);
        self.app_deadlines();
    }

    /// The device's clock was stepped, or the device is in another time zone: no restart lies further ahead than it did when it
    /// was announced, and when an app is due is found out again, for its times may be nearer now (B-7.30).
    pub(in crate::agent) fn apps_clock_changed(&mut self) {
        let now = self.now.wall;
        let Some(apps) = self.durable.work.as_mut().map(|kept| &mut kept.apps) else { return };
        apps.look_again();
        if let Some(restart) = &mut apps.restart {
            restart.at = restart.at.min(now.after(restart.delay));
            restart.countdown = restart.countdown.map(|countdown| countdown.min(restart.at));
        }
        if self.running().is_some() && self.apps().is_some() {
            self.app_step();
        }
    }

    /// Shows the user something, as far as the assignment allows (B-7.32).
    pub(super) fn notify_by(&mut self, notifications: Notifications, policy: PolicyId, notice: AppNotice) {
        let is_shown = match notifications {
            Notifications::All => true,
            Notifications::Restarts => notice.is_restart(),
            Notifications::None => false,
        };
        if is_shown {
            self.note_app(b(7, 32), AppEvent::AppNotified { policy, notice });
        }
    }
}
