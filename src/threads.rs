//! Several threads for one piece of work, or as many of them as there are to be had.
//!
//! No result here depends on the number of threads, so where the system gives fewer than were asked for, or none as on
//! `wasm32-wasip1`, those that there are do all of the work.

use std::io;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// One of those that do a piece of work together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Worker {
    /// Which one; 0 is the thread that asked for the others.
    pub(crate) number: usize,
    /// How many there are, that one among them.
    pub(crate) of: usize,
}

/// Lets threads do a piece of work, `wanted` of them or as many as there are, this one among them, and gives what each came to. None
/// begins before it is known how many they are, so that they may wait for one another.
pub(crate) fn together<T: Send>(wanted: usize, work: impl Fn(Worker) -> T + Sync) -> Vec<T> {
    let (work, gate) = (&work, &Gate::default());
    std::thread::scope(|scope| {
        let begin = |number| spawn(scope, move || work(Worker { number, of: gate.wait() })).ok();
        let others: Vec<_> = (1..wanted).map_while(begin).collect();
        let of = 1 + others.len();
        gate.open(of);
        let mine = work(Worker { number: 0, of });
        let join =
            |other: ScopedJoinHandle<'_, T>| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        std::iter::once(mine).chain(others.into_iter().map(join)).collect()
    })
}

/// Begins a thread.
///
/// # Errors
/// What the system says if it gives none.
pub(crate) fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    #[cfg(test)]
    tests::take_one()?;
    Builder::new().spawn_scoped(scope, work)
}

/// Opened once it is known how many threads there are.
#[derive(Default)]
struct Gate {
    workers: Mutex<Option<usize>>,
    opened: Condvar,
}

impl Gate {
    fn open(&self, workers: usize) {
        *self.workers.lock().unwrap_or_else(PoisonError::into_inner) = Some(workers);
        self.opened.notify_all();
    }

    fn wait(&self) -> usize {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match *workers {
                Some(workers) => return workers,
                None => workers = self.opened.wait(workers).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// How many more threads this one may begin.
        static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
    }

    /// Does something on a system that gives so many threads beside this one, and then none.
    pub(crate) fn with_at_most<T>(others: usize, work: impl FnOnce() -> T) -> T {
        let before = LEFT.replace(others);
        let result = work();
        LEFT.set(before);
        result
    }

    pub(super) fn take_one() -> io::Result<()> {
        let left = LEFT.get().checked_sub(1).ok_or(io::ErrorKind::Unsupported)?;
        LEFT.set(left);
        Ok(())
    }

    #[test]
    fn as_many_do_the_work_as_there_are() {
        let has_threads = Builder::new().spawn(|| {}).is_ok();
        for (wanted, others, of) in [(0, 9, 1), (1, 9, 1), (3, 9, 3), (3, 2, 3), (3, 1, 2), (3, 0, 1)] {
            let of = if has_threads { of } else { 1 };
            let workers = with_at_most(others, || together(wanted, |worker| worker));
            let all: Vec<Worker> = (0..of).map(|number| Worker { number, of }).collect();
            assert_eq!(workers, all, "{wanted} of {others}");
        }
    }
}
