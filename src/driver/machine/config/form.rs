//! The form of the file, as it is written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use super::service::ConnectionForm;
use crate::content::ValueKind;
use crate::facts::{AppsWorkload, Edition, EnrollmentPath, EspPhase, Facts, Join, Ownership, Proxy};
use crate::profile::Version;
use crate::protocol::RunAs;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) service: Spanned<String>,
    #[serde(default)]
    pub(super) connection: ConnectionForm,
    pub(super) state: Option<PathBuf>,
    pub(super) content: Option<PathBuf>,
    pub(super) logs: Option<PathBuf>,
    pub(super) version: Spanned<String>,
    #[serde(default)]
    pub(super) device: u32,
    #[serde(default)]
    pub(super) seed: u64,
    pub(super) profile: Option<Spanned<String>>,
    pub(super) jitter: Option<Spanned<String>>,
    pub(super) utc_offset_min: Option<Spanned<i32>>,
    pub(super) output_max_kb: Option<Spanned<u32>>,
    pub(super) enrolled_at: Option<Spanned<String>>,
    pub(super) restart: Option<Vec<String>>,
    #[serde(default)]
    pub(super) all_users: bool,
    pub(super) signed_in: Option<Spanned<SignedInForm>>,
    #[serde(default)]
    pub(super) mdm: MdmForm,
    #[serde(default)]
    pub(super) set: BTreeMap<String, Spanned<Value>>,
    #[serde(default, with = "FactsForm")]
    pub(super) facts: Facts,
    #[serde(default)]
    pub(super) interpreters: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) script: Vec<ScriptForm>,
    #[serde(default)]
    pub(super) remediation: Vec<RemediationForm>,
    #[serde(default)]
    pub(super) compliance: Vec<ComplianceForm>,
    #[serde(default)]
    pub(super) app: Vec<AppForm>,
}

/// Who is signed in.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a list of account names, or \"sessions\"")]
pub(super) enum SignedInForm {
    Names(Vec<String>),
    Word(String),
}

/// What is known of the MDM channel.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MdmForm {
    pub(super) certificate: Option<CertificateForm>,
    pub(super) policies: Option<Vec<Spanned<String>>>,
    pub(super) esp: Option<EspPhase>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected true, false or the name of a file")]
pub(super) enum CertificateForm {
    Stated(bool),
    File(PathBuf),
}

/// Which facts the file states.
#[derive(Deserialize)]
pub(super) struct Stated {
    #[serde(default)]
    pub(super) facts: BTreeMap<String, serde::de::IgnoredAny>,
}

/// The value of a parameter, in whichever way it is written.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a number, a text, true or false")]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Flag(bool),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
        }
    }
}

/// The facts, each with the usual one in its place.
#[derive(Deserialize)]
#[serde(remote = "Facts", default = "Facts::default", deny_unknown_fields)]
pub(super) struct FactsForm {
    pub(super) os_build: u32,
    pub(super) edition: Edition,
    pub(super) s_mode: bool,
    pub(super) s_mode_supplemental: bool,
    pub(super) join: Join,
    pub(super) enrollment: EnrollmentPath,
    pub(super) apps_workload: Option<AppsWorkload>,
    pub(super) endpoint_protection_with_intune: bool,
    pub(super) dotnet: Version,
    pub(super) proxy: Proxy,
    pub(super) wns_reachable: bool,
    pub(super) ownership: Ownership,
    pub(super) virtual_machine: bool,
    pub(super) remediation_license: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptForm {
    pub(super) id: Spanned<u32>,
    pub(super) revision: Option<u32>,
    pub(super) file: Spanned<PathBuf>,
    pub(super) sha256: Option<Spanned<String>>,
    pub(super) host_bits: Option<Spanned<u8>>,
    #[serde(default)]
    pub(super) signature_check: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemediationForm {
    pub(super) id: Spanned<u32>,
    #[serde(default = "one")]
    pub(super) revision: u32,
    pub(super) detect: Spanned<PathBuf>,
    pub(super) remediate: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(super) run_as: RunAs,
    pub(super) host_bits: Option<Spanned<u8>>,
    pub(super) every_hours: Option<Spanned<u32>>,
    pub(super) every_days: Option<Spanned<u32>>,
    pub(super) at: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) signature_check: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComplianceForm {
    pub(super) id: Spanned<u32>,
    #[serde(default = "one")]
    pub(super) revision: u32,
    pub(super) file: Spanned<PathBuf>,
    #[serde(default)]
    pub(super) run_as: RunAs,
    pub(super) host_bits: Option<Spanned<u8>>,
    #[serde(default)]
    pub(super) signature_check: bool,
    #[serde(default)]
    pub(super) settings: BTreeMap<String, ValueKind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppForm {
    pub(super) id: Spanned<u32>,
    #[serde(default = "one")]
    pub(super) revision: u32,
    #[serde(default)]
    pub(super) run_as: RunAs,
    pub(super) detect: Option<Spanned<PathBuf>>,
    pub(super) detect_path: Option<PathBuf>,
    pub(super) require: Option<Spanned<PathBuf>>,
    pub(super) install: Vec<String>,
    pub(super) uninstall: Option<Vec<String>>,
    pub(super) folder: Option<PathBuf>,
    pub(super) limit_min: Option<u64>,
    pub(super) host_bits: Option<Spanned<u8>>,
}

const fn one() -> u32 {
    1
}
