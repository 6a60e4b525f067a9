//! Remediations: when they are fetched, for when a first run is queued, and when the second script follows (B-4.6, B-6.8,
//! B-6.9, B-6.15).

use super::SLACK;
use super::kind::DecisionKind;
use super::period::Stretch;
use super::sleep::Sleep;
use super::start::seconds;
use super::verdict::{Judge, Reason, Said, length, millis, ticks};
use crate::agent::{Timer, first_delay, interval};
use crate::log::record::TICKS_PER_SECOND;
use crate::log::trace::{Seen, TracedLog, What};
use crate::profile::{CompanyPortalScope, TriggerExit};
use crate::protocol::Workload;
use crate::time::Span;

/// Zones of clocks differ by multiples of this.
const QUARTER: i64 = 15 * 60 * TICKS_PER_SECOND;

/// Judges remediations; the log of the service, if it is there, tells of starts. Gives the fetches by timer, with the run of
/// the service that each belongs to: they are judged with its other timers.
pub(super) fn log<'a>(log: &'a TracedLog, has_service: bool, judge: &mut Judge<'_>) -> Vec<(usize, Stretch<'a>)> {
    first_run(log, judge);
    triggers(log, judge);
    fetches(log, has_service, judge)
}

/// B-4.6: a fetch after the start, then a grid that fetches after log-ons do not move (B-6.8).
fn fetches<'a>(log: &'a TracedLog, has_service: bool, judge: &mut Judge<'_>) -> Vec<(usize, Stretch<'a>)> {
    let runs = log.runs();
    let mut stretches = Vec::new();
    let mut log_on: Option<&Seen> = None;
    // The run, and when its timers fired last: remediations and compliance scripts have one each, with one phrase.
    let mut grids: Option<(usize, i64, Vec<Option<i64>>)> = None;
    // Fetches of which the start is not here.
    let mut free: Vec<i64> = Vec::new();
    let mut monitored: Vec<i64> = Vec::new();
    for seen in &log.seen {
        if let What::LogOnRemediations = seen.what {
            log_on = Some(seen);
        }
        let What::RemediationFetch = seen.what else { continue };
        let at = seen.at;
        let is_covered = has_service && log.last.is_some_and(|(last, _)| at <= last);
        let place = runs.iter().rposition(|run| run.begin <= at && run.has_start).filter(|_| is_covered);
        let of_log_on = log_on.filter(|told| at - told.at <= SLACK);
        let every = ticks(interval(Workload::Remediation, false, judge.profile));
        let Some(place) = place else {
            judge.say(seen, DecisionKind::PeriodRemediations, without_start(&mut free, seen.at, every));
            continue;
        };
        let Some(run) = runs.get(place) else { continue };
        if let Some(told) = of_log_on {
            after_log_on(told, run.seen, judge);
            continue;
        }
        let is_sync = |of: &&Seen| of.what == What::Sync && (0..=SLACK).contains(&(at - of.at));
        if judge.profile.ime.company_portal_scope == CompanyPortalScope::All && run.seen.iter().any(|of| is_sync(&of)) {
            // B-4.14: a sync in Company Portal brings all.
            judge.say(seen, DecisionKind::ClientSync, Said::fits(true, "all check-ins at once", "fetched"));
            continue;
        }
        let Some((_, began, fired)) = grids.as_mut().filter(|(of, ..)| *of == place) else {
            grids = Some((place, at, vec![None])); // B-4.8: with the others of the start
            continue;
        };
        if fired.len() == 1 && at - *began <= SLACK {
            fired.push(None);
            continue;
        }
        // The timer begins its first period within the range of first delays after the start (B-4.11).
        let delay = first_delay(Workload::Remediation, judge.profile);
        let first = (run.begin, every + ticks(delay.min), every + ticks(delay.max) + seconds(60));
        let of = |fired: Option<i64>| fired.map_or(first, |fired| (fired, every, every));
        // The one that it is least off from, where it may have slept in every silence.
        let slept = Sleep { silences: &log.silences, known: Vec::new() };
        let Some(fired) = fired.iter_mut().min_by_key(|fired| {
            let (from, least, most) = of(**fired);
            (least - (at - from)).max(at - from - most - slept.silence(from, at)).max(0)
        }) else {
            continue;
        };
        let (from, least, figure) = of(*fired);
        let monitor = &judge.profile.cc;
        if at - from < least - SLACK && monitor.realtime {
            // B-8.8: the monitor looks in between, so often in an hour at most, counted from the start.
            let hour = (at - run.begin + SLACK) / ticks(Span::hours(1));
            monitored.retain(|before| *before == hour);
            monitored.push(hour);
            let most = monitor.realtime_max_per_hour as usize;
            let expected = format!("the monitor of custom compliance, {most} times in an hour at most");
            let said = Said::fits(monitored.len() <= most, expected, format!("{} times", monitored.len()));
            judge.say(seen, DecisionKind::PeriodRemediations, said);
            continue;
        }
        let fired = fired.replace(at);
        let stretch = Stretch {
            kind: DecisionKind::PeriodRemediations,
            timer: Workload::Remediation as u8,
            from,
            to: at,
            least,
            figure,
            seen: Some(seen),
            last: seen,
            what: if fired.is_some() { "awake" } else { "awake, from the start" },
            parameter: fired.map(|_| "ime.remediation_interval"),
            clock: Timer::PollRemediation.clock(judge.profile),
        };
        stretches.push((place, stretch));
    }
    stretches
}

