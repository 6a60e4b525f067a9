//! What somebody noted of an agent's deadlines, so that only those that are new have to be looked at.

use super::timer::{Deadline, Timer};
use super::timers::{COUNT, bits};
use crate::time::{Awake, Wall};

/// The deadlines of an agent's timers as somebody saw them last; of a timer that is not armed any more, the last that it had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotedDeadlines {
    /// By the numbers of the timers; 0 where none has been seen.
    due: [u64; ROOM],
    /// The timers whose deadline is new, and those that count on the device's clock, as bits by their numbers.
    new: u32,
    on_wall: u32,
}

/// As many as a set of timers has bits.
const ROOM: usize = u32::BITS as usize;
const _: () = assert!(COUNT <= ROOM, "each timer has a place");

impl NotedDeadlines {
    /// Notes the deadline that a timer has, which is new if it is another than the noted one.
    pub const fn note(&mut self, timer: Timer, deadline: Deadline) {
        let (due, on_wall) = match deadline {
            Deadline::Awake(at) => (at.raw(), 0),
            Deadline::Wall(at) => (at.raw(), 1),
        };
        let index = timer as usize;
        self.on_wall = self.on_wall & !(1 << index) | on_wall << index;
        self.note_raw(index, due);
    }

    /// The timers whose deadlines are new since they were [settled](Self::settle) last, with their deadlines, in firing order.
    #[inline]
    pub fn new_ones(&self) -> impl Iterator<Item = (Timer, Deadline)> + '_ {
        bits(self.new).filter_map(|index| {
            let due = self.due[index % ROOM];
            let is_on_wall = self.on_wall >> index & 1 != 0;
            let deadline =
                if is_on_wall { Deadline::Wall(Wall::of_raw(due)) } else { Deadline::Awake(Awake::of_raw(due)) };
            Some((*Timer::ALL.get(index)?, deadline))
        })
    }

    /// No deadline is new any more.
    #[inline]
    pub const fn settle(&mut self) {
        self.new = 0;
    }

    /// Notes which of the armed timers count on the device's clock.
    #[inline]
    pub(super) const fn note_clocks(&mut self, on_wall: u32) {
        self.on_wall = on_wall;
    }

    /// [`NotedDeadlines::note`] for a deadline as the table of timers holds it.
    #[inline(always)]
    pub(super) const fn note_raw(&mut self, index: usize, due: u64) {
        let noted = &mut self.due[index % ROOM];
        if *noted != due {
            *noted = due;
            self.new |= 1 << (index % ROOM);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_new_once() {
        let mut noted = NotedDeadlines::default();
        let (awake, wall) = (Deadline::Awake(Awake::of_raw(7)), Deadline::Wall(Wall::of_raw(7)));
        noted.note(Timer::RunLimit, awake);
        noted.note(Timer::AnswerScript, wall);
        let new: Vec<_> = noted.new_ones().collect();
        assert!(
            new.contains(&(Timer::RunLimit, awake)) && new.contains(&(Timer::AnswerScript, wall)) && new.len() == 2
        );
        noted.settle();
        noted.note(Timer::RunLimit, awake);
        assert!(noted.new_ones().next().is_none(), "it is known");
        let later = Deadline::Awake(Awake::of_raw(8));
        noted.note(Timer::RunLimit, later);
        assert_eq!(noted.new_ones().collect::<Vec<_>>(), [(Timer::RunLimit, later)]);
    }
}
