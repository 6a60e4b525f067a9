//! Makes log events out of what an agent is told, decides and wants.
//!
//! It looks on as `driver::Host` and `sim::Observer` do: first all that the agent decided in a turn ([`Scribe::note`]), then the
//! turn itself ([`Scribe::turned`]), then each effect ([`Scribe::wanted`]). It decides nothing, and needs nothing of the agent
//! but what those show.
//!
//! # Time
//!
//! Records have the local time of the device's own clock (B-11.9), in the zone in which the device was when the process that
//! writes them began: the service keeps it until it starts again, and each helper has that of the moment. The core counts
//! milliseconds; records of the same one follow each other by 100 nanoseconds, the unit of their form, so that they have an
//! order across files. Some records come by awake time alone, such as those of a timer that begins its first period:
//! [`Scribe::pass_time`] writes those that are due, each with the moment at which it was.
//!
//! # Threads
//!
//! The start of the service writes on thread 4, and helpers that are processes of their own on thread 1, as they do on devices.
//! Everything else takes the lowest number from 5 on that nothing uses, for as long as it takes, so that a begin and its end
//! have the same one.
//!
//! | file | what is told |
//! |---|---|
//! | `said` | for each decision, what is said of it, or why nothing is |
//! | `service` | start, stop, delays, sessions |
//! | `network` | requests, failures, reports |
//! | `check_in` | which check-ins are under way, and their threads |
//! | `script` | script polls and runs |
//! | `helper` | the process that runs scripts |
//! | `app`, `install` | app check-ins and what is decided in them; downloads, installers, restarts |
//! | `remediation` | remediations and discovery scripts |
//! | `house` | health, inventory, certificate |

mod app;
mod check_in;
mod helper;
mod house;
mod install;
mod network;
mod remediation;
mod said;
mod script;
mod service;

use self::check_in::CheckIn;
use self::said::Said;

use std::collections::BTreeSet;

use super::entry::{Entry, Pen};
use super::ids::Ids;
use crate::agent::{self, Agent, Input, Run, Task};
use crate::facts;
use crate::log::record::TICKS_PER_SECOND;
use crate::log::{Event, LogFile, Severity, Stamp, event};
use crate::protocol::{PolicyId, Report, Token, UserId, Workload};
use crate::time::{Awake, Now, Span, Wall, Zone};

/// The thread of the start of the service.
const START: u32 = 4;
/// The thread of a helper process.
const HELPER: u32 = 1;

/// Makes log events out of what an agent is told, decides and wants, and hands them to a pen.
#[derive(Debug)]
pub struct Scribe<I, P> {
    ids: I,
    pen: P,
    /// The zone of the device, and the one that the service found at its start.
    zone: Zone,
    zone_of_service: Zone,
    now: Now,
    /// The millisecond of the last record on the device's clock, and how many records it has beside the first.
    last: Wall,
    same: u32,
    is_running: bool,
    stop: Stop,
    phase: facts::EspPhase,
    /// Who is signed in, by bits; the first stands for an account that is not from Entra.
    users: u32,
    /// How often a request is tried again.
    retries: u64,
    threads: BTreeSet<u32>,
    check_ins: [Option<CheckIn>; Workload::ALL.len()],
    /// Whose apps are worked on, in their order.
    passes: Vec<Workload>,
    runs: Vec<(Token, Run)>,
    /// The run that ended in this turn.
    ended: Option<(Token, Run)>,
    remediation: Option<Runner>,
    discovery: Option<Runner>,
    report: Option<(Token, Report, u32)>,
    notes: Vec<agent::Event>,
    later: Vec<Later>,
    apps: Vec<AppSeen>,
}

/// How the service is about to stop, which the agent does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Stop {
    /// Somebody or an update stops the service.
    #[default]
    Asked,
    /// The machine shuts down or restarts.
    Shutdown,
    /// The process dies and writes nothing.
    Died,
}

/// Where a remediation or discovery script runs.
#[derive(Clone, Copy, Debug)]
struct Runner {
    thread: u32,
    policy: PolicyId,
    revision: u32,
}

/// What is remembered of an app for its next record.
#[derive(Clone, Copy, Debug)]
struct AppSeen {
    policy: PolicyId,
    user: UserId,
    enforcement: u16,
    esp: u8,
    is_enforced: bool,
}

/// A record that comes by awake time.
#[derive(Clone, Copy, Debug)]
struct Later {
    due: Awake,
    line: LaterLine,
}

