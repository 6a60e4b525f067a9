//! What is left when a world has ended.

use super::super::clock::Power;
use super::super::digest::Digest;
use crate::agent::Agent;
use crate::device::Device;
use crate::service::Ledger;
use crate::time::Now;

/// What is left when a world has ended.
#[derive(Clone, Debug)]
pub struct Ended<O, A = Agent> {
    /// The device.
    pub device: Device<A>,
    /// The service's record of it.
    pub ledger: Ledger,
    /// What its clocks show.
    pub now: Now,
    /// Whether it runs.
    pub power: Power,
    /// It can reach the service.
    pub online: bool,
    /// How many events there were: inputs of the device, and each time that it fell asleep or woke up.
    pub events: u64,
    /// The digest of what it did.
    pub digest: Digest,
    /// Whoever looked on.
    pub observer: O,
}

impl<O, A> Ended<O, A> {
    /// What is left of the world, and whoever looked on.
    pub fn split(self) -> (Ended<(), A>, O) {
        let Self { device, ledger, now, power, online, events, digest, observer } = self;
        (Ended { device, ledger, now, power, online, events, digest, observer: () }, observer)
    }

    /// The same without whoever looked on.
    pub fn without_observer(self) -> Ended<(), A> {
        self.split().0
    }
}
