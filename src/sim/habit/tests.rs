//! Habits over whole years: windows in order and apart, holidays, changes of clocks, short changes within and between.

use proptest::prelude::*;

use super::*;
use crate::sim::plan::Spells;

const DAY: u64 = 86_400_000;

/// Central European time in 2026: an hour east of UTC, two from 2026-03-29T01:00Z to 2026-10-25T01:00Z.
fn berlin() -> Zone {
    let (spring, autumn) = (20_541 * DAY + 3_600_000, 20_751 * DAY + 3_600_000);
    let at = |millis: u64| Wall::from_unix_millis(millis.cast_signed());
    Zone { name: "Berlin".to_owned(), offsets: vec![(Wall::MIN, 3_600), (at(spring), 7_200), (at(autumn), 3_600)] }
}

/// Thursday 2026-01-01, 00:00 UTC, is day 20,454.
fn start() -> Wall {
    Wall::from_unix_millis((20_454 * DAY).cast_signed())
}

/// A week with these windows from Monday to Friday.
fn workdays(windows: &[(u16, u16)]) -> Option<[Vec<(u16, u16)>; 7]> {
    Some(std::array::from_fn(|day| if day < 5 { windows.to_vec() } else { Vec::new() }))
}

/// Every change of so many days, with the device on whenever its habits say so.
fn walk(habits: &Habits, zone: &Zone, chance: Chance, days: u64) -> Vec<(Wall, Turn)> {
    let own = LocalHabits { habits, zone, chance };
    let (mut state, mut is_on) = HabitState::new(&own, start());
    let end = start().after(Span::days(days));
    let mut all = Vec::new();
    let mut before = start();
    while state.next() <= end {
        let now = state.next();
        assert!(now >= before, "habits go back in time");
        before = now;
        let Some(turn) = state.take(&own, now, is_on) else { continue };
        is_on = match turn {
            Turn::Begin | Turn::LidOpens => true,
            Turn::End | Turn::LidCloses | Turn::MaintenanceBegins | Turn::MaintenanceEnds => false,
            Turn::Restart | Turn::Network(_) | Turn::Portal | Turn::Countdown => is_on,
        };
        all.push((now, turn));
    }
    all
}

/// The local day and minute of a moment.
fn local(zone: &Zone, at: Wall) -> (i64, i64) {
    let millis = at.unix_millis() + i64::from(zone.offset_at(at)) * 1_000;
    (millis.div_euclid(DAY.cast_signed()), millis.rem_euclid(DAY.cast_signed()) / 60_000)
}

fn chance() -> Chance {
    Chance::seeded(1, 1)
}

#[test]
fn a_lunch_break_is_slept_through_on_every_workday_of_a_year() {
    let habits = Habits { awake: workdays(&[(480, 720), (765, 1_020)]), ..Habits::default() };
    let zone = berlin();
    let turns = walk(&habits, &zone, chance(), 365);
    // 2026 has 261 workdays; on the first the run begins at 01:00 local time.
    assert_eq!(turns.len(), 261 * 4);
    for four in turns.chunks(4) {
        let minutes: Vec<i64> = four.iter().map(|(at, _)| local(&zone, *at).1).collect();
        assert_eq!(minutes, [480, 720, 765, 1_020], "also on the days on which clocks change");
        assert!(four.iter().all(|(at, _)| local(&zone, *at).0 == local(&zone, four[0].0).0));
    }
}

#[test]
fn holidays_are_slept_through_or_have_windows_of_their_own() {
    // Good Friday and Easter Monday 2026, and the days from Christmas Eve on.
    let holidays = vec![(20_546, 20_546), (20_549, 20_549), (20_811, 20_819)];
    let base = Habits { awake: workdays(&[(480, 1_020)]), holidays, ..Habits::default() };
    let zone = berlin();
    let on = |habits: &Habits, day: i64| {
        let turns = walk(habits, &zone, chance(), 365);
        turns.iter().filter(|(at, _)| local(&zone, *at).0 == day).map(|(at, _)| local(&zone, *at).1).collect::<Vec<_>>()
    };
    for (day, asleep) in [(20_545, false), (20_546, true), (20_549, true), (20_550, false), (20_811, true)] {
        assert_eq!(on(&base, day).is_empty(), asleep, "day {day}");
    }
    let short = Habits { on_holiday: vec![(600, 660)], ..base.clone() };
    assert_eq!(on(&short, 20_546), [600, 660]);
    let always = Habits { awake: Some(std::array::from_fn(|_| vec![(0, 1_440)])), ..base };
    let turns = walk(&always, &zone, chance(), 365);
    assert_eq!(turns.len(), 6 - 1, "one long window but for three holidays: {turns:?}");
}

