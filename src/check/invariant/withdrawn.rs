//! The judge of W2: what was taken back, and what is too old, is not done any more.

use super::{Add, Invariant, Judge, Kinds, Seen};
use crate::agent::{Event, RemediationEvent, Task};
use crate::catalog::{FaultKind, ServiceFault};
use crate::device::{self, Action};
use crate::protocol::{PolicyId, UserId, Workload};
use crate::rules::{RuleId, b};
use crate::service::AdminAction;
use crate::sim::Happening;
use crate::time::Wall;

pub(super) fn judges(add: &mut Add<'_>) {
    add(Invariant::W2, Box::<Withdrawn>::default());
}

/// W2: once a check-in has said that a script or remediation is not assigned any more, it does not run; a run on demand reaches
/// the agent no later, and waits on the device no longer, than the profile says, if it says so.
#[derive(Debug, Default)]
struct Withdrawn {
    scripts: Checked,
    remediations: Checked,
    /// The service may have said something else than what is assigned.
    is_misled: bool,
    has_looked: bool,
    /// When runs on demand were asked for, and when the agent heard of the last.
    asked: Vec<(PolicyId, Wall)>,
    heard: Option<(PolicyId, Wall)>,
}

/// What the last check-in of a workload asked.
#[derive(Clone, Copy, Debug, Default)]
struct Checked {
    /// When the one that is under way began.
    begun: Option<Wall>,
    /// When the last began that was answered.
    answered: Option<Wall>,
}

impl Checked {
    fn began(&mut self, at: Wall) {
        self.begun = Some(at);
    }

    fn ended(&mut self, is_answered: bool) {
        let begun = self.begun.take();
        if is_answered && begun.is_some() {
            self.answered = begun;
        }
    }
}

impl Judge for Withdrawn {
    fn concerns(&self) -> Kinds {
        Kinds::PRESENCE
            .and(Kinds::STARTS)
            .and(Kinds::OF_SCRIPTS)
            .and(Kinds::OF_REMEDIATIONS)
            .and(Kinds::SCRIPTS)
            .and(Kinds::REMEDIATIONS)
            .and(Kinds::ADMIN)
            .and(Kinds::CLOCKS)
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        self.is_misled |=
            !std::mem::replace(&mut self.has_looked, true) && seen.plan.tenant.faults().iter().any(misleads);
        for action in &seen.happened.actions {
            match *action {
                Action::Admin(AdminAction::RunRemediation { policy }) => {
                    self.asked.retain(|(known, _)| *known != policy);
                    self.asked.push((policy, seen.at));
                }
                // The device reckons by a clock that is not the true one.
                Action::ClockStep(_) | Action::ClockDrift(_) => self.forget(),
                _ => {}
            }
        }
        for entry in &seen.happened.entries {
            if let Happening::Device(device::Event::Agent(event)) = &entry.happening {
                self.heard(seen, event, entry.rule)?;
            }
        }
        Ok(())
    }
}

impl Withdrawn {
    fn heard(&mut self, seen: &Seen<'_>, event: &Event, rule: Option<RuleId>) -> Result<(), String> {
        match *event {
            Event::CheckIn { workload: Workload::Script, .. } => self.scripts.began(seen.at),
            Event::CheckIn { workload: Workload::Remediation, .. } => self.remediations.began(seen.at),
            Event::CheckInDone { workload: Workload::Script, .. } => self.scripts.ended(true),
            Event::CheckInDone { workload: Workload::Remediation, .. } => self.remediations.ended(true),
            Event::CheckInFailed { workload: Workload::Script, .. } => self.scripts.ended(false),
            Event::CheckInFailed { workload: Workload::Remediation, .. } => self.remediations.ended(false),
            // What it learned in another life.
            Event::AgentInstalled { .. } | Event::AgentRemoved { .. } => {
                (self.scripts, self.remediations, self.heard) = Default::default();
            }
            Event::ServiceStarted { .. } => {
                (self.scripts.begun, self.remediations.begun, self.heard) = (None, None, None);
            }
            Event::ScriptRun { policy, .. } => return self.is_assigned(seen, Workload::Script, policy),
            Event::Remediation(RemediationEvent::RemediationOnDemand { policy }) => return self.reached(seen, policy),
            Event::Remediation(RemediationEvent::RemediationRun { policy, step: Task::Detect, .. }) => {
                return match rule {
                    Some(ON_DEMAND) => self.is_in_time(seen, policy),
                    Some(_) | None => self.is_assigned(seen, Workload::Remediation, policy),
                };
            }
            _ => {}
        }
        Ok(())
    }

    fn forget(&mut self) {
        (self.asked, self.heard) = Default::default();
    }

    /// It was assigned when the last check-in asked, or has been since.
    fn is_assigned(&self, seen: &Seen<'_>, workload: Workload, policy: PolicyId) -> Result<(), String> {
        let checked = if workload == Workload::Script { self.scripts } else { self.remediations };
        let Some(from) = checked.answered.filter(|_| !self.is_misled) else { return Ok(()) };
        let mut epochs = seen.cohort.epochs().take_while(|epoch| epoch.from() <= seen.at).peekable();
        while let Some(epoch) = epochs.next() {
            let is_over = epochs.peek().is_some_and(|next| next.from() <= from);
            let users = (0..=u8::try_from(seen.described.users.len()).unwrap_or(u8::MAX)).map(UserId);
            let has = |user| match workload {
                Workload::Script => epoch.scripts(user).iter().any(|script| script.id == policy),
                _ => epoch.remediations(user).iter().any(|assigned| assigned.id == policy),
            };
            if !is_over && users.into_iter().any(has) {
                return Ok(());
            }
        }
        Err(format!("{workload} {} runs, and the last check-in had taken it away", policy.0))
    }

    /// A run on demand reaches the agent.
    fn reached(&mut self, seen: &Seen<'_>, policy: PolicyId) -> Result<(), String> {
        self.heard = Some((policy, seen.at));
        let valid = seen.plan.profile.rem.on_demand_valid;
        let asked = self.asked.iter().find(|(known, _)| *known == policy);
        match asked {
            Some((_, asked)) if !valid.is_zero() && !self.is_misled && seen.at.since(*asked) > valid => {
                Err(format!("a run of {} on demand reaches the agent after {}", policy.0, seen.at.since(*asked)))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A run on demand begins.
    fn is_in_time(&self, seen: &Seen<'_>, policy: PolicyId) -> Result<(), String> {
        let valid = seen.plan.profile.rem.on_demand_valid;
        match self.heard {
            Some((known, heard)) if known == policy && !valid.is_zero() && seen.at.since(heard) > valid => Err(
                format!("a run of {} on demand begins {} after the agent heard of it", policy.0, seen.at.since(heard)),
            ),
            Some(_) | None => Ok(()),
        }
    }
}

const ON_DEMAND: RuleId = b(6, 29);

/// Whether a service with this fault says something else than what is assigned, or something later.
fn misleads(fault: &ServiceFault) -> bool {
    matches!(
        fault.kind,
        FaultKind::Stale(_)
            | FaultKind::Partial
            | FaultKind::Restored(_)
            | FaultKind::SplitBrain
            | FaultKind::PushLate(_)
            | FaultKind::PushDoubled
    )
}
