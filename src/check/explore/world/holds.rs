//! What must hold of a small world. The names are those of the catalogue of invariants.

use super::super::model::Property;
use super::hands::Work;
use super::{Small, Sort, Sorts, State};
use crate::agent::{Record, RecordState, Timer};
use crate::facts::Feature;

/// What is to hold, in this order.
pub(super) static PROPERTIES: [Property; 14] = [
    Property::always("C1", "each machine has one request of a kind on its way at most"),
    Property::always("C3", "no dead state: whoever runs has a deadline, and every wait has one of its own"),
    Property::always("W5", "no answer is awaited beyond its time"),
    Property::always("D1", "one download or installer of the agent is under way at most"),
    Property::always("X1", "a removed agent owns nothing: no timer, no request, no run"),
    Property::always("X2", "nothing acts for a removed agent"),
    Property::always("X3", "a stopped service runs nothing and has no timer of its own"),
    Property::always("W1", "a script that has ended well does not run again while the agent stays"),
    Property::always("room", "the small world has room for what is on its way"),
    Property::always("W1a", "no installer of an app begins while the agent runs another"),
    Property::eventually(
        "D4",
        "the device comes to be as assigned: agent there and content done and reported, or agent gone",
    ),
    Property::sometimes("idle", "the agent is there, idle, with everything reported"),
    Property::sometimes("gone", "the agent was removed"),
    Property::sometimes("back", "an agent that was removed is there again and has reported"),
];

/// What can be seen sometimes depends on what may happen: somebody has to enroll a device that is not enrolled, to take the
/// content back or end management, and to do the opposite again. So many acts does that take.
pub(super) fn properties(sorts: Sorts, acts: u8, enrolled: bool) -> &'static [Property] {
    let has = |wanted: &[Sort]| wanted.iter().any(|sort| sorts.has(*sort));
    let first = u8::from(!enrolled);
    let is_gone = has(&[Sort::Unassign, Sort::Unenroll, Sort::Retire]);
    let is_back = has(&[Sort::Assign]) || has(&[Sort::Enroll]) && has(&[Sort::Unenroll, Sort::Retire]);
    let unseen = match () {
        () if is_back && acts >= first + 2 => 0,
        () if is_gone && acts > first => 1,
        () if acts >= first => 2,
        () => 3,
    };
    PROPERTIES.get(..PROPERTIES.len() - unseen).unwrap_or(&PROPERTIES)
}

/// The bit of each property that a step can break.
pub(super) const C1: u16 = 1 << 0;
pub(super) const W5: u16 = 1 << 2;
pub(super) const X2: u16 = 1 << 5;
pub(super) const W1: u16 = 1 << 7;
pub(super) const ONE_INSTALLER: u16 = 1 << 9;

impl State {
    pub(super) fn holds(&self, small: &Small) -> u16 {
        let (agent, mdm) = (self.device.agent(), self.device.mdm());
        let is_there = agent.version().is_some();
        let runs = self.hands.iter().filter(|work| matches!(work, Work::Script(_))).count();
        let jobs = self.hands.iter().filter(|work| matches!(work, Work::Download(_) | Work::Install(_))).count();
        let wake = agent.wake();
        let has_deadline = !agent.is_running() || wake.wall.is_some() || wake.awake.is_some();
        let is_limited = runs == 0 || agent.timers().any(|(timer, _)| timer == Timer::RunLimit);
        let mdm_wake = mdm.wake();
        let is_called = !mdm.is_enrolled() || mdm_wake.wall.is_some() || mdm_wake.awake.is_some();
        let no_dead_state = self.device.check_invariants().is_ok() && has_deadline && is_called && is_limited;
        let is_clean = is_there || wake.wall.is_none() && wake.awake.is_none() && runs == 0;
        let is_still = agent.is_running() || runs == 0 && agent.requests() == 0;
        let has_reported = self.has_reported(small);
        // The service lets a device go; until the device has learned of that, nothing is settled.
        let is_settled = match (mdm.is_enrolled(), self.ledger.is_managed()) {
            (true, true) if self.is_assigned() => has_reported,
            (true, true) | (false, _) => !is_there,
            (true, false) => false,
        };
        let is_idle = has_reported && agent.requests() == 0 && runs == 0;
        let found = [
            (0, true),
            (1, no_dead_state),
            (2, true),
            (3, jobs <= 1),
            (4, is_clean && (is_there || agent.requests() == 0)),
            (5, true),
            (6, is_still),
            (7, true),
            (8, !self.mails.is_full && !self.hands.is_full),
            (9, true),
            (10, is_settled),
            (11, is_idle),
            (12, self.past.was_removed && !is_there),
            (13, self.past.was_removed && has_reported),
        ];
        let holds = found.iter().fold(0, |holds, (place, is_so)| holds | u16::from(*is_so) << place);
        holds & !self.broken
    }

    /// The agent runs, and what is assigned is done with its result at the service: scripts well or with no try left
    /// (B-5.3), the app there. What is assigned to a user alone waits for that user (B-12.9).
    fn has_reported(&self, small: &Small) -> bool {
        let agent = self.device.agent();
        let tries = small.plan().profile.scripts.max_retries;
        let assigned = self.ledger.epoch(&small.service()).assigned();
        let (scripts, apps) = (agent.scripts(), agent.apps());
        let is_alone = !self.past.is_signed_in;
        let is_over = |record: &Record| match record.state {
            RecordState::Success | RecordState::Skipped => true,
            RecordState::Failed | RecordState::Pending => {
                u32::from(record.downloads) > tries || is_alone && !record.user.is_device()
            }
        };
        let waits = is_alone && !self.ledger.epoch(&small.service()).on_device().contains(Feature::Script);
        let scripts_done = !assigned.contains(Feature::Script) || !scripts.is_empty() || waits;
        let apps_done = !assigned.contains(Feature::Win32App) || self.past.has_app && !apps.is_empty();
        agent.is_running()
            && scripts_done
            && apps_done
            && scripts.iter().all(|record| is_over(record) && !record.unreported)
            && apps.iter().all(|record| !record.is_unreported())
    }
}
