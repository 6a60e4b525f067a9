//! The table against a plain list of deadlines, which has no sets, no earliest deadlines and no box.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::*;
use crate::profile::TimersCount;

/// The same deadlines, by the number of their timer: on which clock, and when.
#[derive(Clone, Debug, Default, PartialEq)]
struct Plain(BTreeMap<usize, (usize, u64)>);

impl Plain {
    fn on(&self, clock: usize) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.0.iter().filter(move |(_, (on, _))| *on == clock).map(|(index, (_, due))| (*index, *due))
    }

    /// The earliest deadline on a clock; of equal ones the first.
    fn earliest(&self, clock: usize) -> Option<(usize, u64)> {
        self.on(clock).min_by_key(|(_, due)| *due)
    }

    fn due(&self, readings: [u64; 2]) -> Vec<usize> {
        let is_due = |(_, (clock, due)): &(&usize, &(usize, u64))| *due <= readings[*clock];
        self.0.iter().filter(is_due).map(|(index, _)| *index).collect()
    }
}

#[derive(Clone, Debug)]
enum Step {
    Set { timer: usize, after: u64, on_wall: bool },
    SetOnce { timer: usize, after: u64 },
    Clear(usize),
    Take(usize),
    TakeOnly,
    ClearService,
    Pass { awake: u64, wall: u64 },
    ToTheNext,
}

fn step() -> impl Strategy<Value = Step> {
    let timer = 0..COUNT;
    let after = prop_oneof![0_u64..4, 0_u64..20];
    prop_oneof![
        6 => (timer.clone(), after.clone(), any::<bool>())
            .prop_map(|(timer, after, on_wall)| Step::Set { timer, after, on_wall }),
        1 => (timer.clone(), after).prop_map(|(timer, after)| Step::SetOnce { timer, after }),
        3 => timer.clone().prop_map(Step::Clear),
        2 => timer.prop_map(Step::Take),
        3 => Just(Step::TakeOnly),
        1 => Just(Step::ClearService),
        2 => (0_u64..6, 0_u64..6).prop_map(|(awake, wall)| Step::Pass { awake, wall }),
        1 => Just(Step::ToTheNext),
    ]
}

struct Both {
    table: Timers,
    plain: Plain,
    now: Now,
    profiles: [Profile; 2],
}

impl Both {
    fn new() -> Self {
        let counts = |timers_count| {
            let mut profile = Profile::default();
            profile.ime.timers_count = timers_count;
            profile
        };
        Self {
            table: Timers::new(),
            plain: Plain::default(),
            now: Now { wall: Wall::MIN, awake: Awake::MIN },
            profiles: [counts(TimersCount::Awake), counts(TimersCount::Wall)],
        }
    }

    fn readings(&self) -> [u64; 2] {
        [self.now.awake.raw(), self.now.wall.raw()]
    }

    fn play(&mut self, step: &Step) {
        let readings = self.readings();
        match *step {
            Step::Set { timer, after, on_wall } => {
                let (timer, profile) = (Timer::ALL[timer], &self.profiles[usize::from(on_wall)]);
                self.table.set(timer, self.now, Span::millis(after), profile);
                let clock = usize::from(timer.clock(profile) == Clock::Wall);
                self.plain.0.insert(timer as usize, (clock, readings[clock] + after));
            }
            Step::SetOnce { timer, after } => {
                self.table.set_awake_once(Timer::ALL[timer], self.now.awake.after(Span::millis(after)));
                self.plain.0.entry(timer).or_insert((0, readings[0] + after));
            }
            Step::Clear(timer) => {
                self.table.clear(Timer::ALL[timer]);
                self.plain.0.remove(&timer);
            }
            Step::Take(timer) => {
                let was_due = self.plain.due(readings).contains(&timer);
                assert_eq!(self.table.take_due(Timer::ALL[timer], self.now), was_due);
                if was_due {
                    self.plain.0.remove(&timer);
                }
            }
            Step::TakeOnly => {
                let due = self.plain.due(readings);
                let only = due.first().filter(|_| due.len() == 1).copied();
                assert_eq!(self.table.take_only_due(self.now), only.map(|index| Timer::ALL[index]));
                if let Some(index) = only {
                    self.plain.0.remove(&index);
                }
            }
            Step::ClearService => {
                self.table.clear_service();
                self.plain.0.retain(|index, _| Timer::ALL[*index].outlives_service());
            }
            Step::Pass { awake, wall } => {
                let (awake, wall) = (Span::millis(awake), Span::millis(wall));
                self.now = Now { wall: self.now.wall.after(wall), awake: self.now.awake.after(awake) };
            }
            Step::ToTheNext => {
                if let Some((_, due)) = self.plain.earliest(0) {
                    self.now.awake = self.now.awake.max(Awake::of_raw(due));
                }
            }
        }
    }

