//! The judge of U2: what is reported is what is there, whoever was killed in between.

use super::{Add, Invariant, Judge, Kinds, Seen};
use crate::agent::{AppEvent, Event, Record, RecordState};
use crate::device::{Action, StateFile};
use crate::profile::Version;
use crate::protocol::{AppReport, PolicyId, Report, Request, ScriptReport, ScriptResult, UserId};
use crate::sim::{Happening, HostEvent};

pub(super) fn judges(add: &mut Add<'_>) {
    add(Invariant::U2, Box::<Truth>::default());
}

/// U2: requests name the version that is on the device, reports of scripts name how the last run ended, reports of apps name what
/// the last look found; and what the agent takes for reported, the service has.
#[derive(Debug, Default)]
struct Truth {
    version: Option<Version>,
    /// How the last run of each script ended, where that is known.
    ended: Vec<(PolicyId, UserId, ScriptResult)>,
    /// Whether the last look for each app found it.
    found: Vec<(PolicyId, UserId, bool)>,
    /// The last report of each script that the service has of this device.
    told: Vec<ScriptReport>,
    /// What the agent remembers may be older than what it did: it could not write it down.
    is_void: bool,
}

/// What tells how runs and looks have ended, and that what was known of them is gone.
const TELLS: Kinds = Kinds::PRESENCE.and(Kinds::SCRIPTS).and(Kinds::DETECTIONS);

impl Judge for Truth {
    fn concerns(&self) -> Kinds {
        TELLS.and(Kinds::FILES_AT_RISK).and(Kinds::CLAIMS).and(Kinds::STATE_VERSION)
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let before = std::mem::replace(&mut self.version, seen.state.version);
        if seen.kinds.has_any(TELLS) {
            self.heard(seen);
        }
        if seen.kinds.has_any(Kinds::FILES_AT_RISK) {
            self.is_at_risk(seen);
        }
        // What the other machine says is of the other machine.
        let is_twin = |action: &Action| matches!(action, Action::Twin(_));
        if seen.kinds.has_any(Kinds::ADMIN) && seen.happened.actions.iter().any(is_twin) {
            return Ok(());
        }
        for request in &seen.happened.served {
            self.says(request, (before, self.version))?;
        }
        for request in &seen.happened.accepted {
            if let Request::Report(Report::Script(report)) = request {
                let before = self.told.iter_mut().find(|told| (told.policy, told.user) == (report.policy, report.user));
                match before {
                    Some(before) => *before = *report,
                    None => self.told.push(*report),
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        if self.is_void {
            return Ok(());
        }
        let is_final = |record: &&Record| {
            !record.unreported
                && record.run.is_some()
                && matches!(record.state, RecordState::Success | RecordState::Failed)
        };
        for record in seen.agent.scripts().iter().filter(is_final) {
            let told = self.told.iter().find(|told| (told.policy, told.user) == (record.policy, record.user));
            if told.map(|told| RecordState::from(told.result)) != Some(record.state) {
                return Err(format!(
                    "script {} is {:?}, as the agent thinks it reported; the service knows of {told:?}",
                    record.policy.0, record.state
                ));
            }
        }
        Ok(())
    }
}

impl Truth {
    /// What happened on the device.
    fn heard(&mut self, seen: &Seen<'_>) {
        for event in &seen.happened.agent_events {
            match *event {
                Event::ScriptRun { policy, user, .. } | Event::ScriptCutOff { policy, user } => {
                    self.forget(policy, user)
                }
                Event::ScriptResult { policy, user, result, .. } => {
                    self.forget(policy, user);
                    self.ended.push((policy, user, result));
                }
                Event::ScriptTimedOut { policy, user } => {
                    self.forget(policy, user);
                    self.ended.push((policy, user, ScriptResult::Failed));
                }
                Event::ScriptForgotten { policy } => self.ended.retain(|(known, ..)| *known != policy),
                Event::App(AppEvent::AppDetected { policy, user, found }) => {
                    let known = self.found.iter_mut().find(|(app, of, _)| (*app, *of) == (policy, user));
                    match known {
                        Some(known) => known.2 = found,
                        None => self.found.push((policy, user, found)),
                    }
                }
                Event::App(AppEvent::AppForgotten { policy }) => self.found.retain(|(app, ..)| *app != policy),
                Event::AgentRemoved { .. } | Event::AgentInstalled { .. } => self.forget_all(),
                _ => {}
            }
        }
    }

    /// Something happened to the agent's file.
    fn is_at_risk(&mut self, seen: &Seen<'_>) {
        let keeps_from_writing =
            |action: &Action| matches!(action, Action::StateFile(StateFile::ReadOnly) | Action::DiskFull(true));
        self.is_void |= seen.happened.actions.iter().any(keeps_from_writing);
        let is_set_aside = |happening| matches!(happening, &Happening::Host(HostEvent::StateSetAside));
        if seen.happened.entries.iter().any(|entry| is_set_aside(&entry.happening)) {
            self.forget_all();
        }
    }

    fn forget(&mut self, policy: PolicyId, user: UserId) {
        self.ended.retain(|(script, of, _)| (*script, *of) != (policy, user));
    }

    fn forget_all(&mut self) {
        (self.ended, self.found) = (Vec::new(), Vec::new());
    }

    /// What the device says.
    fn says(&self, request: &Request, versions: (Option<Version>, Option<Version>)) -> Result<(), String> {
        match request {
            Request::Report(report) => self.reports(*report),
            _ if claims(request, versions.0) && claims(request, versions.1) => {
                Err(format!("{request:?} names the agent's version, and {versions:?} is there"))
            }
            _ => Ok(()),
        }
    }

    /// What it reports.
    fn reports(&self, report: Report) -> Result<(), String> {
        match report {
            Report::Script(report) if !self.is_void => self.is_of_run(&report),
            Report::App(report) if !self.is_void => self.is_of_look(&report),
            _ => Ok(()),
        }
    }

    fn is_of_run(&self, report: &ScriptReport) -> Result<(), String> {
        let ended = self.ended.iter().find(|(policy, user, _)| (*policy, *user) == (report.policy, report.user));
        match ended {
            Some((.., result)) if *result != report.result => Err(format!(
                "script {} is reported as {:?}, and its last run ended as {result:?}",
                report.policy.0, report.result
            )),
            Some(_) | None => Ok(()),
        }
    }

    fn is_of_look(&self, report: &AppReport) -> Result<(), String> {
        let found = self.found.iter().find(|(policy, user, _)| (*policy, *user) == (report.policy, report.user));
        let says = match report.compliance {
            INSTALLED => true,
            NOT_INSTALLED => false,
            _ => return Ok(()),
        };
        match found {
            Some((.., found)) if *found != says => Err(format!(
                "app {} is reported as there: {says}, and the last look found it: {found}",
                report.policy.0
            )),
            Some(_) | None => Ok(()),
        }
    }
}

/// Whether a request says anything but that this version of the agent is on the device.
#[inline]
pub(in crate::check) fn claims(request: &Request, version: Option<Version>) -> bool {
    match request {
        Request::MdmSession { agent, .. } => *agent != version,
        Request::Poll { agent, .. } => Some(*agent) != version,
        Request::Report(_) => true,
        Request::ConnectionTest | Request::Enroll | Request::RenewChannel | Request::Unenrolled => false,
    }
}

/// T-7.1.
const INSTALLED: u8 = 1;
const NOT_INSTALLED: u8 = 2;
