//! Rules of section 12 that no scenario can say: what the admin center refuses.
#![allow(clippy::panic, reason = "a test that is not met ends")]

use imesim::catalog::{
    Assignment, CatalogError, Filter, FilterError, GroupKind, Intent, Intents, Properties, ScriptContent, Tenant,
};
use imesim::facts::{Facts, Feature};
use imesim::profile::Profile;

/// B-12.2: with `assign.mixed_exclusion` = `reject`, users without devices and devices without users are refused; one
/// kind by itself is not.
#[test]
fn mixed_exclusions_can_be_refused() {
    let mut profile = Profile::default();
    for (rule, refused) in [("ignored", false), ("reject", true)] {
        profile.set("assign.mixed_exclusion", rule).unwrap();
        for (included, excluded, mixed) in [
            (GroupKind::AllUsers, GroupKind::Devices, true),
            (GroupKind::Devices, GroupKind::Users, true),
            (GroupKind::Devices, GroupKind::AllDevices, false),
            (GroupKind::AllUsers, GroupKind::Users, false),
        ] {
            let mut tenant = Tenant::builder(&profile);
            let one = tenant.group("one", included).unwrap();
            let other = tenant.group("other", excluded).unwrap();
            let content = tenant.script("vpn", ScriptContent::default()).unwrap();
            tenant.assign(content, Assignment::include(one)).unwrap();
            tenant.assign(content, Assignment::exclude(other)).unwrap();
            match tenant.build() {
                Ok(_) => assert!(!(mixed && refused), "{included} without {excluded}, {rule}"),
                Err(error) => {
                    assert!(mixed && refused, "{included} without {excluded}, {rule}: {error}");
                    assert!(matches!(error, CatalogError::MixedExclusion { .. }), "{error}");
                }
            }
        }
    }
}

/// B-12.5: one group cannot have two intents of an app; another group can have the other one.
#[test]
fn a_group_has_one_intent_of_an_app() {
    let profile = Profile::default();
    let mut tenant = Tenant::builder(&profile);
    let staff = tenant.group("staff", GroupKind::Users).unwrap();
    let guests = tenant.group("guests", GroupKind::Users).unwrap();
    let app = tenant.content("office", Feature::Win32App).unwrap();
    tenant.assign(app, Assignment::include(staff).with_intent(Intent::Required)).unwrap();
    let second = tenant.assign(app, Assignment::include(staff).with_intent(Intent::Uninstall));
    let (first, second_intent) = (Intent::Required, Intent::Uninstall);
    assert_eq!(
        second,
        Err(CatalogError::TwoIntents {
            content: "office".to_owned(),
            group: "staff".to_owned(),
            first,
            second: second_intent,
        })
    );
    assert_eq!(tenant.assign(app, Assignment::include(guests).with_intent(Intent::Uninstall)), Ok(()));
}

/// B-12.10: 200 filters and not one more, each of at most 3,072 characters.
#[test]
fn filters_are_limited_in_number_and_length() {
    let profile = Profile::default();
    let mut tenant = Tenant::builder(&profile);
    let rule = "(device.model -eq \"Latitude\")";
    for n in 0..200 {
        tenant.filter(&format!("filter-{n}"), rule).unwrap();
    }
    assert_eq!(
        tenant.filter("one-more", rule),
        Err(CatalogError::TooManyFilters { name: "one-more".to_owned(), limit: 200 })
    );

    let of_length = |characters: usize| {
        let frame = "device.model -eq \"\"".len();
        format!("device.model -eq \"{}\"", "x".repeat(characters - frame))
    };
    assert!(Filter::new("longest", &of_length(3_072)).is_ok());
    assert_eq!(
        Filter::new("too-long", &of_length(3_073)),
        Err(FilterError::TooLong { characters: 3_073, limit: 3_072 })
    );
}

/// B-12.14: text stands in double quotes, and only there; case does not matter; `and` binds tighter than `or`.
#[test]
fn expressions_have_their_syntax() {
    let mut latitude = Properties::of(&Facts::default(), "pc1");
    latitude.set("model", "Latitude");
    latitude.set("manufacturer", "Dell");
    let is_match =
        |rule: &str| Filter::new("filter", rule).unwrap_or_else(|error| panic!("{rule}: {error}")).matches(&latitude);
    assert!(is_match("(device.MODEL -eq \"LATITUDE\")"));
    assert!(is_match("device.model -eq \"latitude\" OR device.model -eq \"x\" AND device.manufacturer -eq \"x\""));
    assert!(!is_match("(device.model -eq \"latitude\" or device.model -eq \"x\") and device.manufacturer -eq \"x\""));
    for wrong in ["device.model -eq Latitude", "device.model -eq 'Latitude'", "device.model -eq \"Latitude"] {
        assert!(Filter::new("filter", wrong).is_err(), "{wrong}");
    }
}

/// B-12.19: a script and a remediation cannot be given an intent; an app cannot be without one.
#[test]
fn only_apps_have_intents() {
    let profile = Profile::default();
    let mut tenant = Tenant::builder(&profile);
    let all = tenant.group("all", GroupKind::AllDevices).unwrap();
    let script = tenant.script("vpn", ScriptContent::default()).unwrap();
    let remediation = tenant.content("disk-space", Feature::Remediation).unwrap();
    let app = tenant.content("office", Feature::Win32App).unwrap();
    for content in [script, remediation] {
        let refused = tenant.assign(content, Assignment::include(all).with_intent(Intent::Required));
        assert!(matches!(refused, Err(CatalogError::IntentNotAllowed { .. })), "{refused:?}");
        assert_eq!(tenant.assign(content, Assignment::include(all)), Ok(()));
    }
    let refused = tenant.assign(app, Assignment::include(all));
    assert!(matches!(refused, Err(CatalogError::IntentMissing { .. })), "{refused:?}");
}

/// B-12.17: what the table does not name. Required beats uninstall beats available, and required merges with available.
#[test]
fn pairs_that_the_table_does_not_name_are_settled() {
    let only = |intent| Intents::NONE.with(intent);
    let (required, available, uninstall) = (only(Intent::Required), only(Intent::Available), only(Intent::Uninstall));
    assert_eq!(Intents::settle(required, available), Intents::REQUIRED_AND_AVAILABLE);
    assert_eq!(Intents::settle(available, available), available);
    assert_eq!(Intents::settle(uninstall, available), uninstall);
}

/// B-12.15: the pair that hangs on history is the only one that leaves an uninstall beside another intent.
#[test]
fn only_one_pair_hangs_on_history() {
    let all = [Intent::Required, Intent::Available, Intent::Uninstall];
    let sets = (0..8_u8).map(|bits| {
        let chosen = all.into_iter().zip(0..).filter(|(_, n)| bits & 1 << n != 0);
        chosen.fold(Intents::NONE, |set, (intent, _)| set.with(intent))
    });
    let sets: Vec<Intents> = sets.collect();
    for user in &sets {
        for device in &sets {
            let left = Intents::settle(*user, *device);
            let mixed = left.contains(Intent::Uninstall) && left != Intents::NONE.with(Intent::Uninstall);
            let hangs = user.settled() == Intents::NONE.with(Intent::Available)
                && device.settled() == Intents::NONE.with(Intent::Uninstall);
            assert_eq!(mixed, hangs, "{user:?} {device:?}: {left:?}");
            assert_eq!(left.is_empty(), user.is_empty() && device.is_empty());
        }
    }
}
