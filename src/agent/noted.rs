//! What somebody noted of an agent's deadlines, so that only those that are new have to be looked at.

use super::timer::{Deadline, Timer};
use super::timers::COUNT;

/// The deadlines of an agent's timers as somebody saw them last; of a timer that is not armed any more, the last that it had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotedDeadlines {
    /// By the numbers of the timers; 0 where none has been seen.
    due: [u64; ROOM],
}

/// As many as a number of five bits tells apart.
const ROOM: usize = 32;
const _: () = assert!(COUNT <= ROOM, "each timer has a place");

impl NotedDeadlines {
    /// Notes the deadline that a timer has; true if it had not been noted. Each timer counts on one clock.
    pub const fn note(&mut self, timer: Timer, deadline: Deadline) -> bool {
        match deadline {
            Deadline::Awake(at) => self.note_raw(timer as usize, at.raw()),
            Deadline::Wall(at) => self.note_raw(timer as usize, at.raw()),
        }
    }

    /// The same for a deadline as the table of timers holds it.
    #[inline(always)]
    pub(super) const fn note_raw(&mut self, index: usize, due: u64) -> bool {
        let noted = &mut self.due[index % ROOM];
        let is_new = *noted != due;
        if is_new {
            *noted = due;
        }
        is_new
    }
}
