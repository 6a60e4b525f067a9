//! The contract point by point, what a policy refuses and in which words, and the rules of the agent as policies.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail where it stands")]

use super::*;
use crate::chance::{Chance, Purpose, SpanRange};
use crate::rules::b;

const HALF: u64 = 1 << 63;

fn at(span: Span) -> Wall {
    Wall::from_unix_millis(1_750_000_000_000).after(span)
}

fn policy(change: impl FnOnce(&mut Figures)) -> Policy {
    refused(change).unwrap()
}

fn refused(change: impl FnOnce(&mut Figures)) -> Result<Policy, PolicyError> {
    let mut figures = Figures::default();
    change(&mut figures);
    Policy::new(figures)
}

/// Two tries in 10 minutes.
fn windowed() -> Policy {
    policy(|figures| {
        figures.growth = Growth::Constant;
        figures.tries = Some(Tries { max: 2, window: Span::mins(10) });
    })
}

fn waits(policy: &Policy, draw: u64, failures: usize) -> Vec<Span> {
    let mut retry = Retry::<Awake>::new();
    (0..failures)
        .map(|_| match retry.on_failure(policy, draw, Awake::MIN) {
            Next::After(wait) => wait,
            next @ (Next::GiveUpUntil(_) | Next::LeftTo(_)) => panic!("{next:?}"),
        })
        .collect()
}

#[test]
fn a_retry_costs_24_bytes_on_either_clock() {
    assert_eq!(size_of::<Retry<Wall>>(), 24);
    assert_eq!(size_of::<Retry<Awake>>(), 24);
}

// R1: from the base up to the cap, and there it stays.
#[test]
fn r1_waits_grow_to_the_cap_and_never_shrink() {
    let mins = |n: u64| Span::secs(n * 30);
    let steps = [1, 2, 4, 8, 16, 30, 30].map(mins);
    assert_eq!(waits(&policy(|_| {}), 0, 7), steps);
    assert_eq!(waits(&policy(|_| {}), u64::MAX, 7), steps.map(|step| step.saturating_mul(2)));
    let constant = policy(|figures| figures.growth = Growth::Constant);
    assert_eq!(waits(&constant, 0, 3), [Span::secs(30); 3]);
}

// R1: only the draw of the first failure counts, so a high draw is not followed by a low one.
#[test]
fn r1_the_place_in_the_spread_is_held_for_a_streak() {
    let policy = policy(|figures| figures.stable = Span::ZERO);
    let mut retry = Retry::new();
    let _ = retry.on_failure(&policy, u64::MAX, at(Span::ZERO));
    assert_eq!(retry.on_failure(&policy, 0, at(Span::ZERO)), Next::After(Span::mins(2)));
    retry.on_success(&policy, at(Span::ZERO));
    assert_eq!(retry.on_failure(&policy, 0, at(Span::ZERO)), Next::After(Span::secs(30)));
}

// R2: with the spread inside the cap, every device would wait just the cap.
#[test]
fn r2_the_spread_is_added_after_the_cap() {
    let policy = policy(|figures| figures.spread = Spread::Permille(500));
    assert_eq!(policy.range(50), SpanRange { min: Span::mins(15), max: Span::secs(22 * 60 + 30) });
    let mut places = [0_u32; 10];
    for device in 0..2_000 {
        let draw = Chance::seeded(1, device).draw(Purpose::Latency, 0);
        let wait = *waits(&policy, draw, 9).last().unwrap();
        places[(wait.saturating_sub(Span::mins(15)).as_millis() / 45_001) as usize] += 1;
    }
    assert!(places.iter().all(|devices| (140..=260).contains(devices)), "{places:?}");
}

// R3: a streak outlives a success that does not last.
#[test]
fn r3_a_short_success_ends_nothing() {
    let policy = policy(|figures| figures.stable = Span::mins(1));
    let mut retry = Retry::new();
    let _ = retry.on_failure(&policy, 0, at(Span::ZERO));
    let _ = retry.on_failure(&policy, 0, at(Span::secs(30)));
    retry.on_success(&policy, at(Span::secs(90)));
    retry.on_success(&policy, at(Span::secs(100)));
    assert_eq!(retry.on_failure(&policy, 0, at(Span::secs(149))), Next::After(Span::mins(2)));
    // The minute counts from a success after that failure.
    retry.on_success(&policy, at(Span::secs(150)));
    assert_eq!(retry.streak(), 3);
    assert_eq!(retry.on_failure(&policy, 0, at(Span::secs(210))), Next::After(Span::secs(30)));
}

