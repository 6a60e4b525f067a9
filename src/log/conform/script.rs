//! Platform scripts: how often each is tried, and for how long it runs (B-5.1, B-5.3, B-5.10, B-5.15).

use std::collections::BTreeMap;

use super::SLACK;
use super::kind::DecisionKind;
use super::verdict::{Judge, Reason, Said, length, ticks};
use crate::log::event::Guid;
use crate::log::trace::{Seen, TracedLog, What};

/// What is known of a script for a user.
#[derive(Default)]
struct Known<'a> {
    /// The count of tries before the last one, and its record, while it is open what follows.
    count: Option<u64>,
    asked: Option<&'a Seen>,
    /// Whether the last try has begun since the count was told.
    has_begun: bool,
    began: Option<&'a Seen>,
    is_done: bool,
}

/// Judges the scripts of a log.
pub(super) fn log(log: &TracedLog, judge: &mut Judge<'_>) {
    let mut scripts: BTreeMap<(Guid, Guid), Known<'_>> = BTreeMap::new();
    for seen in &log.seen {
        if let What::Tries { script, user, count } = seen.what {
            let known = scripts.entry((script, user)).or_default();
            counted(judge, seen, known, count);
        } else if let What::ScriptBegins { script, user } = seen.what {
            let known = scripts.entry((script, user)).or_default();
            begins(judge, seen, known);
        } else if let What::GivenUp { script, user } = seen.what {
            let known = scripts.entry((script, user)).or_default();
            given_up(judge, known);
        } else if let What::ScriptResult { script, user, is_well } = seen.what {
            let known = scripts.entry((script, user)).or_default();
            known.is_done = is_well;
            if let Some(began) = known.began.take() {
                let limit = judge.profile.scripts.timeout;
                let took = seen.at - began.at;
                let said = Said::fits(took <= ticks(limit) + SLACK, format!("{limit} at most"), length(took));
                judge.say(seen, DecisionKind::ScriptLimit, said);
            }
        }
    }
}

/// The count rises by one with each try; a changed script begins anew (B-5.6, B-5.10).
fn counted<'a>(judge: &mut Judge<'_>, seen: &'a Seen, known: &mut Known<'a>, count: u64) {
    if let Some(before) = known.count {
        let next = before + u64::from(known.has_begun);
        let expected = if next == 0 { "0".to_owned() } else { format!("{next}, or 0 if the script changed") };
        // B-5.9: polls that fail may count too.
        let may_be_more = judge.profile.scripts.failed_poll_counts && count > next;
        let said = Said::fits(count == next || count == 0 || may_be_more, expected, count.to_string());
        judge.say(seen, DecisionKind::ScriptCount, said);
    }
    (known.count, known.asked, known.has_begun) = (Some(count), Some(seen), false);
}

/// B-5.3, B-5.4: it is run as long as it has tries left; B-5.1: not after it ended well.
fn begins<'a>(judge: &mut Judge<'_>, seen: &'a Seen, known: &mut Known<'a>) {
    known.began = Some(seen);
    known.has_begun = true;
    let was_done = std::mem::take(&mut known.is_done);
    let (Some(count), Some(_)) = (known.count, known.asked.take()) else {
        let expected = "a count of its tries first";
        return judge.say(seen, DecisionKind::ScriptTry, Said::not_judged(Reason::NoBeginning, expected, "none"));
    };
    let most = u64::from(judge.profile.scripts.max_retries);
    judge.sample("scripts.max_retries", count);
    let said =
        Said::fits(count <= most, format!("run with up to {most} tries before"), format!("run with {count} before"));
    judge.say(seen, DecisionKind::ScriptTry, said);
    if was_done {
        let said = Said::fits(
            count == 0,
            "no further run after a good one, unless it changed",
            format!("run with {count} before"),
        );
        judge.say(seen, DecisionKind::ScriptOnce, said);
    }
}

fn given_up(judge: &mut Judge<'_>, known: &mut Known<'_>) {
    let (Some(count), Some(asked)) = (known.count, known.asked.take()) else { return };
    let most = u64::from(judge.profile.scripts.max_retries);
    let expected = format!("given up with more than {most} tries before");
    judge.say(
        asked,
        DecisionKind::ScriptTry,
        Said::fits(count > most, expected, format!("given up with {count} before")),
    );
}
