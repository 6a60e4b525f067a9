//! A test driver that reads as a dialogue: what happens to the agent, what it is expected to do, what it is answered.
//!
//! Time is virtual and goes from deadline to deadline. The script is strict: whatever the agent does must be expected,
//! in time and kind, or be named as background with [`Script::only`] and [`Script::reports_in_background`]. Anything
//! else ends the test with a text that says what was expected, what the agent did, when, and every decision so far
//! with its rule. Writing the snapshot is not talked about: it is done at once, and no run may begin without it.
//!
//! # Examples
//!
//! ```
//! use imesim::driver::scripted::{Script, script};
//! use imesim::protocol::Workload;
//!
//! let mut t = Script::new().jitter_off().only(&[Workload::Script]).installed("1.94.0.0");
//! t.at("0s").service_starts();
//! t.expect_poll(Workload::Script).answer_scripts([script(1)]);
//! t.expect_run(1).exits(0);
//! t.expect_report(1).taken();
//! t.expect_quiet_until("8h");
//! t.expect_poll(Workload::Script).answer_scripts([script(1)]);
//! t.expect_quiet_until("16h"); // It ended well, so it does not run again.
//! ```
#![allow(clippy::panic, reason = "a script is a test: a step that is not met ends it, as an assertion does")]

mod expect;
mod happen;
mod tell;

pub use expect::{AskedPoll, AskedReport, AskedRun, AskedTest};

use super::Setup;
use crate::agent::{Agent, Effect, Event, Input, Timer};
use crate::chance::Chance;
use crate::facts::Facts;
use crate::protocol::{PolicyId, RunAs, ScriptPolicy, Target, Workload};
use crate::rules::RuleId;
use crate::time::{Awake, Now, Span, Wake, Wall};

/// A script that is assigned to the device and runs as the system, in its first revision.
pub const fn script(id: u32) -> ScriptPolicy {
    ScriptPolicy { id: PolicyId(id), revision: 1, target: Target::Device, run_as: RunAs::System, bitness_change: false }
}

/// The same, running with the rights of the signed-in user.
pub const fn user_script(id: u32) -> ScriptPolicy {
    ScriptPolicy { run_as: RunAs::User, ..script(id) }
}

/// One test: an agent, a virtual clock, and what the agent has done that nobody has talked about yet.
#[derive(Debug)]
pub struct Script {
    setup: Setup,
    agent: Agent,
    wake: Wake<Timer>,
    /// Time since the test began, asleep or awake.
    elapsed: Span,
    slept: Span,
    /// How far the device's clock is ahead of the time since the test began, in milliseconds.
    clock_ahead: i64,
    pending: Vec<Effect>,
    notes: Vec<(Span, RuleId, Event)>,
    /// Up to here, [`Script::expect_note`] has read the notes.
    read: usize,
    disk: Vec<u8>,
    /// The workloads that are talked about.
    foreground: Vec<Workload>,
    tests_in_background: bool,
    reports_in_background: bool,
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

/// Setting up.
impl Script {
    /// A test with the default profile and facts, and with every random delay at its shortest.
    pub fn new() -> Self {
        Self {
            setup: Setup { chance: Chance::Lowest, ..Setup::default() },
            agent: Agent::absent(),
            wake: Wake::NEVER,
            elapsed: Span::ZERO,
            slept: Span::ZERO,
            clock_ahead: 0,
            pending: Vec::new(),
            notes: Vec::new(),
            read: 0,
            disk: Agent::absent().snapshot().as_bytes().to_vec(),
            foreground: Workload::ALL.to_vec(),
            tests_in_background: false,
            reports_in_background: false,
        }
    }

    /// Sets every random delay to none (B-4.12).
    #[must_use]
    pub fn jitter_off(mut self) -> Self {
        self.setup.profile = std::mem::take(&mut self.setup.profile).without_jitter();
        self
    }

    /// Draws random delays from a seed.
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> Self {
        self.setup.chance = Chance::seeded(seed, 0);
        self
    }

    /// Sets a parameter of the profile by its name.
    ///
    /// # Panics
    /// If there is no such parameter, or it does not take the value.
    #[must_use]
    #[track_caller]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        if let Err(error) = self.setup.profile.set(name, value) {
            panic!("{error}");
        }
        self
    }

    /// Sets what is true of the device.
    #[must_use]
    pub fn on(mut self, facts: Facts) -> Self {
        self.setup.facts = facts;
        self
    }

    /// Talks about these workloads only. The others are answered at once with "nothing assigned" and the connection
    /// test with success, without being expected.
    #[must_use]
    pub fn only(mut self, workloads: &[Workload]) -> Self {
        self.foreground = workloads.to_vec();
        self.tests_in_background = true;
        self
    }

    /// Takes every report at once, without its being expected.
    #[must_use]
    pub const fn reports_in_background(mut self) -> Self {
        self.reports_in_background = true;
        self
    }

    /// Brings the agent onto the device; its service does not run yet.
    ///
    /// # Panics
    /// If the text is no version, or the agent does anything but ask for the start of its service.
    #[must_use]
    #[track_caller]
    pub fn installed(mut self, version: &str) -> Self {
        match version.parse() {
            Ok(version) => self.feed(Input::Installed(version)),
            Err(error) => panic!("{error}"),
        }
        self.expect_start_service();
        self
    }
}

