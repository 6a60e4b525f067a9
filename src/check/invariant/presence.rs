//! Judges of coming and going: A3, D1, D3, D4 and X2.

use super::{Add, Invariant, Judge, Kinds, Seen};
use crate::agent::{Event, RemovalReason};
use crate::catalog::ServiceFault;
use crate::device::{self, Action};
use crate::mdm::{self, JobState};
use crate::profile::Version;
use crate::protocol::AgentOrder;
use crate::service::AdminAction;
use crate::sim::Happening;
use crate::time::{Awake, Span, Wall};

pub(super) fn judges(add: &mut Add<'_>) {
    add(Invariant::A3, Box::<Evidence>::default());
    add(Invariant::D1, Box::<OneJob>::default());
    add(Invariant::D3, Box::<Comes>::default());
    add(Invariant::X2, Box::<NoGhost>::default());
}

/// A3: the agent leaves because it was told to, because the device is not managed, or after the time that an irrecoverable
/// state is given.
///
/// A process that starts knows what its file says. Where a recovery could not be written, on a full disk or into a file that is read
/// only, that is the count from before it, and the agent goes when that one is over: no rule has it ask first.
#[derive(Debug, Default)]
struct Evidence {
    /// What the agent knows.
    counts: Counts,
    /// What its file says.
    in_file: Counts,
    /// The service may be wrong about the device, and say so to it; or an admin has let the device go, which the agent may learn
    /// before the MDM client does.
    is_misled: bool,
    /// The faults of the world have been looked at.
    has_looked: bool,
}

/// Since when the agent has counted towards its removal (B-10.6, B-10.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    irrecoverable: Option<Awake>,
    unmanaged: Option<Awake>,
}

impl Judge for Evidence {
    fn concerns(&self) -> Kinds {
        Kinds::PRESENCE.and(Kinds::STARTS).and(Kinds::VERDICTS).and(Kinds::ADMIN)
    }

    /// While the file says something else than what the agent knows, it may be written in any step.
    fn wakes_at(&self) -> Option<Awake> {
        Some(if self.counts == self.in_file { Awake::MAX } else { Awake::MIN })
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        if !std::mem::replace(&mut self.has_looked, true) {
            let is_wrong = |fault: &ServiceFault| fault.kind.failure().is_none();
            self.is_misled = seen.plan.tenant.faults().iter().any(is_wrong);
        }
        for entry in &seen.happened.entries {
            match &entry.happening {
                Happening::Action(action) => self.acted(action),
                Happening::Device(device::Event::Agent(event)) => self.decided(event, seen)?,
                _ => {}
            }
        }
        if !seen.is_file_behind {
            self.in_file = self.counts;
        }
        Ok(())
    }
}

impl Evidence {
    fn acted(&mut self, action: &Action) {
        match action {
            Action::Twin(_) | Action::Admin(AdminAction::Retire | AdminAction::Wipe { .. }) => self.is_misled = true,
            Action::ServiceStart
            | Action::ServiceRestart
            | Action::ServiceKill
            | Action::PowerOn
            | Action::Reboot
            | Action::SlowBoot(_) => self.starts(),
            _ => {}
        }
    }

    /// A process starts, and reads its file. One that finds it torn knows of no count, and asks for none of these.
    fn starts(&mut self) {
        let Counts { irrecoverable, unmanaged } = &mut self.counts;
        *irrecoverable = self.in_file.irrecoverable.or(*irrecoverable);
        *unmanaged = self.in_file.unmanaged.or(*unmanaged);
    }

    fn decided(&mut self, event: &Event, seen: &Seen<'_>) -> Result<(), String> {
        let awake = seen.now.awake;
        match event {
            Event::ServiceStarted { .. } => self.starts(),
            Event::Irrecoverable { .. } => self.counts.irrecoverable = Some(awake),
            Event::Recovered => self.counts.irrecoverable = None,
            Event::Unmanaged => self.counts.unmanaged = Some(awake),
            Event::AgentInstalled { .. } => self.counts = Counts::default(),
            Event::AgentRemoved { reason } => {
                if !self.is_justified(*reason, seen) {
                    return Err(format!("the agent is removed because {reason:?}, without evidence for it"));
                }
                self.counts = Counts::default();
            }
            _ => {}
        }
        Ok(())
    }

    fn is_justified(&self, reason: RemovalReason, seen: &Seen<'_>) -> bool {
        let (removal, awake) = (&seen.plan.profile.removal, seen.now.awake);
        let has_lasted = |since: Awake, limit: Span| awake.since(since) >= limit;
        match reason {
            RemovalReason::Irrecoverable => {
                self.counts.irrecoverable.is_some_and(|since| has_lasted(since, removal.irrecoverable_after))
            }
            // That it counts, an agent need not say.
            RemovalReason::NotManagedUnreachable => {
                !seen.state.is_enrolled()
                    && self.counts.unmanaged.is_none_or(|since| has_lasted(since, removal.unmanaged_retry))
            }
            RemovalReason::NotManaged => self.is_misled || !seen.state.is_enrolled(),
            RemovalReason::ByHand => seen.happened.actions.contains(&Action::AgentRemove),
            RemovalReason::Unassigned | RemovalReason::Wiped => true,
        }
    }
}

