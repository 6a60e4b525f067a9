//! Follows one log record by record: its clock, its runs of the service, and what begins and ends.

use super::item::{Anomaly, Item, ItemKind, Oddity, Reason};
use super::open::{Here, OpenItems, say, shortened};
use super::pair::ROLES;
use super::reason::Reasons;
use crate::log::clock::{Clock, HELPER, Hint, Jump, Lateness};
use crate::log::event::{
    AppRunEvent, Event, Guid, NetworkEvent, ServiceEvent, SessionChange, SessionEvent, TimerEvent,
};
use crate::log::oracle::{Finding, Oracle};
use crate::log::reader::{Entry, Kind, Piece};
use crate::log::record::{LogFile, Stamp};

/// A timer that is later than this was held up by sleep, in milliseconds; work on the machine takes less.
const LATE: i64 = 2_000;
/// How much of odd text is kept, in bytes.
const TEXT: usize = 200;

/// Follows one log.
#[derive(Debug)]
pub(super) struct Tracker {
    log: String,
    /// Whether it is the log of the service, by its name or by what it says.
    is_service: bool,
    oracle: Oracle,
    clock: Clock,
    lateness: Lateness,
    pub(super) open: OpenItems,
    reasons: Reasons,
    anomalies: Vec<Anomaly>,
    first: Option<Stamp>,
    last: Option<Stamp>,
    at: i64,
    events: u64,
}

impl Tracker {
    pub(super) fn new(log: &str) -> Self {
        Self {
            log: log.to_owned(),
            is_service: log == LogFile::IntuneManagementExtension.name(),
            oracle: Oracle::new(log),
            clock: Clock::default(),
            lateness: Lateness::default(),
            open: OpenItems::new(log),
            reasons: Reasons::default(),
            anomalies: Vec::new(),
            first: None,
            last: None,
            at: 0,
            events: 0,
        }
    }

    /// The stamps of the first and the last record, and how many messages were understood.
    pub(super) fn span(&self) -> (Option<Stamp>, Option<Stamp>, u64) {
        (self.first, self.last, self.events)
    }

    pub(super) fn finish(self) -> (Vec<Item>, Vec<Anomaly>, Vec<Finding>) {
        let items = self.open.finish();
        let findings = self.oracle.finish(&items);
        (items, self.anomalies, findings)
    }

    /// Takes the next piece of the log; `before` is the length of the parts before this one.
    pub(super) fn piece(&mut self, before: u64, piece: &Piece<'_>) {
        let offset = before + piece.range.start;
        match piece.kind {
            Kind::Record(entry) => self.record(offset, &entry),
            Kind::Torn { part, text, .. } => {
                self.open.torn += 1;
                self.odd(offset, Oddity::Torn { part, text: shortened(text.trim(), TEXT) });
            }
            Kind::Truncated { text, .. } => {
                self.odd(offset, Oddity::Truncated { text: shortened(text.trim(), TEXT) });
            }
            Kind::Foreign(text) => {
                let bytes = piece.range.end - piece.range.start;
                self.odd(offset, Oddity::Foreign { bytes, text: shortened(text.trim(), TEXT) });
            }
            Kind::Blank => {}
        }
    }

    fn odd(&mut self, offset: u64, what: Oddity) {
        self.anomalies.push(Anomaly { log: self.log.clone(), after: self.last, offset, what, at: self.at });
    }

    fn record(&mut self, offset: u64, entry: &Entry<'_>) {
        let record = entry.record;
        let event = Event::parse(record.message);
        let is_start = self.starts(event.as_ref(), record.thread);
        let is_helper = record.thread == Some(HELPER);
        let hint = Hint {
            is_start: is_start.is_some(),
            is_service: self.is_service,
            is_helper,
            has_stopped: self.open.has_stopped,
            bias: entry.zone,
        };
        let (at, jump) = self.clock.see(record.stamp, hint);
        let passed = at - self.at;
        if let Some(jump) = jump {
            if let Jump::Step { millis } = jump {
                self.oracle.step(record.stamp, millis);
            }
            self.odd(offset, Oddity::Clock(jump));
        }
        if !entry.is_agents {
            self.oracle.other_form();
        }
        if let Some(bytes) = entry.cut_from {
            self.odd(offset, Oddity::Cut { bytes });
        }
        self.first = self.first.or(Some(record.stamp));
        (self.last, self.at) = (Some(record.stamp), at);
        let here = Here { stamp: record.stamp, at, thread: record.thread };
        if let Some(is_told) = is_start {
            self.start(offset, here, is_told);
        }
        if !matches!(jump, Some(Jump::Zone { .. } | Jump::ZoneOrOff { .. })) {
            self.lateness.silence(at, passed);
        }
        if let Some(event) = event {
            self.events += 1;
            self.oracle.event(at, record.stamp, record.thread, &event);
            self.event(offset, here, &event);
        }
    }

