//! What the agent collects about the device: endpoint analytics and the inventory of Win32 apps.

use super::section::section;
use crate::time::Span;

section! {
    /// Endpoint analytics: `ea.*`.
    Analytics at ea;

    /// Sets the time between two runs of the collecting jobs on the device, the first being at their start.
    job_period: Span = Span::hours(1), "length of time" in "1s to 365d", "B-8.15";
    /// Sets the longest time from the collection of data to their place in the reports.
    max_latency: Span = Span::hours(96), "length of time" in "0s to 365d", "B-8.14";
    /// Sets the time between two moments at which the service processes what has been sent.
    process_interval: Span = Span::hours(24), "length of time" in "1s to 365d", "B-8.14";
}

section! {
    /// The inventory of Win32 apps: `inventory.*`.
    Inventory at inventory;

    /// Sets the time between two inventories of a device, counted from its enrolment.
    interval: Span = Span::hours(24), "length of time" in "1s to 365d", "B-8.16";
}
