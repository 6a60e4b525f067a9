//! A clock that moves only when it is told to, or when somebody waits on it.

use super::{Clock, Reason};
use crate::time::{Awake, Now, Span, Wake, Wall};

/// A clock for virtual time: waiting on it takes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VirtualClock {
    now: Now,
}

impl VirtualClock {
    /// A clock that shows this time on a device that has just been set up.
    pub const fn starting_at(wall: Wall) -> Self {
        Self { now: Now { wall, awake: Awake::MIN } }
    }

    /// Lets time pass on an awake device.
    pub const fn pass(&mut self, span: Span) {
        self.now = Now { wall: self.now.wall.after(span), awake: self.now.awake.after(span) };
    }

    /// Lets time pass while the device sleeps: awake time stands still.
    pub const fn sleep(&mut self, span: Span) {
        self.now.wall = self.now.wall.after(span);
    }

    /// Steps the device's clock, either way. Feed `ClockChanged` after it.
    pub const fn step_to(&mut self, wall: Wall) {
        self.now.wall = wall;
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Now {
        self.now
    }

    fn wait_until(&mut self, until: Wake<Reason>) {
        let wall = until.wall.map(|(at, _)| at.since(self.now.wall));
        let awake = until.awake.map(|(at, _)| at.since(self.now.awake));
        if let Some(span) = wall.into_iter().chain(awake).min() {
            self.pass(span);
        }
    }
}
