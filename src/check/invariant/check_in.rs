//! Judges of sessions and triggers: C1, C3, C4, C6 and X3.

use super::{Add, Invariant, Judge, Kinds, Seen, State, behind, wrong};
use crate::agent::{self, BackoffEvent};
use crate::device::{Action, AgentState};
use crate::mdm::{self, MdmClient};
use crate::profile::TimersCount;
use crate::protocol::Workload;
use crate::service::AdminAction;
use crate::sim::Power;
use crate::time::{Awake, Span, Wall};

pub(super) fn judges(add: &mut Add<'_>) {
    add(Invariant::C1, Box::<OneSession>::default());
    add(Invariant::C3, Box::new(NoDeadState));
    add(Invariant::C4, Box::new(Triggers));
    add(Invariant::C6, Box::<StartUp>::default());
    add(Invariant::X3, Box::new(Stops));
}

/// C1: of each workload one check-in is under way, and one session of the MDM client.
#[derive(Debug, Default)]
struct OneSession;

impl Judge for OneSession {
    fn concerns(&self) -> Kinds {
        Kinds::SECONDS
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        match seen.happened.second {
            Some(Second::CheckIn(workload)) => {
                Err(format!("a check-in for {workload} begins while another is under way"))
            }
            Some(Second::Session) => Err(wrong("an MDM session opens while another is under way")),
            None => Ok(()),
        }
    }
}

/// Something that begins while another of its kind is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// A check-in of this workload.
    CheckIn(Workload),
    /// A session of the MDM client.
    Session,
}

/// What is under way on a device, as far as its agent and its MDM client have told. It is kept by whoever looks on, who hears of
/// each thing by itself, and not by the judge: check-ins begin or end in most steps.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::check) struct UnderWay {
    /// Workloads, as bits by their numbers.
    check_ins: u8,
    session: bool,
}

impl UnderWay {
    /// The agent has decided something of these kinds.
    #[inline]
    pub(in crate::check) const fn agent_decided(&mut self, kinds: Kinds, event: &agent::Event) -> Option<Second> {
        use agent::Event as E;
        if !kinds.has_any(Kinds::CHECK_INS_BEGIN_OR_END.and(Kinds::PRESENCE).and(Kinds::STARTS).and(Kinds::STOPS)) {
            return None;
        }
        let before = self.check_ins;
        match event {
            E::CheckIn { workload, .. } => {
                self.check_ins |= 1 << *workload as u8;
                if self.check_ins == before { Some(Second::CheckIn(*workload)) } else { None }
            }
            E::CheckInDone { workload, .. } | E::CheckInFailed { workload, .. } => {
                self.check_ins &= !(1 << *workload as u8);
                None
            }
            E::ServiceStarted { .. } | E::ServiceStopped | E::AgentInstalled { .. } | E::AgentRemoved { .. } => {
                self.check_ins = 0;
                None
            }
            _ => None,
        }
    }

    /// The MDM client has decided something.
    pub(in crate::check) const fn client_decided(&mut self, event: &mdm::Event) -> Option<Second> {
        match event {
            mdm::Event::MdmSession { .. } => {
                if std::mem::replace(&mut self.session, true) {
                    Some(Second::Session)
                } else {
                    None
                }
            }
            mdm::Event::MdmSessionDone { .. } | mdm::Event::MdmSessionFailed { .. } | mdm::Event::Unenrolled { .. } => {
                self.session = false;
                None
            }
            _ => None,
        }
    }

    /// A step of these kinds is over, and so it stands with the device: what its power and the agent's service took with them
    /// need not be told.
    #[inline]
    pub(in crate::check) fn settle(&mut self, kinds: Kinds, state: &State) {
        if !state.is_running {
            self.check_ins = 0;
        }
        if kinds.has_any(Kinds::POWER) || state.power == Power::Off {
            self.session = false;
        }
    }
}

/// C3: an agent that is there, and an MDM client that is enrolled and has a schedule, wait for something.
#[derive(Debug, Default)]
struct NoDeadState;

