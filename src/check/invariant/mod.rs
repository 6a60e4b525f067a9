//! The invariants: what must hold of an agent that is managed from afar, whatever happens to its device.
//!
//! The catalogue names 60 of them, learned from the bugs of agents like this one. An invariant that concerns one device as it
//! runs has a [`Judge`], which looks on as its world takes its steps; [`Invariant::home`] says for the others where they
//! are held.
//!
//! | file | judges |
//! |---|---|
//! | `catalogue` | the names, statements and homes of all 60 |
//! | `bugs` | the bugs that they were learned from |
//! | `starters` | the situations in which they came about, and where each is run |
//! | `starter_texts` | their files |
//! | `seen` | what they see |
//! | `kinds` | of what kinds that is |
//! | `check_in` | C1, C3, C4, C6, X3 |
//! | `time` | T3, T4, T6 |
//! | `work` | R8, W1, W4, W5, W6 |
//! | `presence` | A3, D1, D3, D4, X2 |
//! | `leaving` | X1 |
//! | `identity` | A1, A5, and A6 where the profile promises it |
//! | `truth` | U2 |
//! | `withdrawn` | W2 |
//! | `refusal` | R7, where the profile promises it |
//! | `restarts` | P2, where the profile promises it |

mod bugs;
mod catalogue;
mod check_in;
mod identity;
mod kinds;
mod leaving;
mod presence;
mod refusal;
mod restarts;
mod seen;
mod starter_texts;
mod starters;
mod time;
mod truth;
mod withdrawn;
mod work;

pub use bugs::{FieldBug, field_bugs};
pub use catalogue::{Home, Invariant, Kind};
pub use check_in::Second;
pub(super) use check_in::{UnderWay, is_client_sound, is_sound};
pub use kinds::Kinds;
pub use refusal::promises_r7;
pub use seen::{Happened, Seen, State};
pub use starters::{Starter, starters};
pub(super) use time::DeadlineCaps;
pub(super) use truth::claims;

use std::num::NonZero;

use crate::profile::Profile;
use crate::time::{Awake, Span, Wall};

/// Looks on at one device and says when its invariant is broken.
pub trait Judge {
    /// After which steps it has to be asked. What concerns it but is none of these, such as that time has passed, it has to find
    /// out when it is asked next: it is asked after the first step and after the last one in any case.
    fn concerns(&self) -> Kinds {
        Kinds::STEP
    }

    /// From which moment on, in awake time, it has to be asked after each step, whatever it brings: what it waits for is late then,
    /// or has to come. [`Awake::MAX`] for now not; `None` if steps that do not concern it never matter.
    fn wakes_at(&self) -> Option<Awake> {
        None
    }

    /// Takes notice of a step.
    ///
    /// # Errors
    /// What is wrong, in words.
    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String>;

    /// The run is over, with a quiet phase behind it.
    ///
    /// # Errors
    /// What has not happened, in words.
    fn end(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let _ = seen;
        Ok(())
    }
}

/// An invariant that is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{invariant} is broken: {what}")]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// When, in true time.
    pub at: Wall,
    /// How.
    pub what: String,
}

/// A judge for each invariant that is watched on one device.
pub struct Court {
    judges: Vec<Seat>,
    /// Of each byte of a set of kinds, which judges it concerns: a bit for each, the first judge's the lowest.
    concerned: Box<[[u32; 256]; Kinds::BYTES]>,
    /// Which judges may wake by themselves, those of them that are awake now, and when the first of the others wakes.
    wakers: u32,
    awake: u32,
    wakes_at: Awake,
    /// When each of them said last that it wakes, by its place.
    each_wakes_at: Box<[Awake; u32::BITS as usize]>,
    /// The first step is behind it.
    has_begun: bool,
}

/// A judge, and what it judges.
struct Seat {
    invariant: Invariant,
    judge: Box<dyn JudgeOfMany>,
}

/// A judge of one device after the other.
trait JudgeOfMany: Judge {
    /// Forgets the device before.
    fn begin_anew(&mut self);
}

impl<J: Judge + Default> JudgeOfMany for J {
    fn begin_anew(&mut self) {
        *self = Self::default();
    }
}

impl std::fmt::Debug for Court {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.invariants()).finish()
    }
}

impl Default for Court {
    fn default() -> Self {
        Self::new()
    }
}

impl Court {
    /// All judges, those of invariants too that the documented agent breaks.
    pub fn new() -> Self {
        let mut judges = Vec::with_capacity(INVARIANTS_JUDGED);
        let mut add = |invariant, judge: Box<dyn JudgeOfMany>| judges.push(Seat { invariant, judge });
        check_in::judges(&mut add);
        time::judges(&mut add);
        work::judges(&mut add);
        presence::judges(&mut add);
        leaving::judges(&mut add);
        identity::judges(&mut add);
        truth::judges(&mut add);
        withdrawn::judges(&mut add);
        refusal::judges(&mut add);
        restarts::judges(&mut add);
        Self::seated(judges)
    }

