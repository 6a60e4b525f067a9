//! What may happen next, and what it does.

use super::deeds::{Act, CLOCK_STEP};
use super::hands::Work;
use super::mail::{MAILS, Mail, Stage};
use super::{Kind, Small, Sort, State, holds};
use crate::agent::{self, RunOutcome, Task};
use crate::canon::Side;
use crate::device::{self, Action};
use crate::mdm;
use crate::protocol::app_codes::app_error;
use crate::protocol::{Failure, Push};
use crate::service::Given;
use crate::time::{Awake, Span, Wall};

/// One thing that may happen. Mails and pushes go by their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Time passes to the next deadline, and it fires: a timer, or work that ends well.
    Time,
    /// Time passes to the end of some work, and it has failed.
    Fail,
    /// A request reaches the service, or its answer the device.
    Deliver(u8),
    /// A request is lost.
    Lose(u8),
    /// The service takes a request, and the answer is lost.
    LoseAnswer(u8),
    /// The service takes a request, and the answer is held up.
    DelayAnswer(u8),
    /// A request is held up.
    Delay(u8),
    /// A request is answered, and the answer comes once more.
    Twice(u8),
    /// The service refuses a request with 503.
    Refuse(u8),
    /// A push arrives.
    Push(u8),
    /// A push is lost.
    LosePush(u8),
    /// A push arrives, and comes once more.
    PushTwice(u8),
    /// The device sleeps for five minutes.
    Nap,
    /// The device sleeps for eight hours.
    Night,
    /// The device restarts.
    Restart,
    /// The agent's service is killed and comes up again.
    Kill,
    /// As [`Step::Time`], and the agent's process is killed after so many of its effects.
    KillInTime(u8),
    /// As [`Step::Deliver`] of the first, and the agent's process is killed after so many of its effects.
    KillAtDelivery(u8, u8),
    /// A person does something, and the agent's process is killed after so many of its effects.
    KillAtAct(Act, u8),
    /// The device's clock is put forward by a day.
    ClockForward,
    /// The device's clock is put back by a day.
    ClockBack,
    /// A sync in Company Portal.
    CompanyPortal,
    /// A sync in Settings.
    Settings,
    /// The content is assigned.
    Assign,
    /// The content is not assigned any more.
    Unassign,
    /// The user signs in.
    SignIn,
    /// The user signs out.
    SignOut,
    /// The device enrolls.
    Enroll,
    /// The user ends management.
    Unenroll,
    /// An admin retires the device.
    Retire,
}

impl State {
    pub(super) fn steps(&self, small: &Small, steps: &mut Vec<(Step, Kind)>) {
        let faulty = self.left.faults > 0;
        let may = |sort: Sort| faulty && small.sorts.has(sort);
        let mut is_held_up = true;
        for (place, mail) in self.mails.iter() {
            match mail.stage {
                Stage::Lost => {}
                Stage::Sent => {
                    is_held_up = false;
                    steps.push((Step::Deliver(place), Kind::CALM));
                    if faulty {
                        let faults = [
                            Step::Lose(place),
                            Step::LoseAnswer(place),
                            Step::DelayAnswer(place),
                            Step::Delay(place),
                            Step::Twice(place),
                            Step::Refuse(place),
                        ];
                        let faults = faults.into_iter().filter(|step| small.sorts.has(step.sort()));
                        steps.extend(faults.map(|step| (step, Kind::DISTURBS)));
                    }
                }
                Stage::Late | Stage::Answered(..) => steps.push((Step::Deliver(place), Kind::DISTURBS)),
            }
        }
        for (place, push) in (0..).zip(&self.mails.pushes) {
            if push.is_some_and(|(at, _)| at <= self.now.wall) {
                is_held_up = false;
                steps.push((Step::Push(place), Kind::CALM));
                let faults = [Step::LosePush(place), Step::PushTwice(place)];
                let faults = faults.into_iter().filter(|step| may(step.sort()));
                steps.extend(faults.map(|step| (step, Kind::DISTURBS)));
            }
        }
        if is_held_up && let Some((at, is_work)) = self.next() {
            let kind = Kind { disturbs: false, takes_time: at > self.now.wall };
            steps.push((Step::Time, kind));
            if is_work && may(Sort::Fail) {
                steps.push((Step::Fail, Kind { disturbs: true, ..kind }));
            }
        }
        if faulty {
            self.faults(small, steps);
        }
        if self.left.acts > 0 {
            self.acts(small, steps);
        }
    }

