//! The figures of a retry, held to the contract before they may be used.

use serde::{Deserialize, Serialize};

use crate::chance::SpanRange;
use crate::rules::RuleId;
use crate::time::Span;

/// How the wait grows from one failure of a streak to the next.
///
/// Source: R1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Growth {
    /// Every wait is the base.
    Constant,
    /// Each wait is twice the one before, up to this length.
    DoublingTo(Span),
}

/// How much longer than its step a wait may be, so that devices that failed together do not come back together.
///
/// Added once the cap has been applied: at the cap it is widest instead of gone.
/// Source: R2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// Up to so many thousandths of the step, from 0 to 1000.
    Permille(u16),
    /// Up to so much, whatever the step.
    UpTo(Span),
}

/// How many tries may fail in a window of time. Every window opens again by itself; a success that lasts ends it before.
///
/// Source: R5, R8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tries {
    /// Tries in one window, the first included; at least 1.
    pub max: u32,
    /// How long a window lasts, from the start of its first try; more than no time.
    pub window: Span,
}

/// The figures of a policy, as a person writes them. [`Policy::new`] takes them or says what is wrong.
///
/// The default is what fleetdm/fleet#53357 arrived at after its outages: waits from 30 seconds on that double up to 15
/// minutes, each up to twice its length, without end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Figures {
    /// The first step of a streak. No time at all only where `tries` sets a bound. Default: 30 s.
    /// Source: R1.
    pub base: Span,
    /// How the steps grow. Default: doubling to 15 min.
    /// Source: R1.
    pub growth: Growth,
    /// What is added to each step. Default: 1000 ‰.
    /// Source: R2.
    pub spread: Spread,
    /// How many tries may fail in which time. Default: no bound.
    /// Source: R8.
    pub tries: Option<Tries>,
    /// How long a success must last until the streak is over; no time for at once. Default: 1 min.
    /// Source: R3.
    pub stable: Span,
    /// The longest wait after the network came up, the device woke or a tunnel opened; longer than `base`, which is the
    /// shortest. `None` if such news changes nothing. Default: 1 min.
    /// Source: R4.
    pub hint: Option<Span>,
    /// The time between two requests while all goes well; no time for work that is done once. Default: 30 s.
    /// Source: R7.
    pub period: Span,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            base: Span::secs(30),
            growth: Growth::DoublingTo(Span::mins(15)),
            spread: Spread::Permille(1_000),
            tries: None,
            stable: Span::mins(1),
            hint: Some(Span::mins(1)),
            period: Span::secs(30),
        }
    }
}

/// What ends the tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Limit {
    /// Nothing but success.
    None,
    /// So many in a window, which opens again by itself.
    Window(Tries),
    /// So many; the next occasion is that of a rule.
    Count { max: u32, then: RuleId },
    /// As many as begin in this time; the next occasion is that of a rule.
    Time { span: Span, then: RuleId },
}

/// Figures that keep the contract. Shared by any number of [`Retry`](super::Retry) values.
///
/// Made by [`Policy::new`], or by one of the constructors that state a rule of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    pub(super) base: Span,
    pub(super) growth: Growth,
    pub(super) spread: Spread,
    pub(super) limit: Limit,
    pub(super) stable: Span,
    pub(super) hint: Option<Span>,
}

impl Policy {
    /// The policy with these figures.
    ///
    /// # Errors
    /// The first figure that breaks the contract; see [`PolicyError`].
    /// Source: R1, R2, R4, R5, R7, R8.
    pub fn new(figures: Figures) -> Result<Self, PolicyError> {
        let Figures { base, growth, spread, tries, stable, hint, period } = figures;
        let limit = match tries {
            None if base.is_zero() => return Err(PolicyError::HotLoop),
            None => Limit::None,
            Some(Tries { max: 0, .. }) => return Err(PolicyError::NoTries),
            Some(Tries { window, .. }) if window.is_zero() => return Err(PolicyError::NoWindow),
            Some(tries) => Limit::Window(tries),
        };
        if let Growth::DoublingTo(cap) = growth
            && cap < base
        {
            return Err(PolicyError::CapBelowBase { cap, base });
        }
        if let Spread::Permille(permille @ 1_001..) = spread {
            return Err(PolicyError::Share { permille });
        }
        let policy = Self { base, growth, spread, limit, stable, hint };
        let cap = policy.step(u16::MAX);
        if policy.spread_of(cap) > Span::MAX.saturating_sub(cap) {
            return Err(PolicyError::TooLong { cap, spread: policy.spread_of(cap) });
        }
        if let Some(hint) = hint
            && hint <= policy.hint_floor()
        {
            return Err(PolicyError::Hint { hint, base });
        }
        policy.check_against(period)?;
        Ok(policy)
    }

    /// Says whether tries that fail come no more often than requests `period` apart would.
    ///
    /// True where no wait is shorter than the period, or where a window holds no more tries than periods.
    ///
    /// # Errors
    /// [`PolicyError::Faster`] otherwise.
    /// Source: R7.
    pub fn check_against(&self, period: Span) -> Result<(), PolicyError> {
        let in_windows = match self.limit {
            Limit::Window(Tries { max, window }) => {
                u128::from(max) * u128::from(period.as_millis()) <= u128::from(window.as_millis())
            }
            // How often their occasion comes is not known here.
            Limit::None | Limit::Count { .. } | Limit::Time { .. } => false,
        };
        if self.base >= period || in_windows { Ok(()) } else { Err(PolicyError::Faster { base: self.base, period }) }
    }

