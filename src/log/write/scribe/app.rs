//! Check-ins of apps, and what is decided about each app in them.

use super::{CheckIn, START, Scribe, Seen, utc};
use crate::agent::{AppWait, Cause, Input};
use crate::log::event::{
    Action, AppEvent, AppKind, AppMode, AppRunEvent, EspEvent, Guid, InstallEvent, NetworkEvent, SessionEvent,
};
use crate::log::write::entry::Pen;
use crate::log::write::ids::Ids;
use crate::protocol::{Answer, Intent, PolicyId, UserId, Workload};
use crate::time::Wall;

impl<I: Ids, P: Pen> Scribe<I, P> {
    pub(super) fn app_run_begins(&mut self, workload: Workload, cause: Cause, user: UserId, seen: &Seen<'_>) {
        let thread = self.open(workload, cause, user);
        self.say(thread, begin_of(workload, cause));
        if is_locked(workload) {
            self.say(thread, NetworkEvent::ThrottleChecked);
            self.check_ins_counted(thread, seen);
            self.say(thread, NetworkEvent::ThrottleFinished);
        }
        self.say(thread, AppRunEvent::PollerBegins);
        let phase = self.esp_phase();
        self.say(thread, EspEvent::Phase { phase });
        if is_locked(workload) {
            self.warn(thread, SessionEvent::Locked);
        }
        if cause == Cause::SignIn {
            let kind = if is_locked(workload) { AppKind::Required } else { AppKind::Available };
            self.say(thread, SessionEvent::LogonApps { kind });
        }
        // Whoever asks: for available apps it is never null.
        let is_null = is_locked(workload);
        self.say(thread, AppRunEvent::Sender { is_null, supports_push: true, phase });
        let mode = match (workload, cause) {
            (_, Cause::Esp) => AppMode::SelectedForEsp,
            (Workload::AvailableApp, _) => AppMode::AvailableOnly,
            (_, _) => AppMode::Required,
        };
        self.say(thread, AppRunEvent::Requested { mode });
        self.say(thread, AppRunEvent::CoManagement { by_other: false });
    }

    /// Configuration Manager does apps (B-1.23): a run that ends at once.
    pub(super) fn apps_skipped(&mut self, workload: Workload) {
        let thread = self.take_thread();
        self.say(thread, begin_of(workload, Cause::Timer));
        self.say(thread, AppRunEvent::CoManagement { by_other: true });
        self.say(thread, end_of(workload, Cause::Timer));
        self.free_thread(thread);
    }

    /// The agent throttles itself (B-4.26).
    pub(super) fn self_throttled(&mut self, seen: &Seen<'_>) {
        let thread = self.take_thread();
        self.say(thread, AppRunEvent::RequiredBegins);
        self.say(thread, NetworkEvent::ThrottleChecked);
        self.check_ins_counted(thread, seen);
        self.warn(thread, NetworkEvent::Throttled);
        self.say(thread, NetworkEvent::ThrottleFinished);
        self.say(thread, AppRunEvent::RequiredEnds);
        self.free_thread(thread);
    }

    fn check_ins_counted(&mut self, thread: u32, seen: &Seen<'_>) {
        let count = seen.agent.required_app_checks().into();
        self.say(thread, NetworkEvent::ThrottleCounted { workload: "AgentCheckIn", count });
    }

    /// A run of apps is going on already.
    pub(super) fn run_refused(&mut self, workload: Workload) {
        if matches!(workload, Workload::RequiredApp | Workload::AvailableApp) {
            let thread = self.take_thread();
            self.warn(thread, SessionEvent::Refused);
            self.free_thread(thread);
        }
    }

    pub(super) fn apps_received(&mut self, workload: Workload, count: u32, seen: &Seen<'_>) {
        let Some(check_in) = &mut self.check_ins[workload as usize] else { return };
        check_in.is_answered = true;
        if let Some(Input::Answered { answer: Answer::Apps(list), .. }) = seen.input {
            check_in.apps = list.policies().to_vec();
        }
        let graphs: std::collections::BTreeSet<_> = check_in
            .apps
            .iter()
            .map(|app| match seen.cx.library.subgraph_of(app.id, app.revision) {
                Some(graph) => graph.members().first().copied().unwrap_or(app.id),
                None => app.id,
            })
            .collect();
        check_in.subgraphs = graphs.len() as u64;
        let (thread, user, subgraphs) = (check_in.thread, check_in.user, check_in.subgraphs);
        let (user, session) = (self.ids.user(user), self.ids.session(user));
        self.say(thread, AppRunEvent::Received { count: count.into(), user, session });
        self.say(thread, AppEvent::SubgraphsBegin { count: subgraphs });
        self.passes.push(workload);
    }

