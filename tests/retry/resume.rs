//! What waits when a device comes out of sleep, and the check-in that fell due meanwhile (T3): once for both, or each by itself.

use imesim::agent::{BackoffEvent, Event, Input, SyncRequest};
use imesim::driver::scripted::Script;
use imesim::protocol::Workload::RequiredApp;
use imesim::protocol::{Answer, Failure, Token};
use imesim::time::Span;

/// The check-in of minute 10 is under way, and that of minute 20 waits for it, unless something else did so first. The device
/// sleeps over the timer of minute 30 and wakes at minute 35; what is overdue comes 5 minutes later.
fn woken(first: impl FnOnce(&mut Script)) -> (Script, Token) {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).reports_in_background();
    for (name, value) in [
        ("ime.timers_count", "wall"),
        ("ime.overlap", "queue_one"),
        ("ime.answer_timeout", "1h"),
        ("ime.required_app_interval", "10m"),
        ("ime.wake_spread", "[5m,5m]"),
    ] {
        t = t.set(name, value);
    }
    let mut t = t.installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_nothing();
    t.at("10m");
    let poll = t.expect_poll(RequiredApp).left_open();
    first(&mut t);
    t.at("25m").sleeps("10m").happens(Input::Resumed);
    (t, poll)
}

#[test]
fn an_overdue_timer_serves_what_it_left_waiting() {
    let (mut t, poll) = woken(|_| {});
    t.at("36m").answers(poll, &Answer::Nothing);
    t.expect_quiet_until("40m");
    t.expect_poll(RequiredApp).answer_nothing();
    t.expect_quiet_until("50m");
    t.expect_poll(RequiredApp).answer_nothing();
}

#[test]
fn what_somebody_else_left_waiting_follows_by_itself() {
    let (mut t, poll) = woken(|t| {
        t.pushed(1);
        assert_eq!(t.expect_note("B-4.28"), Event::CheckInQueued { workload: RequiredApp });
    });
    t.at("36m").answers(poll, &Answer::Nothing);
    t.expect_poll(RequiredApp).answer_nothing();
    assert_eq!(t.elapsed(), Span::mins(36));
    t.expect_quiet_until("40m");
    t.expect_poll(RequiredApp).answer_nothing();
}

/// What was held back while the workload kept away is served as well: there is one call, and not one for each.
#[test]
fn an_overdue_timer_serves_what_was_held_back() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).reports_in_background();
    for (name, value) in [
        ("ime.timers_count", "wall"),
        ("ime.backoff_base", "15m"),
        ("ime.required_app_interval", "10m"),
        ("ime.wake_spread", "[5m,5m]"),
    ] {
        t = t.set(name, value);
    }
    let mut t = t.installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).fails(Failure::Status(503));
    t.at("11m").sleeps("10m").happens(Input::Resumed);
    t.expect_quiet_until("26m");
    t.expect_poll(RequiredApp).answer_nothing();
    t.expect_quiet_until("36m");
    t.expect_poll(RequiredApp).answer_nothing();
}

/// A wait is over at the moment at which it ends: who asks then is not held, also before the timer has fired.
#[test]
fn who_asks_at_the_end_of_a_wait_is_not_held() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).reports_in_background();
    t = t.set("ime.backoff_base", "1h").set("ime.required_app_interval", "2h").installed("1.94.0.0");
    let held = |t: &Script| {
        t.notes().iter().filter(|(.., event)| matches!(event, Event::Backoff(BackoffEvent::CheckInHeld { .. }))).count()
    };
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).fails(Failure::Status(503));
    t.expect_quiet_until("59m");
    t.pushed(1);
    assert_eq!(held(&t), 1);
    t.expect_quiet_until("1h");
    t.pushed(2);
    t.expect_poll(RequiredApp).answer_nothing();
    assert_eq!((held(&t), t.elapsed()), (1, Span::hours(1)));
}

/// A resume tells nothing to a service that does not run: what it keeps away from it keeps away from (R4, R7).
#[test]
fn a_stopped_service_does_not_hear_of_a_resume() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).reports_in_background();
    t = t.set("ime.backoff_base", "1h").installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).fails(Failure::Status(503));
    t.at("1h").expect_poll(RequiredApp).fails(Failure::Status(503));
    t.at("70m").service_stops();
    t.sleeps("5m").happens(Input::Resumed);
    t.at("80m").service_starts();
    t.expect_quiet_until("185m"); // two hours awake from 1 h on
    t.expect_poll(RequiredApp).answer_nothing();
}

/// Timers that are not overdue stay where they are.
#[test]
fn a_resume_moves_only_what_is_overdue() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).reports_in_background();
    t = t.set("ime.timers_count", "wall").set("ime.wake_spread", "[5m,5m]").installed("1.94.0.0");
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).answer_nothing();
    t.at("30m").sleeps("10m").happens(Input::Resumed);
    t.expect_quiet_until("1h");
    t.expect_poll(RequiredApp).answer_nothing();
}

/// R3: since when all has gone well is known to the next process too, so that a refusal is forgotten in time.
#[test]
fn a_good_answer_outlives_the_process() {
    let mut t = Script::new().jitter_off().only(&[RequiredApp]).reports_in_background();
    t = t.set("ime.backoff_base", "1h").installed("1.94.0.0");
    let refusals = |t: &mut Script| match t.expect_note("B-4.25") {
        Event::Backoff(BackoffEvent::KeepsAway { refusals, .. }) => refusals,
        other => panic!("{other:?}"),
    };
    t.at("0s").service_starts();
    t.expect_poll(RequiredApp).fails(Failure::Status(503));
    assert_eq!(refusals(&mut t), 1);
    t.at("1h").expect_poll(RequiredApp).answer_nothing();
    t.at("90m").killed().service_starts();
    t.expect_poll(RequiredApp).answer_nothing();
    t.at("150m").expect_poll(RequiredApp).answer_nothing();
    // Two hours after the first good answer, and less than that after the first one to this process.
    t.at("185m").syncs(SyncRequest::ProtocolSyncApp);
    t.expect_poll(RequiredApp).fails(Failure::Status(503));
    assert_eq!(refusals(&mut t), 1);
}
