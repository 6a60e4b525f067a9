//! Scripts as the process that runs them tells of them, held against what the service makes of it (B-5.15, B-5.24, B-6.16).

use std::collections::BTreeMap;

use super::kind::DecisionKind;
use super::verdict::{Judge, Said};
use crate::log::event::Guid;
use crate::log::trace::{Helped, Seen, TracedLog, What};
use crate::time::Span;

/// How a script ended for the process that ran it.
#[derive(Clone, Copy, Default)]
struct Ended {
    code: Option<i64>,
    is_well: Option<bool>,
}

/// Judges what helpers tell. Each is a process of its own, all with one thread number, so of two at once nothing is told apart.
pub(super) fn log(log: &TracedLog, judge: &mut Judge<'_>) {
    let mut of: Option<Helped> = None;
    let mut at_once = 0_u32;
    let mut ended = Ended::default();
    // Scripts that ended and whose result is not told yet.
    let mut open: BTreeMap<(Guid, Guid), Ended> = BTreeMap::new();
    for seen in &log.seen {
        if let What::HelperRuns(helped) = seen.what {
            at_once += 1;
            (of, ended) = (Some(helped).filter(|_| at_once == 1), Ended::default());
        } else if let What::Start { .. } = seen.what {
            // What was cut off has no end.
            (of, at_once) = (None, 0);
        } else if let What::HelperExit(code) = seen.what {
            ended.code = Some(code);
        } else if let What::HelperVerdict { is_well } = seen.what {
            ended.is_well = Some(is_well);
        } else if let What::HelperTimedOut(limit) = seen.what {
            timed_out(seen, of, limit, judge);
        } else if let What::HelperEnds = seen.what {
            at_once = at_once.saturating_sub(1);
            if let Some(Helped::Script { script, user }) = of.take() {
                let _ = open.insert((script, user), ended);
            }
        } else if let What::ScriptResult { script, user, is_well } = seen.what
            && let Some(ended) = open.remove(&(script, user))
        {
            result(seen, ended, is_well, judge);
        }
    }
}

/// B-5.24: a script did well if it exits with 0 and writes nothing to the error stream; the helper says both.
fn result(seen: &Seen, ended: Ended, is_well: bool, judge: &mut Judge<'_>) {
    let (Some(code), Some(verdict)) = (ended.code, ended.is_well) else { return };
    let name = |is_well| if is_well { "success" } else { "failed" };
    let wanted = code == 0 && verdict;
    let expected = format!("{} after exit code {code} and a helper that says {}", name(wanted), name(verdict));
    judge.say(seen, DecisionKind::HelperResult, Said::fits(wanted == is_well, expected, name(is_well)));
}

/// B-5.15, B-6.16: the limit that it ran into.
fn timed_out(seen: &Seen, of: Option<Helped>, limit: u64, judge: &mut Judge<'_>) {
    let (wanted, parameter) = match of {
        Some(Helped::Script { .. }) => (judge.profile.scripts.timeout, "scripts.timeout"),
        // B-8.4: the limit of custom compliance is another, and nothing else tells the two apart here.
        Some(Helped::Remediation { .. }) if limit == judge.profile.cc.timeout.as_secs() => {
            (judge.profile.cc.timeout, "cc.timeout")
        }
        Some(Helped::Remediation { .. }) => (judge.profile.rem.timeout, "rem.timeout"),
        None => return,
    };
    judge.sample(parameter, Span::secs(limit).as_millis());
    let said = Said::fits(wanted.as_secs() == limit, format!("ended after {wanted}"), Span::secs(limit).to_string());
    judge.say(seen, DecisionKind::HelperLimit, said);
}
