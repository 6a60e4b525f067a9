//! Thin generators: what can happen, mostly in an order that gets somewhere, and often not.
#![allow(dead_code, reason = "shared by several test programs; none uses all of it")]

use imesim::agent::{RemovalReason, RunOutcome, RunRefusal, ServiceChange, SessionChange, StartType, SyncRequest};
use imesim::facts::EspPhase;
use imesim::profile::Version;
use imesim::protocol::{Failure, Policies, PolicyId, RunAs, ScriptPolicy, Target, UserId};
use imesim::time::Span;
use proptest::prelude::*;
use proptest::sample::select;

use super::common::Passage;

#[path = "setting.rs"]
mod setting;

#[allow(unused_imports, reason = "some draw cases, some read them out of bytes")]
pub(crate) use setting::{case, figures, library};

/// Which token an answer or completion carries.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pick {
    /// That of something under way, by place.
    Pending(u8),
    /// That of something that is over, counted from the last.
    Over(u8),
    /// Any.
    Number(u32),
}

/// What the service answers to the agent.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// What was asked for.
    Fitting { scripts: Vec<ScriptPolicy>, work: u32 },
    /// The device is not managed.
    NotManaged,
    /// An answer to some other question, by number.
    Other(u8),
}

/// One step of an agent's case.
#[derive(Clone, Debug)]
pub(crate) enum AgentStep {
    Pass(Passage),
    /// The clock is stepped, and the agent is told or not.
    ClockStep {
        by: i64,
        told: bool,
    },
    Tick,
    Install(Version),
    Service(ServiceChange),
    Session(SessionChange),
    DarkWake(bool),
    Certificate(bool),
    Policies(Policies),
    Esp(EspPhase),
    Sync(SyncRequest),
    Push(u32),
    OnDemand(PolicyId),
    /// `skew` moves the service's time, in milliseconds.
    Answer {
        pick: Pick,
        reply: Reply,
        skew: i64,
    },
    Fail {
        pick: Pick,
        failure: Failure,
    },
    Complete {
        pick: Pick,
        outcome: RunOutcome,
    },
    /// The steps of apps end one after another, each as its bits of the number say.
    Apps(u32),
    Snooze,
    RecordDeleted(PolicyId),
    HealthDue(Span),
    Remove(RemovalReason),
    /// The process is killed after so many effects of the next input, and restored from what is on disk.
    Kill(u8),
}

/// One step of an MDM client's case.
#[derive(Clone, Debug)]
pub(crate) enum ClientStep {
    Pass(Passage),
    ClockStep { by: i64, told: bool },
    Tick,
    Enroll,
    Unenroll,
    EnrolledSince(Span),
    Schedule(bool),
    Session(imesim::protocol::SessionCause),
    SignIn(UserId),
    Push(imesim::protocol::Push),
    DmWapPush(bool),
    Resumed,
    Stopped,
    Answer { pick: Pick, reply: ClientReply },
    Fail { pick: Pick, failure: Failure },
    Complete { pick: Pick, ok: bool },
}

/// What the service answers to the client.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ClientReply {
    /// What was asked for; sessions give these orders.
    Fitting(imesim::protocol::AgentOrder, imesim::protocol::ManagementOrder),
    NotManaged,
    /// An answer to some other question.
    Other,
}

/// Lengths of time at every scale.
pub(crate) fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        2 => (0..=1_000_u64).prop_map(Span::millis),
        3 => (0..=600_u64).prop_map(Span::secs),
        3 => (0..=120_u64).prop_map(Span::mins),
        2 => (0..=30_u64).prop_map(Span::hours),
        1 => (0..=40_u64).prop_map(Span::days),
    ]
}

pub(crate) fn passage() -> impl Strategy<Value = Passage> {
    prop_oneof![
        6 => Just(Passage::ToDeadline(Span::ZERO)),
        2 => span().prop_map(Passage::ToDeadline),
        2 => span().prop_map(Passage::Awake),
        1 => span().prop_map(Passage::Asleep),
    ]
}

