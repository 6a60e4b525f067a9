//! What people do: assign and take back, sign in and out, enroll and end management; and what becomes of the clock.

use super::state::shifted;
use super::{Kind, Small, Sort, State, Step};
use crate::device::{self, Action};
use crate::protocol::{Push, UserId};
use crate::service::{self, AdminAction};
use crate::time::Span;

/// What somebody does of which the device's agent learns at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// [`Step::CompanyPortal`].
    CompanyPortal,
    /// [`Step::Settings`].
    Settings,
    /// [`Step::SignIn`].
    SignIn,
    /// [`Step::SignOut`].
    SignOut,
    /// [`Step::Enroll`].
    Enroll,
    /// [`Step::Unenroll`].
    Unenroll,
}

impl Act {
    const ALL: [Self; 6] =
        [Self::CompanyPortal, Self::Settings, Self::SignIn, Self::SignOut, Self::Enroll, Self::Unenroll];

    /// The step that it is by itself.
    pub(super) const fn step(self) -> Step {
        match self {
            Self::CompanyPortal => Step::CompanyPortal,
            Self::Settings => Step::Settings,
            Self::SignIn => Step::SignIn,
            Self::SignOut => Step::SignOut,
            Self::Enroll => Step::Enroll,
            Self::Unenroll => Step::Unenroll,
        }
    }

    /// The act that a step is, if it is one.
    pub(super) fn of(step: Step) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.step() == step)
    }
}

impl State {
    /// What people may do now.
    pub(super) fn acts(&self, small: &Small, steps: &mut Vec<(Step, Kind)>) {
        let mdm = self.device.mdm();
        let is_there = self.device.agent().is_running();
        let possible = [
            (is_there, Step::CompanyPortal),
            (true, Step::Settings),
            (self.is_assigned(), Step::Unassign),
            (!self.is_assigned(), Step::Assign),
            (!self.past.is_signed_in, Step::SignIn),
            (self.past.is_signed_in, Step::SignOut),
            (mdm.is_outside(), Step::Enroll),
            (mdm.is_enrolled(), Step::Unenroll),
            (self.ledger.is_managed() && mdm.is_enrolled(), Step::Retire),
        ];
        let possible = possible.into_iter().filter(|(may, step)| *may && small.sorts.has(step.sort()));
        let first = steps.len();
        steps.extend(possible.map(|(_, step)| (step, Kind::DISTURBS)));
        self.kills_within(small, steps, first);
    }

    /// Something that a person does on the device.
    pub(super) fn act(&mut self, small: &Small, action: Action) {
        self.left.acts -= 1;
        self.give(small, &device::Input::Action(action));
    }

    pub(super) fn sign(&mut self, small: &Small, is_in: bool) {
        self.past.is_signed_in = is_in;
        self.act(small, if is_in { Action::SignIn(OWNER) } else { Action::SignOut(OWNER) });
    }

    /// An admin changes the assignment; a push is on its way if the service sends one.
    pub(super) fn change(&mut self, small: &Small, assigns: bool) {
        self.left.acts -= 1;
        let service = small.service();
        self.ledger.move_to(&service, u32::from(!assigns));
        if service.profile.mdm.notify_on_change && self.ledger.is_managed() {
            self.mails.post(self.now.wall.after(service.profile.mdm.notify_delay.min), Push::MdmChange);
        }
    }

    /// An admin retires the device: the next session learns of it, and a push calls for one (B-10.11).
    pub(super) fn retire(&mut self, small: &Small) {
        self.left.acts -= 1;
        let (now, mut posted) = (self.true_now(), Posted(None));
        self.ledger.act_now(&small.service(), now, AdminAction::Retire, &mut posted);
        if let Some((push, after)) = posted.0 {
            self.mails.post(self.now.wall.after(after), push);
        }
    }

    /// The device's clock is stepped. Pushes on their way do not mind: when they come is noted by the device's clock.
    pub(super) fn step_clock(&mut self, small: &Small, by: i64) {
        self.left.faults -= 1;
        self.ahead = self.ahead.saturating_add(by);
        self.now.wall = shifted(self.now.wall, by);
        for (at, _) in self.mails.pushes.iter_mut().flatten() {
            *at = shifted(*at, by);
        }
        self.give(small, &device::Input::Action(Action::ClockStep(by)));
    }
}

/// The device's user.
const OWNER: UserId = UserId(1);

/// By how much a clock is stepped: by a day, into which every interval of the small worlds fits.
pub(super) const CLOCK_STEP: i64 = Span::days(1).as_millis() as i64;

/// The push that the service sends.
struct Posted(Option<(Push, Span)>);

impl<'a> service::Sink<'a> for Posted {
    fn effect(&mut self, effect: service::Effect<'a>) {
        match effect {
            service::Effect::Push { push, after } | service::Effect::PushAgain { push, after } => {
                self.0 = Some((push, after));
            }
            service::Effect::Answer { .. } => {}
        }
    }
}

const _: () = assert!(Sort::ALL.len() < super::super::model::SORTS_MAX);
