//! Win32 and Store apps: from the answer of a check-in to what is installed, restarted and reported. First read: section 7
//! of the rules, and B-8.9 to B-8.13.
//!
//! An answer with something to do begins a *pass*: one subgraph after another is looked at, planned and enforced, one app at
//! a time (B-7.5), and the check-in lasts until the pass is over.
//!
//! | file | owns |
//! |---|---|
//! | `record` | what is kept of an app, 32 bytes, and of a subgraph (B-7.33 to B-7.35) |
//! | `answer` | whether an answer needs any work, and what it ends (B-7.33, B-7.52b) |
//! | `gone` | what an answer leaves out, and what is forgotten of it (B-7.36, B-7.45, B-7.60) |
//! | `pass` | the way through the subgraphs, step by step (B-7.5) |
//! | `life` | what begins and ends with the service, and the timers |
//! | `subgraph` | whether a subgraph is due, and what is wanted of each member (B-7.2, B-7.36, B-12.16) |
//! | `times` | availability and deadline, in the time of the device (B-7.30, B-7.31) |
//! | `look` | detection and requirements (B-7.10 to B-7.15) |
//! | `plan` | which app is enforced next, and what stands against it (B-7.26, B-7.34) |
//! | `enforce` | download, install, uninstall (B-7.17 to B-7.21) |
//! | `tries` | how often an enforcement is tried, by the retry component (B-7.24, B-7.39) |
//! | `ending` | return codes, retries, the GRS (B-7.22 to B-7.25, B-7.34) |
//! | `conclude` | what an evaluation came to, by the tables (T-7.1 to T-7.4) |
//! | `report` | results on their way (B-7.59) |
//! | `restart` | restarts, with or without grace (B-7.26 to B-7.29) |
//! | `request` | Company Portal (B-7.27a, B-7.37, B-7.52) |
//! | `update` | auto-update of superseded apps (B-7.52a to B-7.52c) |
//! | `esp` | the Enrollment Status Page (B-7.54 to B-7.57) |

mod answer;
#[cfg(feature = "check")]
mod canon;
mod conclude;
mod ending;
mod enforce;
mod esp;
mod event;
mod gone;
mod life;
mod look;
mod pass;
mod plan;
mod record;
mod report;
mod request;
mod restart;
mod subgraph;
mod times;
mod tries;
mod update;

use serde::{Deserialize, Serialize};

pub use event::{AppEvent, AppNotice, AppWait};
pub use record::AppRecord;
pub use restart::PendingRestart;

use self::esp::EspWatch;
use self::pass::Pass;
use self::record::{Marks, OpenTry, Seen, SubgraphRecord};
use super::state::{Phase, Running};
use super::{Agent, Event, Sink, Timer, Turn};
use crate::protocol::{PolicyId, UserId, Workload};
use crate::rules::RuleId;
use crate::time::{Awake, Wall};

/// What the agent keeps of apps.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Apps {
    /// In the order in which they were first seen. Kept when an assignment is gone, for what it installed stays (B-7.60).
    records: Vec<AppRecord>,
    subgraphs: Vec<SubgraphRecord>,
    seen: Vec<Seen>,
    /// What was begun and has no result yet.
    open: Vec<OpenTry>,
    restart: Option<PendingRestart>,
    /// An installer said that nothing may be installed before the device has restarted (B-7.26).
    reboot_pending: bool,
    /// There may be a result that the service does not have; a check-in looks no further where there is none.
    has_unreported: bool,
    esp: Option<EspWatch>,
    /// When the whole state was reported last (B-7.59).
    full_report: Option<Wall>,
}

impl Apps {
    /// Becomes a copy of another one in the room that it has.
    pub(in crate::agent) fn copy_from(&mut self, other: &Self) {
        let Self { records, subgraphs, seen, open, restart, reboot_pending, has_unreported, esp, full_report } = other;
        self.records.clone_from(records);
        self.subgraphs.clone_from(subgraphs);
        self.seen.clone_from(seen);
        self.open.clone_from(open);
        (self.restart, self.reboot_pending) = (*restart, *reboot_pending);
        (self.has_unreported, self.full_report) = (*has_unreported, *full_report);
        self.esp.clone_from(esp);
    }
}

/// The app work under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct AppsUnderway {
    /// Notifications that wait for the running app check-in (B-4.21).
    pub(super) pushes: Vec<u32>,
    /// The answer that is worked off.
    pass: Option<Box<Pass>>,
    /// The answer that is next: apps are handled one after another (B-7.5).
    next: Option<Box<Pass>>,
    /// The check-in for available apps that waits for its answer is on a user's request alone (B-7.37, B-7.52a).
    is_on_request: bool,
    /// When results leave (B-7.59).
    report_at: Option<Awake>,
    /// When apps are checked because the ESP entered a phase with apps of its own, or is over (B-7.55).
    esp_check: Option<Awake>,
}

impl AppsUnderway {
    pub(super) const NOTHING: Self =
        Self { pushes: Vec::new(), pass: None, next: None, is_on_request: false, report_at: None, esp_check: None };

