//! Judges of who a device is: A1, A5 and A6.

use super::{Add, Invariant, Judge, Kinds, Seen};
use crate::agent::{Event, Timer};
use crate::device::Action;
use crate::mdm::{self, EndReason};
use crate::profile::TimersCount;
use crate::protocol::{Failure, Request, Workload};
use crate::service::{self, AdminAction};
use crate::sim::{Happening, Power};
use crate::time::{Awake, Span, Wall};

pub(super) fn judges(add: &mut Add<'_>) {
    add(Invariant::A1, Box::<Ladder>::default());
    add(Invariant::A5, Box::<Anew>::default());
    add(Invariant::A6, Box::<Twins>::default());
}

/// A1: nobody enrolls anew and no enrollment ends because somebody was refused; what was refused is tried again with what the
/// device holds, no oftener at once than a call is repeated, and within its period.
#[derive(Debug, Default)]
struct Ladder {
    /// Somebody has asked for an enrollment that has neither come about nor been given up.
    enrolls: bool,
    /// An admin has let the device go, or the other machine with its identity may have.
    is_let_go: bool,
    /// For how long the agent has run since each workload was refused, without a call for it.
    silent: [Option<Span>; Workload::ALL.len()],
    /// The awake time of the last step, if the agent ran then.
    ran: Option<Awake>,
}

impl Judge for Ladder {
    fn concerns(&self) -> Kinds {
        Kinds::REFUSALS.and(Kinds::REPEATS).and(Kinds::ENROLLMENTS).and(Kinds::ENROLLS).and(Kinds::ADMIN)
    }

    /// While a check-in has been refused, others concern it, and what keeps them from being made.
    fn wakes_at(&self) -> Option<Awake> {
        Some(if self.waits() { Awake::MIN } else { Awake::MAX })
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let has_ended = self.acted(seen);
        for event in &seen.happened.mdm_events {
            match event {
                mdm::Event::EnrollmentTried if !self.enrolls => {
                    return Err("the device enrolls anew, and nobody asked for it".to_owned());
                }
                mdm::Event::Enrolled | mdm::Event::EnrollmentFailed { again_in: None, .. } => self.enrolls = false,
                mdm::Event::Unenrolled { reason } => {
                    let is_meant = match reason {
                        EndReason::ByUser => has_ended,
                        EndReason::Retired | EndReason::Wiped => self.is_let_go,
                        EndReason::LostContact => seen.plan.profile.mdm.lost_contact().is_some(),
                    };
                    if !is_meant {
                        return Err(format!("management ends ({reason:?}), and nobody asked for it"));
                    }
                }
                _ => {}
            }
        }
        if self.waits() {
            self.pass(seen);
            self.is_overdue(seen)?;
        }
        let counts = seen.state.is_running && seen.state.power == Power::On;
        self.ran = counts.then_some(seen.now.awake);
        self.heard(seen)
    }
}

impl Ladder {
    /// Whether a call has to come for what was refused.
    fn waits(&self) -> bool {
        self.silent.iter().any(Option::is_some)
    }

    /// Takes notice of what was done to the device; true if its user ended its management.
    fn acted(&mut self, seen: &Seen<'_>) -> bool {
        let mut has_ended = false;
        for action in &seen.happened.actions {
            match action {
                Action::Enroll => self.enrolls = true,
                Action::Unenroll => has_ended = true,
                Action::Twin(_) | Action::Admin(AdminAction::Retire | AdminAction::Wipe { .. }) => {
                    self.is_let_go = true;
                }
                _ => {}
            }
        }
        has_ended
    }

    /// Lets time pass.
    fn pass(&mut self, seen: &Seen<'_>) {
        let passed = self.ran.map_or(Span::ZERO, |ran| seen.now.awake.since(ran));
        // A deadline on the wall clock moves with it.
        let moves = seen.plan.profile.ime.timers_count == TimersCount::Wall
            && seen
                .happened
                .actions
                .iter()
                .any(|action| matches!(action, Action::ClockStep(_) | Action::ClockDrift(_)));
        for silent in self.silent.iter_mut().flatten() {
            *silent = if moves { Span::ZERO } else { silent.saturating_add(passed) };
        }
    }