#[derive(Clone, Copy, Debug)]
enum LaterLine {
    /// The first hold is over, and two more begin unless the status page is open.
    Ready { scripts: u64, others: u64 },
    /// A timer begins its first period.
    TimerBegins(event::Workload<'static>),
}

/// One turn of the agent, as it is looked at.
#[derive(Clone, Copy)]
struct Seen<'a> {
    cx: &'a agent::Context<'a>,
    agent: &'a Agent,
    input: Option<&'a Input<'a>>,
    /// What was decided later in the same turn.
    rest: &'a [agent::Event],
}

impl<I: Ids, P: Pen> Scribe<I, P> {
    /// Nothing is known yet, and the service does not run.
    pub fn new(ids: I, pen: P) -> Self {
        Self {
            ids,
            pen,
            zone: Zone::utc(),
            zone_of_service: Zone::utc(),
            now: Now { wall: Wall::MIN, awake: Awake::MIN },
            last: Wall::MIN,
            same: 0,
            is_running: false,
            stop: Stop::Asked,
            phase: facts::EspPhase::NotInEsp,
            users: 0,
            retries: 0,
            threads: BTreeSet::new(),
            check_ins: [const { None }; Workload::ALL.len()],
            passes: Vec::new(),
            runs: Vec::new(),
            ended: None,
            remediation: None,
            discovery: None,
            report: None,
            notes: Vec::new(),
            later: Vec::new(),
            apps: Vec::new(),
        }
    }

    /// The zone of the device, for records before the first turn.
    #[must_use]
    pub fn in_zone(mut self, zone: &Zone) -> Self {
        self.zone.clone_from(zone);
        self.zone_of_service.clone_from(zone);
        self
    }

    /// How the service stops, if it does next. Without a word somebody asks it to.
    pub const fn stopping(&mut self, stop: Stop) {
        self.stop = stop;
    }

    /// Takes a decision of the turn that is under way; the rule behind it stands in no log.
    pub fn note(&mut self, event: agent::Event) {
        self.notes.push(event);
    }

    /// Takes notice of what happens to the device, where that does not come with a turn: sessions, syncs, phases of the ESP.
    pub fn hear(&mut self, now: Now, input: &Input<'_>) {
        self.at(now);
        self.heard(input);
    }

    /// The agent has taken an input, if it was for the agent alone with that, and stands so now. Writes what is to be said of
    /// all that was noted.
    pub fn turned(&mut self, now: Now, cx: &agent::Context<'_>, agent: &Agent, input: Option<&Input<'_>>) {
        if self.zone != *cx.zone {
            self.zone.clone_from(cx.zone);
        }
        self.retries = u64::from(cx.profile.ime.http_attempts).saturating_sub(1);
        self.at(now);
        if let Some(input) = input {
            self.heard(input);
        }
        let notes = std::mem::take(&mut self.notes);
        for (place, event) in notes.iter().enumerate() {
            let rest = notes.get(place + 1..).unwrap_or(&[]);
            let seen = Seen { cx, agent, input, rest };
            if let agent::Event::CheckIn { workload, .. } = event {
                // What waited for the end of another of its kind begins with it.
                self.close(*workload);
            }
            if let Some(dropped) = begins_or_not(event) {
                self.close_what_is_over(agent, dropped);
            }
            match self.tell(event, &seen) {
                Said::Written => {}
                Said::Nothing(why) => self.pen.silent(event, why),
            }
        }
        self.notes = notes;
        self.notes.clear();
        self.close_what_is_over(agent, None);
        self.ended = None;
        self.pass_time(now);
    }

    /// What the agent wants is about to be carried out.
    pub fn wanted(&mut self, now: Now, effect: &agent::Effect) {
        self.at(now);
        match effect {
            agent::Effect::Send { token, request } => self.request_leaves(*token, request),
            agent::Effect::Run { token, run } => {
                self.runs.push((*token, *run));
                self.run_begins(*token, run);
            }
            agent::Effect::Stop { token } => self.runs.retain(|(known, _)| known != token),
            agent::Effect::Persist
            | agent::Effect::SetAutomatic
            | agent::Effect::StartService
            | agent::Effect::Restart
            | agent::Effect::Uninstall => {}
        }
    }

    /// Writes the records that are due by awake time. To be called before the device sleeps or wakes and before its clock is
    /// stepped, with the time before; otherwise whenever there is occasion.
    pub fn pass_time(&mut self, now: Now) {
        while let Some(place) = self.next_later().filter(|place| self.later[*place].due <= now.awake) {
            let Later { due, line } = self.later.remove(place);
            self.now = Now { wall: now.wall.before(now.awake.since(due)), awake: due };
            self.later_line(line);
        }
        self.now = now;
    }

