//! The grace period of a restart that an app asks for.

use super::section::section;
use crate::time::Span;

section! {
    /// The restart grace period, where an app has no figures of its own: `restart.*`.
    Restart at restart;

    /// Sets how long before the end of the grace period the countdown is shown.
    countdown_min: u32 = 15, "minutes" in "0 to 20160", "B-7.29";
    /// Sets the time from the end of an installation to the restart.
    grace_min: u32 = 1440, "minutes" in "1 to 20160", "B-7.29";
    /// Sets the time for which the user may put the countdown off, which counts for no more than the grace period.
    snooze_min: u32 = 240, "minutes" in "1 to 20160", "B-7.29";
}

impl Restart {
    /// How long before the end of the grace period the countdown is shown, at most the whole of it.
    /// Source: B-7.29.
    pub fn countdown(&self) -> Span {
        Span::mins(u64::from(self.countdown_min.min(self.grace_min)))
    }

    /// The time from the end of an installation to the restart.
    /// Source: B-7.29.
    pub fn grace(&self) -> Span {
        Span::mins(u64::from(self.grace_min))
    }

    /// The time for which the user may put the countdown off, at most the grace period.
    /// Source: B-7.29.
    pub fn snooze(&self) -> Span {
        Span::mins(u64::from(self.snooze_min.min(self.grace_min)))
    }
}
