//! The verbs of the timeline that act on devices.

use super::super::error::Problem;
use super::super::file::{At, AtEntry, Val};
use super::device::Zones;
use super::tenant::Names;
use super::{Context, Result, find, relate};
use crate::device::{Action, StateFile, Twin};
use crate::facts::Feature;
use crate::protocol::{PolicyId, UserId};
use crate::service::AdminAction;

/// What a verb needs before it is an action.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verb {
    /// Nothing.
    Plain(Action),
    /// A user of the device.
    SignIn,
    /// A user of the device.
    SignOut,
    /// `by`.
    ClockStep,
    /// `by`.
    ClockDrift,
    /// `zone`.
    TimeZone,
    /// `service_after`.
    SlowBoot,
    /// `content`.
    ScriptRecordDelete,
    /// `content`, an app.
    App(AppVerb),
    /// `content`, a script.
    TwinReport,
    /// `content`, a remediation.
    RunRemediation,
    /// `code`.
    ServiceControl,
    /// `phase`.
    Esp,
    /// `workload`.
    AppsWorkload,
    /// `keep_enrollment`, if wanted.
    Wipe,
    /// A change of the tenant or of memberships.
    Tenant(TenantVerb),
}

/// Verbs about one app on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AppVerb {
    PortalInstall,
    PortalUninstall,
    RecordDelete,
    InstallByHand,
    RemoveByHand,
}

/// Verbs that act on the tenant, or on who is in which group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TenantVerb {
    Assign,
    Unassign,
    Update,
    Delete,
    Relate,
    Unrelate,
    DeleteGroup,
    RestoreGroup,
    ReleaseAgent,
    ServicePrincipal(bool),
    AddMember,
    RemoveMember,
}

