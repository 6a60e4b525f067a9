//! The agent's process: how it dies, and what it finds in its file when it starts again.
//!
//! The catalogue says nothing of damaged state (assumed): a file that is refused is set aside, as a driver does, and the
//! agent begins as if it were new. What Windows and the MDM channel hold stays: program, start type, users, policies.

use super::super::clock::Power;
use super::super::host::{FileBytes, Work};
use super::super::observe::{Happening, HostEvent, Observer};
use super::World;
use super::mail::{Mail, Side};
use crate::agent::{self, ServiceChange, SessionChange, StartType};
use crate::device::{self, Action, AgentMachine};
use crate::sabotage::{Sabotage, is_on};
use crate::time::{Span, Wall};

impl<O: Observer, A: AgentMachine> World<'_, O, A> {
    /// The agent wants its state on the disk.
    pub(super) fn persist(&mut self) {
        match self.host.write_file() {
            Some(true) if self.is_file_done_with() => drop(self.host.take_file()),
            Some(true) => self.device.agent().keep(&mut self.kept),
            None => {}
            Some(false) => self.happened(None, Happening::Host(HostEvent::StateNotWritten)),
        }
    }

    /// True while the agent's file is older than what the agent last wanted to keep: that could not be written.
    #[cfg(feature = "check")]
    pub(crate) fn is_file_behind(&self) -> bool {
        self.host.is_file_behind()
    }

    /// Nothing more is done to the device: what is written now is what the agent remembers, and that will do.
    fn is_file_done_with(&self) -> bool {
        #[cfg(feature = "check")]
        if self.killing.is_armed() {
            return false;
        }
        !A::IS_FOREIGN && self.action_at == Wall::MAX
    }

    /// Something happens to the agent's file or its disk.
    #[cold]
    pub(super) fn damage_file(&mut self, action: Action) {
        self.host.damage_file(action, |file| A::write_kept(&self.kept, file));
    }

    /// The power is gone from one moment to the next: nobody is told, and nothing more is written.
    #[cold]
    pub(super) fn power_cut(&mut self, action: Action) {
        if self.clock.power() == Power::Off {
            return;
        }
        self.set_power(Power::Off);
        self.went_down();
        let file = self.host.take_file();
        self.give(device::Input::Action(action));
        self.host.put_file(file);
    }

    /// The agent's process is about to start by an action: it knows what its file holds. Without a file that is what it knew.
    #[inline]
    pub(super) fn process_starts(&mut self, action: Action) {
        if self.host.has_file() {
            self.start_from_file(action);
        }
    }

    #[cold]
    fn start_from_file(&mut self, action: Action) {
        let agent = self.device.agent();
        let is_boot = matches!(action, Action::PowerOn | Action::Reboot | Action::SlowBoot(_));
        if agent.version().is_none() || agent.is_broken() {
            return;
        }
        if action == Action::ServiceKill {
            self.host.process_died();
        } else if agent.is_running() {
            // In good order: what the agent still wants to keep is written.
            self.give(device::Input::Agent(agent::Input::Service(ServiceChange::Stopped)));
        }
        // Nobody waits for the answers to the process before.
        self.mail.retain(|(_, mail)| !matches!(mail, Mail::Answer { side: Side::Agent, .. }));
        self.look_at_mail();
        let begun = match self.host.file_bytes() {
            FileBytes::Missing => return,
            FileBytes::AsNoted => self.device.begin_with_kept(&self.kept),
            FileBytes::Are(bytes) => self.device.begin_with(bytes),
        };
        if begun.is_err() {
            self.happened(None, Happening::Host(HostEvent::StateSetAside));
        }
        // The file may be from before a step of the clock: what it holds is pulled in.
        self.give(device::Input::Agent(agent::Input::ClockChanged));
        if is_boot {
            self.give(device::Input::Agent(agent::Input::Session(SessionChange::AllSignedOut)));
        }
    }

    /// The process of the service dies; true if Windows does not start it again at once. It is another start then, which finds
    /// what the file holds.
    #[cold]
    pub(super) fn waits_after_crash(&mut self) -> bool {
        let Some(policy) = self.plan.profile.health.crashes() else { return false };
        let now = self.clock.now().awake;
        let again_in = self.host.crashed(&policy, now);
        let again_in = if is_on(Sabotage::StartsAtOnce) { Span::ZERO } else { again_in };
        self.happened(None, Happening::Host(HostEvent::ServiceCrashed { again_in }));
        if again_in.is_zero() {
            self.host.service_is_up(&policy, now);
            return false;
        }
        let file = self.host.take_file();
        self.give(device::Input::Agent(agent::Input::Service(ServiceChange::Stopped)));
        self.host.put_file(file);
        self.host.process_died();
        self.host.add(now.after(again_in), Work::LateService);
        true
    }

    /// The service of a device that booted slowly comes up, or one whose process has died often, unless somebody has started it
    /// before.
    #[cold]
    pub(super) fn late_service(&mut self) {
        let agent = self.device.agent();
        let can_start = agent.version().is_some() && agent.start_type() == StartType::Automatic && !agent.is_broken();
        if can_start && !agent.is_running() {
            self.process_starts(Action::ServiceStart);
            self.give(device::Input::Agent(agent::Input::Service(ServiceChange::Started)));
        }
        if let Some(policy) = self.plan.profile.health.crashes().filter(|_| self.device.agent().is_running()) {
            self.host.service_is_up(&policy, self.clock.now().awake);
        }
    }
}
