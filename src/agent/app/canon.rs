//! What of the app work goes into a canonical fingerprint. See [`canon`](crate::canon).
//!
//! Moments that lie behind count up to the horizon of the print, which is longer than any time that the rules ask for.

use core::hash::Hash;

use super::pass::{Doing, Graph, Pass};
use super::record::{AppRecord, OpenTry, Seen, SubgraphRecord};
use super::{Apps, AppsUnderway};
use crate::canon::{Print, Side};
use crate::time::Wall;

impl Apps {
    /// Puts it into a print.
    pub(in crate::agent) fn print(&self, print: &mut Print) {
        let Self { records, subgraphs, seen, open, restart, reboot_pending, has_unreported, esp, full_report } = self;
        let lengths = [records.len(), subgraphs.len(), seen.len(), open.len()];
        (lengths, reboot_pending, has_unreported).hash(print);
        for AppRecord {
            grs,
            policy,
            revision,
            error,
            unreported,
            enforcement,
            applicability,
            compliance,
            user,
            marks,
        } in records
        {
            print.aged(*grs);
            (policy, revision, error, enforcement, applicability, compliance, user, marks).hash(print);
            print.token(Side::Agent, *unreported);
        }
        for SubgraphRecord { hash, evaluated, id, user, workload } in subgraphs {
            (hash, id, user, workload).hash(print);
            print.aged(*evaluated);
        }
        for Seen { answer, at, next, workload, user } in seen {
            (answer, workload, user).hash(print);
            print.aged(Some(*at));
            due(print, *next);
        }
        for OpenTry { begun, retry, policy, revision, user, is_uninstall, is_under_way } in open {
            print.aged(Some(*begun));
            retry.print(print, Print::aged);
            (policy, revision, user, is_uninstall, is_under_way).hash(print);
        }
        print.aged(*full_report);
        // As they are: more states are told apart than need be, and none fewer.
        (restart, esp).hash(print);
    }
}

impl AppsUnderway {
    /// Puts it into a print.
    pub(in crate::agent) fn print(&self, print: &mut Print) {
        let Self { pushes, pass, next, is_on_request, report_at, esp_check } = self;
        (pushes.len(), pass.is_some(), next.is_some(), is_on_request).hash(print);
        print.maybe_awake(*report_at);
        print.maybe_awake(*esp_check);
        for pass in [pass, next].into_iter().flatten() {
            pass.print(print);
        }
    }
}

impl Pass {
    fn print(&self, print: &mut Print) {
        let Self {
            workload,
            user,
            answer,
            begun,
            policies: _, // said by `answer`
            queue,
            done,
            graph,
            slot,
            resume_at,
            is_on_request,
            next_due,
            dark_wake_noted,
            is_unsaved,
        } = self;
        (workload, user, answer, queue, done, is_on_request, dark_wake_noted, is_unsaved).hash(print);
        print.aged(Some(*begun));
        print.token(Side::Agent, slot.map(|slot| slot.token));
        print.maybe_awake(slot.map(|slot| slot.until));
        print.maybe_awake(*resume_at);
        due(print, *next_due);
        graph.is_some().hash(print);
        if let Some(graph) = graph {
            graph.print(print);
        }
    }
}

impl Graph {
    fn print(&self, print: &mut Print) {
        let Self { first, owner, seats, doing, hash, is_on_request, stays_due } = self;
        (first, owner, seats, hash, is_on_request, stays_due).hash(print);
        core::mem::discriminant(doing).hash(print);
        match doing {
            Doing::Detect(_) | Doing::Require(_) | Doing::Plan => doing.hash(print),
            Doing::Enforce(enforcing) => {
                print.aged(Some(enforcing.begun));
                let rest = super::enforce::Enforcing { begun: Wall::MIN, ..*enforcing };
                rest.hash(print);
            }
        }
    }
}

/// A moment after which something is to be done, if there is one.
fn due(print: &mut Print, at: Wall) {
    if at == Wall::MAX { print.maybe_wall(None) } else { print.until(at) }
}

#[cfg(test)]
mod tests;
