//! What the answer to a script poll queues. First read: B-5.1 to B-5.11, B-1.13, B-1.14.

use super::{Record, RecordState, Stage, Work};
use crate::agent::state::Phase;
use crate::agent::{Effect, Event, Sink, SkipReason, Turn};
use crate::facts::{Edition, Facts};
use crate::profile::{Profile, WpjScripts};
use crate::protocol::{RunAs, ScriptPolicy, Target, UserId, Workload};
use crate::retry::Policy;
use crate::rules::{RuleId, b};
use crate::sabotage::{Sabotage, is_on};

impl<S: Sink> Turn<'_, '_, S> {
    /// A script poll was answered: sorts out what runs now, and starts with the first.
    pub(in crate::agent) fn scripts_answered(&mut self, user: UserId, policies: &[ScriptPolicy]) {
        let count = u32::try_from(policies.len()).unwrap_or(u32::MAX);
        self.note(b(5, 2), Event::CheckInDone { workload: Workload::Script, policies: count });
        self.scripts_found(!policies.is_empty());
        if self.are_settled(user, policies) {
            return self.check_in_over(Workload::Script);
        }
        let mut queue = Vec::new();
        let mut hint = 0;
        for policy in policies {
            let (first, second) = instances(policy.target, user, self.cx.profile);
            self.sort_out(policy, first, &mut hint, &mut queue);
            if let Some(second) = second {
                self.sort_out(policy, second, &mut hint, &mut queue);
            }
        }
        if is_on(Sabotage::RunsWithdrawn) {
            let left = (0..).zip(&self.durable.scripts).filter(|(_, record)| record.state == RecordState::Failed);
            queue.extend(left.map(|(place, _)| place).filter(|place| !queue.contains(place)).collect::<Vec<u32>>());
        }
        if queue.is_empty() {
            return self.check_in_over(Workload::Script);
        }
        self.effect(Effect::Persist);
        if let Some(running) = self.running() {
            running.stage = Stage::Working(Box::new(Work { queue, next: 0, run: None }));
        }
        self.run_next();
    }

    /// True where the records stand in the order of the answer and show that nothing of it is to run: the frequent case,
    /// for which [`Self::sort_out`] need not go from script to script.
    #[inline]
    fn are_settled(&self, user: UserId, policies: &[ScriptPolicy]) -> bool {
        let (records, profile) = (&self.durable.scripts, self.cx.profile);
        let mut both = policies.iter().zip(records);
        policies.len() <= records.len()
            && both.all(|(policy, record)| {
                instances(policy.target, user, profile) == (record.user, None)
                    && (record.policy, record.revision) == (policy.id, policy.revision)
                    && matches!(record.state, RecordState::Success | RecordState::Skipped)
            })
    }

    /// Decides on one script for one user id: queue it, leave it, or never run it.
    fn sort_out(&mut self, policy: &ScriptPolicy, user: UserId, hint: &mut usize, queue: &mut Vec<u32>) {
        let place = self.record_place(policy, user, hint);
        let record = &mut self.durable.scripts[place];
        match record.state {
            // B-5.1: once per instance. B-5.27: also after the assignment went and came back.
            RecordState::Success | RecordState::Skipped => return,
            RecordState::Pending | RecordState::Failed => {}
        }
        let tries = Policy::script_retries(self.cx.profile.scripts.max_retries);
        if !tries.allows_after(u32::from(record.downloads)) && !is_on(Sabotage::EndlessTries) {
            return self.note(b(5, 6), Event::ScriptExhausted { policy: policy.id, user });
        }
        if let Some((rule, reason)) = skip_reason(policy, self.cx.facts, self.cx.profile) {
            // B-1.14: downloaded, counted once, never run and never reported.
            record.downloads = record.downloads.saturating_add(1);
            record.state = RecordState::Skipped;
            self.note(rule, Event::ScriptSkipped { policy: policy.id, user, reason });
            if reason == SkipReason::BitnessChange {
                self.report_without_run(place);
            }
            return self.effect(Effect::Persist);
        }
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        // A service that names a script twice does not make it run twice.
        if !queue.contains(&place) {
            queue.push(place);
        }
    }

    /// B-5.18a: the script is opened in the other host and not run, and a result is reported all the same. Which one is not
    /// published; success is assumed.
    fn report_without_run(&mut self, place: usize) {
        let run = self.token();
        let record = &mut self.durable.scripts[place];
        record.state = RecordState::Success;
        record.run = Some(run);
        record.exit_code = 0;
        record.unreported = true;
        self.report_due();
    }

