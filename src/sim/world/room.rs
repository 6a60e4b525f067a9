//! Many worlds that run in turn: what each is told before, and the room that they share.

use super::super::busy::Conditions;
use super::super::host::Work;
use super::super::observe::Observer;
use super::World;
use super::mail::Mail;
use crate::device::{AgentMachine, Effect};
use crate::time::{Awake, Wall};

/// Lists without anything in them. A world that has borrowed them allocates nothing, and one that has given them back
/// holds nothing but what it needs.
#[derive(Debug, Default)]
pub struct Room {
    effects: Vec<Effect>,
    mail: Vec<(Wall, Mail)>,
    work: Vec<(Option<Awake>, Work)>,
}

#[cfg(feature = "fleet")]
impl<O: Observer> World<'_, O> {
    /// Reads a little of every part of the world, so that memory brings all of it at once; see `Agent::touch`. No part
    /// is asked for anything that depends on what it holds, for a guess that turns out wrong would have to be waited for.
    #[inline]
    pub(crate) fn touch(&self) {
        let parts = (self.device.agent().touch(), self.device.mdm().touch(), self.habits.next(), self.ledger.touch());
        let times = (self.tick_at, self.outside, self.mail_at, self.service_due, self.clock.true_now());
        let shared = (self.cx, self.described, self.plan, self.cohort);
        core::hint::black_box((parts, times, shared, self.device.facts().os_build));
        core::hint::black_box((self.events, self.messages, self.link.signed_in));
    }

    /// Reads from elsewhere in memory what the device will need; see `Agent::fetch`.
    #[inline]
    pub(crate) fn fetch(&self) {
        self.device.agent().fetch();
    }
}

impl<O: Observer, A: AgentMachine> World<'_, O, A> {
    /// By how many minutes the device does everything earlier or later than others with its habits.
    #[cfg(feature = "fleet")]
    pub(crate) const fn shift_min(&self) -> i32 {
        self.habits.shift_min()
    }

    /// Whoever looks on.
    #[cfg(any(feature = "fleet", feature = "check"))]
    pub(crate) const fn observer(&self) -> &O {
        &self.observer
    }

    /// How busy the service is from now on.
    pub const fn set_conditions(&mut self, conditions: Conditions) {
        self.conditions = conditions;
    }

    /// Borrows the room, as far as the world has none of its own.
    pub fn borrow_room(&mut self, room: &mut Room) {
        borrow(&mut self.effects, &mut room.effects);
        borrow(&mut self.mail, &mut room.mail);
        borrow(self.host.work_mut(), &mut room.work);
    }

    /// Gives back what is empty.
    pub fn return_room(&mut self, room: &mut Room) {
        give_back(&mut self.effects, &mut room.effects);
        give_back(&mut self.mail, &mut room.mail);
        give_back(self.host.work_mut(), &mut room.work);
    }
}

fn borrow<T>(own: &mut Vec<T>, room: &mut Vec<T>) {
    if own.capacity() == 0 {
        std::mem::swap(own, room);
    }
}

fn give_back<T>(own: &mut Vec<T>, room: &mut Vec<T>) {
    if own.is_empty() {
        let mut own = std::mem::take(own);
        if room.capacity() < own.capacity() {
            std::mem::swap(&mut own, room);
        }
    }
}
