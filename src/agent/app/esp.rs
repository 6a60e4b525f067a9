//! The Enrollment Status Page: which apps it waits for, what it shows of them, and when it fails. First read: B-7.54 to
//! B-7.57.

use serde::{Deserialize, Serialize};

use super::pass::Pass;
use super::{AppEvent, Apps};
use crate::agent::{Cause, Effect, Event, Sink, Turn};
use crate::content::AppKind;
use crate::facts::{EnrollmentPath, EspPhase};
use crate::protocol::app_codes::{enforcement, esp_app};
use crate::protocol::{AppPolicy, Intent, PolicyId, RunAs, Target, UserId, Workload};
use crate::rules::b;
use crate::time::Awake;

/// What is remembered while the page is shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct EspWatch {
    /// When it was shown first; its time limit counts from here.
    since: Awake,
    /// What it shows of each app that it waits for.
    states: Vec<(PolicyId, u8)>,
    /// It has failed, or the apps of this phase are there.
    is_over: bool,
}

impl Apps {
    /// What is left where no agent is: since when the page is shown, and whether it has failed.
    pub(in crate::agent) fn without_agent(self) -> Option<Self> {
        let esp = EspWatch { states: Vec::new(), ..self.esp? };
        Some(Self { esp: Some(esp), ..Self::default() })
    }
}

