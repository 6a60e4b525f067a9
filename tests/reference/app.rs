//! Apps: what is kept of them, and what an answer begins. Rules: B-7.1 to B-7.5, B-7.33 to B-7.36, B-7.45, B-7.60.

use std::collections::BTreeSet;

use imesim::agent::AppWait;
use imesim::protocol::{AppPolicy, Intent, PolicyId, Target, Token, UserId, Workload};
use imesim::relations::{Desired, Relation};
use imesim::time::{Awake, Span, Wall};

use super::app_restart::Restart;
use super::esp::Watch;
use super::model::{At, Model};

/// What can be true of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// Intune installed it here (B-12.16), as required (B-12.15), or because the user asked for it.
    Managed,
    AsRequired,
    FromPortal,
    /// The user asks for it, or for its removal (B-7.37, B-7.27a).
    Asked,
    Removal,
    /// Its content is here (B-7.30).
    Downloaded,
    /// B-8.20.
    Tagged,
    /// It takes the place of another at the next check, or never by itself (B-7.52a).
    Update,
    NoUpdate,
    /// An answer assigned it by itself (B-7.45): that for required, or that for available apps.
    Required,
    Available,
    /// At the last evaluation its availability, or its deadline, was still ahead (B-7.30).
    BeforeAvailability,
    BeforeDeadline,
}

/// What is kept of an app for a user id.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct App {
    pub(crate) policy: PolicyId,
    pub(crate) user: UserId,
    pub(crate) revision: u32,
    pub(crate) error: i32,
    pub(crate) enforcement: u16,
    pub(crate) applicability: u16,
    pub(crate) compliance: u8,
    pub(crate) grs: Option<Wall>,
    pub(crate) unreported: Option<Token>,
    pub(crate) marks: BTreeSet<Mark>,
}

impl App {
    pub(crate) fn new(policy: PolicyId, user: UserId) -> Self {
        Self {
            policy,
            user,
            revision: 0,
            error: 0,
            enforcement: 0,
            applicability: 0,
            compliance: 5,
            grs: None,
            unreported: None,
            marks: BTreeSet::new(),
        }
    }

    pub(crate) fn is(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    pub(crate) fn set(&mut self, mark: Mark, on: bool) {
        if on {
            self.marks.insert(mark)
        } else {
            self.marks.remove(&mark)
        };
    }

    pub(crate) fn is_targeted(&self) -> bool {
        self.is(Mark::Required) || self.is(Mark::Available)
    }
}

/// When a group of apps that hang together was evaluated (B-7.33), and what the answer said of it then (B-7.36).
#[derive(Clone, Debug)]
pub(crate) struct Age {
    pub(crate) smallest: PolicyId,
    pub(crate) user: UserId,
    pub(crate) workload: Workload,
    pub(crate) said: Said,
    pub(crate) evaluated: Option<Wall>,
}

/// What an answer says of apps that hang together, and how they do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    /// All of them, in the order of evaluation (B-7.5), and those that the answer names.
    pub(crate) members: Vec<PolicyId>,
    pub(crate) policies: Vec<AppPolicy>,
    pub(crate) relations: Vec<Relation>,
}

/// The last answer that was worked off, and when something of it is due.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) workload: Workload,
    pub(crate) user: UserId,
    pub(crate) policies: Vec<AppPolicy>,
    pub(crate) at: Wall,
    pub(crate) next: Wall,
}

/// An enforcement that has begun: its tries outlive the process.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) policy: PolicyId,
    pub(crate) user: UserId,
    pub(crate) revision: u32,
    pub(crate) uninstall: bool,
    pub(crate) begun: Wall,
    /// When the first of the tries began that are counted, and how many have failed.
    pub(crate) from: Option<Wall>,
    pub(crate) tries: u32,
    pub(crate) under_way: bool,
}

/// What survives the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Apps {
    pub(crate) all: Vec<App>,
    pub(crate) ages: Vec<Age>,
    pub(crate) seen: Vec<Seen>,
    pub(crate) open: Vec<Open>,
    pub(crate) restart: Option<Restart>,
    /// Nothing is installed before the device has restarted (B-7.26).
    pub(crate) reboot: bool,
    pub(crate) full_report: Option<Wall>,
    pub(crate) watch: Option<Watch>,
}

