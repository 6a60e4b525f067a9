//! The names of the invariants, what each says, and where it is held.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::promises_r7;
use crate::profile::Profile;

/// Whether something bad never happens, or something good happens at last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Something bad never happens: judged all the time.
    Safety,
    /// Something good happens at last: judged in a phase without faults.
    Liveness,
}

/// Where an invariant is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "how")]
pub enum Home {
    /// By a judge that looks on at every device of a hunt.
    Judge,
    /// By such a judge where the profile promises it, for the documented agent breaks it.
    Promised(&'static str),
    /// By such a judge, but for what is said here.
    Partly(&'static str),
    /// By tests of its own, in this file.
    Tests(&'static str),
    /// By how the code is made: what would break it cannot be said.
    Construction(&'static str),
    /// It speaks of something that this agent does not have.
    Nothing(&'static str),
    /// Nothing holds it yet.
    Open(&'static str),
}

macro_rules! invariants {
    ($($name:ident $kind:ident $says:literal $home:expr;)*) => {
        /// One invariant of the catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Invariant {
            $(#[doc = $says] $name,)*
        }

        impl Invariant {
            /// All, in the order of the catalogue.
            pub const ALL: [Self; 60] = [$(Self::$name,)*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What it says.
            pub const fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }

            /// Whether it is about something bad or something good.
            pub const fn kind(self) -> Kind {
                match self { $(Self::$name => Kind::$kind,)* }
            }

            /// Where it is held.
            pub const fn home(self) -> Home {
                match self { $(Self::$name => $home,)* }
            }
        }
    };
}

use Home::{Construction, Judge, Nothing, Partly, Promised, Tests};

invariants! {
    T1 Safety "A step of the wall clock delays no due check-in by more than a period and its jitter, and brings at most one more."
        Tests("tests/properties/checks.rs");
    T2 Safety "Every timer declares its clock, and none mixes two; the removal timer counts awake time."
        Construction("a deadline is `Awake` or `Wall` by its type");
    T3 Safety "After a resume, an overdue timer fires once, however many periods were slept through." Judge;
    T4 Safety "While the device is awake and connected, check-ins are never further apart than a period, its jitter and a grace." Judge;
    T5 Safety "A persisted deadline further ahead than a period is pulled in when it is loaded."
        Construction("no deadline is persisted but that of the health task, which `Input::HealthDue` sets");
    T6 Safety "Every delay lies between zero and its cap." Judge;
    T7 Safety "A slot of local time runs once a day, on days with 23, 24 and 25 hours."
        Tests("tests/scenarios/section-06/B-6.4-a-year-with-both-changes.toml");
    T8 Safety "Time asleep never counts as failure, silence or a hang."
        Construction("limits of runs and requests count awake time");
    C1 Safety "At most one session is under way for each purpose; what asks meanwhile leads to at most one more." Judge;
    C2 Safety "A check-in by hand neither moves nor stretches the periodic ones."
        Tests("tests/scenarios/starter/s-23-everything-at-once.toml");
    C3 Safety "There is no dead state: something is armed or awaited with a deadline." Judge;
    C4 Safety "Triggers do what is said of them: a sync from Settings or the admin center is for MDM alone." Judge;
    C5 Safety "A changed interval takes effect by the next tick."
        Tests("tests/scenarios/starter/s-35-another-interval.toml");
    C6 Safety "The first check-in after a start comes within the start-up window." Judge;
    C7 Safety "A trigger that comes before the agent is ready is kept or answered."
        Tests("tests/properties/findings.rs");
    R1 Safety "Within a streak of errors, delays do not shrink and stay between base and cap."
        Tests("tests/retry.rs");
    R2 Safety "At the cap, delays are spread by a stated share of it."
        Tests("tests/retry.rs");
    R3 Safety "Backoff starts again after a stable success only."
        Tests("tests/retry.rs");
    R4 Safety "Network, resume and VPN shorten a delay to a spread value, never to zero."
        Tests("tests/retry.rs");
    R5 Liveness "Retrying never ends in a state that is not final."
        Tests("tests/retry.rs");
    R6 Safety "Channels back off one by one."
        Construction("each exchange has its own tries and deadline");
    R7 Safety "Requests are not more frequent in error than in success."
        Promised("the documented agent has no backoff and repeats calls at once (B-4.24, B-4.25); `hardened` keeps away");
    R8 Safety "The tries of an item are bounded, and their window opens again by itself." Judge;
    R9 Safety "Every exit code is of exactly one class."
        Tests("tests/retry.rs");
    A1 Safety "A refusal leads to a check of the clock, a refresh and some tries over time before anything else." Judge;
    A2 Safety "Lasting refusal leads to a slow probe, neither to a hot loop nor to leaving."
        Tests("tests/scenarios/section-10/B-10.7-b-refusals-remove-nothing.toml");
    A3 Safety "The agent leaves on authoritative evidence only." Judge;
    A4 Safety "A skewed clock is named as such."
        Tests("tests/scenarios/section-01/B-1.24-clock.toml");
    A5 Safety "To enroll again changes nothing; if it is refused, what is held is tried again." Judge;
    A6 Safety "Two devices with one identity are noticed."
        Promised("neither the documented agent nor its service tells them apart; the service of `hardened` does");
    D1 Safety "At most one install job is under way." Judge;
    D2 Safety "What is believed of the agent's presence is newer than the enrollment."
        Tests("tests/scenarios/section-10/B-10.5a-stale-answer.toml");
    D3 Liveness "A prerequisite that becomes true late brings the agent in the end." Judge;
    D4 Liveness "Removed and needed again leads to present again." Judge;
    D5 Safety "Tries of a delivery are bounded, and begin again with a new trigger."
        Tests("tests/scenarios/section-02/C-2.3-failing-download.toml");
    X1 Safety "A removed agent owns nothing, and one that has to go has a deadline."
        Partly("files, tasks and registry keys are those of the driver that carries the removal out, here `Effect::Uninstall`");
    X2 Safety "A removed agent does nothing." Judge;
    X3 Safety "A stop is honored at once, in every state." Judge;
    X4 Safety "An empty answer by error is no missing assignment."
        Tests("tests/properties/ledger.rs");
    X5 Safety "A new life begins with nothing of the old one."
        Tests("tests/scenarios/section-10/B-10.15-a-back-as-if-new.toml");
    X6 Safety "Removal during an upgrade is safe in both orders."
        Tests("tests/properties/device.rs");
    U1 Safety "Killed at any step, the old or the new version runs."
        Tests("tests/driver/kill.rs");
    U2 Safety "What is reported of version and state is real in the end." Judge;
    U3 Safety "Throttling is no evidence against a new version."
        Nothing("an upgrade is not watched and not rolled back");
    U4 Safety "Stale metadata stops updates and not the agent."
        Nothing("the service hands over versions; there is no metadata that expires");
    U5 Safety "An upgrade has one owner."
        Construction("the MDM client has one job");
    U6 Safety "A pending restart delays an update or has it verified."
        Tests("tests/scenarios/starter/s-34-update-while-a-restart-waits.toml");
    W1 Safety "A content takes effect at most once for each version and context." Judge;
    W2 Safety "Withdrawn work never runs." Judge;
    W3 Safety "What can never work is not tried again."
        Tests("tests/scenarios/section-01/C-1.4-registered-device.toml");
    W4 Liveness "Every item comes to an end or to a state that says why not." Judge;
    W5 Safety "Every wait has a deadline." Judge;
    W6 Safety "Work that needs a stable device is held while it is awake for maintenance only." Judge;
    W7 Safety "A user who puts off is no failed try."
        Tests("tests/scenarios/section-07/B-7.29-a-grace-period.toml");
    F1 Safety "After an event that hits all, peaks and the time to drain stay in bounds, without echo."
        Tests("tests/herd.rs");
    F2 Safety "A device counts as offline later than it may be silent."
        Tests("tests/herd.rs");
    F3 Safety "Starts at one moment are spread."
        Tests("tests/herd.rs");
    P1 Safety "A damaged state leads to a safe start, with the bad file set aside."
        Tests("tests/properties/snapshot.rs");
    P2 Safety "Restart loops slow down and are seen."
        Promised("Windows starts the documented agent at once, however often it dies (assumed); `hardened` has it wait");
    P3 Safety "What is believed of a session ends with it."
        Construction("`Running` holds it, and ends with the process");
}

impl Invariant {
    /// Whether an agent with these figures, and a service for it, promise it: all but what the documented ones break.
    pub fn is_promised(self, profile: &Profile) -> bool {
        match self {
            Self::R7 => promises_r7(profile),
            Self::A6 => profile.svc.notices_twins,
            Self::P2 => profile.health.crashes().is_some(),
            _ => true,
        }
    }

    /// The invariant of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|invariant| invariant.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
