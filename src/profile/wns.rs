//! Push: the channel of Windows and the notifications to the agent.

use super::section::section;
use crate::chance::SpanRange;
use crate::time::Span;

section! {
    /// The push channel of Windows: `wns.*`.
    Wns at wns;

    /// Keeps a push for a device that is offline, instead of losing it.
    cache_when_offline: bool = false, "yes or no", "B-3.9";
    /// Sets how long a channel lives.
    channel_lifetime: Span = Span::days(30), "length of time" in "1h to 365d", "B-3.11";
    /// Sets the time to the next try of the renewal of a channel that has expired (B-3.11: 1 day ± 4 h).
    expired_retry_after: SpanRange = SpanRange { min: Span::hours(20), max: Span::hours(28) },
        "length of time, or two such as `[30s,59s]`" in "1s to 365d", "ours",
        jitter off SpanRange::exactly(Span::hours(24));
    /// Sets the age of a channel at which the client renews it.
    renew_at: Span = Span::days(15), "length of time" in "1h to 365d", "B-3.11";
    /// Sets the time to the next try of a renewal that failed late or found no network (B-3.11: 4 h ± 1 h).
    retry_after: SpanRange = SpanRange { min: Span::hours(3), max: Span::hours(5) },
        "length of time, or two such as `[30s,59s]`" in "1s to 365d", "ours",
        jitter off SpanRange::exactly(Span::hours(4));
}

section! {
    /// Notifications to the agent: `push.*`.
    Push at push;

    /// Sets how many notifications may wait in the agent at once.
    pending_cap: u32 = 20, "notifications" in "1 to 1000", "B-4.21";
}
