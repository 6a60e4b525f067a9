//! What the agent does for itself: its health, the inventory, the device's certificate.

use super::{HELPER, Scribe, Seen};
use crate::agent::{Event, StartType};
use crate::log::event::{Guid, HousekeepingEvent};
use crate::log::trace::SERVICE_RUNS;
use crate::log::write::entry::Pen;
use crate::log::write::ids::Ids;

/// The four rules of the health task, with their ids.
const EXISTS: (&str, Guid) =
    ("Verify Intune Management Extension service exists.", Guid(0xb862_e7a7_fe34_47f3_a648_edd4_803f_781a));
const START_TYPE: (&str, Guid) = (
    "Verify/Remediate Intune Management Extension Service startup type.",
    Guid(0x0598_0f21_0099_4ac4_8ba7_c9f5_f0cd_0b7f),
);
const RUNS: (&str, Guid) = ("Verify/Remediate Intune Management Extension service status.", SERVICE_RUNS);
const MEMORY: (&str, Guid) =
    ("Verify/Remediate Intune Management Extension memory usage.", Guid(0x0cf5_38cd_6bba_4690_8776_e1f6_3f6d_8d63));

impl<I: Ids, P: Pen> Scribe<I, P> {
    /// The health task ran (B-10.8, B-10.9), whether the service runs or not.
    pub(super) fn health_checked(&mut self, seen: &Seen<'_>) {
        let was = seen
            .rest
            .iter()
            .find_map(|event| if let Event::HealthSetAutomatic { from } = event { Some(*from) } else { None });
        let was_stopped = seen.rest.contains(&Event::HealthStartedService);
        let start_type = was.map(|from| match from {
            StartType::Automatic => "Automatic",
            StartType::Manual => "Manual",
            StartType::Disabled => "Disabled",
        });
        self.say(HELPER, HousekeepingEvent::HealthBegins);
        self.rule(EXISTS, None);
        self.rule(START_TYPE, start_type.map(|from| format!("Remediated: the startup type was {from}")));
        self.rule(RUNS, was_stopped.then(|| "Remediated: the service was not running".to_owned()));
        self.rule(MEMORY, None);
        self.say(HELPER, HousekeepingEvent::HealthEnds);
    }

    fn rule(&mut self, (rule, id): (&str, Guid), mended: Option<String>) {
        let result = if mended.is_some() { "Fail" } else { "Pass" };
        let details = mended.as_deref().unwrap_or("N/A");
        self.say(HELPER, HousekeepingEvent::HealthRule { rule, id, result, details });
    }

    pub(super) fn health_reported(&mut self) {
        self.say(HELPER, HousekeepingEvent::HealthReported);
    }

    /// The inventory of apps was taken. How many there are is not known here.
    pub(super) fn inventory_taken(&mut self) {
        let thread = self.take_thread();
        self.say(thread, HousekeepingEvent::InventoryBegins);
        self.say(thread, HousekeepingEvent::InventoryEnds);
        self.free_thread(thread);
    }

    pub(super) fn certificate_checked(&mut self) {
        self.say(HELPER, HousekeepingEvent::CertificateBegins);
        self.say(HELPER, HousekeepingEvent::CertificateEnds);
    }

    pub(super) fn managed_installer(&mut self, is_on: bool) {
        let thread = self.take_thread();
        let event = if is_on { HousekeepingEvent::ManagedInstallerOn } else { HousekeepingEvent::ManagedInstallerOff };
        self.say(thread, event);
        self.free_thread(thread);
    }
}