/// What the page shows of an app that stands like this (T-7.3). What does not apply is not waited for.
const fn shown(state: u16) -> u8 {
    match state {
        0 | enforcement::NOT_ATTEMPTED => esp_app::NOT_INSTALLED,
        enforcement::REQUIREMENTS_NOT_MET => esp_app::COMPLETED,
        enforcement::RETRIED_AT_ONCE => esp_app::IN_PROGRESS,
        state if enforcement::is_success(state) => esp_app::COMPLETED,
        state if enforcement::is_in_progress(state) => esp_app::IN_PROGRESS,
        _ => esp_app::ERROR,
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// The apps are checked now, or as soon as the check-in that is under way is over: what waits for the page must come.
    pub(super) fn check_in_or_wait(&mut self, cause: Cause) {
        let (workload, user) = (Workload::RequiredApp, self.durable.around.active);
        match self.running().filter(|running| running.ready && running.is_busy(workload)) {
            Some(running) => {
                running.waiting[workload as usize].get_or_insert(cause);
                self.note(b(7, 55), Event::CheckInQueued { workload });
            }
            None => self.check_in(workload, cause, user),
        }
    }

    pub(super) fn is_esp_shown(&self) -> bool {
        self.durable.around.esp != EspPhase::NotInEsp
    }

    /// True if the page waits for an app in this phase (B-7.54): in device setup for required System apps of the device, in
    /// account setup for those of the user.
    fn is_tracked(&self, policy: &AppPolicy) -> bool {
        if policy.settings.esp_place == 0 || !policy.intents.contains(Intent::Required) {
            return false;
        }
        match self.durable.around.esp {
            EspPhase::NotInEsp | EspPhase::DevicePreparation => false,
            EspPhase::DeviceSetup => {
                let app = self.cx.library.app(policy.id, policy.revision);
                policy.target != Target::User
                    && app.is_some_and(|app| app.run_as == RunAs::System && app.kind == AppKind::Win32)
            }
            EspPhase::AccountSetup => policy.target != Target::Device,
        }
    }

    /// B-7.55: what the page does not wait for is left for later; in pre-provisioning everything is installed.
    pub(super) fn is_left_for_after_esp(&self, members: &[(u16, AppPolicy)], owner: UserId) -> bool {
        let is_device_setup = self.durable.around.esp == EspPhase::DeviceSetup && owner.is_device();
        if !self.is_esp_shown()
            || is_device_setup && self.cx.facts.enrollment == EnrollmentPath::AutopilotPreProvisioning
        {
            return false;
        }
        !members.iter().any(|(_, policy)| self.is_tracked(policy))
    }

    /// True if a pass brings all that the page waits for in this phase.
    fn is_about_phase(&self, pass: &Pass) -> bool {
        pass.workload == Workload::RequiredApp
            && match self.durable.around.esp {
                EspPhase::NotInEsp | EspPhase::DevicePreparation => false,
                EspPhase::DeviceSetup => true,
                EspPhase::AccountSetup => !pass.user.is_device(),
            }
    }

    /// Setting up the device entered a phase.
    pub(in crate::agent) fn apps_esp(&mut self, before: EspPhase, phase: EspPhase) {
        if before == phase {
            return;
        }
        let now = self.now.awake;
        if phase == EspPhase::NotInEsp {
            if let Some(apps) = self.durable.work.as_mut().map(|kept| &mut kept.apps) {
                apps.esp = None;
                apps.look_again();
            }
            // B-7.55: what waited is checked soon.
            let at = now.after(self.cx.profile.esp.post_checkin_delay);
            if let Some(work) = self.underway() {
                work.apps.esp_check = Some(at);
            }
        } else {
            let apps = self.apps_mut();
            let watch = apps.esp.get_or_insert(EspWatch { since: now, states: Vec::new(), is_over: false });
            watch.states.clear();
            watch.is_over = false;
            apps.look_again();
            // B-7.55: the apps of the phase come now, unless the start sequence is still ahead and brings them (B-4.10).
            let starts = self.timers.is_set(crate::agent::Timer::StartScripts);
            if phase.skips_start_delays()
                && !starts
                && let Some(work) = self.underway()
            {
                work.apps.esp_check = Some(now);
            }
        }
        self.app_step();
    }

    /// Shows how the apps of a pass stand; without one, looks whether the page's time is up. That nothing is left to wait for
    /// is known at the end of a pass only.
    pub(super) fn esp_step(&mut self, pass: Option<&Pass>, is_whole: bool) {
        let Some(mut watch) = self.apps().and_then(|apps| apps.esp.clone()).filter(|watch| !watch.is_over) else {
            return;
        };
        let before = watch.clone();
        let mut tracked = Vec::new();
        for policy in pass.map_or(&[][..], |pass| &pass.policies) {
            if self.is_tracked(policy) {
                tracked
                    .push((policy.id, super::subgraph::owner(policy, pass.map_or(UserId::DEVICE, |pass| pass.user))));
            }
        }
        // What is not assigned any more is not waited for.
        let is_whole = is_whole && pass.is_some_and(|pass| self.is_about_phase(pass));
        if is_whole {
            watch.states.retain(|(known, _)| tracked.iter().any(|(policy, _)| policy == known));
        }
        for (policy, owner) in &tracked {
            let records = self.apps().map_or(&[][..], |apps| &apps.records);
            let state = records
                .iter()
                .find(|record| record.policy == *policy && record.user == *owner)
                .map_or(esp_app::NOT_INSTALLED, |record| shown(record.enforcement));
            let known = watch.states.iter_mut().find(|(known, _)| known == policy);
            match known {
                Some((_, known)) if *known == state => continue,
                Some((_, known)) => *known = state,
                None => watch.states.push((*policy, state)),
            }
            self.note_app(b(7, 56), AppEvent::EspApp { policy: *policy, state });
        }
        let is = |state| watch.states.iter().any(|(_, shown)| *shown == state);
        if is(esp_app::ERROR) {
            watch.is_over = true;
            self.note_app(b(7, 56), AppEvent::EspFailed);
        } else if is_whole && watch.states.iter().all(|(_, shown)| *shown == esp_app::COMPLETED) {
            watch.is_over = true;
            self.note_app(b(7, 56), AppEvent::EspDone);
        } else if self.now.awake.since(watch.since) >= self.cx.profile.esp.timeout() {
            watch.is_over = true;
            self.note_app(b(7, 54), AppEvent::EspFailed);
        }
        if watch != before {
            self.apps_mut().esp = Some(watch);
            self.effect(Effect::Persist);
        }
    }

    /// B-7.57: apps may restart the device in device setup; in account setup the page fails.
    pub(super) fn esp_restart(&mut self) {
        let phase = self.durable.around.esp;
        let Some(watch) = self.durable.work.as_mut().and_then(|kept| kept.apps.esp.as_mut()) else { return };
        if phase == EspPhase::AccountSetup && !watch.is_over {
            watch.is_over = true;
            self.note_app(b(7, 57), AppEvent::EspFailed);
        }
    }

    /// When the page's time is up.
    pub(super) fn esp_deadline(&self) -> Option<Awake> {
        let watch = self.apps()?.esp.as_ref().filter(|watch| !watch.is_over)?;
        Some(watch.since.after(self.cx.profile.esp.timeout()))
    }
}
