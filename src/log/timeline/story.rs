//! Scripts, apps, remediations, downloads, installers and Store apps: what begins and ends them, and how.

use super::item::ItemKind;
use super::open::{Here, Open, say};
use super::track::Tracker;
use crate::log::event::{
    AppEvent, DownloadEvent, Ending, EspEvent, Event, ExecutorEvent, Guid, InstallEvent, RemediationEvent, ScriptEvent,
};

impl Tracker {
    /// What an event says of one script, app, remediation, download or installer.
    pub(super) fn story(&mut self, here: Here, event: &Event<'_>) {
        if let Event::Script(event) = event {
            self.script(here, event);
        } else if let Event::Remediation(event) = event {
            self.remediation(here, event);
        } else if let Event::App(event) = event {
            self.app(here, event);
        } else if let Event::Download(event) = event {
            self.download(here, event);
        } else if let Event::Install(event) = event {
            self.installer(here, event);
        } else if let Event::Esp(event) = event {
            self.store(here, event);
        } else if let Event::Executor(ExecutorEvent::Argument { name, value }) = event {
            self.helper(here, name, value);
        } else if let Event::Executor(ExecutorEvent::Succeeded) = event {
            self.judge(ItemKind::Helper, here, true);
        } else if let Event::Executor(ExecutorEvent::Failed | ExecutorEvent::TimedOut { .. }) = event {
            self.judge(ItemKind::Helper, here, false);
        }
    }

    fn judge(&mut self, kind: ItemKind, here: Here, well: bool) {
        if let Some(open) = self.open.find(&[kind], here.thread) {
            open.well = Some(well);
        }
    }

    /// The path of what a helper runs tells whose it is: `user_policy.ps1` of a script, `policy_version` and a name of a
    /// remediation.
    fn helper(&mut self, here: Here, name: &str, path: &str) {
        let Some(open) = self.open.find(&[ItemKind::Helper], here.thread) else { return };
        let mut parts = path.rsplit('\\');
        let (file, folder) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        if name == "powershell" {
            if let Some((user, policy)) = file.split_once('_') {
                open.item.user = user.parse().ok();
                open.item.id = policy.split('.').next().and_then(|policy| policy.parse().ok());
            }
        } else if name == "remediationScript" {
            open.item.id = folder.split('_').next().and_then(|policy| policy.parse().ok());
            say(&mut open.item, "file", file);
        }
    }

    fn script(&mut self, here: Here, event: &ScriptEvent<'_>) {
        if let ScriptEvent::Begins { policy, user } = event {
            let open = self.open.begin(ItemKind::Script, here, Some(*policy));
            open.item.user = Some(*user);
        }
        if let ScriptEvent::Tries { count, .. } = event
            && let Some(open) = self.open.find(&[ItemKind::ScriptCheckIn], here.thread)
        {
            say(&mut open.item, "tries before", &count.to_string());
        }
        if let ScriptEvent::Result { policy, result, user } = event {
            let well = *result == Ending::Success;
            match self.open.of_id(ItemKind::Script, *policy) {
                Some(open) => open.well = Some(well),
                None => self.open.lone_end(ItemKind::Script, here, Some(*policy)),
            }
            let _ = self.open.end_id(ItemKind::Script, *policy, here);
            if let Some(item) = self.open.last_done(ItemKind::Script, here.thread) {
                item.user = item.user.or(Some(*user));
            }
        }
        // Why it failed may come after the result.
        if let ScriptEvent::Failure { details } = event
            && self.open.find(&[ItemKind::Script], here.thread).is_none()
            && let Some(item) = self.open.last_done(ItemKind::Script, here.thread)
        {
            say(item, "failure", details);
        }
    }

    fn remediation(&mut self, here: Here, event: &RemediationEvent<'_>) {
        if let RemediationEvent::Begins { policy, kind } = event {
            self.open.end_all(&[ItemKind::Remediation], here);
            let open = self.open.begin(ItemKind::Remediation, here, Some(*policy));
            say(&mut open.item, "policy type", &kind.to_string());
        }
        if let RemediationEvent::DetectionVerdict { policy, is_well }
        | RemediationEvent::SecondVerdict { policy, is_well } = event
            && let Some(open) = self.open.of_id(ItemKind::Remediation, *policy)
        {
            let is_first = matches!(event, RemediationEvent::DetectionVerdict { .. });
            let name = if is_first { "detection found all well" } else { "second detection found all well" };
            say(&mut open.item, name, if *is_well { "yes" } else { "no" });
            open.well = Some(*is_well);
        }
        if let RemediationEvent::ResultNew { policy, .. } | RemediationEvent::ResultSame { policy, .. } = event {
            let _ = self.open.end_id(ItemKind::Remediation, *policy, here);
        }
    }

    /// What is open of an app, begun now if nothing said so before.
    fn app_of(&mut self, app: Guid, here: Here) -> &mut Open {
        self.open.or_begin(ItemKind::App, app, here)
    }

    /// A decision about an app; by itself where the log tells of nothing else, as that of decisions does.
    fn decided(&mut self, here: Here, app: Guid, what: &str) {
        let is_alone = self.open.of_id(ItemKind::App, app).is_none();
        say(&mut self.app_of(app, here).item, "decision", what);
        if is_alone {
            let _ = self.open.end_id(ItemKind::App, app, here);
        }
    }

