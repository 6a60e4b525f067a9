//! The apps of the worlds: what they are, how they hang together, what an admin does with them, how their steps end.

use std::collections::BTreeSet;

use imesim::agent::{Run, RunOutcome, Task};
use imesim::content::{App, AppKind, Detection, Item, Library, Requirements, RestartBehavior};
use imesim::profile::{GrsSetOn, Profile, QuirkGrs, RetryAppliesTo};
use imesim::protocol::{
    AppPolicy, AppSettings, Intent, Intents, Notifications, PolicyId, RestartGrace, RunAs, Target, UserId, Workload,
};
use imesim::relations::{AppKind as Kind, Limits, Relation, Relations};
use imesim::time::Span;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::common::START;

/// Where the ids of apps begin, and how many there are.
pub(crate) const APP: u32 = 300;
pub(crate) const APPS: u32 = 13;

/// The first apps have no relations.
const SINGLES: u32 = 7;

/// Revisions of an app while the relations stay; of one more, content cannot be had.
const CONTENTS: u32 = 4;
/// How far the revisions of one state of the relations lie from those of the next.
const STATE: u32 = 10;

fn id(n: u32) -> PolicyId {
    PolicyId(APP + n)
}

/// What an admin does with an app.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AppChange {
    Assigned(Option<(Target, Intents)>),
    Settings(AppSettings),
    Filtered(bool),
    Content,
}

/// An app as the service has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AssignedApp {
    content: u32,
    assigned: Option<(Target, Intents)>,
    filtered: bool,
    settings: AppSettings,
}

impl AssignedApp {
    pub(crate) fn new() -> Self {
        let settings = AppSettings { auto_update: true, ..AppSettings::default() };
        Self { content: 1, assigned: None, filtered: false, settings }
    }

    pub(crate) fn change(&mut self, change: AppChange) {
        match change {
            AppChange::Assigned(assigned) => self.assigned = assigned,
            AppChange::Settings(settings) => self.settings = settings,
            AppChange::Filtered(filtered) => self.filtered = filtered,
            AppChange::Content => self.content = (self.content + 1).min(CONTENTS + 1),
        }
    }
}

/// How apps hang together, one state after another; a change of it is a new revision of all of them (B-7.36).
pub(crate) type States = [Vec<Relation>; 2];

/// Relations among the last apps, in both directions of their ids, without a circle.
fn relations(superseded: bool) -> impl Strategy<Value = Vec<Relation>> {
    let related: Vec<u32> = (SINGLES..APPS).collect();
    let pairs = related.len() * (related.len() - 1) / 2;
    (Just(related).prop_shuffle(), vec(if superseded { 3..9_u8 } else { 0..16 }, pairs)).prop_map(|(order, kinds)| {
        let pairs = (0..order.len()).flat_map(|upper| (0..upper).map(move |lower| (upper, lower)));
        let relation = |((upper, lower), kind): ((usize, usize), u8)| {
            let (from, to) = (id(order[upper]), id(order[lower]));
            match kind {
                0 | 1 => Some(Relation::dependency(from, to, true)),
                2 => Some(Relation::dependency(from, to, false)),
                3 => Some(Relation::supersedence(from, to, true)),
                4 => Some(Relation::supersedence(from, to, false)),
                _ => None,
            }
        };
        pairs.zip(kinds).filter_map(relation).collect()
    })
}

/// Two states; in the second there is more supersedence, if that is what the world is about.
pub(crate) fn states(superseded: bool) -> impl Strategy<Value = States> {
    [relations(false), relations(superseded)]
}

fn app(n: u32) -> App {
    App {
        kind: if n == 5 { AppKind::StoreUwp } else { AppKind::Win32 },
        run_as: if n == 1 || n == 5 || n == 12 { RunAs::User } else { RunAs::System },
        detection: match n {
            2 => Detection::Script,
            3 => Detection::FileNotExists,
            _ => Detection::Rules,
        },
        requirements: Requirements { memory_mb: if n % 3 == 1 { 4_000 } else { 0 }, ..Requirements::default() },
        restart: match n {
            2 => RestartBehavior::AppMayForce,
            4 => RestartBehavior::Suppress,
            6 => RestartBehavior::Force,
            _ => RestartBehavior::ByReturnCode,
        },
        install_limit: (n == 4).then_some(Span::mins(2)),
        allow_available_uninstall: n.is_multiple_of(2),
        ..App::default()
    }
}

