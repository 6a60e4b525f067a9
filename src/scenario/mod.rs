//! Scenario files: one format for one device and for a fleet.
//!
//! A file says in TOML who is there, what is assigned, what happens when, and what must come of it. [`Scenario::parse`]
//! reads it into a [`Plan`] that can be run, and [`check`] holds what the run did against what the file expects.
//!
//! | to read | file |
//! |---|---|
//! | the format, with every key's meaning, range and default | `file/` |
//! | moments, time zones, daylight saving | `time.rs` |
//! | from the file to the plan | `compile/` |
//! | expectations | `expect.rs` |
//! | populations that come with the program | `presets.rs`, `presets/` |
//! | places and errors | `place.rs`, `error.rs` |
//! | running, and the state at the end | `run.rs` |
//! | what the transcript shows | `story.rs` |
//! | why a device is as it is | `explain.rs` |
//! | the same scenario under two readings | `diff.rs`, `diff/` |
//! | the JSON Schema | `schema.rs` |
//!
//! # Faults
//!
//! What may go wrong, by the name under which a file says it. Verbs are those of an `[[at]]`; answers are those of a
//! `[[fault]]`; keys belong to a device or population, to `[network]` or a `link`, or to content. A plan that is made in
//! code says the same by the [`Action`](crate::device::Action)s of a timeline, the
//! [`ServiceFault`](crate::catalog::ServiceFault)s of a tenant, and the fields of a [`DevicePlan`](crate::sim::plan::DevicePlan). Where the catalogue of rules says nothing, what follows is assumed, and the
//! documentation of each says so. Files that show them lie in `tests/scenarios/faults`.
//!
//! | clock | |
//! |---|---|
//! | it is stepped | verb `clock-step` (by) |
//! | it is wrong from the start | key `clock_offset` |
//! | it drifts | key `clock_drift`, in millionths; verb `clock-drift` (by) |
//! | the device travels to another time zone | verb `time-zone` (zone) |
//! | daylight saving begins or ends | key `zone`, on the days of the zone |
//!
//! | power | |
//! |---|---|
//! | sleep, maintenance wake, hibernation | verbs `sleep`, `dark-wake`, `hibernate`, `wake`; keys `awake`, `lid`, `dark_wake` |
//! | shut down, restarted | verbs `power-off`, `power-on`, `reboot`; keys `shuts_down`, `restart_every` |
//! | the power is lost, also in a countdown | verb `power-cut` |
//! | a boot after which the service comes late | verb `slow-boot` (service_after) |
//!
//! | network | |
//! |---|---|
//! | none | verbs `network-down`, `network-up`; keys `online`, `offline`, `offline_spells` |
//! | no names | verbs `name-resolution-off`, `name-resolution-on` |
//! | requests are lost | key `loss` |
//! | answers are late, come twice, overtake others | keys `latency`, `duplicates`, `reorder` |
//! | a captive portal | verbs `captive-portal-on`, `captive-portal-off` |
//! | another network, as by a VPN | verb `vpn-change` |
//! | a proxy of the user alone, or one that inspects | key `proxy` |
//!
//! | service | |
//! |---|---|
//! | refusals and errors | answers `401`, `403`, `404`, `429`, `503` and all others from 300 to 599; keys of `[service]` for a busy one |
//! | no answer, an empty one | answers `timeout`, `empty` |
//! | the device or its enrollment is refused | answers `device-unknown`, `enrollment-refused 0x80180026` |
//! | old answers | answer `stale 6h` |
//! | half of each list | answer `partial` |
//! | put back to a backup | answer `restored 3d` |
//! | two nodes that disagree | answer `split-brain` |
//! | two machines with one identity | verbs `twin-check-in`, `twin-report` (content), `twin-unenroll` |
//! | the agent's package or installer | `on = "agent-download"`, `on = "agent-installer"` |
//! | the service principal is off | verbs `service-principal-off`, `service-principal-on` |
//!
//! | push | |
//! |---|---|
//! | lost, late, twice | answers `push-lost`, `push-late 2h`, `push-doubled` |
//! | held back on the device | verbs `battery-saver-on`, `data-limit-on`, `push-service-off`, `dmwappush-off`; key `wns` |
//!
//! | scripts and installers | |
//! |---|---|
//! | hang | key `duration = "hangs"` of an outcome, install, uninstall, download, detection |
//! | crash, are killed | key `exit = "crash"`, `exit = "killed"`; verb `run-kill` at a moment |
//! | a wrong exit code, a partial effect | keys `exit` and `detected` of an install or uninstall |
//! | fail on some devices or in some runs | key `fails`; `outcomes = "weighted"` |
//! | a flood of output | key `flood` of an outcome |
//! | are cut off | any of the verbs of power and service |
//! | the wrong state by hand | verbs `app-install-by-hand`, `app-remove-by-hand` |
//!
//! | the agent on its machine | |
//! |---|---|
//! | its service is stopped, killed, disabled, broken, by hand | verbs `service-stop`, `service-kill`, `service-disable`, `service-break`, `service-manual` |
//! | its state is lost, torn, zeroed, in an old form | verbs `state-lost`, `state-torn`, `state-zeroed`, `state-old` |
//! | its state cannot be written | verbs `state-read-only`, `state-writable` |
//! | the disk is full | verbs `disk-full`, `disk-free` |
//! | records are deleted, the agent is removed by hand | verbs `script-record-delete`, `app-record-delete`, `agent-remove` |

