//! Endpoint analytics, the inventory of apps, and what MDM sessions leave for the agent. Rules: B-8.14 to B-8.18.

use imesim::facts::Ownership;
use imesim::protocol::Policies;
use imesim::time::{Span, Wall};

use super::model::{At, Model};

impl Model {
    /// The jobs of Endpoint analytics begin with the service, with their policy, and after maintenance wake (B-8.15).
    pub(crate) fn analytics_begin(&mut self, at: &At<'_>) {
        let wanted = self.policies.contains(Policies::ANALYTICS) && !self.dark_wake;
        let Some(service) = &mut self.service else { return };
        if wanted && service.jobs_at.is_none() {
            service.jobs_at = Some(at.now.awake);
        }
    }

    pub(crate) fn analytics_due(&mut self, at: &At<'_>) {
        let dark = self.dark_wake;
        let Some(service) = &mut self.service else { return };
        service.jobs_at = (!dark).then(|| at.now.awake.after(at.profile().ea.job_period));
    }

    /// An MDM session told the policies. They are remembered also without an agent.
    pub(crate) fn policies_told(&mut self, at: &At<'_>, policies: Policies) {
        self.policies = policies;
        if self.installed.is_some() {
            self.policies_hold(at);
        }
    }

    pub(crate) fn policies_hold(&mut self, at: &At<'_>) {
        if !self.policies.contains(Policies::ANALYTICS)
            && let Some(service) = &mut self.service
        {
            service.jobs_at = None;
        }
        self.analytics_begin(at);
        // B-8.20: once it is active, managed installer stays.
        let (mi, now) = (&at.profile().mi, at.now.awake);
        if self.policies.contains(Policies::MANAGED_INSTALLER) {
            let from = now.after(mi.policy_delay.saturating_add(mi.device_delay));
            self.installer_from = self.installer_from.or(Some(from));
        } else if self.installer_from.is_some_and(|from| from > now) {
            self.installer_from = None;
        }
    }

    /// When the next inventory is due (B-8.16): the points of the grid count from the enrollment; one that was missed is made up
    /// for at once. None before D0 is over, without a certificate, in maintenance wake, on a personal device.
    pub(crate) fn plan_inventory(&mut self, at: &At<'_>) {
        let (Some(enrolled), Ownership::Corporate) = (at.cx.enrolled, at.cx.facts.ownership) else { return };
        let may = self.certificate && !self.dark_wake;
        let Some(service) = &mut self.service else { return };
        service.inventory_at = (may && service.ready_at.is_none())
            .then(|| next_inventory(enrolled, self.inventoried, at.now.wall, at.profile().inventory.interval));
    }

    pub(crate) fn inventory_due(&mut self, at: &At<'_>) {
        if let Some(service) = &mut self.service {
            service.inventory_at = None;
        }
        // It waits for the end of maintenance wake, and for a certificate.
        if self.dark_wake || !self.certificate {
            return;
        }
        self.inventoried = Some(at.now.wall);
        // B-8.18.
        if at.cx.facts.apps_workload.is_none_or(|workload| workload.is_with_intune()) {
            self.inventory_unsent = Some(self.token());
            self.report_soon(at);
        }
        self.plan_inventory(at);
    }
}

fn next_inventory(enrolled: Wall, last: Option<Wall>, now: Wall, every: Span) -> Wall {
    if now < enrolled {
        // A clock that was set back before the enrollment waits one period at most.
        return enrolled.min(now.after(every));
    }
    let points = now.since(enrolled).as_millis() / every.as_millis();
    let point = enrolled.after(every.saturating_mul(points));
    if last.is_none_or(|last| last < point) { now } else { point.after(every) }
}
