//! The way to the service, which may be changed for another while the agent runs.

use crate::driver::{Delivery, Transport};
use crate::protocol::{Request, Token};
use crate::time::{Now, Wall};

/// Any transport, and the one before it while answers to its requests may come.
pub(super) struct Line {
    pub(super) now: Box<dyn Transport>,
    pub(super) before: Option<Box<dyn Transport>>,
}

impl Line {
    /// Sends by another way from now on.
    pub(super) fn change(&mut self, to: Box<dyn Transport>) {
        self.before = Some(std::mem::replace(&mut self.now, to));
    }
}

impl Transport for Line {
    fn send(&mut self, now: Now, token: Token, request: Request) {
        self.now.send(now, token, request);
    }
    fn receive(&mut self, now: Now) -> Option<Delivery> {
        self.now.receive(now).or_else(|| self.before.as_mut()?.receive(now))
    }
    fn next_at(&self) -> Option<Wall> {
        let before = self.before.as_ref().and_then(|before| before.next_at());
        self.now.next_at().into_iter().chain(before).min()
    }
    fn forget(&mut self) {
        self.now.forget();
        self.before = None;
    }
    fn trouble(&self) -> Option<String> {
        self.now.trouble()
    }
}
