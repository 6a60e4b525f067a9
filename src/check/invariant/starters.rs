//! The starter scenarios: 36 situations in which agents like this one went wrong, what must hold in each, and where it is run.
//!
//! Their files lie in `tests/scenarios/starter`, and a test runs them under every judge. Where the documented agent does
//! less than what should hold, or a situation is none of this agent, [`Starter::lacks`] says so, and the file shows what can be shown.

use serde::Serialize;

use super::Invariant::{self, *};
use super::bugs::FieldBug;
use super::starter_texts::TEXTS;

/// One situation, and where it is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Starter {
    /// Its number in the catalogue.
    pub number: u8,
    /// What happens.
    pub name: &'static str,
    /// What must hold.
    pub must_hold: &'static str,
    /// The invariants that it is about.
    pub invariants: &'static [Invariant],
    /// The numbers of the bugs that it was learned from.
    pub bugs: &'static [u8],
    /// Its scenario files, in `tests/scenarios/starter`.
    pub files: &'static [&'static str],
    /// Other tests that run what the files do not.
    pub also: &'static [&'static str],
    /// What of it cannot be said of this agent, and why.
    pub lacks: Option<&'static str>,
}

/// All of them, in the order of their numbers.
pub const fn starters() -> &'static [Starter] {
    STARTERS
}

impl FieldBug {
    /// The starter scenarios that were learned from it.
    pub fn starters(self) -> impl Iterator<Item = &'static Starter> {
        STARTERS.iter().filter(move |starter| starter.bugs.contains(&self.number))
    }
}

impl Starter {
    /// The names of its files with their texts.
    pub fn texts(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.files.iter().filter_map(|file| TEXTS.iter().find(|(name, _)| name == file)).copied()
    }

    const fn new(number: u8, name: &'static str, must_hold: &'static str) -> Self {
        Self { number, name, must_hold, invariants: &[], bugs: &[], files: &[], also: &[], lacks: None }
    }

    const fn of(self, invariants: &'static [Invariant], bugs: &'static [u8]) -> Self {
        Self { invariants, bugs, ..self }
    }

    const fn files(self, files: &'static [&'static str]) -> Self {
        Self { files, ..self }
    }

    const fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    const fn lacks(self, why: &'static str) -> Self {
        Self { lacks: Some(why), ..self }
    }
}

