//! Goes through a run of the service, event by event, with what the model would hold at that moment.

use super::SLACK;
use super::period::{self, Stretch};
use super::sleep::Sleep;
use super::verdict::{Judge, ticks};
use crate::agent::interval;
use crate::log::trace::{Hold, Phase, Poll, Run, Seen, Trace, What};
use crate::profile::Profile;
use crate::protocol::Workload;
use crate::time::Span;

/// A timer of the run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Grid<'a> {
    /// When it was armed, and for how long.
    pub(super) armed: Option<(i64, u64)>,
    /// Its last point: when its first period began, or when it fired last.
    pub(super) point: Option<(i64, &'a Seen)>,
    /// Since when its interval is what it is.
    pub(super) changed: i64,
}

/// When a timer fires next, and how long after its last point; there are two figures if its interval changed in between and
/// the device may have slept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) at: i64,
    pub(super) least: i64,
    pub(super) most: i64,
}

/// The row that goes on with apps after scripts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// What comes next.
    pub(super) next: Workload,
    /// When the check-in before ended.
    pub(super) end: Option<i64>,
    pub(super) from: RowFrom,
}

/// What a row began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowFrom {
    Start,
    LogOn,
    Sync,
}

/// A check-in that is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) poll: Poll,
    pub(super) thread: Option<u32>,
    pub(super) at: i64,
    /// Whether it came from the row.
    pub(super) from_row: bool,
}

/// A run and what is known up to the moment.
pub(super) struct Walk<'a, 'j, 'p> {
    pub(super) run: &'j Run<'a>,
    pub(super) judge: &'j mut Judge<'p>,
    pub(super) stretches: Vec<Stretch<'a>>,
    /// The holds: when their records stand, and seconds.
    pub(super) holds: [Option<(i64, u64)>; 3],
    pub(super) page: Option<bool>,
    pub(super) has_polled: bool,
    pub(super) grids: [Grid<'a>; Workload::ALL.len()],
    pub(super) scripts_found: bool,
    pub(super) row: Option<Row>,
    pub(super) log_ons: Vec<i64>,
    pub(super) log_on_scripts: Option<&'a Seen>,
    pub(super) sync: Option<&'a Seen>,
    /// Check-ins that have begun and not ended.
    pub(super) open: Vec<Open>,
    /// When the last check-in of each workload began and ended.
    pub(super) last_of: [Option<(i64, i64)>; Workload::ALL.len()],
    /// The phase of the status page, and the last move of it that no check-in has followed.
    pub(super) phase: Option<Phase>,
    pub(super) page_moved: Option<(&'a Seen, Phase)>,
    pub(super) first_of: [bool; Workload::ALL.len()],
}

/// Judges a run; `more` are stretches in it that other logs tell of.
pub(super) fn run<'a>(run: &Run<'a>, more: Vec<Stretch<'a>>, judge: &mut Judge<'_>) {
    let mut walk = Walk::new(run, judge);
    for seen in run.seen {
        walk.see(seen);
    }
    walk.end();
    let Walk { judge, mut stretches, .. } = walk;
    stretches.extend(more);
    period::judge_all(run, stretches, judge);
}

/// What a run is in when the log ends.
pub(in crate::log) struct State {
    pub(in crate::log) holds: [Option<(i64, u64)>; 3],
    pub(in crate::log) page: Option<bool>,
    pub(in crate::log) has_polled: bool,
    pub(in crate::log) scripts_found: bool,
    /// Log-ons that no check-in has followed.
    pub(in crate::log) log_ons: Vec<i64>,
    /// By workload: when its timer is due, its last point, and when it was armed with how many seconds.
    pub(in crate::log) due: [Option<i64>; Workload::ALL.len()],
    pub(in crate::log) points: [Option<i64>; Workload::ALL.len()],
    pub(in crate::log) armed: [Option<(i64, u64)>; Workload::ALL.len()],
}

/// Goes through a run without judging it.
pub(in crate::log) fn state(run: &Run<'_>, trace: &Trace, profile: &Profile) -> State {
    let mut judge = Judge::new(profile, trace);
    let mut walk = Walk::new(run, &mut judge);
    for seen in run.seen {
        walk.see(seen);
    }
    State {
        holds: walk.holds,
        page: walk.page,
        has_polled: walk.has_polled,
        scripts_found: walk.scripts_found,
        due: Workload::ALL.map(|workload| walk.due(workload).map(|due| due.at)),
        points: walk.grids.map(|grid| grid.point.map(|(at, _)| at)),
        armed: walk.grids.map(|grid| grid.armed),
        log_ons: walk.log_ons,
    }
}

impl<'a, 'j, 'p> Walk<'a, 'j, 'p> {
    fn new(run: &'j Run<'a>, judge: &'j mut Judge<'p>) -> Self {
        Self {
            run,
            judge,
            stretches: Vec::new(),
            holds: [None; 3],
            page: None,
            has_polled: false,
            grids: [Grid::default(); Workload::ALL.len()],
            scripts_found: false,
            row: None,
            log_ons: Vec::new(),
            log_on_scripts: None,
            sync: None,
            open: Vec::new(),
            last_of: [None; Workload::ALL.len()],
            phase: None,
            page_moved: None,
            first_of: [false; Workload::ALL.len()],
        }
    }
}

