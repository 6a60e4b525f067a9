//! The machine on which scripts run and the agent is installed: takes work and tells when it ends, in awake time.

mod app;
mod file;
#[cfg(all(test, feature = "scenario"))]
mod tests;

pub(super) use app::{AppEnd, Around};
pub(super) use file::{FileBytes, needs_file};

use super::fails::failure;
use super::plan::{DevicePlan, Outcome, Plan};
use crate::agent::{Run, RunOutcome, RunRefusal, Task};
use crate::chance::{Chance, mix};
use crate::content::{DiscoverySetting, discovery_error, kept_output};
use crate::protocol::{PolicyId, Token};
use crate::retry::{Policy, Retry};
use crate::time::{Awake, Span};
use thin_vec::ThinVec;

/// What ends at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    /// A script run; `cut` tells of an output that was too long.
    Run { token: Token, outcome: RunOutcome, cut: Option<Cut> },
    /// A step of an app.
    App(AppEnd),
    /// A download or installation of the agent.
    Job { token: Token, ok: bool },
    /// The agent's service has come up.
    ServiceUp,
    /// It comes up late, after a slow boot.
    LateService,
}

/// An output of which only a part is kept (B-6.3), in characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) policy: PolicyId,
    pub(super) step: Task,
    pub(super) printed: u32,
    pub(super) kept: u32,
}

/// The work in hand on one device.
#[derive(Clone, Debug, Default)]
pub(super) struct Host {
    /// What ends when, in no order; `None` never ends by itself.
    work: Vec<(Option<Awake>, Work)>,
    /// What has come to pass on the device, once anything has.
    past: Option<Box<Past>>,
}

/// What the machine remembers of scripts and apps.
#[derive(Clone, Debug, Default)]
struct Past {
    /// How often each task of each piece of content has run on the device, ascending; of a discovery script, each revision
    /// by itself.
    runs: Vec<((PolicyId, Task, u32), u32)>,
    /// The apps that have come to the device or gone since the start, ascending, and whether they are there.
    apps: ThinVec<(PolicyId, bool)>,
    /// What the agent keeps on the disk, where anything happens to that.
    file: Option<Box<file::Kept>>,
    /// How often the process of the agent's service has died, where that matters.
    crashes: Retry<Awake>,
    /// The device was reset since then: nothing is left of how it began.
    is_reset: bool,
}

impl Host {
    /// The list of what is in hand.
    pub(super) const fn work_mut(&mut self) -> &mut Vec<(Option<Awake>, Work)> {
        &mut self.work
    }

    pub(super) fn add(&mut self, at: Awake, work: Work) {
        self.work.push((Some(at), work));
    }

    /// Begins a run; how it ends is drawn or read off the script's behavior.
    pub(super) fn run(
        &mut self,
        token: Token,
        run: &Run,
        now: Awake,
        plan: &Plan,
        described: &DevicePlan,
        chance: &Chance,
    ) {
        if must_be_signed(run, plan) {
            let outcome = RunOutcome::Refused(RunRefusal::Signature);
            return self.add(now, Work::Run { token, outcome, cut: None });
        }
        let discovers = run.task == Task::Discover;
        let nth = self.count((run.policy, run.task, if discovers { run.revision } else { 0 }));
        let behavior = plan.conducts.get(run.policy.0 as usize).and_then(|conduct| conduct.of(run.task, run.revision));
        let outcome = behavior.and_then(|behavior| behavior.nth(nth, run, chance));
        let failed = failure(&described.fails, run, nth, chance).map(|exit_code| Outcome {
            exit_code,
            duration: outcome.map_or(Some(Span::ZERO), |outcome| outcome.duration),
            ..Outcome::default()
        });
        let outcome = failed.as_ref().or(outcome);
        if discovers {
            let discovery = plan.library.discovery(run.policy, run.revision);
            let settings = discovery.map_or(&[][..], |script| &script.settings);
            let (outcome, duration) = discovered(outcome, settings, plan);
            let work = Work::Run { token, outcome, cut: None };
            return self.work.push((duration.map(|length| now.after(length)), work));
        }
        let (code, stderr, text, duration) = match outcome {
            Some(outcome) => (outcome.exit_code, outcome.stderr, outcome.output.as_str(), outcome.duration),
            None => (0, false, "", Some(Span::ZERO)),
        };
        let kept = match run.task {
            Task::Detect | Task::Remediate | Task::DetectAgain => kept_output(text, &plan.profile),
            Task::Script
            | Task::Discover
            | Task::AppDetect
            | Task::AppRequire
            | Task::AppDownload
            | Task::AppDownloadForeground
            | Task::AppInstall
            | Task::AppUninstall => text, // B-5.25: the whole of it
        };
        let length = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let cut = (kept.len() < text.len()).then(|| {
            let (printed, kept) = (length(text), length(kept));
            Cut { policy: run.policy, step: run.task, printed, kept }
        });
        let outcome = RunOutcome::Exited { code, stderr, output: number_of(kept) };
        self.work.push((duration.map(|duration| now.after(duration)), Work::Run { token, outcome, cut }));
    }

