//! A whole device among arbitrary actions, answers and clocks.

use imesim::agent;
use imesim::device::{Action, Context, Device, Effect, Event, Input, Sink, Timer};
use imesim::facts::AppsWorkload;
use imesim::mdm;
use imesim::protocol::{
    AgentOrder, Answer, ManagementOrder, Policies, PolicyId, Request, ScriptPolicy, Token, Workload,
};
use imesim::rules::RuleId;
use imesim::time::{Now, Span};
use proptest::prelude::*;
use proptest::sample::select;

use super::common::{Checked, Passage, START, Setting, Suite, TICKS_MAX, ensure, is_due, pass, step_clock};
use super::strategy::{Pick, clock_step, esp, failure, passage, pick, user, version};

/// One step of a device's case.
#[derive(Clone, Debug)]
pub(crate) enum DeviceStep {
    Pass(Passage),
    Resumed,
    Act(Action),
    /// Answers what was asked; a session orders this version.
    Answer(Pick, imesim::profile::Version, bool),
    Fail(Pick, imesim::protocol::Failure),
    /// Ends work in hand.
    End(bool),
}

fn action() -> impl Strategy<Value = Action> {
    let plain = select(vec![
        Action::SignInLocal,
        Action::Lock,
        Action::Unlock,
        Action::ConsoleConnect,
        Action::ConsoleDisconnect,
        Action::Sleep,
        Action::Wake,
        Action::DarkWake,
        Action::PowerOff,
        Action::PowerOn,
        Action::Reboot,
        Action::PowerCut,
        Action::SlowBoot(Span::mins(5)),
        Action::TimeZone(0),
        Action::ServiceStop,
        Action::ServiceStart,
        Action::ServiceRestart,
        Action::ServiceKill,
        Action::ServiceAutomatic(true),
        Action::ServiceAutomatic(false),
        Action::ServiceDisable,
        Action::ServiceBreak,
        Action::ServiceMend,
        Action::AgentRemove,
        Action::ScriptRecordDelete(PolicyId(0)),
        Action::SettingsSync,
        Action::CompanyPortalSync,
        Action::CompanyPortalCompliance,
        Action::CompanyPortalInstall(PolicyId(7)),
        Action::ProtocolSyncApp,
        Action::ProtocolSyncCompliance,
        Action::ServiceControl(200),
        Action::RemoteHelp,
        Action::MalwareStatus,
        Action::Enroll,
        Action::Enroll,
        Action::Enroll,
        Action::Enroll,
        Action::Unenroll,
        Action::MdmScheduled,
        Action::SmodeSupplemental(true),
        Action::DmWapPush(false),
        Action::DmWapPush(true),
        Action::Network(false),
        Action::BatterySaver(true),
    ]);
    prop_oneof![
        30 => plain,
        3 => user().prop_map(Action::SignIn),
        1 => user().prop_map(Action::SignOut),
        2 => clock_step().prop_map(Action::ClockStep),
        1 => esp().prop_map(Action::Esp),
        1 => select(vec![AppsWorkload::Intune, AppsWorkload::ConfigurationManager]).prop_map(Action::AppsWorkload),
    ]
}

pub(crate) fn device_step() -> impl Strategy<Value = DeviceStep> {
    prop_oneof![
        20 => passage().prop_map(DeviceStep::Pass),
        1 => Just(DeviceStep::Resumed),
        16 => action().prop_map(DeviceStep::Act),
        24 => (pick(), version(), prop::bool::weighted(0.95))
            .prop_map(|(pick, version, wanted)| DeviceStep::Answer(pick, version, wanted)),
        4 => (pick(), failure()).prop_map(|(pick, failure)| DeviceStep::Fail(pick, failure)),
        14 => prop::bool::weighted(0.8).prop_map(DeviceStep::End),
    ]
}

#[derive(Default)]
struct Log {
    effects: Vec<Effect>,
    notes: Vec<(RuleId, Event)>,
}

impl Sink for Log {
    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
    }
}

/// Work in hand on the device.
enum Work {
    Run(Token),
    Job(Token),
    Start,
}

