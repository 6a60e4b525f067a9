//! What the service machine emits for one input, and the response that it is over HTTP.

use crate::driver::http::message::{self, Outcome, ToDevice, VERSION};
use crate::protocol::{Answer, Failure, Push, Token};
use crate::service::{Effect, Sink};
use crate::time::{Span, Wall};

/// The effects of one input.
#[derive(Debug, Default)]
pub(super) struct Gathered<'a> {
    answer: Option<Result<Answer<'a>, Failure>>,
    pushes: Vec<Later>,
}

/// A push that is to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Later {
    pub(super) push: Push,
    /// So long from now.
    pub(super) after: Span,
    /// It is the push before once more.
    pub(super) again: bool,
}

/// A response, as far as the service machine decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// A message.
    Message(Vec<u8>),
    /// Success without a body: a fault of the service.
    Empty,
    /// A status that is no success.
    Status(u16),
    /// 429, and for how many seconds of the service's time.
    RetryAfter(u32),
}

impl Gathered<'_> {
    /// True if the request was answered and not refused.
    pub(super) const fn is_taken(&self) -> bool {
        matches!(self.answer, Some(Ok(_)))
    }

    /// The pushes.
    pub(super) fn pushes(self) -> Vec<Later> {
        self.pushes
    }

    /// The response to a request, and the pushes.
    pub(super) fn reply(self, token: Token, at: Wall) -> (Reply, Vec<Later>) {
        let outcome = match self.answer {
            Some(Ok(answer)) => Outcome::Answer(answer),
            Some(Err(Failure::Empty)) => return (Reply::Empty, self.pushes),
            Some(Err(Failure::RetryAfter(secs))) => return (Reply::RetryAfter(secs), self.pushes),
            Some(Err(Failure::Status(code))) if (300..=599).contains(&code) => {
                return (Reply::Status(code), self.pushes);
            }
            Some(Err(failure)) => Outcome::Failure(failure),
            // Each request is answered within its call; a machine that did not would be at fault.
            None => return (Reply::Status(500), self.pushes),
        };
        let message = ToDevice { version: VERSION, token, at, outcome };
        (message::encode(&message).map_or(Reply::Status(500), Reply::Message), self.pushes)
    }
}

impl<'a> Sink<'a> for Gathered<'a> {
    fn effect(&mut self, effect: Effect<'a>) {
        match effect {
            Effect::Answer { answer, .. } => self.answer = Some(answer),
            Effect::Push { push, after } => self.pushes.push(Later { push, after, again: false }),
            Effect::PushAgain { push, after } => self.pushes.push(Later { push, after, again: true }),
        }
    }
}
