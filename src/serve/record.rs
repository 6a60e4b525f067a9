//! What the service keeps about one device beside its [`Ledger`]: when it was heard of, its last reports, its groups, and
//! the pushes that wait for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::profile::{CadenceProfile, Profile, Version};
use crate::protocol::{PolicyId, Push, Report, Request, ScriptResult, Token, UserId, Workload};
use crate::service::{Arrivals, Ledger, Membership};
use crate::time::{Span, Wall};

/// The record of one device. All of it is in the state file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The service machine's own.
    pub ledger: Ledger,
    /// When the device was last heard of.
    pub seen: Option<Wall>,
    /// The version of its agent, as its last poll or session said.
    pub agent: Option<Version>,
    /// The last poll of each workload, in the order of [`Workload::ALL`].
    pub polled: [Option<Wall>; 5],
    /// The last report on each piece of content for each user.
    pub reports: BTreeMap<About, Reported>,
    /// The memberships of the device, once an admin has changed them; before, those of the scenario.
    pub groups: Option<Vec<Membership>>,
    /// Signs that two machines come with this device's identity, where the service looks for them (`svc.notices_twins`).
    pub twins: Option<Twins>,
    /// How many requests came.
    pub requests: u64,
    /// The numbers they had.
    pub(super) arrivals: Arrivals,
    /// Pushes that the device has not fetched, oldest first.
    pub(super) pushes: Vec<Waiting>,
    /// How many pushes there were.
    pub(super) pushed: u32,
}

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct About {
    /// Which content.
    pub policy: PolicyId,
    /// For whom.
    pub user: UserId,
}

/// The last report on something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// The report.
    pub report: Report,
    /// When it came.
    pub at: Wall,
    /// How many different ones there were.
    pub count: u32,
    /// How often one came that had been taken already: its answer was lost on the way.
    pub repeated: u32,
}

/// Requests that cannot be of the machine that sent those before: a clone of its disk, or it was put back to an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twins {
    /// When the first came.
    pub first: Wall,
    /// When the last came.
    pub last: Wall,
    /// How many.
    pub count: u32,
}

/// A push that waits for its device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiting {
    /// Its number on this device, from 1.
    pub(super) number: u32,
    pub(super) push: Push,
    /// It is not there before.
    pub(super) due: Wall,
}

/// The most pushes that wait for one device; the oldest goes first. There are four kinds, and one of each says all.
const PUSHES_MAX: usize = 8;

impl Record {
    pub(super) fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            seen: None,
            agent: None,
            polled: [None; 5],
            reports: BTreeMap::new(),
            groups: None,
            twins: None,
            requests: 0,
            arrivals: Arrivals::default(),
            pushes: Vec::new(),
            pushed: 0,
        }
    }

    /// True for a script's report that has come before, to the last sign: it names the same run. The agent sends it again where
    /// the answer did not reach it, or where its process ended before the answer was written down (B-13.7).
    pub(super) fn has_taken(&self, report: &Report) -> bool {
        matches!(report, Report::Script(_))
            && about(report).and_then(|about| self.reports.get(&about)).is_some_and(|last| last.report == *report)
    }

    /// Notes that the device asked something, and says how often it had before.
    pub(super) const fn asked(&mut self, now: Wall) -> u64 {
        self.seen = Some(now);
        let before = self.requests;
        self.requests += 1;
        before
    }

    /// Looks at the number of a request that reached the service.
    pub(super) fn arrived(&mut self, now: Wall, token: Token, request: &Request) {
        if self.arrivals.count(token, request) {
            let twins = self.twins.get_or_insert(Twins { first: now, last: now, count: 0 });
            (twins.last, twins.count) = (now, twins.count.saturating_add(1));
        }
    }

    /// Notes what a request says of the device.
    pub(super) fn heard(&mut self, now: Wall, request: &Request) {
        match *request {
            Request::Poll { workload, agent, .. } => {
                self.agent = Some(agent);
                self.polled[workload as usize] = Some(now);
            }
            Request::MdmSession { agent, .. } => self.agent = agent,
            Request::Report(_)
            | Request::ConnectionTest
            | Request::Enroll
            | Request::RenewChannel
            | Request::Unenrolled => {}
        }
    }

    /// Keeps a report. What is no content of the tenant or no user of the device is not kept.
    pub(super) fn keep(&mut self, now: Wall, report: Report, contents: usize, users: usize, is_again: bool) {
        let Some(about) = about(&report) else { return };
        if about.policy.0 as usize >= contents || usize::from(about.user.0) > users {
            return;
        }
        let kept = self.reports.entry(about).or_insert(Reported { report, at: now, count: 0, repeated: 0 });
        if is_again {
            kept.repeated = kept.repeated.saturating_add(1);
        } else {
            *kept = Reported { report, at: now, count: kept.count.saturating_add(1), ..*kept };
        }
    }

    /// Takes a push that is to reach the device. Like the push services of Windows it keeps the last of each kind.
    pub(super) fn push(&mut self, push: Push, due: Wall, again: bool) {
        if !again {
            self.pushed = self.pushed.wrapping_add(1);
            self.pushes.retain(|waiting| waiting.push != push);
        }
        if self.pushes.len() >= PUSHES_MAX {
            self.pushes.remove(0);
        }
        self.pushes.push(Waiting { number: self.pushed, push, due });
    }

    /// The pushes that wait for the device and have left the service.
    pub fn waiting(&self, now: Wall) -> impl Iterator<Item = Push> {
        self.pushes.iter().filter(move |waiting| waiting.due <= now).map(|waiting| waiting.push)
    }

    /// When the agent is expected to ask for a workload next, by its own cadence; an agent that sleeps comes later.
    ///
    /// Source: B-4.2 to B-4.6.
    pub fn expected(&self, workload: Workload, has_scripts: bool, profile: &Profile) -> Option<Wall> {
        let last = self.polled[workload as usize]?;
        let is_uniform = match profile.ime.profile {
            CadenceProfile::PerWorkload => false,
            CadenceProfile::Uniform8h => true,
        };
        let interval = match workload {
            Workload::Script if !has_scripts => profile.ime.script_idle_interval,
            _ if is_uniform => Span::hours(8),
            Workload::Script => profile.ime.script_interval,
            Workload::RequiredApp => profile.ime.required_app_interval,
            // Only while somebody is signed in who may ask for apps.
            Workload::AvailableApp => profile.ime.available_app_interval,
            Workload::Remediation => profile.ime.remediation_interval,
            Workload::Compliance => profile.cc.fetch_interval,
        };
        Some(last.after(interval))
    }

    /// The last script reports that tell of success, and those that tell of failure.
    pub fn scripts(&self) -> (usize, usize) {
        let of = |wanted| {
            let is_it = |kept: &&Reported| matches!(kept.report, Report::Script(report) if report.result == wanted);
            self.reports.values().filter(is_it).count()
        };
        (of(ScriptResult::Success), of(ScriptResult::Failed))
    }
}

/// What a report is about; an inventory is about nothing that is assigned.
const fn about(report: &Report) -> Option<About> {
    Some(match report {
        Report::Script(report) => About { policy: report.policy, user: report.user },
        Report::App(report) => About { policy: report.policy, user: report.user },
        Report::Remediation(report) => About { policy: report.policy, user: report.user },
        Report::Compliance(report) => About { policy: report.policy, user: report.user },
        Report::Inventory => return None,
    })
}