/// A step of the clock, by up to a century.
pub(crate) fn clock_step() -> impl Strategy<Value = i64> {
    let size = prop_oneof![
        4 => span().prop_map(|span| i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        1 => (0..=36_500_i64).prop_map(|days| days * 86_400_000),
    ];
    (size, any::<bool>()).prop_map(|(size, back)| if back { -size } else { size })
}

pub(crate) fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![
        12 => (0..4_u8).prop_map(Pick::Pending),
        2 => (0..6_u8).prop_map(Pick::Over),
        1 => (1..2_000_u32).prop_map(Pick::Number),
    ]
}

pub(crate) fn user() -> impl Strategy<Value = UserId> {
    prop_oneof![8 => 0..4_u8, 1 => Just(31_u8), 1 => Just(200_u8)].prop_map(UserId)
}

pub(crate) fn failure() -> impl Strategy<Value = Failure> {
    select(vec![
        Failure::NoNetwork,
        Failure::NameResolution,
        Failure::TimedOut,
        Failure::NoCertificate,
        Failure::NoUserToken,
        Failure::DeviceUnknown,
        Failure::Status(401),
        Failure::Status(429),
        Failure::Status(500),
        Failure::Empty,
        Failure::MaintenanceCap,
        Failure::EnrollmentRefused(0x8018_0026),
    ])
}

pub(crate) fn version() -> impl Strategy<Value = Version> {
    select(vec![Version([1, 58, 103, 0]), Version([1, 93, 0, 0]), Version([1, 103, 0, 0])])
}

/// Some scripts of a catalogue of four, each at most once.
fn scripts() -> impl Strategy<Value = Vec<ScriptPolicy>> {
    let one = (
        prop_oneof![4 => Just(1_u32), 1 => Just(2), 1 => Just(3)],
        select(vec![Target::Device, Target::User, Target::Both]),
        select(vec![RunAs::System, RunAs::System, RunAs::User]),
        prop::bool::weighted(0.1),
    );
    let all = [one.clone(), one.clone(), one.clone(), one];
    (all, 0..16_u8).prop_map(|(all, mask)| {
        let chosen = all.into_iter().zip(0_u32..).filter(|(_, id)| mask & (1 << id) != 0);
        let policies = chosen.map(|((revision, target, run_as, bitness_change), id)| ScriptPolicy {
            id: PolicyId(id),
            revision,
            target,
            run_as,
            bitness_change,
        });
        policies.collect()
    })
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        14 => (scripts(), any::<u32>()).prop_map(|(scripts, work)| Reply::Fitting { scripts, work }),
        1 => Just(Reply::NotManaged),
        1 => (0..5_u8).prop_map(Reply::Other),
    ]
}

fn outcome() -> impl Strategy<Value = RunOutcome> {
    let code = select(vec![0, 0, 0, 1, -1, 3010]);
    prop_oneof![
        6 => (code, prop::bool::weighted(0.2)).prop_map(|(code, stderr)| RunOutcome::Exited { code, stderr, output: 0 }),
        4 => (select(vec![0_u32, 0, 65_007, 65_009]), 0..3_u32).prop_map(|(error, output)| RunOutcome::Discovered { error, output }),
        1 => Just(RunOutcome::Refused(RunRefusal::Signature)),
        1 => Just(RunOutcome::Refused(RunRefusal::Tampered)),
    ]
}

fn service() -> impl Strategy<Value = ServiceChange> {
    select(vec![
        ServiceChange::Started,
        ServiceChange::Started,
        ServiceChange::Started,
        ServiceChange::Started,
        ServiceChange::Stopped,
        ServiceChange::StartType(StartType::Automatic),
        ServiceChange::StartType(StartType::Manual),
        ServiceChange::StartType(StartType::Disabled),
        ServiceChange::Broken,
        ServiceChange::Mended,
        ServiceChange::Mended,
    ])
}

fn session() -> impl Strategy<Value = SessionChange> {
    prop_oneof![
        6 => user().prop_map(SessionChange::SignIn),
        2 => user().prop_map(SessionChange::SignOut),
        2 => select(vec![
            SessionChange::SignInLocal,
            SessionChange::AllSignedOut,
            SessionChange::Lock,
            SessionChange::Unlock,
            SessionChange::ConsoleConnect,
            SessionChange::ConsoleDisconnect,
        ]),
    ]
}

