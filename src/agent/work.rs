//! What the workloads other than scripts keep, and how they come by their turns.
//!
//! Each workload has a module of its own that owns its transitions and its state: one part that survives the agent's
//! process and one that ends with it. Both are boxed and there only once a workload has something to keep, so that an agent
//! without such work costs nothing more. How another workload is added is told in the module above.

use serde::{Deserialize, Serialize};

use super::app::{Apps, AppsUnderway};
use super::backoff::Backoff;
use super::compliance::{Compliance, ComplianceUnderway};
use super::policies::ManagedInstaller;
use super::remediation::{Remediations, RemediationsUnderway};
use super::{Effect, Run, RunOutcome, Sink, Timer, Turn};
use crate::protocol::Token;
use crate::rules::b;
use crate::time::{Awake, Now, Wall};

/// What survives the agent's process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) apps: Apps,
    pub(super) remediations: Remediations,
    pub(super) compliance: Compliance,
    pub(super) managed_installer: ManagedInstaller,
    /// What is remembered of refusals, where the profile has the agent keep away after them.
    pub(super) backoff: Option<Box<Backoff>>,
}

impl Kept {
    /// True if a result of any workload is not with the service, whether its time has come or not.
    #[inline]
    pub(super) fn has_unsent(&self) -> bool {
        self.apps.has_unsent() || self.remediations.has_unsent() || self.compliance.has_unsent()
    }
}

impl Kept {
    /// What is left where no agent is: the page is shown, and its time runs, with one or without (B-7.54).
    pub(super) fn without_agent(self: Box<Self>) -> Option<Box<Self>> {
        Some(Box::new(Self { apps: self.apps.without_agent()?, ..Self::default() }))
    }
}

#[cfg(feature = "check")]
impl Kept {
    /// Puts it into a print.
    pub(super) fn print(&self, print: &mut crate::canon::Print) {
        use core::hash::Hash;
        let Self { apps, remediations, compliance, managed_installer, backoff } = self;
        apps.print(print);
        backoff.is_some().hash(print);
        if let Some(backoff) = backoff {
            backoff.print(print);
        }
        // As they are: more states are told apart than need be, and none fewer.
        (remediations, compliance, managed_installer).hash(print);
    }
}

#[cfg(feature = "check")]
impl Underway {
    /// Puts it into a print.
    pub(super) fn print(&self, print: &mut crate::canon::Print) {
        use core::hash::Hash;
        let Self { apps, remediations, compliance } = self;
        apps.print(print);
        (remediations, compliance).hash(print);
    }
}

/// What ends with the agent's process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Underway {
    pub(super) apps: AppsUnderway,
    pub(super) remediations: RemediationsUnderway,
    pub(super) compliance: ComplianceUnderway,
}

impl Underway {
    /// Nothing, which is as if it were not there. It is compared with at every check-in for apps.
    pub(super) const NOTHING: &'static Self = &Self {
        apps: AppsUnderway::NOTHING,
        remediations: RemediationsUnderway::NOTHING,
        compliance: ComplianceUnderway::NOTHING,
    };
}

/// One process under way, and when it must have ended. A workload runs one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct RunSlot {
    pub(super) token: Token,
    /// At this moment the process is ended; counted in awake time, so that sleep is no hang.
    pub(super) until: Awake,
}

/// The earliest deadline of a workload on each clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WorkDue {
    pub(super) awake: Option<Awake>,
    pub(super) wall: Option<Wall>,
}

impl WorkDue {
    /// No deadline.
    pub(super) const NEVER: Self = Self { awake: None, wall: None };

    /// The earlier of this and a deadline in awake time.
    pub(super) fn awake(self, at: Option<Awake>) -> Self {
        Self { awake: earlier(self.awake, at), ..self }
    }

    /// The earlier of this and a deadline on the device's clock.
    pub(super) fn wall(self, at: Option<Wall>) -> Self {
        Self { wall: earlier(self.wall, at), ..self }
    }
}

fn earlier<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl RunSlot {
    /// True if the limit is reached.
    pub(super) fn is_over(&self, now: Now) -> bool {
        self.until <= now.awake
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// What survives, made if it is not there.
    pub(super) fn kept(&mut self) -> &mut Kept {
        self.durable.work.get_or_insert_default()
    }

    /// What ends with the process, made if it is not there; `None` if the service does not run.
    pub(super) fn underway(&mut self) -> Option<&mut Underway> {
        self.running().map(|running| running.work.get_or_insert_default().as_mut())
    }

    /// Starts a process that must have ended within its limit.
    pub(super) fn begin_run(&mut self, run: Run) -> RunSlot {
        let token = self.token();
        self.effect(Effect::Run { token, run });
        RunSlot { token, until: self.now.awake.after(run.limit) }
    }

    /// Arms or disarms the pair of timers of a workload.
    pub(super) fn work_deadline(&mut self, awake: Timer, wall: Timer, due: WorkDue) {
        let after = |at: Awake| at.since(self.now.awake);
        let after_wall = |at: Wall| at.since(self.now.wall);
        for (timer, after) in [(awake, due.awake.map(after)), (wall, due.wall.map(after_wall))] {
            match after {
                Some(after) => self.arm(timer, after),
                None => self.timers.clear(timer),
            }
        }
    }

    /// A run ended by itself or could not begin: whoever waits for it takes it.
    pub(super) fn completed(&mut self, token: Token, outcome: RunOutcome) {
        let taken = self.script_completed(token, outcome)
            || self.app_completed(token, outcome)
            || self.remediation_completed(token, outcome)
            || self.discovery_completed(token, outcome);
        if !taken {
            self.note(b(5, 13), super::Event::Stale { token });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_under_way_at_first() {
        assert_eq!(Underway::default(), *Underway::NOTHING);
    }
}
