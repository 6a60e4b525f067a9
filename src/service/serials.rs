//! Telling two devices with one identity apart, where the profile asks for it (`svc.notices_twins`): ours, no rule of Intune.
//!
//! Each machine numbers its requests, and its numbers grow for as long as it is enrolled: what a process forgets it counts
//! past when it starts again. A clone has its numbers from the same disk, so that sooner or later one of the two sends a
//! number that was there before. A machine that is put back to an older state of its disk looks the same, and is one too.

use crate::protocol::{Request, Token};

/// The highest numbers of requests that came with one identity. 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Serials {
    /// Of the agent and of the MDM client, which count by themselves.
    last: [u32; 2],
}

impl Serials {
    /// Nothing has come yet.
    pub const fn new() -> Self {
        Self { last: [0; 2] }
    }

    /// Who of a machine sends a request: 0 its agent, 1 its MDM client. Each counts its requests by itself.
    pub const fn of(request: &Request) -> usize {
        match request {
            Request::Poll { .. } | Request::Report(_) | Request::ConnectionTest => 0,
            Request::MdmSession { .. } | Request::RenewChannel | Request::Unenrolled | Request::Enroll => 1,
        }
    }

    /// Takes notice of a request; true if it cannot be of the machine that sent all of those before. An enrollment begins anew.
    pub fn count(&mut self, token: Token, request: &Request) -> bool {
        if *request == Request::Enroll {
            self.last = [0, token.number()];
            return false;
        }
        let last = &mut self.last[Self::of(request)];
        let is_known = token.number() <= *last;
        *last = token.number().max(*last);
        is_known
    }
}