// R3: success after success leaves nothing behind.
#[test]
fn r3_a_lasting_success_clears_everything() {
    let policy = windowed();
    let mut retry = Retry::new();
    retry.on_begin(&policy, at(Span::ZERO));
    let _ = retry.on_failure(&policy, HALF, at(Span::ZERO));
    retry.on_success(&policy, at(Span::secs(10)));
    assert_ne!(retry, Retry::new());
    retry.on_success(&policy, at(Span::secs(70)));
    assert_eq!(retry, Retry::new());
}

// R4: half an hour becomes up to a minute, 20 seconds stay.
#[test]
fn r4_a_hint_cuts_a_wait_and_never_to_none() {
    let policy = policy(|_| {});
    let now = at(Span::hours(1));
    for (draw, soon) in [(0, 30_000), (HALF, 45_000), (u64::MAX, 60_000)] {
        let mut retry = Retry::new();
        let _ = retry.on_failure(&policy, draw, now);
        let hint = |retry: &mut Retry<Wall>, wait| retry.on_hint(&policy, now, now.after(wait)).since(now);
        assert_eq!(hint(&mut retry, Span::mins(30)), Span::millis(soon));
        assert_eq!(hint(&mut retry, Span::secs(20)), Span::secs(20));
        // T3: what fell due asleep is spread as well.
        assert_eq!(retry.on_hint(&policy, now, now.before(Span::hours(8))).since(now), Span::millis(soon));
    }
}

// R4: where nothing has failed, where nothing is left to try, and where hints are off.
#[test]
fn r4_a_hint_leaves_alone_what_is_no_wait_for_a_retry() {
    let (now, later) = (at(Span::ZERO), at(Span::hours(8)));
    let plain = policy(|_| {});
    assert_eq!(Retry::new().on_hint(&plain, now, later), later, "nothing has failed");
    let mut retry = Retry::new();
    let _ = retry.on_failure(&plain, 0, now);
    retry.on_success(&plain, now);
    assert_eq!(retry.on_hint(&plain, now, later), later, "it goes well");
    let mut retry = Retry::new();
    let _ = retry.on_failure(&windowed(), 0, now);
    let Next::GiveUpUntil(opens) = retry.on_failure(&windowed(), 0, now) else { panic!("two of two tries failed") };
    assert_eq!(retry.on_hint(&windowed(), now, opens), opens, "the window is used up");
    let off = policy(|figures| figures.hint = None);
    let mut retry = Retry::new();
    let _ = retry.on_failure(&off, 0, now);
    assert_eq!(retry.on_hint(&off, now, later), later, "hints are off");
}

// R5, R8: given up with a moment at which it goes on, and at that moment it does.
#[test]
fn r5_giving_up_names_the_second_look() {
    let policy = windowed();
    let mut retry = Retry::new();
    for window in 0..3 {
        let start = at(Span::mins(10 * window));
        retry.on_begin(&policy, start);
        assert!(matches!(retry.on_failure(&policy, 0, start.after(Span::mins(2))), Next::After(_)));
        let opens = start.after(Span::mins(10));
        assert_eq!(retry.on_failure(&policy, 0, start.after(Span::mins(3))), Next::GiveUpUntil(opens));
        assert_eq!(retry.opens_at(&policy, start.after(Span::mins(3))), Some(opens));
        assert!(!retry.is_open(&policy, opens.before(Span::millis(1))));
        assert!(retry.is_open(&policy, opens));
        assert_eq!(retry.opens_at(&policy, opens), None);
    }
    // Over three windows without a success it is one streak (R1).
    assert_eq!((retry.streak(), retry.tries()), (6, 0));
}

// R1, R7: a window that is nearly over does not shorten the wait after its last try.
#[test]
fn r1_a_window_does_not_cut_the_wait_short() {
    let policy = windowed();
    let mut retry = Retry::new();
    let _ = retry.on_failure(&policy, 0, at(Span::ZERO));
    let late = at(Span::secs(599));
    assert_eq!(retry.on_failure(&policy, 0, late), Next::GiveUpUntil(late.after(Span::secs(30))));
    assert!(retry.is_open(&policy, at(Span::mins(10))));
}

// R5: without a bound it never gives up, however many failures there were.
#[test]
fn r5_tries_without_a_bound_never_end() {
    let policy = policy(|_| {});
    let mut retry = Retry::new();
    for _ in 0..70_000 {
        assert!(matches!(retry.on_failure(&policy, HALF, at(Span::ZERO)), Next::After(_)));
    }
    assert_eq!((retry.streak(), retry.tries()), (u16::MAX, 0));
    assert!(retry.is_open(&policy, at(Span::ZERO)));
}

// R6.
#[test]
fn r6_channels_do_not_touch_each_other() {
    let policy = windowed();
    let (mut broken, mut well) = (Retry::new(), Retry::new());
    for _ in 0..5 {
        let _ = broken.on_failure(&policy, 0, at(Span::ZERO));
        well.on_success(&policy, at(Span::ZERO));
    }
    assert_eq!(well, Retry::new());
    assert!(well.is_open(&policy, at(Span::ZERO)) && !broken.is_open(&policy, at(Span::ZERO)));
}

