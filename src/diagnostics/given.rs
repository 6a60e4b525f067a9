//! The facts that are looked for, and the values that they may have, in the words of scenario files.

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

use super::error::AssumeError;
use crate::facts::diagnosis::Situation;
use crate::facts::{AppsWorkload, Edition, EnrollmentPath, Facts, Feature, Features, Join, Ownership, Proxy};
use crate::profile::Version;
use crate::profile::nearest::nearest;

/// Declares [`Fact`] and [`Given`] together, so that each fact has its value.
macro_rules! facts {
    ($($(#[doc = $doc:literal])+ $fact:ident($type:ty) = $name:literal, $told:literal;)+) => {
        /// Something that may be known of a device.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fact {
            $($(#[doc = $doc])+ $fact,)+
        }

        impl Fact {
            /// Every fact, in the order in which they are printed.
            pub const ALL: &[Self] = &[$(Self::$fact),+];

            /// Its name: the key of a scenario's device, where there is one.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$fact => $name),+ }
            }

            /// Which file tells it; empty where none does that is read here.
            pub const fn told_by(self) -> &'static str {
                match self { $(Self::$fact => $told),+ }
            }
        }

        /// A fact with a value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Given {
            $($(#[doc = $doc])+ $fact($type),)+
        }

        impl Given {
            /// The fact.
            pub const fn fact(self) -> Fact {
                match self { $(Self::$fact(_) => Fact::$fact),+ }
            }
        }
    };
}

facts! {
    /// Build of Windows.
    OsBuild(u32) = "os_build", "the MDM report or its metadata, or a registry export of Windows NT\\CurrentVersion";
    /// Revision of that build; no rule asks for it.
    Revision(u32) = "revision", "the MDM report or its metadata, or a registry export of Windows NT\\CurrentVersion";
    /// Edition of Windows.
    Edition(Edition) = "edition", "the MDM report's metadata, or a registry export of Windows NT\\CurrentVersion";
    /// Windows runs in S mode.
    SMode(bool) = "s_mode", "a registry export of SYSTEM\\CurrentControlSet\\Control\\CI\\Policy";
    /// An S mode supplemental policy has been delivered.
    SModeSupplemental(bool) = "s_mode_supplemental", "";
    /// How the device is known to Entra (B-11.4).
    Join(Join) = "join", "`dsregcmd /status`";
    /// How it enrolled, as far as B-11.3 tells.
    Enrollment(EnrollmentPath) = "enrollment", "the MDM report of an auto-enrolled device";
    /// Who handles apps, on a co-managed device.
    AppsWorkload(Option<AppsWorkload>) = "apps_workload", "a registry export of SOFTWARE\\Microsoft\\CCM";
    /// The Endpoint Protection workload is with Intune.
    EndpointProtection(bool) = "endpoint_protection", "a registry export of SOFTWARE\\Microsoft\\CCM";
    /// Version of the .NET Framework.
    Dotnet(Version) = "dotnet", "a registry export of NET Framework Setup\\NDP\\v4\\Full";
    /// The way to the internet.
    Proxy(Proxy) = "proxy", "`dsregcmd /status`, in part";
    /// The push service can be reached.
    Wns(bool) = "wns", "";
    /// Who owns the device.
    Ownership(Ownership) = "ownership", "";
    /// It is a virtual machine.
    VirtualMachine(bool) = "virtual_machine", "";
    /// The user has a license for remediations.
    RemediationLicense(bool) = "remediation_license", "";
    /// The device is enrolled with Intune.
    Enrolled(bool) = "enrolled", "the MDM report as XML, or a registry export of SOFTWARE\\Microsoft\\Enrollments";
    /// The property `MDMDeviceWithAAD` is there (B-11.3).
    AutoEnrolled(bool) = "auto_enrolled", "the MDM report";
    /// The tenant tells the device where to enroll: `MdmUrl` is not empty (B-11.4).
    MdmUrl(bool) = "mdm_url", "`dsregcmd /status`";
    /// The user has a token of Entra: `AzureAdPrt` (B-11.4).
    UserToken(bool) = "user_token", "`dsregcmd /status`, run by that user";
    /// A user is signed in.
    UserSignedIn(bool) = "user_signed_in", "`dsregcmd /status`, where that user has a token";
    /// The device has a network.
    Online(bool) = "online", "";
    /// What is assigned to the device, by device or user.
    Assigned(Features) = "assigned", "";
    /// Something is assigned to groups of users that only the user's own device could reach.
    AssignedToUsersOnly(bool) = "assigned_to_users_only", "";
    /// The agent's service principal is enabled in the tenant.
    ServicePrincipal(bool) = "service_principal", "";
}

impl Fact {
    /// True for what is a field of [`Facts`].
    pub fn is_of_facts(self) -> bool {
        self.of(&Facts::default()).is_some()
    }

    /// What a device of a scenario has if its file does not say; `None` for what is no key of such a device.
    pub fn default_of_scenarios(self) -> Option<Given> {
        if self == Self::Enrolled { Some(Given::Enrolled(true)) } else { self.of(&Facts::default()) }
    }

    /// This fact of a device, if it is a field of [`Facts`].
    pub fn of(self, facts: &Facts) -> Option<Given> {
        Some(match self {
            Self::OsBuild => Given::OsBuild(facts.os_build),
            Self::Edition => Given::Edition(facts.edition),
            Self::SMode => Given::SMode(facts.s_mode),
            Self::SModeSupplemental => Given::SModeSupplemental(facts.s_mode_supplemental),
            Self::Join => Given::Join(facts.join),
            Self::Enrollment => Given::Enrollment(facts.enrollment),
            Self::AppsWorkload => Given::AppsWorkload(facts.apps_workload),
            Self::EndpointProtection => Given::EndpointProtection(facts.endpoint_protection_with_intune),
            Self::Dotnet => Given::Dotnet(facts.dotnet),
            Self::Proxy => Given::Proxy(facts.proxy),
            Self::Wns => Given::Wns(facts.wns_reachable),
            Self::Ownership => Given::Ownership(facts.ownership),
            Self::VirtualMachine => Given::VirtualMachine(facts.virtual_machine),
            Self::RemediationLicense => Given::RemediationLicense(facts.remediation_license),
            Self::Revision
            | Self::Enrolled
            | Self::AutoEnrolled
            | Self::MdmUrl
            | Self::UserToken
            | Self::UserSignedIn
            | Self::Online
            | Self::Assigned
            | Self::AssignedToUsersOnly
            | Self::ServicePrincipal => return None,
        })
    }

    /// Every value that it may have; `None` where there are too many to go through.
    pub fn values(self) -> Option<Vec<Given>> {
        let flag = |make: fn(bool) -> Given| vec![make(false), make(true)];
        Some(match self {
            Self::OsBuild | Self::Revision | Self::Dotnet | Self::Assigned => return None,
            Self::Edition => [
                Edition::Home,
                Edition::Pro,
                Edition::Enterprise,
                Edition::Education,
                Edition::MultiSession,
                Edition::SurfaceHub,
            ]
            .map(Given::Edition)
            .into(),
            Self::Join => [Join::None, Join::Registered, Join::Entra, Join::Hybrid].map(Given::Join).into(),
            Self::Enrollment => PATHS.map(Given::Enrollment).into(),
            Self::AppsWorkload => WORKLOADS.map(Given::AppsWorkload).into(),
            Self::Proxy => [Proxy::Direct, Proxy::Machine, Proxy::UserOnly, Proxy::Inspecting].map(Given::Proxy).into(),
            Self::Ownership => [Ownership::Corporate, Ownership::Personal].map(Given::Ownership).into(),
            Self::SMode => flag(Given::SMode),
            Self::SModeSupplemental => flag(Given::SModeSupplemental),
            Self::EndpointProtection => flag(Given::EndpointProtection),
            Self::Wns => flag(Given::Wns),
            Self::VirtualMachine => flag(Given::VirtualMachine),
            Self::RemediationLicense => flag(Given::RemediationLicense),
            Self::Enrolled => flag(Given::Enrolled),
            Self::AutoEnrolled => flag(Given::AutoEnrolled),
            Self::MdmUrl => flag(Given::MdmUrl),
            Self::UserToken => flag(Given::UserToken),
            Self::UserSignedIn => flag(Given::UserSignedIn),
            Self::Online => flag(Given::Online),
            Self::AssignedToUsersOnly => flag(Given::AssignedToUsersOnly),
            Self::ServicePrincipal => flag(Given::ServicePrincipal),
        })
    }

    /// Reads a value from its word.
    ///
    /// # Errors
    /// [`AssumeError::Value`] for what is none.
    pub fn parse(self, text: &str) -> Result<Given, AssumeError> {
        let one_of = |values: &[Given]| values.iter().map(|value| value.word()).collect::<Vec<_>>().join(", ");
        let (found, wanted) = if let Some(values) = self.values() {
            (values.iter().copied().find(|value| value.word() == text), one_of(&values))
        } else if self == Self::Assigned {
            let wanted = format!("`none`, or some of {} with commas between", names(Feature::ALL));
            (features(text).map(Given::Assigned), wanted)
        } else if self == Self::Dotnet {
            (text.parse().ok().map(Given::Dotnet), "a version such as 4.8".to_owned())
        } else {
            let make = if self == Self::OsBuild { Given::OsBuild } else { Given::Revision };
            (number(text).map(make), "a number such as 22631".to_owned())
        };
        found.ok_or_else(|| AssumeError::Value { name: self.name(), text: text.to_owned(), wanted })
    }

    /// The fact of this name.
    ///
    /// # Errors
    /// [`AssumeError::Unknown`] if there is none.
    pub fn named(name: &str) -> Result<Self, AssumeError> {
        let names = || Self::ALL.iter().map(|fact| fact.name());
        Self::ALL.iter().copied().find(|fact| fact.name() == name).ok_or_else(|| AssumeError::Unknown {
            name: name.to_owned(),
            nearest: nearest(name, names()),
            known: names().collect::<Vec<_>>().join(", "),
        })
    }
}

const PATHS: [EnrollmentPath; 8] = [
    EnrollmentPath::GroupPolicy,
    EnrollmentPath::Auto,
    EnrollmentPath::Manual,
    EnrollmentPath::BulkPackage,
    EnrollmentPath::Autopilot,
    EnrollmentPath::AutopilotSelfDeploying,
    EnrollmentPath::AutopilotPreProvisioning,
    EnrollmentPath::CoManagement,
];

const WORKLOADS: [Option<AppsWorkload>; 5] = [
    None,
    Some(AppsWorkload::ConfigurationManager),
    Some(AppsWorkload::PilotOutside),
    Some(AppsWorkload::PilotInside),
    Some(AppsWorkload::Intune),
];

impl Given {
    /// The value, as scenario files write it, without quotes.
    pub fn word(self) -> String {
        match self {
            Self::OsBuild(n) | Self::Revision(n) => n.to_string(),
            Self::Edition(edition) => word(&edition),
            Self::Join(join) => word(&join),
            Self::Enrollment(path) => word(&path),
            Self::AppsWorkload(None) => "none".to_owned(),
            Self::AppsWorkload(Some(workload)) => word(&workload),
            Self::EndpointProtection(with_intune) => {
                if with_intune { "intune" } else { "configuration-manager" }.to_owned()
            }
            Self::Dotnet(version) => version.to_string(),
            Self::Proxy(proxy) => word(&proxy),
            Self::Ownership(ownership) => word(&ownership),
            Self::Assigned(features) if features.is_empty() => "none".to_owned(),
            Self::Assigned(features) => names(features.iter()),
            Self::SMode(flag)
            | Self::SModeSupplemental(flag)
            | Self::Wns(flag)
            | Self::VirtualMachine(flag)
            | Self::RemediationLicense(flag)
            | Self::Enrolled(flag)
            | Self::AutoEnrolled(flag)
            | Self::MdmUrl(flag)
            | Self::UserToken(flag)
            | Self::UserSignedIn(flag)
            | Self::Online(flag)
            | Self::AssignedToUsersOnly(flag)
            | Self::ServicePrincipal(flag) => flag.to_string(),
        }
    }

    /// Writes the value into what diagnosis looks at; what it does not look at changes nothing.
    pub fn put(self, facts: &mut Facts, situation: &mut Situation) {
        match self {
            Self::OsBuild(build) => facts.os_build = build,
            Self::Edition(edition) => facts.edition = edition,
            Self::SMode(flag) => facts.s_mode = flag,
            Self::SModeSupplemental(flag) => facts.s_mode_supplemental = flag,
            Self::Join(join) => facts.join = join,
            Self::Enrollment(path) => facts.enrollment = path,
            Self::AppsWorkload(workload) => facts.apps_workload = workload,
            Self::EndpointProtection(flag) => facts.endpoint_protection_with_intune = flag,
            Self::Dotnet(version) => facts.dotnet = version,
            Self::Proxy(proxy) => facts.proxy = proxy,
            Self::Wns(flag) => facts.wns_reachable = flag,
            Self::Ownership(ownership) => facts.ownership = ownership,
            Self::VirtualMachine(flag) => facts.virtual_machine = flag,
            Self::RemediationLicense(flag) => facts.remediation_license = flag,
            Self::Enrolled(flag) => situation.enrolled = flag,
            Self::UserSignedIn(flag) => situation.user_signed_in = flag,
            Self::Online(flag) => situation.online = flag,
            Self::Assigned(features) => situation.assigned = features,
            Self::AssignedToUsersOnly(flag) => situation.assigned_to_users_only = flag,
            Self::ServicePrincipal(flag) => situation.service_principal = flag,
            Self::Revision(_) | Self::AutoEnrolled(_) | Self::MdmUrl(_) | Self::UserToken(_) => {}
        }
    }
}

/// As JSON: numbers and flags as such, everything else as its word.
impl Serialize for Given {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let word = self.word();
        match word.parse::<bool>() {
            Ok(flag) => s.serialize_bool(flag),
            Err(_) => match word.parse::<u32>() {
                Ok(number) => s.serialize_u32(number),
                Err(_) => s.serialize_str(&word),
            },
        }
    }
}

/// The word under which an enumeration of facts is written down.
fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A number of digits alone, as the registry and reports write builds.
pub(super) fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn names(features: impl IntoIterator<Item = Feature>) -> String {
    features.into_iter().map(Feature::name).collect::<Vec<_>>().join(",")
}

fn features(text: &str) -> Option<Features> {
    if text == "none" {
        return Some(Features::NONE);
    }
    text.split(',').map(|name| read::<Feature>(name.trim())).try_fold(Features::NONE, |all, one| Some(all.with(one?)))
}

fn read<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_back_from_its_word() {
        for fact in Fact::ALL {
            assert_eq!(Fact::named(fact.name()), Ok(*fact));
            for value in fact.values().into_iter().flatten() {
                assert_eq!(value.fact(), *fact);
                assert_eq!(fact.parse(&value.word()), Ok(value), "{value:?}");
            }
        }
        assert_eq!(Fact::OsBuild.parse("19045"), Ok(Given::OsBuild(19_045)));
        let two = Features::NONE.with(Feature::Script).with(Feature::Win32App);
        assert_eq!(Fact::Assigned.parse("script, win32-app"), Ok(Given::Assigned(two)));
        assert_eq!(Fact::Assigned.parse("none"), Ok(Given::Assigned(Features::NONE)));
    }

    #[test]
    fn what_is_no_value_is_refused_with_what_would_be_one() {
        let text = Fact::Join.parse("aad").map_err(|error| error.to_string());
        assert_eq!(text, Err("`aad` is no value of `join`; write none, registered, entra, hybrid".to_owned()));
        assert!(Fact::Assigned.parse("script,,win32-app").is_err() && Fact::OsBuild.parse("-1").is_err());
        assert!(Fact::named("os-build").is_err_and(|error| error.to_string().contains("did you mean `os_build`")));
    }

    #[test]
    fn what_is_put_into_facts_is_found_there() {
        let mut situation = super::super::judge::NOTHING_KNOWN;
        for fact in Fact::ALL.iter().filter(|fact| fact.is_of_facts()) {
            for value in fact.values().into_iter().flatten() {
                let mut facts = Facts::default();
                value.put(&mut facts, &mut situation);
                assert_eq!(fact.of(&facts), Some(value));
            }
        }
    }
}
