//! The sorts of steps, and which of them a world has.

use super::{Budget, Step};

/// What sort of step it is. A world has some of them; each that it has and may pay for is to be taken somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Sort {
    /// Time passes, and what is due comes.
    Time,
    /// A request reaches the service, or its answer the device.
    Deliver,
    /// A push arrives.
    Push,
    /// Work fails.
    Fail,
    /// A request is lost.
    Lose,
    /// An answer is lost.
    LoseAnswer,
    /// An answer comes late.
    DelayAnswer,
    /// A request comes late.
    Delay,
    /// An answer comes twice.
    Twice,
    /// The service refuses a request.
    Refuse,
    /// A push is lost.
    LosePush,
    /// A push comes twice.
    PushTwice,
    /// The device sleeps for five minutes.
    Nap,
    /// The device sleeps for eight hours.
    Night,
    /// The device restarts.
    Restart,
    /// The agent's process is killed between two inputs.
    Kill,
    /// It is killed between two effects of an input.
    KillWithin,
    /// The device's clock is put forward.
    ClockForward,
    /// The device's clock is put back.
    ClockBack,
    /// A sync in Company Portal.
    CompanyPortal,
    /// A sync in Settings.
    Settings,
    /// The content is assigned.
    Assign,
    /// The content is not assigned any more.
    Unassign,
    /// The user signs in.
    SignIn,
    /// The user signs out.
    SignOut,
    /// The device enrolls.
    Enroll,
    /// The user ends management.
    Unenroll,
    /// An admin retires the device.
    Retire,
}

impl Sort {
    /// Every sort, in the order of its number.
    pub const ALL: [Self; 28] = [
        Self::Time,
        Self::Deliver,
        Self::Push,
        Self::Fail,
        Self::Lose,
        Self::LoseAnswer,
        Self::DelayAnswer,
        Self::Delay,
        Self::Twice,
        Self::Refuse,
        Self::LosePush,
        Self::PushTwice,
        Self::Nap,
        Self::Night,
        Self::Restart,
        Self::Kill,
        Self::KillWithin,
        Self::ClockForward,
        Self::ClockBack,
        Self::CompanyPortal,
        Self::Settings,
        Self::Assign,
        Self::Unassign,
        Self::SignIn,
        Self::SignOut,
        Self::Enroll,
        Self::Unenroll,
        Self::Retire,
    ];

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Deliver => "deliver",
            Self::Push => "push",
            Self::Fail => "fail",
            Self::Lose => "lose",
            Self::LoseAnswer => "lose-answer",
            Self::DelayAnswer => "delay-answer",
            Self::Delay => "delay",
            Self::Twice => "twice",
            Self::Refuse => "refuse",
            Self::LosePush => "lose-push",
            Self::PushTwice => "push-twice",
            Self::Nap => "nap",
            Self::Night => "night",
            Self::Restart => "restart",
            Self::Kill => "kill",
            Self::KillWithin => "kill-within",
            Self::ClockForward => "clock-forward",
            Self::ClockBack => "clock-back",
            Self::CompanyPortal => "company-portal",
            Self::Settings => "settings",
            Self::Assign => "assign",
            Self::Unassign => "unassign",
            Self::SignIn => "sign-in",
            Self::SignOut => "sign-out",
            Self::Enroll => "enroll",
            Self::Unenroll => "unenroll",
            Self::Retire => "retire",
        }
    }

    /// The sort of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }

    /// How many faults and acts it takes until one of it can have happened, in a world that begins enrolled or not.
    const fn takes(self, enrolled: bool) -> (u8, u8) {
        let first = if enrolled { 0 } else { 1 };
        match self {
            Self::Time | Self::Deliver => (0, first),
            Self::Fail
            | Self::Lose
            | Self::LoseAnswer
            | Self::DelayAnswer
            | Self::Delay
            | Self::Twice
            | Self::Refuse
            | Self::Nap
            | Self::Night
            | Self::Restart
            | Self::Kill
            | Self::KillWithin
            | Self::ClockForward
            | Self::ClockBack => (1, first),
            Self::Push | Self::CompanyPortal | Self::Unassign | Self::Unenroll | Self::Retire => (0, first + 1),
            Self::Settings | Self::SignIn => (0, 1),
            Self::LosePush | Self::PushTwice => (1, first + 1),
            Self::Assign => (0, first + 2),
            Self::SignOut => (0, 2),
            Self::Enroll => (0, if enrolled { 2 } else { 1 }),
        }
    }
}

