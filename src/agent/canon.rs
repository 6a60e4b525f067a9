//! What of an agent goes into a canonical fingerprint. See [`canon`](crate::canon).
//!
//! Left out: what numbers draws (`starts`, `health_checks`) and when a record changed last, which nothing asks for.

use core::hash::Hash;

use super::Agent;
use super::state::{Durable, Phase, Running, Surroundings};
use crate::canon::{Print, Side};
use crate::profile::Ime;
use crate::protocol::Token;

impl Agent {
    /// Puts the agent into a print, for worlds without jitter.
    pub(crate) fn print(&self, print: &mut Print) {
        let Self { durable, timers, phase } = self;
        timers.print(print);
        durable.print(print);
        match phase {
            Phase::Absent => print.byte(0),
            Phase::Stopped => print.byte(1),
            Phase::Running(running) => running.print(print),
        }
    }

    /// Reads a little of what lies elsewhere, so that it comes into the cache.
    #[inline]
    pub(crate) fn touch_heap(&self) -> usize {
        let kept = self.durable.work.as_ref().map_or(0, |work| usize::from(work.has_unsent()));
        let underway = match &self.phase {
            Phase::Running(running) => running.work.as_ref().map_or(0, |work| work.apps.pushes.len()),
            Phase::Absent | Phase::Stopped => 0,
        };
        self.durable.scripts.len() ^ kept ^ underway
    }

    /// Becomes a copy of another agent in the room that it has, as a search makes many copies.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        let Self { durable, timers, phase } = other;
        self.durable.copy_from(durable);
        self.timers.copy_from(timers);
        match (&mut self.phase, phase) {
            (Phase::Running(own), Phase::Running(running)) => own.copy_from(running),
            (own, phase) => own.clone_from(phase),
        }
    }

    /// Drops a deadline, to see whether that is found.
    #[cfg(test)]
    pub(crate) fn disarm(&mut self, timer: super::Timer) {
        self.timers.clear(timer);
    }

    /// True while the agent waits for the answer to a request.
    pub(crate) fn awaits(&self, token: Token) -> bool {
        match &self.phase {
            Phase::Running(running) => running.exchanges.slot_of(token).is_some(),
            Phase::Stopped | Phase::Absent => false,
        }
    }

    /// How many requests the agent waits for.
    pub(crate) fn requests(&self) -> usize {
        match &self.phase {
            Phase::Running(running) => running.exchanges.busy().count_ones() as usize,
            Phase::Stopped | Phase::Absent => 0,
        }
    }
}

impl Durable {
    fn print(&self, print: &mut Print) {
        let Self {
            version,
            start_type,
            broken,
            certificate,
            startup_data,
            starts: _,
            health_checks: _,
            next_token: _,
            around,
            scripts,
            inventory,
            work,
        } = self;
        let Surroundings { dark_wake, esp, policies, signed_in, active } = around;
        let flags = [*broken, *certificate, *startup_data, *dark_wake, work.is_some()];
        let flags = flags.iter().fold(1, |word, flag| word << 1 | u64::from(*flag));
        print.version(*version);
        print.word(u64::from(*signed_in) << 32 | (*start_type as u64) << 24 | u64::from(active.0) << 16 | flags);
        (esp, policies, scripts.len()).hash(print);
        for record in scripts {
            record.print(print);
        }
        inventory.print(print);
        if let Some(work) = work {
            work.print(print);
        }
    }
}

impl Running {
    fn copy_from(&mut self, other: &Self) {
        let Self {
            ready,
            scripts_found,
            clock_skewed,
            sign_ins,
            exchanges,
            chain,
            waiting,
            stage,
            work,
            throttle_from,
            throttle_count,
            reporting,
        } = other;
        (self.ready, self.scripts_found, self.clock_skewed) = (*ready, *scripts_found, *clock_skewed);
        (self.sign_ins, self.chain, self.waiting, self.reporting) = (*sign_ins, *chain, *waiting, *reporting);
        (self.throttle_from, self.throttle_count) = (*throttle_from, *throttle_count);
        self.exchanges.clone_from(exchanges);
        self.stage.copy_from(stage);
        self.work.clone_from(work);
    }

    fn print(&self, print: &mut Print) {
        let Self {
            ready,
            scripts_found,
            clock_skewed,
            sign_ins,
            exchanges,
            chain,
            waiting,
            stage,
            work,
            throttle_from,
            throttle_count,
            reporting,
        } = self;
        let waits = waiting.iter().any(Option::is_some);
        // Six, and a bit above that tells it from an agent that does not run.
        let flags: [bool; 6] = [*ready, *scripts_found, *clock_skewed, chain.is_some(), work.is_some(), waits];
        print.byte(flags.iter().fold(2, |byte, flag| byte << 1 | u8::from(*flag)));
        sign_ins.hash(print);
        exchanges.print(print);
        if let Some(chain) = chain {
            chain.hash(print);
        }
        if waits {
            waiting.hash(print);
        }
        stage.print(print);
        // A window that is over is begun anew, whatever was counted in it.
        let window = Ime::SELF_THROTTLE_WINDOW;
        let is_open = throttle_from.is_some_and(|from| print.awake_passed(from) < window);
        print.since_awake(throttle_from.filter(|_| is_open), window);
        if is_open {
            throttle_count.hash(print);
        }
        print.token(Side::Agent, *reporting);
        if let Some(work) = work {
            work.print(print);
        }
    }
}

#[cfg(test)]
mod tests;