mod compile;
pub mod diff;
mod error;
mod expect;
mod explain;
pub mod file;
mod place;
mod presets;
mod run;
mod schema;
mod story;
#[cfg(test)]
mod tests;
pub mod time;

use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "check")]
pub(crate) use compile::verb_of;
pub use error::{Problem, ScenarioError};
pub use expect::{Check, Expectation, Failed, Pattern, TraceRecord, check};
pub use explain::{Explanation, Reason};
pub use place::Place;
pub use presets::{Preset, presets};
pub use run::{Outcome, RunError, TRACED_MAX};
pub use schema::schema;
pub use story::Story;

use crate::sim::plan::Plan;
use crate::time::{Span, Wall};

/// A scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// One line that says what it shows.
    pub title: String,
    /// Some sentences more.
    pub about: String,
    /// The rules and checks of the catalogue that it shows, such as `C-5.2`.
    pub rules: Vec<String>,
    /// What its transcript shows.
    pub story: Story,
    /// What is run.
    pub plan: Plan,
    /// What must come of it.
    pub expectations: Vec<Expectation>,
    /// The failure that it keeps, if it was written by a hunt.
    pub replay: Option<Replay>,
}

/// A failure that a hunt found: the scenario's events and faults lead to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The name of the device.
    pub device: String,
    /// The name of the invariant that is broken.
    pub invariant: String,
    /// From when on nothing disturbs the device any more.
    pub quiet_from: Span,
    /// How long the replay lasts.
    pub duration: Span,
    /// The agent's process is killed after so many of its effects.
    pub kill_after: Option<u64>,
    /// How messages travel, if not as the scenario says.
    pub network: Option<crate::sim::plan::Network>,
}

/// What the command line changes in a scenario. Applied after everything in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The profile to begin with, in place of the file's; the file's `[set]` still holds.
    pub profile: Option<String>,
    /// The seed.
    pub seed: Option<u64>,
    /// How many devices the populations have together; the sizes keep their proportions.
    pub devices: Option<u64>,
    /// A population that comes with the program (see [`presets()`]), in place of the file's populations.
    pub population: Option<String>,
    /// When the run starts; moments and offsets of the file count from there.
    pub start: Option<Wall>,
    /// How long the run lasts.
    pub duration: Option<Span>,
    /// Parameters, as dotted names and texts, in this order.
    pub set: Vec<(String, String)>,
}

impl Scenario {
    /// Reads a scenario from text; `file_name` appears in errors.
    ///
    /// # Errors
    /// [`ScenarioError`] for the first thing that is wrong, with its place.
    ///
    /// # Examples
    /// ```
    /// use imesim::scenario::{Overrides, Scenario};
    ///
    /// let text = r#"
    /// title = "One script on one device"
    ///
    /// [[script]]
    /// name = "vpn"
    /// assign = ["all-devices"]
    ///
    /// [[device]]
    /// name = "pc1"
    /// "#;
    /// let scenario = Scenario::parse(text, "vpn.toml", &Overrides::default())?;
    /// assert_eq!(scenario.plan.groups.len(), 1);
    ///
    /// let wrong = text.replace("all-devices", "all-device");
    /// let error = Scenario::parse(&wrong, "vpn.toml", &Overrides::default()).unwrap_err();
    /// assert!(error.to_string().starts_with("vpn.toml:6:11: script[vpn].assign: there is no group `all-device`"));
    /// # Ok::<(), imesim::scenario::ScenarioError>(())
    /// ```
    pub fn parse(text: &str, file_name: &str, overrides: &Overrides) -> Result<Self, ScenarioError> {
        let source = place::Source { file: file_name, text };
        let file = toml::from_str(text).map_err(|error| {
            let problem = Problem::of_toml(error.message(), toml::de::DeTable::parse(text).is_ok());
            source.error(&error.span().unwrap_or(0..0), problem)
        })?;
        compile::compile(file, source, overrides)
    }

    /// Reads a scenario from a file; its path appears in errors as given.
    ///
    /// # Errors
    /// [`Problem::Io`] if the file cannot be read or is not UTF-8, and those of [`Scenario::parse`].
    #[allow(clippy::disallowed_methods, reason = "reading the file is what this is for; everything else takes text")]
    pub fn load(path: impl AsRef<Path>, overrides: &Overrides) -> Result<Self, ScenarioError> {
        let name = path.as_ref().display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|error| ScenarioError {
            place: Place { file: name.clone(), line: 0, column: 0, key: String::new() },
            problem: Box::new(Problem::Io(Arc::new(error))),
        })?;
        Self::parse(&text, &name, overrides)
    }
}