pub(crate) fn fill(library: &mut Library, states: &States) {
    for (state, relations) in (0..).zip(states) {
        let apps = (0..APPS).map(|n| (id(n), if n == 5 { Kind::Store } else { Kind::Win32 }));
        library.relate(Relations::build(apps, relations, &Limits::default()).unwrap());
        for n in 0..APPS {
            for content in 1..=CONTENTS {
                library.insert(id(n), state * STATE + content, Item::App(Box::new(app(n))));
            }
        }
    }
}

/// The apps as the service has them.
pub(crate) struct Assignments {
    pub(crate) all: [AssignedApp; APPS as usize],
    /// The relations are those of the second state.
    pub(crate) related_anew: bool,
}

impl Assignments {
    pub(crate) fn new() -> Self {
        Self { all: [AssignedApp::new(); APPS as usize], related_anew: false }
    }

    fn revision(&self, n: u32) -> u32 {
        u32::from(self.related_anew) * STATE + self.all[n as usize].content
    }

    fn policy(&self, n: u32, user: UserId) -> Option<AppPolicy> {
        let app = &self.all[n as usize];
        let (target, intents) = app.assigned?;
        if target == Target::User && user.is_device() {
            return None;
        }
        let target = if user.is_device() { Target::Device } else { target };
        let (id, revision) = (id(n), self.revision(n));
        Some(AppPolicy { id, revision, target, intents, filtered_out: app.filtered, settings: app.settings })
    }

    /// The apps of an answer to a poll for a user, in assignment order, each behind those that it needs or replaces.
    pub(crate) fn answer(&self, library: &Library, workload: Workload, user: UserId) -> Vec<AppPolicy> {
        let mut list: Vec<AppPolicy> = Vec::new();
        for root in (0..APPS).filter_map(|n| self.policy(n, user)) {
            let wanted = match workload {
                Workload::AvailableApp => root.intents.contains(Intent::Available),
                _ => root.intents.contains(Intent::Required) || root.intents.contains(Intent::Uninstall),
            };
            if !wanted {
                continue;
            }
            let subgraph = library.subgraph_of(root.id, root.revision);
            let members = subgraph.map_or(vec![root.id], |subgraph| subgraph.involved(|app| app == root.id));
            for member in members {
                let n = member.0 - APP;
                let own = self.policy(n, user).filter(|policy| member == root.id || !policy.filtered_out);
                let related = AppPolicy {
                    id: member,
                    revision: self.revision(n),
                    target: root.target,
                    intents: Intents::NONE,
                    filtered_out: false,
                    settings: AppSettings::default(),
                };
                if (!root.filtered_out || member == root.id) && list.iter().all(|known| known.id != member) {
                    list.push(own.unwrap_or(related));
                }
            }
        }
        list
    }
}

/// How a step of an app ends on a device that has some apps, by a number that says how lucky it is.
pub(crate) fn outcome(run: &Run, luck: u8, there: &mut BTreeSet<PolicyId>) -> RunOutcome {
    let exited = |code| RunOutcome::Exited { code, stderr: false, output: 0 };
    let is_there = there.contains(&run.policy) != (luck == 1);
    match run.task {
        Task::AppDetect if run.policy == id(2) => {
            RunOutcome::Exited { code: i32::from(luck == 2), stderr: luck == 3, output: u32::from(is_there) }
        }
        Task::AppDetect => RunOutcome::Found(is_there),
        Task::AppRequire => RunOutcome::Required(if luck < 2 { 1003 } else { 0 }),
        Task::AppDownload | Task::AppDownloadForeground if luck == 0 => {
            RunOutcome::Downloaded(0x87D3_0068_u32.cast_signed())
        }
        Task::AppDownload | Task::AppDownloadForeground => RunOutcome::Downloaded(0),
        _ => {
            let code = [1603, 1618, 1618, 3010, 1641, 0xC000_0142_u32.cast_signed(), 0, 0][usize::from(luck % 8)];
            if luck > 2 && luck != 5 {
                if run.task == Task::AppInstall {
                    there.insert(run.policy)
                } else {
                    there.remove(&run.policy)
                };
            }
            exited(code)
        }
    }
}