    /// When the next record is due by awake time, if one is.
    pub fn due(&self) -> Option<Awake> {
        self.later.iter().map(|later| later.due).min()
    }

    /// The pen.
    pub const fn pen(&self) -> &P {
        &self.pen
    }

    /// The pen, to be asked for errors.
    pub const fn pen_mut(&mut self) -> &mut P {
        &mut self.pen
    }

    /// The pen, when nothing more is to be written.
    pub fn into_pen(self) -> P {
        self.pen
    }

    /// The place of the record that is due first; of equal ones the first that was planned.
    fn next_later(&self) -> Option<usize> {
        (0..self.later.len()).min_by_key(|place| self.later[*place].due)
    }

    fn at(&mut self, now: Now) {
        self.pass_time(now);
    }

    fn say<'e>(&mut self, thread: u32, event: impl Into<Event<'e>>) {
        self.write(Severity::Info, thread, event.into());
    }

    fn warn<'e>(&mut self, thread: u32, event: impl Into<Event<'e>>) {
        self.write(Severity::Warning, thread, event.into());
    }

    fn complain<'e>(&mut self, thread: u32, event: impl Into<Event<'e>>) {
        self.write(Severity::Error, thread, event.into());
    }

    fn write(&mut self, severity: Severity, thread: u32, event: Event<'_>) {
        self.write_in(event.file(), severity, thread, event);
    }

    /// Writes to another file than that of the event.
    fn write_in(&mut self, file: LogFile, severity: Severity, thread: u32, event: Event<'_>) {
        const TICKS_PER_MILLI: i64 = TICKS_PER_SECOND / 1_000;
        let wall = self.now.wall;
        self.same = if wall == self.last { self.same.saturating_add(1) } else { 0 };
        self.last = wall;
        let zone = if thread == HELPER { &self.zone } else { &self.zone_of_service };
        let local = wall.unix_millis().saturating_add(i64::from(zone.offset_at(wall)) * 1_000);
        let beside = i64::from(self.same).min(TICKS_PER_MILLI - 1);
        let at = Stamp::from_ticks(local.saturating_mul(TICKS_PER_MILLI).saturating_add(beside));
        self.pen.write(&Entry { at, file, severity, thread, event });
    }

    /// The run of this kind that ended in this turn or is under way.
    fn run_of(&self, tasks: &[Task], policy: PolicyId, user: UserId) -> Option<(Token, Run)> {
        let is_it = |(_, run): &&(Token, Run)| tasks.contains(&run.task) && (run.policy, run.user) == (policy, user);
        self.ended.iter().chain(self.runs.iter().rev()).find(is_it).copied()
    }

    /// What is remembered of an app.
    fn app(&mut self, policy: PolicyId, user: UserId) -> &mut AppSeen {
        let place = self.apps.iter().position(|app| (app.policy, app.user) == (policy, user)).unwrap_or_else(|| {
            self.apps.push(AppSeen { policy, user, enforcement: 0, esp: 1, is_enforced: false });
            self.apps.len() - 1
        });
        &mut self.apps[place]
    }
}

/// Whether a check-in begins or is left out, before which the one before it in a row has its end; with the workload of one
/// that is dropped, which was busy then, whatever has become of it since.
const fn begins_or_not(event: &agent::Event) -> Option<Option<Workload>> {
    use agent::Event;
    if let Event::CheckInDropped { workload, .. } = event {
        return Some(Some(*workload));
    }
    let begins = matches!(event, Event::CheckIn { .. } | Event::AppsSkipped { .. } | Event::SelfThrottled);
    if begins { Some(None) } else { None }
}

/// A moment in UTC, in the form that Windows has for English.
fn utc(at: Wall) -> String {
    let Stamp { date, time } = Stamp::from_millis(at.unix_millis());
    let (hour, minute, second) = (time.hour, time.minute, time.second);
    format!("{:02}/{:02}/{:04} {hour:02}:{minute:02}:{second:02}", date.month, date.day, date.year)
}

/// A length of time in whole seconds.
const fn secs(span: Span) -> u64 {
    span.as_secs()
}

/// The number of a process, made up: the same for the same run.
fn process(token: Token) -> u64 {
    4 * (u64::from(token.number()) % 8_000 + 500)
}