#[test]
fn the_only_window_of_a_week_may_be_a_holiday_many_times() {
    let fridays = |day| if day == 4 { vec![(540, 600)] } else { Vec::new() };
    let habits =
        Habits { awake: Some(std::array::from_fn(fridays)), holidays: vec![(20_454, 20_653)], ..Habits::default() };
    let turns = walk(&habits, &berlin(), chance(), 365);
    let first = turns.first().map(|(at, _)| local(&berlin(), *at));
    assert_eq!(first, Some((20_658, 540)), "the first Friday after them");
}

#[test]
fn windows_that_touch_are_one() {
    let habits = Habits { awake: workdays(&[(0, 600), (600, 1_440)]), ..Habits::default() };
    let turns = walk(&habits, &Zone::utc(), chance(), 14);
    let days: Vec<i64> = turns.iter().map(|(at, _)| local(&Zone::utc(), *at).0).collect();
    assert_eq!(days, [20_456, 20_458, 20_463, 20_465], "from Monday to the end of Friday");
}

#[test]
fn a_window_that_ends_in_the_hour_that_is_left_out_ends_with_it() {
    let sundays = |day| if day == 6 { vec![(60, 150), (165, 240)] } else { Vec::new() };
    let habits = Habits { awake: Some(std::array::from_fn(sundays)), ..Habits::default() };
    let zone = berlin();
    let turns = walk(&habits, &zone, chance(), 100);
    let spring: Vec<_> =
        turns.iter().map(|(at, turn)| (local(&zone, *at), *turn)).filter(|((day, _), _)| *day == 20_541).collect();
    // Both moments fall into the gap and are its end, so the second window goes on where the first ends.
    assert_eq!(spring, [((20_541, 60), Turn::Begin), ((20_541, 240), Turn::End)]);
}

#[test]
fn lids_close_within_windows_and_maintenance_wakes_lie_between_them() {
    let spells = Spells { every: Span::hours(2), shortest: Span::mins(5), longest: Span::mins(30) };
    let habits = Habits { awake: workdays(&[(480, 1_020)]), lid: spells, dark_wake: spells, ..Habits::default() };
    let zone = berlin();
    let turns = walk(&habits, &zone, chance(), 60);
    let mut within = false;
    for pair in turns.windows(2) {
        let ((from, turn), (to, next)) = (pair[0], pair[1]);
        match turn {
            Turn::Begin => within = true,
            Turn::End => within = false,
            Turn::LidCloses => assert!(within && next == Turn::LidOpens && to.since(from) <= spells.longest),
            Turn::MaintenanceBegins => {
                assert!(!within && next == Turn::MaintenanceEnds && to.since(from) >= spells.shortest);
            }
            Turn::LidOpens => assert!(within),
            Turn::MaintenanceEnds => assert!(!within),
            Turn::Restart | Turn::Network(_) | Turn::Portal | Turn::Countdown => unreachable!("not asked for"),
        }
    }
    let count = |wanted| turns.iter().filter(|(_, turn)| *turn == wanted).count();
    assert!((130..200).contains(&count(Turn::LidCloses)), "{}", count(Turn::LidCloses));
    assert!((450..560).contains(&count(Turn::MaintenanceBegins)), "{}", count(Turn::MaintenanceBegins));
}

