//! Runs of the service within a trace, and which apps the check-ins of older agents ask for.

use super::{Poll, Seen, TracedLog, What};
use crate::log::record::TICKS_PER_SECOND;

/// How far apart two steps are that belong together.
const TOGETHER: i64 = 3 * TICKS_PER_SECOND;

/// One run of the service.
#[derive(Clone, Copy, Debug)]
pub(in crate::log) struct Run<'a> {
    pub(in crate::log) log: &'a TracedLog,
    pub(in crate::log) seen: &'a [Seen],
    /// Whether its beginning is in the log.
    pub(in crate::log) has_start: bool,
    /// Whether the record of its start is there.
    pub(in crate::log) is_told: bool,
    pub(in crate::log) begin: i64,
    /// Up to when it is known to have been there.
    pub(in crate::log) end: i64,
    pub(in crate::log) has_stopped: bool,
}

impl TracedLog {
    /// The runs of the service, in order.
    pub(in crate::log) fn runs(&self) -> Vec<Run<'_>> {
        let is_start = |seen: &Seen| matches!(seen.what, What::Start { .. });
        let mut starts: Vec<usize> =
            (0..self.seen.len()).filter(|place| self.seen.get(*place).is_some_and(is_start)).collect();
        if starts.first() != Some(&0) {
            starts.insert(0, 0);
        }
        let bounds = starts.iter().zip(starts.iter().skip(1).copied().chain([self.seen.len()]));
        bounds
            .filter_map(|(from, to)| {
                let seen = self.seen.get(*from..to)?;
                let first = seen.first()?;
                let stopped = seen.iter().find(|seen| seen.what == What::Stopped).map(|seen| seen.at);
                let is_last = to == self.seen.len();
                // Other processes may go on without the service.
                let own = seen.iter().rfind(|seen| seen.is_of_service);
                let last = if is_last { self.last.map(|(at, _)| at) } else { own.map(|seen| seen.at) };
                Some(Run {
                    log: self,
                    seen,
                    has_start: is_start(first),
                    is_told: first.what == What::Start { is_told: true },
                    begin: first.at,
                    end: stopped.or(last).unwrap_or(first.at),
                    has_stopped: stopped.is_some(),
                })
            })
            .collect()
    }
}

/// With app events in the main log (B-11.6) one log has a check-in of apps twice: as a whole, and from within.
pub(super) fn without_doubles(seen: impl Iterator<Item = Seen>) -> Vec<Seen> {
    let (mut whole, mut within): (Vec<Option<u32>>, Vec<Option<u32>>) = (Vec::new(), Vec::new());
    let take = |threads: &mut Vec<Option<u32>>, thread| {
        let place = threads.iter().position(|open| *open == thread);
        place.map(|place| threads.swap_remove(place)).is_some()
    };
    seen.filter(|seen| {
        if let What::Begin(Poll::Required | Poll::Available | Poll::Session) = seen.what {
            whole.push(seen.thread);
        } else if let What::End(Poll::Required | Poll::Available | Poll::Session) = seen.what {
            let _ = take(&mut whole, seen.thread);
        } else if seen.what == What::Begin(Poll::Apps) && whole.contains(&seen.thread) {
            within.push(seen.thread);
            return false;
        } else if seen.what == What::End(Poll::Apps) {
            return !take(&mut within, seen.thread);
        }
        true
    })
    .collect()
}

/// Older agents have one phrase for check-ins of all kinds of apps and say later which are asked for, on the same thread, or
/// never if there is no network: then one that follows another at once is for available apps, as in the row after a start.
pub(super) fn say_which_apps(seen: &mut [Seen]) {
    let mut before: Option<(Option<u32>, i64, Poll)> = None;
    for place in 0..seen.len() {
        let Some(here) = seen.get(place) else { continue };
        if here.what != What::Begin(Poll::Apps) {
            continue;
        }
        let (thread, at) = (here.thread, here.at);
        let on_thread = |other: &&Seen| other.thread == thread;
        let mut asked = None;
        let mut end = None;
        for (after, later) in seen.iter().enumerate().skip(place + 1).filter(|(_, later)| on_thread(later)) {
            if let What::Asks(kind) = later.what {
                asked = asked.or(Some(kind));
            } else if later.what == What::End(Poll::Apps) {
                end = Some((after, later.at));
                break;
            } else if matches!(later.what, What::Begin(_) | What::Start { .. }) {
                break;
            }
        }
        let for_log_on = seen.get(..place).into_iter().flatten().rev().take(8).filter(on_thread).find_map(|earlier| {
            if let What::LogOnApps(kind) = earlier.what { (at - earlier.at <= TOGETHER).then_some(kind) } else { None }
        });
        let in_row = before.filter(|(of, end, _)| *of == thread && (0..=TOGETHER).contains(&(at - end)));
        let guessed = match in_row {
            Some((.., Poll::Required)) => Poll::Available,
            Some(_) | None => Poll::Required,
        };
        let kind = asked.or(for_log_on).unwrap_or(guessed);
        if let Some(begin) = seen.get_mut(place) {
            begin.what = What::Begin(kind);
        }
        if let Some((end, at)) = end {
            if let Some(end) = seen.get_mut(end) {
                end.what = What::End(kind);
            }
            before = Some((thread, at, kind));
        }
    }
}
