//! What can happen in a world: a service that assigns, a network that loses, doubles and delays, a host that runs scripts,
//! people who come and go, power, clocks, crashes.

use imesim::agent::{RemovalReason, RunOutcome, RunRefusal, ServiceChange, SessionChange, StartType, SyncRequest};
use imesim::facts::EspPhase;
use imesim::profile::Version;
use imesim::protocol::{Failure, Policies, PolicyId, RunAs, Target, UserId};
use imesim::time::Span;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::app_world::{self, APP, APPS, AppChange};
use super::common::{Passage, Setting};
use super::setting::{Stretches, setting, stretches};

/// What becomes of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// The service answers what is true.
    Answered,
    /// It answers something else, by number.
    Confused(u8),
    Failed(Failure),
}

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Pass(Passage),
    /// The clock is stepped by so many milliseconds, and the agent is told or not.
    Clock {
        by: i64,
        told: bool,
    },
    /// What becomes of a request, the last ones first; `again` if there will be another answer to it.
    Network {
        pick: u8,
        fate: Fate,
        again: bool,
    },
    /// A run ends, the last ones first; `again` if its end will be told once more.
    Ends {
        pick: u8,
        outcome: RunOutcome,
        /// How a step of an app ends.
        luck: u8,
        again: bool,
    },
    /// An admin changes a script: its assignment, or the script itself.
    Script {
        id: u32,
        change: Change,
    },
    /// The service gives up the device, or takes it in again, and the certificate follows or not.
    Managed {
        managed: bool,
        certificate: bool,
    },
    Certificate(bool),
    Install(Version),
    Service(ServiceChange),
    Session(SessionChange),
    DarkWake(bool),
    Sync(SyncRequest),
    Push(u32),
    RecordDeleted(PolicyId),
    /// An admin changes a discovery script.
    Discovery {
        id: u32,
        change: Change,
    },
    /// An admin changes a remediation, or asks for a run of it.
    Remediation {
        id: u32,
        change: Change,
    },
    OnDemand(u32),
    /// An admin changes an app.
    App {
        id: u32,
        change: AppChange,
    },
    /// A user takes an app off the device, or puts it there.
    AppThere {
        id: u32,
        there: bool,
    },
    /// A user asks for an app in Company Portal, or for its removal.
    AppAsked {
        id: u32,
        present: bool,
    },
    /// An admin changes how apps hang together.
    Relate,
    Snooze,
    /// The device is in another time zone.
    Zone(Stretches),
    /// Setting up the device enters a phase.
    Esp(EspPhase),
    /// The device restarts.
    Reboot,
    Policies(Policies),
    HealthDue(Span),
    Remove(RemovalReason),
    /// The process dies and is restored from a file: what it is now, or what it was when it last had to be on disk.
    Killed {
        old: bool,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Assigned(Option<Target>),
    RunAs(RunAs),
    Content,
}

/// Lengths of time at every scale.
fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        2 => (0..=1_000_u64).prop_map(Span::millis),
        3 => (0..=600_u64).prop_map(Span::secs),
        3 => (0..=120_u64).prop_map(Span::mins),
        2 => (0..=30_u64).prop_map(Span::hours),
        1 => (0..=40_u64).prop_map(Span::days),
    ]
}

fn passage() -> impl Strategy<Value = Passage> {
    prop_oneof![
        6 => Just(Passage::ToDeadline(Span::ZERO)),
        2 => span().prop_map(Passage::ToDeadline),
        2 => span().prop_map(Passage::Awake),
        1 => span().prop_map(Passage::Asleep),
    ]
}

fn clock_step() -> impl Strategy<Value = i64> {
    let size = prop_oneof![
        4 => span().prop_map(|span| i64::try_from(span.as_millis()).unwrap()),
        1 => (0..=3_650_i64).prop_map(|days| days * 86_400_000),
    ];
    (size, any::<bool>()).prop_map(|(size, back)| if back { -size } else { size })
}

fn failure() -> impl Strategy<Value = Failure> {
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
    ])
}

fn outcome() -> impl Strategy<Value = RunOutcome> {
    let code = select(vec![0, 0, 1, 1, -1, 3010]);
    prop_oneof![
        10 => (code, prop::bool::weighted(0.2)).prop_map(|(code, stderr)| RunOutcome::Exited { code, stderr, output: 0 }),
        1 => Just(RunOutcome::Refused(RunRefusal::Signature)),
        1 => Just(RunOutcome::Refused(RunRefusal::Tampered)),
        2 => (select(vec![0_u32, 65_007]), 0..3_u32)
            .prop_map(|(error, output)| RunOutcome::Discovered { error, output }),
    ]
}