/// Looking.
impl Script {
    /// The agent.
    pub const fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The decisions so far, each with the time since the test began and its rule.
    pub fn notes(&self) -> &[(Span, RuleId, Event)] {
        &self.notes
    }
}

/// Time.
impl Script {
    /// The time since the test began.
    pub const fn elapsed(&self) -> Span {
        self.elapsed
    }

    /// The moment as the agent sees it.
    pub const fn now(&self) -> Now {
        let wall = START.saturating_add_unsigned(self.elapsed.as_millis()).saturating_add(self.clock_ahead);
        Now { wall: Wall::from_unix_millis(wall), awake: Awake::at(self.elapsed.saturating_sub(self.slept)) }
    }

    /// Goes on to a time since the test began, before which nothing may happen, and lets happen what is due then.
    ///
    /// # Panics
    /// If the agent does anything before that, or has done something that was not talked about.
    #[track_caller]
    pub fn at(&mut self, time: &str) -> &mut Self {
        self.expect_quiet_until(time);
        self.fire_due();
        self
    }

    /// Goes on to a time since the test began, before which nothing may happen; what is due then is still to come.
    ///
    /// # Panics
    /// If the agent does anything before that, or has done something that was not talked about.
    #[track_caller]
    pub fn expect_quiet_until(&mut self, time: &str) -> &mut Self {
        let until = span(time);
        if until < self.elapsed {
            panic!("the time {until} is over; it is {}", self.elapsed);
        }
        let quiet = format!("nothing until {until}");
        self.refuse_pending(&quiet);
        while let Some(next) = self.next_deadline().filter(|next| *next < until) {
            self.elapsed = next.max(self.elapsed);
            self.fire_due();
            self.refuse_pending(&quiet);
        }
        self.elapsed = until;
        self
    }

    /// The device sleeps for a while: its clock goes on, awake time does not, and nothing happens.
    ///
    /// # Panics
    /// If the agent has done something that was not talked about.
    #[track_caller]
    pub fn sleeps(&mut self, time: &str) -> &mut Self {
        self.refuse_pending("nothing before the device sleeps");
        let asleep = span(time);
        self.elapsed = self.elapsed.saturating_add(asleep);
        self.slept = self.slept.saturating_add(asleep);
        self
    }

    /// Somebody sets the device's clock forward, or back if `back` is set.
    #[track_caller]
    pub fn clock_steps(&mut self, time: &str, back: bool) -> &mut Self {
        let step = i64::try_from(span(time).as_millis()).unwrap_or(i64::MAX);
        self.clock_ahead = self.clock_ahead.saturating_add(if back { -step } else { step });
        self.happens(Input::ClockChanged)
    }

    /// When the agent's next deadline is, in time since the test began.
    fn next_deadline(&self) -> Option<Span> {
        let now = self.now();
        let wall = self.wake.wall.map(|(at, _)| at.since(now.wall));
        let awake = self.wake.awake.map(|(at, _)| at.since(now.awake));
        wall.into_iter().chain(awake).min().map(|span| self.elapsed.saturating_add(span))
    }

    /// Fires what is due now, and what becomes due now by that.
    #[track_caller]
    fn fire_due(&mut self) {
        let mut rounds = 0;
        while self.next_deadline().is_some_and(|next| next <= self.elapsed) {
            self.feed(Input::Tick);
            rounds += 1;
            if rounds > ROUNDS_MAX {
                self.mismatch("that time goes on, but a timer comes due at once again and again");
            }
        }
    }
}

impl Drop for Script {
    /// The end of the test: nothing may be left that was not talked about.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.refuse_pending("the end of the test");
        }
    }
}

#[track_caller]
fn span(time: &str) -> Span {
    match time.parse() {
        Ok(span) => span,
        Err(error) => panic!("{error}"),
    }
}

/// What the device's clock shows when a test begins: 2025-06-02T08:00:00Z, a Monday.
const START: i64 = 1_748_851_200_000;
/// More rounds of timers at one moment than an agent can have.
const ROUNDS_MAX: usize = 1_000;
