//! The configuration file of an agent on a real machine. What stands in it is judged before anything is done: an
//! error names file, line, column and what would be right.
//!
//! ```toml
//! service = "https://intune.example" # where the service answers; tcp://127.0.0.1:4711 without encryption
//! state = "/var/lib/imesim-agent"  # a folder of the agent's own; on Windows by default in ProgramData
//! content = "content"              # where texts lie; relative to this file
//! logs = "/var/log/imesim-agent"   # the agent's log files, in a folder of their own; by default `Logs` in the state folder
//! version = "1.94.0.0"             # of the agent, as it names itself
//!
//! [connection]                     # for https, which takes the feature `http`
//! token_file = "device.token"      # or certificate_file and key_file; ca_file and proxy where they are needed
//!
//! [set]
//! "ime.script_interval" = "1h"
//!
//! [mdm]                            # what the MDM client has left; see `driver::machine`
//! certificate = "device.pem"       # or true, or false
//! policies = ["analytics"]
//!
//! [[script]]
//! id = 1
//! file = "map-drives.sh"
//! ```
//!
//! While the agent runs the file is looked at again, every few seconds: what has changed is taken over, or refused and said.
//! `state`, `logs`, `version`, `profile`, `jitter`, `seed`, `device` and `[set]` are read once, when the process starts.

mod error;
mod file;
mod form;
mod service;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

pub use error::{ConfigError, ConfigProblem};
pub use service::{Connection, Pushed, Pushes, ServiceAddress};
pub(super) use words::{Filling, filled, kind_of};

use super::ShownFact;
use super::mdm::{CertificateConfig, MdmConfig, POLICY_NAMES};
use crate::driver::Setup;
use crate::profile::Version;
use crate::protocol::PolicyId;

/// What the program is told about itself and its machine.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the service answers.
    pub service: ServiceAddress,
    /// The state folder; `None` for the system's usual place.
    pub state: Option<PathBuf>,
    /// Where texts lie.
    pub content: PathBuf,
    /// Where the agent's log files are; `None` for a folder in the state folder.
    pub logs: Option<PathBuf>,
    /// The version of the agent.
    pub version: Version,
    /// Profile, facts, chance, library and zone.
    pub setup: Setup,
    /// How many bytes are kept of each stream of a process.
    pub keep: usize,
    /// What is called when the agent wants the device restarted; without it nothing is.
    pub restart: Option<Vec<String>>,
    /// Local time is so many seconds ahead of UTC; `None` for what the system says.
    pub utc_offset: Option<i32>,
    /// Every user of the machine counts as one of Entra's, whatever the account's name says.
    pub all_users: bool,
    /// Who is signed in, where the system does not tell by itself.
    pub signed_in: Option<SignedIn>,
    /// What the MDM client has left on the machine.
    pub mdm: MdmConfig,
    /// The file that it was read from, to be looked at again.
    pub file: Option<PathBuf>,
    /// The other files whose content matters: those of the connection, and the certificate.
    pub watched: Vec<PathBuf>,
    /// The facts with their sources, where the machine was asked; see [`Config::learn`].
    pub facts: Vec<ShownFact>,
    pub(super) stated: BTreeSet<String>,
    /// Changes with everything that a connection to the service is made of.
    pub(super) line: [u8; 32],
    interpreters: BTreeMap<String, Vec<String>>,
    runs: BTreeMap<(Role, PolicyId, u32), RunEntry>,
    apps: BTreeMap<(PolicyId, u32), AppPlace>,
}

/// Who is signed in on a Unix machine.
///
/// Source: B-4.17.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// These accounts, each as a user of Entra's.
    Names(Vec<String>),
    /// Whoever has a session: those that have a runtime folder of their own, which lives as long as the first to the last
    /// session of a user.
    Sessions,
}

/// Which part of a piece of content is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Script,
    Detect,
    Remediate,
    Discover,
    AppDetect,
    AppRequire,
    AppInstall,
    AppUninstall,
}

/// What is run for an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEntry {
    /// What it is.
    pub(super) what: What,
    /// The width of its host, 32 or 64 bits (B-5.18).
    pub(super) bits: u8,
    /// What its signature has to do with it.
    pub(super) signature: SignatureCheck,
}

/// What is asked about the signature of a text before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignatureCheck {
    /// Nothing; its host runs it under `Bypass`.
    None,
    /// That a trusted publisher has signed it; its host runs it under `AllSigned` (B-5.20, B-8.6).
    Publisher,
    /// What the execution policy of the device asks; its host runs it under that (B-6.20).
    Device,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A text for an interpreter, and its hash in small hexadecimal letters.
    Text { file: PathBuf, sha256: Option<String> },
    /// A program and its arguments.
    Command(Vec<String>),
}

/// Where an app is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AppPlace {
    /// It is on the device if this is there; without it, its script tells.
    pub(super) detect_path: Option<PathBuf>,
    /// What is downloaded, in which its commands begin.
    pub(super) folder: Option<PathBuf>,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`] for the first thing that is wrong.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| ConfigError::of_file(&name, &error))?;
        let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let base = std::path::absolute(above).unwrap_or_else(|_| above.to_owned());
        let mut config = Self::parse(&text, &name, &base)?;
        config.file = Some(path.to_owned());
        Ok(config)
    }

    /// Reads the text of one; `base` is the folder that its relative paths begin at.
    ///
    /// # Errors
    /// [`ConfigError`] for the first thing that is wrong.
    pub fn parse(text: &str, name: &str, base: &Path) -> Result<Self, ConfigError> {
        file::read(text, name, base)
    }

    /// True if a process that began with one of them can go on with the other. What differs is read only once.
    pub(super) fn begins_as(&self, other: &Self) -> bool {
        let fixed = |config: &Self| (config.state.clone(), config.logs.clone(), config.version, config.setup.chance);
        fixed(self) == fixed(other) && self.setup.profile == other.setup.profile
    }

    /// Where the agent's log files are, given the state folder.
    pub fn logs_in(&self, state: &Path) -> PathBuf {
        self.logs.clone().unwrap_or_else(|| state.join(LOGS))
    }

    /// What is run for an id and revision: by its entry, or a text of its number in the content folder.
    pub(super) fn run(&self, role: Role, policy: PolicyId, revision: u32) -> Option<RunEntry> {
        let entry = |revision| self.runs.get(&(role, policy, revision));
        if let Some(entry) = entry(revision).or_else(|| entry(ANY)) {
            return Some(entry.clone());
        }
        if role != Role::Script {
            return None;
        }
        let files = self.interpreters.keys().map(|kind| self.content.join(format!("{}.{kind}", policy.0)));
        let file = files.into_iter().find(|file| file.is_file())?;
        Some(RunEntry { what: What::Text { file, sha256: None }, bits: BITS, signature: SignatureCheck::None })
    }

    /// Where an app is.
    pub(super) fn app_place(&self, policy: PolicyId, revision: u32) -> Option<&AppPlace> {
        self.apps.get(&(policy, revision))
    }

    /// The command that runs a text of this kind.
    pub(super) fn interpreter(&self, kind: &str) -> Option<&[String]> {
        self.interpreters.get(kind).map(Vec::as_slice)
    }
}

/// The folder of the log files in the state folder.
const LOGS: &str = "Logs";
/// Stands for every revision.
const ANY: u32 = u32::MAX;
/// The width of the host of a script that does not say (B-5.17).
const BITS: u8 = 32;

#[cfg(test)]
mod tests;
