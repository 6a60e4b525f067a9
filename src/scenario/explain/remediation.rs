//! Lines of an explanation about remediations.

use super::{Reason, View};
use crate::agent::{RemediationNext, RemediationRecord, RemediationWait};
use crate::rules::b;
use crate::sim::trace::local_time;

impl View<'_> {
    /// What remediations have come to and when they run next; first those on the device, then those it has not fetched.
    pub(super) fn remediations(&self) -> Vec<Reason> {
        let agent = self.world.device().agent();
        let mut lines = Vec::new();
        for record in agent.remediations() {
            lines.push(self.remediated(record));
            let content = self.plan.library.remediation(record.policy, record.revision);
            if content.is_some_and(|content| content.restarts) {
                let name = self.content(record.policy.0);
                let text = format!("remediation `{name}`: a script of it restarts the device, which none may");
                lines.push(Reason { text, rule: b(6, 22) });
            }
        }
        for user in self.principals() {
            for item in self.epoch.remediations(user) {
                let is_it = |record: &RemediationRecord| record.policy == item.id && record.revision == item.revision;
                if !agent.remediations().any(is_it) {
                    let (name, user) = (self.content(item.id.0), self.user(user));
                    let text = format!(
                        "remediation `{name}` revision {} for {user}: assigned, and waits for the next fetch",
                        item.revision
                    );
                    lines.push(Reason { text, rule: b(6, 8) });
                }
            }
        }
        lines
    }

    fn remediated(&self, record: &RemediationRecord) -> Reason {
        let cx = self.world.agent_context();
        let now = self.world.device_now();
        let (next, rule) = match self.world.device().agent().remediation_next(&cx, now, record) {
            RemediationNext::Runs => ("runs now".to_owned(), b(6, 14)),
            RemediationNext::Never => ("does not run any more in this revision".to_owned(), b(6, 4)),
            RemediationNext::FirstRun(left) => (format!("runs for the first time in {left}"), b(6, 9)),
            RemediationNext::NextFetch => ("is due, and is queued by the next fetch".to_owned(), b(6, 9)),
            RemediationNext::At(at) => {
                let zone = &self.plan.zones[self.described.zone];
                (format!("runs next at {}", local_time(at, 0, zone)), b(6, 11))
            }
            RemediationNext::Waits(wait) => match wait {
                RemediationWait::NoUser => ("is due, and waits for a signed-in user".to_owned(), b(6, 21)),
                RemediationWait::Esp => ("is due, and waits for the end of the enrollment page".to_owned(), b(6, 12)),
                RemediationWait::DarkWake => ("is due, and waits for the end of maintenance wake".to_owned(), b(6, 6)),
                RemediationWait::Busy => ("is due, and waits for its turn".to_owned(), b(6, 13)),
            },
        };
        let status = match record.standing.status() {
            0 => String::new(),
            status => format!("; its last run ended with status {status}"),
        };
        let (name, user) = (self.content(record.policy.0), self.user(record.user));
        Reason { text: format!("remediation `{name}` revision {} for {user}: {next}{status}", record.revision), rule }
    }
}