fn service() -> impl Strategy<Value = ServiceChange> {
    select(vec![
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

fn esp() -> impl Strategy<Value = EspPhase> {
    select(vec![
        EspPhase::NotInEsp,
        EspPhase::NotInEsp,
        EspPhase::NotInEsp,
        EspPhase::DevicePreparation,
        EspPhase::DeviceSetup,
        EspPhase::AccountSetup,
    ])
}

fn session() -> impl Strategy<Value = SessionChange> {
    let user = || (1..4_u8).prop_map(UserId);
    prop_oneof![
        6 => user().prop_map(SessionChange::SignIn),
        3 => user().prop_map(SessionChange::SignOut),
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
        SyncRequest::CompanyPortal,
        SyncRequest::CheckCompliance,
        SyncRequest::ProtocolSyncApp,
        SyncRequest::ProtocolSyncCompliance,
        SyncRequest::ServiceControl(200),
        SyncRequest::ServiceControl(128),
    ])
}

fn policies() -> impl Strategy<Value = Policies> {
    let all = [Policies::ANALYTICS, Policies::MANAGED_INSTALLER, Policies::BIOS];
    any::<[bool; 3]>().prop_map(move |chosen| {
        let chosen = all.into_iter().zip(chosen).filter(|(_, chosen)| *chosen);
        chosen.fold(Policies::NONE, |policies, (policy, _)| policies.with(policy))
    })
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => prop::option::weighted(0.8, select(vec![Target::Device, Target::User, Target::Both])).prop_map(Change::Assigned),
        1 => select(vec![RunAs::System, RunAs::User]).prop_map(Change::RunAs),
        1 => Just(Change::Content),
    ]
}

fn version() -> impl Strategy<Value = Version> {
    select(vec![Version([1, 58, 103, 0]), Version([1, 93, 0, 0]), Version([1, 103, 0, 0])])
}

/// On what a world mostly has its agents work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) scripts: u32,
    pub(crate) discovery: u32,
    pub(crate) remediations: u32,
    pub(crate) apps: u32,
}

/// What happens to an agent that is there and mostly in order.
fn step(work: Work) -> impl Strategy<Value = Step> {
    let fate = prop_oneof![
        14 => Just(Fate::Answered),
        1 => (0..6_u8).prop_map(Fate::Confused),
        3 => failure().prop_map(Fate::Failed),
    ];
    let again = || prop::bool::weighted(0.1);
    prop_oneof![
        30 => passage().prop_map(Step::Pass),
        2 => (clock_step(), prop::bool::weighted(0.7)).prop_map(|(by, told)| Step::Clock { by, told }),
        40 => (0..3_u8, fate, again()).prop_map(|(pick, fate, again)| Step::Network { pick, fate, again }),
        20 + work.apps => (0..2_u8, outcome(), 0..16_u8, again())
            .prop_map(|(pick, outcome, luck, again)| Step::Ends { pick, outcome, luck, again }),
        work.apps => (0..APPS, app_world::change(false)).prop_map(|(id, change)| Step::App { id, change }),
        work.apps.div_ceil(6) => (0..APPS, any::<bool>()).prop_map(|(id, there)| Step::AppThere { id, there }),
        work.apps.div_ceil(3) => (0..APPS, prop::bool::weighted(0.8))
            .prop_map(|(id, present)| Step::AppAsked { id, present }),
        work.apps.div_ceil(16) => Just(Step::Relate),
        work.apps.div_ceil(8) => Just(Step::Snooze),
        2 => Just(Step::Reboot),
        1 => esp().prop_map(Step::Esp),
        1 => stretches().prop_map(Step::Zone),
        work.scripts => (0..4_u32, change()).prop_map(|(id, change)| Step::Script { id, change }),
        work.discovery => (0..4_u32, change()).prop_map(|(id, change)| Step::Discovery { id, change }),
        work.remediations => (0..6_u32, change()).prop_map(|(id, change)| Step::Remediation { id, change }),
        work.remediations.div_ceil(3) => (0..6_u32).prop_map(Step::OnDemand),
        2 => policies().prop_map(Step::Policies),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(managed, certificate)| Step::Managed { managed, certificate }),
        1 => prop::bool::weighted(0.7).prop_map(Step::Certificate),
        2 => version().prop_map(Step::Install),
        6 => service().prop_map(Step::Service),
        6 => session().prop_map(Step::Session),
        3 => prop::bool::weighted(0.3).prop_map(Step::DarkWake),
        5 => sync().prop_map(Step::Sync),
        4 => (0..3_u32).prop_map(Step::Push),
        1 => (0..4_u32).prop_map(|id| Step::RecordDeleted(PolicyId(id))),
        work.apps.div_ceil(8) => (0..APPS).prop_map(|id| Step::RecordDeleted(PolicyId(APP + id))),
        1 => span().prop_map(Step::HealthDue),
        1 => select(vec![RemovalReason::Unassigned, RemovalReason::ByHand, RemovalReason::Wiped]).prop_map(Step::Remove),
        2 => any::<bool>().prop_map(|old| Step::Killed { old }),
    ]
}

