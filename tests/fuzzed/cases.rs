//! Cases of the property suites, read out of bytes in place of being drawn.
//!
//! *Tame* cases stay where the models of the suites hold; *wild* ones take any number, any figure within its range, and any
//! moment.

use imesim::agent::{RemovalReason, RunOutcome, RunRefusal, ServiceChange, SessionChange, StartType, SyncRequest};
use imesim::chance::Chance;
use imesim::facts::{AppsWorkload, Edition, EnrollmentPath, EspPhase, Facts, Join, Ownership};
use imesim::profile::{Profile, Version, params};
use imesim::protocol::{Failure, Policies, PolicyId, RunAs, ScriptPolicy, Target, UserId};
use imesim::time::{Awake, Now, Span, Wall, Zone};

use super::bytes::Bytes;
use super::common::{Passage, START, Setting};
use super::strategy::{AgentStep, Pick, Reply, figures, library};

/// How far a case may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Tame,
    Wild,
}

/// Figures, facts and chance of a case.
pub(crate) fn setting(bytes: &mut Bytes<'_>, kind: Kind) -> Setting {
    let [name, choices, low, high] = bytes.array();
    let flags = u16::from_le_bytes([low, high]);
    let flags = std::array::from_fn(|place| flags >> place & 1 != 0);
    let name = Profile::NAMES[usize::from(name) % Profile::NAMES.len()];
    let mut profile = figures(name, choices & 1 != 0, choices >> 1 & 1, choices >> 2 & 7, flags);
    if kind == Kind::Wild {
        for _ in 0..bytes.byte() % 8 {
            let names: Vec<&str> = params().map(|param| param.name).collect();
            let name = names[usize::from(bytes.byte()) % names.len()];
            let text = match bytes.byte() % 4 {
                0 => bytes
                    .pick(&["0", "1", "true", "false", "none", "0s", "1ms", "1s", "3650d", "65535", "4294967295"])
                    .to_owned(),
                1 => bytes.byte().to_string(),
                2 => Span::millis(u64::from(bytes.u32())).to_string(),
                _ => format!("{}..{}", Span::secs(u64::from(bytes.byte())), Span::secs(u64::from(bytes.u16()))),
            };
            // A text that is no value of this figure, or is out of its range, changes nothing.
            let _ = profile.set(name, &text);
        }
    }
    let chance = match bytes.byte() % 4 {
        0 => Chance::Lowest,
        1 => Chance::Highest,
        _ => Chance::seeded(u64::from(bytes.u16()), 0),
    };
    let enrolled = (!bytes.one_in(6)).then(|| START.wall.before(Span::hours(u64::from(bytes.byte()))));
    Setting { profile, facts: facts(bytes), chance, library: library(), zone: zone(bytes, kind), enrolled }
}

fn facts(bytes: &mut Bytes<'_>) -> Facts {
    let paths = [
        EnrollmentPath::Auto,
        EnrollmentPath::GroupPolicy,
        EnrollmentPath::Manual,
        EnrollmentPath::BulkPackage,
        EnrollmentPath::Autopilot,
        EnrollmentPath::AutopilotSelfDeploying,
        EnrollmentPath::CoManagement,
    ];
    Facts {
        edition: bytes.pick(&[Edition::Pro, Edition::Enterprise, Edition::MultiSession, Edition::Home]),
        join: bytes.pick(&[Join::Entra, Join::Hybrid, Join::Registered]),
        enrollment: bytes.pick(&paths),
        apps_workload: bytes.pick(&[None, None, Some(AppsWorkload::ConfigurationManager), Some(AppsWorkload::Intune)]),
        os_build: bytes.pick(&[22_631, 19_045, 14_393]),
        ownership: if bytes.one_in(5) { Ownership::Personal } else { Ownership::Corporate },
        ..Facts::default()
    }
}

/// UTC, or a zone with a switch an hour after the start.
fn zone(bytes: &mut Bytes<'_>, kind: Kind) -> Zone {
    match kind {
        Kind::Wild if bytes.one_in(4) => {
            let [before, after] = [(); 2].map(|()| i32::from(bytes.byte().cast_signed()) * 900);
            let offsets = vec![(Wall::MIN, before), (START.wall.after(Span::hours(1)), after)];
            Zone { name: "Somewhere".to_owned(), offsets }
        }
        Kind::Wild | Kind::Tame => Zone::utc(),
    }
}

/// The moment at which a case begins.
pub(crate) fn start(bytes: &mut Bytes<'_>, kind: Kind) -> Now {
    match kind {
        Kind::Wild if bytes.one_in(4) => {
            let wall = Wall::from_unix_millis(bytes.u64().cast_signed());
            Now { wall, awake: Awake::at(Span::millis(bytes.u64())) }
        }
        Kind::Wild | Kind::Tame => START,
    }
}

