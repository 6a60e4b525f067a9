//! Requests, answers and pushes on their way.

use core::hash::Hash;

use thin_vec::ThinVec;

use crate::agent::copy_list;
use crate::canon::{Print, Side};
use crate::profile::Version;
use crate::protocol::{Push, Request, Token};
use crate::service::Given;
use crate::time::{Awake, Wall};

/// Everything on its way, in the order in which it was sent.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Mails {
    /// Mostly none or one, so that a state is small.
    mails: ThinVec<Mail>,
    pub(in super::super) pushes: [Option<(Wall, Push)>; PUSHES],
    /// There was no room for one more.
    pub(in super::super) is_full: bool,
}

/// More than a device has on its way, lost ones included.
pub(in super::super) const MAILS: usize = 12;
/// As many as acts push.
pub(in super::super) const PUSHES: usize = 3;

/// A request, up to its end.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Mail {
    pub(in super::super) side: Side,
    pub(in super::super) token: Token,
    pub(in super::super) request: Request,
    /// When it was sent.
    pub(in super::super) sent: Awake,
    pub(in super::super) stage: Stage,
    /// Since how many deadlines nobody waits for it; `None` while somebody does.
    pub(in super::super) stale: Option<u8>,
}

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Stage {
    /// It is on its way, and nothing holds it up.
    Sent,
    /// It is on its way, and will be for a while.
    Late,
    /// The service has answered at a moment, and the answer is on its way for a while.
    Answered(Given, Wall),
    /// It or its answer is lost.
    Lost,
}

impl Mails {
    /// Becomes a copy of others in the room that there is.
    pub(super) fn copy_from(&mut self, other: &Self) {
        let Self { mails, pushes, is_full } = other;
        copy_list(&mut self.mails, mails);
        (self.pushes, self.is_full) = (*pushes, *is_full);
    }

    pub(super) fn push(&mut self, mail: Mail) {
        if self.mails.len() < MAILS {
            self.mails.push(mail);
        } else {
            self.is_full = true;
        }
    }

    pub(super) fn post(&mut self, at: Wall, push: Push) {
        match self.pushes.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some((at, push)),
            None => self.is_full = true,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.mails.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u8, &Mail)> {
        (0_u8..).zip(&self.mails)
    }

    pub(super) fn get_mut(&mut self, place: u8) -> Option<&mut Mail> {
        self.mails.get_mut(usize::from(place))
    }

    pub(super) fn take(&mut self, place: u8) -> Option<Mail> {
        (usize::from(place) < self.mails.len()).then(|| self.mails.remove(place.into()))
    }

    /// Changes every mail, or drops it.
    pub(super) fn update(&mut self, keep: impl FnMut(&mut Mail) -> bool) {
        if !self.mails.is_empty() {
            self.mails.retain_mut(keep);
        }
    }

    pub(super) fn print(&self, print: &mut Print) {
        let Self { mails, pushes, is_full } = self;
        let pushed = pushes.iter().flatten().count() as u8;
        print.byte(mails.len() as u8);
        print.byte(pushed << 1 | u8::from(*is_full));
        for Mail { side, token, request, sent, stage, stale } in mails {
            print.token(*side, Some(*token));
            put_request(request, print);
            let code = match stage {
                Stage::Sent => 0,
                Stage::Late => 1,
                Stage::Answered(..) => 2,
                Stage::Lost => 3,
            };
            match stale {
                None => {
                    print.byte(code);
                    print.awake(*sent);
                }
                Some(stale) => print.byte(code + 4 + stale * 4),
            }
            if let Stage::Answered(given, at) = stage {
                given.hash(print);
                print.wall(*at);
            }
        }
        for (at, push) in pushes.iter().flatten() {
            print.wall(*at);
            push.hash(print);
        }
    }
}

/// Puts a request into a print; one that is sent often in few words.
fn put_request(request: &Request, print: &mut Print) {
    match *request {
        Request::Poll { workload, user, agent } => {
            print.byte(workload as u8);
            print.byte(user.0);
            print.version(agent);
        }
        Request::MdmSession { cause, agent } => {
            print.byte(SESSION);
            print.byte((cause as u8) << 1 | u8::from(agent.is_some()));
            print.version(agent.unwrap_or(Version([0; 4])));
        }
        Request::Report(_)
        | Request::ConnectionTest
        | Request::Enroll
        | Request::RenewChannel
        | Request::Unenrolled => {
            print.byte(OTHER);
            request.hash(print);
        }
    }
}

/// Requests that are no polls, by numbers that no workload has.
const SESSION: u8 = u8::MAX;
const OTHER: u8 = u8::MAX - 1;