    /// Whether a run of the service begins with this record, and whether the record says so. A start whose record was
    /// overwritten is known by its timers, which no run arms twice (B-4.11).
    fn starts(&self, event: Option<&Event<'_>>, thread: Option<u32>) -> Option<bool> {
        if let Some(Event::Service(ServiceEvent::Started)) = event {
            return Some(true);
        }
        let Some(Event::Timer(TimerEvent::Armed { .. })) = event else { return None };
        (self.open.has_stopped && thread == Some(4)).then_some(false)
    }

    fn start(&mut self, offset: u64, here: Here, is_told: bool) {
        self.open.run += 1;
        self.is_service = true;
        self.oracle.start(here.at, is_told);
        self.open.has_stopped = false;
        self.lateness.restart();
        self.reasons.start();
        let _ = self.open.begin(ItemKind::ServiceRun, Here { thread: None, ..here }, None);
        if !is_told {
            self.odd(offset, Oddity::StartLost);
        }
    }

    fn event(&mut self, offset: u64, here: Here, event: &Event<'_>) {
        self.timers(offset, here, event);
        if let Event::Service(ServiceEvent::Stopped) = event {
            if !self.open.end(ItemKind::ServiceRun, Here { thread: None, ..here }) {
                self.open.lone_end(ItemKind::ServiceRun, here, None);
            }
            self.open.has_stopped = true;
        }
        if let Event::Session(SessionEvent::Change { change: SessionChange::Logon }) = event {
            self.reasons.log_on(here.at);
        }
        if let Event::Session(SessionEvent::SyncAsked { command: 200 }) = event {
            self.reasons.sync(here.at);
        }
        if let Event::Network(NetworkEvent::Offline | NetworkEvent::FailureClass { .. }) = event {
            self.reasons.offline(here.at);
        }
        let role = ROLES.get(event.name()).copied().unwrap_or_default();
        if let Some(kind) = role.begins {
            let reason = self.reasons.of(kind, here.thread, here.at);
            self.open.begin(kind, here, None).item.reason = reason;
        }
        if let Some(kind) = role.ends {
            if kind == ItemKind::AppCheckIn || kind == ItemKind::RemediationPass {
                self.open.end_all(&[ItemKind::App, ItemKind::Remediation], here);
            }
            if !self.open.end(kind, here) {
                self.open.lone_end(kind, here, None);
            }
            self.reasons.ended(kind, here.at);
        }
        if let Some(kind) = role.moment {
            self.open.moment(kind, here, event.to_string());
        }
        if let Some((kinds, fact)) = role.fact
            && let Some(open) = self.open.find(kinds, here.thread)
        {
            say(&mut open.item, fact, &value(event));
        }
        self.story(here, event);
        if let Event::AppRun(AppRunEvent::Sender { is_null: false, .. }) = event
            && let Some(open) = self.open.find(&[ItemKind::AppCheckIn], here.thread)
            && open.item.reason == Some(Reason::Timer)
        {
            // Somebody asked, though nothing before says who.
            open.item.reason = None;
        }
    }

    fn timers(&mut self, offset: u64, here: Here, event: &Event<'_>) {
        if let Event::Timer(TimerEvent::Armed { seconds, workload }) = event {
            self.lateness.armed(here.at, *workload, *seconds);
        }
        if let Event::Timer(TimerEvent::Begun { workload }) = event
            && let Some(late) = self.lateness.begun(here.at, *workload)
        {
            self.oracle.timer(&late);
            if late.late_millis > LATE {
                self.odd(offset, Oddity::SleptBy(late));
            }
        }
    }
}

/// What an event says beyond its name: its fields, or its text without the tags in front if it has none.
fn value(event: &Event<'_>) -> String {
    let device = Guid::ZERO.to_string();
    let fields: Vec<(&str, String)> =
        event.fields().map(|(name, value)| (name, if value == device { "device".to_owned() } else { value })).collect();
    if let [(_, only)] = fields.as_slice() {
        return only.clone();
    }
    let told: Vec<String> =
        fields.into_iter().map(|(name, value)| format!("{} {value}", name.replace('_', " "))).collect();
    if !told.is_empty() {
        return told.join(", ");
    }
    let text = event.to_string();
    let mut rest = text.as_str();
    while let Some((_, behind)) = rest.strip_prefix('[').and_then(|tag| tag.split_once(']')) {
        rest = behind.trim_start();
    }
    rest.trim_matches(|c: char| matches!(c, '-' | ' ' | ',')).to_owned()
}
