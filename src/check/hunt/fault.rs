//! The kinds of faults, and what each does to a device: when it begins, and when it is over.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::swarm::Dice;
use crate::catalog::{FaultChannel, FaultKind};
use crate::device::{Action, StateFile, Twin};
use crate::protocol::{Failure, PolicyId, UserId, Workload};
use crate::service::AdminAction;
use crate::time::Span;

/// A kind of fault, or of what people do at a bad moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The wall clock is stepped, by seconds or by a year, either way.
    ClockStep,
    /// The device sleeps, for minutes or for days.
    Sleep,
    /// It wakes for maintenance in the middle of its sleep.
    DarkWake,
    /// It is off for a while.
    PowerOff,
    /// It restarts.
    Reboot,
    /// It has no network.
    NetworkDown,
    /// Names cannot be resolved.
    DnsDown,
    /// The push service of Windows is off.
    PushOff,
    /// Battery Saver holds pushes back.
    BatterySaver,
    /// The agent's service is stopped.
    ServiceStop,
    /// It is restarted.
    ServiceRestart,
    /// Its process dies.
    ServiceKill,
    /// It is stopped and disabled.
    ServiceDisable,
    /// It stops and cannot be started.
    ServiceBreak,
    /// The agent is uninstalled by hand.
    AgentRemove,
    /// Management ends, and begins again.
    Unenroll,
    /// A user signs in, and out.
    SignIn,
    /// A user asks for a sync in Company Portal, more than once.
    PortalSync,
    /// A sync in Settings.
    SettingsSync,
    /// A sync from the admin center.
    AdminSync,
    /// An app sync by protocol or control code.
    AppSync,
    /// An MDM session beside the schedule.
    ExtraSession,
    /// The local record of a script is deleted.
    RecordDelete,
    /// The service answers with an error, or with nothing.
    ServiceError,
    /// The agent's package cannot be had, or its installer fails.
    InstallFails,
    /// The power is cut: nothing is told or written before.
    PowerCut,
    /// The device starts, and the agent's service comes up late.
    SlowBoot,
    /// It hibernates.
    Hibernate,
    /// The network lets nothing through before somebody signs in to it.
    CaptivePortal,
    /// The device goes over to another network.
    VpnChange,
    /// Its clock goes wrong little by little.
    ClockDrift,
    /// The agent's file is lost, torn, zeroed or of an old form.
    StateDamaged,
    /// It cannot be written.
    StateReadOnly,
    /// The disk is full.
    DiskFull,
    /// Whatever runs for the agent is killed.
    RunKill,
    /// Another machine with the same identity does something.
    Twin,
    /// The service answers from old, restored or incomplete data.
    ServiceWrong,
    /// Pushes are lost, late or doubled.
    PushAstray,
    /// Messages are lost, late, doubled or out of order.
    Network,
    /// An admin retires the device, and somebody may enroll it again.
    Retire,
    /// An admin wipes the device, with or without its enrollment.
    Wipe,
    /// Somebody enrolls a device that may be enrolled.
    EnrollAgain,
    /// Management ends, and enrollments are refused for a while.
    EnrollRefused,
    /// An admin asks for a remediation on demand, of a device that may be asleep.
    OnDemand,
    /// The process of the agent's service dies again and again.
    CrashLoop,
}

/// What a fault does.
pub(super) enum Deed {
    /// Something happens to the device at once.
    Now(Action),
    /// Something happens to the device, and is undone later.
    For(Action, Span, Action),
    /// Something happens so many times, each so long after the one before.
    Times(u64, Span, Action),
    /// Several things happen one after the other.
    Row(Row),
    /// The service fails for so long.
    Service(FaultChannel, FaultKind, Span),
    /// Both, from the same moment on.
    Both(Row, FaultChannel, FaultKind, Span),
}

/// What happens one after the other, each so long after the beginning.
pub(super) type Row = [Option<(Span, Action)>; 4];

/// What there is for a fault to hit.
pub(super) struct Targets<'t> {
    /// How many users the device has.
    pub(super) users: u8,
    pub(super) scripts: &'t [PolicyId],
    pub(super) remediations: &'t [PolicyId],
}

