//! The clocks of a machine: awake time over restarts of process and device, sleep and clock steps by comparison.
//!
//! Events that tell of sleep may be missing, so nothing relies on them: three readings that were taken together are
//! compared with three others.

use crate::time::{Awake, Now, Span, Wall};

/// What the clocks of a machine show at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reading {
    /// How long the machine has been awake since it was booted.
    pub awake: Span,
    /// How long ago it was booted, sleep included.
    pub since_boot: Span,
    /// The clock on the wall.
    pub wall: Wall,
}

/// Ties a machine's awake time since its boot to the agent's, which goes on from one process to the next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Anchor {
    /// The agent's awake time at the reading.
    pub awake: Awake,
    /// The machine's at the same moment.
    pub reading: Span,
    /// Names the boot that the reading belongs to; empty where the machine has no name for it.
    pub boot: String,
}

impl Anchor {
    /// The anchor of an agent that begins now.
    pub fn new(boot: &str, reading: Span) -> Self {
        Self { awake: Awake::MIN, reading, boot: boot.to_owned() }
    }

    /// The anchor of the next process.
    ///
    /// In the same boot nothing is lost, whatever has passed since. After another boot the time between the last saving
    /// and the end of the boot before is: nobody was there to see it. Without names of boots, a reading that is smaller
    /// than the saved one tells of another boot; one that is greater is taken for the same. Either way awake time never
    /// goes back and never runs ahead of what has truly passed.
    pub fn resumed(self, boot: &str, reading: Span) -> Self {
        if self.boot == boot && reading >= self.reading {
            return self;
        }
        Self { awake: self.awake.after(reading), reading, boot: boot.to_owned() }
    }

    /// The agent's awake time at a reading of the machine's.
    pub const fn awake_at(&self, reading: Span) -> Awake {
        self.awake.after(reading.saturating_sub(self.reading))
    }

    /// The agent's time at a reading.
    pub const fn now(&self, reading: &Reading) -> Now {
        Now { wall: reading.wall, awake: self.awake_at(reading.awake) }
    }
}

/// Compares each reading with the one before.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    last: Reading,
}

/// What happened between two readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Noticed {
    /// The machine slept so long.
    pub slept: Option<Span>,
    /// The clock on the wall went another way than time did.
    pub stepped: bool,
}

impl Watch {
    /// Begins with a reading.
    pub const fn new(first: Reading) -> Self {
        Self { last: first }
    }

    /// Compares, and keeps the new reading. Differences below two seconds are those of the clocks themselves.
    pub fn look(&mut self, now: Reading) -> Noticed {
        let before = std::mem::replace(&mut self.last, now);
        let passed = now.since_boot.saturating_sub(before.since_boot);
        let slept = passed.saturating_sub(now.awake.saturating_sub(before.awake));
        let expected = before.wall.after(passed);
        Noticed { slept: (slept >= SLACK).then_some(slept), stepped: now.wall.distance(expected) >= SLACK }
    }
}

/// Clocks differ by this much without meaning it.
const SLACK: Span = Span::secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(awake: u64, since_boot: u64, wall: i64) -> Reading {
        Reading {
            awake: Span::secs(awake),
            since_boot: Span::secs(since_boot),
            wall: Wall::from_unix_millis(wall * 1_000),
        }
    }

    #[test]
    fn awake_time_goes_on_in_the_next_process_of_the_same_boot() {
        let first = Anchor::new("a", Span::secs(100));
        let awake = first.awake_at(Span::secs(160));
        let saved = Anchor { awake, reading: Span::secs(160), boot: "a".to_owned() };
        let second = saved.resumed("a", Span::secs(200));
        assert_eq!(second.awake_at(Span::secs(200)), Awake::MIN.after(Span::secs(100)));
    }

    #[test]
    fn awake_time_never_goes_back_over_a_boot() {
        for (boot, reading) in [("b", 500), ("b", 3), ("a", 3)] {
            let saved =
                Anchor { awake: Awake::MIN.after(Span::hours(2)), reading: Span::secs(160), boot: "a".to_owned() };
            let next = saved.resumed(boot, Span::secs(reading));
            assert_eq!(next.awake_at(Span::secs(reading)), Awake::MIN.after(Span::secs(7_200 + reading)), "{boot}");
        }
    }

    #[test]
    fn sleep_and_steps_are_told_apart() {
        let mut watch = Watch::new(reading(10, 10, 1_000));
        let quiet = Noticed { slept: None, stepped: false };
        assert_eq!(watch.look(reading(15, 15, 1_005)), quiet);
        assert_eq!(watch.look(reading(16, 3_615, 4_605)), Noticed { slept: Some(Span::secs(3_599)), stepped: false });
        assert_eq!(watch.look(reading(17, 3_616, 4_000)), Noticed { slept: None, stepped: true });
        assert_eq!(watch.look(reading(18, 3_617, 9_000)), Noticed { slept: None, stepped: true });
        assert_eq!(watch.look(reading(19, 3_618, 9_001)), quiet);
    }
}
