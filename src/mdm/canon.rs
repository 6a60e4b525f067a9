//! What of an MDM client goes into a canonical fingerprint. See [`canon`](crate::canon).

use core::hash::Hash;

use super::schedule::Slot;
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
            Phase::NotEnrolled => print.byte(0),
            Phase::Enrolling { token, tries } => {
                print.byte(1);
                print.token(Side::Mdm, *token);
                tries.print(print, Print::maybe_wall);
            }
            Phase::Enrolled(enrolled) => {
                print.byte(2);
                enrolled.print(print, *schedule);
            }
        }
    }

    /// Reads a little of what lies elsewhere, so that it comes into the cache.
    #[inline]
    pub(crate) fn touch_heap(&self) -> usize {
        match &self.phase {
            Phase::Enrolled(Enrolled { job: Some(job), .. }) => usize::from(job.state().is_final()),
            Phase::NotEnrolled | Phase::Enrolling { .. } | Phase::Enrolled(_) => 0,
        }
    }

    /// Becomes a copy of another client in the room that it has.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        let Self { phase, timers, next_token, schedule, dmwappush } = other;
        self.timers.clone_from(timers);
        (self.next_token, self.schedule, self.dmwappush) = (*next_token, *schedule, *dmwappush);
        match (&mut self.phase, phase) {
            (Phase::Enrolled(own), Phase::Enrolled(enrolled)) => own.copy_from(enrolled),
            (own, phase) => own.clone_from(phase),
        }
    }

    /// True if the device neither is enrolled nor enrolls.
    pub(crate) const fn is_outside(&self) -> bool {
        matches!(self.phase, Phase::NotEnrolled)
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
    fn copy_from(&mut self, other: &Self) {
        let Self { since, slot, session, follow_up, seen_users, policies, channel, job } = other;
        (self.since, self.slot, self.session, self.follow_up) = (*since, *slot, *session, *follow_up);
        (self.seen_users, self.policies, self.channel) = (*seen_users, *policies, *channel);
        self.job.clone_from(job);
    }

    /// Of the enrollment counts its place on the grids, as all schedules after the first hours do; in these, where the schedule
    /// runs, how long ago it was.
    fn print(&self, print: &mut Print, runs: bool) {
        let Self { since, slot, session, follow_up, seen_users, policies, channel, job } = self;
        match slot {
            Slot::Early if runs => print.wall(*since),
            Slot::Early | Slot::Steady => print.place_on_grid(*since),
        }
        (slot, session.map(|(_, cause)| cause), follow_up, seen_users, policies).hash(print);
        print.token(Side::Mdm, session.map(|(token, _)| token));
        channel.print(print);
        job.is_some().hash(print);
        if let Some(job) = job {
            job.print(print);
        }
    }
}