// R7: by waits, by windows, or not at all.
#[test]
fn r7_an_error_is_no_reason_to_ask_more_often() {
    let faster = refused(|figures| figures.period = Span::secs(31));
    assert_eq!(faster, Err(PolicyError::Faster { base: Span::secs(30), period: Span::secs(31) }));
    let three_a_day = |period| {
        refused(|figures| {
            figures.tries = Some(Tries { max: 3, window: Span::days(1) });
            figures.period = period;
        })
    };
    assert!(three_a_day(Span::hours(8)).is_ok());
    assert!(three_a_day(Span::hours(8).saturating_add(Span::millis(1))).is_err());
}

// R8: the window counts from the start of the first try, not from its failure.
#[test]
fn r8_a_window_counts_from_its_first_try() {
    let policy = windowed();
    let mut retry = Retry::new();
    retry.on_begin(&policy, at(Span::ZERO));
    retry.on_begin(&policy, at(Span::mins(4)));
    let _ = retry.on_failure(&policy, 0, at(Span::mins(5)));
    assert_eq!(retry.on_failure(&policy, 0, at(Span::mins(6))), Next::GiveUpUntil(at(Span::mins(10))));
    // A try beyond the bound, at somebody's wish, changes nothing.
    assert_eq!(retry.on_failure(&policy, 0, at(Span::mins(7))), Next::GiveUpUntil(at(Span::mins(10))));
    // A try that went well is no part of the next window.
    let mut retry = Retry::new();
    let _ = retry.on_failure(&policy, 0, at(Span::ZERO));
    retry.on_begin(&policy, at(Span::mins(20)));
    retry.on_success(&policy, at(Span::mins(20)));
    let _ = retry.on_failure(&policy, 0, at(Span::secs(20 * 60 + 10)));
    let opens = at(Span::secs(30 * 60 + 10));
    assert_eq!(retry.on_failure(&policy, 0, at(Span::mins(21))), Next::GiveUpUntil(opens));
}

// T1, T5: a clock that is set back nine hours holds nothing back for more than one window.
#[test]
fn t1_a_clock_stepped_back_does_not_lengthen_a_window() {
    let policy = windowed();
    let mut retry = Retry::new();
    let _ = retry.on_failure(&policy, 0, at(Span::hours(9)));
    let Next::GiveUpUntil(pending) = retry.on_failure(&policy, 0, at(Span::hours(9))) else { panic!("two of two") };
    let mut stored = retry;
    assert_eq!(stored.on_clock_changed(&policy, at(Span::ZERO), pending), at(Span::mins(10)));
    assert!(!retry.is_open(&policy, at(Span::ZERO)));
    assert!(retry.is_open(&policy, at(Span::mins(10))));
    // The same for the wait between two tries.
    let mut retry = Retry::new();
    let Next::After(wait) = retry.on_failure(&policy, HALF, at(Span::hours(9))) else { panic!("one of two") };
    let due = retry.on_clock_changed(&policy, at(Span::ZERO), at(Span::hours(9)).after(wait));
    assert_eq!(due, at(Span::mins(1)));
}

// T6: the longest figures there are.
#[test]
fn t6_nothing_overflows() {
    let policy = policy(|figures| {
        figures.base = Span::millis(u64::MAX / 2);
        figures.growth = Growth::DoublingTo(Span::millis(u64::MAX / 2));
        figures.hint = Some(Span::MAX);
        figures.tries = Some(Tries { max: 3, window: Span::MAX });
    });
    let mut retry = Retry::<Awake>::new();
    assert_eq!(retry.on_failure(&policy, u64::MAX, Awake::MIN), Next::After(Span::millis(u64::MAX - 1)));
    assert_eq!(retry.on_hint(&policy, Awake::MIN, Awake::MAX), Awake::MAX);
    let _ = retry.on_failure(&policy, u64::MAX, Awake::MIN);
    assert_eq!(retry.on_failure(&policy, u64::MAX, Awake::MIN), Next::GiveUpUntil(Awake::MAX));
}

// A state that no sequence of calls leads to, as a damaged file may hold it.
#[test]
fn t5_a_state_from_a_file_opens_again() {
    let bytes = postcard::to_allocvec(&(None::<u64>, None::<u64>, 9_u32, 0_u16, 7_u16)).unwrap();
    let mut retry: Retry<Wall> = postcard::from_bytes(&bytes).unwrap();
    assert!(retry.is_open(&windowed(), at(Span::ZERO)));
    let bytes = postcard::to_allocvec(&(Some(u64::MAX), Some(u64::MAX), 9_u32, 3_u16, 7_u16)).unwrap();
    let mut retry: Retry<Wall> = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(retry.opens_at(&windowed(), at(Span::ZERO)), Some(at(Span::mins(10))));
    assert_eq!(postcard::from_bytes(&postcard::to_allocvec(&retry).unwrap()), Ok(retry));
}