    /// The process of the agent's service has died; returns how long Windows waits before it starts it again.
    pub(super) fn crashed(&mut self, policy: &Policy, now: Awake) -> Span {
        // Whatever would have started the one that died.
        self.work.retain(|(_, work)| !matches!(work, Work::LateService));
        let crashes = &mut self.past.get_or_insert_default().crashes;
        let _ = crashes.on_failure(policy, 0, now);
        match crashes.streak().checked_sub(1) {
            None | Some(0) => Span::ZERO,
            Some(streak) => policy.range(streak).min,
        }
    }

    /// The service is up again; once it has been for long enough, its crashes are forgotten.
    pub(super) fn service_is_up(&mut self, policy: &Policy, now: Awake) {
        if let Some(past) = &mut self.past {
            past.crashes.on_success(policy, now);
        }
    }

    /// Counts a run of a script; returns how many there were before.
    fn count(&mut self, what: (PolicyId, Task, u32)) -> u32 {
        let known = &mut self.past.get_or_insert_default().runs;
        match known.binary_search_by_key(&what, |(known, _)| *known) {
            Ok(place) => {
                let (_, runs) = &mut known[place];
                *runs += 1;
                *runs - 1
            }
            Err(place) => {
                // Many devices run one script, and room for more would be lost on them.
                known.reserve_exact(usize::from(known.is_empty()));
                known.insert(place, (what, 1));
                0
            }
        }
    }

    /// Ends a run; an installer is left running (B-7.21).
    pub(super) fn stop(&mut self, token: Token) {
        self.work.retain_mut(|(_, work)| match work {
            Work::Run { token: running, .. } => *running != token,
            Work::App(end) => end.token != token || end.leave(),
            Work::Job { .. } | Work::ServiceUp | Work::LateService => true,
        });
    }

    /// A download or installation of the agent is ended.
    pub(super) fn stop_job(&mut self, token: Token) {
        self.work.retain(|(_, work)| !matches!(work, Work::Job { token: running, .. } if *running == token));
    }

    /// The agent's process is gone without a word, and its scripts and downloads with it; an installer goes on (B-7.21).
    pub(super) fn process_died(&mut self) {
        self.work.retain_mut(|(_, work)| match work {
            Work::Run { .. } => false,
            Work::App(end) => end.leave(),
            Work::Job { .. } | Work::ServiceUp | Work::LateService => true,
        });
    }

    /// Whatever runs for the agent is killed from outside, now.
    pub(super) fn kill_runs(&mut self, now: Awake) {
        for (at, work) in &mut self.work {
            match work {
                Work::Run { outcome, cut, .. } => {
                    (*outcome, *cut) = (KILLED, None);
                    *at = Some(now);
                }
                Work::App(end) => {
                    end.kill();
                    *at = Some(now);
                }
                Work::Job { .. } | Work::ServiceUp | Work::LateService => {}
            }
        }
    }

    /// The device goes down, and all work with it.
    pub(super) fn clear(&mut self) {
        self.work.clear();
    }

    /// When something ends next.
    #[inline]
    pub(super) fn next(&self) -> Option<Awake> {
        if self.work.is_empty() {
            return None;
        }
        self.work.iter().filter_map(|(at, _)| *at).min()
    }

    /// Takes the first thing that has ended, in the order in which it was begun.
    pub(super) fn take(&mut self, now: Awake) -> Option<Work> {
        let place = self.work.iter().position(|(at, _)| at.is_some_and(|at| at <= now))?;
        Some(self.work.remove(place).1)
    }
}

/// How a process ends that somebody ends.
const KILLED: RunOutcome = RunOutcome::Exited { code: 1, stderr: false, output: 0 };

/// How a run of a discovery script ends: the host judges its output (B-8.5).
fn discovered(outcome: Option<&Outcome>, settings: &[DiscoverySetting], plan: &Plan) -> (RunOutcome, Option<Span>) {
    let (code, output, duration) = match outcome {
        Some(outcome) => (outcome.exit_code, outcome.output.as_str(), outcome.duration),
        None => (0, "", Some(Span::ZERO)),
    };
    let error = discovery_error(code, output, settings, &plan.profile.cc);
    (RunOutcome::Discovered { error, output: number_of(output) }, duration)
}

/// B-5.20, B-6.20: a script that must be signed and is not is refused before it starts.
fn must_be_signed(run: &Run, plan: &Plan) -> bool {
    let script = plan.tenant.content(run.policy).and_then(|content| content.script.as_ref());
    let remediation = plan.library.remediation(run.policy, run.revision);
    let discovery = plan.library.discovery(run.policy, run.revision);
    script.is_some_and(|script| script.signature_check && !script.signed)
        || remediation.is_some_and(|remediation| remediation.signature_check && !remediation.signed)
        || discovery.is_some_and(|script| script.signature_check && !script.signed)
}

/// A number for a text, the same for the same text; 0 for none.
fn number_of(text: &str) -> u32 {
    if text.is_empty() {
        return 0;
    }
    let sum = text.bytes().fold(text.len() as u64, |sum, byte| mix(sum ^ u64::from(byte)));
    u32::try_from(sum >> 32).unwrap_or(u32::MAX).max(1)
}
