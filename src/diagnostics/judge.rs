//! Why the agent is not on a device of which not everything is known. First read: B-11.1 and B-11.2.
//!
//! The causes are those of [`diagnosis::causes`], and only it decides them. What is not known is gone through: a cause holds if
//! it does for every value that the unknown facts may have, does not hold if it does for none, and cannot be judged otherwise.

mod print;
mod through;

use core::fmt;

use serde::Serialize;

use super::given::{Fact, Given};
use super::reading::{Reading, State};
use super::report::Source;
use crate::facts::diagnosis::{self, Cause, Situation};
use crate::facts::eligibility::{Refusal, dotnet_warning, feature_refusal};
use crate::facts::{Facts, Feature, Features};
use crate::profile::{Profile, Version};
use crate::rules::{RuleId, b};
use through::through;

/// What is judged of a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is a cause, whatever the unknown facts are.
    Holds,
    /// It is none, whatever they are.
    DoesNotHold,
    /// It depends on what is not known.
    NotKnown,
}

/// One cause, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What is asked, by its short code.
    pub code: &'static str,
    /// What is asked, in words.
    pub asked: &'static str,
    /// What it is where it holds or may: more than one where different reasons to refuse are possible.
    pub causes: Vec<Cause>,
    /// Whether it holds.
    pub verdict: Verdict,
    /// What it depends on: the facts that are not known and would decide it.
    pub hinges: Vec<Fact>,
    /// The places that say what it rests on, where it holds.
    pub because: Vec<Source>,
}

impl Judged {
    /// The rules behind it: of the cause, and of its reason to refuse if all that are possible have the same.
    pub fn rules(&self) -> Vec<RuleId> {
        let mut rules: Vec<RuleId> = self.causes.first().map(Cause::rule).into_iter().collect();
        let mut reasons: Vec<RuleId> = self.causes.iter().filter_map(refusal).map(|refusal| refusal.rule()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        if let [reason] = reasons.as_slice() {
            rules.push(*reason);
        }
        rules
    }
}

/// The refusal that a cause is.
fn refusal(cause: &Cause) -> Option<Refusal> {
    if let Cause::Refused(refusal) = cause { Some(*refusal) } else { None }
}

/// Everything that is judged of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Every cause, in the fixed order of the rules.
    pub causes: Vec<Judged>,
    /// Every feature, in the catalogue's order: whether it is kept from bringing the agent, once it is assigned.
    pub features: Vec<Refused>,
    /// The .NET version that is recommended, where an older one is there: a warning and no cause (B-1.8).
    pub dotnet: Option<Version>,
    /// What else the reports say on the matter.
    pub hints: Vec<Hint>,
}

/// Whether a feature that is assigned is kept from bringing the agent to the device (B-2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The feature.
    pub feature: Feature,
    /// Whether it is refused.
    pub verdict: Verdict,
    /// Why, if it is or may be: more than one where that depends on what is not known.
    pub refusals: Vec<Refusal>,
    /// What it depends on.
    pub hinges: Vec<Fact>,
}

/// Something that helps to understand, and is no cause by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// The report lacks the property of auto-enrolled devices (B-11.3).
    NotAutoEnrolled,
    /// The tenant tells the device no address to enroll at (B-11.4).
    NoMdmUrl,
    /// The user has no token, so work for users may wait (B-11.4).
    NoUserToken,
}

impl Hint {
    /// The rule behind it.
    pub const fn rule(self) -> RuleId {
        match self {
            Self::NotAutoEnrolled => b(11, 3),
            Self::NoMdmUrl | Self::NoUserToken => b(11, 4),
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAutoEnrolled => {
                "MDMDeviceWithAAD is not in the MDM report: the device was not enrolled automatically"
            }
            Self::NoMdmUrl => "MdmUrl is empty: automatic enrollment is not set up for this device or its user",
            Self::NoUserToken => "AzureAdPrt is NO: the user who made the report has no token of Entra",
        })
    }
}

/// Judges every cause for the agent to be missing.
///
/// The facts and the situation are those of the reading, with what was assumed in it: `online`, `assigned` and the like are known
/// only if somebody said so.
///
/// Source: B-11.1, B-11.2; B-2.1 for features.
pub fn judge(reading: &Reading, profile: &Profile) -> Judgement {
    let causes = ASKED.iter().enumerate().map(|(place, asked)| one(reading, profile, place, asked)).collect();
    let known = |fact| reading.finding(fact).value();
    let is_not = |value: Given| known(value.fact()) == Some(value);
    let dotnet = match known(Fact::Dotnet) {
        Some(value) => {
            let mut facts = Facts::default();
            value.put(&mut facts, &mut NOTHING_KNOWN.clone());
            dotnet_warning(&facts, profile)
        }
        None => None,
    };
    let mut hints = Vec::new();
    if is_not(Given::AutoEnrolled(false)) {
        hints.push(Hint::NotAutoEnrolled);
    }
    if is_not(Given::MdmUrl(false)) {
        hints.push(Hint::NoMdmUrl);
    }
    if is_not(Given::UserToken(false)) {
        hints.push(Hint::NoUserToken);
    }
    let features = Feature::ALL.into_iter().map(|one| feature(reading, profile, one)).collect();
    Judgement { causes, features, dotnet, hints }
}

