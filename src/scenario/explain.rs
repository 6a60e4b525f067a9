//! Why a device is as it is at a moment: the agent's prerequisites, its items, its timers.

mod app;
mod remediation;
mod work;

use std::fmt::{self, Write as _};

use super::Scenario;
use super::run::{RunError, find};
use crate::agent::{Deadline, RecordState, Status};
use crate::device;
use crate::facts::diagnosis::{Cause, Situation, causes, has_mdm_device_with_aad};
use crate::facts::{Feature, Features};
use crate::protocol::{RunAs, ScriptPolicy, UserId};
use crate::retry::Policy;
use crate::rules::{RuleId, b};
use crate::service::Epoch;
use crate::sim::plan::{DevicePlan, Plan};
use crate::sim::trace::local_time;
use crate::sim::{Cast, Nobody, Power, World};
use crate::time::{Span, Wall};

/// One line of an explanation and the rule behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The line.
    pub text: String,
    /// The rule.
    pub rule: RuleId,
}

/// Why a device is as it is. Displays as the text of `imesim explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The device's name.
    pub device: String,
    /// Its own local time.
    pub time: String,
    /// Whether the agent is there, and in what state.
    pub agent: Reason,
    /// Every cause that may keep the agent away, in fixed order, and whether it holds.
    pub causes: Vec<(bool, Reason)>,
    /// What each item of work has come to and waits for.
    pub items: Vec<Reason>,
    /// When each timer fires next, and on which clock.
    pub timers: Vec<Reason>,
    /// What else helps: warnings and what tools on the device would show.
    pub notes: Vec<Reason>,
}

impl Scenario {
    /// Explains one device at a moment, given as an offset from the start.
    ///
    /// # Errors
    /// [`RunError`] if there is no such device.
    pub fn explain(&self, device: &str, at: Span) -> Result<Explanation, RunError> {
        let plan = &self.plan;
        let cast = Cast::new(plan)?;
        let number = find(&cast, device)?;
        let (Some(mut world), Some(described), Some(cohort)) =
            (cast.world(number, Nobody), cast.described(number), cast.cohort(number))
        else {
            return Err(RunError::NoDevice { name: device.to_owned(), count: cast.count(), example: String::new() });
        };
        let moment = plan.start.after(at.min(plan.duration));
        world.run_until(moment);
        let view = View { plan, described, world: &world, epoch: cohort.at(moment), moment };
        Ok(Explanation {
            device: cast.name(number).unwrap_or_default(),
            time: local_time(moment, world.clock_offset(), &plan.zones[described.zone]),
            agent: view.agent(),
            causes: view.causes(),
            items: view.items(),
            timers: view.timers(),
            notes: view.notes(),
        })
    }
}

struct View<'a> {
    plan: &'a Plan,
    described: &'a DevicePlan,
    world: &'a World<'a, Nobody>,
    epoch: &'a Epoch,
    moment: Wall,
}

