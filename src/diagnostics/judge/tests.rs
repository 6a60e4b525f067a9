//! What is judged is what the rules say of every device that the reading leaves possible.

use proptest::prelude::*;

use super::*;
use crate::facts::{AppsWorkload, Edition, EnrollmentPath, Join, Proxy};

fn reading(given: &[Given]) -> Reading {
    let mut reading = Reading::of(Vec::new());
    for value in given {
        reading.assume(*value);
    }
    reading
}

fn verdict(judgement: &Judgement, cause: &str) -> (Verdict, Vec<Fact>) {
    let found = judgement.causes.iter().find(|judged| judged.code == cause).expect("such a cause");
    (found.verdict, found.hinges.clone())
}

/// B-11.1.
#[test]
fn of_a_device_that_nobody_knows_nothing_is_judged() {
    let judgement = judge(&reading(&[]), &Profile::default());
    assert!(judgement.causes.iter().all(|judged| judged.verdict == Verdict::NotKnown), "{judgement:#?}");
    assert!(judgement.causes.iter().all(|judged| !judged.hinges.is_empty()));
    assert_eq!(verdict(&judgement, "not-joined").1, [Fact::Join]);
}

/// B-1.1, B-1.2: a new enough build needs no other fact, an old one is enough alone, one between hinges on the way it enrolled.
#[test]
fn a_build_is_judged_as_far_as_its_limits_go() {
    let of = |build| verdict(&judge(&reading(&[Given::OsBuild(build)]), &Profile::default()), "os-build");
    assert_eq!(of(22_631), (Verdict::DoesNotHold, vec![]));
    assert_eq!(of(10_240), (Verdict::Holds, vec![]));
    assert_eq!(of(15_063), (Verdict::NotKnown, vec![Fact::Enrollment, Fact::Edition]));
}

/// B-1.5, B-1.7.
#[test]
fn s_mode_hinges_on_the_policy_only_where_that_could_help() {
    let of =
        |build| verdict(&judge(&reading(&[Given::SMode(true), Given::OsBuild(build)]), &Profile::default()), "s-mode");
    assert_eq!(of(22_631), (Verdict::NotKnown, vec![Fact::SModeSupplemental]));
    assert_eq!(of(17_763), (Verdict::Holds, vec![]));
}

/// B-11.2: which cause it is shows in the rules.
#[test]
fn a_refusal_names_its_own_rule_too() {
    let judgement = judge(&reading(&[Given::Edition(Edition::Home)]), &Profile::default());
    let found = judgement.causes.iter().find(|judged| judged.code == "edition").expect("an edition");
    assert_eq!((found.verdict, found.rules()), (Verdict::Holds, vec![b(11, 2), b(1, 5)]));
}

/// B-1.5: S mode keeps scripts away, whatever the edition is; that does not make it Home.
#[test]
fn no_reason_is_given_that_is_only_possible() {
    let judgement = judge(&reading(&[Given::SMode(true), Given::Join(Join::Entra)]), &Profile::default());
    let script = judgement.features.iter().find(|one| one.feature == Feature::Script).expect("scripts");
    assert_eq!(script.verdict, Verdict::Holds);
    assert!(script.refusals.contains(&Refusal::SMode) && script.refusals.contains(&Refusal::SModeTakesAppsOnly));
    let text = judgement.to_string();
    assert!(text.contains("no, for one of these reasons: os-build (B-1.1), ") && !text.contains("Home"), "{text}");
}

/// B-1.8, B-11.3, B-11.4.
#[test]
fn warnings_and_hints_are_no_causes() {
    let given = [
        Given::Dotnet(Version([4, 6, 2, 0])),
        Given::AutoEnrolled(false),
        Given::MdmUrl(false),
        Given::UserToken(false),
    ];
    let judgement = judge(&reading(&given), &Profile::default());
    assert_eq!(judgement.dotnet, Some(Version([4, 7, 2, 0])));
    assert_eq!(judgement.hints, [Hint::NotAutoEnrolled, Hint::NoMdmUrl, Hint::NoUserToken]);
    let fine = judge(&reading(&[Given::MdmUrl(true)]), &Profile::default());
    assert_eq!((fine.dotnet, fine.hints), (None, vec![]));
}

fn devices() -> impl Strategy<Value = Vec<Given>> {
    fn pick(values: Vec<Given>) -> BoxedStrategy<Given> {
        proptest::sample::select(values).boxed()
    }
    let build = prop_oneof![
        0u32..30_000,
        proptest::sample::select(vec![14_392, 14_393, 16_298, 16_299, 18_361, 18_362, 18_363, 19_044, 19_045])
    ];
    let assigned = proptest::collection::vec(proptest::sample::select(Feature::ALL.to_vec()), 0..3)
        .prop_map(|all| Given::Assigned(all.into_iter().fold(Features::NONE, Features::with)));
    let one = move |fact: Fact| match fact.values() {
        Some(values) => pick(values),
        None if fact == Fact::OsBuild => build.clone().prop_map(Given::OsBuild).boxed(),
        None if fact == Fact::Assigned => assigned.clone().boxed(),
        None if fact == Fact::Revision => Just(Given::Revision(1)).boxed(),
        None => Just(Given::Dotnet(Version([4, 8, 0, 0]))).boxed(),
    };
    Fact::ALL.iter().map(|fact| one(*fact)).collect::<Vec<_>>()
}