const STARTERS: &[Starter] = &[
    Starter::new(1, "clock set back nine hours", "the next check-in comes within one period")
        .of(&[T1, T6], &[1, 2, 3])
        .files(&["s-01-clock-set-back.toml", "s-01-b-clock-set-back-wall.toml"]),
    Starter::new(2, "clock eight hours ahead for ten minutes", "no deadline stays in the false future")
        .of(&[T1, T5], &[1, 11, 23])
        .files(&["s-02-clock-jumps-ahead-and-back.toml"]),
    Starter::new(3, "a month awake in pieces", "check-ins keep their period in awake time, which is the sum of the pieces")
        .of(&[T2, T4], &[5, 8, 9])
        .files(&["s-03-a-month-in-pieces.toml"]),
    Starter::new(4, "irrecoverable for a day less or more a minute", "only awake time removes, and only more than 24 hours")
        .of(&[A3, T2, T8], &[17, 53])
        .files(&["s-04-irrecoverable-twins.toml"]),
    Starter::new(5, "waking after three missed check-ins, without names", "one check-in for all that were missed")
        .of(&[T3, R4, C3], &[14, 15, 16])
        .files(&["s-05-wake-without-names.toml"])
        .lacks("the documented agent neither spreads what is late nor tries again soon (B-4.24, B-4.27)"),
    Starter::new(6, "maintenance wake while an app is due", "nothing is installed, and nothing has failed")
        .of(&[W6, T8], &[10])
        .files(&["s-06-maintenance-wake.toml"]),
    Starter::new(7, "a year with both changes of the clock and a trip", "daily work comes once on each local day")
        .of(&[T7], &[21])
        .files(&["s-07-a-year-of-days.toml"]),
    Starter::new(8, "the service away for 28 minutes", "no peak and no echo when it is back")
        .of(&[F1, R2], &[24, 26, 28])
        .files(&["s-08-an-outage-of-28-minutes.toml"])
        .also(&["tests/herd.rs", "tests/retry/outage.rs"]),
    Starter::new(9, "the service away for two days", "nearly all are back within the longest delay, without echo")
        .of(&[F1, R1], &[36, 38])
        .files(&["s-09-two-days-without-a-service.toml"])
        .also(&["tests/herd.rs", "tests/retry/outage.rs"]),
    Starter::new(10, "connected, and refused at authentication", "a beginning that goes well makes no call more frequent")
        .of(&[R3, R7], &[34])
        .files(&["s-10-refused-after-connecting.toml"])
        .also(&["tests/retry/outage.rs"])
        .lacks("the documented agent has no backoff, so its rate stays that of success (B-4.25)"),
    Starter::new(11, "a captive portal or a tunnel clears", "what waits comes soon, and not at once")
        .of(&[R4, R5], &[37, 39])
        .files(&["s-11-a-portal-clears.toml"])
        .also(&["tests/retry/outage.rs"])
        .lacks("no delay of the documented agent grows, and no network shortens one (B-4.24)"),
    Starter::new(12, "refused while the clock settles", "the skew is named, and the device stays who it is")
        .of(&[A1, A3, A4, A5], &[4, 12, 52])
        .files(&["s-12-skew-after-resume.toml"]),
    Starter::new(13, "refused for hours by a service put back to a backup", "nobody leaves, and all return by themselves")
        .of(&[A2, A3, R5], &[30, 53])
        .files(&["s-13-refused-for-long.toml"])
        .lacks("the documented agent does not slow down while it is refused (B-4.25)"),
    Starter::new(14, "the device is deleted on the service", "no channel calls oftener than in success, and the agent ends")
        .of(&[A2, R6, R7, X2], &[25, 40])
        .files(&["s-14-deleted-on-the-service.toml"])
        .lacks("the documented agent does not slow down before it goes (B-10.6)"),
    Starter::new(15, "an empty answer by mistake, and for good", "the mistake removes nobody within the grace")
        .of(&[X4], &[30, 70])
        .files(&["s-15-empty-by-mistake.toml"])
        .also(&["tests/scenarios/faults/service-stale-removes.toml"]),
    Starter::new(16, "an app is assigned while the agent goes", "the agent is there in the end, installed once")
        .of(&[D1, D4, X2, X5], &[68, 75, 84])
        .files(&["s-16-assigned-while-it-goes.toml"]),
    Starter::new(17, "wiped, and enrolled again", "the install is ordered again")
        .of(&[D1, D2, D4], &[66])
        .files(&["s-17-wiped-and-back.toml"]),
    Starter::new(18, "the first download answers 404", "delivered after a bounded delay, by one job")
        .of(&[D1, D5], &[66, 67])
        .files(&["s-18-first-download-404.toml"]),
    Starter::new(19, "a prerequisite comes late", "the install follows by itself")
        .of(&[D3], &[55, 58, 70])
        .files(&["s-19-ready-late.toml"]),
    Starter::new(20, "removed in an upgrade, and installed again", "nothing of before acts on the new install")
        .of(&[X2, X5, X6], &[75, 76])
        .files(&["s-20-removed-in-an-upgrade.toml"])
        .lacks("an upgrade of this agent is not watched, so there is no helper that could act later"),
    Starter::new(21, "killed in every step", "the old or the new runs, nothing takes effect twice, removal ends")
        .of(&[U1, U2, W1, X1], &[90, 91, 94, 97])
        .files(&["s-21-killed-at-every-step.toml"])
        .also(&["tests/driver/kill.rs", "tests/driver/kill_work.rs", "tests/faults.rs"]),
    Starter::new(22, "a damaged state", "one safe start, with the bad file set aside")
        .of(&[P1, P2], &[112, 113])
        .files(&["s-22-damaged-state.toml"])
        .also(&["tests/properties/snapshot.rs", "tests/faults.rs"]),
    Starter::new(23, "five syncs, a push and a restart in one check-in", "one session and one that follows; the slots stay")
        .of(&[C1, C2], &[48, 114, 115, 116, 117])
        .files(&["s-23-everything-at-once.toml"]),
    Starter::new(24, "four kinds of sync", "two of them reach the agent")
        .of(&[C4], &[48, 107])
        .files(&["s-24-four-kinds-of-sync.toml", "s-24-b-newer-agents.toml"]),
    Starter::new(25, "a required app fails in three ways", "tries are bounded, their windows open, and new content opens at once")
        .of(&[R8, R9], &[99, 105])
        .files(&["s-25-three-kinds-of-failure.toml"]),
    Starter::new(26, "put off, and unattended at night", "a deferral is no failed try, and a night uses nothing up")
        .of(&[W7, R8], &[100, 101, 102])
        .files(&["s-26-put-off.toml"])
        .lacks("an installer's own deferral is a return code like any other to the documented agent (B-7.23)"),
    Starter::new(27, "power cut between a run and its report", "no second effect, and one report")
        .of(&[W1], &[97, 106])
        .files(&["s-27-cut-before-the-report.toml"]),
    Starter::new(28, "a run on demand for an excluded device", "refused, or run with its reason in the log")
        .of(&[C4], &[107])
        .files(&["s-28-run-for-the-excluded.toml"]),
    Starter::new(29, "a stop in every state", "it stops at once")
        .of(&[X3], &[50, 77])
        .files(&["s-29-stopped-in-every-state.toml"]),
    Starter::new(30, "two clones with one identity", "the collision is reported")
        .of(&[A3, A6, W1], &[72, 73])
        .files(&["s-30-two-clones.toml", "s-30-b-a-clone-is-noticed.toml"])
        .lacks("neither the documented agent nor its service tells clones apart; that of `hardened` does, and no agent flaps"),
    Starter::new(31, "throttled right after an upgrade", "the upgrade stays")
        .of(&[U3], &[88])
        .files(&["s-31-throttled-after-an-update.toml"])
        .lacks("an upgrade of this agent is not watched and not rolled back"),
    Starter::new(32, "an action that is too old when the device wakes", "never done, and closed")
        .of(&[W2], &[82, 93])
        .files(&["s-32-asleep-too-long.toml", "s-32-b-kept-without-end.toml", "s-32-c-too-old.toml"])
        .lacks("documented actions are lost at once or kept without end (B-6.31); ours may have a time (`rem.on_demand_valid`)"),
    Starter::new(33, "Monday at nine with a new app", "peaks stay in bounds, and the time until 95 of 100 is told")
        .of(&[F1, F3], &[26, 29, 31, 32])
        .files(&["s-33-monday-at-nine.toml"])
        .also(&["tests/herd.rs"]),
    Starter::new(34, "an upgrade while a restart is pending", "there after the restart, which is not forgotten")
        .of(&[U6], &[97])
        .files(&["s-34-update-while-a-restart-waits.toml"]),
    Starter::new(35, "the service changes an interval", "it counts from the next answer")
        .of(&[C5], &[43, 44, 46])
        .files(&["s-35-another-interval.toml"])
        .also(&["tests/herd.rs"])
        .lacks("other intervals, and the spread of the start, are fixed while an agent runs"),
    Starter::new(36, "an app of the status page does not apply", "the page ends by evidence or deadline, with the reason")
        .of(&[W5], &[61, 62, 63])
        .files(&["s-36-one-app-does-not-apply.toml", "s-36-b-one-app-hangs.toml"]),
];
