//! What must hold of any log of the agent: checks that need no model, only the log.
//!
//! That a check fails means that the log is of another agent, or was changed, or that the reader took a jump of the clock for
//! what it is not.

use serde::Serialize;

use super::clock::Late;
use super::event::{EspEvent, EspPhase, Event, NetworkEvent, ScriptEvent, ServiceEvent, SessionEvent, TimerEvent};
use super::record::{Stamp, TICKS_PER_SECOND};
use super::timeline::{Item, ItemKind, Outcome};

/// A check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Every record has the agent's form; what has not is torn, cut off or other text (B-11.8).
    Form,
    /// After each start comes one hold within a minute, of 30 to 59 seconds, or of none with jitter off (B-4.9).
    Hold,
    /// The first check-in of scripts comes after the holds (B-4.8, B-4.9), of which the status page ends the second (B-4.10).
    FirstPoll,
    /// A timer begins when it should, or later by sleep (B-4.11, B-4.27).
    Timers,
    /// What begins ends, unless the service stopped, or the log ends or is torn.
    Ends,
    /// A request is tried no more often than it says, and not sooner than after two minutes.
    Tries,
    /// Two runs of required apps never hold the lock at once.
    Lock,
    /// While the service runs the clock changes by its zone alone.
    Clock,
}

impl Check {
    /// All of them, in their order.
    pub const ALL: [Self; 8] =
        [Self::Form, Self::Hold, Self::FirstPoll, Self::Timers, Self::Ends, Self::Tries, Self::Lock, Self::Clock];

    /// What must hold, for people.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Form => "every record has the form of the agent",
            Self::Hold => "after each start all check-ins are held back for 30 to 59 seconds, or for 0 with jitter off",
            Self::FirstPoll => "scripts are first asked for after the holds",
            Self::Timers => "timers begin on time, or late by the same sleep",
            Self::Ends => "what begins ends, unless the service stops or the log ends or is torn",
            Self::Tries => "requests are tried as often as they say, two minutes apart",
            Self::Lock => "no two runs of required apps hold the lock at once",
            Self::Clock => "while the service runs the clock changes by its zone alone",
        }
    }
}

/// Where a check does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// The log.
    pub log: String,
    /// When it was noticed, on the device's clock.
    pub at: Option<Stamp>,
    /// What is wrong.
    pub what: String,
}

const SECOND: i64 = TICKS_PER_SECOND;
/// What records may be off by, in units of 100 nanoseconds.
const SLACK: i64 = SECOND / 2;
/// A silence that is longer may be one of several sleeps, in milliseconds.
const LONG: i64 = 600_000;
/// What a timer may be late without sleep, in milliseconds.
const LATE: i64 = 2_000;

/// Looks on while a log is read.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    log: String,
    run: Option<Run>,
    /// Numbers and times of tries of requests.
    tries: Vec<(u64, i64)>,
    holder: Option<Option<u32>>,
    last: Option<(i64, Stamp)>,
    /// How late timers of this run were.
    late: Vec<Late>,
    /// How many records have another form.
    foreign: u64,
    findings: Vec<Finding>,
}

#[derive(Debug)]
struct Run {
    began: i64,
    /// Whether its first record is there.
    is_told: bool,
    hold: Option<u64>,
    second_hold: Option<u64>,
    has_polled: bool,
    has_stopped: bool,
}

impl Oracle {
    pub(super) fn new(log: &str) -> Self {
        Self { log: log.to_owned(), ..Self::default() }
    }

    fn fail(&mut self, check: Check, what: String) {
        let at = self.last.map(|(_, stamp)| stamp);
        self.findings.push(Finding { check, log: self.log.clone(), at, what });
    }

    /// A run of the service begins.
    pub(super) fn start(&mut self, at: i64, is_told: bool) {
        self.end_run();
        (self.holder, self.tries, self.late) = (None, Vec::new(), Vec::new());
        self.run =
            Some(Run { began: at, is_told, hold: None, second_hold: None, has_polled: false, has_stopped: false });
    }

    fn end_run(&mut self) {
        let Some(run) = self.run.take() else { return };
        let lasted = self.last.map_or(0, |(at, _)| at - run.began);
        if run.hold.is_none() && run.is_told && lasted > 60 * SECOND {
            self.fail(Check::Hold, "a run of the service has no hold".to_owned());
        }
    }

    /// A record of another form.
    pub(super) fn other_form(&mut self) {
        self.foreign += 1;
    }

    /// The clock was set while the service ran.
    pub(super) fn step(&mut self, stamp: Stamp, millis: i64) {
        if self.run.as_ref().is_some_and(|run| !run.has_stopped) {
            self.fail(Check::Clock, format!("the clock goes back by {millis} ms before {stamp}"));
        }
    }