    /// True while an answer for the workload is worked off, or waits for that.
    pub(super) fn is_busy(&self, workload: Workload) -> bool {
        let is_it = |pass: &Option<Box<Pass>>| pass.as_ref().is_some_and(|pass| pass.workload == workload);
        is_it(&self.pass) || is_it(&self.next)
    }
}

impl Apps {
    /// True if there may be a result that the service does not have.
    #[inline]
    pub(in crate::agent) const fn has_unsent(&self) -> bool {
        self.has_unreported
    }

    fn find(&self, policy: PolicyId, user: UserId) -> Option<&AppRecord> {
        self.records.iter().find(|record| record.policy == policy && record.user == user)
    }

    /// The record of an app, made if it is not there.
    fn record(&mut self, policy: PolicyId, user: UserId) -> &mut AppRecord {
        let place = self.records.iter().position(|record| record.policy == policy && record.user == user);
        let place = place.unwrap_or_else(|| {
            self.records.push(AppRecord::new(policy, user));
            self.records.len() - 1
        });
        &mut self.records[place]
    }

    /// True if any record of an app has a mark, whoever it is for.
    fn is_marked(&self, policy: PolicyId, mark: Marks) -> bool {
        self.records.iter().any(|record| record.policy == policy && record.marks.contains(mark))
    }

    /// Takes a mark off every record of an app.
    fn unmark(&mut self, policy: PolicyId, mark: Marks) {
        for record in self.records.iter_mut().filter(|record| record.policy == policy) {
            record.marks.set(mark, false);
        }
    }

    /// Takes a mark off the records of an app for two users.
    fn unmark_for(&mut self, policy: PolicyId, users: [UserId; 2], mark: Marks) {
        let is_it = |record: &&mut AppRecord| record.policy == policy && users.contains(&record.user);
        for record in self.records.iter_mut().filter(is_it) {
            record.marks.set(mark, false);
        }
    }

    /// An app is gone from the device by Intune's doing: nothing is Intune's, or the user's, any more.
    fn unmark_all(&mut self, policy: PolicyId) {
        for mark in [Marks::MANAGED, Marks::AS_REQUIRED, Marks::FROM_PORTAL, Marks::TAGGED] {
            self.unmark(policy, mark);
        }
    }

    /// The answers of before say nothing any more.
    fn look_again(&mut self) {
        self.seen.clear();
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    fn note_app(&mut self, rule: RuleId, event: AppEvent) {
        self.note(rule, Event::App(event));
    }

    /// What is kept, if anything is.
    fn apps(&self) -> Option<&Apps> {
        self.durable.work.as_ref().map(|kept| &kept.apps)
    }

    /// What is kept, made if it is not there.
    fn apps_mut(&mut self) -> &mut Apps {
        &mut self.kept().apps
    }

    /// What is under way, without making it.
    fn apps_underway(&self) -> Option<&AppsUnderway> {
        match &*self.phase {
            Phase::Running(running) => running.work.as_ref().map(|work| &work.apps),
            Phase::Stopped | Phase::Absent => None,
        }
    }
}

impl Running {
    /// True while an answer for apps is worked off.
    pub(super) fn has_app_work(&self) -> bool {
        self.work.as_ref().is_some_and(|work| work.apps.pass.is_some())
    }
}

impl Agent {
    /// What must hold of the app work under way.
    pub(super) fn check_apps(&self, running: &Running) -> Result<(), &'static str> {
        let Some(work) = running.work.as_ref().map(|work| &work.apps) else { return Ok(()) };
        if work.next.is_some() && work.pass.is_none() {
            return Err("an answer for apps waits for nothing");
        }
        let Some(pass) = &work.pass else { return Ok(()) };
        let waits = pass.slot.is_some() || pass.resume_at.is_some();
        if waits && !self.timers.is_set(Timer::AppWork) {
            return Err("a step of an app has no deadline");
        }
        if !waits && !self.durable.around.dark_wake {
            return Err("an answer for apps is not worked off");
        }
        Ok(())
    }

    /// What the agent keeps of apps, in the order in which it first saw them.
    pub fn apps(&self) -> &[AppRecord] {
        self.durable.work.as_ref().map_or(&[], |kept| &kept.apps.records)
    }

    /// When the subgraph that an app is the first of was evaluated last for a user id.
    ///
    /// Source: B-7.33.
    pub fn app_evaluated(&self, id: crate::relations::SubgraphId, user: UserId) -> Option<Wall> {
        let kept = self.durable.work.as_ref()?;
        kept.apps
            .subgraphs
            .iter()
            .filter(|known| known.id == id && known.user == user)
            .filter_map(|known| known.evaluated)
            .max()
    }

    /// The restart that an app asked for and that has not come yet.
    ///
    /// Source: B-7.29.
    pub fn pending_restart(&self) -> Option<PendingRestart> {
        self.durable.work.as_ref()?.apps.restart
    }

    /// True if nothing is installed before the device has restarted.
    ///
    /// Source: B-7.26.
    pub fn is_reboot_pending(&self) -> bool {
        self.durable.work.as_ref().is_some_and(|kept| kept.apps.reboot_pending)
    }
}

#[cfg(test)]
mod tests;