fn sync() -> impl Strategy<Value = SyncRequest> {
    select(vec![
        SyncRequest::CompanyPortal,
        SyncRequest::CheckCompliance,
        SyncRequest::App(PolicyId(9)),
        SyncRequest::App(PolicyId(304)),
        SyncRequest::App(PolicyId(305)),
        SyncRequest::AppRemoval(PolicyId(304)),
        SyncRequest::ProtocolSyncApp,
        SyncRequest::ProtocolSyncCompliance,
        SyncRequest::ServiceControl(200),
        SyncRequest::ServiceControl(128),
    ])
}

pub(crate) fn policies() -> impl Strategy<Value = Policies> {
    let all = [Policies::ANALYTICS, Policies::MANAGED_INSTALLER, Policies::BIOS];
    any::<[bool; 3]>().prop_map(move |chosen| {
        let chosen = all.into_iter().zip(chosen).filter(|(_, chosen)| *chosen);
        chosen.fold(Policies::NONE, |policies, (policy, _)| policies.with(policy))
    })
}

pub(crate) fn esp() -> impl Strategy<Value = EspPhase> {
    select(vec![EspPhase::NotInEsp, EspPhase::DevicePreparation, EspPhase::DeviceSetup, EspPhase::AccountSetup])
}

fn removal() -> impl Strategy<Value = RemovalReason> {
    select(vec![RemovalReason::Unassigned, RemovalReason::ByHand, RemovalReason::Wiped])
}

pub(crate) fn agent_step() -> impl Strategy<Value = AgentStep> {
    prop_oneof![
        30 => passage().prop_map(AgentStep::Pass),
        3 => (clock_step(), prop::bool::weighted(0.7)).prop_map(|(by, told)| AgentStep::ClockStep { by, told }),
        1 => Just(AgentStep::Tick),
        3 => version().prop_map(AgentStep::Install),
        8 => service().prop_map(AgentStep::Service),
        6 => session().prop_map(AgentStep::Session),
        5 => any::<bool>().prop_map(AgentStep::DarkWake),
        2 => prop::bool::weighted(0.7).prop_map(AgentStep::Certificate),
        2 => policies().prop_map(AgentStep::Policies),
        2 => esp().prop_map(AgentStep::Esp),
        5 => sync().prop_map(AgentStep::Sync),
        5 => (0..3_u32).prop_map(AgentStep::Push),
        2 => (0..5_u32).prop_map(|id| AgentStep::OnDemand(PolicyId(id))),
        40 => (pick(), reply(), skew()).prop_map(|(pick, reply, skew)| AgentStep::Answer { pick, reply, skew }),
        8 => (pick(), failure()).prop_map(|(pick, failure)| AgentStep::Fail { pick, failure }),
        20 => (pick(), outcome()).prop_map(|(pick, outcome)| AgentStep::Complete { pick, outcome }),
        12 => any::<u32>().prop_map(AgentStep::Apps),
        1 => Just(AgentStep::Snooze),
        1 => (0..4_u32).prop_map(|id| AgentStep::RecordDeleted(PolicyId(id))),
        1 => (300..304_u32).prop_map(|id| AgentStep::RecordDeleted(PolicyId(id))),
        1 => span().prop_map(AgentStep::HealthDue),
        1 => removal().prop_map(AgentStep::Remove),
        3 => (0..4_u8).prop_map(AgentStep::Kill),
    ]
}

