//! Running a scenario: every device's trace, its state at the end, and the expectations that failed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Failed, Scenario, TraceRecord, check};
use crate::agent::{Agent, Status};
use crate::protocol::{PolicyId, UserId};
use crate::sim::busy::Windows;
use crate::sim::plan::{DevicePlan, Plan};
use crate::sim::trace::{Line, trace};
use crate::sim::{Cast, CastError, Digest, Ended};

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Every event, by time, then device, then order on the device.
    pub lines: Vec<Line>,
    /// The state of each device at the end, by name.
    pub finals: BTreeMap<String, Value>,
    /// The expectations that failed, in the order of the file.
    pub failed: Vec<Failed>,
    /// The digest of all devices.
    pub digest: Digest,
    /// Events: inputs that devices took, and each time that one fell asleep or woke up.
    pub events: u64,
}

/// Why a scenario could not be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Its populations cannot be resolved.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// It names a device that is not there.
    #[error("no device `{name}`; this scenario has {count}, numbered from 0{example}")]
    NoDevice {
        /// The name.
        name: String,
        /// How many there are.
        count: u64,
        /// A name that is there.
        example: String,
    },
    /// It has too many devices to keep everything that happens.
    #[error(
        "{count} devices are too many for a transcript (at most {TRACED_MAX}); choose one with --device, or use `fleet`"
    )]
    TooMany {
        /// How many there are.
        count: u64,
    },
}

/// The most devices whose events are kept in one run.
pub const TRACED_MAX: u64 = 1_000;

impl Scenario {
    /// Runs every device of the scenario, or just one, and checks the expectations. With one device of several, only
    /// expectations about that device by name are checked.
    ///
    /// # Errors
    /// [`RunError`] if the scenario has no such device, or too many for a trace.
    pub fn run(&self, device: Option<&str>) -> Result<Outcome, RunError> {
        self.run_under(device, &Windows::default())
    }

    /// [`Scenario::run`] with a service that is as busy as a run of the whole fleet found it (`fleet::FleetReport::windows`).
    /// A device by itself never makes it busy, so without this each runs as if the service could take everything.
    ///
    /// # Errors
    /// As [`Scenario::run`].
    pub fn run_under(&self, device: Option<&str>, windows: &Windows) -> Result<Outcome, RunError> {
        let cast = Cast::new(&self.plan)?;
        let numbers = match device {
            Some(name) => {
                let number = find(&cast, name)?;
                number..number + 1
            }
            None if cast.count() > TRACED_MAX => return Err(RunError::TooMany { count: cast.count() }),
            None => 0..cast.count(),
        };
        let traced = trace(&self.plan, &cast, numbers.clone(), windows)?;
        let mut finals = BTreeMap::new();
        let (mut digest, mut events) = (Digest::default(), 0);
        for ((name, ended), number) in traced.ended.iter().zip(numbers) {
            if let Some(described) = cast.described(number) {
                finals.insert(name.clone(), final_state(&self.plan, described, ended));
            }
            digest = digest.merged(ended.digest);
            events += ended.events;
        }
        let records: Vec<TraceRecord> = traced
            .lines
            .iter()
            .map(|line| TraceRecord { at: line.at, device: line.device.clone(), fields: line.fields() })
            .collect();
        let expected: Vec<_> = self
            .expectations
            .iter()
            .filter(|expectation| match (device, &expectation.device) {
                (None, _) => true,
                (Some(_), None) => cast.count() == 1,
                (Some(_), Some(name)) => finals.contains_key(name),
            })
            .cloned()
            .collect();
        let failed = check(&expected, &records, &finals);
        Ok(Outcome { lines: traced.lines, finals, failed, digest, events })
    }
}

/// The number of the device with a name.
pub(super) fn find(cast: &Cast<'_>, name: &str) -> Result<u64, RunError> {
    cast.find(name).ok_or_else(|| RunError::NoDevice {
        name: name.to_owned(),
        count: cast.count(),
        example: cast.name(0).map_or_else(String::new, |first| format!(", such as `{first}`")),
    })
}

