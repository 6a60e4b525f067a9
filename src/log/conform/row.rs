//! What starts a check-in: the row after a start or a log-on, a client's sync, a timer, or nothing that is seen
//! (B-4.3 to B-4.8, B-4.15, B-4.17, B-4.28).

use super::SLACK;
use super::kind::DecisionKind;
use super::period::Stretch;
use super::start::name;
use super::verdict::{Reason, Said, length};
use super::walk::{Due, Open, Row, RowFrom, Walk, workload_of};
use crate::agent::Timer;
use crate::log::trace::{Poll, Seen};
use crate::profile::{CompanyPortalScope, Overlap};
use crate::protocol::Workload;

impl<'a> Walk<'a, '_, '_> {
    pub(super) fn begins(&mut self, seen: &'a Seen, poll: Poll) {
        let Some(workload) = workload_of(poll) else { return };
        let is_running = self.is_running(workload);
        let from_row = match workload {
            Workload::Script => self.scripts_begin(seen),
            Workload::RequiredApp | Workload::AvailableApp => self.apps_begin(seen, poll, workload),
            Workload::Remediation | Workload::Compliance => false,
        };
        if let Some(first) = self.first_of.get_mut(workload as usize) {
            *first = true;
        }
        if is_running && workload != Workload::AvailableApp {
            // B-4.28. Whether it went on or was dropped at the lock stands in the log of apps.
            let (expected, text) = ("no second check-in of one workload at once", "one is running");
            let said = if workload == Workload::Script {
                Said::fits(false, expected, text)
            } else {
                Said::not_judged(Reason::OtherLog, expected, text)
            };
            self.judge.say(seen, DecisionKind::Dropped, said);
        }
        self.open.retain(|open| !(open.poll == poll && open.thread == seen.thread));
        self.open.push(Open { poll, thread: seen.thread, at: seen.at, from_row });
    }

    pub(super) fn ends(&mut self, seen: &'a Seen, poll: Poll) {
        let on_thread = self.open.iter().rposition(|open| open.poll == poll && open.thread == seen.thread);
        let place = on_thread.or_else(|| self.open.iter().rposition(|open| open.poll == poll));
        let Some(over) = place.map(|place| self.open.remove(place)) else { return };
        if let Some(last) = workload_of(poll).and_then(|workload| self.last_of.get_mut(workload as usize)) {
            *last = Some((over.at, seen.at));
        }
        if let (true, Some(row)) = (over.from_row, &mut self.row) {
            row.end = Some(seen.at);
        }
    }

    /// Gives whether a row begins with it.
    fn scripts_begin(&mut self, seen: &'a Seen) -> bool {
        if self.by_log_on(seen) {
            self.row = Some(Row { next: Workload::RequiredApp, end: None, from: RowFrom::LogOn });
            return true;
        }
        let is_for_all = self.judge.profile.ime.company_portal_scope == CompanyPortalScope::All;
        if let Some(sync) = self.sync.filter(|sync| is_for_all && seen.at - sync.at <= SLACK) {
            // B-4.14.
            self.sync = None;
            let said = Said::fits(true, "all check-ins at once", length(seen.at - sync.at));
            self.judge.say(seen, DecisionKind::ClientSync, said);
            self.row = Some(Row { next: Workload::RequiredApp, end: None, from: RowFrom::Sync });
            return true;
        }
        if !std::mem::replace(&mut self.has_polled, true)
            && (self.run.has_start || self.holds.iter().any(Option::is_some))
        {
            self.first_poll(seen);
            self.row = Some(Row { next: Workload::RequiredApp, end: None, from: RowFrom::Start });
            return true;
        }
        self.by_timer(seen, Workload::Script)
    }

