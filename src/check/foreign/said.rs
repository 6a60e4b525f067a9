//! What was seen and said in one call of an agent.

use std::mem::discriminant;

use super::witness::Poll;
use crate::agent::{Cause, Effect, Event, Sink};
use crate::protocol::{Failure, Workload};
use crate::rules::RuleId;

/// What was seen and said in one call, in order: first what was seen to come in, then what the agent did about it.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) parts: Vec<Part>,
    /// How many of them came in.
    seen: usize,
    /// What began its check-ins, as the agent says.
    pub(super) claims: Vec<(Workload, Cause)>,
    /// The poll that has failed in this call, which may be sent again.
    pub(super) repeated: Option<(Poll, Failure)>,
}

#[derive(Debug)]
pub(super) enum Part {
    Effect(Effect),
    Note(RuleId, Event),
}

impl Sink for Said {
    fn effect(&mut self, effect: Effect) {
        self.parts.push(Part::Effect(effect));
    }

    /// What it says of itself counts unless it is one of the things that are seen.
    fn note(&mut self, rule: RuleId, event: Event) {
        if let Event::CheckIn { workload, cause, .. } = event {
            self.claims.push((workload, cause));
        }
        if !is_seen(&event) {
            self.parts.push(Part::Note(rule, event));
        }
    }
}

impl Said {
    pub(super) fn effects(&self) -> impl Iterator<Item = &Effect> {
        self.parts.iter().filter_map(|part| match part {
            Part::Effect(effect) => Some(effect),
            Part::Note(..) => None,
        })
    }

    /// Adds an effect that comes about whatever the agent wants.
    pub(super) fn make_sure_of(&mut self, effect: Effect) {
        if !self.effects().any(|other| *other == effect) {
            self.effect(effect);
        }
    }

    /// Notes what was seen to come in.
    pub(super) fn saw(&mut self, (rule, event): (RuleId, Event)) {
        self.parts.insert(self.seen, Part::Note(rule, event));
        self.seen += 1;
    }

    pub(super) fn says(&self, event: &Event) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Note(_, said) if discriminant(said) == discriminant(event)))
    }

    /// Passes all of it on.
    pub(super) fn tell(self, out: &mut impl Sink) {
        for part in self.parts {
            match part {
                Part::Effect(effect) => out.effect(effect),
                Part::Note(rule, event) => out.note(rule, event),
            }
        }
    }
}

/// True for what is seen from outside, so that nobody needs to be believed.
const fn is_seen(event: &Event) -> bool {
    matches!(
        event,
        Event::AgentInstalled { .. }
            | Event::AgentUpgraded { .. }
            | Event::ServiceStarted { .. }
            | Event::ServiceStopped
            | Event::CheckIn { .. }
            | Event::CheckInDone { .. }
            | Event::CheckInFailed { .. }
            | Event::ScriptDownloaded { .. }
            | Event::ScriptRun { .. }
            | Event::ScriptResult { .. }
            | Event::ScriptTimedOut { .. }
            | Event::ScriptCutOff { .. }
            | Event::ScriptForgotten { .. }
            | Event::ReportSent { .. }
            | Event::Irrecoverable { .. }
            | Event::Recovered
            | Event::RequestRepeated { .. }
    )
}
