//! What an agent shows of itself, for explanations, tests and drivers; and its invariants.

use super::cadence::interval;
use super::check_in::ANSWER_TIMERS;
use super::state::{Phase, SLOTS};
use super::timer::Deadline;
use super::timers::POLL_SET;
use super::{Agent, NotedDeadlines, Record, Timer};
use crate::profile::{Profile, Version};
use crate::protocol::{UserId, Workload};
use crate::time::{Now, Span};

/// Where an agent is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Not on the device.
    Absent,
    /// On the device, its service does not run.
    Stopped,
    /// Its service runs and the start delay is not over.
    Starting,
    /// Its service runs and nothing is under way.
    Idle,
    /// A check-in is under way.
    CheckingIn,
    /// Scripts are run, or apps are worked on.
    Working,
}

impl Agent {
    /// Where the agent is in its life.
    pub fn status(&self) -> Status {
        match &self.phase {
            Phase::Absent => Status::Absent,
            Phase::Stopped => Status::Stopped,
            Phase::Running(running) if !running.ready => Status::Starting,
            Phase::Running(running) if running.stage.has_work() || running.has_app_work() => Status::Working,
            Phase::Running(running) if running.exchanges.has_any() => Status::CheckingIn,
            Phase::Running(_) => Status::Idle,
        }
    }

    /// The version on the device, if there is one.
    pub fn version(&self) -> Option<Version> {
        (!matches!(self.phase, Phase::Absent)).then_some(self.durable.version)
    }

    /// True if the service runs.
    pub const fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running(_))
    }

    /// True if the service cannot be started or repaired.
    pub const fn is_broken(&self) -> bool {
        self.durable.broken
    }

    /// What the agent keeps of scripts, in the order in which it first saw them.
    pub fn scripts(&self) -> &[Record] {
        &self.durable.scripts
    }

    /// The user for whom the next check-in is made.
    pub const fn active_user(&self) -> UserId {
        self.durable.around.active
    }

    /// True while a check-in of the workload is under way, with the scripts or apps that it brought.
    pub fn is_busy(&self, workload: Workload) -> bool {
        match &self.phase {
            Phase::Running(running) => running.is_busy(workload),
            Phase::Absent | Phase::Stopped => false,
        }
    }

    /// How many scripts the last answer queued to be run one after another, those that have been run included; none when all
    /// are done with.
    pub fn scripts_queued(&self) -> usize {
        match &self.phase {
            Phase::Running(running) => running.stage.queued(),
            Phase::Absent | Phase::Stopped => 0,
        }
    }

    /// How long it takes until the periodic timer of a workload begins its first period. To be asked in the moment in which
    /// the service starts (B-4.11).
    pub fn first_delay(&self, workload: Workload, profile: &Profile, now: Now) -> Span {
        let every = interval(workload, false, profile);
        let armed = self.timers().find(|(timer, _)| *timer == Timer::poll(workload));
        let left = armed.map(|(_, deadline)| match deadline {
            Deadline::Awake(at) => at.since(now.awake),
            Deadline::Wall(at) => at.since(now.wall),
        });
        left.unwrap_or(Span::ZERO).saturating_sub(every)
    }

    /// How many check-ins of required apps were counted in the window that began last, those included that the agent denied
    /// itself; 0 while the service does not run.
    ///
    /// Source: B-4.26.
    pub fn required_app_checks(&self) -> u16 {
        match &self.phase {
            Phase::Running(running) => running.throttle_count,
            Phase::Absent | Phase::Stopped => 0,
        }
    }

    /// Every armed timer with its deadline, in firing order.
    pub fn timers(&self) -> impl Iterator<Item = (Timer, Deadline)> + '_ {
        self.timers.armed()
    }

    /// Notes the deadline of each armed timer. Who does so after each input sees every deadline once, as a new one.
    #[inline]
    pub fn note_deadlines(&self, noted: &mut NotedDeadlines) {
        self.timers.note(noted);
    }

    /// Checks what must hold after every input, and says what does not.
    ///
    /// # Errors
    /// The name of the first invariant that is broken.
    pub fn check_invariants(&self) -> Result<(), &'static str> {
        let Phase::Running(running) = &self.phase else {
            if self.timers.has_service() {
                return Err("a timer of the service is armed while it does not run");
            }
            if matches!(self.phase, Phase::Absent) && self.timers.has_any() {
                return Err("a timer is armed while the agent is not on the device");
            }
            return Ok(());
        };
        if self.timers.armed_of(POLL_SET) != POLL_SET {
            return Err("a periodic timer is not armed while the service runs");
        }
        if u32::from(running.exchanges.busy()) != self.timers.armed_of(ANSWERS) >> ANSWERS_FROM {
            return Err("a request is on its way without a deadline, or a deadline is left over");
        }
        if !running.ready && !self.timers.is_set(Timer::Ready) {
            return Err("the start delay has no end");
        }
        if running.stage.is_running() != self.timers.is_set(Timer::RunLimit) {
            return Err("a script runs without a limit, or a limit is left over");
        }
        if running.stage.has_work() && !running.stage.is_running() && !self.durable.around.dark_wake {
            return Err("scripts are queued and nothing runs");
        }
        self.check_compliance(running)?;
        self.check_apps(running)?;
        if let Some(chain) = running.chain
            && !running.is_busy(chain.at)
            && running.waiting[chain.at as usize].is_none()
        {
            return Err("a row of check-ins waits for one that is not under way");
        }
        Ok(())
    }
}

/// The timers that end the wait for an answer, as bits: one for each slot of the exchanges, in their order.
const ANSWERS: u32 = ((1 << SLOTS) - 1) << ANSWERS_FROM;
const ANSWERS_FROM: u32 = Timer::AnswerScript as u32;
const _: () = {
    let mut slot = 0;
    while slot < SLOTS {
        assert!(ANSWER_TIMERS[slot] as u32 == ANSWERS_FROM + slot as u32, "the timers come in the order of the slots");
        slot += 1;
    }
};

#[cfg(test)]
mod tests;
