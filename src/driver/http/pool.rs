//! The threads of a client, and the queue before them.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::Instant;

use super::Inbox;
use super::call::{Caller, HttpError};
use super::config::{Credential, Limits};
use crate::protocol::Token;
use crate::time::Wall;

/// A request that waits for a thread.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) token: Token,
    pub(super) body: Vec<u8>,
    pub(super) credential: Arc<Credential>,
    /// The device's time when it was handed over.
    pub(super) sent: Wall,
    /// Gone once the agent's life is over.
    pub(super) inbox: Weak<Mutex<Inbox>>,
    /// The session's thread, which may sleep until the answer is there.
    pub(super) waker: Thread,
}

/// Threads that make requests. They end soon after the pool is dropped, each with the request it has in hand.
#[derive(Debug)]
pub(super) struct Pool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    caller: Caller,
    limits: Limits,
    queue: Mutex<Queue>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    jobs: VecDeque<(Instant, Job)>,
    is_closed: bool,
}

impl Pool {
    pub(super) fn new(caller: Caller, limits: Limits) -> io::Result<Self> {
        let shared = Arc::new(Shared { caller, limits, queue: Mutex::default(), filled: Condvar::new() });
        let pool = Self { shared };
        for _ in 0..limits.threads {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new().name("imesim-http".to_owned()).spawn(move || shared.work())?;
        }
        Ok(pool)
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.shared.caller
    }

    /// Hands a request over, unless too many wait.
    #[allow(clippy::disallowed_methods, reason = "the time limit of a request is real time, as its connection is")]
    pub(super) fn submit(&self, job: Job) -> Result<(), HttpError> {
        let mut queue = self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.jobs.len() >= self.shared.limits.queue {
            // Those whose agent has gone do not count.
            queue.jobs.retain(|(_, job)| job.inbox.strong_count() > 0);
        }
        if queue.jobs.len() >= self.shared.limits.queue {
            return Err(HttpError::Flooded { limit: self.shared.limits.queue });
        }
        queue.jobs.push_back((Instant::now(), job));
        drop(queue);
        self.shared.filled.notify_one();
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner).is_closed = true;
        self.shared.filled.notify_all();
    }
}

impl Shared {
    /// What one thread does, until the pool is gone.
    fn work(&self) {
        while let Some((since, job)) = self.next() {
            // Nobody waits for it any more: it is not sent at all.
            if job.inbox.strong_count() == 0 {
                continue;
            }
            let came = self.call(since, &job);
            if let Some(inbox) = job.inbox.upgrade() {
                inbox.lock().unwrap_or_else(PoisonError::into_inner).put(job.token, came);
                job.waker.unpark();
            }
        }
    }

    #[allow(clippy::disallowed_methods, reason = "the time limit of a request is real time, as its connection is")]
    fn call(&self, since: Instant, job: &Job) -> super::Came {
        let left = self.limits.whole.saturating_sub(since.elapsed());
        if left.is_zero() {
            return Err(HttpError::TimedOut { doing: "waiting for a thread".to_owned() });
        }
        self.caller.call(&job.body, job.token, &job.credential, job.sent, left)
    }

    fn next(&self) -> Option<(Instant, Job)> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if queue.is_closed {
                return None;
            }
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
