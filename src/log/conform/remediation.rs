//! Remediations: when they are fetched, for when a first run is queued, and when the second script follows (B-4.6, B-6.8,
//! B-6.9, B-6.15).

use super::kind::DecisionKind;
use super::period::{self, Stretch};
use super::start::seconds;
use super::verdict::{Judge, Reason, Said, length, millis, ticks};
use super::SLACK;
use crate::agent::{Timer, first_delay, interval};
use crate::log::record::TICKS_PER_SECOND;
use crate::log::trace::{Seen, TracedLog, What};
use crate::profile::TriggerExit;
use crate::protocol::Workload;

/// Zones of clocks differ by multiples of this.
const QUARTER: i64 = 15 * 60 * TICKS_PER_SECOND;

/// Judges the remediations of one log; the log of the service tells of starts and of sleep.
pub(super) fn log(log: &TracedLog, service: Option<&TracedLog>, judge: &mut Judge<'_>) {
    fetches(log, service, judge);
    first_run(log, judge);
    triggers(log, judge);
}

/// B-4.6: a fetch after the start, then a grid that fetches after log-ons do not move (B-6.8).
fn fetches(log: &TracedLog, service: Option<&TracedLog>, judge: &mut Judge<'_>) {
    let runs = service.map(TracedLog::runs).unwrap_or_default();
    let mut log_on: Option<&Seen> = None;
    // The run, and what its grid counts from.
    let mut grid: Option<(usize, Option<&Seen>)> = None;
    for seen in &log.seen {
        if let What::LogOnRemediations = seen.what {
            log_on = Some(seen);
        }
        let What::RemediationFetch = seen.what else { continue };
        let at = service.map_or(seen.at, |service| service.time_of(seen.stamp));
        let run = runs.iter().rposition(|run| run.begin <= at && run.has_start);
        if let Some(told) = log_on.take().filter(|told| seen.at - told.at <= SLACK) {
            if let Some((run, service)) = run.and_then(|place| runs.get(place)).zip(service) {
                after_log_on(log, told, service.time_of(told.stamp), run.seen, judge);
            }
            continue;
        }
        let Some(place) = run else { continue };
        let Some((run, service)) = runs.get(place).zip(service) else { continue };
        match grid.filter(|(of, _)| *of == place) {
            None => grid = Some((place, None)), // B-4.8: with the others of the start
            Some((_, point)) => {
                let every = ticks(interval(Workload::Remediation, false, judge.profile));
                let delay = first_delay(Workload::Remediation, judge.profile);
                let Some(point) = point else {
                    // The timer begins its first period within the range of first delays after the start (B-4.11).
                    let after = at - run.begin - every;
                    let late = ticks(delay.max) + SLACK + seconds(60);
                    let expected = format!("{} to {} and {} after the start", delay.min, delay.max, length(every));
                    let slept = period::known(run).silence(run.begin, at);
                    let text = format!("{} after it", length(at - run.begin));
                    let said = if after < ticks(delay.min) - SLACK || after - slept > late {
                        Said::fits(false, expected, text)
                    } else if after <= late {
                        Said::fits(true, expected, text)
                    } else {
                        Said::not_judged(Reason::SleepUnknown, expected, text)
                    };
                    judge.say(log, seen, DecisionKind::PeriodRemediations, said);
                    grid = Some((place, Some(seen)));
                    continue;
                };
                let stretch = Stretch {
                    kind: DecisionKind::PeriodRemediations,
                    timer: Workload::Remediation as u8,
                    from: service.time_of(point.stamp),
                    to: at,
                    figure: every,
                    seen: Some(seen),
                    last: seen,
                    what: "awake",
                    parameter: Some("ime.remediation_interval"),
                    clock: Timer::PollRemediation.clock(judge.profile),
                };
                period::judge_in(log, run, vec![stretch], judge);
                grid = Some((place, Some(seen)));
            }
        }
    }
}

/// B-6.8: a log-on brings a fetch, after the delay of B-4.17 and what else the log-on brings.
fn after_log_on(log: &TracedLog, told: &Seen, at: i64, run: &[Seen], judge: &mut Judge<'_>) {
    let delay = judge.profile.ime.signin_delay;
    let before = run.iter().rev().find(|seen| seen.what == What::LogOn && seen.at <= at);
    let expected = format!("{delay} after the log-on, with what it brings before");
    let said = match before.map(|log_on| at - log_on.at) {
        // Scripts and apps of the log-on come first.
        Some(after) => Said::fits((ticks(delay) - SLACK / 6..=ticks(delay) + seconds(1_800)).contains(&after), expected, length(after)),
        None => Said::fits(false, expected, "no log-on before"),
    };
    judge.say(log, told, DecisionKind::RemediationSignIn, said);
}

/// B-6.9: what is due at its fetch is queued. The queue is in UTC, so its time is known but for quarters of an hour.
fn first_run(log: &TracedLog, judge: &mut Judge<'_>) {
    let mut fetched: Option<&Seen> = None;
    for seen in &log.seen {
        if let What::RemediationFetch = seen.what {
            fetched = Some(seen);
        } else if let What::RunnerBegins | What::RemediationBegins = seen.what {
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
            return judge.say(log, seen, DecisionKind::RemediationFirstRun, said);
        }
    }
}

/// B-6.15: with which exit codes of detection the second script runs.
fn triggers(log: &TracedLog, judge: &mut Judge<'_>) {
    // The first exit code since a remediation began, and whether its second script ran.
    let mut detection: Option<(&Seen, i64)> = None;
    let mut ran = false;
    for seen in &log.seen {
        if let What::RemediationBegins = seen.what {
            (detection, ran) = (None, false);
        } else if let What::DetectionExit(code) = seen.what {
            detection = detection.or(Some((seen, code)));
        } else if let What::RemediationExit(_) = seen.what {
            ran = true;
        } else if let What::RemediationEnds = seen.what
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
            judge.say(log, exit, DecisionKind::RemediationTrigger, said);
        }
    }
}
