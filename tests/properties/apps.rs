//! Apps of a case: what answers name, what the library holds, how steps end, and what must hold of every one.

use std::collections::BTreeMap;

use imesim::agent::{AppEvent, Effect, Event, Input, Run, RunOutcome, Task};
use imesim::content::{App, AppKind, Detection, Item, Library, Requirements, RestartBehavior};
use imesim::protocol::{
    Answer, AppPolicy, AppSettings, Intent, Intents, PolicyId, RestartGrace, RunAs, Target, Token, UserId, Workload,
};
use imesim::relations::{AppKind as Kind, Limits, Relation, Relations};
use imesim::time::Span;

use super::super::common::{Checked, START, Setting, ensure};

/// Where the ids of apps begin; other content lies below.
pub(crate) const FIRST: u32 = 300;
/// How many apps there are.
const APPS: u32 = 10;

fn id(n: u32) -> PolicyId {
    PolicyId(FIRST + n)
}

/// A diamond of dependencies (0 to 3), a chain of supersedence (4, 5, 6) with a dependency across, and apps on their own; in
/// the second revision the foot of the diamond is superseded too.
fn relations(revision: u32) -> Relations {
    let mut all = vec![
        Relation::dependency(id(0), id(1), true),
        Relation::dependency(id(0), id(2), true),
        Relation::dependency(id(1), id(3), true),
        Relation::dependency(id(2), id(3), false),
        Relation::supersedence(id(5), id(4), true),
        Relation::supersedence(id(6), id(5), false),
    ];
    if revision > 1 {
        all.pop();
        all.push(Relation::dependency(id(6), id(3), true));
        all.push(Relation::supersedence(id(8), id(3), true));
    }
    let apps = (0..APPS).map(|n| (id(n), if n == 9 { Kind::Store } else { Kind::Win32 }));
    Relations::build(apps, &all, &Limits::default()).expect("relations without a circle")
}

fn app(n: u32) -> App {
    App {
        kind: if n == 9 { AppKind::StoreUwp } else { AppKind::Win32 },
        run_as: if n == 7 { RunAs::User } else { RunAs::System },
        detection: match n {
            3 => Detection::Script,
            8 => Detection::FileNotExists,
            _ => Detection::Rules,
        },
        requirements: Requirements { memory_mb: if n % 3 == 2 { 4_000 } else { 0 }, ..Requirements::default() },
        restart: match n {
            1 => RestartBehavior::AppMayForce,
            2 => RestartBehavior::Suppress,
            7 => RestartBehavior::Force,
            _ => RestartBehavior::ByReturnCode,
        },
        install_limit: (n == 4).then_some(Span::mins(2)),
        allow_available_uninstall: n.is_multiple_of(2),
        ..App::default()
    }
}

/// Puts two revisions of every app into a library, with other relations in the second; of the last there is only one.
pub(crate) fn fill(library: &mut Library) {
    for revision in [1, 2] {
        library.relate(relations(revision));
        for n in 0..APPS {
            if n < 9 || revision == 1 {
                library.insert(id(n), revision, Item::App(Box::new(app(n))));
            }
        }
    }
}

/// Numbers of answers that bring something about when they come again, or one after the other.
pub(crate) const STEADY: [u32; 3] = [
    // App 4 is offered to the user.
    0x0000_3010,
    // App 5 too, which takes its place by itself.
    0x0001_B030,
    // App 8 is required, or offered, and app 7, which runs as the user.
    0x0480_0180,
];