/// What ends with the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct AppWork {
    pub(crate) pass: Option<Pass>,
    /// The answer after that (B-7.5).
    pub(crate) next: Option<Pass>,
    /// The check-in that is under way is there for a request alone (B-7.37).
    pub(crate) on_request: bool,
    pub(crate) report_at: Option<Awake>,
    pub(crate) esp_check: Option<Awake>,
}

/// An answer that is worked off.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    pub(crate) workload: Workload,
    pub(crate) user: UserId,
    pub(crate) begun: Wall,
    pub(crate) policies: Vec<AppPolicy>,
    /// Places of assigned apps whose groups are still to be looked at.
    pub(crate) queue: Vec<usize>,
    /// The smallest member of each group that was looked at.
    pub(crate) done: Vec<PolicyId>,
    pub(crate) group: Option<Group>,
    /// What runs, and until when it may.
    pub(crate) run: Option<(Token, Awake)>,
    /// The next try (B-7.24).
    pub(crate) resume_at: Option<Awake>,
    pub(crate) on_request: bool,
    /// When something of it is due.
    pub(crate) next_due: Wall,
}

/// A group of apps that is evaluated.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) smallest: PolicyId,
    pub(crate) owner: UserId,
    pub(crate) said: Said,
    pub(crate) seats: Vec<Seat>,
    pub(crate) doing: Doing,
    pub(crate) on_request: bool,
    pub(crate) stays_due: bool,
}

/// One app of it.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    pub(crate) policy: AppPolicy,
    pub(crate) owner: UserId,
    pub(crate) desired: Desired,
    pub(crate) detected: bool,
    pub(crate) applicability: u16,
    pub(crate) wait: Option<AppWait>,
    /// Enforcement state and error code.
    pub(crate) failed: Option<(u16, i32)>,
    pub(crate) prefetch: bool,
    pub(crate) done: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Doing {
    Detect(usize),
    Require(usize),
    Plan,
    Enforce(Enforcing),
}

/// One app on its way (B-7.4).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enforcing {
    pub(crate) seat: usize,
    pub(crate) begun: Wall,
    pub(crate) attempt: u16,
    pub(crate) uninstall: bool,
    pub(crate) prefetch: bool,
    pub(crate) stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stage {
    Download,
    LookAgain,
    Command,
    LookAfter,
}

/// Under whose id an assigned app is kept.
pub(crate) fn owner(policy: &AppPolicy, user: UserId) -> UserId {
    if policy.target == Target::Device { UserId::DEVICE } else { user }
}

impl Pass {
    pub(crate) fn offers(&self, app: PolicyId) -> bool {
        self.policies
            .iter()
            .any(|policy| policy.id == app && policy.intents.contains(Intent::Available) && !policy.filtered_out)
    }

    pub(crate) fn looks_after(&self) -> bool {
        let doing = self.group.as_ref().map(|group| group.doing);
        matches!(doing, Some(Doing::Enforce(Enforcing { stage: Stage::LookAfter, .. })))
    }
}

impl Model {
    pub(crate) fn app(&mut self, policy: PolicyId, user: UserId) -> &mut App {
        let place = self.apps.all.iter().position(|app| app.policy == policy && app.user == user);
        let place = place.unwrap_or_else(|| {
            self.apps.all.push(App::new(policy, user));
            self.apps.all.len() - 1
        });
        &mut self.apps.all[place]
    }

    pub(crate) fn has_mark(&self, policy: PolicyId, users: [UserId; 2], mark: Mark) -> bool {
        self.apps.all.iter().any(|app| app.policy == policy && users.contains(&app.user) && app.is(mark))
    }

    pub(crate) fn pass(&self) -> Option<&Pass> {
        self.service.as_ref()?.apps.pass.as_ref()
    }

    /// A poll for apps was answered. The same answer as before needs no work until something of it is due (B-7.33).
    pub(crate) fn apps_assigned(&mut self, at: &mut At<'_>, workload: Workload, user: UserId, list: &[AppPolicy]) {
        let now = at.now.wall;
        let known = self.apps.seen.iter().find(|seen| seen.workload == workload && seen.user == user);
        let idle = match known {
            Some(seen) => seen.policies == list && seen.at <= now && now < seen.next,
            None => list.is_empty() && self.apps.all.is_empty(),
        };
        if idle {
            return self.over(at, workload);
        }
        let Some(service) = &mut self.service else { return };
        let available = workload == Workload::AvailableApp;
        let pass = Pass {
            workload,
            user,
            begun: now,
            policies: list.to_vec(),
            queue: Vec::new(),
            done: Vec::new(),
            group: None,
            run: None,
            resume_at: None,
            on_request: available && std::mem::take(&mut service.apps.on_request),
            next_due: Wall::MAX,
        };
        // B-7.5: one after another.
        if service.apps.pass.is_some() {
            service.apps.next = Some(pass);
        } else {
            self.begin_pass(at, pass);
        }
        self.work_on_apps(at);
    }

