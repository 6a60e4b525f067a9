//! Why a check-in came. There is no field for it; it is derived from what stands before.

use super::item::{ItemKind, Reason};
use crate::log::record::TICKS_PER_SECOND;

const fn seconds(n: i64) -> i64 {
    n * TICKS_PER_SECOND
}

/// From a log-on to its check-in of scripts: 30 seconds and some work (B-4.17).
const LOG_ON: i64 = seconds(90);
/// From one check-in to the next in a row on one thread, D2 or D3 in between.
const IN_A_ROW: i64 = seconds(200);
/// From a client's command to the check-in.
const SYNC: i64 = seconds(30);
/// A timer does not come back sooner than this.
const SOONEST_TIMER: i64 = seconds(55 * 60);

/// What may be a reason.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    log_on: Option<i64>,
    sync: Option<i64>,
    /// Kinds that have come in this run of the service.
    seen: Vec<ItemKind>,
    has_start: bool,
    /// The last check-ins: kind, thread, begin or end, reason.
    last: Vec<(ItemKind, Option<u32>, i64, Reason)>,
    /// When the network was last found missing.
    offline: Option<i64>,
}

impl Reasons {
    pub(super) fn start(&mut self) {
        self.seen.clear();
        self.last.clear();
        self.has_start = true;
        (self.log_on, self.sync, self.offline) = (None, None, None);
    }

    pub(super) fn log_on(&mut self, at: i64) {
        self.log_on = Some(at);
    }

    pub(super) fn sync(&mut self, at: i64) {
        self.sync = Some(at);
    }

    pub(super) fn offline(&mut self, at: i64) {
        self.offline = Some(at);
    }

    /// A check-in is over: the next in the row is counted from here.
    pub(super) fn ended(&mut self, kind: ItemKind, at: i64) {
        if let Some(last) = self.last.iter_mut().find(|last| last.0 == kind) {
            last.2 = at;
        }
    }

    /// The reason of a check-in that begins; `None` for what is no check-in.
    pub(super) fn of(&mut self, kind: ItemKind, thread: Option<u32>, at: i64) -> Option<Reason> {
        let is_app = matches!(kind, ItemKind::RequiredAppCheckIn | ItemKind::AppCheckIn);
        let is_other = matches!(
            kind,
            ItemKind::ScriptCheckIn | ItemKind::AvailableAppCheckIn | ItemKind::ProxyPoll | ItemKind::SessionAppCheckIn
        );
        if !is_app && !is_other {
            return None;
        }
        let within = |then: Option<i64>, most: i64| then.is_some_and(|then| (0..=most).contains(&(at - then)));
        let in_a_row =
            self.last.iter().rev().find(|(_, of, end, _)| *of == thread && (0..=IN_A_ROW).contains(&(at - end)));
        let before = self.last.iter().find(|(of, ..)| *of == kind);
        let is_first = !self.seen.contains(&kind);
        let reason = if is_app && within(self.sync, SYNC) {
            self.sync = None;
            Reason::ClientSync
        } else if kind == ItemKind::SessionAppCheckIn || kind == ItemKind::ScriptCheckIn && within(self.log_on, LOG_ON)
        {
            Reason::LogOn
        } else if let Some((.., reason)) = in_a_row.filter(|(.., reason)| is_first || *reason == Reason::LogOn) {
            *reason
        } else if is_first && self.has_start && kind == ItemKind::ScriptCheckIn {
            Reason::ServiceStart
        } else if let Some((_, _, then, _)) = before
            && self.offline.is_some_and(|offline| offline <= at && offline >= then - SOONEST_TIMER)
            && at - then < SOONEST_TIMER
        {
            self.offline = None;
            Reason::NetworkBack
        } else {
            Reason::Timer
        };
        self.seen.push(kind);
        self.last.retain(|(of, ..)| *of != kind);
        self.last.push((kind, thread, at, reason));
        Some(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_by_what_stands_before() {
        let mut reasons = Reasons::default();
        reasons.start();
        let scripts = reasons.of(ItemKind::ScriptCheckIn, Some(5), seconds(45));
        assert_eq!(scripts, Some(Reason::ServiceStart));
        let apps = reasons.of(ItemKind::RequiredAppCheckIn, Some(5), seconds(60));
        assert_eq!(apps, Some(Reason::ServiceStart));
        let apps = reasons.of(ItemKind::RequiredAppCheckIn, Some(9), seconds(3_700));
        assert_eq!(apps, Some(Reason::Timer));
        reasons.sync(seconds(4_000));
        let apps = reasons.of(ItemKind::RequiredAppCheckIn, Some(9), seconds(4_000));
        assert_eq!(apps, Some(Reason::ClientSync));
        reasons.log_on(seconds(5_000));
        let scripts = reasons.of(ItemKind::ScriptCheckIn, Some(11), seconds(5_030));
        assert_eq!(scripts, Some(Reason::LogOn));
        reasons.ended(ItemKind::ScriptCheckIn, seconds(5_040));
        let apps = reasons.of(ItemKind::RequiredAppCheckIn, Some(11), seconds(5_041));
        assert_eq!(apps, Some(Reason::LogOn));
        reasons.offline(seconds(5_042));
        let apps = reasons.of(ItemKind::RequiredAppCheckIn, Some(30), seconds(5_800));
        assert_eq!(apps, Some(Reason::NetworkBack));
        assert_eq!(reasons.of(ItemKind::Script, Some(30), seconds(5_800)), None);
    }
}
