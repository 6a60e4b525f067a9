//! Carrying out what the device wants: requests, runs, installations.

use super::super::host::{AppEnd, Around, Work};
use super::super::observe::{Happening, HostEvent, Observer};
use super::World;
use super::mail::Side;
use crate::agent::{self, Run, RunOutcome, Task};
use crate::catalog::FaultChannel;
use crate::device::{self, Action, AgentMachine, Effect};
use crate::mdm;
use crate::protocol::app_codes::app_error;
use crate::protocol::{PolicyId, Token};

impl<'p, O: Observer, A: AgentMachine> World<'p, O, A> {
    /// Carries out what the device wants; mostly that is a request.
    pub(super) fn carry_out(&mut self, effect: &Effect) {
        if O::WATCHES_AGENT
            && let Effect::Agent(effect) = effect
        {
            self.observer.wanted(self.clock.true_now(), self.clock.offset(), effect);
        }
        let (token, request, side, code) = match effect {
            Effect::Agent(agent::Effect::Send { token, request }) => (*token, request, Side::Agent, 2),
            Effect::Mdm(mdm::Effect::Send { token, request }) => (*token, request, Side::Mdm, 8),
            Effect::Agent(effect) => return self.carry_out_agent(effect),
            Effect::Mdm(effect) => return self.carry_out_mdm(effect),
        };
        self.hasher.take(code, u64::from(token.number()));
        self.send(token, request, side);
    }

    #[inline(never)]
    fn carry_out_agent(&mut self, effect: &agent::Effect) {
        let awake = self.clock.now().awake;
        match effect {
            agent::Effect::Persist => {
                self.hasher.take(1, 0);
                self.persist();
            }
            agent::Effect::Send { .. } => {} // Sent already, by `carry_out`.
            agent::Effect::Run { token, run } => {
                self.hasher.take(3, u64::from(run.policy.0) << 8 | u64::from(run.user.0));
                self.begin(*token, run);
            }
            agent::Effect::Stop { token } => {
                self.hasher.take(4, u64::from(token.number()));
                self.host.stop(*token);
            }
            agent::Effect::SetAutomatic => self.hasher.take(5, 0),
            agent::Effect::StartService => {
                self.hasher.take(6, 0);
                self.host.add(awake, Work::ServiceUp);
            }
            agent::Effect::Restart => {
                self.hasher.take(16, 0);
                self.act(Action::Reboot);
            }
            agent::Effect::Uninstall => {
                self.hasher.take(7, 0);
                self.host.delete_file();
                self.observer.agent_changed(self.clock.true_now(), false);
            }
        }
    }

    #[inline(never)]
    fn carry_out_mdm(&mut self, effect: &mdm::Effect) {
        let awake = self.clock.now().awake;
        match effect {
            mdm::Effect::Send { .. } => {} // Sent already, by `carry_out`.
            mdm::Effect::Download { token, .. } => {
                let ok = self.link.reaches_service(self.device.facts())
                    && !self.is_faulty(FaultChannel::AgentDownload)
                    && !self.host.is_disk_full();
                self.hasher.take(9, u64::from(ok));
                self.host.add(awake, Work::Job { token: *token, ok });
            }
            mdm::Effect::Install { token, .. } => {
                let ok = !self.is_faulty(FaultChannel::AgentInstaller);
                self.hasher.take(10, u64::from(ok));
                self.host.add(awake.after(self.plan.profile.install.duration()), Work::Job { token: *token, ok });
            }
            mdm::Effect::AgentInstalled(_) => {
                self.hasher.take(11, 0);
                self.observer.agent_changed(self.clock.true_now(), true);
            }
            mdm::Effect::RemoveAgent => self.hasher.take(12, 0),
            mdm::Effect::Certificate(present) => self.hasher.take(13, u64::from(*present)),
            mdm::Effect::Policies(_) => {}
            mdm::Effect::Restart => {
                self.hasher.take(14, 0);
                self.act(Action::Reboot);
            }
            mdm::Effect::Reset { keep_enrollment } => {
                self.hasher.take(15, u64::from(*keep_enrollment));
                self.observer.agent_changed(self.clock.true_now(), false);
                self.link.signed_in = 0;
                self.host.reset();
                self.host.delete_file();
            }
        }
    }

    fn begin(&mut self, token: Token, run: &Run) {
        self.observer.began(self.clock.true_now(), run.task);
        let awake = self.clock.now().awake;
        match run.task {
            Task::Script | Task::Detect | Task::Remediate | Task::DetectAgain | Task::Discover => {
                self.host.run(token, run, awake, self.plan, self.described, &self.cx.chance);
            }
            Task::AppDetect
            | Task::AppRequire
            | Task::AppDownload
            | Task::AppDownloadForeground
            | Task::AppInstall
            | Task::AppUninstall => {
                let around = self.around();
                self.host.run_app(token, run, awake, &around);
            }
        }
    }

    /// A step of an app has ended. A download that ends without a network has failed.
    pub(super) fn app_ended(&mut self, end: AppEnd) {
        if let Some((app, is_there)) = end.change {
            self.app_changed(app, is_there);
        }
        if !end.is_awaited {
            return;
        }
        let is_lost = matches!(end.outcome, RunOutcome::Downloaded(0)) && !self.around().is_online;
        let outcome = if is_lost { RunOutcome::Downloaded(app_error::DOWNLOAD_FAILED) } else { end.outcome };
        self.give(device::Input::Agent(agent::Input::Completed { token: end.token, outcome }));
        self.expect_countdown();
    }

    /// An app came to the device or went.
    pub(super) fn app_changed(&mut self, policy: PolicyId, is_there: bool) {
        let around = self.around();
        if self.host.set_app(policy, is_there, &around) {
            let event = if is_there { HostEvent::AppAppeared { policy } } else { HostEvent::AppVanished { policy } };
            self.happened(None, Happening::Host(event));
        }
    }

    fn around(&self) -> Around<'p> {
        Around {
            plan: self.plan,
            described: self.described,
            chance: self.cx.chance,
            os_build: self.device.facts().os_build,
            is_online: self.link.reaches_service(self.device.facts()) && !self.host.is_disk_full(),
        }
    }

    pub(super) fn is_faulty(&self, channel: FaultChannel) -> bool {
        let now = self.clock.true_now();
        self.plan.tenant.faults().iter().any(|fault| fault.channel == channel && fault.from <= now && now < fault.until)
    }
}