/// The next step of an agent's case.
pub(crate) fn agent_step(bytes: &mut Bytes<'_>, kind: Kind) -> AgentStep {
    match bytes.byte() % 64 {
        0..15 => AgentStep::Pass(passage(bytes, kind)),
        15 => AgentStep::ClockStep { by: clock_step(bytes, kind), told: !bytes.one_in(3) },
        16 => AgentStep::Tick,
        17 => AgentStep::Install(version(bytes)),
        18..20 => AgentStep::Service(service(bytes)),
        20..23 => AgentStep::Session(session(bytes, kind)),
        23 => AgentStep::DarkWake(bytes.one_in(2)),
        24 => AgentStep::Certificate(!bytes.one_in(3)),
        25 => AgentStep::Policies(policies(bytes)),
        26 => AgentStep::Esp(esp(bytes)),
        27..30 => AgentStep::Sync(sync(bytes, kind)),
        30 => AgentStep::Push(number(bytes, kind, 3)),
        31 => AgentStep::OnDemand(PolicyId(number(bytes, kind, 5))),
        32..44 => {
            let pick = pick(bytes);
            let reply = reply(bytes, kind);
            let skew = if bytes.one_in(12) { clock_step(bytes, kind) } else { 0 };
            AgentStep::Answer { pick, reply, skew }
        }
        44..46 => AgentStep::Fail { pick: pick(bytes), failure: failure(bytes) },
        46..52 => AgentStep::Complete { pick: pick(bytes), outcome: outcome(bytes) },
        52..57 => AgentStep::Apps(bytes.u32()),
        57 => AgentStep::Snooze,
        58 => AgentStep::RecordDeleted(PolicyId(number(bytes, kind, 4))),
        59 => AgentStep::RecordDeleted(PolicyId(300 + number(bytes, kind, 10) % 1_000)),
        60 => AgentStep::HealthDue(span(bytes, kind)),
        61 => AgentStep::Remove(bytes.pick(&[RemovalReason::Unassigned, RemovalReason::ByHand, RemovalReason::Wiped])),
        _ => AgentStep::Kill(bytes.byte() % 8),
    }
}

/// A small number, or any.
fn number(bytes: &mut Bytes<'_>, kind: Kind, below: u32) -> u32 {
    match kind {
        Kind::Wild if bytes.one_in(4) => bytes.u32(),
        Kind::Wild | Kind::Tame => u32::from(bytes.byte()) % below,
    }
}

pub(crate) fn span(bytes: &mut Bytes<'_>, kind: Kind) -> Span {
    let (scale, count) = (bytes.byte(), u64::from(bytes.byte()));
    match scale % 8 {
        0 => Span::millis(count * 4),
        1 | 2 => Span::secs(count * 3),
        3 | 4 => Span::mins(count),
        5 => Span::hours(count % 31),
        6 => Span::days(count % 41),
        _ => match kind {
            Kind::Tame => Span::ZERO,
            Kind::Wild => Span::millis(bytes.u64()),
        },
    }
}

pub(crate) fn passage(bytes: &mut Bytes<'_>, kind: Kind) -> Passage {
    match bytes.byte() % 11 {
        0..6 => Passage::ToDeadline(Span::ZERO),
        6..8 => Passage::ToDeadline(span(bytes, kind)),
        8..10 => Passage::Awake(span(bytes, kind)),
        _ => Passage::Asleep(span(bytes, kind)),
    }
}

pub(crate) fn clock_step(bytes: &mut Bytes<'_>, kind: Kind) -> i64 {
    let (choice, back) = (bytes.byte() % 5, bytes.one_in(2));
    let size = match (choice, kind) {
        (0, Kind::Wild) => return bytes.u64().cast_signed(),
        (0, Kind::Tame) => i64::from(bytes.u16() % 36_500) * 86_400_000,
        _ => i64::try_from(span(bytes, Kind::Tame).as_millis()).unwrap_or(i64::MAX),
    };
    if back { -size } else { size }
}

pub(crate) fn pick(bytes: &mut Bytes<'_>) -> Pick {
    let choice = bytes.byte();
    match choice % 16 {
        0..13 => Pick::Pending(choice / 16 % 4),
        13..15 => Pick::Over(choice / 16 % 6),
        _ => Pick::Number(1 + u32::from(bytes.u16())),
    }
}

pub(crate) fn user(bytes: &mut Bytes<'_>, kind: Kind) -> UserId {
    match kind {
        Kind::Tame => UserId(bytes.pick(&[1, 2, 3, 0, 1, 2, 31, 200])),
        Kind::Wild => UserId(bytes.byte()),
    }
}

pub(crate) fn version(bytes: &mut Bytes<'_>) -> Version {
    bytes.pick(&[Version([1, 103, 0, 0]), Version([1, 93, 0, 0]), Version([1, 58, 103, 0])])
}

