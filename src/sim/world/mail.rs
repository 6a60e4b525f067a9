//! Messages between the device and the service, and pushes.

use super::super::digest::code_of;
use super::super::network::{CHANNELS, Obstacle};
use super::super::observe::{Happening, NetworkEvent, Observer};
use super::World;
use super::give::Touched;
use crate::agent;
use crate::chance::Purpose;
use crate::device::{self, AgentMachine};
use crate::mdm;
use crate::protocol::{Answer, Failure, Push, Request, Token};
use crate::rules::{RuleId, b};
use crate::sabotage::{Sabotage, is_on};
use crate::service::{self, Given};
use crate::time::{Span, Wall};

/// A message on its way to the device.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mail {
    /// The answer to a request of one of the two machines, as it was given at a moment.
    Answer { side: Side, token: Token, at: Wall, given: Given },
    Push {
        push: Push,
        /// It is the push before, once more.
        again: bool,
    },
}

impl<'p, O: Observer, A: AgentMachine> World<'p, O, A> {
    /// A request leaves the device.
    #[inline]
    pub(super) fn send(&mut self, token: Token, request: &Request, side: Side) {
        let now = self.clock.true_now();
        let n = self.messages;
        self.messages += 1;
        let refused = if !self.link.reaches_service(self.device.facts()) {
            Some(Failure::NoNetwork)
        } else if self.link.has(Obstacle::Names) {
            Some(Failure::NameResolution)
        } else {
            None
        };
        if let Some(failure) = refused {
            return self.post(now, Mail::Answer { side, token, at: now, given: Given::Failed(failure) });
        }
        let fate = self.network.fate(&self.cx.chance, n);
        if fate.lost {
            return self.happened(None, Happening::Network(NetworkEvent::MessageLost));
        }
        self.observer.served(now, request);
        let refused_ppm = self.conditions.refused_ppm;
        if refused_ppm > 0 && self.cx.chance.happens(refused_ppm, Purpose::Refusal, n) {
            return self.refuse(now, now.after(fate.latency), (token, side));
        }
        let polls = matches!(request, Request::Poll { .. });
        if polls && !self.device.mdm().is_enrolled() {
            // Without its certificate the device is nobody to the service, told or not (B-10.5a, B-10.13).
            return self.post(now.after(fate.latency), Mail::Answer { side, token, at: now, given: Given::NotManaged });
        }
        if self.plan.profile.svc.notices_twins {
            self.count_request(token, request);
        }
        let given = self.ask_service(request);
        if !matches!(given, Given::Failed(_)) {
            self.observer.accepted(now, request);
        }
        let arrives = now.after(fate.latency.saturating_add(self.conditions.wait));
        if fate.duplicated {
            self.post(arrives, Mail::Answer { side, token, at: now, given });
        }
        self.post(arrives, Mail::Answer { side, token, at: now, given });
    }

    /// The service is too busy for a request, and says so at once.
    #[cold]
    fn refuse(&mut self, now: Wall, arrives: Wall, (token, side): (Token, Side)) {
        self.observer.refused(now);
        self.happened(Some(b(13, 4)), Happening::Service(service::Event::Throttled));
        let given = Given::Failed(Failure::Status(self.plan.limits.refusal));
        self.post(arrives, Mail::Answer { side, token, at: now, given });
    }

    pub(super) fn post(&mut self, at: Wall, mail: Mail) {
        self.mail.push((at, mail));
        self.mail_at = self.mail_at.min(at);
    }

    /// Lets the service take notice of something that is no request.
    pub(super) fn service(&mut self, input: service::Input) {
        let cx = self.service_context();
        let now = self.clock.true_now();
        let mut sink = ServiceSink {
            at: now,
            offset: self.clock.offset(),
            observer: &mut self.observer,
            mail: &mut self.mail,
            mail_at: &mut self.mail_at,
            push_wait: self.conditions.push_wait,
        };
        self.service_due = self.ledger.handle(&cx, now, input, &mut sink);
    }