    /// What may become of the machine now.
    fn faults(&self, small: &Small, steps: &mut Vec<(Step, Kind)>) {
        self.kills_within(small, steps, 0);
        let asleep = Kind { disturbs: true, takes_time: true };
        let is_there = self.device.agent().is_running();
        let faults = [
            (true, Step::Nap, asleep),
            (true, Step::Night, asleep),
            (true, Step::Restart, Kind::DISTURBS),
            (is_there, Step::Kill, Kind::DISTURBS),
            (true, Step::ClockForward, Kind::DISTURBS),
            (true, Step::ClockBack, Kind::DISTURBS),
        ];
        let faults = faults.into_iter().filter(|(may, step, _)| *may && small.sorts.has(step.sort()));
        steps.extend(faults.map(|(_, step, kind)| (step, kind)));
    }

    /// True if the first request on its way is held up by nothing.
    pub(in super::super) fn is_prompt(&self) -> bool {
        self.mails.iter().next().is_some_and(|(_, mail)| mail.stage == Stage::Sent)
    }

    /// True if nothing is on its way, and nothing due for a while.
    pub(in super::super) fn is_quiet_for(&self, span: Span) -> bool {
        self.mails.iter().next().is_none() && self.next().is_none_or(|(at, _)| at > self.now.wall.after(span))
    }

    /// When something is due next, and whether that is work that may fail.
    fn next(&self) -> Option<(Wall, bool)> {
        let (agent, rest) = (self.device.agent().next(), self.device.next_but_agent());
        let (timer_awake, timer_wall) = (agent.0.min(rest.0), agent.1.min(rest.1));
        let of_awake = |at: Awake| self.now.wall.after(at.since(self.now.awake));
        let (work, may_fail) = self.hands.next();
        let of_awake = |at: Awake| if at == Awake::MAX { Wall::MAX } else { of_awake(at) };
        let work_at = of_awake(work);
        let timer = of_awake(timer_awake).min(timer_wall.max(self.now.wall));
        let push = self.mails.pushes.iter().flatten().map(|(at, _)| *at).min().unwrap_or(Wall::MAX);
        let at = work_at.min(timer).min(push);
        (at != Wall::MAX).then_some((at, may_fail && work_at == at && push > at))
    }

    pub(super) fn take(&mut self, small: &Small, step: Step) {
        self.dying.done = 0;
        match step {
            Step::KillInTime(after) => self.kill_within(small, Step::Time, after),
            Step::KillAtDelivery(place, after) => self.kill_within(small, Step::Deliver(place), after),
            Step::KillAtAct(act, after) => self.kill_within(small, act.step(), after),
            step => self.take_calm(small, step),
        }
        self.look_at_waits(small);
    }