/// An answer out of a number: which apps are there, in which revision, for whom, and how.
pub(crate) fn answer(workload: Workload, number: u32) -> Answer<'static> {
    let revision = 1 + (number >> 30 & 1);
    let policies = (0..APPS).filter(|n| number >> n & 1 != 0).map(|n| {
        let bits = number.rotate_right(n * 3);
        let bit = |place: u32| bits >> place & 1 != 0;
        let intents = match (workload, bits & 7) {
            (_, 0) => Intents::NONE,
            (Workload::AvailableApp, 1) => Intents::REQUIRED_AND_AVAILABLE,
            (Workload::AvailableApp, _) => Intents::NONE.with(Intent::Available),
            (_, 1 | 2) => Intents::NONE.with(Intent::Uninstall),
            (_, 3) => Intents::NONE.with(Intent::Uninstall).with(Intent::Available),
            _ => Intents::NONE.with(Intent::Required),
        };
        let at = |hours| START.wall.after(Span::hours(hours));
        let settings = AppSettings {
            available: (bit(4) && bit(5)).then(|| at(u64::from(bits >> 8 & 15))),
            deadline: (bit(5) && bit(6)).then(|| at(u64::from(bits >> 8 & 15) + 6)),
            local_time: bit(7),
            foreground: bit(8),
            restart_grace: bit(9).then_some(RestartGrace { grace_min: 90, countdown_min: 15, snooze_min: 30 }),
            esp_place: if bit(10) { 1 + (n as u8) } else { 0 },
            auto_update: n == 5 || n == 6,
            ..AppSettings::default()
        };
        let target = match bits >> 11 & 3 {
            0 => Target::User,
            1 => Target::Both,
            _ => Target::Device,
        };
        AppPolicy { id: id(n), revision, target, intents, filtered_out: bit(13) && bit(14), settings }
    });
    Answer::Apps(policies.collect())
}

/// An outcome that fits the task, out of any.
pub(crate) fn fitting(task: Task, outcome: RunOutcome) -> RunOutcome {
    let (code, stderr) = match outcome {
        RunOutcome::Exited { code, stderr, .. } => (code, stderr),
        RunOutcome::Discovered { error, .. } => (i32::from(error != 0), error == 0),
        other => return other,
    };
    match task {
        Task::AppDetect => RunOutcome::Found(stderr || code == 3010),
        Task::AppRequire => RunOutcome::Required(if stderr { 1003 } else { 0 }),
        Task::AppDownload | Task::AppDownloadForeground => RunOutcome::Downloaded(if code == 1 { 0x68 } else { 0 }),
        Task::AppInstall | Task::AppUninstall => {
            let code = match code {
                1 => 1618,
                -1 => 1641,
                code => code,
            };
            RunOutcome::Exited { code, stderr: false, output: 0 }
        }
        _ => outcome,
    }
}

/// An outcome that fits the task, out of a few bits; mostly one that gets somewhere.
pub(crate) const fn drawn(run: &Run, bits: u32) -> RunOutcome {
    let chosen = bits & 7;
    match run.task {
        Task::AppRequire => RunOutcome::Required(if chosen == 0 { 1003 } else { 0 }),
        Task::AppDownload | Task::AppDownloadForeground => RunOutcome::Downloaded(if chosen == 0 { 0x68 } else { 0 }),
        Task::AppInstall | Task::AppUninstall => {
            let code = [0, 0, 0, 1618, 3010, 1641, 1603, 1618][chosen as usize];
            RunOutcome::Exited { code, stderr: false, output: 0 }
        }
        // The one that is found by a script.
        _ if run.policy.0 == FIRST + 3 => RunOutcome::Exited { code: 0, stderr: false, output: bits & 1 },
        // The one that others take the place of is mostly there.
        _ if run.policy.0 == FIRST + 4 => RunOutcome::Found(bits & 3 != 0),
        _ => RunOutcome::Found(bits & 3 == 0),
    }
}

/// True for a step of an app.
pub(crate) const fn is_app(task: Task) -> bool {
    matches!(
        task,
        Task::AppDetect
            | Task::AppRequire
            | Task::AppDownload
            | Task::AppDownloadForeground
            | Task::AppInstall
            | Task::AppUninstall
    )
}

/// What is known of the steps of apps.
#[derive(Default)]
pub(crate) struct Steps {
    /// The step that the agent waits for.
    awaited: Option<Token>,
    /// The tries of every app in the present row of them.
    tries: BTreeMap<(PolicyId, UserId), u16>,
    /// A hard reboot was reported and the device has not restarted.
    reboot: bool,
}