    /// Gives whether it is the next of a row.
    fn apps_begin(&mut self, seen: &'a Seen, poll: Poll, workload: Workload) -> bool {
        if workload == Workload::RequiredApp && poll != Poll::Session {
            let sync = self.sync.filter(|sync| seen.at - sync.at <= SLACK);
            if let Some(sync) = sync {
                self.sync = None;
                let said = Said::fits(true, "required apps at once", length(seen.at - sync.at));
                self.judge.say(seen, DecisionKind::ClientSync, said);
                self.row = Some(Row { next: Workload::AvailableApp, end: None, from: RowFrom::Sync });
                return true;
            }
        }
        if let Some(row) = self.row
            && let Some(end) = row.end
        {
            let after = seen.at - end;
            let is_log_on = row.from == RowFrom::LogOn;
            let is_next = row.next == workload || is_log_on;
            // A step of a start's row that is late is that step all the same, unless its timer is due.
            let is_first = self.first_of.get(workload as usize) == Some(&false) && row.from == RowFrom::Start;
            let is_due = self.due(workload).is_some_and(|due| seen.at >= due.at - SLACK);
            if is_next && after <= SLACK || row.next == workload && is_first && !is_due {
                let expected = format!("{} as soon as the check-in before is over", name(workload));
                let said = Said::fits((0..=SLACK).contains(&after), expected, format!("{} after it", length(after)));
                self.judge.say(seen, DecisionKind::NextInRow, said);
                let after_it =
                    if workload == Workload::RequiredApp { Workload::AvailableApp } else { Workload::RequiredApp };
                let is_over = workload == Workload::AvailableApp && !is_log_on;
                self.row = (!is_over).then_some(Row { next: after_it, end: None, ..row });
                return !is_over;
            }
        }
        if poll == Poll::Session {
            let said = Said::fits(false, "apps right after the scripts of a log-on", "no such scripts before");
            self.judge.say(seen, DecisionKind::NextInRow, said);
            return false;
        }
        if workload == Workload::RequiredApp && self.by_page(seen) {
            return false;
        }
        self.by_timer(seen, workload)
    }

    /// Nothing else explains it: then its timer has to. Gives whether a row goes on after it.
    fn by_timer(&mut self, seen: &'a Seen, workload: Workload) -> bool {
        let follows = self.was_busy(seen, workload);
        if !follows {
            self.untriggered_or_due(seen, workload);
        }
        // What waited for the end of a row's check-in comes before the row goes on.
        follows && self.row.is_some_and(|row| row.end.is_some())
    }

    fn untriggered_or_due(&mut self, seen: &'a Seen, workload: Workload) {
        let expected = || format!("a trigger of {}", name(workload));
        let Some(Due { at: due, .. }) = self.due(workload) else {
            let is_armed = self.grids.get(workload as usize).is_some_and(|grid| grid.armed.is_some());
            let said = if self.run.has_start || is_armed {
                Said::fits(false, expected(), "none, and its timer has not begun")
            } else {
                Said::not_judged(Reason::NoBeginning, expected(), "its timer began before the log")
            };
            if !(self.run.has_start || is_armed)
                && let Some(grid) = self.grids.get_mut(workload as usize)
            {
                grid.point = Some((seen.at, seen));
            }
            return self.judge.say(seen, DecisionKind::Untriggered, said);
        };
        let point = self.grids.get(workload as usize).and_then(|grid| grid.point).map_or(i64::MIN, |(at, _)| at);
        let is_doubtful = self.run.log.is_doubtful(point, seen.at);
        if seen.at < due - SLACK && is_doubtful {
            let said = Said::not_judged(Reason::ZoneChanged, expected(), "its timer, or none");
            self.judge.say(seen, DecisionKind::Untriggered, said);
            if let Some(grid) = self.grids.get_mut(workload as usize) {
                (grid.point, grid.changed) = (Some((seen.at, seen)), seen.at);
            }
            return;
        }
        if seen.at < due - SLACK && workload == Workload::RequiredApp && self.judge.profile.ime.push_app_workload {
            // B-4.19.
            let said = Said::not_judged(
                Reason::Push,
                expected(),
                format!("none, {} before its timer is due", length(due - seen.at)),
            );
            return self.judge.say(seen, DecisionKind::Untriggered, said);
        }
        if seen.at < due - SLACK && workload == Workload::AvailableApp {
            // B-9.1.
            let said = Said::not_judged(
                Reason::PortalRequest,
                expected(),
                format!("none, {} before its timer is due", length(due - seen.at)),
            );
            return self.judge.say(seen, DecisionKind::Untriggered, said);
        }
        if seen.at < due - SLACK {
            let text = format!("none, {} before its timer is due", length(due - seen.at));
            return self.judge.say(seen, DecisionKind::Untriggered, Said::fits(false, expected(), text));
        }
        if let Some(stretch) = self.period(seen, workload, false) {
            self.stretches.push(stretch);
        }
        if let Some(grid) = self.grids.get_mut(workload as usize) {
            (grid.point, grid.changed) = (Some((seen.at, seen)), seen.at);
        }
    }