#[test]
fn a_sync_meant_for_the_night_comes_in_the_morning() {
    let portal_sync = Spells { every: Span::days(1), ..Spells::NONE };
    let habits = Habits { awake: workdays(&[(480, 1_020)]), portal_sync, ..Habits::default() };
    let zone = berlin();
    let syncs: Vec<_> = walk(&habits, &zone, chance(), 70)
        .into_iter()
        .filter(|(_, turn)| *turn == Turn::Portal)
        .map(|(at, _)| local(&zone, at))
        .collect();
    assert!((45..=70).contains(&syncs.len()), "{}", syncs.len());
    assert!(syncs.iter().all(|(_, minute)| (480..1_020).contains(minute)), "{syncs:?}");
}

#[test]
fn the_network_goes_and_comes_back_in_turn() {
    let offline_spells = Spells { every: Span::days(2), shortest: Span::mins(10), longest: Span::hours(3) };
    let habits = Habits { offline_spells, ..Habits::default() };
    let turns = walk(&habits, &Zone::utc(), chance(), 40);
    assert!((38..=42).contains(&turns.len()), "{}", turns.len());
    for (n, (_, turn)) in turns.iter().enumerate() {
        assert_eq!(*turn, Turn::Network(n % 2 == 1));
    }
}

/// Windows of a day: up to four, in order, some of them touching.
fn day() -> impl Strategy<Value = Vec<(u16, u16)>> {
    prop::collection::btree_set(0_u16..=48, 0..8).prop_map(|minutes| {
        let minutes: Vec<u16> = minutes.into_iter().map(|half| half * 30).collect();
        minutes.windows(2).step_by(2).map(|pair| (pair[0], pair[1])).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Whatever the week, the spread and the holidays are: begin and end take turns, and time goes forward.
    #[test]
    fn windows_never_overlap(
        week in prop::array::uniform7(day()),
        spread_min in 0_u16..=720,
        first in 20_450_i32..20_800,
        long in 0_i32..40,
        seed in 0_u64..1_000,
        every in 1_u64..600,
    ) {
        let lid = Spells { every: Span::mins(every), shortest: Span::secs(1), longest: Span::secs(every * 59) };
        let base = Habits { awake: Some(week), spread_min, holidays: vec![(first, first + long)], ..Habits::default() };
        let zone = berlin();
        let turns = walk(&base, &zone, Chance::seeded(seed, 0), 366);
        for pair in turns.windows(2) {
            prop_assert!(pair[0].0 < pair[1].0);
            prop_assert_ne!(pair[0].1, pair[1].1);
        }
        // Short changes leave the windows as they are.
        let with_lid = Habits { lid, dark_wake: lid, ..base };
        let all = walk(&with_lid, &zone, Chance::seeded(seed, 0), 366);
        let windows: Vec<_> =
            all.iter().copied().filter(|(_, turn)| matches!(turn, Turn::Begin | Turn::End)).collect();
        prop_assert_eq!(windows, turns);
        let (opened, closed): (Vec<_>, Vec<_>) = all.iter().copied().partition(|(_, turn)| {
            matches!(turn, Turn::Begin | Turn::LidOpens | Turn::MaintenanceBegins)
        });
        prop_assert!(opened.len().abs_diff(closed.len()) <= 1);
    }
}

/// Restarts come once in each period at the same place, whenever the run starts; the first period is no exception.
#[test]
fn restarts_are_one_period_apart_from_the_first_one_on() {
    for (every, start_day) in [(Span::days(10), 155_288), (Span::days(21), 3), (Span::days(1), 0)] {
        for device in 0..20 {
            let habits = Habits { restart_every: Some(every), ..Habits::default() };
            let (zone, start) = (Zone::utc(), Wall::of_raw(start_day * 86_400_000 + 82_800_000));
            let chance = Chance::seeded(5, device);
            let own = LocalHabits { habits: &habits, zone: &zone, chance };
            let (mut state, _) = HabitState::new(&own, start);
            let mut last = state.next();
            assert!(last > start && last <= start.after(every), "device {device}");
            for _ in 0..4 {
                assert_eq!(state.take(&own, last, true), Some(Turn::Restart));
                assert_eq!(state.next().since(last), every, "device {device}");
                last = state.next();
            }
        }
    }
}
