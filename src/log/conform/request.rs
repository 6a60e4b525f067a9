//! Requests that fail: how often they are tried, and when (B-4.24, B-4.25), and what the agent denies itself (B-4.26).

use super::SLACK;
use super::kind::DecisionKind;
use super::verdict::{Judge, Reason, Said};
use crate::log::trace::{Seen, TracedLog, What};
use crate::profile::On429;

/// What went before a try.
#[derive(Clone, Copy)]
enum Failure {
    Unresolved,
    Status(u64),
}

/// Judges the requests of a log.
pub(super) fn log(log: &TracedLog, judge: &mut Judge<'_>) {
    let mut failed: Option<(i64, Failure)> = None;
    let mut count = None;
    for (place, seen) in log.seen.iter().enumerate() {
        let before = failed.filter(|(at, _)| (0..=SLACK).contains(&(seen.at - at))).map(|(_, failure)| failure);
        if let What::Unresolved = seen.what {
            failed = Some((seen.at, Failure::Unresolved));
        } else if let What::Status(status) = seen.what {
            failed = Some((seen.at, Failure::Status(status)));
        } else if let What::Try { attempt: attempt @ 1.., .. } = seen.what {
            tried(judge, seen, before, attempt);
        } else if let What::RetryWait(seconds) = seen.what {
            let of_refusal = log.seen.get(..place).into_iter().flatten().rev().find_map(is_refusal);
            if of_refusal != Some(true) {
                let said = Said::fits(seconds == 0, "no wait before the next try", format!("{seconds}s"));
                judge.say(seen, DecisionKind::RetryWait, said);
            }
        } else if let What::NotRetried = seen.what {
            if let Some(Failure::Status(status @ (401 | 429))) = before {
                let fits = status == 401 || judge.profile.ime.on_429 == On429::Abandon;
                let expected = format!("{} after {status}", if fits { "given up" } else { "tried again" });
                judge.say(seen, DecisionKind::Refusal, Said::fits(fits, expected, "given up"));
            }
        } else if let What::Counted(checks) = seen.what {
            count = Some(checks);
        } else if let What::Throttled = seen.what {
            throttled(judge, seen, count);
        }
    }
}

/// Whether the last failure before a wait was a refusal.
fn is_refusal(seen: &Seen) -> Option<bool> {
    if let What::Status(status) = seen.what {
        Some(matches!(status, 401 | 429))
    } else if let What::Unresolved = seen.what {
        Some(false)
    } else {
        None
    }
}

fn tried(judge: &mut Judge<'_>, seen: &Seen, before: Option<Failure>, attempt: u64) {
    let most = u64::from(judge.profile.ime.http_attempts);
    let number = attempt + 1;
    if let Some(Failure::Status(status @ (401 | 429))) = before {
        // B-4.25.
        let fits = status == 429 && judge.profile.ime.on_429 == On429::Retry && number <= most;
        let expected = if judge.profile.ime.on_429 == On429::Retry {
            format!("{most} calls at most")
        } else {
            format!("given up after {status}")
        };
        return judge.say(seen, DecisionKind::Refusal, Said::fits(fits, expected, format!("call {number}")));
    }
    judge.sample("ime.http_attempts", number);
    let said = Said::fits(number <= most, format!("{most} calls at most"), format!("call {number}"));
    judge.say(seen, DecisionKind::RetryCount, said);
}

/// B-4.26.
fn throttled(judge: &mut Judge<'_>, seen: &Seen, count: Option<u64>) {
    let limit = u64::from(judge.profile.ime.self_throttle_limit);
    let expected = format!("only after more than {limit} checks in an hour");
    let said = match count {
        Some(checks) => {
            judge.sample("ime.self_throttle_limit", checks);
            Said::fits(checks > limit, expected, format!("after {checks}"))
        }
        None => Said::not_judged(Reason::NoBeginning, expected, "no count before"),
    };
    judge.say(seen, DecisionKind::SelfThrottle, said);
}