/// D1: an install job begins only when the one before is over.
#[derive(Debug, Default)]
struct OneJob {
    open: Option<Version>,
}

impl Judge for OneJob {
    fn concerns(&self) -> Kinds {
        Kinds::JOBS.and(Kinds::ORDERS).and(Kinds::ENROLLMENTS)
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        for event in &seen.happened.mdm_events {
            match event {
                // One that brings another version takes the place of the first (B-2.11).
                mdm::Event::Job { state: JobState::Initialised, version, .. } => {
                    let before = self.open.replace(*version);
                    if before == Some(*version) {
                        return Err(format!("an install job for {version} begins while another is under way"));
                    }
                }
                mdm::Event::Job {
                    state: JobState::Completed | JobState::DownloadFailed | JobState::EnforcementFailed,
                    ..
                }
                | mdm::Event::Unenrolled { .. }
                | mdm::Event::MdmSessionDone { agent: AgentOrder::Remove }
                | mdm::Event::RemovalPlanned { .. } => self.open = None,
                _ => {}
            }
        }
        Ok(())
    }
}

/// D3, D4: after days without faults, an agent that is wanted is there, whatever came before.
#[derive(Debug, Default)]
struct Comes {
    /// The last order of a session, and when it began to be given.
    order: Option<(AgentOrder, Wall)>,
}

impl Judge for Comes {
    fn concerns(&self) -> Kinds {
        Kinds::SESSIONS_DONE.and(Kinds::ENROLLMENTS)
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        for event in &seen.happened.mdm_events {
            match event {
                mdm::Event::MdmSessionDone { agent } => match self.order {
                    Some((order, _)) if order == *agent => {}
                    Some(_) | None => self.order = Some((*agent, seen.at)),
                },
                mdm::Event::Enrolled | mdm::Event::Unenrolled { .. } => self.order = None,
                _ => {}
            }
        }
        Ok(())
    }

    fn end(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        match self.order {
            Some((AgentOrder::Install(version), since))
                if seen.is_quiet && seen.state.version.is_none() && seen.at.since(since) > Span::days(2) =>
            {
                Err(format!("sessions have ordered {version} for more than two days, and the agent is not there"))
            }
            Some((AgentOrder::Remove, since))
                if seen.is_quiet && seen.state.version.is_some() && seen.at.since(since) > Span::days(2) =>
            {
                Err("sessions have ordered the removal of the agent for more than two days, and it is there".to_owned())
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// X2: an agent that is not there decides nothing.
#[derive(Debug, Default)]
struct NoGhost {
    was_there: bool,
}

impl Judge for NoGhost {
    fn concerns(&self) -> Kinds {
        Kinds::GHOSTS.and(Kinds::STATE_VERSION)
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let is_there = seen.state.version.is_some();
        let was_there = std::mem::replace(&mut self.was_there, is_there);
        let acts = |event: &&Event| {
            matches!(
                event,
                Event::CheckIn { .. }
                    | Event::ScriptRun { .. }
                    | Event::ReportSent { .. }
                    | Event::ServiceStarted { .. }
            )
        };
        if was_there
            || is_there
            || seen.happened.actions.iter().any(|action| matches!(action, Action::Admin(AdminAction::Wipe { .. })))
        {
            return Ok(());
        }
        let came = seen.happened.agent_events.iter().any(|event| matches!(event, Event::AgentInstalled { .. }));
        match seen.happened.agent_events.iter().find(acts) {
            Some(event) if !came => Err(format!("an agent that is not there: {event:?}")),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::NotedDeadlines;
    use crate::check::hunt::{Base, Ground};
    use crate::check::invariant::{Happened, State};
    use crate::protocol::{UserId, Workload};
    use crate::sim::{Nobody, Power};

    // X2: the judge of what cannot be shown by a fault of the agent.
    #[test]
    fn a_decision_of_an_agent_that_is_not_there_is_noticed() {
        let base = Base::office();
        let ground = Ground::new(&base).expect("the office can be cast");
        let world = ground.cast().world(2, Nobody).expect("the third device is there");
        let (described, cohort) = (ground.cast().described(2), ground.cast().cohort(2));
        let check_in =
            Event::CheckIn { workload: Workload::Script, cause: crate::agent::Cause::Timer, user: UserId::DEVICE };
        let state = State { power: Power::On, version: None, is_running: false, enrolled_since: None };
        let deadlines = NotedDeadlines::default();
        let seen = |happened| Seen {
            plan: ground.plan(),
            described: described.expect("the third device is there"),
            cohort: cohort.expect("the third device is there"),
            at: ground.plan().start,
            now: world.device_now(),
            facts: world.device().facts(),
            mdm: world.device().mdm(),
            agent: world.device().agent(),
            deadlines: &deadlines,
            state,
            is_online: true,
            is_file_behind: false,
            is_quiet: false,
            happened,
            kinds: Kinds::ALL,
        };
        let nothing = Happened::default();
        let acts = Happened { agent_events: vec![check_in], ..Happened::default() };
        assert_eq!(world.device().agent().version(), None, "the third device enrolls later");
        assert_eq!(NoGhost::default().step(&seen(&nothing)), Ok(()));
        assert!(NoGhost::default().step(&seen(&acts)).is_err());
    }
}