/// A situation in which no cause holds; every field that matters is written over.
pub(super) const NOTHING_KNOWN: Situation = Situation {
    enrolled: true,
    assigned: Features::NONE,
    assigned_to_users_only: false,
    online: true,
    user_signed_in: true,
    service_principal: true,
};

/// The facts on which a feature's coming depends, besides what is assigned.
const OF_FEATURES: [Fact; 9] = [
    Fact::OsBuild,
    Fact::Edition,
    Fact::SMode,
    Fact::SModeSupplemental,
    Fact::Join,
    Fact::Enrollment,
    Fact::AppsWorkload,
    Fact::EndpointProtection,
    Fact::RemediationLicense,
];

/// For each cause of [`diagnosis::causes`]: its code, the question, and what it looks at and nothing else; a test holds it to
/// that.
const ASKED: [Asked; 14] = [
    ("not-joined", "neither joined to nor registered with Entra", &[Fact::Join]),
    ("not-enrolled", "not enrolled", &[Fact::Enrolled]),
    ("s-mode", "S mode without a policy that helps", &[Fact::SMode, Fact::SModeSupplemental, Fact::OsBuild]),
    ("no-assignment", "nothing that needs the agent is assigned", &[Fact::Assigned, Fact::AssignedToUsersOnly]),
    ("no-contact", "no contact with the service", &[Fact::Online, Fact::Proxy]),
    ("wns-unreachable", "no contact with the push service", &[Fact::Wns]),
    ("os-build", "Windows is too old", &[Fact::OsBuild, Fact::Enrollment, Fact::AppsWorkload, Fact::Edition]),
    ("edition", "the edition is excluded", &[Fact::Edition]),
    ("surface-hub", "Surface Hub is excluded", &[Fact::Edition]),
    ("apps-with-configuration-manager", "only apps are assigned, and they are not Intune's", WITH_ASSIGNED),
    ("service-principal-disabled", "the agent's service principal is disabled", &[Fact::ServicePrincipal]),
    ("proxy-for-users-only", "the proxy is the user's", &[Fact::Proxy, Fact::UserSignedIn, Fact::Online]),
    (
        "registered-with-user-groups-only",
        "registered only, and assigned through groups of users",
        &[Fact::Join, Fact::AssignedToUsersOnly],
    ),
    ("features-refused", "none of what is assigned may come to this device", WITH_ASSIGNED),
];

/// Code, question, and what it looks at.
type Asked = (&'static str, &'static str, &'static [Fact]);

const WITH_ASSIGNED: &[Fact] = &{
    let mut all = [Fact::Assigned; OF_FEATURES.len() + 1];
    let mut place = 0;
    while place < OF_FEATURES.len() {
        all[place + 1] = OF_FEATURES[place];
        place += 1;
    }
    all
};

/// Judges the cause at this place of the list.
fn one(reading: &Reading, profile: &Profile, place: usize, (code, asked, reads): &Asked) -> Judged {
    let found = through(reading, profile, reads, |facts, situation| {
        let causes = diagnosis::causes(facts, situation, profile);
        causes.get(place).and_then(|(cause, holds)| holds.then_some(*cause))
    });
    let is_said = |fact: &&Fact| found.verdict == Verdict::Holds && reading.finding(**fact).state() != State::NotKnown;
    let said = reads.iter().filter(is_said).flat_map(|fact| reading.finding(*fact).evidence);
    let because = said.map(|evidence| evidence.source).collect();
    Judged { code, asked, causes: found.answers, verdict: found.verdict, hinges: found.hinges, because }
}

/// Whether this feature, once it is assigned, is kept from bringing the agent.
fn feature(reading: &Reading, profile: &Profile, feature: Feature) -> Refused {
    let found = through(reading, profile, &OF_FEATURES, |facts, _| feature_refusal(feature, facts, profile));
    Refused { feature, verdict: found.verdict, refusals: found.answers, hinges: found.hinges }
}

#[cfg(test)]
mod tests;
