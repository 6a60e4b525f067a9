//! Decisions on Endpoint analytics and inventory.

use serde::{Deserialize, Serialize};

/// A decision on Endpoint analytics or inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum InventoryEvent {
    /// The jobs of Endpoint analytics ran: telemetry and aggregation.
    AnalyticsJobs {
        /// With the data of a start of the device.
        startup: bool,
    },
    /// The inventory of Win32 apps was taken.
    InventoryTaken,
    /// The inventory is left out, because Configuration Manager handles apps.
    InventoryLeftOut,
}
