//! What an agent remembers: one part that survives its process, one that ends with it.

use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;

use super::inventory::Inventory;
use super::script::{Record, Stage};
use super::work::{Kept, Underway};
use super::{Cause, StartType};
use crate::facts::EspPhase;
use crate::profile::Version;
use crate::protocol::{Policies, Token, UserId, Workload};
use crate::time::Awake;

/// What outlives the agent's process: registry, start type, records of scripts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Durable {
    pub(super) version: Version,
    pub(super) start_type: StartType,
    /// The service cannot be started or repaired.
    pub(super) broken: bool,
    /// The MDM certificate is on the device.
    pub(super) certificate: bool,
    /// The device has started anew since the policy of Endpoint analytics came: startup data are due (B-8.14).
    pub(super) startup_data: bool,
    /// Service starts so far; numbers the draws of start delays.
    pub(super) starts: u32,
    /// Runs of the health task so far; numbers the draws of its delay.
    pub(super) health_checks: u32,
    pub(super) next_token: Token,
    pub(super) around: Surroundings,
    /// One record for each pair of script and user id, in the order in which they were first seen.
    pub(super) scripts: ThinVec<Record>,
    /// Every agent takes inventories, and many have no other work.
    pub(super) inventory: Inventory,
    /// What is kept of apps, remediations and the rest, once anything is.
    pub(super) work: Option<Box<Kept>>,
}

/// What the agent knows of the device around it, whether its service runs or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Surroundings {
    /// Maintenance wake: no work is started.
    pub(super) dark_wake: bool,
    pub(super) esp: EspPhase,
    /// What the MDM channel has left for the agent.
    pub(super) policies: Policies,
    /// Signed-in Entra users, as a set of their numbers.
    pub(super) signed_in: u32,
    /// The one who signed in last. Once that one is gone, the first by number of those who are there; the device id user if
    /// there is none.
    pub(super) active: UserId,
}

impl Surroundings {
    const NONE: Self = Self {
        dark_wake: false,
        esp: EspPhase::NotInEsp,
        policies: Policies::NONE,
        signed_in: 0,
        active: UserId::DEVICE,
    };

    pub(super) fn is_signed_in(&self, user: UserId) -> bool {
        user.0 < 32 && self.signed_in & (1 << user.0) != 0
    }
}

/// The life of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "nearly every agent of a fleet runs; a box would cost each a miss")]
pub(super) enum Phase {
    /// Not on the device.
    Absent,
    /// On the device; its service does not run.
    Stopped,
    /// Its service runs.
    Running(Running),
}

/// What ends with the agent's process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Running {
    /// The start delay D0 is over.
    pub(super) ready: bool,
    /// The last script poll that was answered found scripts: the 8 h interval holds (B-4.5).
    pub(super) scripts_found: bool,
    /// The last answer showed a clock that is far off (B-1.24).
    pub(super) clock_skewed: bool,
    /// Users whose sign-in check-in is still to come.
    pub(super) sign_ins: u32,
    /// Requests on their way.
    pub(super) exchanges: Exchanges,
    /// Check-ins that follow one another.
    pub(super) chain: Option<Chain>,
    /// Check-ins that wait for the start delay or for a running one, by workload.
    pub(super) waiting: [Option<Cause>; Workload::ALL.len()],
    /// The work of the script poll.
    pub(super) stage: Stage,
    /// What is under way of apps, remediations and the rest, once anything is.
    pub(super) work: Option<Box<Underway>>,
    /// Start of the window in which the agent counts its app check-ins, and their number (B-4.26).
    pub(super) throttle_from: Option<Awake>,
    pub(super) throttle_count: u16,
    /// The run that the report on its way is about.
    pub(super) reporting: Option<Token>,
}

impl Running {
    /// Takes the notifications that wait; true if there were any.
    pub(super) fn take_pushes(&mut self) -> bool {
        let Some(work) = &mut self.work else { return false };
        let waited = !std::mem::take(&mut work.apps.pushes).is_empty();
        if **work == *Underway::NOTHING {
            self.work = None;
        }
        waited
    }
}

/// One exchange for each workload, one for reports, one for connection tests.
pub(super) const SLOTS: usize = Workload::ALL.len() + 2;
pub(super) const REPORT: usize = Workload::ALL.len();
pub(super) const TEST: usize = Workload::ALL.len() + 1;

/// A request on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Exchange {
    pub(super) attempt: u8,
    pub(super) user: UserId,
}

