//! An action in the words of a scenario file: what [`verbs`](super::verbs) reads, the other way round.

use super::verbs::{VERBS, Verb};
use crate::catalog::Tenant;
use crate::device::{Action, Twin};
use crate::facts::{AppsWorkload, EspPhase};
use crate::protocol::{PolicyId, UserId};
use crate::service::AdminAction;
use crate::time::Span;

/// A verb with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) name: &'static str,
    /// Keys and values as TOML has them.
    pub(crate) arguments: Vec<(&'static str, String)>,
}

/// The verb of an action in a tenant, on a device with these users; `None` for one that no verb says.
#[allow(clippy::wildcard_enum_match_arm, reason = "the verbs without arguments are looked up before")]
pub(crate) fn verb_of(action: Action, tenant: &Tenant, users: &[String]) -> Option<Spoken> {
    let plain = VERBS.iter().find(|(_, verb, ..)| matches!(verb, Verb::Plain(other) if *other == action));
    if let Some((name, ..)) = plain {
        return Some(Spoken { name, arguments: Vec::new() });
    }
    let one = |name, key, value: String| Spoken { name, arguments: vec![(key, value)] };
    let user = |UserId(number): UserId| {
        let name = usize::from(number).checked_sub(1).and_then(|place| users.get(place));
        quoted(name.map_or("", String::as_str))
    };
    let content = |id: PolicyId| quoted(tenant.content(id).map_or("", |content| content.name.as_str()));
    Some(match action {
        Action::SignIn(id) => one("sign-in", "user", user(id)),
        Action::SignOut(id) => one("sign-out", "user", user(id)),
        Action::ClockStep(by) => one("clock-step", "by", signed(by)),
        Action::ClockDrift(by) => one("clock-drift", "by", signed(by)),
        Action::SlowBoot(after) => one("slow-boot", "service_after", quoted(&after.to_string())),
        Action::Twin(Twin::Report { policy }) => one("twin-report", "content", content(policy)),
        Action::ScriptRecordDelete(id) => one("script-record-delete", "content", content(id)),
        Action::AppRecordDelete(id) => one("app-record-delete", "content", content(id)),
        Action::AppInstallByHand(id) => one("app-install-by-hand", "content", content(id)),
        Action::AppRemoveByHand(id) => one("app-remove-by-hand", "content", content(id)),
        Action::CompanyPortalInstall(id) => one("company-portal-install", "content", content(id)),
        Action::CompanyPortalUninstall(id) => one("company-portal-uninstall", "content", content(id)),
        Action::ServiceControl(code) => one("service-control", "code", code.to_string()),
        Action::Esp(phase) => one("esp", "phase", quoted(phase_name(phase))),
        Action::AppsWorkload(workload) => one("apps-workload", "workload", quoted(workload_name(workload))),
        Action::Admin(AdminAction::RunRemediation { policy }) => {
            one("admin-run-remediation", "content", content(policy))
        }
        Action::Admin(AdminAction::Wipe { keep_enrollment }) => {
            one("wipe", "keep_enrollment", keep_enrollment.to_string())
        }
        _ => return None,
    })
}

/// A step of the clock.
fn signed(by: i64) -> String {
    quoted(&format!("{}{}", if by < 0 { '-' } else { '+' }, Span::millis(by.unsigned_abs())))
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

const fn phase_name(phase: EspPhase) -> &'static str {
    match phase {
        EspPhase::NotInEsp => "not-in-esp",
        EspPhase::DevicePreparation => "device-preparation",
        EspPhase::DeviceSetup => "device-setup",
        EspPhase::AccountSetup => "account-setup",
    }
}

const fn workload_name(workload: AppsWorkload) -> &'static str {
    match workload {
        AppsWorkload::ConfigurationManager => "configuration-manager",
        AppsWorkload::PilotOutside => "pilot-outside",
        AppsWorkload::PilotInside => "pilot-inside",
        AppsWorkload::Intune => "intune",
    }
}