/// A world, and what happens in it.
pub(crate) fn case(work: Work, steps: usize) -> impl Strategy<Value = (Setting, Vec<Step>)> {
    (setting(false), vec(step(work), 0..=steps))
}

/// Days in which an admin and the users are busy with apps, mostly with offered ones or not, and little else goes wrong.
pub(crate) fn busy_with_apps(offered: bool, steps: usize) -> impl Strategy<Value = (Setting, Vec<Step>)> {
    let well = RunOutcome::Exited { code: 0, stderr: false, output: 0 };
    let step = prop_oneof![
        30 => Just(Step::Pass(Passage::ToDeadline(Span::ZERO))),
        2 => passage().prop_map(Step::Pass),
        40 => Just(Step::Network { pick: 0, fate: Fate::Answered, again: false }),
        1 => failure().prop_map(|failure| Step::Network { pick: 0, fate: Fate::Failed(failure), again: false }),
        45 => (1..16_u8).prop_map(move |luck| Step::Ends { pick: 0, outcome: well, luck, again: false }),
        5 => (0..APPS, app_world::change(offered)).prop_map(|(id, change)| Step::App { id, change }),
        2 => (0..APPS, any::<bool>()).prop_map(|(id, there)| Step::AppThere { id, there }),
        if offered { 9 } else { 3 } => (0..APPS, prop::bool::weighted(0.8))
            .prop_map(|(id, present)| Step::AppAsked { id, present }),
        1 => Just(Step::Relate),
        1 => Just(Step::Snooze),
        1 => Just(Step::Reboot),
        if offered { 1 } else { 4 } => esp().prop_map(Step::Esp),
        1 => stretches().prop_map(Step::Zone),
        3 => session().prop_map(Step::Session),
        1 => Just(Step::Sync(SyncRequest::CompanyPortal)),
        1 => policies().prop_map(Step::Policies),
        1 => (0..3_u32).prop_map(Step::Push),
        1 => prop::bool::weighted(0.3).prop_map(Step::DarkWake),
        1 => any::<bool>().prop_map(|old| Step::Killed { old }),
        1 => (0..APPS).prop_map(|id| Step::RecordDeleted(PolicyId(APP + id))),
    ];
    // Where apps are offered, they hang together as in the second state from the start.
    let begin = offered.then_some(Step::Relate);
    (setting(offered), vec(step, steps)).prop_map(move |(setting, mut steps)| {
        steps.splice(..0, begin);
        (setting, steps)
    })
}

/// A week in which nothing goes wrong: what is asked is answered, what runs ends well, and no deadline is missed.
pub(crate) fn calm(steps: usize) -> impl Strategy<Value = (Setting, Vec<Step>)> {
    let outcome = RunOutcome::Exited { code: 0, stderr: false, output: 0 };
    let step = prop_oneof![
        4 => Just(Step::Pass(Passage::ToDeadline(Span::ZERO))),
        5 => Just(Step::Network { pick: 0, fate: Fate::Answered, again: false }),
        2 => Just(Step::Ends { pick: 0, outcome, luck: 15, again: false }),
    ];
    (setting(false), vec(step, steps)).prop_map(|(setting, mut steps)| {
        let change = Change::Assigned(Some(Target::Device));
        steps.splice(..0, [1, 3, 4].map(|id| Step::Remediation { id, change }));
        (setting, steps)
    })
}
