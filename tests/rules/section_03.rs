//! Rules of section 3 that no scenario can say: the figures of the schedule and of the push channel.

use imesim::chance::SpanRange;
use imesim::facts::product::{USER_SESSION_POLL_EVERY, user_session_poll};
use imesim::profile::{MaintenanceCap, Profile};
use imesim::time::Span;

/// B-3.2, B-3.3: the three tasks that Windows keeps.
#[test]
fn the_schedule_is_three_tasks() {
    let mdm = Profile::default().mdm;
    assert_eq!((mdm.phase1.every, mdm.phase1.runs), (Span::mins(3), 5));
    assert_eq!((mdm.phase2.every, mdm.phase2.runs), (Span::mins(15), 8));
    assert_eq!(mdm.steady_interval, Span::hours(8));
    assert_eq!(mdm.phase1.length().saturating_add(mdm.phase2.length()), Span::mins(135));
}

/// B-3.4.
#[test]
fn maintenance_is_served_once_in_six_and_a_half_hours() {
    let mdm = Profile::default().mdm;
    assert_eq!(mdm.maintenance_min_gap, Span::mins(390));
    assert_eq!(mdm.maintenance_cap_applies, MaintenanceCap::SteadyTimerOnly);
}

/// B-3.7: the delay of a notification is a figure between nothing and four hours.
#[test]
fn a_notification_takes_from_nothing_to_four_hours() {
    let mut profile = Profile::default();
    assert_eq!(profile.mdm.notify_delay, SpanRange::exactly(Span::mins(1)));
    assert!(profile.set("mdm.notify_delay", "[0s, 4h]").is_ok());
    assert!(profile.set("mdm.notify_delay", "4h1s").is_err());
}

/// B-3.11: the spread of the retries, which `jitter = "off"` takes away.
#[test]
fn retries_of_a_renewal_are_spread() {
    let hours = |min, max| SpanRange { min: Span::hours(min), max: Span::hours(max) };
    let wns = Profile::default().wns;
    assert_eq!((wns.channel_lifetime, wns.renew_at), (Span::days(30), Span::days(15)));
    assert_eq!(wns.retry_after, hours(3, 5), "4 h, an hour either way");
    assert_eq!(wns.expired_retry_after, hours(20, 28), "a day, 4 h either way");
    let still = Profile::default().without_jitter().wns;
    assert_eq!((still.retry_after, still.expired_retry_after), (hours(4, 4), hours(24, 24)));
}

/// B-3.14.
#[test]
fn no_device_unenrolls_for_lost_contact_by_default() {
    let mut profile = Profile::default();
    assert_eq!(profile.mdm.lost_contact(), None);
    profile.mdm.lost_contact_days = Some(30);
    assert_eq!(profile.mdm.lost_contact(), Some(Span::days(30)));
}

/// B-3.16.
#[test]
fn a_membership_is_known_after_five_minutes() {
    assert_eq!(Profile::default().svc.group_sync_delay, Span::mins(5));
}

/// B-3.17: once a day, for 25 sessions at once.
#[test]
fn a_multi_session_host_polls_for_25_sessions_at_once() {
    assert_eq!(USER_SESSION_POLL_EVERY, Span::days(1));
    assert_eq!([0, 24, 25, 26].map(user_session_poll), [0, 24, 25, 25]);
}
