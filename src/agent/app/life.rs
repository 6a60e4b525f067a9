//! What begins and ends with the service, and the timers of the app work. First read: B-7.18, B-7.21, B-7.55.

use super::AppEvent;
use super::pass::{Doing, Pass};
use crate::agent::work::WorkDue;
use crate::agent::{Sink, Timer, Turn};
use crate::rules::b;
use crate::time::Awake;

impl<S: Sink> Turn<'_, '_, S> {
    /// The next step is due.
    pub(in crate::agent) fn app_work_due(&mut self) {
        let now = self.now.awake;
        let work = self.running().and_then(|running| running.work.as_mut());
        let is_due = |at: &mut Option<Awake>| at.take_if(|at| *at <= now).is_some();
        let (reports, esp_check) = work.map_or((false, false), |work| {
            let apps = &mut work.apps;
            (is_due(&mut apps.report_at), is_due(&mut apps.esp_check))
        });
        if reports {
            self.send_next_report();
        }
        if esp_check {
            let cause = if self.is_esp_shown() { crate::agent::Cause::Esp } else { crate::agent::Cause::AfterEsp };
            self.check_in_or_wait(cause);
        }
        self.app_step();
    }

    /// Arms the timers for what is next.
    pub(in crate::agent) fn app_deadlines(&mut self) {
        let Some(work) = self.apps_underway() else {
            return self.timers_off_without_work();
        };
        let mut due = WorkDue::NEVER.awake(work.report_at).awake(work.esp_check);
        if let Some(pass) = &work.pass {
            due = due.awake(pass.slot.map(|slot| slot.until)).awake(pass.resume_at);
        }
        self.work_deadline(Timer::AppWork, Timer::AppClock, due.awake(self.esp_deadline()).wall(self.restart_moment()));
    }

    /// A restart and the time limit of the ESP are waited for also where nothing is under way.
    fn timers_off_without_work(&mut self) {
        if self.running().is_none() || self.apps().is_none() {
            return;
        }
        let due = WorkDue::NEVER.awake(self.esp_deadline()).wall(self.restart_moment());
        self.work_deadline(Timer::AppWork, Timer::AppClock, due);
    }

    /// The service runs: restarts and the ESP that are waited for get their timers.
    pub(in crate::agent) fn apps_started(&mut self) {
        if self.apps().is_some() {
            self.forget_order();
            self.app_step();
        }
    }

    /// The process ends, and with it what is under way.
    pub(in crate::agent) fn cut_off_apps(&mut self) {
        let Some(pass) = self.take_pass() else { return };
        self.cut_off_pass(&pass);
    }

    /// B-10.5a: the device is not managed any more, and nothing more is begun.
    pub(in crate::agent) fn cancel_apps(&mut self) {
        self.cut_off_apps();
        if let Some(work) = self.running().and_then(|running| running.work.as_mut()) {
            work.apps.next = None;
            work.apps.esp_check = None;
        }
        self.app_deadlines();
    }

    pub(super) fn cut_off_pass(&mut self, pass: &Pass) {
        let (Some(slot), Some(graph)) = (pass.slot, &pass.graph) else { return };
        // B-7.21: an installer is left running.
        if !graph.doing.is_installer() {
            self.effect(crate::agent::Effect::Stop { token: slot.token });
        }
        if let Doing::Enforce(enforcing) = graph.doing {
            let (policy, user) =
                (graph.seats[usize::from(enforcing.seat)].policy, graph.seats[usize::from(enforcing.seat)].owner);
            self.note_app(b(7, 21), AppEvent::AppCutOff { policy, user });
        }
    }
}
