//! Downloads, installers and what their processes say.

use super::{Scribe, Seen, process, script::session_of};
use crate::agent::{Run, RunOutcome, Task};
use crate::log::event::{Action, AppEvent, DownloadEvent, InstallEvent};
use crate::log::write::entry::Pen;
use crate::log::write::ids::Ids;
use crate::protocol::{PolicyId, Token, UserId};
use crate::retry::ExitClass;

const DOWNLOADS: [Task; 2] = [Task::AppDownload, Task::AppDownloadForeground];
const INSTALLERS: [Task; 2] = [Task::AppInstall, Task::AppUninstall];

impl<I: Ids, P: Pen> Scribe<I, P> {
    /// Something begins to run.
    pub(super) fn run_begins(&mut self, token: Token, run: &Run) {
        match run.task {
            Task::Script => self.script_run_begins(token, run),
            Task::Detect | Task::Remediate | Task::DetectAgain => self.remediation_run_begins(token, run),
            Task::Discover => self.discovery_run_begins(token, run),
            Task::AppDetect => {}
            Task::AppRequire => self.say(self.app_thread(), AppEvent::RequirementsBegin),
            Task::AppDownload | Task::AppDownloadForeground => self.download_begins(token, run),
            Task::AppInstall | Task::AppUninstall => self.installer_begins(token, run),
        }
    }

    /// Something that ran has ended by itself. What follows from it is told by the turn, but for what no decision tells.
    pub(super) fn completed(&mut self, token: Token, outcome: RunOutcome) {
        let Some(place) = self.runs.iter().position(|(known, _)| *known == token) else { return };
        let (token, run) = self.runs.remove(place);
        self.ended = Some((token, run));
        match outcome {
            RunOutcome::Required(0) => self.app_applicability(run.policy, 0),
            RunOutcome::Downloaded(error) if error != 0 => self.download_failed(token, error),
            RunOutcome::Downloaded(_)
            | RunOutcome::Required(_)
            | RunOutcome::Exited { .. }
            | RunOutcome::Found(_)
            | RunOutcome::Discovered { .. }
            | RunOutcome::Refused(_) => {}
        }
    }

    /// The content of an app is to be fetched.
    pub(super) fn download_wanted(&mut self, policy: PolicyId, user: UserId, seen: &Seen<'_>) {
        self.grs(policy, user, seen);
        self.action_list(policy, Action::Install);
        self.say(self.app_thread(), DownloadEvent::ContentRequest);
    }

    fn download_begins(&mut self, token: Token, run: &Run) {
        let (job, app, thread) = (self.ids.token(token), self.ids.policy(run.policy), self.app_thread());
        self.say(thread, DownloadEvent::JobMade { job });
        let content = format!("{job}-");
        self.say(thread, DownloadEvent::JobFile { content: &content, app, version: run.revision.into() });
        self.say(thread, DownloadEvent::JobStarts { job });
        self.say(thread, DownloadEvent::JobStarted { job });
        self.say(thread, DownloadEvent::JobLimit { millis: run.limit.as_millis(), jobs: 1 });
    }

    pub(super) fn downloaded(&mut self, policy: PolicyId, user: UserId) {
        let thread = self.app_thread();
        if let Some((token, _)) = self.run_of(&DOWNLOADS, policy, user) {
            let job = self.ids.token(token);
            self.say(thread, DownloadEvent::JobTransferred { job });
            self.say(thread, DownloadEvent::JobCompleting { job });
        }
        self.say(thread, DownloadEvent::Untouched);
        self.say(thread, DownloadEvent::HashRight);
        self.say(thread, DownloadEvent::Decrypted);
        self.say(thread, DownloadEvent::Unpacked);
    }

    fn download_failed(&mut self, token: Token, error: i32) {
        let (job, thread) = (self.ids.token(token), self.app_thread());
        let code = format!("{:08x}", error.cast_unsigned());
        self.complain(thread, DownloadEvent::JobError { context: "BG_ERROR_CONTEXT_NONE", code: &code, job });
        self.complain(thread, DownloadEvent::JobFailed { code: &code });
    }

    /// The command of an app is to be run.
    pub(super) fn enforcement_wanted(&mut self, (policy, user): (PolicyId, UserId), attempt: u16, action: Action<'_>) {
        let (app, thread) = (self.ids.policy(policy), self.app_thread());
        self.app(policy, user).is_enforced = true;
        if attempt <= 1 {
            if action == Action::Uninstall {
                self.action_list(policy, action);
            }
            let action = if action == Action::Uninstall { "Uninstall" } else { "Install" };
            self.say(thread, AppEvent::Execute { action, app });
            self.say(thread, AppEvent::TriesBegin);
        }
        self.say(thread, AppEvent::TryBegins { number: u64::from(attempt).saturating_sub(1) });
    }

    fn installer_begins(&mut self, token: Token, run: &Run) {
        let thread = self.app_thread();
        self.say(thread, InstallEvent::Launched { session: session_of(run) });
        self.say(thread, InstallEvent::Created);
        self.say(thread, InstallEvent::Process { process: process(token) });
        self.say(thread, InstallEvent::Limit { millis: run.limit.as_millis() });
    }

    pub(super) fn installer_ended(&mut self, code: i32, class: ExitClass) {
        let (thread, code) = (self.app_thread(), i64::from(code));
        self.say(thread, InstallEvent::Ended);
        self.say(thread, InstallEvent::Exit { code });
        let (class, is_well) = match class {
            ExitClass::Success => ("Success", true),
            ExitClass::SoftReboot => ("SoftReboot", true),
            ExitClass::HardReboot => ("HardReboot", true),
            ExitClass::Retry => ("Retry", false),
            ExitClass::Failed => ("Failed", false),
        };
        self.say(thread, InstallEvent::ExitClass { class });
        if is_well {
            self.say(thread, InstallEvent::Enforcement { state: "Success", code });
        } else {
            self.complain(thread, InstallEvent::EnforcementError { state: "Error", code });
        }
    }

    /// A step ran into its limit. Of a look for an app no log shows that.
    pub(super) fn app_timed_out(&mut self, policy: PolicyId, user: UserId) {
        if self.run_of(&INSTALLERS, policy, user).is_some() {
            self.complain(self.app_thread(), InstallEvent::TimedOut { what: " and it is left running" });
        } else if let Some((token, _)) = self.run_of(&DOWNLOADS, policy, user) {
            self.download_failed(token, TIMED_OUT);
        }
    }
}

/// What Windows calls a wait that took too long, `0x800705B4`.
const TIMED_OUT: i32 = 0x8007_05B4_u32.cast_signed();