impl View<'_> {
    fn agent(&self) -> Reason {
        let agent = self.world.device().agent();
        let version = agent.version().map_or_else(String::new, |version| format!(" {version}"));
        let (text, rule) = match agent.status() {
            Status::Absent => ("the agent is not on this device".to_owned(), b(11, 1)),
            Status::Stopped if agent.is_broken() => {
                (format!("agent{version} is on this device; its service cannot be started"), b(10, 7))
            }
            Status::Stopped => (format!("agent{version} is on this device; its service does not run"), b(2, 16)),
            Status::Starting => (format!("agent{version} is starting"), b(4, 8)),
            Status::Idle => (format!("agent{version} runs and waits"), b(4, 12)),
            Status::CheckingIn => (format!("agent{version} is checking in"), b(4, 22)),
            Status::Working => (format!("agent{version} is running scripts or installing apps"), b(5, 13)),
        };
        Reason { text, rule }
    }

    fn causes(&self) -> Vec<(bool, Reason)> {
        let device = self.world.device();
        let situation = Situation {
            enrolled: device.mdm().is_enrolled(),
            assigned: self.epoch.assigned(),
            assigned_to_users_only: self.is_assigned_to_users_only(),
            online: self.world.is_online(),
            user_signed_in: self.world.is_user_signed_in(),
            service_principal: self.epoch.has_service_principal(),
        };
        causes(device.facts(), &situation, &self.plan.profile)
            .into_iter()
            .map(|(cause, holds)| (holds, Reason { text: cause_text(&cause, holds), rule: cause.rule() }))
            .collect()
    }

    /// On a registered-only device, what is assigned to its users' groups is not assigned to it (B-1.12).
    fn is_assigned_to_users_only(&self) -> bool {
        if !self.world.device().facts().is_registered_only() || !self.epoch.assigned().is_empty() {
            return false;
        }
        let mut member = self.described.member.clone();
        member.facts.join = crate::facts::Join::Entra;
        let cohort = crate::service::Cohort::resolve(&self.plan.tenant, &self.plan.profile, &member);
        cohort.at(self.moment).assigned() != Features::NONE
    }

    fn items(&self) -> Vec<Reason> {
        let agent = self.world.device().agent();
        let profile = &self.plan.profile;
        let mut items: Vec<Reason> = agent
            .scripts()
            .iter()
            .map(|record| {
                let (retries, tries) =
                    (profile.scripts.max_retries, Policy::script_retries(profile.scripts.max_retries));
                let (state, rule) = match record.state {
                    RecordState::Success => ("succeeded; it does not run again unless it changes".to_owned(), b(5, 1)),
                    RecordState::Skipped => ("never runs here in this revision".to_owned(), b(1, 14)),
                    RecordState::Failed if !tries.allows_after(u32::from(record.downloads)) => {
                        (format!("failed {} times; silent until it changes", record.downloads), b(5, 6))
                    }
                    RecordState::Failed => (
                        format!(
                            "failed {} of {} times; waits for the next script check-in",
                            record.downloads,
                            retries.saturating_add(1)
                        ),
                        b(5, 5),
                    ),
                    RecordState::Pending if record.run_as == RunAs::User => {
                        ("waits for its user at a script check-in".to_owned(), b(5, 19))
                    }
                    RecordState::Pending if record.downloads > 0 => {
                        ("was begun and has no result".to_owned(), b(5, 10))
                    }
                    RecordState::Pending => ("waits for its turn at a script check-in".to_owned(), b(5, 13)),
                };
                let report = if record.unreported { "; its report waits for a check-in that works" } else { "" };
                let name = self.content(record.policy.0);
                Reason { text: format!("script `{name}` for {}: {state}{report}", self.user(record.user)), rule }
            })
            .collect();
        for user in self.principals() {
            for script in self.epoch.scripts(user) {
                items.extend(self.unseen(script, user));
            }
        }
        items.extend(self.apps());
        items.extend(self.remediations());
        items.extend(self.discovery());
        items.extend(self.collected());
        items
    }

    /// A script that is assigned and that the agent has not seen.
    fn unseen(&self, script: &ScriptPolicy, user: UserId) -> Option<Reason> {
        let known = self.world.device().agent().scripts();
        if known.iter().any(|record| record.policy == script.id) {
            return None;
        }
        let text = format!(
            "script `{}` for {}: assigned, and waits for the next script check-in",
            self.content(script.id.0),
            self.user(user)
        );
        Some(Reason { text, rule: b(4, 5) })
    }

    fn timers(&self) -> Vec<Reason> {
        let device = self.world.device();
        let mut timers: Vec<(Wall, Reason)> = Vec::new();
        for (timer, deadline) in device.mdm().timers() {
            timers.push(self.timer(device::Timer::Mdm(timer), deadline));
        }
        for (timer, deadline) in device.agent().timers() {
            timers.push(self.timer(device::Timer::Agent(timer), deadline));
        }
        timers.sort_by_key(|(at, _)| *at);
        timers.into_iter().map(|(_, reason)| reason).collect()
    }

    fn timer(&self, timer: device::Timer, deadline: Deadline) -> (Wall, Reason) {
        let now = self.world.device_now();
        let (left, clock) = match deadline {
            Deadline::Awake(at) => (at.since(now.awake), "awake time"),
            Deadline::Wall(at) => (at.since(now.wall), "wall clock"),
        };
        let at = self.moment.after(left);
        let zone = &self.plan.zones[self.described.zone];
        let time = local_time(at, self.world.clock_offset(), zone);
        let text = format!("{:<34} in {left} ({clock}), at {time} if it stays awake", timer.name());
        (at, Reason { text, rule: timer.rule() })
    }

    fn notes(&self) -> Vec<Reason> {
        let device = self.world.device();
        let facts = device.facts();
        let fields = crate::facts::diagnosis::JoinFields::from(facts.join);
        let yes = |on: bool| if on { "YES" } else { "NO" };
        let mut notes = vec![
            Reason {
                text: format!(
                    "dsregcmd shows AzureAdJoined {}, DomainJoined {}, WorkplaceJoined {}",
                    yes(fields.azure_ad_joined),
                    yes(fields.domain_joined),
                    yes(fields.workplace_joined)
                ),
                rule: b(11, 4),
            },
            Reason {
                text: format!(
                    "the MDM report {} MDMDeviceWithAAD",
                    if has_mdm_device_with_aad(facts, device.mdm().is_enrolled()) { "has" } else { "does not have" }
                ),
                rule: b(11, 3),
            },
        ];
        let state = match self.world.power() {
            Power::On => None,
            Power::DarkWake => Some("the device is awake for maintenance only: no script is started"),
            Power::Asleep => Some("the device is asleep: awake time stands, and no timer fires"),
            Power::Hibernating => Some("the device hibernates: awake time stands, and no timer fires"),
            Power::Off => Some("the device is off"),
        };
        notes.extend(state.map(|text| Reason { text: text.to_owned(), rule: b(4, 27) }));
        if let Some(version) = crate::facts::eligibility::dotnet_warning(facts, &self.plan.profile) {
            notes.push(Reason { text: format!(".NET {version} or later is recommended"), rule: b(1, 8) });
        }
        for feature in self.epoch.assigned().iter() {
            notes.push(match crate::facts::eligibility::feature_refusal(feature, facts, &self.plan.profile) {
                Some(refusal) => Reason {
                    text: format!("{feature} is assigned and does not bring the agent: {refusal}"),
                    rule: refusal.rule(),
                },
                None => {
                    Reason { text: format!("{feature} is assigned and brings the agent"), rule: trigger_rule(feature) }
                }
            });
        }
        notes
    }

    fn content(&self, number: u32) -> &str {
        let id = crate::protocol::PolicyId(number);
        self.plan.tenant.content(id).map_or("?", |content| content.name.as_str())
    }

    fn user(&self, user: UserId) -> &str {
        match usize::from(user.0).checked_sub(1) {
            None => "the device",
            Some(place) => self.described.users.get(place).map_or("?", String::as_str),
        }
    }
}

