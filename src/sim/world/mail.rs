//! Messages between the device and the service, and pushes.

use super::super::network::CHANNELS;
use super::super::observe::{Happening, NetworkEvent, Observer};
use super::World;
use crate::agent;
use crate::device;
use crate::mdm;
use crate::protocol::{Answer, Failure, Push, Request, Token};
use crate::rules::RuleId;
use crate::service;
use crate::time::{Span, Wall};

/// A message on its way to the device.
#[derive(Clone, Debug)]
pub(super) enum Mail<'p> {
    Agent { token: Token, at: Wall, answer: Result<Answer<'p>, Failure> },
    Mdm { token: Token, answer: Result<Answer<'p>, Failure> },
    Push(Push),
}

impl<'p, O: Observer> World<'p, O> {
    /// A request leaves the device.
    #[inline]
    pub(super) fn send(&mut self, token: Token, request: Request, side: Side) {
        let now = self.clock.true_now();
        let n = self.messages;
        self.messages += 1;
        let refused = if !self.link.reaches_service(self.device.facts()) {
            Some(Failure::NoNetwork)
        } else if !self.link.names_resolve {
            Some(Failure::NameResolution)
        } else {
            None
        };
        if let Some(failure) = refused {
            return self.post(now, side.mail(token, now, Err(failure)));
        }
        let fate = self.plan.network.fate(&self.cx.chance, n);
        if fate.lost {
            return self.happened(None, Happening::Network(NetworkEvent::MessageLost));
        }
        self.observer.served(now, &request);
        let polls = matches!(request, Request::Poll { .. });
        if polls && !self.device.mdm().is_enrolled() {
            // Without its certificate the device is nobody to the service, told or not (B-10.5a, B-10.13).
            let answer = Ok(Answer::NotManaged);
            return self.post(now.after(fate.latency), side.mail(token, now, answer));
        }
        let Some(answer) = self.service(service::Input::Request { token, request }, Some(token)) else { return };
        let arrives = now.after(fate.latency);
        if fate.duplicated {
            self.post(arrives, side.mail(token, now, answer.clone()));
        }
        self.post(arrives, side.mail(token, now, answer));
    }

    pub(super) fn post(&mut self, at: Wall, mail: Mail<'p>) {
        self.mail.push((at, mail));
    }

    /// Lets the service take notice of something; returns its answer to `token`.
    #[inline]
    pub(super) fn service(
        &mut self,
        input: service::Input,
        token: Option<Token>,
    ) -> Option<Result<Answer<'p>, Failure>> {
        let cx = service::Context {
            profile: &self.plan.profile,
            tenant: &self.plan.tenant,
            cohort: self.cohort,
            chance: self.cx.chance,
            facts: *self.device.facts(),
        };
        let now = self.clock.true_now();
        let mut sink = ServiceSink {
            at: now,
            offset: self.clock.offset(),
            observer: &mut self.observer,
            answer: None,
            pushes: [NO_PUSH; PUSHES],
            pushed: 0,
        };
        self.service_due = self.ledger.handle(&cx, now, input, &mut sink);
        let ServiceSink { answer, pushes, pushed, .. } = sink;
        for (push, after) in &pushes[..pushed] {
            self.post(now.after(*after), Mail::Push(*push));
        }
        answer.filter(|(to, _)| Some(*to) == token).map(|(_, answer)| answer)
    }

    /// The first message that is due arrives, or finds nobody.
    pub(super) fn deliver(&mut self) {
        let now = self.clock.true_now();
        let Some(place) = self.mail.iter().position(|(at, _)| *at <= now) else { return };
        let mail = if place + 1 == self.mail.len() { self.mail.pop() } else { Some(self.mail.remove(place)) };
        let Some((_, mail)) = mail else { return };
        if let Mail::Push(push) = mail {
            return self.push(push);
        }
        if !self.clock.power().is_awake() {
            // An answer to a device that has gone to sleep is lost; the request's deadline ends the wait.
            return self.happened(None, Happening::Network(NetworkEvent::MessageLost));
        }
        match mail {
            Mail::Agent { token, at, answer: Ok(answer) } => {
                self.give(device::Input::Agent(agent::Input::Answered { token, at, answer: &answer }));
            }
            Mail::Agent { token, answer: Err(failure), .. } => {
                self.give(device::Input::Agent(agent::Input::Failed { token, failure }));
            }
            Mail::Mdm { token, answer: Ok(answer) } => {
                self.give(device::Input::Mdm(mdm::Input::Answered { token, answer: &answer }));
            }
            Mail::Mdm { token, answer: Err(failure) } => {
                self.give(device::Input::Mdm(mdm::Input::Failed { token, failure }));
            }
            Mail::Push(_) => {}
        }
    }

    pub(super) fn push(&mut self, push: Push) {
        if let Some(obstacle) = self.link.push_obstacle(self.clock.power().is_awake(), self.device.facts()) {
            let cached = self.link.cache(push, &self.plan.profile);
            let event = if cached {
                NetworkEvent::PushCached { push, obstacle }
            } else {
                NetworkEvent::PushLost { push, obstacle }
            };
            return self.happened(Some(obstacle.rule()), Happening::Network(event));
        }
        match push {
            Push::MdmChange | Push::MdmAdmin => self.give(device::Input::Mdm(mdm::Input::Push(push))),
            Push::AgentApps => {
                self.pushes = self.pushes.wrapping_add(1);
                self.give(device::Input::Agent(agent::Input::Push(self.pushes)));
            }
            Push::AgentRemediation { policy, revision } => {
                self.give(device::Input::Agent(agent::Input::OnDemand { policy, revision }));
            }
        }
    }

    /// Delivers what waits for the device, if nothing holds it back any more.
    pub(super) fn flush_cached(&mut self) {
        if self.link.cached == [None; CHANNELS]
            || self.link.push_obstacle(self.clock.power().is_awake(), self.device.facts()).is_some()
        {
            return;
        }
        for push in std::mem::take(&mut self.link.cached).into_iter().flatten() {
            self.push(push);
        }
    }
}

/// Which of the two machines sent a request.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Agent,
    Mdm,
}

impl Side {
    pub(super) fn mail<'p>(self, token: Token, at: Wall, answer: Result<Answer<'p>, Failure>) -> Mail<'p> {
        match self {
            Self::Agent => Mail::Agent { token, at, answer },
            Self::Mdm => Mail::Mdm { token, answer },
        }
    }
}

struct ServiceSink<'s, 'p, O> {
    at: Wall,
    offset: i64,
    observer: &'s mut O,
    answer: Option<(Token, Result<Answer<'p>, Failure>)>,
    /// Pushes, and how many there are.
    pushes: [(Push, Span); PUSHES],
    pushed: usize,
}

/// More pushes than one moment of the timeline brings: one of each kind.
const PUSHES: usize = 4;
const NO_PUSH: (Push, Span) = (Push::MdmChange, Span::ZERO);

impl<'p, O: Observer> service::Sink<'p> for ServiceSink<'_, 'p, O> {
    #[inline]
    fn effect(&mut self, effect: service::Effect<'p>) {
        match effect {
            service::Effect::Answer { token, answer, .. } => self.answer = Some((token, answer)),
            service::Effect::Push { push, after } => {
                if let Some(slot) = self.pushes.get_mut(self.pushed) {
                    *slot = (push, after);
                    self.pushed += 1;
                }
            }
        }
    }

    #[inline]
    fn note(&mut self, rule: RuleId, event: service::Event) {
        self.observer.happened(self.at, self.offset, Some(rule), Happening::Service(event));
    }
}
