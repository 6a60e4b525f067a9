//! Rules of section 13 that no scenario can say: what there is not.
#![allow(clippy::panic, reason = "a test that is not met ends")]

use imesim::catalog::{ChangeKind, Tenant};
use imesim::chance::Chance;
use imesim::facts::product::{Shown, shown_within};
use imesim::profile::{Profile, Version, params};
use imesim::time::{Span, Wall};

/// B-13.9: there are no hidden flights. Two profiles that print alike in every parameter are equal, so whatever steers
/// the agent has a name.
#[test]
fn every_switch_is_a_parameter() {
    for name in Profile::NAMES {
        let one = Profile::named(name).unwrap();
        let mut copy = Profile::default();
        for param in params() {
            copy.set(param.name, &one.get(param.name).unwrap()).unwrap();
        }
        assert_eq!(copy, one, "{name}");
    }
}

/// B-13.4: by default the service limits nothing.
#[test]
fn there_is_no_rate_limit_by_default() {
    assert_eq!(Profile::default().svc.rate_limit, None);
}

/// B-13.10: each device is offered a release at its own place within the phases, and keeps it.
#[test]
fn a_release_reaches_each_device_at_a_moment_of_its_own() {
    let (older, newer) = (Version([1, 94, 0, 0]), Version([1, 95, 0, 0]));
    let profile = Profile::default();
    let mut builder = Tenant::builder(&profile);
    builder.agent_version(older);
    let at = Wall::from_unix_millis(1_767_571_200_000);
    builder.change(at, ChangeKind::ReleaseAgent { version: newer, over: Span::days(10) }).unwrap();
    let tenant = builder.build().unwrap();
    let offered = |device, day| {
        let version = tenant.agent_offered(&Chance::seeded(1, device), at.after(Span::days(day)));
        assert!([older, newer].contains(&version));
        version == newer
    };
    let mut on_day = [0; 12];
    for device in 0..1_000 {
        for day in 1..12 {
            assert!(offered(device, day) >= offered(device, day - 1), "device {device} keeps what it was offered");
        }
        for (day, count) in (0..).zip(&mut on_day) {
            *count += u32::from(offered(device, day));
        }
    }
    assert!((350..650).contains(&on_day[5]), "half of them after half the time, not {}", on_day[5]);
    assert_eq!(on_day[11], 1_000);
}

/// B-13.5: how long the agent keeps the address of its service is a fact for readers, of 24 hours.
#[test]
fn the_address_of_the_service_is_kept_for_a_day() {
    assert_eq!(Profile::default().svc.location_cache_ttl, Span::hours(24));
}

/// B-13.8: the admin center shows results with a delay of its own, and nobody says which for apps.
#[test]
fn the_admin_center_takes_its_time() {
    let mut profile = Profile::default();
    profile.set("ea.max_latency", "48h").unwrap();
    let all = [Shown::Filters, Shown::Analytics, Shown::Apps].map(|what| shown_within(what, &profile));
    assert_eq!(all, [Some(Span::mins(30)), Some(Span::hours(48)), None]);
}