    /// Asks the service.
    #[inline(always)]
    pub(super) fn ask_service(&mut self, request: &Request) -> Given {
        let cx = self.service_context();
        let now = self.clock.true_now();
        if self.ledger.is_behind(&cx, now) {
            self.service(service::Input::Tick);
        }
        let mut sink = ServiceSink {
            at: now,
            offset: self.clock.offset(),
            observer: &mut self.observer,
            mail: &mut self.mail,
            mail_at: &mut self.mail_at,
            push_wait: self.conditions.push_wait,
        };
        self.ledger.answer(&cx, now, request, &mut sink)
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

    /// Finds out when the next message arrives.
    #[inline]
    pub(super) fn look_at_mail(&mut self) {
        self.mail_at = self.mail.iter().map(|(at, _)| *at).min().unwrap_or(Wall::MAX);
    }

    /// The first message that is due arrives, or finds nobody.
    #[inline(always)]
    pub(super) fn deliver(&mut self) {
        let Some(mail) = self.take_mail() else { return };
        match mail {
            Mail::Push { push, again } => {
                if again && push == Push::AgentApps {
                    // It comes under the same id.
                    self.pushes = self.pushes.wrapping_sub(1);
                }
                self.push(push);
            }
            Mail::Answer { .. } if !self.clock.power().is_awake() => {
                // An answer to a device that has gone to sleep is lost; the request's deadline ends the wait.
                self.happened(None, Happening::Network(NetworkEvent::MessageLost));
            }
            Mail::Answer { side, token, at, given } => {
                let (tenant, chance) = (&self.plan.tenant, self.cx.chance);
                match given.answer(self.cohort, || tenant.agent_offered(&chance, at)) {
                    Ok(answer) => {
                        self.answered(side, token, at, &answer);
                        // It borrows what it holds from the cohort: to look for something to drop would be in vain.
                        std::mem::forget(answer);
                    }
                    Err(failure) => self.give(match side {
                        Side::Agent => device::Input::Agent(agent::Input::Failed { token, failure }),
                        Side::Mdm => device::Input::Mdm(mdm::Input::Failed { token, failure }),
                    }),
                }
            }
        }
    }

    /// Takes the first message that is due. Mostly there is but one.
    #[inline]
    fn take_mail(&mut self) -> Option<Mail> {
        let now = self.clock.true_now();
        if let [(at, mail)] = self.mail[..]
            && at <= now
        {
            self.mail.clear();
            self.mail_at = Wall::MAX;
            return Some(mail);
        }
        let place = self.mail.iter().position(|(at, _)| *at <= now)?;
        let (_, mail) = self.mail.remove(place);
        self.look_at_mail();
        Some(mail)
    }

    /// An answer reaches the machine that asked.
    #[inline]
    fn answered(&mut self, side: Side, token: Token, at: Wall, answer: &Answer<'_>) {
        match side {
            Side::Agent => {
                let heard = agent::Input::Answered { token, at, answer };
                self.give_with(code_of(&device::Input::Agent(heard)), Some(&heard), |device, cx, now, sink| {
                    device.answer_agent(cx, now, (token, at), answer, sink);
                    Touched::Agent
                });
            }
            Side::Mdm => {
                let code = code_of(&device::Input::Mdm(mdm::Input::Answered { token, answer }));
                self.give_with(code, None, |device, cx, now, sink| {
                    device.answer_mdm(cx, now, token, answer, sink);
                    Touched::Any
                });
            }
        }
    }

    pub(super) fn push(&mut self, push: Push) {
        if let Some(obstacle) = self.link.push_obstacle(self.clock.power().is_awake(), self.device.facts()) {
            let cached = self.link.cache(push, &self.plan.profile, self.clock.true_now());
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
        let now = self.clock.true_now();
        for push in std::mem::take(&mut self.link.cached).into_iter().flatten() {
            if self.link.is_too_old(push, &self.plan.profile, now) && !is_on(Sabotage::NeverTooLate) {
                self.happened(Some(b(6, 31)), Happening::Network(NetworkEvent::PushExpired { push }));
                continue;
            }
            self.push(push);
        }
    }
}

/// Which of the two machines sent a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Agent,
    Mdm,
}

/// Takes what the service emits, but for answers, which are returned: pushes go to the mail.
struct ServiceSink<'s, O> {
    at: Wall,
    offset: i64,
    observer: &'s mut O,
    mail: &'s mut Vec<(Wall, Mail)>,
    mail_at: &'s mut Wall,
    push_wait: Span,
}

impl<O: Observer> ServiceSink<'_, O> {
    #[inline]
    fn send(&mut self, push: Push, again: bool, after: Span) {
        self.observer.pushed(self.at);
        let at = self.at.after(after.saturating_add(self.push_wait));
        self.mail.push((at, Mail::Push { push, again }));
        *self.mail_at = at.min(*self.mail_at);
    }
}

impl<'p, O: Observer> service::Sink<'p> for ServiceSink<'_, O> {
    #[inline]
    fn effect(&mut self, effect: service::Effect<'p>) {
        match effect {
            service::Effect::Answer { .. } => {}
            service::Effect::Push { push, after } => self.send(push, false, after),
            service::Effect::PushAgain { push, after } => self.send(push, true, after),
        }
    }

    #[inline]
    fn note(&mut self, rule: RuleId, event: service::Event) {
        self.observer.happened(self.at, self.offset, Some(rule), Happening::Service(event));
    }
}
