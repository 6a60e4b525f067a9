//! What the MDM channel leaves on the device for the agent: the policy of Endpoint analytics, managed installer, BIOS
//! configuration. First read: B-8.14, B-8.20 to B-8.23.
//!
//! An MDM session tells the whole set, so an assignment that is gone is told by its absence. The set is remembered also
//! while the agent is not there; a new agent finds it.

use serde::{Deserialize, Serialize};

use super::state::{Durable, Phase};
use super::{Agent, Effect, Event, Sink, Timer, Turn};
use crate::facts::Ownership;
use crate::protocol::Policies;
use crate::protocol::app_codes::enforcement;
use crate::rules::b;
use crate::time::{Awake, Now, Span};

/// Managed installer on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct ManagedInstaller {
    /// From then on what is installed is tagged as trusted; `None` if the policy never arrived.
    from: Option<Awake>,
}

/// A decision on a policy of the MDM channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum PolicyEvent {
    /// Managed installer reached the device; what is installed before it is active is never tagged.
    ManagedInstallerArrived {
        /// How long until it is active.
        active_in: Span,
    },
    /// Managed installer is not assigned any more.
    ManagedInstallerWithdrawn {
        /// It was active and goes on tagging; nothing that is tagged loses its tag.
        stays: bool,
    },
    /// The BIOS is configured.
    BiosConfigured,
    /// The BIOS is left alone, because the device is not the company's.
    BiosLeft,
    /// The task that looks after the device's MDM certificate ran.
    CertificateChecked {
        /// The certificate is there.
        present: bool,
    },
}

impl Durable {
    /// True if what is installed now is tagged as trusted.
    ///
    /// Once active, managed installer stays: withdrawing it takes back neither the tags nor the tagging (B-8.20).
    pub(super) fn tags_installs(&self, now: Now) -> bool {
        self.active_from().is_some_and(|from| from <= now.awake)
    }

    /// The enforcement state to report for apps that wait for managed installer (B-8.21); `None` where none has to wait.
    pub(super) fn enforcement_while_waiting(&self, now: Now) -> Option<u16> {
        self.active_from().filter(|from| *from > now.awake).map(|_| enforcement::MANAGED_INSTALLER_PENDING)
    }

    fn active_from(&self) -> Option<Awake> {
        self.work.as_ref()?.managed_installer.from
    }
}

impl Agent {
    /// True if an app that is installed now is tagged as installed by a managed installer.
    ///
    /// Source: B-8.20.
    pub fn tags_installs(&self, now: Now) -> bool {
        self.durable.tags_installs(now)
    }

    /// The enforcement state that an app is reported with while managed installer is on its way to the device.
    ///
    /// Source: B-8.21.
    pub fn enforcement_while_waiting(&self, now: Now) -> Option<u16> {
        self.durable.enforcement_while_waiting(now)
    }

    /// The policies that MDM sessions have left on the device.
    pub const fn policies(&self) -> Policies {
        self.durable.around.policies
    }
}

impl<S: Sink> Turn<'_, '_, S> {
    /// An MDM session told which policies the device has.
    pub(super) fn policies(&mut self, policies: Policies) {
        let before = std::mem::replace(&mut self.durable.around.policies, policies);
        if before == policies || matches!(self.phase, Phase::Absent) {
            return;
        }
        self.policies_changed(before, policies);
        self.effect(Effect::Persist);
    }

    /// A new agent finds what earlier sessions left.
    pub(super) fn policies_found(&mut self) {
        self.policies_changed(Policies::NONE, self.durable.around.policies);
    }

    /// The device was un-enrolled: its policies are gone. Neither tags nor the BIOS password go with them (B-8.20, B-8.22).
    pub(super) fn policies_gone(&mut self) {
        self.policies(Policies::NONE);
    }

    fn policies_changed(&mut self, before: Policies, after: Policies) {
        let (new, gone) = (after.without(before), before.without(after));
        if new.contains(Policies::MANAGED_INSTALLER) {
            let delays = &self.cx.profile.mi;
            let delay = delays.policy_delay.saturating_add(delays.device_delay);
            let now = self.now.awake;
            let from = *self.kept().managed_installer.from.get_or_insert(now.after(delay));
            self.note(b(8, 20), Event::Policy(PolicyEvent::ManagedInstallerArrived { active_in: from.since(now) }));
        }
        if gone.contains(Policies::MANAGED_INSTALLER) {
            let stays = self.durable.tags_installs(self.now);
            if !stays && let Some(kept) = &mut self.durable.work {
                kept.managed_installer.from = None;
            }
            self.note(b(8, 20), Event::Policy(PolicyEvent::ManagedInstallerWithdrawn { stays }));
        }
        if new.contains(Policies::BIOS) {
            // B-8.22: on the company's devices, at the check-in that brings it.
            let event = match self.cx.facts.ownership {
                Ownership::Corporate => PolicyEvent::BiosConfigured,
                Ownership::Personal => PolicyEvent::BiosLeft,
            };
            self.note(b(8, 22), Event::Policy(event));
        }
        if new.contains(Policies::ANALYTICS) {
            self.begin_analytics();
        }
        if gone.contains(Policies::ANALYTICS) {
            self.durable.startup_data = false;
            self.timers.clear(Timer::InventoryWork);
        }
    }
}