    /// Who was refused calls again in time.
    fn is_overdue(&self, seen: &Seen<'_>) -> Result<(), String> {
        let ime = &seen.plan.profile.ime;
        for (silent, workload) in self.silent.iter().zip(Workload::ALL) {
            let Some(silent) = *silent else { continue };
            let held = ime.backoff().map_or(Span::ZERO, |policy| policy.range(u16::MAX).max);
            let limit = [held, ime.wake_spread.max, ime.answer_timeout, SLACK]
                .into_iter()
                .fold(Timer::poll(workload).cap(&seen.plan.profile), Span::saturating_add);
            if silent > limit {
                return Err(format!("{workload} was refused and is not tried again during more than {limit}"));
            }
        }
        Ok(())
    }

    fn heard(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let ime = &seen.plan.profile.ime;
        for event in &seen.happened.agent_events {
            match *event {
                Event::RequestRepeated { workload, attempt } if u32::from(attempt) > ime.http_attempts => {
                    return Err(format!("call {attempt} for {workload} at once, of {}", ime.http_attempts));
                }
                Event::CheckInFailed { workload, failure: Failure::Status(401 | 403) } => {
                    self.silent[workload as usize] = Some(Span::ZERO);
                }
                Event::CheckIn { workload, .. } => self.silent[workload as usize] = None,
                // It had its turn, and something else keeps it from calling.
                Event::CheckInDropped { workload, .. }
                | Event::CheckInQueued { workload }
                | Event::AppsSkipped { workload } => self.had_its_turn(workload),
                Event::SelfThrottled => self.had_its_turn(Workload::RequiredApp),
                Event::ServiceStarted { .. } => {
                    Workload::ALL.into_iter().for_each(|workload| self.had_its_turn(workload))
                }
                Event::AgentInstalled { .. } | Event::AgentRemoved { .. } => self.silent = Default::default(),
                _ => {}
            }
        }
        Ok(())
    }

    fn had_its_turn(&mut self, workload: Workload) {
        if let Some(silent) = &mut self.silent[workload as usize] {
            *silent = Span::ZERO;
        }
    }
}

/// Delays of a start, and of what waits for others.
const SLACK: Span = Span::mins(10);

/// A5: to enroll again changes nothing on a device that is enrolled, and an enrollment that was refused something is used again.
#[derive(Debug, Default)]
struct Anew {
    /// Since when the device has been enrolled, before the present step.
    since: Option<Wall>,
    /// When a session was refused, until the next one.
    refused: Option<Wall>,
}

impl Judge for Anew {
    fn concerns(&self) -> Kinds {
        Kinds::SESSIONS
            .and(Kinds::SESSIONS_FAILED)
            .and(Kinds::ENROLLMENTS)
            .and(Kinds::ENROLLS)
            .and(Kinds::STATE_ENROLLED)
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let since = seen.state.enrolled_since;
        let before = std::mem::replace(&mut self.since, since);
        let enrolls = seen.happened.actions == [Action::Enroll];
        if let (true, Some(before)) = (enrolls, before) {
            if since != Some(before) {
                return Err("an enrolled device is to enroll, and loses the enrollment that it has".to_owned());
            }
            if let Some(event) = seen.happened.mdm_events.first() {
                return Err(format!("an enrolled device is to enroll, and does something: {event:?}"));
            }
        }
        for event in &seen.happened.mdm_events {
            match event {
                mdm::Event::MdmSessionFailed {
                    failure: Failure::Status(_) | Failure::DeviceUnknown | Failure::EnrollmentRefused(_),
                    ..
                } => self.refused = Some(seen.at),
                mdm::Event::MdmSession { .. } | mdm::Event::Unenrolled { .. } => self.refused = None,
                _ => {}
            }
        }
        Ok(())
    }

    fn end(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let is_due = self.refused.is_some_and(|refused| seen.at.since(refused) > Span::days(2));
        if is_due && seen.is_quiet && seen.state.is_enrolled() && seen.described.mdm_schedule {
            return Err("a session was refused more than two days ago, and none has been opened since".to_owned());
        }
        Ok(())
    }
}

/// A6: where two machines come with one identity, the service notices as soon as each has come twice.
#[derive(Debug, Default)]
struct Twins {
    /// How often the other of the two came in the present enrollment, by who of a machine asks: its agent or its MDM client.
    turns: [Turns; 2],
}