/// A fetch of which the start is not here: its timer brought it if it comes one period after another.
fn without_start(before: &mut Vec<i64>, at: i64, every: i64) -> Said {
    let expected = format!("{} after another, or after a start or a log-on", length(every));
    match before.iter_mut().find(|before| (at - **before - every).abs() <= SLACK) {
        Some(before) => {
            let after = at - std::mem::replace(before, at);
            Said::fits(true, expected, length(after))
        }
        None => {
            before.push(at);
            Said::not_judged(Reason::OtherLog, expected, "fetched")
        }
    }
}

/// B-6.8: a log-on brings a fetch, after the delay of B-4.17 and what else the log-on brings.
fn after_log_on(told: &Seen, run: &[Seen], judge: &mut Judge<'_>) {
    let delay = judge.profile.ime.signin_delay;
    let before = run.iter().rev().find(|seen| seen.what == What::LogOn && seen.at <= told.at);
    let expected = format!("{delay} after the log-on, with what it brings before");
    let said = match before.map(|log_on| told.at - log_on.at) {
        // Scripts and apps of the log-on come first.
        Some(after) => Said::fits(
            (ticks(delay) - SLACK / 6..=ticks(delay) + seconds(1_800)).contains(&after),
            expected,
            length(after),
        ),
        None => Said::fits(false, expected, "no log-on before"),
    };
    judge.say(told, DecisionKind::RemediationSignIn, said);
}

/// B-6.9: what is due at its fetch is queued. The queue is in UTC, so its time is known but for quarters of an hour.
fn first_run(log: &TracedLog, judge: &mut Judge<'_>) {
    let mut fetched: Option<&Seen> = None;
    for seen in &log.seen {
        if let What::RemediationFetch = seen.what {
            fetched = Some(seen);
        } else if let What::RunnerBegins | What::RemediationBegins(_) = seen.what {
            return;
        } else if let What::Queued(text) = &seen.what
            && let Some(fetch) = fetched
        {
            let Some(queued) = crate::log::forecast::moment(text, seen.stamp) else { return };
            let after = (queued - seen.stamp.ticks()).rem_euclid(QUARTER);
            let delay = judge.profile.rem.first_run_delay;
            judge.sample("rem.first_run_delay", millis(after));
            let fits = (after - ticks(delay).rem_euclid(QUARTER)).abs() <= SLACK && seen.at - fetch.at <= 20 * SLACK;
            let said = Said::fits(fits, format!("{delay} after the fetch"), format!("{} after it", length(after)));
            return judge.say(seen, DecisionKind::RemediationFirstRun, said);
        }
    }
}

/// B-6.15: with which exit codes of detection the second script runs.
fn triggers(log: &TracedLog, judge: &mut Judge<'_>) {
    // The first exit code since a remediation began, and whether its second script ran.
    let mut detection: Option<(&Seen, i64)> = None;
    let mut ran = false;
    for seen in &log.seen {
        if let What::RemediationBegins(_) = seen.what {
            (detection, ran) = (None, false);
        } else if let What::DetectionExit(code) = seen.what {
            detection = detection.or(Some((seen, code)));
        } else if let What::RemediationExit(_) = seen.what {
            ran = true;
        } else if let What::RemediationEnds(_) = seen.what
            && let Some((exit, code)) = detection.take()
        {
            let leads_on = match judge.profile.rem.trigger_exit {
                TriggerExit::Exactly1 => code == 1,
                TriggerExit::NonZero => code != 0,
            };
            let expected = if leads_on { "a second script after it, if there is one" } else { "no second script" };
            let text = format!("exit code {code}, {}", if ran { "a second script" } else { "no second script" });
            let said = if leads_on && !ran {
                Said::not_judged(Reason::NoSecondScript, expected, text)
            } else {
                Said::fits(leads_on == ran, expected, text)
            };
            judge.say(exit, DecisionKind::RemediationTrigger, said);
        }
    }
}
