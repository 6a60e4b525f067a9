//! The Enrollment Status Page: which apps it waits for, and for how long. Rules: B-4.10, B-7.54 to B-7.57.

use imesim::agent::Cause;
use imesim::content::AppKind;
use imesim::facts::{EnrollmentPath, EspPhase};
use imesim::protocol::{AppPolicy, Intent, PolicyId, RunAs, Target, UserId, Workload};
use imesim::time::Awake;

use super::app::{Apps, Pass, owner};
use super::check_in::Asked;
use super::model::{At, Model};

/// What is remembered while the page is shown: since when, the state of each app that it waits for, and whether the phase is
/// over, well or not.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    since: Awake,
    states: Vec<(PolicyId, u8)>,
    over: bool,
}

const NOT_INSTALLED: u8 = 1;
const IN_PROGRESS: u8 = 2;
const COMPLETED: u8 = 3;
const ERROR: u8 = 4;

/// B-7.56. What does not apply is not waited for.
fn shown(enforcement: u16) -> u8 {
    match enforcement {
        0 | 6000 => NOT_INSTALLED,
        2000..=2999 | 5999 => IN_PROGRESS,
        1000..=1999 | 3000 => COMPLETED,
        _ => ERROR,
    }
}

impl Apps {
    /// What is left where no agent is: the page is shown, and its time runs, with one or without (B-7.54).
    pub(crate) fn without_agent(&self) -> Self {
        let watch = self.watch.clone().map(|watch| Watch { states: Vec::new(), ..watch });
        Self { watch, ..Self::default() }
    }
}

impl Model {
    pub(crate) fn is_esp_shown(&self) -> bool {
        self.esp != EspPhase::NotInEsp
    }

    /// B-4.10: in these phases the second delays are left out.
    pub(crate) fn skips_delays(&self) -> bool {
        matches!(self.esp, EspPhase::DeviceSetup | EspPhase::AccountSetup)
    }

    /// B-7.54: in device setup the page waits for required System apps of the device, in account setup for the user's.
    fn is_tracked(&self, at: &At<'_>, policy: &AppPolicy) -> bool {
        if policy.settings.esp_place == 0 || !policy.intents.contains(Intent::Required) {
            return false;
        }
        let app = at.cx.library.app(policy.id, policy.revision);
        match self.esp {
            EspPhase::NotInEsp | EspPhase::DevicePreparation => false,
            EspPhase::DeviceSetup => {
                policy.target != Target::User
                    && app.is_some_and(|app| app.run_as == RunAs::System && app.kind == AppKind::Win32)
            }
            EspPhase::AccountSetup => policy.target != Target::Device,
        }
    }

    /// B-7.55: what the page does not wait for comes after it; in pre-provisioning everything of the device comes at once.
    pub(crate) fn waits_for_esp(&self, at: &At<'_>, members: &[AppPolicy], owner: UserId) -> bool {
        let technician = at.cx.facts.enrollment == EnrollmentPath::AutopilotPreProvisioning;
        let at_once = technician && self.esp == EspPhase::DeviceSetup && owner.is_device();
        self.is_esp_shown() && !at_once && !members.iter().any(|policy| self.is_tracked(at, policy))
    }

    /// Setting up the device entered a phase.
    pub(crate) fn esp_entered(&mut self, at: &mut At<'_>, phase: EspPhase) {
        let before = std::mem::replace(&mut self.esp, phase);
        self.remedy(at);
        if before != phase {
            self.esp_changed(at, phase);
        }
        // B-4.10: what still waits for D1 or D2 comes at the end of D0.
        let skips = self.skips_delays();
        if let Some(service) = self.service.as_mut().filter(|_| skips) {
            let end = service.ready_at.unwrap_or(at.now.awake).max(at.now.awake);
            service.scripts_at = service.scripts_at.map(|_| end);
            service.others_at = service.others_at.map(|_| end);
        }
    }

