//! Apps: what they are, what they require, how they are related, and how their steps end.

use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;

use super::assign::AssignEntry;
use super::content::OutputLength;
use super::value::{At, Field, Many, Read, TextOr, Val};
use super::words::{AppType, LackWord, OutcomesWord};
use crate::content::{Architecture, Detection, Operator, RestartBehavior, ValueKind};
use crate::protocol::RunAs;
use crate::sim::plan::Found;
use crate::time::Span;

/// Declares the fields of an app, and those of an update of one: the latter are among the former.
macro_rules! app_tables {
    (
        { $($own_meta:tt)* }
        $($(#[$meta:meta])* $field:ident: $type:ty,)+
    ) => {
        app_tables! { @entry { $($own_meta)* } $($(#[$meta])* $field: $type,)+ }

        /// What an update changes in an app; what is left out stays.
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct AppDetails {
            $($(#[$meta])* pub $field: $type,)+
        }

        impl AppEntry {
            /// What an update may change too.
            pub fn details(&self) -> AppDetails {
                AppDetails { $($field: self.$field.clone(),)+ }
            }
        }
    };
    (
        @entry { $($(#[$own_meta:meta])* $own:ident: $own_type:ty,)+ }
        $($(#[$meta:meta])* $field:ident: $type:ty,)+
    ) => {
        /// An app.
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct AppEntry {
            $($(#[$own_meta])* pub $own: $own_type,)+
            $($(#[$meta])* pub $field: $type,)+
        }
    };
}

app_tables! {
    {
        /// Its name.
        name: At<String>,
        /// `win32`, or a Microsoft Store app of the new type: `store-win32` (or `store`), `store-uwp` (B-8.9). Default: `win32`.
        #[serde(rename = "type")]
        kind: Option<Field<AppType>>,
        /// What it depends on: names, or tables (B-7.41). Default: nothing.
        depends_on: Option<Many<TextOr<DependsOn>>>,
        /// What it supersedes: names, or tables (B-7.47). Default: nothing.
        supersedes: Option<Many<TextOr<Supersedes>>>,
        /// It is at the start on devices that have no `apps` of their own. Default: false.
        #[serde(default)]
        present: bool,
        /// It is there for the user alone: a look as System does not find it (B-8.12). Default: false.
        #[serde(default)]
        user_only: bool,
        /// It is offered in the region of the devices; a Store app that is not does not apply (B-8.11). Default: true.
        offered: Option<bool>,
        /// What each `update` in the timeline makes of it, the first entry at the first one. Default: it stays as it is but for its revision.
        #[serde(default)]
        update: Vec<AppDetails>,
        /// The assignments, each with its intent. Default: none; an `[[at]]` may assign it.
        #[serde(default)]
        assign: Vec<AssignEntry>,
    }
    /// In whose name it is installed: `system` or `user` (B-7.6). Default: `system`.
    run_as: Option<Field<RunAs>>,
    /// How it is found: by `rules`, by rules of which one asks that a file does not exist (`file-not-exists`, B-7.15), or by a `script`
    /// (B-7.13). Default: `rules`.
    detection: Option<Field<Detection>>,
    /// What detection finds: the app `if-present`, or the rules are wrong and find it `never` (B-7.16) or `always`. Default: `if-present`.
    found: Option<Field<Found>>,
    /// What a device must have (B-7.9). In an update, in place of all that was required. Default: nothing.
    requirements: Option<At<RequirementsTable>>,
    /// What return codes mean, beside the standard list or in place of its entries (B-7.22). In an update, beside the standard list too.
    /// Default: the standard list.
    return_codes: Option<At<ReturnCodesTable>>,
    /// What follows from the return code: `by-return-code`, `may-force`, `suppress` or `force` (B-7.27). Default: `by-return-code`.
    restart: Option<Field<RestartBehavior>>,
    /// How long an install or uninstall may take, 1m to 1d (B-7.21). Default: `win32.install_timeout_min`.
    install_limit: Option<Field<Span>>,
    /// The user may uninstall it in Company Portal (B-7.27a). Default: false.
    allow_uninstall: Option<bool>,
    /// The size of its package in whole gigabytes; more than 30 are refused by default (B-1.9). Default: 0.
    package_gb: Option<Field<u32>>,
    /// Its installer is a PowerShell script of so many kilobytes; more than 50 are refused by default (B-7.8). Default: it is none.
    installer_script_kb: Option<Field<u32>>,
    /// How many of its detection rules look for a product code; at most one may (B-7.12). Default: 0.
    product_code_rules: Option<Field<u32>>,
    /// How its install command ends: one table, or an array of them. Default: exit code 0 at once.
    install: Option<Many<AppOutcomeEntry>>,
    /// How its uninstall command ends. Default: exit code 0 at once.
    uninstall: Option<Many<AppOutcomeEntry>>,
    /// How its download ends (B-7.20). Default: well, at once.
    download: Option<Many<DownloadEntry>>,
    /// How a look for it ends, where that is not what `found` says. Default: at once.
    detect: Option<Many<AppOutcomeEntry>>,
    /// How the requirement rules come out that look at more than the hardware. Default: they are met.
    require: Option<Many<RequireEntry>>,
    /// `sequence`: the first step of each kind has its first outcome, and so on, and the last goes on; `weighted`: each step draws one.
    /// Default: `sequence`.
    outcomes: Option<Field<OutcomesWord>>,
}

/// A dependency.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DependsOn {
    /// The name of the other app.
    pub app: At<String>,
    /// The other is installed for it, even if nobody assigned it (B-7.41). Default: true.
    pub auto_install: Option<bool>,
}

/// A supersedence.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Supersedes {
    /// The name of the other app.
    pub app: At<String>,
    /// The other is uninstalled first: it is replaced, not updated (B-7.47). Default: false.
    #[serde(default)]
    pub uninstall: bool,
}

/// What a device must have for an app. What is left out is not asked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementsTable {
    /// One of these architectures: `x86`, `x64`, `arm64`.
    pub architecture: Option<Many<Val<Architecture>>>,
    /// This build of Windows at least.
    pub os_build: Option<Field<u32>>,
    /// So many megabytes of free disk space.
    pub disk_mb: Option<Field<u32>>,
    /// So many megabytes of memory.
    pub memory_mb: Option<Field<u32>>,
    /// So many logical processors.
    pub processors: Option<Field<u16>>,
    /// A processor of so many megahertz.
    pub cpu_mhz: Option<Field<u16>>,
    /// A rule on a file must hold; `require` says where it does not. Default: false.
    #[serde(default)]
    pub file: bool,
    /// A rule on the registry must hold. Default: false.
    #[serde(default)]
    pub registry: bool,
    /// A script must print this: a text, or a table (B-7.11).
    pub script: Option<At<TextOr<ScriptRuleTable>>>,
}

/// What the output of a requirement script must be.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptRuleTable {
    /// What the output is taken for: `text`, `boolean`, `integer`, `double`, `date-time` or `version`. Default: `text`.
    #[serde(rename = "type")]
    pub kind: Option<Field<ValueKind>>,
    /// How it must stand to the value: `equal`, `not-equal`, `greater`, `greater-or-equal`, `less`, `less-or-equal`. Default: `equal`.
    pub operator: Option<Field<Operator>>,
    /// The value.
    pub value: At<String>,
}

/// Return codes by what they mean: whole numbers, or texts such as `0xC0000142`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnCodesTable {
    /// Success.
    #[serde(default)]
    pub success: Vec<Field<Code>>,
    /// Success, and a restart some time.
    #[serde(default)]
    pub soft_reboot: Vec<Field<Code>>,
    /// Success, and a restart before anything else is installed.
    #[serde(default)]
    pub hard_reboot: Vec<Field<Code>>,
    /// Another try in a while.
    #[serde(default)]
    pub retry: Vec<Field<Code>>,
    /// Failure; what is on no list is a failure too.
    #[serde(default)]
    pub failed: Vec<Field<Code>>,
}

/// How an install, an uninstall or a look for an app ends.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppOutcomeEntry {
    /// The exit code of the installer, or of the detection script; `crash` for 0xC0000005, `killed` for 1. Default: 0.
    pub exit: Option<Field<Code>>,
    /// It writes to the error stream. Default: false.
    #[serde(default)]
    pub stderr: bool,
    /// How long it runs while the device is awake, or `hangs`: until it is ended (B-7.6b). Default: 0s.
    pub duration: Option<Field<OutputLength>>,
    /// Of an install or uninstall: the app is there afterwards. Default: what the return code says. Of a look: it is found. Default: what
    /// is there.
    pub detected: Option<bool>,
    /// Its weight, with `outcomes = "weighted"`. Default: 1.
    pub weight: Option<Field<u32>>,
}

/// How a download ends. Without a network it ends with 0x87D30068.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DownloadEntry {
    /// The error code (T-7.4), such as `0x87D30067`. Default: 0, it goes well.
    pub error: Option<Field<Code>>,
    /// How long it takes while the device is awake, or `hangs`. Default: 0s.
    pub duration: Option<Field<OutputLength>>,
    /// Its weight, with `outcomes = "weighted"`. Default: 1.
    pub weight: Option<Field<u32>>,
}

/// How the requirement rules come out that look at more than the hardware.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequireEntry {
    /// Which rules do not hold: `file`, `registry`, `script`. Default: none.
    #[serde(default)]
    pub lacks: Vec<Field<LackWord>>,
    /// This code of T-7.2, whatever the rules say: 0 to 1012. Default: what the rules say.
    pub code: Option<Field<u16>>,
    /// The exit code of the script. Default: 0.
    pub exit: Option<Field<Code>>,
    /// The script writes to the error stream. Default: false.
    #[serde(default)]
    pub stderr: bool,
    /// What the script prints. Default: what is expected.
    pub output: Option<String>,
    /// How long the look takes while the device is awake, or `hangs`. Default: 0s.
    pub duration: Option<Field<OutputLength>>,
    /// Its weight, with `outcomes = "weighted"`. Default: 1.
    pub weight: Option<Field<u32>>,
}

/// A code of Windows: a whole number, a text such as `0x87D30068`, or a word for how a process ended that did not end itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub i32);

impl Read for Code {
    const WANTED: &'static str = "a code such as 3010, -2016345060 or 0x87D30068, or one of the words crash and killed";
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "crash" => return Ok(Self(ACCESS_VIOLATION)),
            "killed" => return Ok(Self(1)),
            _ => {}
        }
        let hex = text.strip_prefix("0x").and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = hex.map(u32::cast_signed).or_else(|| text.parse().ok());
        code.map(Self).ok_or_else(|| format!("`{text}` is not {}", Self::WANTED))
    }
    fn from_integer(number: i64) -> Result<Self, String> {
        let unsigned = || u32::try_from(number).map(u32::cast_signed);
        let code = i32::try_from(number).or_else(|_| unsigned());
        code.map(Self).map_err(|_| format!("{number} is out of range; allowed {} to {}", i32::MIN, u32::MAX))
    }
    fn schema() -> Schema {
        json_schema!({ "type": ["integer", "string"], "minimum": i32::MIN, "maximum": u32::MAX, "examples": [3010, "0x87D30068", "crash"] })
    }
}

/// 0xC0000005, with which a process ends that reached for memory that is not its own.
const ACCESS_VIOLATION: i32 = 0xC000_0005_u32.cast_signed();