    pub(super) fn app_run_ends(&mut self, workload: Workload, over: &CheckIn) {
        if over.is_answered {
            self.say(over.thread, AppEvent::SubgraphsEnd { count: over.subgraphs });
        }
        self.say(over.thread, AppRunEvent::PollerEnds);
        if is_locked(workload) {
            self.warn(over.thread, SessionEvent::Unlocked);
        }
        self.say(over.thread, end_of(workload, over.cause));
    }

    /// The thread on which apps are worked on: that of the run that came first.
    pub(super) fn app_thread(&self) -> u32 {
        let first = self.passes.first().and_then(|workload| self.check_in(*workload));
        first.map_or(START, |check_in| check_in.thread)
    }

    pub(super) fn subgraph(&mut self, policy: PolicyId, seen: &Seen<'_>) {
        let revision = self.listed(policy).map(|app| app.revision);
        let graph = revision.and_then(|revision| seen.cx.library.subgraph_of(policy, revision));
        let apps = match graph {
            Some(graph) => list(graph.members().iter().map(|member| self.ids.policy(*member))),
            None => self.ids.policy(policy).to_string(),
        };
        self.say(self.app_thread(), AppEvent::Subgraph { apps: &apps });
        // It is marked with the present. The real agent's hash of a group is not known: the group stands for it.
        let hash = apps.split(',').next().unwrap_or_default();
        self.say(self.app_thread(), AppEvent::Reevaluation { at: &utc(self.now.wall), hash });
    }

    pub(super) fn subgraph_waits(&mut self, workload: Option<Workload>) {
        let thread = workload.and_then(|workload| self.check_in(workload)).map(|check_in| check_in.thread);
        self.say(thread.unwrap_or_else(|| self.app_thread()), AppEvent::ReevaluationWaits);
    }

    /// An app was looked for. The first look is also what is decided upon.
    pub(super) fn app_detected(&mut self, policy: PolicyId, user: UserId, is_there: bool) {
        let (app, thread) = (self.ids.policy(policy), self.app_thread());
        if self.app(policy, user).is_enforced {
            self.say(thread, AppEvent::DetectionAfter);
        }
        let state = if is_there { "Detected" } else { "NotDetected" };
        self.say(thread, AppEvent::Detected { app, status: "Success", state });
        if self.app(policy, user).is_enforced {
            return;
        }
        let (intent, desired) = match self.intent(policy) {
            Some(Intent::Required) => ("RequiredInstall", "Present"),
            Some(Intent::Uninstall) => ("RequiredUninstall", "NotPresent"),
            Some(Intent::Available) => ("AvailableInstall", "None"),
            None => ("NotTargeted", "None"),
        };
        let state = format!("\r\nDetection = {state}\r\nApplicability =  NotComputed\r\nReboot = Clean");
        self.say(
            thread,
            AppEvent::Decision {
                app,
                intent,
                enforceability: "Enforceable",
                class: "EnforcementPoint",
                desired,
                state: &state,
            },
        );
        if is_there && desired == "Present" || !is_there && desired == "NotPresent" {
            self.say(thread, AppEvent::NoAction { app });
        }
    }

    pub(super) fn app_detection_failed(&mut self, policy: PolicyId) {
        let app = self.ids.policy(policy);
        self.complain(self.app_thread(), AppEvent::Detected { app, status: "Failed", state: "Unknown" });
    }

    pub(super) fn app_applicability(&mut self, policy: PolicyId, code: u16) {
        let (app, thread) = (self.ids.policy(policy), self.app_thread());
        self.say(thread, AppEvent::Applicable { app, status: "Success", state: applicability(code) });
    }

    /// An app that is wanted is not attempted now.
    pub(super) fn app_waits(&mut self, policy: PolicyId, user: UserId, reason: AppWait, seen: &Seen<'_>) {
        let thread = self.app_thread();
        match reason {
            AppWait::Grs => {
                self.grs(policy, user, seen);
                let (app, action) = (self.ids.policy(policy), self.action(policy));
                self.say(thread, AppEvent::GrsSkip { app, action });
            }
            AppWait::Restart => self.say(thread, InstallEvent::RestartNeeded),
            AppWait::Esp => {
                let phase = self.esp_phase();
                self.say(thread, EspEvent::Not { phase, sender: "" });
            }
            // Of these no log shows a phrase.
            AppWait::Availability | AppWait::Deadline | AppWait::ManagedInstaller | AppWait::DarkWake => {}
        }
    }

    /// Since when an app is not enforced again, if it is not (B-7.34, B-7.35).
    pub(super) fn grs(&mut self, policy: PolicyId, user: UserId, seen: &Seen<'_>) {
        let (app, thread) = (self.ids.policy(policy), self.app_thread());
        let record = seen.agent.apps().iter().find(|record| (record.policy, record.user) == (policy, user));
        match record.and_then(crate::agent::AppRecord::grs) {
            Some(begun) => {
                let at = format!(r"{} at key {}\GRS\{app}", utc(begun), self.ids.user(user));
                self.say(thread, AppEvent::GrsKnown { at: &at });
            }
            None => self.say(thread, AppEvent::GrsUnknown { app }),
        }
    }