/// Every verb, the arguments that it takes beside `at`, `do`, `device`, `every` and `times`, and the verb that undoes it.
pub(super) const VERBS: &[(&str, Verb, &[&str], Option<&str>)] = &[
    ("sign-in", Verb::SignIn, &["user"], Some("sign-out")),
    ("sign-in-local", Verb::Plain(Action::SignInLocal), &[], None),
    ("sign-out", Verb::SignOut, &["user"], Some("sign-in")),
    ("lock", Verb::Plain(Action::Lock), &[], Some("unlock")),
    ("unlock", Verb::Plain(Action::Unlock), &[], Some("lock")),
    ("console-connect", Verb::Plain(Action::ConsoleConnect), &[], Some("console-disconnect")),
    ("console-disconnect", Verb::Plain(Action::ConsoleDisconnect), &[], Some("console-connect")),
    ("sleep", Verb::Plain(Action::Sleep), &[], Some("wake")),
    ("wake", Verb::Plain(Action::Wake), &[], Some("sleep")),
    ("dark-wake", Verb::Plain(Action::DarkWake), &[], Some("sleep")),
    ("power-off", Verb::Plain(Action::PowerOff), &[], Some("power-on")),
    ("power-on", Verb::Plain(Action::PowerOn), &[], Some("power-off")),
    ("hibernate", Verb::Plain(Action::Hibernate), &[], Some("wake")),
    ("power-cut", Verb::Plain(Action::PowerCut), &[], Some("power-on")),
    ("reboot", Verb::Plain(Action::Reboot), &[], None),
    ("slow-boot", Verb::SlowBoot, &["service_after"], None),
    ("network-down", Verb::Plain(Action::Network(false)), &[], Some("network-up")),
    ("network-up", Verb::Plain(Action::Network(true)), &[], Some("network-down")),
    ("captive-portal-on", Verb::Plain(Action::CaptivePortal(true)), &[], Some("captive-portal-off")),
    ("captive-portal-off", Verb::Plain(Action::CaptivePortal(false)), &[], Some("captive-portal-on")),
    ("vpn-change", Verb::Plain(Action::VpnChange), &[], None),
    ("battery-saver-on", Verb::Plain(Action::BatterySaver(true)), &[], Some("battery-saver-off")),
    ("battery-saver-off", Verb::Plain(Action::BatterySaver(false)), &[], Some("battery-saver-on")),
    ("data-limit-on", Verb::Plain(Action::DataLimit(true)), &[], Some("data-limit-off")),
    ("data-limit-off", Verb::Plain(Action::DataLimit(false)), &[], Some("data-limit-on")),
    ("push-service-on", Verb::Plain(Action::PushService(true)), &[], Some("push-service-off")),
    ("push-service-off", Verb::Plain(Action::PushService(false)), &[], Some("push-service-on")),
    ("dmwappush-on", Verb::Plain(Action::DmWapPush(true)), &[], Some("dmwappush-off")),
    ("dmwappush-off", Verb::Plain(Action::DmWapPush(false)), &[], Some("dmwappush-on")),
    ("name-resolution-on", Verb::Plain(Action::NameResolution(true)), &[], Some("name-resolution-off")),
    ("name-resolution-off", Verb::Plain(Action::NameResolution(false)), &[], Some("name-resolution-on")),
    ("clock-step", Verb::ClockStep, &["by"], Some("clock-step")),
    ("clock-drift", Verb::ClockDrift, &["by"], Some("clock-drift")),
    ("time-zone", Verb::TimeZone, &["zone"], Some("time-zone")),
    ("state-lost", Verb::Plain(Action::StateFile(StateFile::Lost)), &[], None),
    ("state-torn", Verb::Plain(Action::StateFile(StateFile::Torn)), &[], None),
    ("state-zeroed", Verb::Plain(Action::StateFile(StateFile::Zeroed)), &[], None),
    ("state-old", Verb::Plain(Action::StateFile(StateFile::OldSchema)), &[], None),
    ("state-read-only", Verb::Plain(Action::StateFile(StateFile::ReadOnly)), &[], Some("state-writable")),
    ("state-writable", Verb::Plain(Action::StateFile(StateFile::Writable)), &[], Some("state-read-only")),
    ("disk-full", Verb::Plain(Action::DiskFull(true)), &[], Some("disk-free")),
    ("disk-free", Verb::Plain(Action::DiskFull(false)), &[], Some("disk-full")),
    ("run-kill", Verb::Plain(Action::RunKill), &[], None),
    ("twin-check-in", Verb::Plain(Action::Twin(Twin::CheckIn)), &[], None),
    ("twin-report", Verb::TwinReport, &["content"], None),
    ("twin-unenroll", Verb::Plain(Action::Twin(Twin::Unenroll)), &[], None),
    ("service-stop", Verb::Plain(Action::ServiceStop), &[], Some("service-start")),
    ("service-start", Verb::Plain(Action::ServiceStart), &[], Some("service-stop")),
    ("service-restart", Verb::Plain(Action::ServiceRestart), &[], None),
    ("service-kill", Verb::Plain(Action::ServiceKill), &[], None),
    ("service-automatic", Verb::Plain(Action::ServiceAutomatic(true)), &[], Some("service-manual")),
    ("service-manual", Verb::Plain(Action::ServiceAutomatic(false)), &[], Some("service-automatic")),
    ("service-disable", Verb::Plain(Action::ServiceDisable), &[], None),
    ("service-break", Verb::Plain(Action::ServiceBreak), &[], Some("service-mend")),
    ("service-mend", Verb::Plain(Action::ServiceMend), &[], Some("service-break")),
    ("agent-remove", Verb::Plain(Action::AgentRemove), &[], None),
    ("script-record-delete", Verb::ScriptRecordDelete, &["content"], None),
    ("settings-sync", Verb::Plain(Action::SettingsSync), &[], None),
    ("company-portal-sync", Verb::Plain(Action::CompanyPortalSync), &[], None),
    ("company-portal-compliance", Verb::Plain(Action::CompanyPortalCompliance), &[], None),
    ("company-portal-install", Verb::App(AppVerb::PortalInstall), &["content"], None),
    ("company-portal-uninstall", Verb::App(AppVerb::PortalUninstall), &["content"], None),
    ("restart-snooze", Verb::Plain(Action::RestartSnooze), &[], None),
    ("app-record-delete", Verb::App(AppVerb::RecordDelete), &["content"], None),
    ("app-install-by-hand", Verb::App(AppVerb::InstallByHand), &["content"], Some("app-remove-by-hand")),
    ("app-remove-by-hand", Verb::App(AppVerb::RemoveByHand), &["content"], Some("app-install-by-hand")),
    ("protocol-syncapp", Verb::Plain(Action::ProtocolSyncApp), &[], None),
    ("protocol-synccompliance", Verb::Plain(Action::ProtocolSyncCompliance), &[], None),
    ("service-control", Verb::ServiceControl, &["code"], None),
    ("remote-help", Verb::Plain(Action::RemoteHelp), &[], None),
    ("malware-status", Verb::Plain(Action::MalwareStatus), &[], None),
    ("admin-sync", Verb::Plain(Action::Admin(AdminAction::Sync)), &[], None),
    ("admin-bulk-sync", Verb::Plain(Action::Admin(AdminAction::BulkSync)), &[], None),
    ("admin-lock", Verb::Plain(Action::Admin(AdminAction::Lock)), &[], None),
    ("admin-passcode-reset", Verb::Plain(Action::Admin(AdminAction::PasscodeReset)), &[], None),
    ("admin-remote-assistance", Verb::Plain(Action::Admin(AdminAction::RemoteAssistance)), &[], None),
    ("admin-run-remediation", Verb::RunRemediation, &["content"], None),
    ("retire", Verb::Plain(Action::Admin(AdminAction::Retire)), &[], None),
    ("wipe", Verb::Wipe, &["keep_enrollment"], None),
    ("enroll", Verb::Plain(Action::Enroll), &[], Some("unenroll")),
    ("unenroll", Verb::Plain(Action::Unenroll), &[], Some("enroll")),
    ("mdm-session", Verb::Plain(Action::MdmScheduled), &[], None),
    ("esp", Verb::Esp, &["phase"], None),
    ("apps-workload", Verb::AppsWorkload, &["workload"], None),
    ("s-mode-supplemental-on", Verb::Plain(Action::SmodeSupplemental(true)), &[], Some("s-mode-supplemental-off")),
    ("s-mode-supplemental-off", Verb::Plain(Action::SmodeSupplemental(false)), &[], Some("s-mode-supplemental-on")),
    (
        "assign",
        Verb::Tenant(TenantVerb::Assign),
        &[
            "content",
            "group",
            "intent",
            "exclude",
            "filter",
            "filter_mode",
            "available",
            "deadline",
            "utc",
            "foreground",
            "notifications",
            "restart_grace",
            "auto_update",
        ],
        Some("unassign"),
    ),
    ("unassign", Verb::Tenant(TenantVerb::Unassign), &["content", "group"], None),
    ("update", Verb::Tenant(TenantVerb::Update), &["content", "bitness_only"], None),
    ("delete", Verb::Tenant(TenantVerb::Delete), &["content"], None),
    ("relate", Verb::Tenant(TenantVerb::Relate), &["content", "depends_on", "supersedes"], Some("unrelate")),
    ("unrelate", Verb::Tenant(TenantVerb::Unrelate), &["content", "depends_on", "supersedes"], Some("relate")),
    ("delete-group", Verb::Tenant(TenantVerb::DeleteGroup), &["group"], Some("restore-group")),
    ("restore-group", Verb::Tenant(TenantVerb::RestoreGroup), &["group"], Some("delete-group")),
    ("release-agent", Verb::Tenant(TenantVerb::ReleaseAgent), &["version", "over"], None),
    ("service-principal-on", Verb::Tenant(TenantVerb::ServicePrincipal(true)), &[], Some("service-principal-off")),
    ("service-principal-off", Verb::Tenant(TenantVerb::ServicePrincipal(false)), &[], Some("service-principal-on")),
    ("add-member", Verb::Tenant(TenantVerb::AddMember), &["group", "user"], Some("remove-member")),
    ("remove-member", Verb::Tenant(TenantVerb::RemoveMember), &["group", "user"], Some("add-member")),
];