    /// A timer began its first period.
    pub(super) fn timer(&mut self, late: &Late) {
        // Who slept more than once may have slept in all silences.
        let slept_once = late.late_millis <= late.silence_millis + LATE;
        let is_asleep = slept_once || late.silence_millis > LONG && late.late_millis <= late.silent_millis + LATE;
        if late.late_millis < -LATE || late.late_millis > LATE && !is_asleep {
            let text =
                format!("the timer of {} is {} ms late, without a silence as long", late.workload, late.late_millis);
            self.fail(Check::Timers, text);
        }
        // What two timers lost in one silence is one sleep.
        let same = self.late.iter().find(|before| {
            slept_once && before.silence_at == late.silence_at && (before.late_millis - late.late_millis).abs() > LATE
        });
        if let Some(before) = same {
            let text = format!(
                "in one silence the timer of {} lost {} ms and that of {} {} ms",
                before.workload, before.late_millis, late.workload, late.late_millis
            );
            self.fail(Check::Timers, text);
        }
        self.late.push(late.clone());
    }

    /// The next event.
    pub(super) fn event(&mut self, at: i64, stamp: Stamp, thread: Option<u32>, event: &Event<'_>) {
        self.last = Some((at, stamp));
        if let Some(run) = &mut self.run {
            let after = at - run.began;
            if let Event::Timer(TimerEvent::FirstHold { seconds }) = event {
                let is_late = run.is_told && after > 60 * SECOND;
                let is_second = run.hold.replace(*seconds).is_some();
                if is_late || is_second || !matches!(seconds, 0 | 30..=59) {
                    let how = if is_second { " again" } else { "" };
                    let text = format!("held back{how} for {seconds} s, {} s after the start", after / SECOND);
                    self.fail(Check::Hold, text);
                }
            } else if let Event::Timer(TimerEvent::SecondHold { seconds }) = event {
                run.second_hold = Some(*seconds);
            } else if let Event::Esp(EspEvent::Phase { phase: EspPhase::DeviceSetup | EspPhase::AccountSetup }) = event
            {
                // B-4.10: while the status page is open there is none.
                run.second_hold = None;
            } else if let Event::Service(ServiceEvent::Stopped) = event {
                run.has_stopped = true;
            } else if let Event::Script(ScriptEvent::PollBegins) = event
                && !std::mem::replace(&mut run.has_polled, true)
                && run.is_told
            {
                let held = run.hold.unwrap_or(0) + run.second_hold.unwrap_or(0);
                if after + SLACK < i64::try_from(held).unwrap_or(i64::MAX).saturating_mul(SECOND) {
                    let text =
                        format!("scripts are asked for {} s after the start, held back for {held} s", after / SECOND);
                    self.fail(Check::FirstPoll, text);
                }
            }
        }
        if let Event::Network(NetworkEvent::RequestBegins { attempt, retries }) = event {
            self.request(at, *attempt, *retries);
        } else if let Event::Session(SessionEvent::Locked) = event {
            if let Some(holder) = self.holder.filter(|holder| *holder != thread) {
                self.fail(Check::Lock, format!("thread {thread:?} takes the lock that {holder:?} has"));
            }
            self.holder = Some(thread);
        } else if let Event::Session(SessionEvent::Unlocked) = event {
            self.holder = None;
        }
    }

    /// The first try and the second have no wait between them: a try says its number, then waits, then sends.
    fn request(&mut self, at: i64, attempt: u64, retries: u64) {
        if attempt > retries {
            self.fail(Check::Tries, format!("try {attempt} of a request that has {retries} retries"));
        }
        // A request goes on on other threads than it began.
        let before = self.tries.iter().filter(|(number, _)| number + 1 == attempt).map(|(_, then)| *then).min();
        if attempt >= 2 && before.is_some_and(|then| at - then < 120 * SECOND - SLACK) {
            self.fail(Check::Tries, format!("try {attempt} comes sooner than two minutes after the one before"));
        }
        self.tries.retain(|(_, then)| at - then < 1_800 * SECOND);
        self.tries.push((attempt, at));
    }

    /// The log has ended.
    pub(super) fn finish(mut self, items: &[Item]) -> Vec<Finding> {
        self.end_run();
        if self.foreign > 0 {
            self.fail(Check::Form, format!("{} records have another form", self.foreign));
        }
        let is_paired = |kind: ItemKind| {
            matches!(
                kind,
                ItemKind::ScriptCheckIn
                    | ItemKind::RequiredAppCheckIn
                    | ItemKind::AvailableAppCheckIn
                    | ItemKind::AppCheckIn
                    | ItemKind::SessionAppCheckIn
                    | ItemKind::ProxyPoll
                    | ItemKind::Script
                    | ItemKind::Download
                    | ItemKind::HealthCheck
                    | ItemKind::Inventory
                    | ItemKind::CertificateCheck
            )
        };
        for item in items {
            if is_paired(item.kind) && item.outcome == Outcome::BeganAgain {
                self.findings.push(Finding {
                    check: Check::Ends,
                    log: self.log.clone(),
                    at: Some(item.begin),
                    what: format!("{} has no end, and nothing says why", item.kind.title()),
                });
            }
        }
        self.findings
    }
}