    /// What an evaluation came to, with what it came to before.
    pub(super) fn app_result(&mut self, (policy, user): (PolicyId, UserId), enforcement: u16, error: i32) {
        let (id, thread) = (self.ids.policy(policy), self.app_thread());
        let app = self.app(policy, user);
        let before = std::mem::replace(&mut app.enforcement, enforcement);
        app.is_enforced = false;
        let number = |state: u16| (state != 0).then_some(state);
        let json = serde_json::json!({
            "EnforcementState": { "OldValue": number(before), "NewValue": number(enforcement) },
            "EnforcementErrorCode": (error != 0).then_some(error),
        });
        self.say(thread, AppEvent::StateChange { what: "Execution", app: id, json: &json.to_string() });
    }

    /// Which apps are to be installed or removed now.
    pub(super) fn action_list(&mut self, policy: PolicyId, action: Action<'_>) {
        let apps = list([self.ids.policy(policy)]);
        self.say(self.app_thread(), AppEvent::ActionList { count: 1, action, apps: &apps });
    }

    /// What is to be done with an app that is assigned.
    fn action(&self, policy: PolicyId) -> Action<'static> {
        match self.intent(policy) {
            Some(Intent::Uninstall) => Action::Uninstall,
            Some(Intent::Required | Intent::Available) | None => Action::Install,
        }
    }

    fn intent(&self, policy: PolicyId) -> Option<Intent> {
        let intents = self.listed(policy)?.intents;
        [Intent::Required, Intent::Uninstall, Intent::Available].into_iter().find(|intent| intents.contains(*intent))
    }

    /// An app in the answer that is worked off, or in the other.
    fn listed(&self, policy: PolicyId) -> Option<&crate::protocol::AppPolicy> {
        let answers = self.passes.iter().filter_map(|workload| self.check_in(*workload));
        answers.flat_map(|check_in| &check_in.apps).find(|app| app.id == policy)
    }

    /// An app as the ESP shows it.
    pub(super) fn esp_app(&mut self, policy: PolicyId, state: u8) {
        let name = |state| match state {
            1 => "NotInstalled",
            2 => "InProgress",
            3 => "Completed",
            _ => "Error",
        };
        let before = std::mem::replace(&mut self.app(policy, UserId::DEVICE).esp, state);
        let (app, thread) = (self.ids.policy(policy), self.app_thread());
        self.say(thread, EspEvent::Tracked { from: name(before), to: name(state), app });
    }

    /// A restart of the device is due, by then.
    pub(super) fn restart_due(&mut self, by: Option<Wall>) {
        let deadline = by.map_or_else(|| super::service::NEVER.to_owned(), utc);
        self.warn(self.app_thread(), InstallEvent::RestartDue { is_due: true, deadline: &deadline });
    }
}

const fn is_locked(workload: Workload) -> bool {
    matches!(workload, Workload::RequiredApp)
}

const fn begin_of(workload: Workload, cause: Cause) -> AppRunEvent<'static> {
    match (workload, cause) {
        (Workload::RequiredApp, Cause::SignIn) => AppRunEvent::SessionBegins,
        (Workload::AvailableApp, _) => AppRunEvent::AvailableBegins,
        (_, _) => AppRunEvent::RequiredBegins,
    }
}

const fn end_of(workload: Workload, cause: Cause) -> AppRunEvent<'static> {
    match (workload, cause) {
        (Workload::RequiredApp, Cause::SignIn) => AppRunEvent::SessionEnds,
        (Workload::AvailableApp, _) => AppRunEvent::AvailableEnds,
        (_, _) => AppRunEvent::RequiredEnds,
    }
}

fn list(ids: impl IntoIterator<Item = Guid>) -> String {
    ids.into_iter().map(|id| id.to_string()).collect::<Vec<_>>().join(", ")
}

/// An applicability state as one word (T-7.2).
const fn applicability(code: u16) -> &'static str {
    match code {
        0 => "Applicable",
        1 => "RequirementsNotMet",
        3 => "HostPlatformNotApplicable",
        1000 => "ProcessorArchitectureNotApplicable",
        1001 => "MinimumDiskSpaceNotMet",
        1002 => "MinimumOSVersionNotMet",
        1003 => "MinimumPhysicalMemoryNotMet",
        1004 => "MinimumLogicalProcessorCountNotMet",
        1005 => "MinimumCPUSpeedNotMet",
        1006 => "FileSystemRequirementNotMet",
        1007 => "RegistryRequirementNotMet",
        1008 => "ScriptRequirementNotMet",
        1009 => "SupersedingAppNotApplicable",
        1010 => "AssignmentFilterNotMet",
        1012 => "UserContextAppNotApplicable",
        _ => "AppUnsupportedDueToUnknownReason",
    }
}