impl Fault {
    /// All kinds.
    pub const ALL: [Self; 45] = [
        Self::ClockStep,
        Self::Sleep,
        Self::DarkWake,
        Self::PowerOff,
        Self::Reboot,
        Self::NetworkDown,
        Self::DnsDown,
        Self::PushOff,
        Self::BatterySaver,
        Self::ServiceStop,
        Self::ServiceRestart,
        Self::ServiceKill,
        Self::ServiceDisable,
        Self::ServiceBreak,
        Self::AgentRemove,
        Self::Unenroll,
        Self::SignIn,
        Self::PortalSync,
        Self::SettingsSync,
        Self::AdminSync,
        Self::AppSync,
        Self::ExtraSession,
        Self::RecordDelete,
        Self::ServiceError,
        Self::InstallFails,
        Self::PowerCut,
        Self::SlowBoot,
        Self::Hibernate,
        Self::CaptivePortal,
        Self::VpnChange,
        Self::ClockDrift,
        Self::StateDamaged,
        Self::StateReadOnly,
        Self::DiskFull,
        Self::RunKill,
        Self::Twin,
        Self::ServiceWrong,
        Self::PushAstray,
        Self::Network,
        Self::Retire,
        Self::Wipe,
        Self::EnrollAgain,
        Self::EnrollRefused,
        Self::OnDemand,
        Self::CrashLoop,
    ];