    fn agree(&self) {
        let Self { table, plain, now, .. } = self;
        let readings = self.readings();
        let clocked = |clock: usize, due: u64| match clock {
            0 => Deadline::Awake(Awake::of_raw(due)),
            _ => Deadline::Wall(Wall::of_raw(due)),
        };
        let armed: Vec<_> = plain.0.iter().map(|(index, (on, due))| (Timer::ALL[*index], clocked(*on, *due))).collect();
        assert_eq!(table.armed().collect::<Vec<_>>(), armed);
        assert_eq!((table.has_any(), table.all_armed().count_ones() as usize), (!armed.is_empty(), armed.len()));
        assert_eq!(table.has_service(), armed.iter().any(|(timer, _)| !timer.outlives_service()));
        let due = plain.due(readings);
        assert_eq!(bits(table.due(*now)).collect::<Vec<_>>(), due);
        assert_eq!(table.is_due(*now), !due.is_empty());
        let next = |clock| plain.earliest(clock).map_or(OFF, |(_, due)| due);
        assert_eq!(table.next(), (Awake::of_raw(next(0)), Wall::of_raw(next(1))));
        let wake = Wake {
            wall: plain.earliest(1).map(|(index, due)| (Wall::of_raw(due), Timer::ALL[index])),
            awake: plain.earliest(0).map(|(index, due)| (Awake::of_raw(due), Timer::ALL[index])),
        };
        assert_eq!(table.wake(), wake);
        for (index, timer) in Timer::ALL.into_iter().enumerate() {
            let known = plain.0.get(&index);
            assert_eq!(table.is_set(timer), known.is_some());
            assert_eq!(table.due_of(index), known.map_or(OFF, |(_, due)| *due));
            let left = known.map(|(clock, due)| Span::millis(due.saturating_sub(readings[*clock])));
            assert_eq!(table.remaining(timer, *now), left);
            let over = known.map_or(0, |(clock, due)| readings[*clock].saturating_sub(*due));
            assert_eq!(table.overdue(timer, *now), Span::millis(over));
        }
        // Equal deadlines are an equal table, whatever was armed in between: the box goes with the last that needs it.
        let mut anew = Timers::new();
        plain.0.iter().for_each(|(index, (clock, due))| anew.put(*index, *due, *clock));
        assert_eq!(*table, anew);
    }
}

#[test]
fn the_table_is_a_list_of_deadlines() {
    let config = Config { cases: 400, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&proptest::collection::vec(step(), 1..80), |steps| {
        let mut both = Both::new();
        for step in &steps {
            both.play(step);
            both.agree();
        }
        Ok(())
    });
    assert!(result.is_ok(), "{result:?}");
}

/// A timer that is taken over stands as in the other table, on the same clock, or is off as there.
#[test]
fn a_timer_is_taken_over_with_its_clock() {
    let mut profile = Profile::default();
    profile.ime.timers_count = TimersCount::Wall;
    let now = Now { wall: Wall::MIN, awake: Awake::MIN };
    let (mut from, mut to) = (Timers::new(), Timers::new());
    from.set(Timer::PollScript, now, Span::millis(5), &profile);
    to.set(Timer::PollScript, now, Span::millis(9), &Profile::default());
    to.set(Timer::Ready, now, Span::millis(1), &profile);
    to.take_over(Timer::PollScript, &from);
    to.take_over(Timer::Ready, &from);
    assert_eq!(to, from);
}

/// At the end of time, which also stands for no deadline, only what is armed is due.
#[test]
fn no_deadline_is_due_at_the_end_of_time() {
    let now = Now { wall: Wall::MAX, awake: Awake::MAX };
    let mut table = Timers::new();
    assert!(!table.is_due(now) && table.due(now) == 0);
    assert_eq!(table.take_only_due(now), None);
    table.set_awake_once(Timer::PollScript, Awake::MAX);
    assert!(table.is_due(now));
    assert_eq!(bits(table.due(now)).collect::<Vec<_>>(), [Timer::PollScript as usize]);
    table.clear(Timer::PollScript);
    assert_eq!(table, Timers::new());
}

#[test]
fn each_set_of_timers_has_the_timers_of_its_name() {
    let of = |set| bits(set).map(|index| Timer::ALL[index]).collect::<Vec<_>>();
    let mut on_clock = [Timer::Health, Timer::AppClock, Timer::RemediationClock, Timer::InventoryClock];
    on_clock.sort();
    assert_eq!(of(crate::agent::timer::ON_CLOCK), on_clock);
    assert_eq!(of(POLL_SET), Workload::ALL.map(Timer::poll));
    let outlive: Vec<Timer> = Timer::ALL.into_iter().filter(|timer| timer.outlives_service()).collect();
    assert_eq!((of(OUTLIVE_SERVICE).len(), of(OUTLIVE_SERVICE)), (4, outlive));
    assert_eq!(of(RARE_SET), Timer::ALL[..RARE]);
    assert_eq!(Timers::new().often.len() + RARE, COUNT);
}