pub(crate) struct Driver<'s> {
    setting: &'s Setting,
    now: Now,
    device: Device,
    suite: &'s mut Suite,
    pending: Vec<(bool, Token, Request)>,
    work: Vec<Work>,
}

impl<'s> Driver<'s> {
    pub(crate) fn new(setting: &'s Setting, suite: &'s mut Suite) -> Self {
        let device = Device::new(setting.facts);
        Self { setting, now: START, device, suite, pending: Vec::new(), work: Vec::new() }
    }

    fn cx(&self) -> Context<'s> {
        Context {
            profile: &self.setting.profile,
            chance: self.setting.chance,
            library: &self.setting.library,
            zone: &self.setting.zone,
        }
    }

    pub(crate) fn step(&mut self, step: &DeviceStep) -> Checked {
        match step {
            DeviceStep::Pass(passage) => {
                self.now = pass(self.now, *passage, self.device.wake());
                for _ in 0..TICKS_MAX {
                    self.give(Input::Tick)?;
                    if !is_due(&self.device.wake(), self.now) {
                        return Ok(());
                    }
                }
                ensure(false, || format!("still due after {TICKS_MAX} ticks: {:?}", self.device.wake()))
            }
            DeviceStep::Resumed => self.give(Input::Resumed),
            DeviceStep::Act(action) => {
                if let Action::ClockStep(by) = action {
                    self.now = step_clock(self.now, *by);
                }
                self.give(Input::Action(*action))
            }
            DeviceStep::Answer(pick, version, wanted) => {
                let (of_agent, token, request) = self.pick(*pick);
                let scripts = [ScriptPolicy {
                    id: PolicyId(0),
                    revision: 1,
                    target: imesim::protocol::Target::Both,
                    run_as: imesim::protocol::RunAs::System,
                    bitness_change: false,
                }];
                let order = if *wanted { AgentOrder::Install(*version) } else { AgentOrder::Remove };
                let answer = match request {
                    Some(Request::Poll { workload: Workload::Script, .. }) => Answer::Scripts(scripts[..].into()),
                    Some(Request::Poll { .. }) => Answer::Nothing,
                    Some(Request::Enroll) => Answer::Enrolled,
                    Some(Request::MdmSession { .. }) => Answer::Mdm {
                        agent: order,
                        management: ManagementOrder::Keep,
                        policies: Policies::NONE.with(Policies::ANALYTICS),
                    },
                    Some(Request::RenewChannel) => Answer::ChannelRenewed,
                    Some(Request::Report(_) | Request::ConnectionTest | Request::Unenrolled) | None => Answer::Accepted,
                };
                if of_agent {
                    self.give(Input::Agent(agent::Input::Answered { token, at: self.now.wall, answer: &answer }))
                } else {
                    self.give(Input::Mdm(mdm::Input::Answered { token, answer: &answer }))
                }
            }
            DeviceStep::Fail(pick, failure) => {
                let (of_agent, token, _) = self.pick(*pick);
                let failure = *failure;
                if of_agent {
                    self.give(Input::Agent(agent::Input::Failed { token, failure }))
                } else {
                    self.give(Input::Mdm(mdm::Input::Failed { token, failure }))
                }
            }
            DeviceStep::End(ok) => match self.work.pop() {
                Some(Work::Run(token)) => {
                    let outcome = agent::RunOutcome::Exited { code: i32::from(!ok), stderr: false, output: 0 };
                    self.give(Input::Agent(agent::Input::Completed { token, outcome }))
                }
                Some(Work::Job(token)) => self.give(Input::Mdm(mdm::Input::Completed { token, ok: *ok })),
                Some(Work::Start) => self.give(Input::Agent(agent::Input::Service(agent::ServiceChange::Started))),
                None => Ok(()),
            },
        }
    }

    fn pick(&mut self, pick: Pick) -> (bool, Token, Option<Request>) {
        match pick {
            Pick::Pending(place) if !self.pending.is_empty() => {
                let (of_agent, token, request) = self.pending.remove(usize::from(place) % self.pending.len());
                (of_agent, token, Some(request))
            }
            Pick::Pending(n) | Pick::Over(n) => (n % 2 == 0, Token::FIRST, None),
            Pick::Number(n) => (n % 2 == 0, Token::from_number(n).unwrap_or(Token::FIRST), None),
        }
    }

    fn give(&mut self, input: Input<'_>) -> Checked {
        self.suite.steps += 1;
        let (cx, now) = (self.cx(), self.now);
        let before = self.device.clone();
        let mut log = Log::default();
        let wake = self.device.handle(&cx, now, input, &mut log);
        self.suite.reached.extend(log.notes.iter().map(|(rule, _)| *rule));
        let context = |what: &str| format!("{what}: {input:?} at {now:?}\nbefore {before:?}\nafter {:?}", self.device);
        if let Err(broken) = self.device.check_invariants() {
            return ensure(false, || context(broken));
        }
        let (mut twin, mut again) = (before.clone(), Log::default());
        let twin_wake = twin.handle(&cx, now, input, &mut again);
        ensure(twin == self.device && again.effects == log.effects && wake == twin_wake, || {
            context("the same input to the same device does something else")
        })?;
        ensure(wake == self.device.wake(), || context("handle returns another wake-up than wake"))?;
        for (rule, event) in &log.notes {
            ensure(rule.rule().is_some(), || context(&format!("{rule} of {event:?} is not in the catalogue")))?;
        }
        if matches!(input, Input::Tick) && !is_due(&before.wake(), now) {
            ensure(before == self.device && log.effects.is_empty(), || context("an early tick does something"))?;
        }
        // X2, C4: what only the MDM client is asked for never makes an absent agent act.
        let came = log.effects.iter().any(|effect| matches!(effect, Effect::Mdm(mdm::Effect::AgentInstalled(_))));
        if before.agent().version().is_none() && !came {
            let quiet = |effect: &Effect| !matches!(effect, Effect::Agent(effect) if *effect != agent::Effect::Persist);
            ensure(log.effects.iter().all(quiet), || context("an absent agent wants something"))?;
        }
        // The agent is there exactly if the client has brought it and nothing took it away.
        if came {
            ensure(self.device.agent().version().is_some(), || context("installed, and not there"))?;
        }
        // A device without a certificate is not enrolled, and the other way round.
        for effect in &log.effects {
            if let Effect::Mdm(mdm::Effect::Certificate(present)) = effect {
                let is_last = log.effects.iter().rev().find_map(|effect| match effect {
                    Effect::Mdm(mdm::Effect::Certificate(last)) => Some(*last),
                    _ => None,
                });
                if is_last == Some(*present) {
                    ensure(self.device.mdm().is_enrolled() == *present, || context("the certificate tells a lie"))?;
                }
            }
        }
        if let Input::Action(Action::RemoteHelp) = input {
            ensure(log.effects.is_empty(), || context("C4: Remote Help starts something"))?;
        }
        if let Input::Action(Action::SettingsSync) = input {
            let mdm_only = log.effects.iter().all(|effect| matches!(effect, Effect::Mdm(_)));
            ensure(mdm_only, || context("C4: a sync in Settings reaches the agent"))?;
        }
        let named = matches!(wake.awake.or(None), Some((_, Timer::AppsWorkload)));
        ensure(!named || !is_due(&wake, now) || !matches!(input, Input::Tick), || context("the workload never moves"))?;
        self.carry_out(&log.effects);
        Ok(())
    }

    fn carry_out(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Agent(agent::Effect::Send { token, request }) => self.pending.push((true, *token, *request)),
                Effect::Mdm(mdm::Effect::Send { token, request }) => self.pending.push((false, *token, *request)),
                Effect::Agent(agent::Effect::Run { token, .. }) => self.work.push(Work::Run(*token)),
                Effect::Agent(agent::Effect::StartService) => self.work.push(Work::Start),
                Effect::Mdm(mdm::Effect::Download { token, .. } | mdm::Effect::Install { token, .. }) => {
                    self.work.push(Work::Job(*token));
                }
                Effect::Agent(_) | Effect::Mdm(_) => {}
            }
        }
    }
}
