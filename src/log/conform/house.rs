//! What the agent does for itself: its health and the inventory of apps (B-8.16, B-10.8, B-10.9).

use super::SLACK;
use super::kind::DecisionKind;
use super::start::seconds;
use super::verdict::{Judge, Reason, Said, length, millis, ticks};
use crate::log::clock::is_night_to_sunday;
use crate::log::record::TICKS_PER_SECOND;
use crate::log::trace::{Seen, TracedLog, What};

const HOUR: i64 = 3_600 * TICKS_PER_SECOND;
/// What was missed comes so soon after the device or the service is there again.
pub(super) const SOON: i64 = 60 * SLACK;
/// A silence that is longer may be one of a device that sleeps.
const LONG: i64 = 4 * SOON;

/// Judges what a device's logs tell of its health and of inventories.
pub(super) fn log(log: &TracedLog, has_service: bool, judge: &mut Judge<'_>) {
    health(log, judge);
    repairs(log, has_service, judge);
    inventories(log, judge);
}

/// B-10.8: a task once a day, with a delay of its own on each day. It counts on the device's clock, and what was missed is
/// made up for.
fn health(log: &TracedLog, judge: &mut Judge<'_>) {
    let health = &judge.profile.health;
    let spread = ticks(health.random_delay.max) - ticks(health.random_delay.min);
    let (least, most) = (ticks(health.period) - spread, ticks(health.period) + spread);
    let mut before: Option<&Seen> = None;
    for seen in log.seen.iter().filter(|seen| seen.what == What::HealthCheck) {
        let Some(last) = before.replace(seen) else { continue };
        let after = seen.at - last.at;
        let expected = format!("{} to {} after the one before", length(least), length(most));
        let said = if log.is_doubtful(last.at, seen.at) {
            Said::not_judged(Reason::ZoneChanged, expected, length(after))
        } else if after > most + SLACK && was_away(log, (last.at + least, last.at + most), seen.at) {
            Said::fits(true, format!("{expected}, or as soon as the device is there again"), length(after))
        } else if is_by_summer_time(last, seen, least, most) {
            Said::fits(true, format!("{expected}, or by an hour more or less where summer time changes"), length(after))
        } else if spread == 0 && (after - least).rem_euclid(HOUR / 4) == 0 && after != least {
            // A process of its own, it may be in another zone by now than the service.
            Said::not_judged(Reason::ZoneChanged, expected, length(after))
        } else {
            judge.sample("health.period", millis(after));
            Said::fits((least - SLACK..=most + SLACK).contains(&after), expected, length(after))
        };
        judge.say(seen, DecisionKind::HealthPeriod, said);
    }
}

/// Whether a time on the clock is off by the hour of a change of summer time, which is one of a night to Sunday.
pub(super) fn is_by_summer_time(from: &Seen, to: &Seen, least: i64, most: i64) -> bool {
    let after = to.at - from.at;
    let fits = |after: i64| (least - SLACK..=most + SLACK).contains(&after);
    let mut hours = (0..=after / HOUR).map(|hour| from.stamp.ticks() + hour * HOUR);
    !fits(after) && (fits(after - HOUR) || fits(after + HOUR)) && hours.any(is_night_to_sunday)
}

/// Whether the device slept, or its service did not run, when something was due, and it came as soon as that was over.
pub(super) fn was_away(log: &TracedLog, due: (i64, i64), at: i64) -> bool {
    let is_back = |back: i64| back > due.0 && back <= at && at - back <= SOON;
    log.gaps.iter().any(|(begin, end)| *begin <= due.1 && is_back(*end)) || starts(log).any(is_back)
}

/// Whether something came as soon as the device or its service was there again.
fn is_made_up(log: &TracedLog, at: i64) -> bool {
    let is_back = |back: i64| (0..=SOON).contains(&(at - back));
    log.gaps.iter().any(|(begin, end)| end.saturating_sub(*begin) > LONG && is_back(*end)) || starts(log).any(is_back)
}

fn starts(log: &TracedLog) -> impl Iterator<Item = i64> {
    log.seen.iter().filter(|seen| matches!(seen.what, What::Start { .. })).map(|seen| seen.at)
}

/// B-10.9: the task starts a service that does not run, and leaves one alone that does.
fn repairs(log: &TracedLog, has_service: bool, judge: &mut Judge<'_>) {
    let mut has_stopped = None;
    for (place, seen) in log.seen.iter().enumerate() {
        if let What::Start { .. } = seen.what {
            has_stopped = Some(false);
        } else if let What::Stopped = seen.what {
            has_stopped = Some(true);
        }
        let What::HealthOfService { is_well } = seen.what else { continue };
        let said = if !has_service {
            Said::not_judged(Reason::OtherLog, "a service that runs, or is started", "looked at")
        } else if is_well {
            match has_stopped {
                Some(stopped) => Said::fits(
                    !stopped,
                    "started, if it does not run",
                    if stopped { "it does not run" } else { "it runs" },
                ),
                None => Said::not_judged(Reason::NoBeginning, "started, if it does not run", "found running"),
            }
        } else {
            // B-10.7: a service that cannot run is not mended, and no record says that it cannot.
            let next = log.seen.get(place..).into_iter().flatten().find(|of| matches!(of.what, What::Start { .. }));
            match next.map(|start| start.at - seen.at) {
                Some(after) if after <= seconds(60) => {
                    Said::fits(true, "the service starts", format!("{} after it", length(after)))
                }
                Some(_) | None => Said::not_judged(Reason::MayBeBroken, "the service starts, if it can", "it does not"),
            }
        };
        judge.say(seen, DecisionKind::HealthRepair, said);
    }
}

/// B-8.16: one in each period of a grid that enrollment begins; one that was missed is made up for, so two may come close
/// together, and never three in one period.
fn inventories(log: &TracedLog, judge: &mut Judge<'_>) {
    let period = ticks(judge.profile.inventory.interval);
    let mut before: Option<&Seen> = None;
    let mut last: Option<&Seen> = None;
    for seen in log.seen.iter().filter(|seen| seen.what == What::Inventory) {
        let first = std::mem::replace(&mut before, last);
        let Some(second) = last.replace(seen) else { continue };
        let after = seen.at - second.at;
        let expected = format!("{} after the one before", length(period));
        let is_on_time = (after - period).abs() <= SLACK;
        if is_on_time {
            judge.sample("inventory.interval", millis(after));
        }
        let from = first.unwrap_or(second).at;
        let said = if log.is_doubtful(from, seen.at) && !is_on_time {
            Said::not_judged(Reason::ZoneChanged, expected, length(after))
        } else if is_on_time || is_by_summer_time(second, seen, period, period) {
            Said::fits(true, expected, length(after))
        } else if after > period {
            // In a wake for maintenance it does not come.
            let was_away = was_away(log, (second.at + period, second.at + period), seen.at) || is_made_up(log, seen.at);
            Said::fits(was_away, format!("{expected}, or as soon as the device is there again"), length(after))
        } else if is_made_up(log, second.at) && first.is_none_or(|first| seen.at - first.at >= period - SLACK) {
            Said::fits(true, format!("{expected}, or sooner after one that was made up for"), length(after))
        } else if let Some(first) = first {
            // The last but one lies in an earlier period.
            let both = seen.at - first.at;
            Said::fits(both >= period - SLACK, format!("no third within {}", length(period)), length(both))
        } else {
            Said::not_judged(Reason::NoBeginning, expected, length(after))
        };
        judge.say(seen, DecisionKind::InventoryPeriod, said);
    }
}
