//! What happens to the agent, and the one place where it is called.

use super::Script;
use crate::agent::{Agent, Effect, Event, Input, ServiceChange, SessionChange, Sink, StartType, SyncRequest};
use crate::protocol::{Answer, Failure, Request, Token, UserId, Workload};
use crate::rules::RuleId;

/// What happens to the agent.
impl Script {
    /// Anything at all.
    #[track_caller]
    pub fn happens(&mut self, input: Input<'_>) -> &mut Self {
        self.feed(input);
        self
    }

    /// The agent's service starts.
    #[track_caller]
    pub fn service_starts(&mut self) -> &mut Self {
        self.happens(Input::Service(ServiceChange::Started))
    }

    /// The agent's service is stopped.
    #[track_caller]
    pub fn service_stops(&mut self) -> &mut Self {
        self.happens(Input::Service(ServiceChange::Stopped))
    }

    /// Somebody sets the start type of the service.
    #[track_caller]
    pub fn start_type(&mut self, start_type: StartType) -> &mut Self {
        self.happens(Input::Service(ServiceChange::StartType(start_type)))
    }

    /// The process is killed, and the agent is restored from the last snapshot; its service does not run.
    #[track_caller]
    pub fn killed(&mut self) -> &mut Self {
        self.pending.clear();
        match Agent::restore(&self.disk) {
            Ok(agent) => self.agent = agent,
            Err(error) => panic!("the snapshot of the agent cannot be restored: {error}"),
        }
        self.wake = self.agent.wake();
        self
    }

    /// An Entra user signs in.
    #[track_caller]
    pub fn signs_in(&mut self, user: u8) -> &mut Self {
        self.happens(Input::Session(SessionChange::SignIn(UserId(user))))
    }

    /// An Entra user signs out.
    #[track_caller]
    pub fn signs_out(&mut self, user: u8) -> &mut Self {
        self.happens(Input::Session(SessionChange::SignOut(UserId(user))))
    }

    /// Somebody asks for a check-in.
    #[track_caller]
    pub fn syncs(&mut self, request: SyncRequest) -> &mut Self {
        self.happens(Input::Sync(request))
    }

    /// A push for the app workload arrives.
    #[track_caller]
    pub fn pushed(&mut self, id: u32) -> &mut Self {
        self.happens(Input::Push(id))
    }

    /// The MDM certificate goes: the device is not enrolled any more.
    #[track_caller]
    pub fn unenrolled(&mut self) -> &mut Self {
        self.happens(Input::Certificate(false))
    }

    /// A request that was left open is answered now.
    #[track_caller]
    pub fn answers(&mut self, token: Token, answer: &Answer<'_>) -> &mut Self {
        let at = self.now().wall;
        self.happens(Input::Answered { token, at, answer })
    }

    /// A request that was left open fails now.
    #[track_caller]
    pub fn fails(&mut self, token: Token, failure: Failure) -> &mut Self {
        self.happens(Input::Failed { token, failure })
    }

    /// The one place where the agent is called.
    #[track_caller]
    pub(super) fn feed(&mut self, input: Input<'_>) {
        let now = self.now();
        let mut out = Outbox::default();
        self.wake = self.agent.handle(&self.setup.context(), now, input, &mut out);
        self.notes.extend(out.notes.into_iter().map(|(rule, event)| (self.elapsed, rule, event)));
        if let Err(broken) = self.agent.check_invariants() {
            self.mismatch(&format!("an agent that is whole, but {broken}"));
        }
        let mut background = Vec::new();
        for effect in out.effects {
            match effect {
                Effect::Persist => self.disk = self.agent.snapshot().as_bytes().to_vec(),
                Effect::Send { token, request } => match self.background(request) {
                    Some(answer) => background.push((token, answer)),
                    None => self.pending.push(effect),
                },
                Effect::Run { .. } => {
                    self.pending.push(effect);
                    if self.disk != self.agent.snapshot().as_bytes() {
                        self.mismatch("the snapshot on disk before the run, for its try to count (B-5.10)");
                    }
                }
                Effect::Stop { .. }
                | Effect::SetAutomatic
                | Effect::StartService
                | Effect::Restart
                | Effect::Uninstall => self.pending.push(effect),
            }
        }
        for (token, answer) in background {
            self.feed(Input::Answered { token, at: now.wall, answer: &answer });
        }
    }

    /// The answer to a request that is not talked about.
    fn background(&self, request: Request) -> Option<Answer<'static>> {
        match request {
            Request::Poll { workload, .. } if self.foreground.contains(&workload) => None,
            Request::Poll { workload: Workload::Script, .. } => Some(Answer::Scripts(Vec::new().into())),
            Request::Poll { .. } => Some(Answer::Nothing),
            Request::Report(_) => self.reports_in_background.then_some(Answer::Accepted),
            Request::ConnectionTest => self.tests_in_background.then_some(Answer::Accepted),
            Request::Enroll | Request::MdmSession { .. } | Request::RenewChannel | Request::Unenrolled => None,
        }
    }
}

#[derive(Default)]
struct Outbox {
    effects: Vec<Effect>,
    notes: Vec<(RuleId, Event)>,
}

impl Sink for Outbox {
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
    }
}