impl<'a> Walk<'a, '_, '_> {
    fn see(&mut self, seen: &'a Seen) {
        self.sync_waits(seen.at);
        match &seen.what {
            What::Held(hold, seconds) => self.held(seen, *hold, *seconds),
            What::Page(phase) => {
                self.page = self.page.or(Some(phase.is_open()));
                self.phase = self.phase.or(Some(*phase));
            }
            What::Phase(phase) => self.page_moves(seen, *phase),
            What::Armed(workload, seconds) => self.armed(seen, *workload, *seconds),
            What::Begun(workload) => self.begun(seen, *workload),
            What::GenericSleep(seconds) => self.generic_sleep(seen, *seconds),
            What::RequiredInterval(seconds) => self.required_interval(seen, *seconds),
            What::Rearmed(seconds) => self.required_interval(seen, *seconds),
            What::ScriptInterval { hours, found } => self.script_interval(seen, *hours, *found),
            What::Scripts(count) => self.scripts_came(seen.at, *count),
            What::LogOn => self.log_ons.push(seen.at),
            What::LogOnScripts => self.log_on_scripts = Some(seen),
            What::Sync => self.sync = Some(seen),
            What::Refused => self.refused(seen),
            What::Begin(poll) => self.begins(seen, *poll),
            What::End(poll) => self.ends(seen, *poll),
            What::Start { .. }
            | What::Stopped
            | What::JobDue(_)
            | What::LogOnApps(_)
            | What::LogOnRemediations
            | What::Asks(_)
            | What::Tries { .. }
            | What::GivenUp { .. }
            | What::ScriptBegins { .. }
            | What::ScriptResult { .. }
            | What::Try { .. }
            | What::RetryWait(_)
            | What::Status(_)
            | What::Unresolved
            | What::NotRetried
            | What::Throttled
            | What::Counted(_)
            | What::RemediationFetch
            | What::Queued(_)
            | What::RunnerBegins
            | What::Scheduled { .. }
            | What::RemediationBegins(_)
            | What::Launched
            | What::NoUser
            | What::DetectionExit(_)
            | What::RemediationExit(_)
            | What::RemediationEnds(_)
            | What::LastRun { .. }
            | What::PreviousRun(_)
            | What::GrsKnown(_)
            | What::Reevaluation(_)
            | What::GrsSkip(_)
            | What::AppWanted { .. }
            | What::Enforced(_)
            | What::Group(_)
            | What::GroupWaits
            | What::HealthCheck
            | What::HealthOfService { .. }
            | What::Inventory
            | What::HelperRuns(_)
            | What::HelperExit(_)
            | What::HelperVerdict { .. }
            | What::HelperTimedOut(_)
            | What::HelperEnds => {}
        }
    }

    /// Whether a check-in of a workload is under way.
    pub(super) fn is_running(&self, workload: Workload) -> bool {
        self.open.iter().any(|open| workload_of(open.poll) == Some(workload))
    }

    /// The check-in of a workload that is under way.
    pub(super) fn running(&mut self, workload: Workload) -> Option<&mut Open> {
        self.open.iter_mut().rfind(|open| workload_of(open.poll) == Some(workload))
    }

    /// What the model's timer of a workload is armed for.
    pub(super) fn every(&self, workload: Workload) -> Span {
        interval(workload, self.scripts_found, self.judge.profile)
    }

    /// The timer between two intervals stays on its grid: the next point is the first that is not over (B-4.5).
    fn scripts_came(&mut self, at: i64, count: u64) {
        let before = self.every(Workload::Script);
        self.scripts_found = count > 0;
        if before != self.every(Workload::Script)
            && let Some(grid) = self.grids.get_mut(Workload::Script as usize)
        {
            grid.changed = at;
        }
    }

    /// When a timer fires next.
    pub(super) fn due(&self, workload: Workload) -> Option<Due> {
        let grid = self.grids.get(workload as usize)?;
        let (point, _) = grid.point?;
        let every = ticks(self.every(workload)).max(1);
        let next = |passed: i64| every.saturating_mul(passed.max(0) / every + 1);
        let passed = grid.changed.max(point) - point;
        let slept = Sleep { silences: &self.run.log.silences, known: Vec::new() }.silence(point, grid.changed);
        let (least, most) = (next(passed - slept), next(passed));
        Some(Due { at: point.saturating_add(least), least, most })
    }

    fn end(&mut self) {
        self.sync_waits(i64::MAX);
        self.start_ends();
        let end = self.run.end;
        for workload in [Workload::Script, Workload::RequiredApp, Workload::AvailableApp] {
            let (Some(due), Some(last)) = (self.due(workload), self.run.seen.last()) else { continue };
            if due.at + SLACK < end {
                let _ = self.period(last, workload, true);
            }
        }
    }
}

/// Which check-in of the model it is.
pub(super) const fn workload_of(poll: Poll) -> Option<Workload> {
    match poll {
        Poll::Script => Some(Workload::Script),
        Poll::Required | Poll::Session | Poll::Apps => Some(Workload::RequiredApp),
        Poll::Available => Some(Workload::AvailableApp),
        Poll::Proxy => None,
    }
}

/// Which of the three holds.
pub(super) const fn place(hold: Hold) -> usize {
    match hold {
        Hold::All => 0,
        Hold::Scripts => 1,
        Hold::Others => 2,
    }
}