/// Finds a verb and refuses arguments that it does not take.
pub(super) fn verb(cx: &Context<'_>, entry: &AtEntry) -> Result<(Verb, Option<&'static str>)> {
    let known = VERBS.iter().find(|(name, ..)| *name == entry.verb.value);
    let Some((name, verb, takes, undo)) = known else {
        return Err(cx.error(
            &entry.verb.span,
            Problem::unknown("verb", &entry.verb.value, VERBS.iter().map(|(name, ..)| *name)),
        ));
    };
    for (argument, span) in arguments(entry) {
        if !takes.contains(&argument) {
            let takes = if takes.is_empty() { "no argument of its own".to_owned() } else { takes.join(", ") };
            return Err(
                cx.error(span, Problem::misplaced(format!("`{name}` does not take `{argument}`; it takes {takes}")))
            );
        }
    }
    Ok((*verb, *undo))
}

/// The arguments that are there, beside those that every verb takes.
fn arguments(entry: &AtEntry) -> impl Iterator<Item = (&'static str, &std::ops::Range<usize>)> {
    let all = [
        ("user", entry.user.as_ref().map(|at| &at.span)),
        ("by", entry.by.as_ref().map(|at| &at.span)),
        ("zone", entry.zone.as_ref().map(|at| &at.span)),
        ("service_after", entry.service_after.as_ref().map(|at| &at.span)),
        ("phase", entry.phase.as_ref().map(|at| &at.span)),
        ("workload", entry.workload.as_ref().map(|at| &at.span)),
        ("code", entry.code.as_ref().map(|at| &at.span)),
        ("keep_enrollment", entry.keep_enrollment.as_ref().map(|at| &at.span)),
        ("content", entry.content.as_ref().map(|at| &at.span)),
        ("depends_on", entry.depends_on.as_ref().map(|many| &many.span)),
        ("supersedes", entry.supersedes.as_ref().map(|many| &many.span)),
        ("group", entry.group.as_ref().map(|at| &at.span)),
        ("intent", entry.intent.as_ref().map(|at| &at.span)),
        ("exclude", entry.exclude.as_ref().map(|at| &at.span)),
        ("filter", entry.filter.as_ref().map(|at| &at.span)),
        ("filter_mode", entry.filter_mode.as_ref().map(|at| &at.span)),
        ("available", entry.available.as_ref().map(|at| &at.span)),
        ("deadline", entry.deadline.as_ref().map(|at| &at.span)),
        ("utc", entry.utc.as_ref().map(|at| &at.span)),
        ("foreground", entry.foreground.as_ref().map(|at| &at.span)),
        ("notifications", entry.notifications.as_ref().map(|at| &at.span)),
        ("restart_grace", entry.restart_grace.as_ref().map(|at| &at.span)),
        ("auto_update", entry.auto_update.as_ref().map(|at| &at.span)),
        ("bitness_only", entry.bitness_only.as_ref().map(|at| &at.span)),
        ("version", entry.version.as_ref().map(|at| &at.span)),
        ("over", entry.over.as_ref().map(|at| &at.span)),
    ];
    all.into_iter().filter_map(|(name, span)| Some((name, span?)))
}