    /// Takes a step in which no process is killed halfway.
    pub(super) fn take_calm(&mut self, small: &Small, step: Step) {
        match step {
            Step::KillInTime(_) | Step::KillAtDelivery(..) | Step::KillAtAct(..) => {}
            Step::Time => self.time(small, true),
            Step::Fail => {
                self.left.faults -= 1;
                self.time(small, false);
            }
            Step::Deliver(place) => {
                if let Some(mail) = self.mails.take(place) {
                    self.deliver(small, &mail);
                }
            }
            Step::Lose(place) => self.set_stage(place, |_, _| Stage::Lost),
            Step::Delay(place) => self.set_stage(place, |_, _| Stage::Late),
            Step::LoseAnswer(place) => self.set_stage(place, |state, mail| {
                state.serve(small, &mail.request);
                Stage::Lost
            }),
            Step::DelayAnswer(place) => self
                .set_stage(place, |state, mail| Stage::Answered(state.serve(small, &mail.request), state.true_now())),
            Step::Twice(place) => {
                self.left.faults -= 1;
                if let Some(mail) = self.mails.take(place) {
                    let given = self.serve(small, &mail.request);
                    let at = self.true_now();
                    self.mails.push(Mail { stage: Stage::Answered(given, at), stale: Some(0), ..mail });
                    self.hand_over(small, (mail.side, mail.token), given, at);
                }
            }
            Step::Refuse(place) => {
                self.left.faults -= 1;
                if let Some(mail) = self.mails.take(place) {
                    let given = Given::Failed(Failure::Status(503));
                    self.hand_over(small, (mail.side, mail.token), given, self.true_now());
                }
            }
            Step::Push(place) => {
                if let Some(push) = self.take_push(place) {
                    self.give(small, &device::Input::Mdm(mdm::Input::Push(push)));
                }
            }
            Step::PushTwice(place) => {
                self.left.faults -= 1;
                if let Some((_, push)) = self.mails.pushes.get(usize::from(place)).copied().flatten() {
                    self.give(small, &device::Input::Mdm(mdm::Input::Push(push)));
                }
            }
            Step::LosePush(place) => {
                self.left.faults -= 1;
                self.take_push(place);
            }
            Step::Nap => self.sleep(small, NAP),
            Step::Night => self.sleep(small, NIGHT),
            Step::Restart => {
                self.left.faults -= 1;
                self.restart(small);
            }
            Step::Kill => {
                self.left.faults -= 1;
                self.kill(small);
            }
            Step::ClockForward => self.step_clock(small, CLOCK_STEP),
            Step::ClockBack => self.step_clock(small, -CLOCK_STEP),
            Step::CompanyPortal => self.act(small, Action::CompanyPortalSync),
            Step::Settings => self.act(small, Action::SettingsSync),
            Step::Assign | Step::Unassign => self.change(small, step == Step::Assign),
            Step::SignIn | Step::SignOut => self.sign(small, step == Step::SignIn),
            Step::Enroll => self.act(small, Action::Enroll),
            Step::Unenroll => self.act(small, Action::Unenroll),
            Step::Retire => self.retire(small),
        }
    }

    /// Time passes to the next deadline. Of what is due at one moment, work comes before timers.
    fn time(&mut self, small: &Small, well: bool) {
        let Some((at, _)) = self.next() else { return };
        self.mails.update(|mail| match &mut mail.stale {
            None => true,
            Some(stale) => {
                *stale += 1;
                *stale <= STALE
            }
        });
        self.now.awake = self.now.awake.after(at.since(self.now.wall));
        self.now.wall = at;
        if self.mails.pushes.iter().flatten().any(|(due, _)| *due <= at) {
            return;
        }
        let Some(work) = self.hands.take_due(self.now.awake) else { return self.tick(small) };
        match work {
            Work::Download(token) | Work::Install(token) => {
                self.give(small, &device::Input::Mdm(mdm::Input::Completed { token, ok: well }));
            }
            Work::Script(token) => {
                let outcome = RunOutcome::Exited { code: if well { 0 } else { 1 }, stderr: false, output: 0 };
                self.past.has_run |= well;
                self.give(small, &device::Input::Agent(agent::Input::Completed { token, outcome }));
            }
            Work::App(token, task, _) => {
                let outcome = self.app_ended(task, well);
                self.give(small, &device::Input::Agent(agent::Input::Completed { token, outcome }));
            }
            Work::ServiceUp if well => {
                self.give(small, &device::Input::Agent(agent::Input::Service(agent::ServiceChange::Started)));
            }
            // It does not come up; the health task looks after it (B-10.9).
            Work::ServiceUp => {}
        }
    }

