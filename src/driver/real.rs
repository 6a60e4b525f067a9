//! The system's clock, at its own pace or sped up. The only file of the crate that reads a clock.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::{Clock, Reason};
use crate::time::{Awake, Now, Span, Wake, Wall};

/// A clock over [`std::time`], running a whole number of times as fast as the real one.
///
/// Wall time is the system's at the start plus the time that has passed, so a step of the system's clock is not seen:
/// make a new clock after one and feed `ClockChanged`. Awake time is what [`Instant`] counts. On Linux and macOS that
/// stands still in suspend; on Windows it does not, so a Windows service that must tell sleep apart needs a clock
/// over `QueryUnbiasedInterruptTime` instead.
#[derive(Clone, Copy, Debug)]
pub struct RealClock {
    started: Instant,
    wall: Wall,
    awake: Awake,
    speed: u32,
}

impl RealClock {
    /// A clock at the real pace, on a device that has just been set up.
    pub fn new() -> Self {
        Self::with_speed(1)
    }

    /// A clock that runs so many times as fast, at least once.
    #[allow(clippy::disallowed_methods, reason = "this type is the door through which real time comes in")]
    pub fn with_speed(factor: u32) -> Self {
        let wall = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(passed) => i64::try_from(passed.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
        };
        Self { started: Instant::now(), wall: Wall::from_unix_millis(wall), awake: Awake::MIN, speed: factor.max(1) }
    }

    /// A clock that runs so many times as fast since a moment of the system's clock, at which both showed the same. Clocks
    /// that are made from the same two numbers agree, whenever and wherever they are made.
    pub fn since(anchor: Wall, factor: u32) -> Self {
        let clock = Self::with_speed(factor);
        let passed = clock.wall.since(anchor).as_millis().saturating_mul(u64::from(clock.speed));
        Self { wall: anchor.after(Span::millis(passed)), ..clock }
    }

    /// The same clock with awake time going on from where the process before left it.
    #[must_use]
    pub const fn with_awake(mut self, awake: Awake) -> Self {
        self.awake = awake;
        self
    }

    /// How long it has run, in its own time.
    #[allow(clippy::disallowed_methods, reason = "this type is the door through which real time comes in")]
    fn passed(&self) -> Span {
        let micros = self.started.elapsed().as_micros().saturating_mul(u128::from(self.speed));
        Span::millis(u64::try_from(micros / 1_000).unwrap_or(u64::MAX))
    }

    /// The longest wait: a twentieth of a second of its own time at the real pace, never so short that it spins.
    fn slice(&self) -> Duration {
        Duration::from_micros(50_000 / u64::from(self.speed)).max(SLICE_MIN)
    }
}

impl Default for RealClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for RealClock {
    fn now(&self) -> Now {
        let passed = self.passed();
        Now { wall: self.wall.after(passed), awake: self.awake.after(passed) }
    }

    /// Sleeps in short slices, so that answers are taken up soon; unparking the thread ends a slice at once.
    #[allow(clippy::disallowed_methods, reason = "the one place where a session blocks")]
    fn wait_until(&mut self, until: Wake<Reason>) {
        let now = self.now();
        let wall = until.wall.map(|(at, _)| at.since(now.wall));
        let awake = until.awake.map(|(at, _)| at.since(now.awake));
        let wait = wall.into_iter().chain(awake).min().map_or(Duration::MAX, |span| {
            Duration::from_micros(span.as_millis().saturating_mul(1_000) / u64::from(self.speed))
        });
        // At least a little: a deadline less than a slice of real time away would otherwise be spun for.
        thread::park_timeout(wait.clamp(Duration::from_micros(10), self.slice()));
    }
}

/// The shortest longest wait.
const SLICE_MIN: Duration = Duration::from_micros(200);
