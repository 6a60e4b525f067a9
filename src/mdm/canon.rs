//! What of an MDM client goes into a canonical fingerprint. See [`canon`](crate::canon).

use core::hash::Hash;

use super::{Enrolled, MdmClient, Phase};
use crate::canon::{Print, Side};
use crate::protocol::Token;

impl MdmClient {
    /// Puts the client into a print, for worlds without jitter.
    pub(crate) fn print(&self, print: &mut Print) {
        let Self { phase, timers, next_token: _, schedule, dmwappush } = self;
        timers.print(print);
        (schedule, dmwappush).hash(print);
        match phase {
            Phase::NotEnrolled => print.word(0),
            Phase::Enrolling { token, tries } => {
                print.word(1);
                print.token(Side::Mdm, *token);
                tries.print(print, Print::maybe_wall);
            }
            Phase::Enrolled(enrolled) => {
                print.word(2);
                enrolled.print(print);
            }
        }
    }

    /// True while the client waits for the answer to a request.
    pub(crate) fn awaits(&self, token: Token) -> bool {
        match &self.phase {
            Phase::NotEnrolled => false,
            Phase::Enrolling { token: waiting, .. } => *waiting == Some(token),
            Phase::Enrolled(enrolled) => {
                enrolled.session.is_some_and(|(waiting, _)| waiting == token) || enrolled.channel.waits_for(token)
            }
        }
    }
}

impl Enrolled {
    /// Of the enrollment counts its place on the grids, as all schedules after the first hours do.
    fn print(&self, print: &mut Print) {
        let Self { since, slot, session, follow_up, seen_users, policies, channel, job } = self;
        print.place_on_grid(*since);
        (slot, session.map(|(_, cause)| cause), follow_up, seen_users, policies).hash(print);
        print.token(Side::Mdm, session.map(|(token, _)| token));
        channel.print(print);
        job.is_some().hash(print);
        if let Some(job) = job {
            job.print(print);
        }
    }
}
