//! Why the agent does not arrive on a device. First read: B-11.1 and B-11.2.
//!
//! [`diagnose`] goes through every known cause in one fixed order, so that two answers can be compared line by line.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::eligibility::{Refusal, feature_refusal, prerequisites, wanted};
use super::{EnrollmentPath, Facts, Features, Join, Proxy};
use crate::profile::Profile;
use crate::rules::{RuleId, b};

/// What diagnosis has to know besides the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Situation {
    /// The device is enrolled.
    pub enrolled: bool,
    /// What is assigned to the device, by device or user.
    pub assigned: Features,
    /// Something is assigned to groups of users that only the user's own device could reach (B-1.12).
    pub assigned_to_users_only: bool,
    /// The device has a network now.
    pub online: bool,
    /// A user is signed in now.
    pub user_signed_in: bool,
    /// The agent's service principal is enabled in the tenant (B-1.25).
    pub service_principal: bool,
}

/// One cause for the agent to be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "cause", content = "of")]
pub enum Cause {
    /// Neither joined nor registered (B-11.1).
    NotJoined,
    /// Nothing that needs the agent is assigned (B-11.1).
    NoAssignment,
    /// The service cannot be reached (B-11.1).
    NoContact,
    /// The push service cannot be reached (B-11.1).
    WnsUnreachable,
    /// S mode (B-11.1).
    SMode,
    /// The device does not qualify for another reason (B-11.2).
    Refused(Refusal),
    /// Only apps are assigned, and those are with Configuration Manager (B-11.2).
    WorkloadWithConfigurationManager,
    /// The agent's service principal is disabled (B-11.2).
    ServicePrincipalDisabled,
    /// The proxy is there for signed-in users only, and nobody is (B-11.2).
    ProxyForUsersOnly,
    /// Registered only, and assigned through groups of users (B-11.2).
    RegisteredWithUserGroupsOnly,
    /// The device is not enrolled (B-1.16).
    NotEnrolled,
}

impl Cause {
    /// The rule behind the cause.
    pub const fn rule(&self) -> RuleId {
        match self {
            Self::NotJoined | Self::NoAssignment | Self::NoContact | Self::WnsUnreachable | Self::SMode => b(11, 1),
            Self::Refused(_)
            | Self::WorkloadWithConfigurationManager
            | Self::ServicePrincipalDisabled
            | Self::ProxyForUsersOnly
            | Self::RegisteredWithUserGroupsOnly => b(11, 2),
            Self::NotEnrolled => b(1, 16),
        }
    }

    /// The short code, as scenarios and fleet tables name it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJoined => "not-joined",
            Self::NoAssignment => "no-assignment",
            Self::NoContact => "no-contact",
            Self::WnsUnreachable => "wns-unreachable",
            Self::SMode => "s-mode",
            Self::Refused(refusal) => refusal.code(),
            Self::WorkloadWithConfigurationManager => "apps-with-configuration-manager",
            Self::ServicePrincipalDisabled => "service-principal-disabled",
            Self::ProxyForUsersOnly => "proxy-for-users-only",
            Self::RegisteredWithUserGroupsOnly => "registered-with-user-groups-only",
            Self::NotEnrolled => "not-enrolled",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotJoined => "neither joined to nor registered with Entra",
            Self::NoAssignment => "nothing that needs the agent is assigned",
            Self::NoContact => "the service cannot be reached",
            Self::WnsUnreachable => "the push service cannot be reached",
            Self::SMode => "Windows runs in S mode",
            Self::Refused(refusal) => return refusal.fmt(f),
            Self::WorkloadWithConfigurationManager => "only apps are assigned, and Configuration Manager handles those",
            Self::ServicePrincipalDisabled => "the agent's service principal is disabled",
            Self::ProxyForUsersOnly => "the proxy is there for signed-in users only, and nobody is signed in",
            Self::RegisteredWithUserGroupsOnly => "registered only, and assigned through groups of users",
            Self::NotEnrolled => "the device is not enrolled",
        })
    }
}

/// Every cause that holds or does not, in the fixed order of the rules.
///
/// Source: B-11.1, B-11.2.
pub fn causes(facts: &Facts, situation: &Situation, profile: &Profile) -> [(Cause, bool); 14] {
    let [build, edition, s_mode, hub, joined] = prerequisites(facts, profile);
    let refused =
        |refusal: Option<Refusal>, else_: Refusal| (Cause::Refused(refusal.unwrap_or(else_)), refusal.is_some());
    let assigned = situation.assigned;
    let apps_only = !assigned.is_empty()
        && assigned
            .iter()
            .all(|feature| feature_refusal(feature, facts, profile) == Some(Refusal::AppsWithConfigurationManager));
    let behind_user_proxy = facts.proxy == Proxy::UserOnly && !situation.user_signed_in;
    [
        (Cause::NotJoined, joined.2.is_some()),
        (Cause::NotEnrolled, !situation.enrolled),
        (Cause::SMode, s_mode.2.is_some()),
        (Cause::NoAssignment, assigned.is_empty() && !situation.assigned_to_users_only),
        (Cause::NoContact, !situation.online || facts.proxy == Proxy::Inspecting),
        (Cause::WnsUnreachable, !facts.wns_reachable),
        refused(build.2, Refusal::OsBuild { needed: profile.elig.min_build }),
        refused(edition.2, Refusal::Edition(facts.edition)),
        refused(hub.2, Refusal::SurfaceHub),
        (Cause::WorkloadWithConfigurationManager, apps_only),
        (Cause::ServicePrincipalDisabled, !situation.service_principal),
        (Cause::ProxyForUsersOnly, behind_user_proxy && situation.online),
        (Cause::RegisteredWithUserGroupsOnly, facts.is_registered_only() && situation.assigned_to_users_only),
        other_refusal(facts, assigned, profile, apps_only),
    ]
}