/// The requests on their way, one in each slot at most; side by side, so that none is spent on padding.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Exchanges {
    tokens: [Option<Token>; SLOTS],
    /// Only a workload's poll is tried more than once, or for somebody.
    attempts: [u8; Workload::ALL.len()],
    users: [UserId; Workload::ALL.len()],
}

impl Exchanges {
    pub(super) const fn is_busy(&self, slot: usize) -> bool {
        self.tokens[slot].is_some()
    }

    /// True while a request for the user is on its way in the slot of a workload.
    pub(super) fn is_for(&self, slot: usize, user: UserId) -> bool {
        self.is_busy(slot) && self.users.get(slot) == Some(&user)
    }

    /// Puts the requests on their way into a print.
    #[cfg(feature = "check")]
    pub(super) fn print(&self, print: &mut crate::canon::Print) {
        let Self { tokens, attempts, users } = self;
        print.byte(self.busy());
        for (slot, token) in tokens.iter().enumerate().filter(|(_, token)| token.is_some()) {
            print.token(crate::canon::Side::Agent, *token);
            if let (Some(attempt), Some(user)) = (attempts.get(slot), users.get(slot)) {
                print.byte(*attempt);
                print.byte(user.0);
            }
        }
    }

    /// What is on its way in each slot.
    pub(super) const fn tokens(&self) -> [Option<Token>; SLOTS] {
        self.tokens
    }

    /// The slots in which a request is on its way, as bits by their numbers.
    #[inline]
    pub(super) fn busy(&self) -> u8 {
        const { assert!(SLOTS <= 8, "a byte has a bit for each slot") };
        if !self.has_any() {
            return 0; // Mostly there is none.
        }
        self.tokens.iter().rev().fold(0, |set, token| set << 1 | u8::from(token.is_some()))
    }

    /// True while any request is on its way.
    #[inline]
    pub(super) fn has_any(&self) -> bool {
        self.tokens.iter().fold(false, |any, token| any | token.is_some())
    }

    pub(super) fn begin(&mut self, slot: usize, token: Token, exchange: Exchange) {
        self.tokens[slot] = Some(token);
        if slot < Workload::ALL.len() {
            self.attempts[slot] = exchange.attempt;
            self.users[slot] = exchange.user;
        }
    }

    /// The slot that waits for a token.
    #[inline]
    pub(super) fn slot_of(&self, token: Token) -> Option<usize> {
        self.tokens.iter().position(|waiting| *waiting == Some(token))
    }

    /// Ends what is on its way in a slot, if anything is.
    pub(super) fn end(&mut self, slot: usize) -> Option<Exchange> {
        self.tokens[slot].take()?;
        if slot >= Workload::ALL.len() {
            return Some(Exchange { attempt: 1, user: UserId::DEVICE });
        }
        // A slot that is free is as if it had never been used.
        let attempt = std::mem::take(&mut self.attempts[slot]);
        Some(Exchange { attempt, user: std::mem::take(&mut self.users[slot]) })
    }
}

/// Check-ins that follow one another: scripts, then required apps, then available apps (B-4.8, B-5.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Chain {
    /// The workload whose check-in is running or next.
    pub(super) at: Workload,
    pub(super) cause: Cause,
    pub(super) user: UserId,
}

impl Chain {
    /// The check-in after this one.
    pub(super) const fn next(self) -> Option<Self> {
        let at = match self.at {
            Workload::Script => Workload::RequiredApp,
            Workload::RequiredApp => Workload::AvailableApp,
            Workload::AvailableApp | Workload::Remediation | Workload::Compliance => return None,
        };
        Some(Self { at, ..self })
    }
}

impl Durable {
    pub(super) const fn absent() -> Self {
        Self {
            version: Version([0; 4]),
            start_type: StartType::Automatic,
            broken: false,
            certificate: false,
            startup_data: false,
            starts: 0,
            health_checks: 0,
            next_token: Token::FIRST,
            around: Surroundings::NONE,
            scripts: ThinVec::new(),
            inventory: Inventory::NONE,
            work: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Users have the numbers that a set of 32 holds; another one is not there.
    #[test]
    fn only_who_has_a_number_is_signed_in() {
        let around = Surroundings { signed_in: 1 << 31 | 1 << 3, ..Surroundings::NONE };
        let there: Vec<u8> = (0..=u8::MAX).filter(|user| around.is_signed_in(UserId(*user))).collect();
        assert_eq!(there, [3, 31]);
    }
}
