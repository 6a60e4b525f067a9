//! Apps on the machine: which of them are there, and how their steps end. First read: B-7.9 to B-7.23.

use super::super::conduct::{AppConduct, AppOutcome, AppRuns, Fetch, Found, RuleOutcome};
use super::super::fails::failure;
use super::super::plan::{DevicePlan, Plan};
use super::{Host, Past, Work, number_of};
use crate::agent::{Run, RunOutcome, Task};
use crate::chance::Chance;
use crate::content::{App, Detection, RuleResults, lacking, script_code};
use crate::protocol::app_codes::app_error;
use crate::protocol::{PolicyId, RunAs, Token};
use crate::retry::ExitClass;
use crate::time::{Awake, Span};

/// What a step of an app depends on, beside the app.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Around<'p> {
    pub(in super::super) plan: &'p Plan,
    pub(in super::super) described: &'p DevicePlan,
    pub(in super::super) chance: Chance,
    /// The build of Windows.
    pub(in super::super) os_build: u32,
    /// Content can be fetched.
    pub(in super::super) is_online: bool,
}

/// How a step of an app ends.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct AppEnd {
    pub(in super::super) token: Token,
    pub(in super::super) outcome: RunOutcome,
    /// An install or uninstall, which goes on when nobody waits for it any more.
    is_installer: bool,
    /// What is there from then on.
    pub(in super::super) change: Option<(PolicyId, bool)>,
    /// The agent waits for it.
    pub(in super::super) is_awaited: bool,
}

impl AppEnd {
    /// The agent does not wait any longer; true if the step goes on all the same (B-7.21).
    pub(super) const fn leave(&mut self) -> bool {
        self.is_awaited = false;
        self.is_installer
    }
}

impl AppEnd {
    /// Somebody ends the process: nothing has come of it. A download that ends so has failed (B-7.20).
    pub(super) const fn kill(&mut self) {
        self.change = None;
        self.outcome = match self.outcome {
            RunOutcome::Downloaded(_) => RunOutcome::Downloaded(app_error::DOWNLOAD_FAILED),
            RunOutcome::Exited { .. } => super::KILLED,
            // A look by rules runs no process.
            outcome @ (RunOutcome::Refused(_)
            | RunOutcome::Discovered { .. }
            | RunOutcome::Found(_)
            | RunOutcome::Required(_)) => outcome,
        };
    }
}

/// How long a step takes, what it ends with, and what it changes.
struct Step {
    outcome: RunOutcome,
    duration: Option<Span>,
    change: Option<bool>,
}

impl Step {
    const fn at_once(outcome: RunOutcome) -> Self {
        Self { outcome, duration: Some(Span::ZERO), change: None }
    }
}

impl Past {
    /// Where an app stands among those that have come or gone, or would.
    fn changed(&self, app: PolicyId) -> Result<usize, usize> {
        self.apps.binary_search_by_key(&app, |(known, _)| *known)
    }
}

impl Host {
    /// True if an app is on the device.
    pub(in super::super) fn has_app(&self, app: PolicyId, plan: &Plan, described: &DevicePlan) -> bool {
        if let Some(past) = &self.past {
            if let Ok(place) = past.changed(app) {
                return past.apps[place].1;
            }
            if past.is_reset {
                return false;
            }
        }
        match &described.apps {
            Some(apps) => apps.contains(&app),
            None => conduct_of(plan, app).is_some_and(|conduct| conduct.present),
        }
    }

    /// An app comes to the device or goes; false if that is no change.
    pub(in super::super) fn set_app(&mut self, app: PolicyId, is_there: bool, around: &Around<'_>) -> bool {
        if self.has_app(app, around.plan, around.described) == is_there {
            return false;
        }
        let past = self.past.get_or_insert_default();
        match past.changed(app) {
            Ok(place) => past.apps[place].1 = is_there,
            Err(place) => past.apps.insert(place, (app, is_there)),
        }
        true
    }

    /// The device was reset: every app is gone, and every run with it.
    pub(in super::super) fn reset(&mut self) {
        self.clear();
        let past = self.past.get_or_insert_default();
        past.apps.clear();
        past.is_reset = true;
    }

    /// Begins a step of an app; how it ends is drawn or read off the app's conduct.
    pub(in super::super) fn run_app(&mut self, token: Token, run: &Run, now: Awake, around: &Around<'_>) {
        let plan = around.plan;
        let app = plan.library.app(run.policy, run.revision);
        let conduct = conduct_of(plan, run.policy);
        let (from, runs) =
            conduct.and_then(|conduct| conduct.of(run.revision)).map_or((0, None), |(n, r)| (*n, Some(r)));
        let task = if run.task == Task::AppDownloadForeground { Task::AppDownload } else { run.task };
        let nth = self.count((run.policy, task, from));
        let run = &Run { task, ..*run };
        let step = match (task, app) {
            (Task::AppDetect, Some(app)) => self.look(app, runs, nth, run, around),
            (Task::AppRequire, Some(app)) => require(app, runs, nth, run, around),
            (Task::AppDownload, _) => download(runs, nth, run, around),
            (Task::AppInstall | Task::AppUninstall, Some(app)) => install(app, runs, nth, run, around),
            // Nothing is known of the app: it is not found, and nothing is lacking.
            (Task::AppRequire, None) => Step::at_once(RunOutcome::Required(0)),
            (_, _) => Step::at_once(RunOutcome::Found(false)),
        };
        let is_installer = matches!(task, Task::AppInstall | Task::AppUninstall);
        let change = step.change.map(|is_there| (run.policy, is_there));
        let end = AppEnd { token, outcome: step.outcome, is_installer, change, is_awaited: true };
        self.work.push((step.duration.map(|length| now.after(length)), Work::App(end)));
    }