/// The causes that hold, in the fixed order of the rules.
pub fn diagnose(facts: &Facts, situation: &Situation, profile: &Profile) -> Vec<Cause> {
    causes(facts, situation, profile).into_iter().filter(|(_, holds)| *holds).map(|(cause, _)| cause).collect()
}

/// Features are assigned, the device itself qualifies, and yet none of them may come: the first one's reason.
fn other_refusal(facts: &Facts, assigned: Features, profile: &Profile, apps_only: bool) -> (Cause, bool) {
    let device_qualifies = prerequisites(facts, profile).iter().all(|(_, _, refusal)| refusal.is_none());
    let none = device_qualifies && !apps_only && !assigned.is_empty() && wanted(facts, assigned, profile).is_empty();
    let refusal = assigned.iter().find_map(|feature| feature_refusal(feature, facts, profile));
    (Cause::Refused(refusal.unwrap_or(Refusal::RegisteredOnly)), none)
}

/// True where the property `MDMDeviceWithAAD` stands in the device's MDM diagnostics report: on auto-enrolled devices.
///
/// Source: B-11.3.
pub const fn has_mdm_device_with_aad(facts: &Facts, enrolled: bool) -> bool {
    enrolled
        && match facts.enrollment {
            EnrollmentPath::Auto
            | EnrollmentPath::GroupPolicy
            | EnrollmentPath::Autopilot
            | EnrollmentPath::AutopilotSelfDeploying
            | EnrollmentPath::AutopilotPreProvisioning
            | EnrollmentPath::CoManagement => true,
            EnrollmentPath::Manual | EnrollmentPath::BulkPackage => false,
        }
}

/// The three join fields of `dsregcmd /status`.
///
/// Source: B-11.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct JoinFields {
    /// `AzureAdJoined`.
    pub azure_ad_joined: bool,
    /// `DomainJoined`.
    pub domain_joined: bool,
    /// `WorkplaceJoined`.
    pub workplace_joined: bool,
}

impl From<Join> for JoinFields {
    fn from(join: Join) -> Self {
        let (azure_ad_joined, domain_joined, workplace_joined) = match join {
            Join::None => (false, false, false),
            Join::Registered => (false, false, true),
            Join::Entra => (true, false, false),
            Join::Hybrid => (true, true, false),
        };
        Self { azure_ad_joined, domain_joined, workplace_joined }
    }
}

impl From<JoinFields> for Join {
    /// A domain membership alone is no join that Entra knows; a joined device counts as joined whatever else it is.
    fn from(fields: JoinFields) -> Self {
        match (fields.azure_ad_joined, fields.domain_joined, fields.workplace_joined) {
            (true, true, _) => Self::Hybrid,
            (true, false, _) => Self::Entra,
            (false, _, true) => Self::Registered,
            (false, _, false) => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Feature;

    fn fine() -> Situation {
        Situation {
            enrolled: true,
            assigned: Features::NONE.with(Feature::Script),
            assigned_to_users_only: false,
            online: true,
            user_signed_in: false,
            service_principal: true,
        }
    }

    /// C-11.5, B-11.1.
    #[test]
    fn an_s_mode_device_without_assignment_and_push_has_three_causes_in_order() {
        let facts = Facts { s_mode: true, wns_reachable: false, ..Facts::default() };
        let found = diagnose(&facts, &Situation { assigned: Features::NONE, ..fine() }, &Profile::default());
        assert_eq!(found, [Cause::SMode, Cause::NoAssignment, Cause::WnsUnreachable]);
    }

    /// B-11.2.
    #[test]
    fn each_further_cause_is_found_alone() {
        let profile = Profile::default();
        let facts = Facts::default();
        let one = |facts: Facts, situation: Situation| diagnose(&facts, &situation, &profile);
        assert_eq!(one(facts, fine()), []);
        assert_eq!(
            one(Facts { os_build: 14_392, ..facts }, fine()),
            [Cause::Refused(Refusal::OsBuild { needed: 14_393 })]
        );
        let with_cm = Facts { apps_workload: Some(super::super::AppsWorkload::ConfigurationManager), ..facts };
        let apps = Situation { assigned: Features::NONE.with(Feature::Win32App), ..fine() };
        assert_eq!(one(with_cm, apps), [Cause::WorkloadWithConfigurationManager]);
        assert_eq!(one(facts, Situation { service_principal: false, ..fine() }), [Cause::ServicePrincipalDisabled]);
        assert_eq!(one(Facts { proxy: Proxy::UserOnly, ..facts }, fine()), [Cause::ProxyForUsersOnly]);
        let users_only = Situation { assigned: Features::NONE, assigned_to_users_only: true, ..fine() };
        let registered = Facts { join: Join::Registered, ..facts };
        assert_eq!(one(registered, users_only), [Cause::RegisteredWithUserGroupsOnly]);
    }

    /// B-11.3.
    #[test]
    fn only_auto_enrolled_devices_show_the_property() {
        assert!(has_mdm_device_with_aad(&Facts::default(), true));
        assert!(!has_mdm_device_with_aad(&Facts::default(), false));
        let manual = Facts { enrollment: EnrollmentPath::Manual, ..Facts::default() };
        assert!(!has_mdm_device_with_aad(&manual, true));
    }

    /// B-11.4.
    #[test]
    fn join_types_map_to_the_three_fields_and_back() {
        for join in [Join::None, Join::Registered, Join::Entra, Join::Hybrid] {
            assert_eq!(Join::from(JoinFields::from(join)), join);
        }
    }
}
