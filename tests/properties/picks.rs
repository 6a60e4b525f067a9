//! Which request or run a step is about.

use imesim::protocol::{Request, Token};

use super::super::strategy::Pick;
use super::Driver;

impl Driver<'_> {
    pub(super) fn pick_request(&mut self, pick: Pick) -> (Token, Option<Request>) {
        match pick {
            Pick::Pending(place) if !self.pending.is_empty() => {
                // From the last one back: what was sent long ago is mostly not waited for any more.
                let place = self.pending.len() - 1 - usize::from(place) % self.pending.len();
                let (token, request) = self.pending.remove(place);
                self.over.push(token);
                (token, Some(request))
            }
            Pick::Pending(_) => (Token::FIRST, None),
            Pick::Over(_) | Pick::Number(_) => (self.old_token(pick), None),
        }
    }

    pub(super) fn pick_run(&mut self, pick: Pick) -> Token {
        match pick {
            Pick::Pending(_) => match self.running.pop() {
                Some((token, _)) => {
                    self.over.push(token);
                    token
                }
                None => Token::FIRST,
            },
            Pick::Over(_) | Pick::Number(_) => self.old_token(pick),
        }
    }

    fn old_token(&self, pick: Pick) -> Token {
        match pick {
            Pick::Over(back) => {
                let place = self.over.len().checked_sub(1 + usize::from(back));
                place.and_then(|place| self.over.get(place).copied()).unwrap_or(Token::FIRST)
            }
            Pick::Number(number) => Token::from_number(number).unwrap_or(Token::FIRST),
            Pick::Pending(_) => Token::FIRST,
        }
    }
}
