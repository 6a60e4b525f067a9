//! A device with its service and a lossy network, small enough to be explored to its end.
//!
//! The machines are the real ones: [`Device`] with its agent and MDM client, and the service's record of it. Around them
//! stands the least that a world needs. What happens, and when, is chosen by the explorer.
//!
//! # Time
//!
//! Time passes from one deadline to the next: of a timer, of work in hand, or of a push on its way. Everything else that
//! may happen may happen before, in any order, at each of these moments. So all orders of events are covered, and all
//! moments that a deadline makes; what may happen a while before or after a deadline happens at the deadline before it.
//!
//! # What may happen
//!
//! Everything that may happen is of a [`Sort`], and a world has a set of these:
//!
//! - By itself, in any order: a request reaches the service and is answered, a push arrives, time passes. Time does not
//!   pass while an answer is due that nothing holds up.
//! - As a fault, each at the cost of one from a budget: a request is lost, its answer is lost, its answer comes late, it
//!   comes late itself, it is answered twice, the service refuses it, a push is lost or comes twice; a download, an
//!   installer or a script fails; the device sleeps for five minutes or eight hours, or restarts; the agent's process is
//!   killed; the device's clock is put forward or back by a day. What comes late comes after any number of deadlines, up to
//!   two after nobody waits for it any more.
//! - As an act, each at the cost of one from another budget: an admin assigns the content, takes it back, or retires the
//!   device; a user enrolls it or ends management, signs in or out, syncs in Company Portal or in Settings.
//!
//! Each sort that a world has and may pay for is to be taken somewhere, or the report says so.
//!
//! In a world that has [`Sort::KillWithin`] the process dies after any of the effects that an answer, a completion, a timer
//! or a person's act brings, and whenever it dies it begins again with what its file held then: what was there when it last asked for
//! [`Persist`](crate::agent::Effect::Persist). In other worlds it finds its registry as it was.
//!
//! # What is not covered
//!
//! One device, at the lowest of all random delays. Going to sleep and waking up are one step, in which nothing else happens
//! and answers and pushes are lost. The service takes a request when it is sent or when it arrives late, and no request
//! twice. No co-management, no status page.
//!
//! # What does not hold, by the rules
//!
//! An app's installer goes on when the agent's process ends, and the agent, back again, does not know of it: it looks for
//! the app, does not find it and begins the next try, so that two installers run at a time (B-7.21, B-7.24). So `W1a` speaks
//! of the installers that the agent runs.
//!
//! A script that failed as often as it may is done with, and its device counts as being as assigned (B-5.3).

mod carry;
mod deeds;
mod hands;
mod holds;
mod kill;
mod look;
mod mail;
mod noted;
mod sort;
mod state;
mod steps;

use super::model::{Kind, Model, Property};
use crate::chance::Chance;
use crate::device::{self, Device};
use crate::rules::RuleId;
use crate::scenario::{Overrides, Scenario, ScenarioError};
use crate::service::{self, Cohort, Ledger};
use crate::sim::plan::{DevicePlan, Enrolled, InitialAgent, Plan};
use crate::sim::{Cast, CastError};
use crate::time::{Awake, Now, Span, Wall};

pub use self::deeds::Act;
use self::hands::Hands;
use self::kill::Dying;
pub use self::look::LOOKS;
use self::mail::Mails;
use self::noted::Noted;
pub use self::sort::{Sort, Sorts};
use self::state::Past;
pub use self::state::State;
pub use self::steps::Step;

/// How much may happen that does not happen by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Faults.
    pub faults: u8,
    /// Acts of people.
    pub acts: u8,
}

/// A small world: a scenario with one device, taken as where to begin.
#[derive(Clone, Debug)]
pub struct Small {
    /// Where it begins, as it was written.
    text: String,
    scenario: Scenario,
    described: DevicePlan,
    cohort: Cohort,
    budget: Budget,
    sorts: Sorts,
    /// The sorts of which each is to be seen, and their names.
    expected: (Sorts, Vec<&'static str>),
    /// The grids on the device's clock recur in this time, and longer ago than this is as good as this.
    recurs: (Span, Span),
    /// The rules that were noted on the way, by whatever was looked into, where somebody counts them.
    noted: Option<Noted>,
}

/// Why a scenario cannot be explored.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SmallError {
    /// It cannot be read.
    #[error(transparent)]
    Scenario(#[from] Box<ScenarioError>),
    /// Its devices cannot be resolved.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// It does not describe one device.
    #[error("a small world has one device, and this one has {0}")]
    Devices(u64),
    /// It describes something that a small world does not have.
    #[error("a small world has no {0}")]
    Beyond(&'static str),
}

impl Small {
    /// The world of the one device of a scenario at its start. Of its timeline the first change is taken, as what an admin
    /// may do at any moment and undo.
    ///
    /// # Errors
    /// [`SmallError`].
    pub fn parse(text: &str, name: &str, budget: Budget) -> Result<Self, SmallError> {
        Self::with(text, name, budget, Sorts::USUAL)
    }

    /// The same with other sorts of steps than the usual ones.
    ///
    /// # Errors
    /// [`SmallError`].
    pub fn with(text: &str, name: &str, budget: Budget, sorts: Sorts) -> Result<Self, SmallError> {
        let scenario = Scenario::parse(text, name, &Overrides::default()).map_err(Box::new)?;
        let plan = &scenario.plan;
        let cast = Cast::new(plan)?;
        if cast.count() != 1 {
            return Err(SmallError::Devices(cast.count()));
        }
        let (Some(described), Some(cohort)) = (cast.described(0), cast.cohort(0)) else {
            return Err(SmallError::Devices(0));
        };
        let beyond = [
            (described.habits.awake.is_some(), "habits"),
            (plan.limits.is_limited() || plan.profile.svc.rate_limit.is_some(), "limits"),
            (plan.profile != plan.profile.clone().without_jitter(), "jitter"),
            (is_new(described.initial.enrolled), "new enrollment"),
        ];
        if let Some((_, what)) = beyond.iter().find(|(is_beyond, _)| *is_beyond) {
            return Err(SmallError::Beyond(what));
        }
        let grid = multiple(plan.profile.mdm.steady_interval, plan.profile.inventory.interval);
        let win32 = &plan.profile.win32;
        let recurs = (grid, win32.grs.max(win32.subgraph_interval).max(REPORTED_EVERY));
        let (described, cohort) = (described.clone(), cohort.clone());
        let expected = sorts.within(budget, described.initial.enrolled != Enrolled::Never);
        let expected = (expected, expected.names());
        Ok(Self { text: text.to_owned(), described, cohort, budget, sorts, expected, recurs, scenario, noted: None })
    }

    /// The scenario as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn begins_enrolled(&self) -> bool {
        self.described.initial.enrolled != Enrolled::Never
    }

    /// The same, with the rules counted that are noted on the way. That takes a little time.
    #[must_use]
    pub fn with_notes(self) -> Self {
        Self { noted: Some(Noted::new()), ..self }
    }

    /// The rules that device and service have noted in all that was looked into, in the order of the catalogue; none unless
    /// they are counted.
    pub fn noted(&self) -> Vec<RuleId> {
        self.noted.as_ref().map_or_else(Vec::new, Noted::rules)
    }

    /// The plan of the scenario.
    pub(super) const fn plan(&self) -> &Plan {
        &self.scenario.plan
    }

    pub(super) fn cx(&self) -> device::Context<'_> {
        let plan = self.plan();
        device::Context {
            profile: &plan.profile,
            chance: Chance::Lowest,
            library: &plan.library,
            zone: plan.zones.get(self.described.zone).unwrap_or(&UTC),
        }
    }

