//! The few figures of Win32 apps and custom compliance that check-ins and eligibility need.

use super::section::section;
use crate::time::Span;

section! {
    /// Win32 apps: `win32.*`.
    Win32 at win32;

    /// Sets the size up to which a package is accepted.
    max_package_gb: u32 = 30, "gigabytes" in "1 to 1000", "B-1.9";
}

section! {
    /// Custom compliance: `cc.*`.
    Compliance at cc;

    /// Sets the time between two periodic fetches of custom compliance scripts.
    fetch_interval: Span = Span::hours(8), "length of time" in "1s to 365d", "B-8.1";
}
