//! The Enrollment Status Page: which apps it waits for, and how long.

use super::section::section;
use crate::time::Span;

section! {
    /// The Enrollment Status Page: `esp.*`.
    Esp at esp;

    /// Limits how many blocking apps the page tracks.
    max_blocking: u32 = 100, "apps" in "0 to 10000", "B-7.54";
    /// Sets the time from the end of the page to the check of the apps that waited for it.
    post_checkin_delay: Span = Span::secs(60), "length of time" in "0s to 1d", "B-7.55";
    /// Sets the time limit of the page.
    timeout_min: u32 = 60, "minutes" in "1 to 525600", "B-7.54";
}

impl Esp {
    /// The time limit of the page.
    /// Source: B-7.54.
    pub fn timeout(&self) -> Span {
        Span::mins(u64::from(self.timeout_min))
    }
}