#[test]
fn every_refusal_names_the_figure_and_its_value() {
    let text = |change: fn(&mut Figures)| refused(change).unwrap_err().to_string();
    assert_eq!(text(|f| f.base = Span::ZERO), "`base` is 0s and `tries` sets no bound: that would try without rest");
    assert_eq!(
        text(|f| f.growth = Growth::DoublingTo(Span::secs(29))),
        "`growth` ends at 29s, below the `base` of 30s"
    );
    assert_eq!(
        text(|f| f.spread = Spread::Permille(1_001)),
        "`spread` is 1001 permille of a step and can be 1000 at most"
    );
    assert!(text(|f| f.spread = Spread::UpTo(Span::MAX)).starts_with("the longest step of 15m and its `spread` of "));
    assert_eq!(
        text(|f| f.tries = Some(Tries { max: 0, window: Span::days(1) })),
        "`tries.max` is 0; the first try counts, so it is 1 at least"
    );
    assert_eq!(
        text(|f| f.tries = Some(Tries { max: 1, window: Span::ZERO })),
        "`tries.window` is 0s and bounds nothing"
    );
    assert_eq!(text(|f| f.hint = Some(Span::secs(30))), "`hint` is 30s and must be longer than the `base` of 30s");
    assert_eq!(
        text(|f| f.period = Span::mins(1)),
        "tries that fail come 30s apart, more often than every 1m as in success"
    );
    let range = SpanRange { min: Span::hours(5), max: Span::hours(3) };
    let error = Policy::channel_renewal(range).unwrap_err();
    assert_eq!(error.to_string(), "the wait is at least 5h and at most 3h");
    assert_eq!(Policy::channel_renewal(SpanRange::secs(0, 9)), Err(PolicyError::HotLoop));
}

// B-7.24, B-7.34, B-7.39: 3 attempts within 10 minutes, then 3 again 24 h after the start of the first; R7 at one
// evaluation every 8 h.
#[test]
fn b_7_39_a_retry_type_has_three_attempts_a_day() {
    let policy = Policy::win32_retry_type(3, Span::mins(5), Span::days(1)).unwrap();
    assert_eq!(policy.check_against(Span::hours(8)), Ok(()));
    assert!(policy.check_against(Span::hours(7)).is_ok() && policy.check_against(Span::hours(9)).is_err());
    let mut retry = Retry::new();
    for day in 0..3 {
        let start = at(Span::days(day));
        for minute in [0, 5, 10] {
            let now = start.after(Span::mins(minute));
            retry.on_begin(&policy, now);
            let next = retry.on_failure(&policy, HALF, now);
            let opens = start.after(Span::days(1));
            assert_eq!(next, if minute < 10 { Next::After(Span::mins(5)) } else { Next::GiveUpUntil(opens) });
        }
        assert!(!retry.is_open(&policy, start.after(Span::hours(16))), "evaluation after 16 h");
    }
}

// B-2.7: with retry count 3, 4 tries of each step; B-2.11: then the next session has it.
#[test]
fn b_2_7_an_install_job_has_four_tries() {
    let policy = Policy::install_job(4, Span::mins(5));
    let mut retry = Retry::new();
    for _ in 0..3 {
        assert_eq!(retry.on_failure(&policy, HALF, Awake::MIN), Next::After(Span::mins(5)));
    }
    assert!(retry.is_open(&policy, Awake::MIN));
    assert_eq!(retry.on_failure(&policy, HALF, Awake::MIN), Next::LeftTo(b(2, 11)));
    assert!(!retry.is_open(&policy, Awake::MAX));
    // The first try is always made, whatever the count.
    let once = Policy::install_job(0, Span::mins(5));
    assert!(Retry::<Awake>::new().is_open(&once, Awake::MIN));
    assert_eq!(Retry::new().on_failure(&once, HALF, Awake::MIN), Next::LeftTo(b(2, 11)));
}

// B-4.24: 3 calls at once. In error more calls than in success: the one rule that breaks R7.
#[test]
fn b_4_24_a_web_call_is_made_three_times_at_once() {
    let policy = Policy::http_attempts(3);
    let mut retry = Retry::<Awake>::new();
    let next: Vec<_> = (0..3).map(|_| retry.on_failure(&policy, HALF, Awake::MIN)).collect();
    assert_eq!(next, [Next::After(Span::ZERO), Next::After(Span::ZERO), Next::LeftTo(b(4, 24))]);
    assert!(policy.check_against(Span::hours(1)).is_err());
}
