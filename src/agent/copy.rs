//! Copies of what outlives an agent's process, made in room that is there: as values, which take less time than bytes.

use thin_vec::ThinVec;

use super::Agent;
use super::state::{Durable, Phase};
use super::work::Kept;

impl Agent {
    /// What a [snapshot](Agent::snapshot) would hold of this agent: itself, its service not started, in the place of what was
    /// kept before. Its snapshot is the same as this agent's.
    pub(crate) fn keep(&self, kept: &mut Option<Box<Self>>) {
        let kept = kept.get_or_insert_with(|| Box::new(Self::absent()));
        kept.durable.copy_from(&self.durable);
        kept.timers.copy_from(&self.timers);
        kept.phase = if matches!(self.phase, Phase::Absent) { Phase::Absent } else { Phase::Stopped };
    }
}

impl Durable {
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
    use crate::agent::Input;
    use crate::chance::Chance;
    use crate::facts::Facts;
    use crate::profile::{Profile, Version};
    use crate::time::{Awake, Now, Wall};

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
}
