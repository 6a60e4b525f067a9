//! Handing inputs to the device, and carrying out what it wants.

use super::hands::{Hands, Work, is_installer};
use super::kill::Dying;
use super::mail::{Mail, Mails, Stage};
use super::noted::Noted;
use super::state::Past;
use super::{Small, State, holds};
use crate::agent::{self, Task};
use crate::canon::Side;
use crate::device::{self, Action, Device, Effect};
use crate::mdm;
use crate::protocol::{Request, Token};
use crate::rules::RuleId;
use crate::service::{self, Given};
use crate::time::{Now, Span, Wall};

impl State {
    /// Hands an input to the device.
    pub(in super::super) fn give(&mut self, small: &Small, input: &device::Input<'_>) {
        self.give_with(small, |device, cx, now, outlet| device.take(cx, now, input, outlet));
    }

    pub(super) fn tick(&mut self, small: &Small) {
        self.give_with(small, |device, cx, now, outlet| device.tick(cx, now, outlet));
    }

    /// An answer, or what became of it, reaches the machine that asked.
    pub(super) fn hand_over(&mut self, small: &Small, (side, token): (Side, Token), given: Given, at: Wall) {
        let service = small.service();
        match given.answer(service.cohort, || service.tenant.agent_offered(&service.chance, at)) {
            Ok(answer) => self.give_with(small, |device, cx, now, outlet| match side {
                Side::Agent => device.answer_agent(cx, now, (token, at), &answer, outlet),
                Side::Mdm => device.answer_mdm(cx, now, token, &answer, outlet),
            }),
            Err(failure) => self.give(
                small,
                &match side {
                    Side::Agent => device::Input::Agent(agent::Input::Failed { token, failure }),
                    Side::Mdm => device::Input::Mdm(mdm::Input::Failed { token, failure }),
                },
            ),
        }
    }

    /// The service deals with a request now.
    pub(super) fn serve(&mut self, small: &Small, request: &Request) -> Given {
        if matches!(request, Request::Poll { .. }) && !self.device.mdm().is_enrolled() {
            return Given::NotManaged;
        }
        self.ledger.answer(&small.service(), self.true_now(), request, &mut Counter(small.noted.as_ref()))
    }

    fn give_with(&mut self, small: &Small, take: impl FnOnce(&mut Device, &device::Context<'_>, Now, &mut Outlet<'_>)) {
        let cx = small.cx();
        let (mut restarts, mut is_absent) = (false, self.device.agent().version().is_none());
        let mut persists = false;
        let mut outlet = Outlet {
            now: self.now,
            install: cx.profile.install.duration(),
            limits: [cx.profile.ime.answer_timeout, cx.profile.mdm.answer_timeout],
            mails: &mut self.mails,
            hands: &mut self.hands,
            broken: &mut self.broken,
            past: &mut self.past,
            dying: &mut self.dying,
            is_absent: &mut is_absent,
            restarts: &mut restarts,
            persists: &mut persists,
            noted: small.noted.as_ref(),
        };
        take(&mut self.device, &cx, self.now, &mut outlet);
        if is_absent {
            self.file = None;
        } else if persists {
            self.write_file(small);
        }
        if restarts {
            // The process ends with the device.
            self.dying.after = None;
            self.restart(small);
        }
    }

    /// The device restarts: what is on its way to it is lost, and work in hand ends.
    pub(super) fn restart(&mut self, small: &Small) {
        self.lose_answers(small);
        self.mails.update(|_| false);
        self.hands.clear();
        self.past.is_signed_in = false;
        self.give(small, &device::Input::Action(Action::Reboot));
    }

    /// Requests on their way reach the service, and their answers do not reach the device.
    pub(super) fn lose_answers(&mut self, small: &Small) {
        for place in 0..super::mail::MAILS as u8 {
            let Some(mail) = self.mails.get_mut(place).filter(|mail| mail.stage == Stage::Sent) else { continue };
            mail.stage = Stage::Lost;
            let request = mail.request;
            self.serve(small, &request);
        }
    }
}

/// Takes what a device emits.
pub(super) struct Outlet<'s> {
    now: Now,
    install: Span,
    /// How long each machine waits for an answer.
    limits: [Span; 2],
    mails: &'s mut Mails,
    hands: &'s mut Hands,
    broken: &'s mut u16,
    past: &'s mut Past,
    dying: &'s mut Dying,
    is_absent: &'s mut bool,
    restarts: &'s mut bool,
    persists: &'s mut bool,
    noted: Option<&'s Noted>,
}