    fn seated(judges: Vec<Seat>) -> Self {
        let (mut concerned, mut wakers) = (Box::new([[0; 256]; Kinds::BYTES]), 0);
        for (seat, place) in judges.iter().zip(0..) {
            wakers |= u32::from(seat.judge.wakes_at().is_some()) << place;
            for (of_byte, concerns) in concerned.iter_mut().zip(seat.judge.concerns().bytes()) {
                let meets = |byte: &usize| byte & usize::from(concerns) != 0;
                (0..of_byte.len()).filter(meets).for_each(|byte| of_byte[byte] |= 1 << place);
            }
        }
        let each_wakes_at = Box::new([Awake::MAX; u32::BITS as usize]);
        Self { judges, concerned, wakers, awake: 0, wakes_at: Awake::MAX, each_wakes_at, has_begun: false }
    }

    fn retained(mut self, is_wanted: impl Fn(Invariant) -> bool) -> Self {
        self.judges.retain(|seat| is_wanted(seat.invariant));
        Self::seated(self.judges)
    }

    /// The same court for another device.
    pub fn begin_anew(&mut self) {
        self.judges.iter_mut().for_each(|seat| seat.judge.begin_anew());
        self.each_wakes_at.fill(Awake::MAX);
        (self.awake, self.wakes_at, self.has_begun) = (0, Awake::MAX, false);
    }

    /// The judges of all that an agent with these figures [promises](Invariant::is_promised).
    pub fn of(profile: &Profile) -> Self {
        Self::new().retained(|invariant| invariant.is_promised(profile))
    }

    /// The judges of some invariants only.
    #[must_use]
    pub fn only(self, wanted: &[Invariant]) -> Self {
        self.retained(|invariant| wanted.contains(&invariant))
    }

    /// The same judges, each asked after every step.
    #[cfg(test)]
    #[must_use]
    pub(in crate::check) fn restless(mut self) -> Self {
        let all = u32::MAX >> (u32::BITS - self.judges.len() as u32);
        self.concerned = Box::new([[all; 256]; Kinds::BYTES]);
        self
    }

    /// The invariants that are judged.
    pub fn invariants(&self) -> impl Iterator<Item = Invariant> {
        self.judges.iter().map(|seat| seat.invariant)
    }

    /// Lets every judge take notice of a step that concerns it.
    ///
    /// # Errors
    /// The first [`Violation`].
    #[inline(always)]
    pub fn step(&mut self, seen: &Seen<'_>) -> Result<(), Violation> {
        let kinds = if std::mem::replace(&mut self.has_begun, true) { seen.kinds.and(Kinds::STEP) } else { Kinds::ALL };
        let of_bytes = self.concerned.iter().zip(kinds.bytes());
        let mut asked = of_bytes.fold(0, |judges, (of_byte, byte)| judges | of_byte[usize::from(byte)]);
        asked |= if seen.now.awake >= self.wakes_at { self.wakers } else { self.awake };
        for place in ones(asked) {
            let seat = &mut self.judges[place];
            if let Err(what) = seat.judge.step(seen) {
                return Err(seat.violation(seen, what));
            }
        }
        if asked & self.wakers != 0 {
            self.ask_when_to_wake(asked & self.wakers, seen.now.awake);
        }
        Ok(())
    }

    /// Asks judges that wake by themselves when they do, and finds out which of all these are awake, and when the next one wakes.
    fn ask_when_to_wake(&mut self, asked: u32, now: Awake) {
        let mut is_other = now >= self.wakes_at;
        for place in ones(asked) {
            let at = self.judges[place].judge.wakes_at().unwrap_or(Awake::MAX);
            is_other |= std::mem::replace(&mut self.each_wakes_at[place], at) != at;
        }
        if !is_other {
            return;
        }
        (self.awake, self.wakes_at) = (0, Awake::MAX);
        for place in ones(self.wakers) {
            let at = self.each_wakes_at[place];
            if at <= now {
                self.awake |= 1 << place;
            } else {
                self.wakes_at = self.wakes_at.min(at);
            }
        }
    }

    /// Asks every judge once more, and for what has not happened.
    ///
    /// # Errors
    /// The first [`Violation`].
    pub fn end(&mut self, seen: &Seen<'_>) -> Result<(), Violation> {
        self.judges.iter_mut().try_for_each(|seat| {
            let verdict = seat.judge.step(seen).and_then(|()| seat.judge.end(seen));
            verdict.map_err(|what| seat.violation(seen, what))
        })
    }
}

impl Seat {
    fn violation(&self, seen: &Seen<'_>, what: String) -> Violation {
        Violation { invariant: self.invariant, at: seen.at, what }
    }
}

/// How many judges there are.
const INVARIANTS_JUDGED: usize = 25;
const _: () = assert!(INVARIANTS_JUDGED <= u32::BITS as usize, "each judge has a bit");

/// The places of the ones among the bits of a number, the lowest first.
fn ones(mut set: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let left = NonZero::new(set)?;
        set &= set - 1;
        Some(left.trailing_zeros() as usize)
    })
}

/// What is wrong, in words: apart from the judges that are asked most, for it is seldom said.
#[cold]
fn wrong(what: &str) -> String {
    what.to_owned()
}

/// The first moment behind another.
const fn behind(at: Awake) -> Awake {
    at.after(Span::millis(1))
}

/// How judges are added.
type Add<'a> = dyn FnMut(Invariant, Box<dyn JudgeOfMany>) + 'a;