/// A set of sorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sorts(u32);

impl Sorts {
    /// What every world has: time, messages and pushes that arrive.
    pub const CALM: Self = Self(0).and(&[Sort::Time, Sort::Deliver, Sort::Push]);

    /// What may become of messages on their way.
    pub const NETWORK: &[Sort] =
        &[Sort::Lose, Sort::LoseAnswer, Sort::DelayAnswer, Sort::Delay, Sort::Twice, Sort::Refuse, Sort::LosePush];

    /// What may become of the machine and of work on it.
    pub const MACHINE: &[Sort] = &[Sort::Fail, Sort::Nap, Sort::Night, Sort::Restart, Sort::Kill];

    /// What may happen where nothing else is said: a lossy network, work that fails, sleep, restarts and kills; changes of
    /// the assignment and syncs.
    pub const USUAL: Self = Self::CALM.and(Self::NETWORK).and(Self::MACHINE).and(&[
        Sort::CompanyPortal,
        Sort::Settings,
        Sort::Assign,
        Sort::Unassign,
    ]);

    /// These and more.
    pub const fn and(self, more: &[Sort]) -> Self {
        let (mut set, mut rest) = (self.0, more);
        while let [first, others @ ..] = rest {
            set |= 1 << *first as u32;
            rest = others;
        }
        Self(set)
    }

    /// True if the sort is among them.
    #[inline]
    pub const fn has(self, sort: Sort) -> bool {
        self.0 & 1 << sort as u32 != 0
    }

    /// Those of which one can have happened within a budget, in a world that begins enrolled or not.
    pub(super) fn within(self, budget: Budget, enrolled: bool) -> Self {
        // Without anybody who assigns, syncs or retires, nothing is pushed.
        let pushes = [Sort::Assign, Sort::Unassign, Sort::Retire].into_iter().any(|sort| self.has(sort));
        let may = |sort: &Sort| {
            let (faults, acts) = sort.takes(enrolled);
            let is_push = matches!(sort, Sort::Push | Sort::LosePush | Sort::PushTwice);
            let comes_back = *sort != Sort::Enroll || !enrolled || self.has(Sort::Unenroll);
            self.has(*sort) && faults <= budget.faults && acts <= budget.acts && (pushes || !is_push) && comes_back
        };
        let all: Vec<Sort> = Sort::ALL.into_iter().filter(may).collect();
        Self(0).and(&all)
    }

    /// Their names, in the order of their numbers.
    pub fn names(self) -> Vec<&'static str> {
        Sort::ALL.into_iter().filter(|sort| self.has(*sort)).map(Sort::name).collect()
    }

    /// How many of them come before this one; `None` if it is none of them.
    pub(super) const fn place_of(self, sort: Sort) -> Option<usize> {
        let bit = 1 << sort as u32;
        if self.0 & bit == 0 { None } else { Some((self.0 & (bit - 1)).count_ones() as usize) }
    }
}

impl Step {
    /// Of which sort it is.
    pub const fn sort(self) -> Sort {
        match self {
            Self::Time => Sort::Time,
            Self::Fail => Sort::Fail,
            Self::Deliver(_) => Sort::Deliver,
            Self::Lose(_) => Sort::Lose,
            Self::LoseAnswer(_) => Sort::LoseAnswer,
            Self::DelayAnswer(_) => Sort::DelayAnswer,
            Self::Delay(_) => Sort::Delay,
            Self::Twice(_) => Sort::Twice,
            Self::Refuse(_) => Sort::Refuse,
            Self::Push(_) => Sort::Push,
            Self::LosePush(_) => Sort::LosePush,
            Self::PushTwice(_) => Sort::PushTwice,
            Self::Nap => Sort::Nap,
            Self::Night => Sort::Night,
            Self::Restart => Sort::Restart,
            Self::Kill => Sort::Kill,
            Self::KillInTime(_) | Self::KillAtDelivery(..) | Self::KillAtAct(..) => Sort::KillWithin,
            Self::ClockForward => Sort::ClockForward,
            Self::ClockBack => Sort::ClockBack,
            Self::CompanyPortal => Sort::CompanyPortal,
            Self::Settings => Sort::Settings,
            Self::Assign => Sort::Assign,
            Self::Unassign => Sort::Unassign,
            Self::SignIn => Sort::SignIn,
            Self::SignOut => Sort::SignOut,
            Self::Enroll => Sort::Enroll,
            Self::Unenroll => Sort::Unenroll,
            Self::Retire => Sort::Retire,
        }
    }
}
