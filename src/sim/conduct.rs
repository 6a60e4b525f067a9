//! How content behaves on a device: what runs of scripts end with, and what becomes of apps.

use crate::agent::{Run, Task};
use crate::chance::{Chance, Purpose, mix};
use crate::time::Span;

/// What a device does with one piece of content.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Conduct {
    /// Nothing that is run.
    #[default]
    Nothing,
    /// A PowerShell script.
    Script(Behavior),
    /// A discovery script.
    Discovery(DiscoveryConduct),
    /// A remediation.
    Remediation(RemediationConduct),
    /// An app.
    App(AppConduct),
}

/// How a discovery script ends on a device, revision by revision; after the last described one it goes on alike.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DiscoveryConduct {
    /// The first revision first. Each revision begins its outcomes anew.
    pub revisions: Vec<Behavior>,
}

/// How the scripts of a remediation end on a device.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RemediationConduct {
    /// The detection script before anything is done.
    pub detect: Behavior,
    /// The remediation script.
    pub remediate: Behavior,
    /// The detection script after the remediation.
    pub detect_again: Behavior,
}

/// How the runs of one script end on a device, or the steps of one kind for an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behavior<T = Outcome> {
    /// The outcomes of the first runs on a device, in order; after the last, the last goes on.
    /// With `weighted`, each run draws one of them by its weight instead.
    pub outcomes: Vec<T>,
    /// Draw instead of counting.
    pub weighted: bool,
}

impl<T> Default for Behavior<T> {
    /// Without outcomes: each run ends well and at once.
    fn default() -> Self {
        Self { outcomes: Vec::new(), weighted: false }
    }
}

/// How one run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its weight where outcomes are drawn.
    pub weight: u32,
    /// The exit code.
    pub exit_code: i32,
    /// It writes to the error stream.
    pub stderr: bool,
    /// How long it runs, in time that the device is awake; `None`: until it is ended (it waits for input, B-5.21).
    pub duration: Option<Span>,
    /// What it prints.
    pub output: String,
}

impl Default for Outcome {
    fn default() -> Self {
        Self { weight: 1, exit_code: 0, stderr: false, duration: Some(Span::ZERO), output: String::new() }
    }
}

/// What becomes of an app on a device.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AppConduct {
    /// It is there at the start, on devices about whose apps nothing is said.
    pub present: bool,
    /// It is there for the user alone: a look as System does not find it (B-8.12).
    pub user_only: bool,
    /// It is not offered in the region of the device (B-8.11).
    pub not_offered: bool,
    /// How its steps end, each from this revision on, ascending; before the first and without any, all end well and at
    /// once. Each begins its outcomes anew.
    pub revisions: Vec<(u32, AppRuns)>,
}

/// How the steps of an app end on a device.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AppRuns {
    /// What its detection rules find.
    pub found: Found,
    /// How a look for it ends.
    pub detect: Behavior<AppOutcome>,
    /// How a look at what it requires ends, beside what the hardware says.
    pub require: Behavior<RuleOutcome>,
    /// How a download ends.
    pub download: Behavior<Fetch>,
    /// How its install command ends.
    pub install: Behavior<AppOutcome>,
    /// How its uninstall command ends.
    pub uninstall: Behavior<AppOutcome>,
}

/// What the detection rules of an app find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Found {
    /// The app where it is, and nothing where it is not.
    #[default]
    IfPresent,
    /// Nothing, for the rules are wrong (B-7.16).
    Never,
    /// It, whether it is there or not.
    Always,
}

/// How a run for an app ends.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AppOutcome {
    /// The run. Of a look for the app, only a script runs.
    pub run: Outcome,
    /// Of an install or uninstall: whether the app is there afterwards; `None` for what the return code says. Of a look:
    /// whether the app is found; `None` for what is there.
    pub detected: Option<bool>,
}

/// How a download ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// Its weight where outcomes are drawn.
    pub weight: u32,
    /// The error code (T-7.4), or 0.
    pub error: i32,
    /// How long it takes, in time that the device is awake; `None`: until it is ended.
    pub duration: Option<Span>,
}

/// How the requirement rules of an app come out that look at more than the hardware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleOutcome {
    /// The requirement script. Where it ends with exit code 0 and `output` is `None`, it prints what is expected.
    pub run: Outcome,
    /// What the script prints.
    pub output: Option<String>,
    /// The rule on a file holds.
    pub file: bool,
    /// The rule on the registry holds.
    pub registry: bool,
    /// This is lacking, whatever the rules say (T-7.2).
    pub code: Option<u16>,
}

impl Default for RuleOutcome {
    fn default() -> Self {
        Self { run: Outcome::default(), output: None, file: true, registry: true, code: None }
    }
}

impl Conduct {
    /// How the runs of a script end in a revision, from 1 on.
    pub(super) fn of(&self, task: Task, revision: u32) -> Option<&Behavior> {
        match (self, task) {
            (Self::Script(behavior), Task::Script) => Some(behavior),
            (Self::Discovery(conduct), Task::Discover) => {
                let place = revision.saturating_sub(1) as usize;
                conduct.revisions.get(place).or(conduct.revisions.last())
            }
            (Self::Remediation(conduct), Task::Detect) => Some(&conduct.detect),
            (Self::Remediation(conduct), Task::Remediate) => Some(&conduct.remediate),
            (Self::Remediation(conduct), Task::DetectAgain) => Some(&conduct.detect_again),
            (Self::Nothing | Self::Script(_) | Self::Discovery(_) | Self::Remediation(_) | Self::App(_), _) => None,
        }
    }

    /// What becomes of it, if it is an app.
    pub(super) const fn app(&self) -> Option<&AppConduct> {
        match self {
            Self::App(conduct) => Some(conduct),
            Self::Nothing | Self::Script(_) | Self::Discovery(_) | Self::Remediation(_) => None,
        }
    }
}

impl AppConduct {
    /// How the steps end in a revision, and from which revision on it is so.
    pub(super) fn of(&self, revision: u32) -> Option<&(u32, AppRuns)> {
        self.revisions.iter().rev().find(|(from, _)| *from <= revision)
    }
}

/// What can be drawn by weight.
pub(super) trait Weighted {
    fn weight(&self) -> u32;
}

impl Weighted for Outcome {
    fn weight(&self) -> u32 {
        self.weight
    }
}

impl Weighted for AppOutcome {
    fn weight(&self) -> u32 {
        self.run.weight
    }
}

impl Weighted for RuleOutcome {
    fn weight(&self) -> u32 {
        self.run.weight
    }
}

impl Weighted for Fetch {
    fn weight(&self) -> u32 {
        self.weight
    }
}

impl<T> Behavior<T> {
    /// How run number `n` on a device ends.
    pub(super) fn nth(&self, n: u32, run: &Run, chance: &Chance) -> Option<&T>
    where
        T: Weighted,
    {
        if !self.weighted {
            return self.outcomes.get(n as usize).or(self.outcomes.last());
        }
        let total: u64 = self.outcomes.iter().map(|outcome| u64::from(outcome.weight())).sum();
        let number = mix(u64::from(run.policy.0) | (run.task as u64) << 32).wrapping_add(u64::from(n));
        let mut drawn = chance.below(total, Purpose::Outcome, number);
        self.outcomes.iter().find(|outcome| {
            let weight = u64::from(outcome.weight());
            let hit = drawn < weight;
            drawn = drawn.saturating_sub(weight);
            hit
        })
    }
}