fn causes(given: &[Given], profile: &Profile) -> [(Cause, bool); 14] {
    let (mut facts, mut situation) = (Facts::default(), NOTHING_KNOWN);
    for value in given {
        value.put(&mut facts, &mut situation);
    }
    diagnosis::causes(&facts, &situation, profile)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(6), ..ProptestConfig::default() })]

    /// Facts that a cause is not said to look at change nothing in it.
    #[test]
    fn each_cause_looks_at_what_it_is_said_to_look_at(one in devices(), other in devices()) {
        let profile = Profile::default();
        for (place, (code, _, reads)) in ASKED.iter().enumerate() {
            let pairs = one.iter().zip(&other);
            let mixed: Vec<Given> =
                pairs.map(|(a, b)| if reads.contains(&a.fact()) { *a } else { *b }).collect();
            prop_assert_eq!(causes(&one, &profile)[place].1, causes(&mixed, &profile)[place].1, "{}", code);
        }
    }

    /// Whatever is hidden of a device, its own causes are not contradicted; and with nothing hidden, everything is judged.
    #[test]
    fn what_is_judged_is_true_of_the_device(device in devices(), hidden in any::<[bool; Fact::ALL.len()]>(), few in any::<[bool; Fact::ALL.len()]>()) {
        let profile = Profile::default();
        let all = causes(&device, &profile);
        let known: Vec<Given> =
            device.iter().zip(hidden.iter().zip(&few)).filter(|(_, (a, b))| !(**a && **b)).map(|(value, _)| *value).collect();
        let judgement = judge(&reading(&known), &profile);
        for (judged, (_, holds)) in judgement.causes.iter().zip(all) {
            let right = match judged.verdict {
                Verdict::Holds => holds,
                Verdict::DoesNotHold => !holds,
                Verdict::NotKnown => !judged.hinges.is_empty(),
            };
            prop_assert!(right, "{:?} of {:?}", judged, known);
        }
        let (mut facts, mut situation) = (Facts::default(), NOTHING_KNOWN);
        device.iter().for_each(|value| value.put(&mut facts, &mut situation));
        for refused in judgement.features {
            let refusal = feature_refusal(refused.feature, &facts, &profile);
            let right = match refused.verdict {
                Verdict::Holds => refusal.is_some(),
                Verdict::DoesNotHold => refusal.is_none(),
                Verdict::NotKnown => !refused.hinges.is_empty(),
            };
            prop_assert!(right, "{:?} of {:?}", refused, known);
        }
        for (judged, (cause, holds)) in judge(&reading(&device), &profile).causes.iter().zip(all) {
            let verdict = if holds { Verdict::Holds } else { Verdict::DoesNotHold };
            prop_assert_eq!((judged.verdict, judged.hinges.is_empty(), judged.causes.clone()), (verdict, true, Vec::from_iter(holds.then_some(cause))));
        }
    }
}

/// B-1.20, B-11.4: a device with a proxy of its user and apps elsewhere, as files leave it.
#[test]
fn a_whole_device_is_judged_at_once() {
    let given = [
        Given::Join(Join::Hybrid),
        Given::Enrolled(true),
        Given::AppsWorkload(Some(AppsWorkload::ConfigurationManager)),
        Given::Enrollment(EnrollmentPath::GroupPolicy),
        Given::OsBuild(19_045),
        Given::Edition(Edition::Pro),
        Given::SMode(false),
        Given::Proxy(Proxy::UserOnly),
        Given::Online(true),
        Given::UserSignedIn(false),
        Given::Assigned(Features::NONE.with(Feature::Win32App)),
        Given::AssignedToUsersOnly(false),
    ];
    let judgement = judge(&reading(&given), &Profile::default());
    let holds: Vec<&str> = judgement.causes.iter().filter(|j| j.verdict == Verdict::Holds).map(|j| j.code).collect();
    assert_eq!(holds, ["apps-with-configuration-manager", "proxy-for-users-only"]);
    let of = |feature: Feature| judgement.features.iter().find(|one| one.feature == feature).expect("a feature");
    assert_eq!(of(Feature::Script).verdict, Verdict::DoesNotHold);
    assert_eq!(of(Feature::StoreApp).refusals, [Refusal::AppsWithConfigurationManager]);
    assert_eq!(of(Feature::Remediation).hinges, [Fact::RemediationLicense]);
    assert_eq!(of(Feature::ManagedInstaller).hinges, [Fact::EndpointProtection]);
}
