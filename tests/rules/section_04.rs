//! Rules of section 4 that no scenario can say: ranges of random delays, and what only an agent in hand can be told.
#![allow(clippy::panic, reason = "a test that is not met ends")]

use imesim::agent::Event;
use imesim::chance::SpanRange;
use imesim::driver::scripted::{Script, script};
use imesim::profile::Profile;
use imesim::protocol::Workload::RequiredApp;
use imesim::protocol::{Answer, Failure, Workload};

/// B-4.9: D0, D1 and D2 are whole seconds within the ranges that were seen.
#[test]
fn start_delays_have_the_ranges_of_the_logs() {
    let ime = Profile::default().ime;
    assert_eq!(ime.start_delay_all, SpanRange::secs(30, 59));
    assert_eq!(ime.start_delay_ps_win32, SpanRange::secs(30, 240));
    assert_eq!(ime.start_delay_other, SpanRange::secs(30, 300));
}

/// B-4.11, B-4.12: the first delays of the timers have ranges of their own, and with jitter off there are none.
#[test]
fn first_delays_have_the_ranges_of_the_logs() {
    let ime = Profile::default().ime;
    assert_eq!(ime.first_delay_required_app, SpanRange::secs(0, 300));
    assert_eq!(ime.first_delay_available_app, SpanRange::secs(0, 300));
    assert_eq!(ime.first_delay_script, SpanRange::secs(0, 1800));
    assert_eq!(ime.first_delay_generic, SpanRange::secs(300, 1800));
    let still = Profile::default().without_jitter().ime;
    for delay in [
        still.start_delay_all,
        still.start_delay_ps_win32,
        still.start_delay_other,
        still.first_delay_required_app,
        still.first_delay_available_app,
        still.first_delay_script,
        still.first_delay_generic,
    ] {
        assert_eq!(delay, SpanRange::secs(0, 0));
    }
}

/// B-4.21: a notification that waits already is dropped, by its number; another one waits beside it.
#[test]
fn the_same_notification_waits_once() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).installed("1.103.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_nothing();
    t.at("10m").pushed(1);
    let poll = t.expect_poll(RequiredApp).left_open();
    t.pushed(2).expect_nothing_now();
    assert_eq!(t.expect_note("B-4.21"), Event::CheckInQueued { workload: RequiredApp });
    t.pushed(2).expect_nothing_now();
    assert_eq!(t.expect_note("B-4.21"), Event::PushDropped);
    t.pushed(3).expect_nothing_now();
    assert_eq!(t.expect_note("B-4.21"), Event::CheckInQueued { workload: RequiredApp });
    // One check-in for both that waited.
    t.at("10m10s").answers(poll, &Answer::Nothing);
    t.expect_poll(RequiredApp).answer_nothing();
    t.expect_quiet_until("1h");
    t.expect_poll(RequiredApp).answer_nothing();
}

/// B-4.22: without the certificate of the device nobody can be authenticated. The check-in does not take place, and the
/// next timer is the next try.
#[test]
fn without_a_certificate_there_is_no_check_in() {
    let mut t = Script::new().jitter_off().only(&[Workload::Script]).reports_in_background().installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(Workload::Script).fails(Failure::NoCertificate).expect_nothing_now();
    let Event::CheckInFailed { failure: Failure::NoCertificate, .. } = t.expect_note("B-4.22") else {
        panic!("the check-in fails")
    };
    t.at("24h").expect_poll(Workload::Script).answer_scripts([script(1)]);
    t.expect_run(1).attempt(1).exits(0);
}
