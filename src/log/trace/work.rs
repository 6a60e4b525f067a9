//! What messages about apps, remediations and helpers are to decisions.

use super::what::{Helped, Plan, What};
use crate::log::event::{AppEvent, ExecutorEvent, RemediationEvent};
use crate::log::forecast::time_of_day;

/// A schedule of more days is none.
const DAYS: u64 = 10_000;

impl What {
    pub(super) fn of_app(event: &AppEvent<'_>) -> Option<Self> {
        if let AppEvent::GrsKnown { at } | AppEvent::InGrs { since: at } = event {
            Some(Self::GrsKnown((*at).to_owned()))
        } else if let AppEvent::GrsSkip { app, .. } = *event {
            Some(Self::GrsSkip(app))
        } else if let AppEvent::Decision { app, intent, .. } = *event {
            Some(Self::AppWanted { app, is_required: intent.starts_with("Required") })
        } else if let AppEvent::Execute { app, .. } = *event {
            Some(Self::Enforced(app))
        } else if let AppEvent::Subgraph { apps } = event {
            Some(Self::Group((*apps).to_owned()))
        } else if let AppEvent::ReevaluationWaits = event {
            Some(Self::GroupWaits)
        } else if let AppEvent::Reevaluation { at, .. } = event {
            Some(Self::Reevaluation((*at).to_owned()))
        } else {
            None
        }
    }

    pub(super) fn of_helper(event: &ExecutorEvent<'_>) -> Option<Self> {
        if let ExecutorEvent::Argument { name: "powershell", value } = event {
            // The path ends with user and policy.
            let (user, script) = value.rsplit('\\').next()?.split_once('_')?;
            let script = script.split('.').next()?.parse().ok()?;
            Some(Self::HelperRuns(Helped::Script { script, user: user.parse().ok()? }))
        } else if let ExecutorEvent::Argument { name: "remediationScript", value } = event {
            // The path's folder has policy and version.
            let folder = value.rsplit('\\').nth(1).and_then(|folder| folder.split_once('_'));
            let script = folder.and_then(|(script, _)| script.parse().ok());
            Some(Self::HelperRuns(Helped::Remediation { script }))
        } else if let ExecutorEvent::Exit { code } = *event {
            Some(Self::HelperExit(code))
        } else if let ExecutorEvent::Succeeded = event {
            Some(Self::HelperVerdict { is_well: true })
        } else if let ExecutorEvent::Failed = event {
            Some(Self::HelperVerdict { is_well: false })
        } else if let ExecutorEvent::TimedOut { seconds } = *event {
            Some(Self::HelperTimedOut(seconds))
        } else if let ExecutorEvent::Ended = event {
            Some(Self::HelperEnds)
        } else {
            None
        }
    }

    pub(super) fn of_remediation(event: &RemediationEvent<'_>) -> Option<Self> {
        if let RemediationEvent::Request { .. } = event {
            Some(Self::RemediationFetch)
        } else if let RemediationEvent::Queued { at } = event {
            Some(Self::Queued((*at).to_owned()))
        } else if let RemediationEvent::RunnerBegins = event {
            Some(Self::RunnerBegins)
        } else if let RemediationEvent::Hourly { policy, hours, .. } = *event {
            let is_one = (1..=DAYS * 24).contains(&hours);
            is_one.then_some(Self::Scheduled { script: policy, plan: Plan::Hours(hours) })
        } else if let RemediationEvent::Daily { policy, utc, days, time } = *event {
            Some(Self::Scheduled { script: policy, plan: daily(days, time, utc)? })
        } else if let RemediationEvent::Begins { policy, .. } = *event {
            Some(Self::RemediationBegins(policy))
        } else if let RemediationEvent::DetectionExit { code } = *event {
            Some(Self::DetectionExit(code))
        } else if let RemediationEvent::Exit { code } = *event {
            Some(Self::RemediationExit(code))
        } else if let RemediationEvent::LastRun { policy, at } = *event {
            Some(Self::LastRun { script: policy, at: at.to_owned() })
        } else if let RemediationEvent::ResultNew { policy, .. } | RemediationEvent::ResultSame { policy, .. } = *event
        {
            Some(Self::RemediationEnds(policy))
        } else {
            None
        }
    }
}

/// A schedule of days; one without a time of day is the usual one (B-6.4).
fn daily(days: u64, time: &str, is_utc: bool) -> Option<Plan> {
    let mut words = time.split_whitespace().skip_while(|word| !word.contains(':')).peekable();
    if words.peek().is_none() {
        return (days == 1).then_some(Plan::Usual);
    }
    let time = time_of_day(&mut words)?;
    let second = (u64::from(time.hour) * 60 + u64::from(time.minute)) * 60 + u64::from(time.second);
    (1..=DAYS).contains(&days).then_some(Plan::Days { days, second, is_utc })
}