impl Judge for NoDeadState {
    fn concerns(&self) -> Kinds {
        Kinds::UNSOUND
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        is_sound(seen.agent, &seen.state)
            .and_then(|()| is_client_sound(seen.mdm, seen.described.mdm_schedule))
            .map_err(wrong)
    }
}

/// Whether all holds of an agent that must, and whether it waits for something: C3 of the agent.
#[inline]
pub(in crate::check) fn is_sound<A: AgentState + ?Sized>(agent: &A, state: &State) -> Result<(), &'static str> {
    agent.check_invariants()?;
    let is_idle = state.version.is_some() && agent.next() == (Awake::MAX, Wall::MAX);
    if is_idle && state.power.is_awake() {
        return Err("the agent is there and waits for nothing");
    }
    Ok(())
}

/// The same of the MDM client.
#[inline]
pub(in crate::check) fn is_client_sound(mdm: &MdmClient, is_scheduled: bool) -> Result<(), &'static str> {
    mdm.check_invariants()?;
    if is_scheduled && mdm.is_enrolled() && !mdm.waits() {
        return Err("the MDM client is enrolled and waits for nothing");
    }
    Ok(())
}

/// C4: what is for the MDM client alone starts no check-in of the agent.
#[derive(Debug, Default)]
struct Triggers;

impl Judge for Triggers {
    fn concerns(&self) -> Kinds {
        Kinds::SYNCS
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let [action] = &seen.happened.actions[..] else { return Ok(()) };
        let is_for_mdm = matches!(
            action,
            Action::SettingsSync | Action::RemoteHelp | Action::Admin(AdminAction::Sync | AdminAction::BulkSync)
        );
        let began = seen.happened.agent_events.iter().find(|event| matches!(event, agent::Event::CheckIn { .. }));
        match began {
            Some(event) if is_for_mdm => Err(format!("{action:?} reaches the agent: {event:?}")),
            Some(_) | None => Ok(()),
        }
    }
}

/// C6: after a start of the service, the check-in for scripts comes when its delay is over.
#[derive(Debug, Default)]
struct StartUp {
    due: Option<Awake>,
}

impl Judge for StartUp {
    fn concerns(&self) -> Kinds {
        Kinds::STARTS
            .and(Kinds::CALLS_FOR_SCRIPTS)
            .and(Kinds::PUT_OFF)
            .and(Kinds::CLOCKS)
            .and(Kinds::STATE_POWER)
            .and(Kinds::STATE_RUNNING)
    }

    fn wakes_at(&self) -> Option<Awake> {
        Some(self.due.map_or(Awake::MAX, behind))
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        // A deadline on the wall clock moves with it, and maintenance wake holds check-ins back.
        let moves = seen.plan.profile.ime.timers_count == TimersCount::Wall
            && seen
                .happened
                .actions
                .iter()
                .any(|action| matches!(action, Action::ClockStep(_) | Action::ClockDrift(_)));
        let counts = seen.state.is_running && seen.state.power == Power::On && !moves;
        // What is too late is so whatever happens at last.
        if self.due.is_some_and(|due| seen.now.awake > due) {
            return Err("the first check-in for scripts after a start is late".to_owned());
        }
        if !counts {
            self.due = None;
        }
        for event in &seen.happened.agent_events {
            match event {
                agent::Event::ServiceStarted { scripts_in, .. } if counts => {
                    self.due = Some(seen.now.awake.after(*scripts_in).after(GRACE));
                }
                // One that is held back after a refusal is R7's business.
                agent::Event::CheckIn { workload: Workload::Script, .. }
                | agent::Event::Backoff(BackoffEvent::CheckInHeld { workload: Workload::Script, .. }) => {
                    self.due = None
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What is due at a moment may be dealt with a little later.
const GRACE: Span = Span::secs(1);

/// X3: after a stop, the service does not run.
#[derive(Debug, Default)]
struct Stops;

impl Judge for Stops {
    fn concerns(&self) -> Kinds {
        Kinds::SERVICE
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let stops =
            |action: &Action| matches!(action, Action::ServiceStop | Action::ServiceDisable | Action::ServiceBreak);
        if seen.happened.actions.last().is_some_and(stops) && seen.state.is_running {
            return Err("the service runs on after it was stopped".to_owned());
        }
        Ok(())
    }
}
