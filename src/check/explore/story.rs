//! A way through a small world as something to be read: as a scenario where one can say it, and else as a list.
//!
//! A scenario says what people do and when, not which message is lost; and in it messages take no time and come in the
//! order in which they were sent. So a way with a fault of the network, or with things in another order, stays a list. The
//! scenario is run before it is believed: the device must end in the same state.

use core::fmt::Write;

use super::model::Model;
use super::path::{Path, Walked};
use super::world::{Small, State, Step};
use crate::scenario::{Overrides, Scenario};
use crate::sim::{Cast, Nobody};
use crate::time::{Span, Wall};

/// A way in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Story {
    /// A scenario in TOML, as `imesim run` reads it.
    Scenario(String),
    /// One step to a line, each with the time since the start, the device's clocks and what the agent is doing then.
    Steps(String),
}

impl Story {
    /// Tells a way; `None` if it does not fit the world.
    pub fn new(small: &Small, path: &Path, title: &str) -> Option<Self> {
        let walked = path.walk(small)?;
        let scenario = timeline(small, &walked).and_then(|timeline| scenario(small, &walked, &timeline, title));
        Some(scenario.map_or_else(|| Self::Steps(list(small, &walked)), Self::Scenario))
    }

    /// The text, whichever it is.
    pub fn text(&self) -> &str {
        match self {
            Self::Scenario(text) | Self::Steps(text) => text,
        }
    }
}

fn list(small: &Small, walked: &Walked<Small>) -> String {
    let mut text = String::new();
    let around = walked.steps.len() - walked.cycle;
    let mut before = &walked.start;
    for (n, (step, state)) in walked.steps.iter().enumerate() {
        if n == around {
            text.push_str("from here on round and round:\n");
        }
        let since = Span::millis(small.elapsed(state));
        let _ = writeln!(
            text,
            "{:>3}  {:<12} wall {}  awake {:<12} {:<40} agent {:?}",
            n + 1,
            since.to_string(),
            state.now().wall,
            format!("{:?}", state.now().awake),
            before.say(*step),
            state.device().agent().status(),
        );
        before = state;
    }
    text
}

/// Who does what when, if nothing else than people and time is at work.
fn timeline(small: &Small, walked: &Walked<Small>) -> Option<Vec<(Span, &'static str)>> {
    let mut timeline: Vec<(Span, &'static str)> = Vec::new();
    let mut before = &walked.start;
    for (step, state) in &walked.steps {
        let at = Span::millis(small.elapsed(before));
        // An act a second later is the same act, as long as nothing is due by then; at the moment itself it would come first.
        let act_at = at.max(timeline.last().map_or(Span::ZERO, |(at, _)| *at)).saturating_add(Span::secs(1));
        let acts: &[(Span, &'static str)] = match step {
            Step::Time | Step::Push(_) => &[],
            Step::Deliver(0) if before.is_prompt() => &[],
            Step::Nap => &[(Span::ZERO, "sleep"), (Span::mins(5), "wake")],
            Step::Night => &[(Span::ZERO, "sleep"), (Span::hours(8), "wake")],
            Step::Restart => &[(Span::ZERO, "reboot")],
            Step::Kill => &[(Span::ZERO, "service-kill")],
            Step::CompanyPortal => &[(Span::ZERO, "company-portal-sync")],
            Step::Settings => &[(Span::ZERO, "settings-sync")],
            Step::Assign => &[(Span::ZERO, "assign")],
            Step::Unassign => &[(Span::ZERO, "unassign")],
            Step::Enroll => &[(Span::ZERO, "enroll")],
            Step::Unenroll => &[(Span::ZERO, "unenroll")],
            Step::Retire => &[(Span::ZERO, "retire")],
            Step::Deliver(_)
            | Step::Fail
            | Step::Lose(_)
            | Step::LoseAnswer(_)
            | Step::DelayAnswer(_)
            | Step::Delay(_)
            | Step::Twice(_)
            | Step::Refuse(_)
            | Step::LosePush(_)
            | Step::PushTwice(_)
            | Step::KillInTime(_)
            | Step::KillAtDelivery(..)
            | Step::KillAtAct(..)
            | Step::ClockForward
            | Step::ClockBack
            | Step::SignIn
            | Step::SignOut => return None,
        };
        if !acts.is_empty() && !before.is_quiet_for(Span::secs(2)) {
            return None;
        }
        timeline.extend(acts.iter().map(|(after, act)| (act_at.saturating_add(*after), *act)));
        before = state;
    }
    Some(timeline)
}

/// The scenario of the world with this timeline in place of its own, if the device ends in it as it does here.
fn scenario(small: &Small, walked: &Walked<Small>, timeline: &[(Span, &str)], title: &str) -> Option<String> {
    let (head, change) = small.text().split_once("[[at]]")?;
    let change: Vec<&str> =
        change.lines().filter(|line| line.starts_with("content") || line.starts_with("group")).collect();
    let last = walked.steps.last().map_or(&walked.start, |(_, state)| state);
    let duration = Span::millis(small.elapsed(last)).saturating_add(Span::secs(30));
    let mut text = String::new();
    for line in head.lines() {
        if line.starts_with("title") {
            let _ = writeln!(text, "title = {:?}", title);
        } else if line.starts_with("duration") {
            let _ = writeln!(text, "duration = \"{duration}\"");
        } else {
            let _ = writeln!(text, "{line}");
        }
    }
    for (at, act) in timeline {
        let _ = writeln!(text, "[[at]]\nat = \"{at}\"\ndo = \"{act}\"");
        if ["assign", "unassign"].contains(act) {
            change.iter().for_each(|line| text.extend([line, "\n"]));
        }
        text.push('\n');
    }
    let text = format!("{}\n", text.trim_end());
    let late = Span::secs(1 + timeline.len() as u64);
    ends_alike(&text, last, last.now().wall.after(late)).then_some(text)
}

/// True if the scenario runs and its agent ends like that of a state.
fn ends_alike(text: &str, state: &State, at: Wall) -> bool {
    let Ok(scenario) = Scenario::parse(text, "counterexample.toml", &Overrides::default()) else { return false };
    let Ok(cast) = Cast::new(&scenario.plan) else { return false };
    let Some(mut world) = cast.world(0, Nobody) else { return false };
    world.run_until(at);
    let (agent, other) = (world.device().agent(), state.device().agent());
    let scripts = |agent: &crate::agent::Agent| -> Vec<_> {
        agent.scripts().iter().map(|record| (record.policy, record.state, record.downloads)).collect()
    };
    agent.version() == other.version() && scripts(agent) == scripts(other)
}