const fn trigger_rule(feature: Feature) -> RuleId {
    match feature {
        Feature::EndpointAnalytics => b(2, 19),
        Feature::Script
        | Feature::Remediation
        | Feature::CustomCompliance
        | Feature::Win32App
        | Feature::StoreApp
        | Feature::RemoteHelp
        | Feature::ManagedInstaller
        | Feature::BiosConfiguration => b(2, 1),
    }
}

/// A cause as a sentence, also where it does not hold.
fn cause_text(cause: &Cause, holds: bool) -> String {
    let code = cause.code();
    if holds { format!("{code}: {cause}") } else { code.to_owned() }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} at {}", self.device, self.time)?;
        line(f, "", &self.agent)?;
        writeln!(f, "\nWhat can keep the agent away")?;
        for (holds, reason) in &self.causes {
            line(f, if *holds { "HOLDS " } else { "no    " }, reason)?;
        }
        for (title, reasons, none) in [
            ("Work", &self.items, "nothing is assigned and nothing is remembered"),
            ("Timers", &self.timers, "none is armed"),
            ("Also", &self.notes, "nothing"),
        ] {
            writeln!(f, "\n{title}")?;
            if reasons.is_empty() {
                writeln!(f, "  {none}")?;
            }
            for reason in reasons {
                line(f, "", reason)?;
            }
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, mark: &str, reason: &Reason) -> fmt::Result {
    let mut text = String::new();
    write!(text, "{mark}{}", reason.text)?;
    writeln!(f, "  {text:<100}  {}", reason.rule)
}
