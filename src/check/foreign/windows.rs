//! What Windows knows of any agent: whether it is there, and whether its service runs.

use super::said::Said;
use crate::agent::{Effect, Event, Input, ServiceChange, StartType};
use crate::profile::{Profile, Version};
use crate::rules::b;

/// The agent as Windows sees it.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    pub(super) version: Option<Version>,
    pub(super) is_running: bool,
    pub(super) start_type: StartType,
    pub(super) is_broken: bool,
    /// The device has its MDM certificate.
    pub(super) is_managed: bool,
}

impl Windows {
    pub(super) const fn new() -> Self {
        Self { version: None, is_running: false, start_type: StartType::Automatic, is_broken: false, is_managed: true }
    }

    /// True for what reaches the agent. One that is not there takes notice of what it will ask Windows for when it comes,
    /// and a service that cannot be started is not.
    pub(super) fn passes_on(&self, input: &Input<'_>) -> bool {
        let is_news = matches!(
            input,
            Input::Installed(_)
                | Input::Session(_)
                | Input::DarkWake(_)
                | Input::Policies(_)
                | Input::Certificate(_)
                | Input::Esp(_)
        );
        let starts = matches!(input, Input::Service(ServiceChange::Started));
        let cannot_start = self.is_broken || self.start_type == StartType::Disabled;
        (is_news || self.version.is_some()) && !(starts && cannot_start)
    }

    /// What an input means before the agent says anything to it.
    pub(super) fn before(&mut self, profile: &Profile, input: &Input<'_>, said: &mut Said) {
        match *input {
            Input::Installed(version) => {
                let before = self.version.replace(version);
                self.stop(said);
                said.saw(match before {
                    None => (b(2, 1), Event::AgentInstalled { version }),
                    Some(from) => (b(2, 9), Event::AgentUpgraded { from, version }),
                });
            }
            Input::Certificate(is_there) => self.is_managed = is_there,
            Input::Service(change) => self.service(profile, change, said),
            _ => {}
        }
    }

    fn service(&mut self, profile: &Profile, change: ServiceChange, said: &mut Said) {
        match change {
            ServiceChange::Started => {
                self.stop(said);
                self.is_running = true;
                let ime = &profile.ime;
                let ready_in = ime.start_delay_all.max;
                said.saw((
                    b(4, 8),
                    Event::ServiceStarted {
                        ready_in,
                        scripts_in: ready_in.saturating_add(ime.start_delay_ps_win32.max),
                        others_in: ready_in.saturating_add(ime.start_delay_other.max),
                    },
                ));
            }
            ServiceChange::Stopped => self.stop(said),
            ServiceChange::StartType(start_type) => self.start_type = start_type,
            ServiceChange::Broken => {
                self.stop(said);
                self.is_broken = true;
            }
            ServiceChange::Mended => self.is_broken = false,
        }
    }

    fn stop(&mut self, said: &mut Said) {
        if std::mem::take(&mut self.is_running) {
            said.saw((b(2, 16), Event::ServiceStopped));
        }
    }

    /// What an effect of the agent means.
    pub(super) const fn after(&mut self, effect: &Effect) {
        match effect {
            Effect::SetAutomatic => self.start_type = StartType::Automatic,
            Effect::Uninstall => {
                let is_managed = self.is_managed;
                *self = Self { is_managed, ..Self::new() };
            }
            _ => {}
        }
    }
}