impl Steps {
    /// What an input ends before its effects are carried out.
    pub(crate) fn before(&mut self, input: Input<'_>, notes: &[(imesim::rules::RuleId, Event)], running: bool) {
        if let Input::Completed { token, .. } = input
            && self.awaited == Some(token)
        {
            self.awaited = None;
        }
        let ends = |event: &Event| {
            matches!(
                event,
                Event::App(AppEvent::AppTimedOut { .. } | AppEvent::AppCutOff { .. })
                    | Event::ServiceStopped
                    | Event::AgentRemoved { .. }
                    | Event::ScriptsCancelled
            )
        };
        if !running || notes.iter().any(|(_, event)| ends(event)) {
            self.awaited = None;
        }
        for (_, event) in notes {
            if let Event::AgentRemoved { .. } = event {
                // B-10.15: an agent that leaves forgets its apps, and with them that a restart is due.
                self.reboot = false;
            }
            if let Event::App(AppEvent::AppExited { class: imesim::retry::ExitClass::HardReboot, .. }) = event {
                self.reboot = true;
            }
        }
        if let Input::Session(imesim::agent::SessionChange::AllSignedOut) = input {
            self.reboot = false;
        }
    }

    /// The agent does not wait for a step any more.
    pub(crate) fn stopped(&mut self, token: Token) {
        self.awaited.take_if(|awaited| *awaited == token);
    }

    /// A killed process waits for nothing; what it had told and not written is not known.
    pub(crate) fn killed(&mut self) {
        self.awaited = None;
        self.reboot = false;
    }

    /// B-7.5, B-7.21, B-7.24, B-7.26: one step at a time, of an app that can be had, within its limit; tries are counted, and
    /// bounded; nothing is installed before a restart that is due.
    pub(crate) fn check_run(&mut self, token: Token, run: &Run, setting: &Setting) -> Checked {
        let alone = self.awaited.replace(token);
        ensure(alone.is_none(), || format!("B-7.5: {run:?} while {alone:?} is waited for"))?;
        let Some(app) = setting.library.app(run.policy, run.revision) else {
            return ensure(false, || format!("{run:?} is not in the library"));
        };
        let win32 = &setting.profile.win32;
        let limit = match run.task {
            Task::AppInstall | Task::AppUninstall => app.install_limit.unwrap_or_else(|| win32.install_timeout()),
            Task::AppDownload => win32.download_wait_bg,
            Task::AppDownloadForeground => win32.download_wait_fg,
            _ => win32.rule_script_timeout,
        };
        ensure(run.limit == limit, || format!("{run:?} has a limit of its own"))?;
        let fits = (app.run_as == RunAs::User) == (run.session != UserId::DEVICE) && run.run_as == app.run_as;
        ensure(fits, || format!("B-7.6: {run:?} runs in the session of somebody else"))?;
        if !matches!(run.task, Task::AppInstall | Task::AppUninstall) {
            return Ok(());
        }
        ensure(!self.reboot, || format!("B-7.26: {run:?} before the restart"))?;
        ensure(u32::from(run.attempt) <= win32.retry_attempts, || format!("B-7.24: {run:?} is one try too many"))?;
        let tries = self.tries.entry((run.policy, run.user)).or_default();
        ensure(run.attempt == 1 || run.attempt <= *tries + 1, || format!("B-7.24: {run:?} after {tries} tries"))?;
        *tries = run.attempt;
        Ok(())
    }
}

/// B-7.28: a restart is the last thing that an input brings.
pub(crate) fn check_effects(effects: &[Effect]) -> Checked {
    let place = effects.iter().position(|effect| matches!(effect, Effect::Restart));
    ensure(place.is_none_or(|place| place + 1 == effects.len()), || format!("something follows a restart: {effects:?}"))
}
