//! Bytes as the life of an MDM client, held to everything that `tests/properties.rs` asks.

use imesim::protocol::{AgentOrder, ManagementOrder, Push, SessionCause};
use imesim::time::Span;

use super::bytes::Bytes;
use super::cases::{self, Kind};
use super::client_driver::Driver;
use super::common::Suite;
use super::strategy::{ClientReply, ClientStep};

pub(crate) fn run(data: &[u8]) -> u64 {
    let mut bytes = Bytes::new(data);
    let kind = if bytes.byte() & 1 == 0 { Kind::Tame } else { Kind::Wild };
    let setting = cases::setting(&mut bytes, kind);
    let mut suite = Suite::default();
    let mut driver = Driver::new(&setting, &mut suite);
    for _ in 0..STEPS_MAX {
        if bytes.is_empty() {
            break;
        }
        if let Err(error) = driver.step(&step(&mut bytes, kind)) {
            panic!("{error}");
        }
    }
    suite.steps
}

fn step(bytes: &mut Bytes<'_>, kind: Kind) -> ClientStep {
    match bytes.byte() % 40 {
        0..10 => ClientStep::Pass(cases::passage(bytes, kind)),
        10 => ClientStep::ClockStep { by: cases::clock_step(bytes, kind), told: !bytes.one_in(3) },
        11 => ClientStep::Tick,
        12..14 => ClientStep::Enroll,
        14 => ClientStep::Unenroll,
        15 => ClientStep::EnrolledSince(Span::days(u64::from(bytes.u16() % 1_000))),
        16 => ClientStep::Schedule(!bytes.one_in(3)),
        17..19 => ClientStep::Session(bytes.pick(&[
            SessionCause::SteadySlot,
            SessionCause::AdminPush,
            SessionCause::SettingsSync,
            SessionCause::CompanyPortal,
            SessionCause::MalwareStatus,
        ])),
        19 => ClientStep::SignIn(cases::user(bytes, kind)),
        20 => ClientStep::Push(bytes.pick(&[Push::MdmChange, Push::MdmAdmin, Push::AgentApps])),
        21 => ClientStep::DmWapPush(!bytes.one_in(3)),
        22 => ClientStep::Resumed,
        23 => ClientStep::Stopped,
        24..32 => ClientStep::Answer { pick: cases::pick(bytes), reply: reply(bytes) },
        32..35 => ClientStep::Fail { pick: cases::pick(bytes), failure: cases::failure(bytes) },
        _ => ClientStep::Complete { pick: cases::pick(bytes), ok: !bytes.one_in(2) },
    }
}

fn reply(bytes: &mut Bytes<'_>) -> ClientReply {
    let agent = match bytes.byte() % 10 {
        0 => return ClientReply::NotManaged,
        1 => return ClientReply::Other,
        2 => AgentOrder::Remove,
        3..6 => AgentOrder::Leave,
        _ => AgentOrder::Install(cases::version(bytes)),
    };
    let management = match bytes.byte() % 16 {
        0 => ManagementOrder::Retire,
        1 => ManagementOrder::Wipe { keep_enrollment: bytes.one_in(2) },
        _ => ManagementOrder::Keep,
    };
    ClientReply::Fitting(agent, management)
}

const STEPS_MAX: usize = 400;
