//! What Windows itself says of the join of this device when it is asked by its calls, without a tool and without its registry.
//! First read: B-11.4.

use super::given::{Fact, Given};
use super::report::{Reason, Report};
use crate::facts::Join;
use crate::facts::diagnosis::JoinFields;

/// The answers. Each call may be missing, as may its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JoinCalls {
    /// What `NetGetAadJoinInformation` says; `None` where Windows has no such call.
    pub entra: Option<Result<EntraJoin, String>>,
    /// Whether the device is in a domain, as `NetGetJoinInformation` says; `None` if it does not.
    pub domain: Option<bool>,
}

/// How the device stands to Entra.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntraJoin {
    /// Not at all, as far as whoever asks is told: a registration is a user's, and is told to that user alone.
    None,
    /// The device is joined.
    Joined,
    /// The user's account is registered.
    Registered,
    /// In a way that has no name here.
    Unknown,
}

impl EntraJoin {
    /// The join of this number, as Windows counts them.
    pub const fn of(kind: i32) -> Self {
        match kind {
            1 => Self::Joined,
            2 => Self::Registered,
            _ => Self::Unknown,
        }
    }
}

/// Says what the calls say. What the first of them answers goes before the registry, which holds the same less well.
pub fn tell_join(report: &mut Report, calls: &JoinCalls) {
    const ENTRA: &str = "NetGetAadJoinInformation";
    let mut says = |field: String, leaves: &dyn Fn(&JoinFields) -> bool| {
        let joins = possible(leaves).into_iter().map(Given::Join).collect::<Vec<_>>();
        report.says(joins, None, field);
    };
    if let Some(domain) = calls.domain {
        let name = if domain { "a domain" } else { "no domain" };
        says(format!("NetGetJoinInformation = {name}"), &|fields| fields.domain_joined == domain);
    }
    match &calls.entra {
        None => {}
        Some(Err(error)) => report.leaves(Fact::Join, None, ENTRA, Reason::Refused(error.clone())),
        Some(Ok(EntraJoin::Unknown)) => report.leaves(Fact::Join, None, ENTRA, Reason::Unreadable),
        Some(Ok(join @ (EntraJoin::None | EntraJoin::Joined | EntraJoin::Registered))) => {
            let word = match join {
                EntraJoin::Joined => "joined",
                EntraJoin::Registered => "registered",
                EntraJoin::None | EntraJoin::Unknown => "no join",
            };
            let is_join = |given: &Given| given.fact() == Fact::Join;
            report.evidence.retain(|told| !told.source.field.starts_with("JoinInfo") || !told.says.iter().any(is_join));
            let joins = possible(&|fields| match join {
                EntraJoin::Joined => fields.azure_ad_joined,
                EntraJoin::Registered => !fields.azure_ad_joined && fields.workplace_joined,
                EntraJoin::None | EntraJoin::Unknown => !fields.azure_ad_joined,
            });
            let joins = joins.into_iter().map(Given::Join).collect::<Vec<_>>();
            report.says(joins, None, format!("{ENTRA} = {word}"));
        }
    }
}

/// The joins that go together with what is known.
fn possible(leaves: &dyn Fn(&JoinFields) -> bool) -> Vec<Join> {
    let mut joins = Vec::new();
    for bits in 0..8 {
        let fields = JoinFields {
            azure_ad_joined: bits & 1 != 0,
            domain_joined: bits & 2 != 0,
            workplace_joined: bits & 4 != 0,
        };
        let join = Join::from(fields);
        if leaves(&fields) && !joins.contains(&join) {
            joins.push(join);
        }
    }
    joins
}

#[cfg(test)]
mod tests {
    use super::super::report::Kind;
    use super::super::{Reading, State};
    use super::*;

    /// What follows from a registry that leaves these joins, and from the calls.
    fn state(registry: &[Join], calls: JoinCalls) -> State {
        let mut report = Report::new("this device", Kind::ThisDevice, None);
        let left: Vec<Given> = registry.iter().copied().map(Given::Join).collect();
        report.says(left, None, "JoinInfo has no entry");
        tell_join(&mut report, &calls);
        Reading::of(vec![report]).finding(Fact::Join).state()
    }

    fn calls(entra: EntraJoin, domain: Option<bool>) -> JoinCalls {
        JoinCalls { entra: Some(Ok(entra)), domain }
    }

    const NO_ENTRY: [Join; 2] = [Join::None, Join::Registered];

    // B-11.4.
    #[test]
    fn the_two_calls_together_tell_the_join() {
        let known = |join| State::Known(Given::Join(join));
        assert_eq!(state(&NO_ENTRY, calls(EntraJoin::Joined, Some(true))), known(Join::Hybrid));
        assert_eq!(state(&NO_ENTRY, calls(EntraJoin::Joined, Some(false))), known(Join::Entra));
        assert_eq!(state(&[], calls(EntraJoin::Registered, Some(false))), known(Join::Registered));
        let State::OneOf(left) = state(&[], calls(EntraJoin::None, Some(true))) else { panic!("it is not known") };
        assert_eq!(left, NO_ENTRY.map(Given::Join), "another user may be registered");
    }

    #[test]
    fn without_the_call_the_registry_stands() {
        let told = |domain| state(&[Join::Entra, Join::Hybrid], JoinCalls { entra: None, domain });
        assert_eq!(told(Some(true)), State::Known(Given::Join(Join::Hybrid)));
        assert!(matches!(told(None), State::OneOf(left) if left.len() == 2));
        for entra in [Err("denied".to_owned()), Ok(EntraJoin::of(7))] {
            let calls = JoinCalls { entra: Some(entra), domain: Some(false) };
            assert_eq!(state(&[Join::Entra, Join::Hybrid], calls), State::Known(Given::Join(Join::Entra)));
        }
        assert_eq!([0, 1, 2].map(EntraJoin::of), [EntraJoin::Unknown, EntraJoin::Joined, EntraJoin::Registered]);
    }
}
