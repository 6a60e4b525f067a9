//! Lines of an explanation about apps.

use super::{Reason, View};
use crate::agent::AppRecord;
use crate::catalog::{Filter, Intent, Mode};
use crate::facts::product::{app_error_words, applicability_words, compliance_words, enforcement_words};
use crate::profile::QuirkGrs;
use crate::protocol::{PolicyId, UserId, Workload};
use crate::rules::b;
use crate::service::{VerdictOutcome, verdicts};
use crate::sim::trace::local_time;
use crate::time::Wall;

impl View<'_> {
    /// What apps have come to and wait for: first those that the agent knows, then those it has not seen; and for each that
    /// is assigned, which assignment counts and which does not.
    pub(super) fn apps(&self) -> Vec<Reason> {
        let agent = self.world.device().agent();
        let mut lines = Vec::new();
        for record in agent.apps() {
            lines.push(self.app(record));
            lines.extend(self.app_waits(record));
        }
        for user in self.principals() {
            for workload in [Workload::RequiredApp, Workload::AvailableApp] {
                for policy in self.epoch.apps(workload, user).iter().filter(|policy| !policy.intents.is_empty()) {
                    let is_known = agent
                        .apps()
                        .iter()
                        .any(|record| record.policy == policy.id && (record.user == user || record.user.is_device()));
                    if !is_known {
                        let (name, user) = (self.content(policy.id.0), self.user(user));
                        let text =
                            format!("app `{name}` for {user}: assigned, and waits for the next {workload} check-in");
                        lines.push(Reason { text, rule: b(4, 2) });
                    }
                }
            }
            lines.extend(self.app_assignments(user));
        }
        lines.extend(self.restart());
        lines
    }

    /// How an app stands, in the words of the tables.
    fn app(&self, record: &AppRecord) -> Reason {
        let words = |words: Option<&'static str>| words.unwrap_or("a number without a name");
        let mut text = format!(
            "app `{}` revision {} for {}: {}",
            self.content(record.policy.0),
            record.revision,
            self.user(record.user),
            words(compliance_words(record.compliance)),
        );
        let mut rule = b(7, 4);
        if record.applicability != 0 {
            text += &format!(
                "; not applicable, {}: {}",
                record.applicability,
                words(applicability_words(record.applicability))
            );
            rule = b(7, 10);
        }
        if record.enforcement != 0 {
            text += &format!("; enforcement {}: {}", record.enforcement, words(enforcement_words(record.enforcement)));
        }
        if record.error != 0 {
            let code = record.error.cast_unsigned();
            let meaning = app_error_words(record.error).map_or_else(String::new, |words| format!(", {words}"));
            text += &format!("; error {code:#010x}{meaning}");
            rule = b(7, 23);
        }
        if record.is_tagged() {
            text += "; tagged by managed installer";
        }
        if record.is_unreported() {
            text += "; its report waits for a check-in that works";
        }
        Reason { text, rule }
    }

    /// Until when the GRS holds an app back, and when it is evaluated next.
    fn app_waits(&self, record: &AppRecord) -> Vec<Reason> {
        let win32 = &self.plan.profile.win32;
        let name = self.content(record.policy.0);
        let mut lines = Vec::new();
        let is_over =
            |begun: &Wall| win32.quirk_grs == QuirkGrs::None && self.world.device_now().wall.since(*begun) >= win32.grs;
        if let Some(begun) = record.grs().filter(|begun| !is_over(begun)) {
            let until = match win32.quirk_grs {
                QuirkGrs::None => format!("until {}", self.local(begun.after(win32.grs))),
                QuirkGrs::Stuck => "for ever".to_owned(),
                QuirkGrs::ResetEachPass => "no longer than to the next check-in".to_owned(),
            };
            let text = format!("app `{name}`: the GRS value {} holds it back {until}", self.local(begun));
            lines.push(Reason { text, rule: b(7, 34) });
        }
        let subgraph = self.plan.library.subgraph_of(record.policy, record.revision);
        let agent = self.world.device().agent();
        let evaluated = subgraph.and_then(|subgraph| agent.app_evaluated(subgraph.id(), record.user));
        if let Some(evaluated) = evaluated {
            let next = self.local(evaluated.after(win32.subgraph_interval));
            let text = format!(
                "app `{name}`: last evaluated {}; unless something changes, next at the first check-in from {next} on",
                self.local(evaluated)
            );
            lines.push(Reason { text, rule: b(7, 33) });
        }
        lines
    }

    /// Which assignments of apps hit somebody, and what became of each.
    fn app_assignments(&self, user: UserId) -> Vec<Reason> {
        let tenant = &self.plan.tenant;
        let contents = (0_u32..).map(PolicyId).zip(tenant.contents()).filter(|(_, content)| content.is_app());
        let mut lines = Vec::new();
        for (app, content) in contents {
            let member = &self.described.member;
            let (all, reaches) = verdicts(tenant, &self.plan.profile, member, (app, user), self.moment);
            for verdict in all {
                let filter = |id| tenant.filter(id).map_or("?", Filter::name);
                let outcome = match verdict.outcome {
                    VerdictOutcome::Elsewhere => continue,
                    VerdictOutcome::Excludes => "it is excluded".to_owned(),
                    VerdictOutcome::Excluded => "an exclusion keeps it away".to_owned(),
                    VerdictOutcome::Outranked => "another intent wins".to_owned(),
                    VerdictOutcome::FilteredOut(id) => format!("the filter `{}` keeps it away", filter(id)),
                    VerdictOutcome::Counts(_) if !reaches => continue,
                    VerdictOutcome::Counts(None) => "it counts".to_owned(),
                    VerdictOutcome::Counts(Some(id)) => {
                        format!("it counts, the filter `{}` lets it through", filter(id))
                    }
                };
                let group = tenant.group(verdict.group).map_or("?", |group| group.name.as_str());
                let intent = match (verdict.mode, verdict.intent) {
                    (Mode::Exclude, _) => "exclusion".to_owned(),
                    (Mode::Include, intent) => intent.unwrap_or(Intent::Required).to_string(),
                };
                let text = format!("app `{}` for {}: {intent} for `{group}`: {outcome}", content.name, self.user(user));
                lines.push(Reason { text, rule: verdict.outcome.rule() });
            }
        }
        lines
    }

    /// The restart that is announced, and what waits for one.
    fn restart(&self) -> Vec<Reason> {
        let agent = self.world.device().agent();
        let mut lines = Vec::new();
        if let Some(restart) = agent.pending_restart() {
            let text = format!(
                "app `{}` asked for a restart, which comes at {}",
                self.content(restart.policy.0),
                self.local(restart.at)
            );
            lines.push(Reason { text, rule: b(7, 29) });
        }
        if agent.is_reboot_pending() {
            let text = "no app is installed before the device has restarted".to_owned();
            lines.push(Reason { text, rule: b(7, 26) });
        }
        lines
    }

    /// A moment of the device's clock, as it shows it.
    fn local(&self, at: Wall) -> String {
        local_time(at, 0, &self.plan.zones[self.described.zone])
    }
}
