//! The timers that outlive the agent's process, as a snapshot holds them: the armed ones by number, each with its deadline.

use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::timer::ON_CLOCK;
use super::timers::{COUNT, OUTLIVE_SERVICE, Timers, bits};

/// A table of which only what outlives the process is written.
pub(super) struct Lasting<'t>(pub(super) &'t Timers);

impl Serialize for Lasting<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let armed = self.0.all_armed() & OUTLIVE_SERVICE;
        let mut list = serializer.serialize_seq(Some(armed.count_ones() as usize))?;
        for index in bits(armed) {
            list.serialize_element(&(index, self.0.due_of(index)))?;
        }
        list.end()
    }
}

/// A table that was read: of nothing but such timers, each on its own clock.
pub(super) struct Restored(pub(super) Timers);

impl<'de> Deserialize<'de> for Restored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Armed)
    }
}

struct Armed;

impl<'de> Visitor<'de> for Armed {
    type Value = Restored;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timers that outlive the agent's process, by number, with their deadlines")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Restored, A::Error> {
        let (mut timers, mut next) = (Timers::new(), 0);
        while let Some((index, due)) = list.next_element::<(usize, u64)>()? {
            let lasts = index < COUNT && OUTLIVE_SERVICE >> index & 1 != 0;
            if !lasts || index < next || due == 0 {
                return Err(A::Error::custom(format_args!("no timer {index} at {due} here")));
            }
            timers.put(index, due, (ON_CLOCK >> index & 1) as usize);
            next = index + 1;
        }
        Ok(Restored(timers))
    }
}