    fn app(&mut self, here: Here, event: &AppEvent<'_>) {
        if let AppEvent::Begins { app } = event {
            self.open.end_all(&[ItemKind::App], here);
            let _ = self.app_of(*app, here);
        }
        if let AppEvent::AlreadyThere { app } = event {
            let open = self.app_of(*app, here);
            open.well = Some(true);
            say(&mut open.item, "detection", "found");
        }
        if let AppEvent::Subgraph { apps } = event {
            for app in apps.split(", ").filter_map(|id| id.trim().parse().ok()) {
                let _ = self.app_of(app, here);
            }
        }
        if let AppEvent::Detected { app, status, state } = event {
            let text = format!("{status}, {state}");
            say(&mut self.app_of(*app, here).item, "detection", &text);
        }
        if let AppEvent::Applicable { app, status, state } = event {
            let text = format!("{status}, {state}");
            say(&mut self.app_of(*app, here).item, "applicability", &text);
        }
        if let AppEvent::Decision { app, intent, enforceability, class, desired, .. } = event {
            let text = format!("{intent}, {enforceability}, {class}, desired {desired}");
            self.decided(here, *app, &text);
        }
        if let AppEvent::GrsSkip { app, action } = event {
            let text = format!("waits, no {action}");
            say(&mut self.app_of(*app, here).item, "retry window", &text);
        }
        if let AppEvent::GrsUnknown { app } = event {
            say(&mut self.app_of(*app, here).item, "retry window", "none");
        }
        if let AppEvent::NoAction { app } = event {
            self.decided(here, *app, "nothing to do");
        }
        // What is found after the installer counts, whatever the installer said.
        if let AppEvent::DetectionRule { found, .. } = event
            && let Some(open) = self.open.find(&[ItemKind::App], here.thread)
            && open.item.facts.iter().any(|fact| fact.name == "try")
        {
            open.well = Some(*found);
        }
        if let AppEvent::Execute { action, app } = event {
            say(&mut self.app_of(*app, here).item, "carried out", action);
        }
        if let AppEvent::ResultNew { app, version } | AppEvent::ResultSame { app, version } = event
            && let Some(open) = self.open.of_id(ItemKind::App, *app)
        {
            say(&mut open.item, "result of version", &version.to_string());
        }
        if let AppEvent::SubgraphsEnd { .. } = event {
            self.open.end_all(&[ItemKind::App], here);
        }
    }

    fn download(&mut self, here: Here, event: &DownloadEvent<'_>) {
        if let DownloadEvent::JobStarts { job } = event {
            let _ = self.open.begin(ItemKind::Download, here, Some(*job));
        }
        if let DownloadEvent::JobCompleting { job } = event
            && !self.open.end_id(ItemKind::Download, *job, here)
        {
            self.open.lone_end(ItemKind::Download, here, Some(*job));
        }
        if let DownloadEvent::JobError { code, job, .. } = event {
            if let Some(open) = self.open.of_id(ItemKind::Download, *job) {
                open.well = Some(false);
                say(&mut open.item, "error", code);
            }
            let _ = self.open.end_id(ItemKind::Download, *job, here);
        }
        if let DownloadEvent::Fallback = event {
            self.open.moment(ItemKind::Download, here, "from the content server instead".to_owned());
        }
    }

    fn installer(&mut self, here: Here, event: &InstallEvent<'_>) {
        if let InstallEvent::Launched { session } = event {
            let open = self.open.begin(ItemKind::Installer, here, None);
            say(&mut open.item, "session", session.as_str());
        }
        if let InstallEvent::Exit { code } | InstallEvent::NotCreated { code } = event {
            let is_exit = matches!(event, InstallEvent::Exit { .. });
            if let Some(open) = self.open.find(&[ItemKind::Installer], here.thread) {
                say(&mut open.item, if is_exit { "exit code" } else { "not created, error" }, &code.to_string());
                // The codes that every app has as good ones, some of which ask for a restart (B-7.22).
                open.well = Some(is_exit && [0, 1_707, 1_641, 3_010].contains(code));
            }
            let _ = self.open.end(ItemKind::Installer, here);
        }
        if let InstallEvent::TimedOut { .. } = event {
            self.judge(ItemKind::Installer, here, false);
            let _ = self.open.end(ItemKind::Installer, here);
        }
        if let InstallEvent::Enforcement { state, .. } | InstallEvent::EnforcementError { state, .. } = event {
            let well = *state == "Success";
            if let Some(open) = self.open.find(&[ItemKind::App], here.thread) {
                say(&mut open.item, "enforcement", state);
                open.well = Some(well);
            }
        }
    }

    fn store(&mut self, here: Here, event: &EspEvent<'_>) {
        let here = Here { thread: None, ..here };
        if let EspEvent::StoreLeaves { from: "Not Started", .. } = event {
            let _ = self.open.begin(ItemKind::StoreApp, here, None);
        }
        if let EspEvent::StoreEnters { to, .. } = event {
            let (is_good, is_bad) = (to.ends_with("Success"), to.ends_with("Error"));
            if let Some(open) = self.open.last_of(ItemKind::StoreApp) {
                say(&mut open.item, "state", to);
                open.well = Some(!is_bad);
            }
            if is_good || is_bad {
                let _ = self.open.end(ItemKind::StoreApp, here);
            }
        }
    }
}
