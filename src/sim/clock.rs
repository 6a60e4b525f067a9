//! A device's clocks under its power states: true time in, wall time and awake time out.

use crate::time::{Awake, Now, Span, Wall};

/// Whether a device runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// On and in use, or ready for it.
    On,
    /// Awake for maintenance only.
    DarkWake,
    /// Asleep: awake time stands, timers do not fire.
    Asleep,
    /// Hibernating: as asleep, but that it does not wake for maintenance.
    Hibernating,
    /// Off.
    Off,
}

impl Power {
    /// True while awake time runs.
    pub const fn is_awake(self) -> bool {
        matches!(self, Self::On | Self::DarkWake)
    }
}

/// The clocks of one device.
///
/// Three times are told apart: *true* time, by which the world and the service go; the device's *wall* clock, which is
/// true time plus an offset that steps; and *awake* time.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeviceClock {
    true_now: Wall,
    awake: Awake,
    /// Wall clock less true time, in milliseconds.
    offset: i64,
    power: Power,
}

impl DeviceClock {
    pub(super) const fn new(true_now: Wall, offset: i64, power: Power) -> Self {
        Self { true_now, awake: Awake::MIN, offset, power }
    }

    /// Lets true time pass. Going back is refused loudly: no event may be scheduled into the past.
    #[inline]
    pub(super) fn advance(&mut self, to: Wall) {
        debug_assert!(to >= self.true_now, "the world's clock cannot run backwards");
        if self.power.is_awake() {
            self.awake = self.awake.after(to.since(self.true_now));
        }
        self.true_now = to;
    }

    #[inline]
    pub(super) const fn true_now(&self) -> Wall {
        self.true_now
    }

    #[inline]
    pub(super) const fn now(&self) -> Now {
        Now { wall: shift(self.true_now, self.offset), awake: self.awake }
    }

    pub(super) const fn offset(&self) -> i64 {
        self.offset
    }

    pub(super) const fn power(&self) -> Power {
        self.power
    }

    pub(super) fn set_power(&mut self, power: Power) {
        self.power = power;
    }

    pub(super) fn step(&mut self, by: i64) {
        self.offset = self.offset.saturating_add(by);
    }

    /// When, in true time, awake time reaches a moment if the device stays awake; never while it does not.
    #[inline]
    pub(super) fn true_of_awake(&self, at: Awake) -> Wall {
        if self.power.is_awake() { self.true_now.after(at.since(self.awake)) } else { Wall::MAX }
    }

    /// The moment in true time at which the wall clock shows this, if it is not stepped.
    #[inline]
    pub(super) const fn true_of_wall(&self, at: Wall) -> Wall {
        if self.offset == 0 { at } else { shift(at, self.offset.saturating_neg()) }
    }

    /// When, in true time, the first of two deadlines is reached if the device stays awake and its clock is not stepped;
    /// never while the device is not awake.
    #[inline]
    pub(super) fn true_of(&self, (awake, wall): (Awake, Wall)) -> Wall {
        if !self.power.is_awake() {
            return Wall::MAX;
        }
        // As far away as the end of time if there is none: true time is ahead of awake time.
        let by_awake = self.true_now.after(awake.since(self.awake));
        let by_wall = if wall == Wall::MAX { Wall::MAX } else { self.true_of_wall(wall) };
        by_awake.min(by_wall.max(self.true_now))
    }
}

/// A moment so many milliseconds later or earlier.
#[inline]
const fn shift(at: Wall, by: i64) -> Wall {
    if by == 0 {
        return at;
    }
    let span = Span::millis(by.unsigned_abs());
    if by < 0 { at.before(span) } else { at.after(span) }
}
