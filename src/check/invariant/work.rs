//! Judges of work: R8, W1, W4, W5 and W6.

use super::{Add, Invariant, Judge, Kinds, Seen};
use crate::agent::{Event, RecordState};
use crate::device::{Action, StateFile};
use crate::profile::CountOn;
use crate::protocol::{PolicyId, RunAs, ScriptResult, UserId};
use crate::sim::{Entry, Happening, HostEvent, Power};
use crate::time::{Awake, Span};

pub(super) fn judges(add: &mut Add<'_>) {
    add(Invariant::R8, Box::new(Tries));
    add(Invariant::W1, Box::<Once>::default());
    add(Invariant::W4, Box::new(Ends));
    add(Invariant::W5, Box::<Limits>::default());
    add(Invariant::W6, Box::<Held>::default());
}

/// R8: a script is tried as often as is said and no oftener.
#[derive(Debug, Default)]
struct Tries;

impl Judge for Tries {
    fn concerns(&self) -> Kinds {
        Kinds::SCRIPTS
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let scripts = &seen.plan.profile.scripts;
        // Tries that count with their result may be cut off again and again.
        if scripts.count_on == CountOn::Result {
            return Ok(());
        }
        let most = scripts.max_retries.saturating_add(1);
        let over = seen.happened.agent_events.iter().find_map(|event| match event {
            Event::ScriptRun { attempt, .. } if u32::from(*attempt) > most => Some(*attempt),
            _ => None,
        });
        over.map_or(Ok(()), |attempt| Err(format!("try {attempt} of a script, of {most}")))
    }
}

/// W1: a script that succeeded does not run again in the same revision for the same user id, unless its record is gone.
#[derive(Debug, Default)]
struct Once {
    /// The revision in which each script was given.
    given: Vec<(PolicyId, UserId, u32)>,
    done: Vec<(PolicyId, UserId)>,
    /// What the agent remembers may be older than what it did: it could not write it down.
    is_void: bool,
}

impl Judge for Once {
    fn concerns(&self) -> Kinds {
        Kinds::PRESENCE.and(Kinds::SCRIPTS).and(Kinds::FILES_AT_RISK)
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        self.is_void |= seen
            .happened
            .actions
            .iter()
            .any(|action| matches!(action, Action::StateFile(StateFile::ReadOnly) | Action::DiskFull(true)));
        let is_lost = |entry: &Entry| matches!(entry.happening, Happening::Host(HostEvent::StateSetAside));
        if seen.happened.entries.iter().any(is_lost) {
            self.done.clear();
        }
        for event in &seen.happened.agent_events {
            match event {
                Event::ScriptResult { policy, user, result: ScriptResult::Success, .. } => {
                    self.done.push((*policy, *user));
                }
                // That it is new to the agent in the same revision is no reason to run it again.
                Event::ScriptDownloaded { policy, user, revision } => {
                    let before = self.given.iter_mut().find(|given| (given.0, given.1) == (*policy, *user));
                    match before {
                        Some(given) if given.2 == *revision => {}
                        Some(given) => {
                            given.2 = *revision;
                            self.done.retain(|done| *done != (*policy, *user));
                        }
                        None => self.given.push((*policy, *user, *revision)),
                    }
                }
                Event::ScriptForgotten { policy } => self.done.retain(|(done, _)| done != policy),
                Event::ScriptRun { policy, user, .. } if !self.is_void && self.done.contains(&(*policy, *user)) => {
                    return Err(format!("script {} runs again after it succeeded", policy.0));
                }
                Event::AgentRemoved { .. } => self.done.clear(),
                _ => {}
            }
        }
        Ok(())
    }
}

/// W4: after days without faults, each script has come to an end under the user id for which check-ins are made. Under others
/// it waits for them (B-5.11).
#[derive(Debug, Default)]
struct Ends;

impl Judge for Ends {
    fn concerns(&self) -> Kinds {
        Kinds::NONE
    }

    fn step(&mut self, _: &Seen<'_>) -> Result<(), String> {
        Ok(())
    }

    fn end(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        // Runs that were cut off may have used its tries up (B-5.10): that is its end.
        let most = seen.plan.profile.scripts.max_retries;
        let waits = seen.agent.scripts().iter().find(|record| {
            record.user == seen.agent.active_user()
                && record.state == RecordState::Pending
                && u32::from(record.downloads) <= most
                && is_to_run(seen, record.policy, record.user)
        });
        match waits {
            // A device that is not managed any more is given nothing to run.
            Some(record) if seen.state.is_running && seen.is_quiet && seen.state.is_enrolled() => {
                Err(format!("script {} is still pending after a time without faults", record.policy.0))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Whether a script is among what the device is given now. One that runs as the user waits while nobody is there (B-5.19).
fn is_to_run(seen: &Seen<'_>, policy: PolicyId, user: UserId) -> bool {
    seen.cohort.epochs().filter(|epoch| epoch.from() <= seen.at).last().is_some_and(|epoch| {
        epoch
            .scripts(user)
            .iter()
            .any(|script| script.id == policy && (script.run_as == RunAs::System || user != UserId::DEVICE))
    })
}

/// W5: a run ends at its limit at the latest.
#[derive(Debug, Default)]
struct Limits {
    since: Option<Awake>,
}

impl Judge for Limits {
    fn concerns(&self) -> Kinds {
        Kinds::STARTS.and(Kinds::SCRIPTS).and(Kinds::STATE_RUNNING)
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let limit = seen.plan.profile.scripts.timeout.saturating_add(Span::secs(1));
        let lasted = self.since.map_or(Span::ZERO, |since| seen.now.awake.since(since));
        if lasted > limit {
            return Err(format!("a script runs for {lasted}, more than {limit}"));
        }
        for event in &seen.happened.agent_events {
            match event {
                Event::ScriptRun { .. } => self.since = Some(seen.now.awake),
                Event::ScriptResult { .. }
                | Event::ScriptTimedOut { .. }
                | Event::ScriptCutOff { .. }
                | Event::ScriptsCancelled
                | Event::ServiceStarted { .. } => {
                    self.since = None;
                }
                _ => {}
            }
        }
        if !seen.state.is_running {
            self.since = None;
        }
        Ok(())
    }
}

/// W6: nothing begins while the device is awake for maintenance only.
#[derive(Debug, Default)]
struct Held {
    was_dark: bool,
}

impl Judge for Held {
    fn concerns(&self) -> Kinds {
        Kinds::RUNS_IN_THE_DARK.and(Kinds::STATE_POWER)
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let is_dark = seen.state.power == Power::DarkWake;
        let was_dark = std::mem::replace(&mut self.was_dark, is_dark);
        if is_dark && was_dark && !seen.happened.began.is_empty() {
            return Err(format!("{:?} begins in maintenance wake", seen.happened.began[0]));
        }
        Ok(())
    }
}
