//! Copies of what outlives an agent's process, made in room that is there: as values, which take less time than bytes.

use thin_vec::ThinVec;

use super::state::{Durable, Phase};
use super::work::Kept;
use super::{Agent, RestoreError};

impl Agent {
    /// What a [snapshot](Agent::snapshot) would hold of this agent: itself, its service not started, in the place of what was
    /// kept before. Its snapshot is the same as this agent's.
    pub(crate) fn keep(&self, kept: &mut Option<Box<Self>>) {
        let kept = kept.get_or_insert_with(|| Box::new(Self::absent()));
        kept.durable.copy_from(&self.durable);
        kept.timers.copy_from(&self.timers);
        kept.phase = without_process(&self.phase);
    }

    /// The process begins with what was [kept](Self::keep), on the same machine: what is [restored](Self::restored) of that
    /// [on the machine](Self::on_machine_of) of this agent, in the room that this one has.
    ///
    /// # Errors
    /// As [`Agent::restore`]. What was kept is then set aside, and the agent begins [without](Self::without_state).
    pub(crate) fn begin_with_kept(&mut self, kept: &Self) -> Result<(), RestoreError> {
        let there = Self {
            durable: self.durable.of_machine(),
            timers: std::mem::replace(&mut self.timers, kept.timers.lasting()),
            phase: without_process(&self.phase),
        };
        self.durable.copy_from(&kept.durable);
        self.phase = without_process(&kept.phase);
        if let Err(refused) = self.begin_life() {
            *self = there.without_state();
            return Err(refused);
        }
        self.take_machine_of(&there);
        Ok(())
    }
}

/// What a life is once the process is gone.
const fn without_process(phase: &Phase) -> Phase {
    if matches!(phase, Phase::Absent) { Phase::Absent } else { Phase::Stopped }
}

impl Durable {
    /// What Windows and the MDM channel hold, and what numbers draws and answers, without anything that the agent kept itself.
    pub(super) fn of_machine(&self) -> Self {
        let Self { version, start_type, broken, certificate, starts, health_checks, around, next_token, .. } = *self;
        Self { version, start_type, broken, certificate, starts, health_checks, around, next_token, ..Self::absent() }
    }

    /// Becomes a copy of another one in the room that it has.
    pub(super) fn copy_from(&mut self, other: &Self) {
        let Self {
            version,
            start_type,
            broken,
            certificate,
            startup_data,
            starts,
            health_checks,
            next_token,
            around,
            scripts,
            inventory,
            work,
        } = other;
        (self.version, self.start_type, self.broken) = (*version, *start_type, *broken);
        (self.certificate, self.startup_data) = (*certificate, *startup_data);
        (self.starts, self.health_checks, self.next_token) = (*starts, *health_checks, *next_token);
        (self.around, self.inventory) = (*around, *inventory);
        copy_list(&mut self.scripts, scripts);
        match (&mut self.work, work) {
            (Some(own), Some(work)) => own.copy_from(work),
            (own, work) => own.clone_from(work),
        }
    }
}

impl Kept {
    fn copy_from(&mut self, other: &Self) {
        let Self { apps, remediations, compliance, managed_installer, backoff } = other;
        self.apps.copy_from(apps);
        self.remediations.copy_from(remediations);
        self.compliance.copy_from(compliance);
        self.managed_installer = *managed_installer;
        self.backoff.clone_from(backoff);
    }
}

/// Makes a list a copy of another, in the room that it has: a search makes many copies of one state.
#[inline]
pub(crate) fn copy_list<T: Copy>(list: &mut ThinVec<T>, other: &[T]) {
    list.truncate(other.len());
    if let Some((first, rest)) = other.split_at_checked(list.len()) {
        list.copy_from_slice(first);
        if !rest.is_empty() {
            list.extend_from_slice(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Context;
    use crate::agent::{Input, Timer};
    use crate::chance::Chance;
    use crate::facts::Facts;
    use crate::profile::{Profile, Version};
    use crate::time::{Awake, Now, Span, Wall};

    #[test]
    fn what_is_kept_makes_the_same_snapshot_whatever_was_kept_before() {
        let (profile, facts) = (Profile::default(), Facts::default());
        let cx = Context::new(&profile, &facts, Chance::seeded(1, 0));
        let now = Now { wall: Wall::from_unix_millis(1_767_600_000_000), awake: Awake::MIN };
        let mut agent = Agent::absent();
        let mut kept = None;
        agent.keep(&mut kept);
        assert_eq!(kept.as_deref(), Some(&agent));
        let mut effects: Vec<crate::agent::Effect> = Vec::new();
        let _ = agent.handle(&cx, now, Input::Installed(Version([1, 94, 0, 0])), &mut effects);
        let _ = agent.handle(&cx, now, Input::Service(crate::agent::ServiceChange::Started), &mut effects);
        agent.keep(&mut kept);
        let kept_agent = kept.as_deref().map(Agent::snapshot);
        assert_eq!(kept_agent, Some(agent.snapshot()));
    }

    #[test]
    fn a_process_that_begins_in_its_room_is_the_one_of_its_file() {
        let (profile, facts) = (Profile::default(), Facts::default());
        let cx = Context::new(&profile, &facts, Chance::seeded(1, 0));
        let mut now = Now { wall: Wall::from_unix_millis(1_767_600_000_000), awake: Awake::MIN };
        let inputs = [
            Input::Installed(Version([1, 94, 0, 0])),
            Input::Certificate(true),
            Input::Service(crate::agent::ServiceChange::Started),
            Input::Tick,
            Input::Certificate(false),
            Input::Tick,
            Input::Service(crate::agent::ServiceChange::Stopped),
        ];
        let (mut agent, mut lives) = (Agent::absent(), vec![Agent::absent()]);
        for input in inputs {
            let mut effects: Vec<crate::agent::Effect> = Vec::new();
            let _ = agent.handle(&cx, now, input, &mut effects);
            now = Now { wall: now.wall.after(Span::days(1)), awake: now.awake.after(Span::days(1)) };
            lives.push(agent.clone());
        }
        // Whichever was kept, in the room of whichever is there.
        for (kept, there) in lives.iter().flat_map(|kept| lives.iter().map(move |there| (kept, there))) {
            let mut begun = there.clone();
            assert_eq!(begun.begin_with_kept(kept), Ok(()));
            assert_eq!(Ok(begun), Agent::restore(kept.snapshot().as_bytes()).map(|agent| agent.on_machine_of(there)));
        }
    }

    #[test]
    fn what_is_kept_and_is_no_agent_is_set_aside() {
        let agent = Agent::absent();
        let mut broken = Agent::absent();
        broken.timers.set_awake_once(Timer::Health, Awake::MIN);
        let mut begun = agent.clone();
        assert!(begun.begin_with_kept(&broken).is_err());
        assert_eq!(begun, agent.without_state());
    }
}