/// What is left of a device, in the words of a scenario's `state`.
fn final_state(plan: &Plan, described: &DevicePlan, ended: &Ended<()>) -> Value {
    let agent = ended.device.agent();
    let status = agent.status();
    let mut scripts: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for record in agent.scripts() {
        let (name, user) = names(plan, described, record.policy, record.user);
        let state = json!({
            "result": record.state,
            "downloads": record.downloads,
            "exit_code": record.exit_code,
            "revision": record.revision,
            "reported": !record.unreported,
        });
        scripts.entry(name).or_default().insert(user, state);
    }
    json!({
        "remediations": remediations(plan, described, agent),
        "power": ended.power,
        "online": ended.online,
        "enrolled": ended.device.mdm().is_enrolled(),
        "job": ended.device.mdm().job(),
        "agent": match status {
            Status::Absent => "absent",
            Status::Stopped => "stopped",
            Status::Starting | Status::Idle | Status::CheckingIn | Status::Working => "running",
        },
        "status": status,
        "version": agent.version(),
        "start_type": agent.start_type(),
        "scripts": scripts,
        "compliance": compliance(plan, described, agent),
        "apps": apps(plan, described, agent),
        "reboot_pending": agent.is_reboot_pending(),
        "restart_at": agent.pending_restart().map(|restart| restart.at.since(plan.start)),
        "managed_installer": agent.tags_installs(ended.now),
        "inventory": agent.last_inventory().map(|at| at.since(plan.start)),
        "service": {
            "managed": ended.ledger.is_managed(),
            "last_check_in": ended.ledger.last_check_in().map(|at| at.since(plan.start)),
            "reports": ended.ledger.reports().total(),
            "succeeded": ended.ledger.reports().succeeded,
            "failed": ended.ledger.reports().failed,
        },
        "digest": ended.digest,
    })
}

/// Discovery scripts by name and user.
fn compliance(plan: &Plan, described: &DevicePlan, agent: &Agent) -> BTreeMap<String, BTreeMap<String, Value>> {
    let mut all: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for record in agent.discovery() {
        let (name, user) = names(plan, described, record.policy, record.user);
        let state = json!({
            "ended": record.ended,
            "error": record.error,
            "revision": record.revision,
            "reported": !record.unreported,
        });
        all.entry(name).or_default().insert(user, state);
    }
    all
}

/// How apps stand, by name and user.
fn apps(plan: &Plan, described: &DevicePlan, agent: &Agent) -> BTreeMap<String, BTreeMap<String, Value>> {
    let mut all: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for record in agent.apps() {
        let (name, user) = names(plan, described, record.policy, record.user);
        let state = json!({
            "compliance": record.compliance,
            "applicability": record.applicability,
            "enforcement": record.enforcement,
            "error": record.error,
            "revision": record.revision,
            "grs": record.grs().map(|begun| begun.since(plan.start)),
            "managed": record.is_managed(),
            "from_portal": record.is_from_portal(),
            "tagged": record.is_tagged(),
            "downloaded": record.is_downloaded(),
            "reported": !record.is_unreported(),
        });
        all.entry(name).or_default().insert(user, state);
    }
    all
}

/// How remediations stand, by name and user.
fn remediations(plan: &Plan, described: &DevicePlan, agent: &Agent) -> BTreeMap<String, BTreeMap<String, Value>> {
    let mut all: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for record in agent.remediations() {
        let (name, user) = names(plan, described, record.policy, record.user);
        let state = json!({
            "standing": record.standing,
            "status": record.standing.status(),
            "runs": record.runs,
            "detection": record.detection,
            "output": record.output,
            "revision": record.revision,
            "reported": !agent.is_remediation_unreported(record.policy, record.user),
        });
        all.entry(name).or_default().insert(user, state);
    }
    all
}

/// The names of a piece of content and of the user whom it is for.
fn names(plan: &Plan, described: &DevicePlan, policy: PolicyId, user: UserId) -> (String, String) {
    let name = plan.tenant.content(policy).map_or_else(String::new, |content| content.name.clone());
    let user = match usize::from(user.0).checked_sub(1) {
        None => "device".to_owned(),
        Some(place) => described.users.get(place).cloned().unwrap_or_default(),
    };
    (name, user)
}
