//! Restarts that apps ask for. Rules: B-7.26 to B-7.29.

use imesim::agent::{AppNotice, Effect};
use imesim::content::RestartBehavior;
use imesim::protocol::{AppPolicy, Notifications, RestartGrace};
use imesim::retry::ExitClass;
use imesim::time::{Span, Wall};

use super::model::{At, Model};

/// A restart that is to come.
#[derive(Clone, Debug)]
pub(crate) struct Restart {
    pub(crate) policy: AppPolicy,
    pub(crate) due: Wall,
    /// When the countdown is shown next; none while it is shown.
    pub(crate) countdown: Option<Wall>,
    delay: Span,
    snooze: Span,
    ordered: bool,
}

fn mins(minutes: u16) -> Span {
    Span::mins(u64::from(minutes))
}

impl Model {
    /// B-7.28: what a return code asks for; a soft reboot is only told of.
    pub(crate) fn restart_after_code(
        &mut self,
        at: &At<'_>,
        policy: &AppPolicy,
        behavior: RestartBehavior,
        class: ExitClass,
    ) {
        let told = matches!(behavior, RestartBehavior::ByReturnCode | RestartBehavior::AppMayForce);
        if class == ExitClass::SoftReboot && told {
            self.show(policy, AppNotice::Restart);
        }
        if class != ExitClass::HardReboot {
            return;
        }
        match behavior {
            RestartBehavior::ByReturnCode => self.restart_after_success(at, policy),
            RestartBehavior::AppMayForce => self.announce_restart(at, policy, Span::mins(120), None),
            RestartBehavior::Suppress | RestartBehavior::Force => {}
        }
    }

    /// B-7.29: at once, or after the grace period.
    pub(crate) fn restart_after_success(&mut self, at: &At<'_>, policy: &AppPolicy) {
        let grace = policy.settings.restart_grace;
        self.announce_restart(at, policy, grace.map_or(Span::ZERO, |grace| mins(grace.grace_min)), grace);
    }

    fn announce_restart(&mut self, at: &At<'_>, policy: &AppPolicy, delay: Span, grace: Option<RestartGrace>) {
        let due = at.now.wall.after(delay);
        let shown_after = |grace: RestartGrace| delay.saturating_sub(mins(grace.countdown_min));
        let restart = Restart {
            policy: *policy,
            due,
            countdown: grace.map(|grace| at.now.wall.after(shown_after(grace))),
            delay,
            snooze: grace.map_or(Span::ZERO, |grace| mins(grace.snooze_min.min(grace.grace_min))),
            ordered: false,
        };
        // The earlier one serves both.
        if self.apps.restart.as_ref().is_none_or(|pending| pending.ordered || due < pending.due) {
            self.apps.restart = Some(restart);
        }
        // At once comes without warning.
        if !delay.is_zero() {
            self.show(policy, AppNotice::Restart);
        }
    }

    /// B-7.32: what the user is shown of an app.
    pub(crate) fn show(&mut self, policy: &AppPolicy, notice: AppNotice) {
        let is_shown = match policy.settings.notifications {
            Notifications::All => true,
            Notifications::Restarts => matches!(notice, AppNotice::Restart | AppNotice::Countdown),
            Notifications::None => false,
        };
        if is_shown {
            self.shown.push((policy.id, notice));
        }
    }

    /// The countdown is shown from its time on.
    pub(crate) fn count_down(&mut self, at: &At<'_>) {
        let now = at.now.wall;
        if let Some(restart) = &mut self.apps.restart
            && !restart.ordered
            && restart.due > now
            && restart.countdown.is_some_and(|shown| shown <= now)
        {
            restart.countdown = None;
            let policy = restart.policy;
            self.show(&policy, AppNotice::Countdown);
        }
    }

    /// True if the device is to restart now; not in maintenance wake.
    pub(crate) fn must_restart(&self, at: &At<'_>) -> bool {
        !self.dark_wake
            && self.apps.restart.as_ref().is_some_and(|restart| !restart.ordered && restart.due <= at.now.wall)
    }

    /// The last thing that an input brings; it waits for the look after a command (B-7.16).
    pub(crate) fn restart_device(&mut self, at: &mut At<'_>) {
        let looks = self.pass().is_some_and(super::app::Pass::looks_after);
        if self.service.is_none() || looks || !self.must_restart(at) {
            return;
        }
        if let Some(restart) = &mut self.apps.restart {
            restart.ordered = true;
        }
        self.esp_restarts();
        at.effects.push(Effect::Restart);
    }

    /// The service starts: an order that brought no restart is given again.
    pub(crate) fn forget_order(&mut self, at: &At<'_>) {
        if let Some(restart) = &mut self.apps.restart {
            restart.ordered = false;
            restart.due = restart.due.min(at.now.wall.after(restart.delay));
        }
    }

    /// When the countdown is to be shown, or the device to restart.
    pub(crate) fn restart_at(&self) -> Option<Wall> {
        let restart = self.apps.restart.as_ref().filter(|restart| !restart.ordered)?;
        if self.dark_wake || self.pass().is_some_and(super::app::Pass::looks_after) {
            return None;
        }
        Some(restart.countdown.map_or(restart.due, |shown| shown.min(restart.due)))
    }

    /// B-7.29: a countdown that is shown is put off, and the restart is not.
    pub(crate) fn snoozed(&mut self, at: &At<'_>) {
        if let Some(restart) = &mut self.apps.restart
            && !restart.ordered
            && restart.countdown.is_none()
            && !restart.snooze.is_zero()
        {
            let again = at.now.wall.after(restart.snooze);
            restart.countdown = (again < restart.due).then_some(again);
        }
    }

    /// The clock was stepped: a restart is no further ahead than it was when it was announced, and moments of apps may be
    /// nearer.
    pub(crate) fn apps_clock_changed(&mut self, at: &mut At<'_>) {
        let now = at.now.wall;
        self.apps.seen.clear();
        if let Some(restart) = &mut self.apps.restart {
            restart.due = restart.due.min(now.after(restart.delay));
            restart.countdown = restart.countdown.map(|shown| shown.min(restart.due));
        }
        if self.service.is_some() {
            self.work_on_apps(at);
        }
    }
}
