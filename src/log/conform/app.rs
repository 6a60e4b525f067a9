//! Apps: whether the retry window holds an app back, and how often a group of apps is looked at (B-7.33, B-7.34).

use std::collections::BTreeMap;

use super::SLACK;
use super::kind::DecisionKind;
use super::verdict::{Judge, Reason, Said, length, ticks};
use crate::log::event::Guid;
use crate::log::forecast::moment;
use crate::log::record::TICKS_PER_SECOND;
use crate::log::trace::{Seen, TracedLog, What};
use crate::profile::QuirkGrs;

const HOUR: i64 = 3_600 * TICKS_PER_SECOND;
/// Zones are so far behind UTC and ahead of it.
const ZONES: (i64, i64) = (-12 * HOUR, 14 * HOUR);

/// What is known of an app.
#[derive(Default)]
struct Known {
    /// When it was last enforced.
    enforced: Option<i64>,
    is_required: bool,
}

/// Judges the apps of a device.
pub(super) fn log(log: &TracedLog, judge: &mut Judge<'_>) {
    windows(log, judge);
    groups(log, judge);
}

/// B-7.34: within its window an app is looked at only, after it the app is carried out.
fn windows(log: &TracedLog, judge: &mut Judge<'_>) {
    // B-7.38: the window may have no end, or begin anew with each look and hold nothing back.
    let window = match judge.profile.win32.quirk_grs {
        QuirkGrs::None => ticks(judge.profile.win32.grs),
        QuirkGrs::Stuck => i64::MAX / 2,
        QuirkGrs::ResetEachPass => 0,
    };
    let mut apps: BTreeMap<Guid, Known> = BTreeMap::new();
    // A window's beginning by thread, until it is told whose it is.
    let mut begun: Option<(&Seen, i64)> = None;
    for seen in &log.seen {
        if let What::GrsKnown(text) = &seen.what {
            begun = moment(text, seen.stamp).map(|at| (seen, seen.stamp.ticks() - at));
        } else if let What::AppWanted { app, is_required } = seen.what {
            apps.entry(app).or_default().is_required = is_required;
        } else if let What::GrsSkip(app) = seen.what {
            let known = apps.entry(app).or_default();
            let age = age(known, seen, begun.take());
            let said = unless_clock_set(log, known, seen).unwrap_or_else(|| held_back(age, window));
            judge.say(seen, DecisionKind::GrsWindow, said);
        } else if let What::Enforced(app) = seen.what {
            let known = apps.entry(app).or_default();
            if let Some(told) = begun.take().filter(|(told, _)| told.thread == seen.thread) {
                let age = age(known, seen, Some(told));
                let said = unless_clock_set(log, known, seen);
                let said = said.unwrap_or_else(|| carried_out(age, known.is_required, window));
                judge.say(seen, DecisionKind::GrsWindow, said);
            }
            known.enforced = Some(seen.at);
        }
    }
}

/// How long ago the window began: from the last time that the log shows, or from what the record says, whose zone is not told.
fn age(known: &Known, seen: &Seen, begun: Option<(&Seen, i64)>) -> Option<(i64, i64)> {
    let by_record = begun.map(|(_, passed)| (passed - ZONES.1, passed - ZONES.0));
    match known.enforced {
        Some(at) => Some((seen.at - at, seen.at - at)),
        None => by_record,
    }
}

/// The window counts on the device's clock, which may have been set since.
fn unless_clock_set(log: &TracedLog, known: &Known, seen: &Seen) -> Option<Said> {
    let is_doubtful = log.is_doubtful(known.enforced.unwrap_or(seen.at), seen.at);
    is_doubtful.then(|| {
        Said::not_judged(Reason::ZoneChanged, "left alone or carried out by the time since the try before", "looked at")
    })
}

fn held_back(age: Option<(i64, i64)>, window: i64) -> Said {
    let expected = format!("left alone for {} after the try before", length(window));
    match age {
        Some((_, most)) if most < window + SLACK => Said::fits(true, expected, shown(age)),
        Some((least, _)) if least > window + SLACK => Said::fits(false, expected, shown(age)),
        Some(_) => Said::not_judged(Reason::ZoneUnknown, expected, shown(age)),
        None => Said::not_judged(Reason::NoBeginning, expected, "left alone"),
    }
}

/// B-7.37: what a user asks for is carried out whatever its window says.
fn carried_out(age: Option<(i64, i64)>, is_required: bool, window: i64) -> Said {
    let expected = format!("carried out again {} after the try before, or later", length(window));
    match age {
        Some((least, _)) if least >= window - SLACK => Said::fits(true, expected, shown(age)),
        Some((_, most)) if most < window - SLACK && is_required => Said::fits(false, expected, shown(age)),
        Some((_, most)) if most < window - SLACK => Said::not_judged(Reason::PortalRequest, expected, shown(age)),
        Some(_) => Said::not_judged(Reason::ZoneUnknown, expected, shown(age)),
        None => Said::not_judged(Reason::NoBeginning, expected, "carried out"),
    }
}

fn shown(age: Option<(i64, i64)>) -> String {
    match age {
        Some((least, most)) if least == most => format!("{} after it", length(least)),
        Some((least, most)) => format!("{} to {} after it", length(least), length(most)),
        None => String::new(),
    }
}

/// B-7.33: a group that did not change is looked at once in a period.
fn groups(log: &TracedLog, judge: &mut Judge<'_>) {
    let period = ticks(judge.profile.win32.subgraph_interval);
    let mut looked: BTreeMap<&str, i64> = BTreeMap::new();
    let Some(first) = log.seen.first().map(|seen| seen.at) else { return };
    for seen in &log.seen {
        if let What::Group(apps) = &seen.what {
            if let Some(before) = looked.insert(apps, seen.at) {
                let after = seen.at - before;
                let expected = format!("looked at again {} later, or sooner if it changed", length(period));
                let said = if log.is_doubtful(before, seen.at) {
                    Said::not_judged(Reason::ZoneChanged, expected, length(after))
                } else if after >= period - SLACK {
                    Said::fits(true, expected, length(after))
                } else {
                    Said::not_judged(Reason::MayHaveChanged, expected, length(after))
                };
                judge.say(seen, DecisionKind::Reevaluation, said);
            }
        } else if let What::GroupWaits = seen.what {
            let expected = format!("left out for {} after its last look", length(period));
            let last = looked.values().copied().max();
            let said = match last.map(|last| seen.at - last) {
                Some(after) if last.is_some_and(|last| log.is_doubtful(last, seen.at)) => {
                    Said::not_judged(Reason::ZoneChanged, expected, format!("{} after the last one", length(after)))
                }
                Some(after) if after < period + SLACK => {
                    Said::fits(true, expected, format!("{} after one", length(after)))
                }
                Some(_) | None if seen.at - first < period => {
                    Said::not_judged(Reason::NoBeginning, expected, "none before in this log")
                }
                Some(after) => Said::fits(false, expected, format!("{} after the last one", length(after))),
                None => Said::fits(false, expected, format!("none in {}", length(seen.at - first))),
            };
            judge.say(seen, DecisionKind::Reevaluation, said);
        }
    }
}