    /// The place of the record for a script and a user id in its present revision, made or made afresh if need be.
    /// Records stand mostly in the order of the answer, so the search begins where the last one ended.
    fn record_place(&mut self, policy: &ScriptPolicy, user: UserId, hint: &mut usize) -> usize {
        let records = &mut self.durable.scripts;
        let is_it = |record: &Record| record.policy == policy.id && record.user == user;
        let found = match records.get(*hint) {
            Some(record) if is_it(record) => Some(*hint),
            Some(_) | None => records.iter().position(is_it),
        };
        let fresh = Record {
            policy: policy.id,
            revision: policy.revision,
            updated: self.now.wall,
            run: None,
            exit_code: 0,
            user,
            run_as: policy.run_as,
            downloads: 0,
            state: RecordState::Pending,
            unreported: false,
        };
        let place = match found {
            Some(place) if records[place].revision == policy.revision => {
                *hint = place + 1;
                return place;
            }
            Some(place) => {
                records[place] = fresh;
                place
            }
            None => {
                // What is assigned seldom changes: no room is kept for more.
                records.reserve_exact(1);
                records.push(fresh);
                records.len() - 1
            }
        };
        *hint = place + 1;
        self.note(b(5, 6), Event::ScriptDownloaded { policy: policy.id, user, revision: policy.revision });
        place
    }

    /// B-5.9: a poll that failed before any policy was fetched uses up no retry, unless the profile says so.
    pub(in crate::agent) fn script_poll_failed(&mut self, user: UserId) {
        if !self.cx.profile.scripts.failed_poll_counts {
            return;
        }
        for record in &mut self.durable.scripts {
            if record.user == user && record.state == RecordState::Failed {
                record.downloads = record.downloads.saturating_add(1);
            }
        }
        self.effect(Effect::Persist);
    }

    /// B-5.26: without its record, a script is new at the next script check-in.
    pub(in crate::agent) fn record_deleted(&mut self, policy: crate::protocol::PolicyId) {
        if matches!(self.phase, Phase::Absent) {
            return;
        }
        if self.app_forgotten(policy) {
            return;
        }
        let idle = match self.running() {
            Some(running) => matches!(running.stage, Stage::Idle),
            None => true,
        };
        for record in &mut self.durable.scripts {
            if record.policy == policy {
                // Places of other records must stay while a queue refers to them.
                record.state = RecordState::Pending;
                record.downloads = 0;
                record.unreported = false;
            }
        }
        if idle {
            self.durable.scripts.retain(|record| record.policy != policy);
        }
        self.note(b(5, 26), Event::ScriptForgotten { policy });
        self.effect(Effect::Persist);
    }
}

/// The user ids under which a script is recorded when it comes with a poll for `user`.
///
/// B-5.11: what targets the device is recorded under the signed-in user's id and so runs again for each user; B-12.20:
/// what comes both ways has two instances.
pub(crate) fn instances(target: Target, user: UserId, profile: &Profile) -> (UserId, Option<UserId>) {
    match target {
        Target::User => (user, None),
        Target::Device if profile.scripts.rerun_per_user => (user, None),
        Target::Device => (UserId::DEVICE, None),
        Target::Both => (user, (!user.is_device()).then_some(UserId::DEVICE)),
    }
}

/// Why a script never runs on this device in this revision.
fn skip_reason(policy: &ScriptPolicy, facts: &Facts, profile: &Profile) -> Option<(RuleId, SkipReason)> {
    let user_context = policy.run_as == RunAs::User;
    if facts.is_registered_only() && profile.elig.wpj_scripts == WpjScripts::None {
        Some((b(1, 13), SkipReason::RegisteredOnly))
    } else if facts.is_registered_only() && user_context {
        Some((b(1, 14), SkipReason::UserContextOnRegistered))
    } else if facts.edition == Edition::MultiSession && user_context && facts.os_build < WINDOWS_11 {
        Some((b(1, 29), SkipReason::UserContextOnMultiSession))
    } else if policy.bitness_change && profile.scripts.quirk_bitness_change {
        Some((b(5, 18).with_suffix('a'), SkipReason::BitnessChange))
    } else {
        None
    }
}

/// The first build of Windows 11.
const WINDOWS_11: u32 = 22_000;
