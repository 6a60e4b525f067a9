//! A model of script runs that is simpler than the agent: a table of what may still run, by user id and script.
#![allow(dead_code, reason = "shared by several test programs; none uses all of it")]

use std::collections::BTreeMap;

use imesim::agent::{Run, RunOutcome};
use imesim::profile::{CountOn, Profile};
use imesim::protocol::{PolicyId, ScriptPolicy, Target, UserId};

use super::common::{Checked, ensure};

/// What may still run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    entries: BTreeMap<(UserId, PolicyId), Entry>,
    /// An agent that counts results may forget one when it is killed, so no bound holds from then on.
    forgets: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    revision: u32,
    /// Runs that were begun (`count_on = fetch`), or that failed (`count_on = result`).
    used: u32,
    /// It succeeded, or never runs here: no further run.
    closed: bool,
}

impl Model {
    /// The service has told what is assigned: another revision begins anew (B-5.6, B-5.8, B-5.11).
    pub(crate) fn answered(&mut self, user: UserId, policies: &[ScriptPolicy], profile: &Profile) {
        for policy in policies {
            let users = match policy.target {
                Target::Device if !profile.scripts.rerun_per_user => vec![UserId::DEVICE],
                Target::Device | Target::User => vec![user],
                Target::Both => vec![user, UserId::DEVICE],
            };
            for user in users {
                let fresh = Entry { revision: policy.revision, used: 0, closed: false };
                let entry = self.entries.entry((user, policy.id)).or_insert(fresh);
                if entry.revision != policy.revision {
                    *entry = fresh;
                }
            }
        }
    }

    /// A run begins: it must be one that is left (B-5.1, B-5.3, B-5.7).
    pub(crate) fn run(&mut self, run: &Run, profile: &Profile) -> Checked {
        let forgets = self.forgets;
        let Some(entry) = self.entries.get_mut(&(run.user, run.policy)) else {
            return ensure(false, || format!("{run:?} was never assigned"));
        };
        ensure(entry.revision == run.revision, || format!("{run:?} is not of revision {}", entry.revision))?;
        ensure(!entry.closed, || format!("{run:?} has succeeded before, or must never run"))?;
        let left = profile.scripts.max_retries + 1;
        match profile.scripts.count_on {
            CountOn::Fetch => {
                ensure(entry.used < left, || format!("{run:?} is one run too many: {} are allowed", left))?;
                entry.used += 1;
                let used = entry.used;
                ensure(u32::from(run.attempt) >= used, || format!("{run:?} is try {used} at least"))
            }
            CountOn::Result => ensure(forgets || entry.used < left, || format!("{run:?}: {left} have failed already")),
        }
    }

    /// A run ended, and its end is on disk.
    pub(crate) fn ended(&mut self, user: UserId, policy: PolicyId, success: bool, profile: &Profile) {
        if let Some(entry) = self.entries.get_mut(&(user, policy)) {
            entry.closed |= success;
            if profile.scripts.count_on == CountOn::Result {
                entry.used += 1;
            }
        }
    }

    /// A script never runs here in this revision.
    pub(crate) fn skipped(&mut self, user: UserId, policy: PolicyId) {
        if let Some(entry) = self.entries.get_mut(&(user, policy)) {
            entry.closed = true;
        }
    }

    /// The record of a script was deleted by hand (B-5.26).
    pub(crate) fn deleted(&mut self, policy: PolicyId) {
        for entry in self.entries.iter_mut().filter(|((_, known), _)| *known == policy).map(|(_, entry)| entry) {
            (entry.used, entry.closed) = (0, false);
        }
    }

    /// The agent left (B-10.15).
    pub(crate) fn removed(&mut self, profile: &Profile) {
        if !profile.removal.keeps_history {
            self.entries.clear();
        }
    }

    /// The process was killed.
    pub(crate) fn killed(&mut self) {
        self.forgets = true;
    }
}

/// True for an outcome that is a success (B-5.24).
pub(crate) fn is_success(outcome: RunOutcome, profile: &Profile) -> bool {
    match outcome {
        RunOutcome::Exited { code, stderr, .. } => code == 0 && !(stderr && profile.scripts.stderr_is_failure),
        RunOutcome::Refused(_)
        | RunOutcome::Found(_)
        | RunOutcome::Required(_)
        | RunOutcome::Downloaded(_)
        | RunOutcome::Discovered { .. } => false,
    }
}
