//! Managed installer: how long the setting takes to reach a device.

use super::section::section;
use crate::time::Span;

section! {
    /// Managed installer: `mi.*`.
    ManagedInstaller at mi;

    /// Sets the time from the moment the policy exists until a device has it.
    device_delay: Span = Span::mins(30), "length of time" in "0s to 365d", "B-8.20";
    /// Sets the time from switching managed installer on until its policy exists.
    policy_delay: Span = Span::mins(10), "length of time" in "0s to 365d", "B-8.20";
}