    /// A step of the app ends. It is found where it is, nothing is lacking, and a command that fails changes nothing.
    const fn app_ended(&mut self, task: Task, well: bool) -> RunOutcome {
        match task {
            Task::AppRequire => RunOutcome::Required(0),
            Task::AppDownload | Task::AppDownloadForeground => {
                RunOutcome::Downloaded(if well { 0 } else { app_error::DOWNLOAD_FAILED })
            }
            Task::AppInstall | Task::AppUninstall => {
                if well {
                    self.past.has_app = matches!(task, Task::AppInstall);
                }
                RunOutcome::Exited { code: if well { 0 } else { FAILED }, stderr: false, output: 0 }
            }
            Task::AppDetect | Task::Script | Task::Detect | Task::Remediate | Task::DetectAgain | Task::Discover => {
                RunOutcome::Found(self.past.has_app)
            }
        }
    }

    fn deliver(&mut self, small: &Small, mail: &Mail) {
        let (given, at) = match mail.stage {
            Stage::Sent | Stage::Late => (self.serve(small, &mail.request), self.true_now()),
            Stage::Answered(given, at) => (given, at),
            Stage::Lost => return,
        };
        self.hand_over(small, (mail.side, mail.token), given, at);
    }

    /// A fault on the way of a request that nothing holds up.
    fn set_stage(&mut self, place: u8, stage: impl FnOnce(&mut Self, &Mail) -> Stage) {
        self.left.faults -= 1;
        let Some(mail) = self.mails.get_mut(place).copied() else { return };
        let stage = stage(self, &mail);
        if let Some(mail) = self.mails.get_mut(place) {
            mail.stage = stage;
        }
    }

    fn take_push(&mut self, place: u8) -> Option<Push> {
        let slot = self.mails.pushes.get_mut(usize::from(place))?;
        let (_, push) = slot.take()?;
        self.mails.pushes.sort_by_key(Option::is_none);
        Some(push)
    }

    /// The device sleeps and wakes up. Answers and pushes that come meanwhile are lost.
    fn sleep(&mut self, small: &Small, span: Span) {
        self.left.faults -= 1;
        self.lose_answers(small);
        let woken = self.now.wall.after(span);
        for push in &mut self.mails.pushes {
            push.take_if(|(at, _)| *at < woken);
        }
        self.mails.pushes.sort_by_key(Option::is_none);
        self.now.wall = woken;
        // Awake time stood still, so only a deadline on the wall clock can be overdue.
        if self.device.wake().wall.is_some_and(|(at, _)| at < woken) {
            self.give(small, &device::Input::Resumed);
        }
    }

    /// What nobody waits for any more is stale; what somebody waits for beyond its time breaks W5.
    fn look_at_waits(&mut self, small: &Small) {
        let (now, device, profile) = (self.now.awake, &self.device, &small.plan().profile);
        let mut is_overdue = false;
        self.mails.update(|mail| {
            if mail.stale.is_some() {
                return true;
            }
            let (awaited, limit) = match mail.side {
                Side::Agent => (device.agent().awaits(mail.token), profile.ime.answer_timeout),
                Side::Mdm => (device.mdm().awaits(mail.token), profile.mdm.answer_timeout),
            };
            is_overdue |= awaited && now.since(mail.sent) > limit;
            if !awaited {
                mail.stale = Some(0);
            }
            awaited || mail.stage != Stage::Lost
        });
        if is_overdue {
            self.broken |= holds::W5;
        }
    }

    pub(in super::super) const fn is_assigned(&self) -> bool {
        self.ledger.number_of_epoch() == 0
    }
}

/// The return code of an installer that fails.
const FAILED: i32 = 1603;
/// How long a nap lasts.
const NAP: Span = Span::mins(5);
/// How long a night lasts.
const NIGHT: Span = Span::hours(8);
/// After so many further deadlines, what nobody waits for is gone for good.
const STALE: u8 = 2;

const _: () = assert!(MAILS * 7 + 16 <= super::super::model::STEPS_MAX);
