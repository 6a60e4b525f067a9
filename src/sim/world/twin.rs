//! A second machine with the identity of the device, such as a clone of its disk.
//!
//! The catalogue says nothing of it (assumed): the service cannot tell the two apart, so it takes what either says as
//! said by the device, and its answers go to whoever asked. Nothing that the other machine does is seen on this one. Where
//! the profile has it notice, which is ours, it does so by the numbers of the requests.

use super::super::observe::{Happening, Observer};
use super::World;
use crate::device::{AgentMachine, Twin};
use crate::protocol::{Report, Request, ScriptReport, ScriptResult, SessionCause, Token, UserId, Workload};
use crate::sabotage::{Sabotage, is_on};
use crate::service::{Event, Serials};

impl<O: Observer, A: AgentMachine> World<'_, O, A> {
    /// The other machine does something.
    #[cold]
    pub(super) fn twin(&mut self, twin: Twin) {
        self.count(TWIN);
        match twin {
            Twin::CheckIn => {
                // A slot of its own schedule, then the polls of its agent, which is in the version that is offered.
                let agent = self.plan.tenant.agent_offered(&self.cx.chance, self.clock.true_now());
                self.twin_asks(&Request::MdmSession { cause: SessionCause::SteadySlot, agent: Some(agent) });
                for workload in Workload::ALL {
                    self.twin_asks(&Request::Poll { workload, user: UserId::DEVICE, agent });
                }
            }
            Twin::Report { policy } => {
                let report = ScriptReport {
                    policy,
                    revision: self.plan.tenant.revision_at(policy, self.clock.true_now()),
                    user: UserId::DEVICE,
                    run: Token::FIRST,
                    exit_code: 1,
                    result: ScriptResult::Failed,
                };
                self.twin_asks(&Request::Report(Report::Script(report)));
            }
            Twin::Unenroll => self.twin_asks(&Request::Unenrolled),
        }
    }

    fn twin_asks(&mut self, request: &Request) {
        let now = self.clock.true_now();
        self.observer.served(now, request);
        if self.plan.profile.svc.notices_twins {
            // Its agent and its MDM client count by themselves, as those of this machine do.
            let sent = &mut self.link.twin_requests[Serials::of(request)];
            *sent += 1;
            let token = Token::from_number(*sent).unwrap_or(Token::FIRST);
            self.count_request(token, request);
        }
        // The answer goes to the other machine.
        if !matches!(self.ask_service(request), crate::service::Given::Failed(_)) {
            self.observer.accepted(now, request);
        }
    }
}

impl<O: Observer, A: AgentMachine> World<'_, O, A> {
    /// The service counts a request of this identity, and notices one that cannot be of the machine that sent those before.
    #[cold]
    pub(super) fn count_request(&mut self, token: Token, request: &Request) {
        if self.link.serials.count(token, request) && !is_on(Sabotage::MissesTwins) {
            self.happened(None, Happening::Service(Event::TwinNoticed));
        }
    }
}

/// The number of what the other machine does, for the digest.
const TWIN: u64 = 16;