    pub(super) fn service(&self) -> service::Context<'_> {
        let plan = self.plan();
        service::Context {
            profile: &plan.profile,
            tenant: &plan.tenant,
            cohort: &self.cohort,
            chance: Chance::Lowest,
            facts: self.described.facts,
        }
    }

    fn start(&self) -> State {
        use device::Input::{Agent, Mdm};
        let (plan, initial) = (self.plan(), &self.described.initial);
        let is_enrolled = self.begins_enrolled();
        let mut state = State {
            device: Device::new(self.described.facts),
            ledger: Ledger::new(&self.service(), Wall::MIN, is_enrolled.then_some(Wall::MIN)),
            now: Now { wall: plan.start, awake: Awake::MIN },
            ahead: 0,
            mails: Mails::default(),
            hands: Hands::default(),
            left: self.budget,
            broken: 0,
            past: Past::default(),
            file: None,
            dying: Dying::default(),
        };
        if !self.described.mdm_schedule {
            state.give(self, &Mdm(crate::mdm::Input::Schedule(false)));
        }
        if let Enrolled::Before(ago) = initial.enrolled {
            state.give(self, &Mdm(crate::mdm::Input::EnrolledSince(ago)));
        }
        if initial.agent != InitialAgent::Absent {
            state.give(self, &Agent(crate::agent::Input::Installed(initial.agent_version)));
            state.hands = Hands::default();
        }
        if initial.agent == InitialAgent::Running {
            state.give(self, &Agent(crate::agent::Input::Service(crate::agent::ServiceChange::Started)));
        }
        state
    }
}

impl Model for Small {
    type State = State;
    type Step = Step;

    fn starts(&self) -> Vec<State> {
        vec![self.start()]
    }

    fn steps(&self, state: &State, steps: &mut Vec<(Step, Kind)>) {
        state.steps(self, steps);
    }

    fn take(&self, state: &mut State, step: Step) {
        state.take(self, step);
    }

    fn fingerprint(&self, state: &State) -> u128 {
        state.fingerprint(self)
    }

    fn properties(&self) -> &[Property] {
        holds::properties(self.sorts, self.budget.acts, self.begins_enrolled())
    }

    fn holds(&self, state: &State) -> u16 {
        state.holds(self)
    }

    fn sorts(&self) -> &[&'static str] {
        &self.expected.1
    }

    fn sort_of(&self, step: Step) -> Option<usize> {
        self.expected.0.place_of(step.sort())
    }

    #[inline]
    fn touch(&self, state: &State) -> usize {
        state.device.touch_heap() ^ state.mails.count()
    }

    fn elapsed(&self, state: &State) -> u64 {
        state.true_now().since(self.plan().start).as_millis()
    }
}

/// True for a device that enrolls at the start or did so lately: its first hours are not those of later days. One that is not
/// enrolled may enroll at any moment.
fn is_new(enrolled: Enrolled) -> bool {
    match enrolled {
        Enrolled::Never => false,
        Enrolled::Before(ago) => ago < Span::days(2),
        Enrolled::Within(..) => true,
    }
}

/// The longest time that the agent asks for: how often it reports the whole state of apps (B-7.59).
const REPORTED_EVERY: Span = Span::days(7);

/// The zone of a device whose own is missing.
static UTC: crate::time::Zone = crate::time::Zone::UTC;

/// The least common multiple of two lengths.
const fn multiple(one: Span, other: Span) -> Span {
    let (mut a, mut b) = (one.as_millis(), other.as_millis());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    match other.as_millis().checked_div(a) {
        Some(times) => one.saturating_mul(times),
        None => Span::ZERO,
    }
}