impl Outlet<'_> {
    fn send(&mut self, side: Side, token: Token, request: Request) {
        // What times out in this very input is given up before the next is sent.
        let is_open =
            |mail: &Mail| mail.stale.is_none() && self.now.awake.since(mail.sent) < self.limits[side as usize];
        let is_same = |mail: &Mail| mail.side == side && is_open(mail) && is_alike(&mail.request, &request);
        if self.mails.iter().any(|(_, mail)| is_same(mail)) {
            *self.broken |= holds::C1;
        }
        self.mails.push(Mail { side, token, request, sent: self.now.awake, stage: Stage::Sent, stale: None });
    }

    fn agent(&mut self, effect: agent::Effect) {
        if self.dying.is_dead() {
            return;
        }
        self.dying.done = self.dying.done.saturating_add(1);
        let acts = matches!(effect, agent::Effect::Send { .. } | agent::Effect::Run { .. });
        if acts && *self.is_absent {
            *self.broken |= holds::X2;
        }
        match effect {
            agent::Effect::Send { token, request } => self.send(Side::Agent, token, request),
            agent::Effect::Run { token, run } => {
                if run.task == Task::Script && self.past.has_run {
                    *self.broken |= holds::W1;
                }
                self.begin(token, run.task);
            }
            agent::Effect::Stop { token } => self.hands.stop(token),
            agent::Effect::StartService => self.hands.add(self.now.awake, Work::ServiceUp),
            agent::Effect::Restart => *self.restarts = true,
            agent::Effect::Uninstall => {
                *self.is_absent = true;
                self.past.was_removed = true;
                // B-10.15: the history of scripts goes with the agent.
                self.past.has_run = false;
                self.hands.leave();
            }
            agent::Effect::Persist => *self.persists = true,
            agent::Effect::SetAutomatic => {}
        }
    }

    fn begin(&mut self, token: Token, task: Task) {
        let (length, work) = match task {
            Task::Script | Task::Detect | Task::Remediate | Task::DetectAgain | Task::Discover => {
                (SCRIPT, Work::Script(token))
            }
            Task::AppInstall | Task::AppUninstall => (INSTALL, Work::App(token, task, false)),
            Task::AppDetect | Task::AppRequire | Task::AppDownload | Task::AppDownloadForeground => {
                (Span::ZERO, Work::App(token, task, false))
            }
        };
        let is_known = |work: Work| matches!(work, Work::App(_, task, false) if is_installer(task));
        if is_installer(task) && self.hands.iter().any(is_known) {
            *self.broken |= holds::ONE_INSTALLER;
        }
        self.hands.add(self.now.awake.after(length), work);
    }

    fn mdm(&mut self, effect: mdm::Effect) {
        match effect {
            mdm::Effect::Send { token, request } => self.send(Side::Mdm, token, request),
            mdm::Effect::Download { token, .. } => self.hands.add(self.now.awake, Work::Download(token)),
            mdm::Effect::Install { token, .. } => {
                self.hands.add(self.now.awake.after(self.install), Work::Install(token));
            }
            mdm::Effect::Stop { token } => self.hands.stop_job(token),
            mdm::Effect::AgentInstalled(_) => *self.is_absent = false,
            mdm::Effect::Restart => *self.restarts = true,
            mdm::Effect::RemoveAgent
            | mdm::Effect::Certificate(_)
            | mdm::Effect::Policies(_)
            | mdm::Effect::Reset { .. } => {}
        }
    }
}

impl device::Sink for Outlet<'_> {
    #[inline]
    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Agent(effect) => self.agent(effect),
            Effect::Mdm(effect) => self.mdm(effect),
        }
    }

    #[inline]
    fn note(&mut self, rule: RuleId, _: device::Event) {
        if let Some(noted) = self.noted {
            noted.note(rule);
        }
    }
}

/// True for requests of which a machine has one on its way at a time.
fn is_alike(one: &Request, other: &Request) -> bool {
    match (one, other) {
        (Request::Poll { workload: one, .. }, Request::Poll { workload: other, .. }) => one == other,
        (one, other) => core::mem::discriminant(one) == core::mem::discriminant(other),
    }
}

/// How long a script runs.
const SCRIPT: Span = Span::mins(1);

/// How long an installer of an app runs.
const INSTALL: Span = Span::mins(5);

/// Of what the service notes it keeps the rules.
struct Counter<'s>(Option<&'s Noted>);

impl<'a> service::Sink<'a> for Counter<'_> {
    fn effect(&mut self, _: service::Effect<'a>) {}

    fn note(&mut self, rule: RuleId, _: service::Event) {
        if let Some(noted) = self.0 {
            noted.note(rule);
        }
    }
}