pub(crate) fn is_step(task: Task) -> bool {
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

fn settings() -> impl Strategy<Value = AppSettings> {
    let moment = || prop::option::weighted(0.4, prop_oneof![0..72_u64, 0..1_500_u64]);
    let grace = prop::option::weighted(
        0.4,
        (select(vec![0_u16, 90, 1_440]), select(vec![0_u16, 15, 100]), select(vec![0_u16, 30, 240])),
    );
    let notifications = select(vec![Notifications::All, Notifications::Restarts, Notifications::None]);
    (moment(), moment(), any::<[bool; 3]>(), grace, 0..4_u8, notifications).prop_map(
        |(available, deadline, [local_time, foreground, auto_update], grace, esp_place, notifications)| AppSettings {
            available: available.map(|hours| START.wall.after(Span::mins(hours * 60 + 7))),
            deadline: deadline.map(|hours| START.wall.after(Span::mins(hours * 60 + 7))),
            local_time,
            foreground,
            restart_grace: grace.map(|(grace_min, countdown_min, snooze_min)| RestartGrace {
                grace_min,
                countdown_min,
                snooze_min,
            }),
            esp_place,
            auto_update,
            notifications,
        },
    )
}

fn intents(offered: bool) -> impl Strategy<Value = Intents> {
    let with = |intent| Intents::NONE.with(intent);
    let offer = with(Intent::Available);
    let any = vec![
        with(Intent::Required),
        with(Intent::Required),
        with(Intent::Available),
        with(Intent::Available),
        with(Intent::Uninstall),
        Intents::REQUIRED_AND_AVAILABLE,
        Intents::AS_HISTORY_SAYS,
    ];
    select(if offered { vec![offer, offer, offer, offer, Intents::AS_HISTORY_SAYS] } else { any })
}

/// Figures and readings about apps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    quirk: QuirkGrs,
    flags: [bool; 8],
    attempts: u32,
}

pub(crate) fn figures() -> impl Strategy<Value = Figures> {
    let quirk = select(vec![QuirkGrs::None, QuirkGrs::None, QuirkGrs::None, QuirkGrs::Stuck, QuirkGrs::ResetEachPass]);
    (quirk, any::<[bool; 8]>(), 1..4_u32).prop_map(|(quirk, flags, attempts)| Figures { quirk, flags, attempts })
}

impl Figures {
    pub(crate) fn put_in(self, mut profile: Profile) -> Profile {
        let [all, any, absent, code, managed, push, often, soon] = self.flags;
        let win32 = &mut profile.win32;
        win32.quirk_grs = self.quirk;
        win32.grs_set_on = if all { GrsSetOn::AnyEnforcement } else { GrsSetOn::Failure };
        win32.retry_applies_to = if any { RetryAppliesTo::AnyFailure } else { RetryAppliesTo::RetryType };
        win32.quirk_file_not_exists = absent;
        win32.userless_code = if code { 1011 } else { 1012 };
        win32.retry_attempts = self.attempts;
        win32.subgraph_interval = if often { Span::hours(2) } else { Span::hours(8) };
        win32.grs = if soon { Span::hours(5) } else { Span::hours(24) };
        profile.assign.uninstall_only_managed = managed;
        profile.ime.push_app_workload = push || managed;
        profile
    }
}

/// What an admin does; mostly offers apps, if that is what the world is about.
pub(crate) fn change(offered: bool) -> impl Strategy<Value = AppChange> {
    let target = select(vec![Target::Device, Target::User, Target::Both]);
    prop_oneof![
        6 => prop::option::weighted(0.8, (target, intents(offered))).prop_map(AppChange::Assigned),
        2 => settings().prop_map(AppChange::Settings),
        1 => prop::bool::weighted(0.5).prop_map(AppChange::Filtered),
        1 => Just(AppChange::Content),
    ]
}