/// An argument that the verb cannot do without.
pub(super) fn needed<'a, T>(
    cx: &Context<'_>,
    entry: &AtEntry,
    name: &str,
    value: &'a Option<At<T>>,
) -> Result<&'a At<T>> {
    value
        .as_ref()
        .ok_or_else(|| cx.error(&entry.verb.span, Problem::missing(format!("`{name}` of `{}`", entry.verb.value))))
}

/// The value of an argument that the verb cannot do without.
fn value<T: Copy>(cx: &Context<'_>, entry: &AtEntry, name: &str, field: &Option<At<Val<T>>>) -> Result<T> {
    needed(cx, entry, name, field).map(|field| *field.get())
}

/// The action of a verb on a device with these users; `None` for a verb of the tenant.
pub(super) fn action(
    cx: &Context<'_>,
    entry: &AtEntry,
    verb: Verb,
    users: &[String],
    device: &str,
    (names, zones): (&Names, &Zones),
) -> Result<Option<Action>> {
    Ok(Some(match verb {
        Verb::Plain(action) => action,
        Verb::SignIn => Action::SignIn(user(cx, entry, users, device)?),
        Verb::SignOut => Action::SignOut(user(cx, entry, users, device)?),
        Verb::ClockStep => Action::ClockStep(value(cx, entry, "by", &entry.by)?.0),
        Verb::ClockDrift => Action::ClockDrift(value(cx, entry, "by", &entry.by)?.0),
        Verb::TimeZone => {
            let zone = value(cx, entry, "zone", &entry.zone)?;
            // Every zone of the timeline has its place by now.
            Action::TimeZone(zones.known(zone).and_then(|place| u16::try_from(place).ok()).unwrap_or(0))
        }
        Verb::SlowBoot => Action::SlowBoot(value(cx, entry, "service_after", &entry.service_after)?),
        Verb::ScriptRecordDelete => Action::ScriptRecordDelete(content(cx, entry, names)?),
        Verb::App(verb) => {
            let app = relate::app(cx, names, needed(cx, entry, "content", &entry.content)?)?;
            match verb {
                AppVerb::PortalInstall => Action::CompanyPortalInstall(app),
                AppVerb::PortalUninstall => Action::CompanyPortalUninstall(app),
                AppVerb::RecordDelete => Action::AppRecordDelete(app),
                AppVerb::InstallByHand => Action::AppInstallByHand(app),
                AppVerb::RemoveByHand => Action::AppRemoveByHand(app),
            }
        }
        Verb::TwinReport => Action::Twin(Twin::Report { policy: content(cx, entry, names)? }),
        Verb::RunRemediation => Action::Admin(AdminAction::RunRemediation { policy: remediation(cx, entry, names)? }),
        Verb::ServiceControl => {
            let code = value(cx, entry, "code", &entry.code)?;
            if !(128..=255).contains(&code) {
                let span = entry.code.as_ref().map_or(0..0, |code| code.span.clone());
                return Err(cx.error(&span, Problem::range("a service control code", code, 128, 255)));
            }
            Action::ServiceControl(code)
        }
        Verb::Esp => Action::Esp(value(cx, entry, "phase", &entry.phase)?),
        Verb::AppsWorkload => {
            let field = needed(cx, entry, "workload", &entry.workload)?;
            let workload = field.get().0;
            Action::AppsWorkload(
                workload
                    .ok_or_else(|| cx.error(&field.span, Problem::misplaced("a workload cannot move to `none`")))?,
            )
        }
        Verb::Wipe => Action::Admin(AdminAction::Wipe {
            keep_enrollment: entry.keep_enrollment.as_ref().is_some_and(|keep| keep.value),
        }),
        Verb::Tenant(_) => return Ok(None),
    }))
}

