//! Where the workers of a coupled run wait for one another at the end of each window.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// A barrier for meetings that follow one another within microseconds: who waits looks for a while whether the others are
/// there before it falls asleep, for to be woken takes longer than most windows do.
#[derive(Debug, Default)]
pub(super) struct Barrier {
    arrived: AtomicUsize,
    /// How many meetings are over.
    round: AtomicU64,
    asleep: Mutex<()>,
    over: Condvar,
}

impl Barrier {
    /// Returns once all workers have come, of whom each knows how many they are. What each did before is seen by all of them
    /// afterwards.
    pub(super) fn wait(&self, workers: usize) {
        let round = self.round.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == workers {
            self.arrived.store(0, Ordering::Relaxed);
            {
                // Nobody falls asleep between a last look and the news.
                let _asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
                self.round.store(round + 1, Ordering::Release);
            }
            self.over.notify_all();
            return;
        }
        for _ in 0..LOOKS {
            if self.round.load(Ordering::Acquire) != round {
                return;
            }
            spin_loop();
        }
        let mut asleep = self.asleep.lock().unwrap_or_else(PoisonError::into_inner);
        while self.round.load(Ordering::Acquire) == round {
            asleep = self.over.wait(asleep).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// How often a worker looks before it falls asleep: some tens of microseconds.
const LOOKS: u32 = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::{Worker, together};

    // Nobody goes ahead by more than one meeting, however long the others take, and nobody is left behind.
    #[test]
    fn all_go_on_together() {
        const WORKERS: usize = 3;
        let (barrier, meetings) = (Barrier::default(), 2_000_u64);
        let done: [AtomicU64; WORKERS] = std::array::from_fn(|_| AtomicU64::new(0));
        together(WORKERS, |Worker { number, of }| {
            for meeting in 1..=meetings {
                if meeting % 500 == number as u64 {
                    (0..200_000).for_each(|_| spin_loop());
                }
                done[number].store(meeting, Ordering::Relaxed);
                barrier.wait(of);
                for other in &done[..of] {
                    assert_eq!(other.load(Ordering::Relaxed), meeting);
                }
                barrier.wait(of);
            }
        });
    }
}
