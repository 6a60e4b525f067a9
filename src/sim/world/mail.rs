//! Messages between the device and the service, and pushes.

use super::super::digest::code_of;
use super::super::network::CHANNELS;
use super::super::observe::{Happening, NetworkEvent, Observer};
use super::World;
use crate::agent;
use crate::device;
use crate::mdm;
use crate::protocol::{Failure, Push, Request, Token};
use crate::rules::RuleId;
use crate::service::{self, Given};
use crate::time::{Span, Wall};

/// A message on its way to the device.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mail {
    Agent { token: Token, at: Wall, answer: Result<Given, Failure> },
    Mdm { token: Token, answer: Result<Given, Failure> },
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
            let answer = Ok(Given::NotManaged);
            return self.post(now.after(fate.latency), side.mail(token, now, answer));
        }
        let answer = self.ask_service(request);
        let arrives = now.after(fate.latency);
        if fate.duplicated {
            self.post(arrives, side.mail(token, now, answer));
        }
        self.post(arrives, side.mail(token, now, answer));
    }

    pub(super) fn post(&mut self, at: Wall, mail: Mail) {
        self.mail.push((at, mail));
        self.mail_at = self.mail_at.min(at);
    }

    /// Lets the service take notice of something that is no request.
    pub(super) fn service(&mut self, input: service::Input) {
        let cx = self.service_context();
        let now = self.clock.true_now();
        let mut sink = ServiceSink::new(now, self.clock.offset(), &mut self.observer);
        self.service_due = self.ledger.handle(&cx, now, input, &mut sink);
        let pushes = sink.pushes;
        self.post_pushes(pushes);
    }

    /// Asks the service.
    #[inline]
    fn ask_service(&mut self, request: Request) -> Result<Given, Failure> {
        let cx = self.service_context();
        let now = self.clock.true_now();
        let mut sink = ServiceSink::new(now, self.clock.offset(), &mut self.observer);
        let answer = self.ledger.request(&cx, now, request, &mut sink);
        let pushes = sink.pushes;
        self.service_due = self.ledger.due(&cx);
        self.post_pushes(pushes);
        answer
    }

    #[inline]
    const fn service_context(&self) -> service::Context<'p> {
        service::Context {
            profile: &self.plan.profile,
            tenant: &self.plan.tenant,
            cohort: self.cohort,
            chance: self.cx.chance,
            facts: *self.device.facts(),
        }
    }

    #[inline]
    fn post_pushes(&mut self, pushes: Vec<(Push, Span)>) {
        let now = self.clock.true_now();
        for (push, after) in pushes {
            self.post(now.after(after), Mail::Push(push));
        }
    }

    /// Finds out when the next message arrives.
    #[inline]
    pub(super) fn look_at_mail(&mut self) {
        self.mail_at = self.mail.iter().map(|(at, _)| *at).min().unwrap_or(Wall::MAX);
    }

    /// The first message that is due arrives, or finds nobody.
    pub(super) fn deliver(&mut self) {
        let now = self.clock.true_now();
        let Some(place) = self.mail.iter().position(|(at, _)| *at <= now) else { return };
        let mail = if place + 1 == self.mail.len() { self.mail.pop() } else { Some(self.mail.remove(place)) };
        self.look_at_mail();
        let Some((_, mail)) = mail else { return };
        if let Mail::Push(push) = mail {
            return self.push(push);
        }
        if !self.clock.power().is_awake() {
            // An answer to a device that has gone to sleep is lost; the request's deadline ends the wait.
            return self.happened(None, Happening::Network(NetworkEvent::MessageLost));
        }
        match mail {
            Mail::Agent { token, at, answer: Ok(given) } => {
                let answer = given.answer(self.cohort);
                let input = agent::Input::Answered { token, at, answer: &answer };
                self.give_with(code_of(&device::Input::Agent(input)), |device, cx, now, sink| {
                    device.take_agent(cx, now, input, sink);
                });
            }
            Mail::Agent { token, answer: Err(failure), .. } => {
                self.give(device::Input::Agent(agent::Input::Failed { token, failure }));
            }
            Mail::Mdm { token, answer: Ok(given) } => {
                let answer = given.answer(self.cohort);
                let input = mdm::Input::Answered { token, answer: &answer };
                self.give_with(code_of(&device::Input::Mdm(input)), |device, cx, now, sink| {
                    device.take_mdm(cx, now, input, sink);
                });
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
    pub(super) fn mail(self, token: Token, at: Wall, answer: Result<Given, Failure>) -> Mail {
        match self {
            Self::Agent => Mail::Agent { token, at, answer },
            Self::Mdm => Mail::Mdm { token, answer },
        }
    }
}

/// Takes what the service emits, but for answers, which are returned.
struct ServiceSink<'s, O> {
    at: Wall,
    offset: i64,
    observer: &'s mut O,
    pushes: Vec<(Push, Span)>,
}

impl<'s, O> ServiceSink<'s, O> {
    #[inline]
    const fn new(at: Wall, offset: i64, observer: &'s mut O) -> Self {
        Self { at, offset, observer, pushes: Vec::new() }
    }
}

impl<'p, O: Observer> service::Sink<'p> for ServiceSink<'_, O> {
    #[inline]
    fn effect(&mut self, effect: service::Effect<'p>) {
        match effect {
            service::Effect::Answer { .. } => {}
            service::Effect::Push { push, after } => self.pushes.push((push, after)),
        }
    }

    #[inline]
    fn note(&mut self, rule: RuleId, event: service::Event) {
        self.observer.happened(self.at, self.offset, Some(rule), Happening::Service(event));
    }
}
