//! What the contract is for: whole fleets while their server is away, and when it comes back.

use imesim::chance::{Chance, Purpose};
use imesim::retry::{Figures, Growth, Next, Policy, Retry, Spread};
use imesim::time::{Awake, Span};

const DEVICES: u64 = 20_000;

/// The first calls that a server gets in each minute after an outage of this length, which begins while every device
/// polls at some moment of its period.
fn arrivals(policy: &Policy, outage: Span) -> Vec<u32> {
    let end = Awake::at(outage);
    let mut minutes = Vec::new();
    for device in 0..DEVICES {
        let chance = Chance::seeded(7, device);
        let (mut retry, mut now) = (Retry::new(), Awake::at(Span::millis(chance.below(30_000, Purpose::Latency, 0))));
        while now < end {
            match retry.on_failure(policy, chance.draw(Purpose::Latency, 1), now) {
                Next::After(wait) => now = now.after(wait),
                other => panic!("{other:?} without a bound"),
            }
        }
        let minute = (now.since(end).as_secs() / 60) as usize;
        minutes.resize(minutes.len().max(minute + 1), 0);
        minutes[minute] += 1;
    }
    minutes
}

fn without_spread() -> Policy {
    Policy::new(Figures { spread: Spread::Permille(0), ..Figures::default() }).unwrap()
}

// R2 (S-08): after 28 minutes no minute sees more than a tenth of the fleet, and without a spread at the cap nearly
// all of it.
#[test]
fn after_an_outage_the_fleet_comes_back_spread() {
    let outage = Span::mins(28);
    let spread = arrivals(&Policy::new(Figures::default()).unwrap(), outage);
    let peak = u64::from(*spread.iter().max().unwrap());
    assert!(peak * 10 <= DEVICES, "{peak} of {DEVICES} in one minute: {spread:?}");
    let herd = arrivals(&without_spread(), outage);
    let peak = u64::from(*herd.iter().max().unwrap());
    assert!(peak * 10 >= DEVICES * 9, "{peak} of {DEVICES} in one minute: {herd:?}");
}

// R1, R5 (S-09): after two days everybody is back within the cap and its spread, with no peak on the way.
#[test]
fn after_two_days_everybody_is_back_within_the_cap_and_its_spread() {
    let minutes = arrivals(&Policy::new(Figures::default()).unwrap(), Span::days(2));
    assert!(minutes.len() <= 30, "the last device comes in minute {}", minutes.len());
    let peak = u64::from(*minutes.iter().max().unwrap());
    assert!(peak * 10 <= DEVICES, "{peak} of {DEVICES} in one minute: {minutes:?}");
}

// R3 (S-10): a server that takes the call and fails a second later is called less and less often.
#[test]
fn a_success_that_does_not_last_slows_nothing_down_and_speeds_nothing_up() {
    let policy = Policy::new(Figures::default()).unwrap();
    let (mut retry, mut now, mut waits) = (Retry::new(), Awake::at(Span::hours(1)), Vec::new());
    let end = now.after(Span::hours(1));
    while now < end {
        retry.on_begin(&policy, now);
        retry.on_success(&policy, now);
        now = now.after(Span::secs(1));
        let Next::After(wait) = retry.on_failure(&policy, 0, now) else { panic!("tries without a bound") };
        waits.push(wait.as_secs());
        now = now.after(wait);
    }
    assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900, 900]);
}

// R4 (S-11): a tunnel that clears after two hours brings everybody back within the minute, and nobody at once.
#[test]
fn a_tunnel_that_clears_brings_everybody_back_soon_and_not_at_once() {
    let policy = Policy::new(Figures::default()).unwrap();
    let now = Awake::at(Span::hours(2));
    let mut seconds = [0_u32; 61];
    for device in 0..DEVICES {
        let mut retry = Retry::new();
        let mut due = Awake::MIN;
        while due < now {
            let draw = Chance::seeded(7, device).draw(Purpose::Latency, 1);
            let Next::After(wait) = retry.on_failure(&policy, draw, due) else { panic!("tries without a bound") };
            due = due.after(wait);
        }
        let soon = retry.on_hint(&policy, now, due);
        seconds[soon.since(now).as_secs() as usize] += 1;
    }
    // Those who were due in less than that anyway are some.
    let early: u32 = seconds[..30].iter().sum();
    assert!(u64::from(early) < DEVICES / 20, "{early}");
    let peak = seconds.iter().max().unwrap();
    assert!(u64::from(*peak) < DEVICES / 20, "{peak} in one second: {seconds:?}");
}

// R6: a channel that is refused goes on slowing down while another one works.
#[test]
fn a_working_channel_does_not_reset_a_broken_one() {
    let policy = Policy::new(Figures { growth: Growth::Constant, stable: Span::ZERO, ..Figures::default() }).unwrap();
    let (mut works, mut refused) = (Retry::new(), Retry::new());
    for minute in 0..10 {
        let now = Awake::at(Span::mins(minute));
        works.on_success(&policy, now);
        let _ = refused.on_failure(&policy, 0, now);
    }
    assert_eq!((works.streak(), refused.streak()), (0, 10));
}
