//! The push channel and its renewal. First read: B-3.11.

use serde::{Deserialize, Serialize};

use super::{Effect, Event, Sink, Timer, Turn};
use crate::chance::Purpose;
use crate::protocol::{Answer, Failure, Request, SessionCause, Token};
use crate::retry::Policy;
use crate::rules::b;
use crate::time::{Now, Span, Wall};

/// The channel over which pushes come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Channel {
    expires: Wall,
    /// The renewal under way.
    token: Option<Token>,
    /// Renewals tried so far; numbers the draws of their spread.
    tries: u32,
}

impl Channel {
    pub(super) fn opened(now: Now, lifetime: Span) -> Self {
        Self { expires: now.wall.after(lifetime), token: None, tries: 0 }
    }

    pub(super) const fn is_renewing(&self) -> bool {
        self.token.is_some()
    }

    /// Puts it into a print; the tries number draws and are left out.
    #[cfg(feature = "check")]
    pub(super) fn print(&self, print: &mut crate::canon::Print) {
        let Self { expires, token, tries: _ } = self;
        print.until(*expires);
        print.token(crate::canon::Side::Mdm, *token);
    }

    pub(super) fn waits_for(&self, token: Token) -> bool {
        self.token == Some(token)
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// Renewal is due.
    pub(super) fn renew_channel(&mut self) {
        if self.enrolled().is_none_or(|enrolled| enrolled.channel.is_renewing()) {
            return;
        }
        let token = self.token();
        if let Some(enrolled) = self.enrolled() {
            enrolled.channel.token = Some(token);
            enrolled.channel.tries = enrolled.channel.tries.wrapping_add(1);
        }
        self.arm(Timer::ChannelAnswer, self.cx.profile.mdm.answer_timeout);
        self.effect(Effect::Send { token, request: Request::RenewChannel });
    }

    /// A renewed channel opens a session, so that the service learns the new address.
    pub(super) fn channel_answered(&mut self, answer: &Answer<'_>) {
        if !matches!(answer, Answer::ChannelRenewed) {
            return self.channel_failed(Failure::Empty);
        }
        self.client.timers.clear(Timer::ChannelAnswer);
        let (now, wns) = (self.now, &self.cx.profile.wns);
        if let Some(enrolled) = self.enrolled() {
            let tries = enrolled.channel.tries;
            enrolled.channel = Channel { tries, ..Channel::opened(now, wns.channel_lifetime) };
        }
        self.arm(Timer::Channel, wns.renew_at);
        self.note(b(3, 11), Event::ChannelRenewed);
        self.open_session(SessionCause::ChannelRenewed);
    }

    /// More than 15 days left: again when 15 days are left. Less: after 4 h ± 1 h. Expired: after 1 day ± 4 h. Without
    /// a network: after 4 h ± 1 h in any case.
    pub(super) fn channel_failed(&mut self, failure: Failure) {
        self.client.timers.clear(Timer::ChannelAnswer);
        let (now, chance, wns) = (self.now.wall, self.cx.chance, &self.cx.profile.wns);
        let Some(enrolled) = self.enrolled() else { return };
        enrolled.channel.token = None;
        let n = u64::from(enrolled.channel.tries);
        let left = enrolled.channel.expires.since(now).min(wns.channel_lifetime);
        let spread = |range| {
            let range = Policy::channel_renewal(range).map_or(range, |policy| policy.range(1));
            chance.span(range, Purpose::ChannelRenewal, n)
        };
        let again_in = if failure == Failure::NoNetwork {
            spread(wns.retry_after)
        } else if left > LATE {
            left.saturating_sub(LATE)
        } else if !left.is_zero() {
            spread(wns.retry_after)
        } else {
            spread(wns.expired_retry_after)
        };
        let again_in = again_in.min(wns.renew_at.max(wns.expired_retry_after.max));
        self.note(b(3, 11), Event::ChannelRenewalFailed { failure, again_in });
        self.arm(Timer::Channel, again_in);
    }

    /// The device's clock was stepped: a channel does not live longer than it may from now on.
    pub(super) fn pull_in_expiry(&mut self) {
        let latest = self.now.wall.after(self.cx.profile.wns.channel_lifetime);
        if let Some(enrolled) = self.enrolled() {
            enrolled.channel.expires = enrolled.channel.expires.min(latest);
        }
    }

    /// The device went down in the middle of a renewal: it is tried again.
    pub(super) fn channel_cut_off(&mut self) {
        self.client.timers.clear(Timer::ChannelAnswer);
        if let Some(enrolled) = self.enrolled()
            && enrolled.channel.token.take().is_some()
        {
            self.arm(Timer::Channel, Span::ZERO);
        }
    }
}

/// From here on a failed renewal is tried again soon.
const LATE: Span = Span::days(15);