pub(crate) fn failure(bytes: &mut Bytes<'_>) -> Failure {
    bytes.pick(&[
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

fn reply(bytes: &mut Bytes<'_>, kind: Kind) -> Reply {
    match bytes.byte() % 16 {
        0 => Reply::NotManaged,
        1 => Reply::Other(bytes.byte() % 5),
        _ => Reply::Fitting { scripts: scripts(bytes, kind), work: bytes.u32() },
    }
}

/// Some scripts of a catalogue of four, each at most once; in the wild any, and more than once.
fn scripts(bytes: &mut Bytes<'_>, kind: Kind) -> Vec<ScriptPolicy> {
    let (mask, how) = (bytes.byte(), bytes.byte());
    let count = if kind == Kind::Wild { 8 } else { 4 };
    let chosen = (0..count).filter(|n| mask >> n & 1 != 0);
    let policy = |n: u32| {
        let bits = how.rotate_left(n);
        ScriptPolicy {
            id: PolicyId(if n < 4 { n } else { number(bytes, kind, 4) }),
            revision: 1 + u32::from(bits & 1) + u32::from(bits & 6 == 6),
            target: [Target::Device, Target::User, Target::Both, Target::Device][usize::from(bits >> 1 & 3)],
            run_as: if bits & 8 != 0 { RunAs::User } else { RunAs::System },
            bitness_change: bits & 0x30 == 0x30,
        }
    };
    chosen.map(policy).collect()
}

fn outcome(bytes: &mut Bytes<'_>) -> RunOutcome {
    match bytes.byte() % 16 {
        0..6 => RunOutcome::Exited {
            code: bytes.pick(&[0, 1, -1, 3010, 1618, i32::MIN]),
            stderr: bytes.one_in(5),
            output: 0,
        },
        6..9 => RunOutcome::Discovered { error: bytes.pick(&[0, 65_007, 65_009]), output: u32::from(bytes.byte() % 3) },
        9 => RunOutcome::Refused(RunRefusal::Signature),
        10 => RunOutcome::Refused(RunRefusal::Tampered),
        11 => RunOutcome::Found(bytes.one_in(2)),
        12 => RunOutcome::Required(bytes.u16()),
        13 => RunOutcome::Downloaded(bytes.u32().cast_signed()),
        _ => RunOutcome::Exited { code: bytes.u32().cast_signed(), stderr: false, output: u32::from(bytes.byte()) },
    }
}

fn service(bytes: &mut Bytes<'_>) -> ServiceChange {
    bytes.pick(&[
        ServiceChange::Started,
        ServiceChange::Started,
        ServiceChange::Stopped,
        ServiceChange::StartType(StartType::Automatic),
        ServiceChange::StartType(StartType::Manual),
        ServiceChange::StartType(StartType::Disabled),
        ServiceChange::Broken,
        ServiceChange::Mended,
    ])
}

fn session(bytes: &mut Bytes<'_>, kind: Kind) -> SessionChange {
    match bytes.byte() % 10 {
        0..5 => SessionChange::SignIn(user(bytes, kind)),
        5..7 => SessionChange::SignOut(user(bytes, kind)),
        _ => bytes.pick(&[
            SessionChange::SignInLocal,
            SessionChange::AllSignedOut,
            SessionChange::Lock,
            SessionChange::Unlock,
            SessionChange::ConsoleConnect,
            SessionChange::ConsoleDisconnect,
        ]),
    }
}

fn sync(bytes: &mut Bytes<'_>, kind: Kind) -> SyncRequest {
    let choice = bytes.byte() % 9;
    let app = |bytes: &mut Bytes<'_>| PolicyId(300 + number(bytes, kind, 10) % 1_000);
    match choice {
        0 => SyncRequest::CompanyPortal,
        1 => SyncRequest::CheckCompliance,
        2..4 => SyncRequest::App(app(bytes)),
        4 => SyncRequest::AppRemoval(app(bytes)),
        5 => SyncRequest::ProtocolSyncApp,
        6 => SyncRequest::ProtocolSyncCompliance,
        7 => SyncRequest::ServiceControl(200),
        _ => SyncRequest::ServiceControl(bytes.u32()),
    }
}

fn policies(bytes: &mut Bytes<'_>) -> Policies {
    let chosen = bytes.byte();
    let all = [Policies::ANALYTICS, Policies::MANAGED_INSTALLER, Policies::BIOS];
    let chosen = all.into_iter().enumerate().filter(|(place, _)| chosen >> place & 1 != 0);
    chosen.fold(Policies::NONE, |policies, (_, policy)| policies.with(policy))
}

fn esp(bytes: &mut Bytes<'_>) -> EspPhase {
    bytes.pick(&[EspPhase::NotInEsp, EspPhase::DevicePreparation, EspPhase::DeviceSetup, EspPhase::AccountSetup])
}