/// The id of a user on one device.
fn user(cx: &Context<'_>, entry: &AtEntry, users: &[String], device: &str) -> Result<UserId> {
    let name = needed(cx, entry, "user", &entry.user)?;
    user_id(cx, name, users, device)
}

pub(super) fn user_id(cx: &Context<'_>, name: &At<String>, users: &[String], device: &str) -> Result<UserId> {
    let place = users.iter().position(|user| *user == name.value).and_then(|place| u8::try_from(place + 1).ok());
    place.map(UserId).ok_or_else(|| {
        if users.is_empty() {
            return cx.error(
                &name.span,
                Problem::misplaced(format!("device `{device}` has no users; give it users = [\"{}\"]", name.value)),
            );
        }
        cx.error(&name.span, Problem::unknown("user", &name.value, users.iter().map(String::as_str)))
    })
}

/// The id of a remediation.
fn remediation(cx: &Context<'_>, entry: &AtEntry, names: &Names) -> Result<PolicyId> {
    let name = needed(cx, entry, "content", &entry.content)?;
    match find(cx, &names.contents, "content", name)? {
        (id, Feature::Remediation) => Ok(id),
        (_, other) => {
            Err(cx.error(&name.span, Problem::misplaced(format!("`{}` is no remediation but a {other}", name.value))))
        }
    }
}

pub(super) fn content(cx: &Context<'_>, entry: &AtEntry, names: &Names) -> Result<PolicyId> {
    let name = needed(cx, entry, "content", &entry.content)?;
    find(cx, &names.contents, "content", name).map(|(id, _)| id)
}

/// The content of an `update`, if its own table says what updates make of it.
pub(super) fn changed_content(cx: &Context<'_>, entry: &AtEntry, names: &Names) -> Result<Option<PolicyId>> {
    let id = content(cx, entry, names)?;
    if !names.updates.contains_key(&id) {
        return Ok(None);
    }
    match &entry.bitness_only {
        Some(only) if only.value => Err(cx.error(
            &only.span,
            Problem::misplaced("`bitness_only` is about PowerShell scripts (B-5.18a); this content is none"),
        )),
        Some(_) | None => Ok(Some(id)),
    }
}