/// Who came.
#[derive(Clone, Copy, Debug, Default)]
struct Turns {
    /// The last that came was the other machine.
    was_twin: Option<bool>,
    changes: u8,
}

impl Judge for Twins {
    fn concerns(&self) -> Kinds {
        Kinds::REQUESTS
    }

    fn step(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let is_twin = seen.happened.actions.iter().any(|action| matches!(action, Action::Twin(_)));
        let notices = |happening: &Happening| matches!(happening, Happening::Service(service::Event::TwinNoticed));
        // Whoever of a machine it was by whom it is noticed: it is the identity that two have.
        if seen.happened.entries.iter().any(|entry| notices(&entry.happening)) {
            self.turns = Default::default();
            return Ok(());
        }
        for request in &seen.happened.accepted {
            if *request == Request::Enroll {
                self.turns = Default::default();
                continue;
            }
            let turns = &mut self.turns[service::Serials::of(request)];
            let was_twin = turns.was_twin.replace(is_twin);
            turns.changes += u8::from(was_twin.is_some_and(|was_twin| was_twin != is_twin));
            if turns.changes > CHANGES_MAX {
                return Err("two machines come with one identity, and nobody notices".to_owned());
            }
        }
        Ok(())
    }
}

/// After as many changes from one to the other the numbers of one of them must have been behind.
const CHANGES_MAX: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::{Agent, Context, Effect, Input, ServiceChange};
    use crate::chance::Chance;
    use crate::facts::Facts;
    use crate::profile::{Profile, Version};
    use crate::protocol::Token;
    use crate::service::Serials;
    use crate::time::Now;

    /// What an agent sends during so many hours, on a device by itself.
    fn requests(agent: &mut Agent, from: u64, hours: u64) -> Vec<(Token, Request)> {
        let (profile, facts) = (Profile::default().without_jitter(), Facts::default());
        let cx = Context::new(&profile, &facts, Chance::seeded(1, 0));
        let mut sent = Vec::new();
        for hour in from..from + hours {
            let after = Span::hours(hour);
            let now =
                Now { wall: Wall::from_unix_millis(1_767_600_000_000).after(after), awake: Awake::MIN.after(after) };
            let mut effects: Vec<Effect> = Vec::new();
            if hour == 0 {
                let _ = agent.handle(&cx, now, Input::Installed(Version([1, 94, 0, 0])), &mut effects);
                let _ = agent.handle(&cx, now, Input::Service(ServiceChange::Started), &mut effects);
            }
            let _ = agent.handle(&cx, now, Input::Tick, &mut effects);
            sent.extend(effects.iter().filter_map(|effect| match effect {
                Effect::Send { token, request } => Some((*token, *request)),
                _ => None,
            }));
        }
        sent
    }

    // A6: two agents with one identity, of which one was made from the disk of the other.
    #[test]
    fn two_agents_with_one_identity_are_noticed_whoever_comes_first() {
        let mut first = Agent::absent();
        let before = requests(&mut first, 0, 3);
        let mut clone = first.clone();
        let (mine, its) = (requests(&mut first, 3, 6), requests(&mut clone, 3, 6));
        assert!(!before.is_empty() && !mine.is_empty() && mine.len() == its.len());
        let mut serials = Serials::new();
        assert!(before.iter().all(|(token, request)| !serials.count(*token, request)), "one machine alone is none");
        for ((mine, its), nth) in mine.iter().zip(&its).zip(0..) {
            let (one, other) = if nth % 2 == 0 { (mine, its) } else { (its, mine) };
            assert!(!serials.count(one.0, &one.1), "{nth}");
            assert!(serials.count(other.0, &other.1), "{nth}: the second with the same number is another machine");
        }
    }

    #[test]
    fn an_enrollment_begins_anew() {
        let mut serials = Serials::new();
        let far = Token::FIRST.skip(100);
        assert!(!serials.count(far, &Request::RenewChannel));
        assert!(!serials.count(Token::FIRST, &Request::Enroll));
        assert!(!serials.count(Token::FIRST.next(), &Request::RenewChannel));
        assert!(serials.count(Token::FIRST.next(), &Request::RenewChannel));
    }
}
