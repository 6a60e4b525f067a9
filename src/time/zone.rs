//! Local time: how far the clock on the wall is from UTC, by season.

use serde::{Deserialize, Serialize};

use super::Wall;

/// A time zone over a stretch of time: from each moment on, so many seconds east of UTC.
///
/// Whoever makes one computes the switches to and from daylight saving beforehand, so that local times need no calendar
/// data in the core.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Zone {
    /// Its name, such as `Europe/Berlin`.
    pub name: String,
    /// Offsets from a moment on, in seconds; the first holds for all time before the second.
    pub offsets: Vec<(Wall, i32)>,
}

impl Zone {
    /// UTC, under no name.
    pub const UTC: Self = Self { name: String::new(), offsets: Vec::new() };

    /// UTC.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), offsets: vec![(Wall::MIN, 0)] }
    }

    /// Seconds east of UTC at a moment.
    #[inline]
    pub fn offset_at(&self, at: Wall) -> i32 {
        match self.offsets.as_slice() {
            [] => 0,
            [(_, always)] => *always,
            [(_, first), ..] => {
                self.offsets.iter().take_while(|(from, _)| *from <= at).last().map_or(*first, |(_, offset)| *offset)
            }
        }
    }

    /// The moment of a local time that is written as if it were UTC: after a gap its end, of a fold the first.
    pub fn moment(&self, local: Wall) -> Wall {
        let mut offsets = self.offsets.iter().peekable();
        let mut first = true;
        while let Some((from, offset)) = offsets.next() {
            let at = Wall::from_unix_millis(local.unix_millis().saturating_sub(i64::from(*offset) * 1_000));
            if offsets.peek().is_none_or(|(next, _)| at < *next) {
                // The first offset holds for all time before; of another, what lies before its start fell into a gap.
                return if first { at } else { at.max(*from) };
            }
            first = false;
        }
        local
    }
}