    /// A look for an app, by its rules or its script (B-7.12, B-7.13).
    fn look(&self, app: &App, runs: Option<&AppRuns>, nth: u32, run: &Run, around: &Around<'_>) -> Step {
        let outcome: Option<&AppOutcome> = runs.and_then(|runs| runs.detect.nth(nth, run, &around.chance));
        let is_there = self.has_app(run.policy, around.plan, around.described);
        let user_only = conduct_of(around.plan, run.policy).is_some_and(|conduct| conduct.user_only);
        let is_hidden = user_only && run.run_as == RunAs::System; // B-8.12
        let found = outcome.and_then(|outcome| outcome.detected).unwrap_or(
            match runs.map_or(Found::IfPresent, |runs| runs.found) {
                Found::IfPresent => is_there && !is_hidden,
                Found::Never => false,
                Found::Always => true,
            },
        );
        match (app.detection, outcome) {
            (Detection::Rules | Detection::FileNotExists, _) => Step::at_once(RunOutcome::Found(found)),
            (Detection::Script, None) => Step::at_once(exited(0, false, found)),
            (Detection::Script, Some(AppOutcome { run, .. })) => {
                Step { outcome: exited(run.exit_code, run.stderr, found), duration: run.duration, change: None }
            }
        }
    }
}

/// What a detection script ends with: it prints something where the app is (B-7.13).
const fn exited(code: i32, stderr: bool, found: bool) -> RunOutcome {
    RunOutcome::Exited { code, stderr, output: found as u32 }
}

/// A look at what an app requires (B-7.9).
fn require(app: &App, runs: Option<&AppRuns>, nth: u32, run: &Run, around: &Around<'_>) -> Step {
    let met = RuleOutcome::default();
    let outcome = runs.and_then(|runs| runs.require.nth(nth, run, &around.chance)).unwrap_or(&met);
    let script = &outcome.run;
    let results = RuleResults {
        file: outcome.file,
        registry: outcome.registry,
        script: match &outcome.output {
            Some(output) => script_code(script.exit_code, script.stderr, output, app.script_rule.as_ref()),
            None => script_code(script.exit_code, script.stderr, "", None),
        },
        offered: !conduct_of(around.plan, run.policy).is_some_and(|conduct| conduct.not_offered),
    };
    let code = outcome.code.unwrap_or_else(|| lacking(app, around.os_build, &around.described.hardware, &results));
    Step { outcome: RunOutcome::Required(code), duration: script.duration, change: None }
}

/// A download (B-7.17). Without a network it fails at once.
fn download(runs: Option<&AppRuns>, nth: u32, run: &Run, around: &Around<'_>) -> Step {
    if !around.is_online {
        return Step::at_once(RunOutcome::Downloaded(app_error::DOWNLOAD_FAILED));
    }
    let outcome: Option<&Fetch> = runs.and_then(|runs| runs.download.nth(nth, run, &around.chance));
    let (error, duration) = outcome.map_or((0, Some(Span::ZERO)), |outcome| (outcome.error, outcome.duration));
    Step { outcome: RunOutcome::Downloaded(error), duration, change: None }
}

/// An install or uninstall. Where nothing else is said, it has done its work if its return code says so (B-7.22).
fn install(app: &App, runs: Option<&AppRuns>, nth: u32, run: &Run, around: &Around<'_>) -> Step {
    let is_install = run.task == Task::AppInstall;
    let behavior = runs.map(|runs| if is_install { &runs.install } else { &runs.uninstall });
    let well = AppOutcome::default();
    let outcome = behavior.and_then(|behavior| behavior.nth(nth, run, &around.chance)).unwrap_or(&well);
    let failed = failure(&around.described.fails, run, nth, &around.chance);
    let detected = if failed.is_some() { None } else { outcome.detected };
    let run = &outcome.run;
    let exit_code = failed.unwrap_or(run.exit_code);
    let is_done = match app.return_codes.class(exit_code) {
        ExitClass::Success | ExitClass::SoftReboot | ExitClass::HardReboot => true,
        ExitClass::Retry | ExitClass::Failed => false,
    };
    let ended = RunOutcome::Exited { code: exit_code, stderr: run.stderr, output: number_of(&run.output) };
    let change = detected.or(is_done.then_some(is_install));
    Step { outcome: ended, duration: run.duration, change }
}

fn conduct_of(plan: &Plan, app: PolicyId) -> Option<&AppConduct> {
    plan.conducts.get(app.0 as usize).and_then(|conduct| conduct.app())
}