/// Steps that mostly let apps go on.
pub(crate) fn app_step() -> impl Strategy<Value = AgentStep> {
    let work = prop_oneof![2 => any::<u32>(), 3 => select(super::agent::apps::STEADY.to_vec())];
    let fitting = work.prop_map(|work| Reply::Fitting { scripts: Vec::new(), work });
    let asked = (prop_oneof![2 => 300..310_u32, 1 => Just(304)], any::<bool>()).prop_map(|(id, present)| {
        let policy = PolicyId(id);
        AgentStep::Sync(if present { SyncRequest::App(policy) } else { SyncRequest::AppRemoval(policy) })
    });
    prop_oneof![
        40 => passage().prop_map(AgentStep::Pass),
        40 => (pick(), fitting).prop_map(|(pick, reply)| AgentStep::Answer { pick, reply, skew: 0 }),
        50 => any::<u32>().prop_map(AgentStep::Apps),
        4 => (pick(), outcome()).prop_map(|(pick, outcome)| AgentStep::Complete { pick, outcome }),
        10 => asked,
        4 => Just(AgentStep::Sync(SyncRequest::ProtocolSyncApp)),
        6 => session().prop_map(AgentStep::Session),
        3 => Just(AgentStep::Session(SessionChange::AllSignedOut)),
        3 => Just(AgentStep::Service(ServiceChange::Started)),
        2 => policies().prop_map(AgentStep::Policies),
        2 => esp().prop_map(AgentStep::Esp),
        2 => any::<bool>().prop_map(AgentStep::DarkWake),
        2 => (clock_step(), Just(true)).prop_map(|(by, told)| AgentStep::ClockStep { by, told }),
        2 => Just(AgentStep::Snooze),
        1 => (300..304_u32).prop_map(|id| AgentStep::RecordDeleted(PolicyId(id))),
        3 => (0..6_u8).prop_map(AgentStep::Kill),
    ]
}

fn skew() -> impl Strategy<Value = i64> {
    prop_oneof![12 => Just(0_i64), 1 => Just(40 * 86_400_000_i64), 1 => Just(-40 * 86_400_000_i64)]
}

fn session_cause() -> impl Strategy<Value = imesim::protocol::SessionCause> {
    use imesim::protocol::SessionCause::{AdminPush, CompanyPortal, MalwareStatus, SettingsSync, SteadySlot};
    select(vec![SteadySlot, AdminPush, SettingsSync, CompanyPortal, MalwareStatus])
}

fn client_reply() -> impl Strategy<Value = ClientReply> {
    use imesim::protocol::{AgentOrder, ManagementOrder};
    let agent = prop_oneof![
        3 => Just(AgentOrder::Leave),
        5 => version().prop_map(AgentOrder::Install),
        1 => Just(AgentOrder::Remove),
    ];
    let management = prop_oneof![
        24 => Just(ManagementOrder::Keep),
        1 => Just(ManagementOrder::Retire),
        1 => any::<bool>().prop_map(|keep_enrollment| ManagementOrder::Wipe { keep_enrollment }),
    ];
    prop_oneof![
        20 => (agent, management).prop_map(|(agent, management)| ClientReply::Fitting(agent, management)),
        1 => Just(ClientReply::NotManaged),
        1 => Just(ClientReply::Other),
    ]
}

pub(crate) fn client_step() -> impl Strategy<Value = ClientStep> {
    use imesim::protocol::Push;
    prop_oneof![
        30 => passage().prop_map(ClientStep::Pass),
        3 => (clock_step(), prop::bool::weighted(0.7)).prop_map(|(by, told)| ClientStep::ClockStep { by, told }),
        1 => Just(ClientStep::Tick),
        6 => Just(ClientStep::Enroll),
        1 => Just(ClientStep::Unenroll),
        1 => prop_oneof![span(), (0..1_000_u64).prop_map(Span::days)].prop_map(ClientStep::EnrolledSince),
        2 => prop::bool::weighted(0.7).prop_map(ClientStep::Schedule),
        4 => session_cause().prop_map(ClientStep::Session),
        3 => user().prop_map(ClientStep::SignIn),
        4 => select(vec![Push::MdmChange, Push::MdmAdmin, Push::AgentApps]).prop_map(ClientStep::Push),
        1 => prop::bool::weighted(0.7).prop_map(ClientStep::DmWapPush),
        3 => Just(ClientStep::Resumed),
        2 => Just(ClientStep::Stopped),
        24 => (pick(), client_reply()).prop_map(|(pick, reply)| ClientStep::Answer { pick, reply }),
        8 => (pick(), failure()).prop_map(|(pick, failure)| ClientStep::Fail { pick, failure }),
        14 => (pick(), any::<bool>()).prop_map(|(pick, ok)| ClientStep::Complete { pick, ok }),
    ]
}