    pub(crate) fn begin_pass(&mut self, at: &At<'_>, mut pass: Pass) {
        pass.begun = at.now.wall;
        self.apps.seen.retain(|seen| seen.workload != pass.workload || seen.user != pass.user);
        self.forget_apps(at, &mut pass);
        if pass.workload == Workload::AvailableApp {
            self.follow_consent(at, &pass);
            self.refuse_requests(at, &pass);
        }
        self.queue_apps(&mut pass);
        if let Some(service) = &mut self.service {
            service.apps.pass = Some(pass);
        }
    }

    /// Assigned apps in the order of the answer, in the ESP in that of its list (B-7.5, B-7.55).
    pub(crate) fn queue_apps(&self, pass: &mut Pass) {
        let all = 0..pass.policies.len();
        let is_assigned = |place: &usize| {
            let policy = &pass.policies[*place];
            !policy.intents.is_empty() || policy.filtered_out
        };
        pass.queue = all.filter(is_assigned).collect();
        if self.is_esp_shown() {
            pass.queue.sort_by_key(|place| match pass.policies[*place].settings.esp_place {
                0 => usize::MAX,
                place => usize::from(place),
            });
        }
    }

    /// What a new answer does not name any more is not shown any more, and tries are forgotten with their window (B-7.34,
    /// B-7.45). What was installed stays (B-7.60).
    fn forget_apps(&mut self, at: &At<'_>, pass: &mut Pass) {
        let mark = if pass.workload == Workload::AvailableApp { Mark::Available } else { Mark::Required };
        let is_told = |user: UserId| user == pass.user || user.is_device();
        for app in self.apps.all.iter_mut().filter(|app| is_told(app.user)) {
            let named = pass.policies.iter().any(|policy| {
                let aimed = match policy.target {
                    Target::Device => app.user.is_device(),
                    Target::User => app.user == pass.user,
                    Target::Both => true,
                };
                policy.id == app.policy && !policy.intents.is_empty() && aimed
            });
            if !named {
                app.set(mark, false);
            }
        }
        // B-7.36: a group that became part of another is one that was never evaluated.
        self.apps.ages.retain(|age| {
            let policy = pass.policies.iter().find(|policy| policy.id == age.smallest);
            let now_in = policy.and_then(|policy| super::app_group::smallest_of(at, policy.id, policy.revision));
            now_in.is_none_or(|smallest| smallest == age.smallest)
        });
        let window = at.profile().win32.grs;
        let all = &self.apps.all;
        let mut ends = Vec::new();
        self.apps.open.retain(|open| {
            let named = pass.policies.iter().any(|policy| policy.id == open.policy);
            let targeted =
                all.iter().any(|app| app.policy == open.policy && app.user == open.user && app.is_targeted());
            if !is_told(open.user) || named || targeted {
                return true;
            }
            let in_window = at.now.wall.since(open.begun) < window;
            ends.extend(in_window.then(|| open.begun.after(window)));
            in_window
        });
        pass.next_due = ends.into_iter().fold(pass.next_due, Wall::min);
    }

    /// Puts down a result that is to be told soon (B-7.59).
    pub(crate) fn report_app(&mut self, at: &At<'_>, policy: PolicyId, user: UserId) {
        let run = self.token();
        self.app(policy, user).unreported = Some(run);
        if let Some(service) = &mut self.service {
            service.apps.report_at.get_or_insert(at.now.awake.after(at.profile().win32.report_delay));
        }
    }

    /// B-7.59: from time to time the whole state is told; how often is assumed from B-6.27.
    pub(crate) fn report_all_apps(&mut self, at: &At<'_>) {
        let now = at.now.wall;
        if self.apps.full_report.is_some_and(|last| last <= now && now.since(last) < Span::days(7)) {
            return;
        }
        if self.apps.full_report.replace(now).is_none() {
            return;
        }
        for app in self.apps.all.clone() {
            if app.enforcement != 0 && app.is_targeted() {
                self.report_app(at, app.policy, app.user);
            }
        }
    }
}