    fn esp_changed(&mut self, at: &mut At<'_>, phase: EspPhase) {
        let (now, skips) = (at.now.awake, self.skips_delays());
        self.apps.seen.clear();
        if phase == EspPhase::NotInEsp {
            self.apps.watch = None;
            if let Some(service) = &mut self.service {
                service.apps.esp_check = Some(now.after(at.profile().esp.post_checkin_delay));
            }
        } else {
            let since = self.apps.watch.as_ref().map_or(now, |watch| watch.since);
            self.apps.watch = Some(Watch { since, states: Vec::new(), over: false });
            // The apps of the phase come now, unless the start sequence brings them.
            if let Some(service) = self.service.as_mut().filter(|service| skips && service.scripts_at.is_none()) {
                service.apps.esp_check = Some(now);
            }
        }
        self.work_on_apps(at);
    }

    /// The check that brings the apps of a phase, or those that waited for the end of the page. It is not dropped where another
    /// is under way (B-7.55).
    pub(crate) fn esp_check(&mut self, at: &mut At<'_>) {
        let cause = if self.is_esp_shown() { Cause::Esp } else { Cause::AfterEsp };
        let (workload, busy) = (Workload::RequiredApp, self.is_under_way(Workload::RequiredApp));
        let Some(service) = &mut self.service else { return };
        if busy && service.ready_at.is_none() {
            if !service.asked.iter().any(|asked| asked.workload == workload) {
                service.asked.push(Asked { workload, cause });
            }
        } else {
            self.check_in(at, workload, cause, self.active);
        }
    }

    /// Looks how the apps stand that the page waits for; nothing but the end of an answer shows that all are there.
    pub(crate) fn esp_look(&mut self, at: &At<'_>, pass: Option<&Pass>, whole: bool) {
        let Some(mut watch) = self.apps.watch.clone().filter(|watch| !watch.over) else { return };
        let about = pass.is_some_and(|pass| {
            pass.workload == Workload::RequiredApp
                && match self.esp {
                    EspPhase::NotInEsp | EspPhase::DevicePreparation => false,
                    EspPhase::DeviceSetup => true,
                    EspPhase::AccountSetup => !pass.user.is_device(),
                }
        });
        let whole = whole && about;
        let tracked: Vec<(PolicyId, UserId)> = pass.map_or(Vec::new(), |pass| {
            let tracked = pass.policies.iter().filter(|policy| self.is_tracked(at, policy));
            tracked.map(|policy| (policy.id, owner(policy, pass.user))).collect()
        });
        if whole {
            watch.states.retain(|(known, _)| tracked.iter().any(|(app, _)| app == known));
        }
        for (app, user) in tracked {
            let kept = self.apps.all.iter().find(|kept| kept.policy == app && kept.user == user);
            let state = kept.map_or(NOT_INSTALLED, |kept| shown(kept.enforcement));
            match watch.states.iter_mut().find(|(known, _)| *known == app) {
                Some((_, known)) => *known = state,
                None => watch.states.push((app, state)),
            }
        }
        let failed = watch.states.iter().any(|(_, state)| *state == ERROR);
        let done = whole && watch.states.iter().all(|(_, state)| *state == COMPLETED);
        let late = at.now.awake.since(watch.since) >= at.profile().esp.timeout();
        watch.over = failed || done || late;
        self.apps.watch = Some(watch);
    }

    /// B-7.57: restarts by apps are taken in device setup only.
    pub(crate) fn esp_restarts(&mut self) {
        if let Some(watch) = self.apps.watch.as_mut().filter(|_| self.esp == EspPhase::AccountSetup) {
            watch.over = true;
        }
    }

    /// When the page's time is up (B-7.54).
    pub(crate) fn esp_deadline(&self, at: &At<'_>) -> Option<Awake> {
        let watch = self.apps.watch.as_ref().filter(|watch| !watch.over)?;
        Some(watch.since.after(at.profile().esp.timeout()))
    }
}
