//! What happens.

use schemars::JsonSchema;
use serde::Deserialize;

use super::app::{DependsOn, Supersedes};
use super::assign::GraceEntry;
use super::value::{At, Field, Many, TextOr};
use super::words::{FilterWord, IntentWord, Workloads};
use crate::facts::EspPhase;
use crate::profile::Version;
use crate::protocol::Notifications;
use crate::scenario::time::{Moment, Step, ZoneName};
use crate::time::Span;

/// One thing that happens. Which arguments a verb takes is in the description of `do`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AtEntry {
    /// When: an offset from the start (`2h30m`), or in the device's time zone `08:00` (the first at or after the start), `day 2 08:00`
    /// (day 1 is the day of the start), `Tue 09:00`, or a date and time.
    pub at: Field<Moment>,
    /// The device or devices (a population means all of its devices). Default: every `[[device]]`.
    pub device: Option<Many<String>>,
    /// The verb. On devices: `sign-in` (user), `sign-in-local`, `sign-out` (user), `lock`, `unlock`, `console-connect`,
    /// `console-disconnect`, `sleep`, `wake`, `dark-wake`, `hibernate`, `power-off`, `power-on`, `power-cut`, `reboot`, `slow-boot`
    /// (service_after), `network-down`, `network-up`, `captive-portal-on`/`-off`, `vpn-change`, `battery-saver-on`/`-off`,
    /// `data-limit-on`/`-off`, `push-service-on`/`-off`, `dmwappush-on`/`-off`, `name-resolution-on`/`-off`, `clock-step` (by),
    /// `clock-drift` (by), `time-zone` (zone), `state-lost`, `state-torn`, `state-zeroed`, `state-old`, `state-read-only`,
    /// `state-writable`, `disk-full`, `disk-free`, `run-kill`, `twin-check-in`, `twin-report` (content), `twin-unenroll`,
    /// `service-start`, `service-stop`, `service-restart`, `service-kill`, `service-automatic`, `service-manual`, `service-disable`,
    /// `service-break`, `service-mend`, `agent-remove`, `script-record-delete` (content), `settings-sync`, `company-portal-sync`,
    /// `company-portal-compliance`, `company-portal-install` and `company-portal-uninstall` (content), `restart-snooze`,
    /// `app-install-by-hand`, `app-remove-by-hand` and `app-record-delete` (content), `protocol-syncapp`, `protocol-synccompliance`,
    /// `service-control` (code), `remote-help`, `malware-status`, `admin-sync`, `admin-bulk-sync`, `admin-lock`,
    /// `admin-passcode-reset`, `admin-remote-assistance`, `admin-run-remediation` (content), `retire`, `wipe` (keep_enrollment),
    /// `enroll`, `unenroll`, `mdm-session`, `esp` (phase), `apps-workload` (workload), `s-mode-supplemental-on`/`-off`. In the tenant:
    /// `assign` (content, group, intent, filter, filter_mode, exclude, available, deadline, utc, foreground, notifications,
    /// restart_grace, auto_update), `unassign` (content, group), `update` (content, bitness_only), `delete` (content), `relate` and
    /// `unrelate` (content, depends_on, supersedes), `delete-group` and `restore-group` (group), `add-member` and `remove-member`
    /// (group; device, user), `release-agent` (version, over), `service-principal-on`/`-off`.
    #[serde(rename = "do")]
    pub verb: At<String>,
    /// A user's name.
    pub user: Option<At<String>>,
    /// How far the clock is stepped, or has drifted: `+400d`, `-2h`.
    pub by: Option<Field<Step>>,
    /// The time zone in which the device is from now on. Times of day in the scenario stay in the zone that it began in.
    pub zone: Option<Field<ZoneName>>,
    /// How long after the boot the agent's service comes up.
    pub service_after: Option<Field<Span>>,
    /// The phase of setting up: `not-in-esp`, `device-preparation`, `device-setup`, `account-setup`.
    pub phase: Option<Field<EspPhase>>,
    /// Who gets the Apps workload.
    pub workload: Option<Field<Workloads>>,
    /// Service control code, 128 to 255; 200 is an app sync (B-4.15).
    pub code: Option<Field<u32>>,
    /// Wipe with "keep enrollment state and user account". Default: false.
    pub keep_enrollment: Option<At<bool>>,
    /// The name of a script, app, remediation, compliance policy or feature.
    pub content: Option<At<String>>,
    /// What the app depends on from now on, or does not any more: names, or tables as in an `[[app]]`.
    pub depends_on: Option<Many<TextOr<DependsOn>>>,
    /// What the app supersedes from now on, or does not any more.
    pub supersedes: Option<Many<TextOr<Supersedes>>>,
    /// The name of a group.
    pub group: Option<At<String>>,
    /// The intent of an assignment of an app. Default: `required`.
    pub intent: Option<Field<IntentWord>>,
    /// The group is excluded. Default: false.
    pub exclude: Option<At<bool>>,
    /// The name of a filter.
    pub filter: Option<At<String>>,
    /// How the filter counts. Default: `include`.
    pub filter_mode: Option<Field<FilterWord>>,
    /// From when on an app is available, as in an assignment.
    pub available: Option<Field<Moment>>,
    /// When an app is installed or removed, as in an assignment.
    pub deadline: Option<Field<Moment>>,
    /// The times are UTC, as in an assignment.
    pub utc: Option<At<bool>>,
    /// Content is fetched in the foreground, as in an assignment.
    pub foreground: Option<At<bool>>,
    /// What the user is shown, as in an assignment.
    pub notifications: Option<Field<Notifications>>,
    /// A restart waits, as in an assignment.
    pub restart_grace: Option<At<GraceEntry>>,
    /// The app takes the place of what it supersedes, as in an assignment.
    pub auto_update: Option<At<bool>>,
    /// The update changes nothing but the host from 32-bit to 64-bit (B-5.18a). Default: false.
    pub bitness_only: Option<At<bool>>,
    /// The version of the agent.
    pub version: Option<Field<Version>>,
    /// Over which time the release reaches all devices (B-13.10). Default: 0s.
    pub over: Option<Field<Span>>,
    /// The opposite happens after so long: `network-down` is followed by `network-up`. Default: it is not undone.
    #[serde(rename = "for")]
    pub lasts: Option<Field<Span>>,
    /// It happens again each time so much later, `times` times in all. Default: once.
    pub every: Option<Field<Span>>,
    /// How often it happens, with `every`; 1 to 1000000.
    pub times: Option<Field<u32>>,
}