    /// The bounds of the wait after failure number `streak` of a streak, counted from 1.
    ///
    /// The lower bound is the step, which never shrinks from one failure to the next; the upper one is the step and all of
    /// its spread.
    /// Source: R1, R2.
    pub fn range(&self, streak: u16) -> SpanRange {
        let step = self.step(streak);
        SpanRange { min: step, max: step.saturating_add(self.spread_of(step)) }
    }

    /// Whether so many failures leave another try, as far as their number decides; time may end the tries before.
    ///
    /// For things kept by the million, of which the number is all that is remembered: a [`Retry`](super::Retry) asks the
    /// same question with the number that it holds.
    /// Source: R8.
    pub const fn allows_after(&self, failures: u32) -> bool {
        match self.limit {
            Limit::None | Limit::Time { .. } => true,
            // The first try is always allowed.
            Limit::Window(Tries { max, .. }) | Limit::Count { max, .. } => failures < max || failures == 0,
        }
    }

    /// All of the spread of a first wait.
    pub(crate) fn spread(&self) -> Span {
        self.spread_of(self.step(1))
    }

    /// The step before its spread.
    fn step(&self, streak: u16) -> Span {
        match self.growth {
            Growth::Constant => self.base,
            Growth::DoublingTo(cap) => {
                let doublings = u32::from(streak.saturating_sub(1)).min(u64::BITS);
                let grown = u128::from(self.base.as_millis()) << doublings;
                Span::millis(u64::try_from(grown).unwrap_or(u64::MAX)).min(cap)
            }
        }
    }

    /// All of the spread that belongs to a step.
    fn spread_of(&self, step: Span) -> Span {
        match self.spread {
            Spread::Permille(permille) => part(step, u64::from(permille), 1_000),
            Spread::UpTo(span) => span,
        }
    }

    /// The wait after failure number `streak` of a streak, at this place in its spread.
    pub(super) fn wait(&self, streak: u16, lot: u16) -> Span {
        let SpanRange { min, max } = self.range(streak);
        min.saturating_add(part(max.saturating_sub(min), u64::from(lot), u64::from(u16::MAX)))
    }

    /// The wait after a hint, at this place in its spread; `None` where hints change nothing.
    pub(super) fn wait_after_hint(&self, lot: u16) -> Option<Span> {
        let floor = self.hint_floor();
        let spread = self.hint?.saturating_sub(floor);
        Some(floor.saturating_add(part(spread, u64::from(lot), u64::from(u16::MAX))))
    }

    /// The shortest wait after a hint: a hint never means "at once" (R4).
    fn hint_floor(&self) -> Span {
        self.base.max(Span::millis(1))
    }
}

/// `of` × `numerator` / `denominator`, rounded down; never more than `of`, as the fraction is at most 1.
fn part(of: Span, numerator: u64, denominator: u64) -> Span {
    let part = u128::from(of.as_millis()) * u128::from(numerator) / u128::from(denominator);
    Span::millis(u64::try_from(part).unwrap_or(u64::MAX))
}

/// Why figures were refused. Nothing has been made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Tries without a bound and without a wait (R1).
    #[error("`base` is 0s and `tries` sets no bound: that would try without rest")]
    HotLoop,
    /// The steps would shrink (R1).
    #[error("`growth` ends at {cap}, below the `base` of {base}")]
    CapBelowBase {
        /// The longest step.
        cap: Span,
        /// The first step.
        base: Span,
    },
    /// The spread is more than the step itself (R2).
    #[error("`spread` is {permille} permille of a step and can be 1000 at most")]
    Share {
        /// The share.
        permille: u16,
    },
    /// The longest wait cannot be written down (R2).
    #[error("the longest step of {cap} and its `spread` of {spread} are longer together than any length of time")]
    TooLong {
        /// The longest step.
        cap: Span,
        /// Its spread.
        spread: Span,
    },
    /// No try is allowed at all (R8).
    #[error("`tries.max` is 0; the first try counts, so it is 1 at least")]
    NoTries,
    /// A window that is over as soon as it begins bounds nothing (R8).
    #[error("`tries.window` is 0s and bounds nothing")]
    NoWindow,
    /// A hint could make a wait vanish, or would not spread it (R4).
    #[error("`hint` is {hint} and must be longer than the `base` of {base}")]
    Hint {
        /// The longest wait after a hint.
        hint: Span,
        /// The first step.
        base: Span,
    },
    /// Requests would come more often in error than in success (R7).
    #[error("tries that fail come {base} apart, more often than every {period} as in success")]
    Faster {
        /// The shortest wait between two tries.
        base: Span,
        /// The time between two requests in success.
        period: Span,
    },
    /// A range of waits whose ends are the wrong way round.
    #[error("the wait is at least {min} and at most {max}")]
    Range {
        /// The shortest wait.
        min: Span,
        /// The longest wait.
        max: Span,
    },
}