    /// In one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClockStep => "clock-step",
            Self::Sleep => "sleep",
            Self::DarkWake => "dark-wake",
            Self::PowerOff => "power-off",
            Self::Reboot => "reboot",
            Self::NetworkDown => "network-down",
            Self::DnsDown => "dns-down",
            Self::PushOff => "push-off",
            Self::BatterySaver => "battery-saver",
            Self::ServiceStop => "service-stop",
            Self::ServiceRestart => "service-restart",
            Self::ServiceKill => "service-kill",
            Self::ServiceDisable => "service-disable",
            Self::ServiceBreak => "service-break",
            Self::AgentRemove => "agent-remove",
            Self::Unenroll => "unenroll",
            Self::SignIn => "sign-in",
            Self::PortalSync => "portal-sync",
            Self::SettingsSync => "settings-sync",
            Self::AdminSync => "admin-sync",
            Self::AppSync => "app-sync",
            Self::ExtraSession => "extra-session",
            Self::RecordDelete => "record-delete",
            Self::ServiceError => "service-error",
            Self::InstallFails => "install-fails",
            Self::PowerCut => "power-cut",
            Self::SlowBoot => "slow-boot",
            Self::Hibernate => "hibernate",
            Self::CaptivePortal => "captive-portal",
            Self::VpnChange => "vpn-change",
            Self::ClockDrift => "clock-drift",
            Self::StateDamaged => "state-damaged",
            Self::StateReadOnly => "state-read-only",
            Self::DiskFull => "disk-full",
            Self::RunKill => "run-kill",
            Self::Twin => "twin",
            Self::ServiceWrong => "service-wrong",
            Self::PushAstray => "push-astray",
            Self::Network => "network",
            Self::Retire => "retire",
            Self::Wipe => "wipe",
            Self::EnrollAgain => "enroll-again",
            Self::EnrollRefused => "enroll-refused",
            Self::OnDemand => "on-demand",
            Self::CrashLoop => "crash-loop",
        }
    }

    /// Draws what it does.
    pub(super) fn deed(self, dice: &mut Dice, on: &Targets<'_>) -> Option<Deed> {
        use Action as A;
        let Targets { users, scripts, remediations } = *on;
        let lasting = |begin, dice: &mut Dice, end| Some(Deed::For(begin, dice.length(), end));
        match self {
            Self::ClockStep => {
                let most = [60_000, 36_000_000, 34_560_000_000][dice.place(3)];
                let by = dice.between(1, most).cast_signed();
                Some(Deed::Now(A::ClockStep(if dice.place(2) == 0 { by } else { -by })))
            }
            Self::Sleep => Some(Deed::For(A::Sleep, dice.length().saturating_mul(4), A::Wake)),
            Self::DarkWake => {
                let (asleep, dark) = (dice.length(), Span::millis(dice.between(1_000, 900_000)));
                let wakes = asleep.saturating_add(dark);
                let sleeps_on = (dice.place(2) == 0).then_some((wakes, A::Sleep));
                let woken = (wakes.saturating_add(dice.length()), A::Wake);
                Some(Deed::Row([Some((Span::ZERO, A::Sleep)), Some((asleep, A::DarkWake)), sleeps_on, Some(woken)]))
            }
            Self::PowerOff => lasting(A::PowerOff, dice, A::PowerOn),
            Self::Reboot => Some(Deed::Now(A::Reboot)),
            Self::NetworkDown => lasting(A::Network(false), dice, A::Network(true)),
            Self::DnsDown => lasting(A::NameResolution(false), dice, A::NameResolution(true)),
            Self::PushOff => lasting(A::PushService(false), dice, A::PushService(true)),
            Self::BatterySaver => lasting(A::BatterySaver(true), dice, A::BatterySaver(false)),
            Self::ServiceStop => lasting(A::ServiceStop, dice, A::ServiceStart),
            Self::ServiceRestart => Some(Deed::Now(A::ServiceRestart)),
            Self::ServiceKill => Some(Deed::Now(A::ServiceKill)),
            Self::ServiceDisable => lasting(A::ServiceDisable, dice, A::ServiceAutomatic(true)),
            // Three times as long as other things, or hardly anybody would see what becomes of it after 24 hours awake.
            Self::ServiceBreak => Some(Deed::For(A::ServiceBreak, dice.length().saturating_mul(3), A::ServiceMend)),
            Self::AgentRemove => Some(Deed::Now(A::AgentRemove)),
            Self::Unenroll => lasting(A::Unenroll, dice, A::Enroll),
            Self::SignIn if users == 0 => lasting(A::SignInLocal, dice, A::Lock),
            Self::SignIn => {
                let user = UserId(1 + u8::try_from(dice.place(usize::from(users))).unwrap_or(0));
                lasting(A::SignIn(user), dice, A::SignOut(user))
            }
            Self::PortalSync => {
                let times = 1 + dice.place(5) as u64;
                let gap = Span::millis(dice.between(0, 2_000));
                Some(Deed::Times(times, gap, A::CompanyPortalSync))
            }
            Self::SettingsSync => Some(Deed::Now(A::SettingsSync)),
            Self::AdminSync => {
                let bulk = dice.place(2) == 0;
                Some(Deed::Now(A::Admin(if bulk { AdminAction::BulkSync } else { AdminAction::Sync })))
            }
            Self::AppSync => Some(Deed::Now([A::ProtocolSyncApp, A::ServiceControl(200)][dice.place(2)])),
            Self::ExtraSession => Some(Deed::Now(A::MdmScheduled)),
            Self::RecordDelete if scripts.is_empty() => None,
            Self::RecordDelete => Some(Deed::Now(A::ScriptRecordDelete(scripts[dice.place(scripts.len())]))),
            Self::ServiceError => {
                let channel = CHANNELS[dice.place(CHANNELS.len())];
                let answer = match ANSWERS[dice.place(ANSWERS.len())] {
                    // Either may say when to come again.
                    Failure::Status(429 | 503) if dice.place(2) == 0 => Failure::RetryAfter(dice.retry_after()),
                    answer => answer,
                };
                Some(Deed::Service(channel, FaultKind::Fails(answer), dice.length()))
            }
            Self::InstallFails => {
                let channel = [FaultChannel::AgentDownload, FaultChannel::AgentInstaller][dice.place(2)];
                Some(Deed::Service(channel, FaultKind::Fails(Failure::TimedOut), dice.length()))
            }
            Self::PowerCut => lasting(A::PowerCut, dice, A::PowerOn),
            Self::SlowBoot => Some(Deed::Now(A::SlowBoot(Span::millis(dice.between(1_000, 900_000))))),
            Self::Hibernate => lasting(A::Hibernate, dice, A::Wake),
            Self::CaptivePortal => lasting(A::CaptivePortal(true), dice, A::CaptivePortal(false)),
            Self::VpnChange => Some(Deed::Now(A::VpnChange)),
            Self::ClockDrift => {
                let by = dice.between(1, 60_000).cast_signed();
                Some(Deed::Now(A::ClockDrift(if dice.place(2) == 0 { by } else { -by })))
            }
            Self::StateDamaged => {
                let kinds = [StateFile::Lost, StateFile::Torn, StateFile::Zeroed, StateFile::OldSchema];
                Some(Deed::Row(row([
                    (Span::ZERO, A::StateFile(kinds[dice.place(4)])),
                    (Span::millis(dice.below(2_000)), [A::ServiceKill, A::PowerCut, A::Reboot][dice.place(3)]),
                    (Span::mins(5), A::PowerOn),
                ])))
            }
            Self::StateReadOnly => lasting(A::StateFile(StateFile::ReadOnly), dice, A::StateFile(StateFile::Writable)),
            Self::DiskFull => lasting(A::DiskFull(true), dice, A::DiskFull(false)),
            Self::RunKill => Some(Deed::Now(A::RunKill)),
            Self::Twin if scripts.is_empty() || dice.place(2) == 0 => Some(Deed::Now(A::Twin(Twin::CheckIn))),
            Self::Twin => Some(Deed::Now(A::Twin(Twin::Report { policy: scripts[dice.place(scripts.len())] }))),
            Self::ServiceWrong => {
                let ago = dice.length();
                let kinds =
                    [FaultKind::Stale(ago), FaultKind::Partial, FaultKind::Restored(ago), FaultKind::SplitBrain];
                Some(Deed::Service(FaultChannel::Ime, kinds[dice.place(4)], dice.length()))
            }
            Self::PushAstray => {
                let kinds = [FaultKind::PushLost, FaultKind::PushLate(dice.length()), FaultKind::PushDoubled];
                Some(Deed::Service(FaultChannel::All, kinds[dice.place(3)], dice.length()))
            }
            // It is of the whole world; see `Swarm::network`.
            Self::Network => None,
            Self::Retire => lasting(A::Admin(AdminAction::Retire), dice, A::Enroll),
            Self::Wipe => {
                let keep_enrollment = dice.place(2) == 0;
                lasting(A::Admin(AdminAction::Wipe { keep_enrollment }), dice, A::Enroll)
            }
            Self::EnrollAgain => Some(Deed::Now(A::Enroll)),
            Self::EnrollRefused => {
                let (away, refused) = (dice.length(), dice.length());
                let row =
                    row([(Span::ZERO, A::Unenroll), (away, A::Enroll), (refused.saturating_add(away), A::Enroll)]);
                let codes = [0x8018_0026, 0x8018_002B, 0x8007_2F9A];
                let kind = FaultKind::Fails(Failure::EnrollmentRefused(codes[dice.place(3)]));
                Some(Deed::Both(row, FaultChannel::Mdm, kind, refused.saturating_add(away)))
            }
            Self::OnDemand if remediations.is_empty() => None,
            Self::OnDemand => {
                let policy = remediations[dice.place(remediations.len())];
                let asks = A::Admin(AdminAction::RunRemediation { policy });
                if dice.place(2) == 0 {
                    return Some(Deed::Now(asks));
                }
                let (before, after) = (dice.length(), dice.length().saturating_mul(2));
                let wakes = before.saturating_add(after);
                Some(Deed::Row(row([(Span::ZERO, A::Sleep), (before, asks), (wakes, A::Wake)])))
            }
            Self::CrashLoop => {
                let (times, gap) = (2 + dice.below(10), Span::millis(dice.between(1_000, 600_000)));
                Some(Deed::Times(times, gap, A::ServiceKill))
            }
        }
    }
}

fn row([first, second, third]: [(Span, Action); 3]) -> Row {
    [Some(first), Some(second), Some(third), None]
}

const CHANNELS: [FaultChannel; 5] = [
    FaultChannel::All,
    FaultChannel::Ime,
    FaultChannel::Mdm,
    FaultChannel::Reports,
    FaultChannel::Workload(Workload::Script),
];

const ANSWERS: [Failure; 8] = [
    Failure::Status(401),
    Failure::Status(403),
    Failure::Status(404),
    Failure::Status(429),
    Failure::Status(500),
    Failure::Status(503),
    Failure::TimedOut,
    Failure::Empty,
];

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
