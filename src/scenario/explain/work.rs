//! Lines of an explanation about discovery scripts, inventory, Endpoint analytics and managed installer.

use super::{Reason, View};
use crate::agent::DiscoveryRecord;
use crate::protocol::{Policies, UserId};
use crate::rules::b;

impl View<'_> {
    /// What discovery scripts have come to and wait for; first those on the device, then those it has not seen.
    pub(super) fn discovery(&self) -> Vec<Reason> {
        let agent = self.world.device().agent();
        let mut lines: Vec<Reason> = agent.discovery().iter().map(|record| self.discovered(record)).collect();
        for user in self.principals() {
            for item in self.epoch.discovery(user) {
                if !agent.discovery().iter().any(|record| record.policy == item.id) {
                    let (name, user) = (self.content(item.id.0), self.user(user));
                    let text = format!("discovery script `{name}` for {user}: assigned, and waits for the next fetch");
                    lines.push(Reason { text, rule: b(8, 1) });
                } else if agent
                    .discovery()
                    .iter()
                    .any(|record| record.policy == item.id && record.revision < item.revision)
                {
                    let text = format!(
                        "discovery script `{}`: revision {} is assigned, and waits for the next fetch; checking compliance runs the old one",
                        self.content(item.id.0),
                        item.revision
                    );
                    lines.push(Reason { text, rule: b(8, 2) });
                }
            }
        }
        lines
    }

    fn discovered(&self, record: &DiscoveryRecord) -> Reason {
        let cc = &self.plan.profile.cc;
        let (state, rule) = match record.error {
            _ if !record.ended => ("has not ended yet in this revision".to_owned(), b(8, 1)),
            0 => (format!("found what it was asked for; runs again within {}", cc.run_interval), b(8, 7)),
            error => (format!("error {error}; runs again within {}", cc.run_interval), b(8, 5)),
        };
        let report = if record.unreported { "; its report waits for a check-in that works" } else { "" };
        let (name, user) = (self.content(record.policy.0), self.user(record.user));
        let text = format!("discovery script `{name}` revision {} for {user}: {state}{report}", record.revision);
        Reason { text, rule }
    }

    /// What else the agent does without being asked.
    pub(super) fn collected(&self) -> Vec<Reason> {
        let device = self.world.device();
        let agent = device.agent();
        let mut lines = Vec::new();
        let mut line = |text: String, rule| lines.push(Reason { text, rule });
        if device.facts().ownership == crate::facts::Ownership::Personal && agent.version().is_some() {
            line("no inventory of Win32 apps: the device is personal".to_owned(), b(8, 16));
        } else if !device.facts().apps_with_intune() {
            line("no inventory of Win32 apps: Configuration Manager handles apps".to_owned(), b(8, 18));
        } else if let Some(last) = agent.last_inventory() {
            let ago = self.world.device_now().wall.since(last);
            line(format!("the last inventory of Win32 apps was taken {ago} ago"), b(8, 16));
        }
        if agent.policies().contains(Policies::ANALYTICS) {
            line("the policy of Endpoint analytics is on the device; its jobs run hourly".to_owned(), b(8, 15));
        }
        let now = self.world.device_now();
        if agent.tags_installs(now) {
            line("managed installer is active: what is installed now is tagged".to_owned(), b(8, 20));
        } else if let Some(state) = agent.enforcement_while_waiting(now) {
            line(format!("managed installer is on its way; apps that wait for it are reported with {state}"), b(8, 21));
        }
        lines
    }

    /// Everybody for whom a poll may be made now.
    pub(super) fn principals(&self) -> impl Iterator<Item = UserId> {
        let active = self.world.device().agent().active_user();
        [Some(UserId::DEVICE), (!active.is_device()).then_some(active)].into_iter().flatten()
    }
}