    /// The stretch from the last point of a timer's grid to its firing, or to the end of the run.
    pub(super) fn period(&mut self, seen: &'a Seen, workload: Workload, is_end: bool) -> Option<Stretch<'a>> {
        let due = self.due(workload)?;
        let (from, begin) = self.grids.get(workload as usize)?.point?;
        let profile = self.judge.profile;
        let (what, parameter) = match workload {
            Workload::Script if self.scripts_found => ("awake, with scripts", "ime.script_interval"),
            Workload::Script => ("awake, without scripts", "ime.script_idle_interval"),
            Workload::RequiredApp => ("awake", "ime.required_app_interval"),
            Workload::AvailableApp => ("awake", "ime.available_app_interval"),
            Workload::Remediation | Workload::Compliance => ("awake", "ime.remediation_interval"),
        };
        let stretch = Stretch {
            kind: DecisionKind::period(workload),
            timer: workload as u8,
            from,
            to: if is_end { self.run.end } else { seen.at },
            least: due.least,
            figure: due.most,
            seen: (!is_end).then_some(seen),
            last: begin,
            what,
            parameter: Some(parameter),
            clock: Timer::poll(workload).clock(profile),
        };
        if is_end {
            self.stretches.push(stretch);
            return None;
        }
        Some(stretch)
    }

    /// A sync that brought nothing by now: one was running (B-4.28), or it should have (B-4.15).
    pub(super) fn sync_waits(&mut self, now: i64) {
        let Some(sync) = self.sync.filter(|sync| now.saturating_sub(sync.at) > SLACK) else { return };
        self.sync = None;
        let is_for_all = self.judge.profile.ime.company_portal_scope == CompanyPortalScope::All;
        let is_running = self.is_running(Workload::RequiredApp) || is_for_all && self.is_running(Workload::Script);
        let ends_soon = now == i64::MAX && self.run.end - sync.at <= SLACK;
        let said = if is_running {
            // The row that the sync began goes on after the check-in that runs.
            if self.row.is_none()
                && let Some(running) = self.running(Workload::RequiredApp)
            {
                running.from_row = true;
                self.row = Some(Row { next: Workload::AvailableApp, end: None, from: RowFrom::Sync });
            }
            Said::fits(true, "required apps at once, or none while they run", "none, they run")
        } else if ends_soon {
            Said::not_judged(Reason::LogEnds, "required apps at once", "none")
        } else {
            Said::fits(false, "required apps at once", "none")
        };
        self.judge.say(sync, DecisionKind::ClientSync, said);
    }

    /// B-4.28: a check-in that finds another running is dropped.
    pub(super) fn refused(&mut self, seen: &'a Seen) {
        let is_running = self.is_running(Workload::RequiredApp) || self.is_running(Workload::AvailableApp);
        // A row that finds its next check-in under way goes on after that.
        let of_row = self.row.filter(|row| {
            row.next == Workload::RequiredApp && row.end.is_some_and(|end| (0..=SLACK).contains(&(seen.at - end)))
        });
        if let (Some(row), Some(running)) = (of_row, self.running(Workload::RequiredApp)) {
            running.from_row = true;
            self.row = Some(Row { next: Workload::AvailableApp, end: None, ..row });
        }
        for workload in [Workload::RequiredApp, Workload::AvailableApp] {
            // Its timer fired all the same.
            let is_due = self.due(workload).is_some_and(|due| (-SLACK..=SLACK).contains(&(seen.at - due.at)));
            if let Some(grid) = self.grids.get_mut(workload as usize).filter(|_| is_due && is_running) {
                (grid.point, grid.changed) = (Some((seen.at, seen)), seen.at);
            }
        }
        let said = match self.judge.profile.ime.overlap {
            Overlap::Drop if is_running => Said::fits(true, "dropped while one runs", "dropped, one runs"),
            Overlap::Drop if self.run.has_start => {
                Said::fits(false, "dropped only while one runs", "dropped, none runs")
            }
            Overlap::Drop => Said::not_judged(Reason::NoBeginning, "dropped only while one runs", "dropped"),
            Overlap::QueueOne => Said::fits(false, "one waits while one runs", "dropped"),
        };
        self.judge.say(seen, DecisionKind::Dropped, said);
    }
}
