//! A transport in memory: the service is a function, and what happens on the way is a function of chance.

use super::{Delivery, Transport};
use crate::chance::{Chance, Purpose};
use crate::protocol::{Answer, Failure, Request, Token};
use crate::time::{Now, Span, Wall};

/// What happens to messages on their way.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Conditions {
    /// The shortest time from a request to its answer.
    pub latency_min: Span,
    /// The longest time. Each message has its own, so later ones may overtake: that is the reordering.
    pub latency_max: Span,
    /// How many of a million messages are lost, on the way there and again on the way back.
    pub loss_ppm: u32,
    /// How many of a million answers come twice, the second time with a latency of its own.
    pub duplicate_ppm: u32,
    /// When nothing passes.
    pub partitions: Vec<Partition>,
}

/// A time in which nothing passes: requests fail at once for want of a network, and answers that were to arrive in it
/// arrive at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its first moment.
    pub from: Wall,
    /// The first moment after it.
    pub until: Wall,
}

/// What becomes of one message, apart from partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fate {
    /// The request does not reach the service.
    pub request_lost: bool,
    /// The service acts on the request, and its answer is lost.
    pub answer_lost: bool,
    /// The time from request to answer.
    pub latency: Span,
    /// The time from request to the second copy of the answer, if there is one.
    pub duplicate: Option<Span>,
}

impl Conditions {
    /// The fate of message number `n`: a pure function of chance.
    pub fn fate(&self, chance: &Chance, n: u64) -> Fate {
        let (there, back) = (n.wrapping_mul(2), n.wrapping_mul(2).wrapping_add(1));
        let lost = |leg| self.loss_ppm > 0 && chance.happens(self.loss_ppm, Purpose::Loss, leg);
        let width = self.latency_max.saturating_sub(self.latency_min).as_millis().saturating_add(1);
        let latency = |leg| self.latency_min.saturating_add(Span::millis(chance.below(width, Purpose::Latency, leg)));
        let twice = self.duplicate_ppm > 0 && chance.happens(self.duplicate_ppm, Purpose::Duplicate, n);
        Fate {
            request_lost: lost(there),
            answer_lost: lost(back),
            latency: latency(there),
            duplicate: twice.then(|| latency(back)),
        }
    }

    /// The partition in which a moment lies.
    fn partition(&self, at: Wall) -> Option<&Partition> {
        self.partitions.iter().find(|partition| partition.from <= at && at < partition.until)
    }

    /// When a message that would arrive at a moment does.
    fn arrival(&self, mut at: Wall) -> Wall {
        while let Some(partition) = self.partition(at) {
            at = partition.until;
        }
        at
    }
}

/// A transport to a service that is a function of time and request.
///
/// It has no clock: time is that of the session, on the device's clock. The service acts when the request is sent.
#[derive(Debug)]
pub struct Memory<F> {
    service: F,
    conditions: Conditions,
    chance: Chance,
    sent: u64,
    /// Answers on their way, in the order in which they were sent.
    mail: Vec<(Wall, Delivery)>,
}

impl<F> Memory<F> {
    /// A transport on which everything arrives at once.
    pub fn new(service: F) -> Self {
        Self { service, conditions: Conditions::default(), chance: Chance::Highest, sent: 0, mail: Vec::new() }
    }

    /// The same transport under conditions that chance decides.
    #[must_use]
    pub fn with_conditions(mut self, conditions: Conditions, chance: Chance) -> Self {
        self.conditions = conditions;
        self.chance = chance;
        self
    }

    /// The conditions, to be changed: they hold for what is sent from now on.
    pub const fn conditions_mut(&mut self) -> &mut Conditions {
        &mut self.conditions
    }

    /// How many requests were sent.
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// How many answers are on their way.
    pub const fn on_their_way(&self) -> usize {
        self.mail.len()
    }
}

impl<F: FnMut(Wall, Request) -> Result<Answer<'static>, Failure>> Transport for Memory<F> {
    fn send(&mut self, now: Now, token: Token, request: Request) {
        let now = now.wall;
        let n = self.sent;
        self.sent += 1;
        if self.conditions.partition(now).is_some() {
            self.mail.push((now, Delivery { token, at: now, answer: Err(Failure::NoNetwork) }));
            return;
        }
        let fate = self.conditions.fate(&self.chance, n);
        if fate.request_lost {
            return;
        }
        let delivery = Delivery { token, at: now, answer: (self.service)(now, request) };
        if let Some(after) = fate.duplicate {
            self.mail.push((self.conditions.arrival(now.after(after)), delivery.clone()));
        }
        if !fate.answer_lost {
            self.mail.push((self.conditions.arrival(now.after(fate.latency)), delivery));
        }
    }

    fn receive(&mut self, now: Now) -> Option<Delivery> {
        let first = self.next_at()?;
        if first > now.wall {
            return None;
        }
        let place = self.mail.iter().position(|(at, _)| *at == first)?;
        Some(self.mail.remove(place).1)
    }

    fn next_at(&self) -> Option<Wall> {
        self.mail.iter().map(|(at, _)| *at).min()
    }

    fn forget(&mut self) {
        self.mail.clear();
    }
}
