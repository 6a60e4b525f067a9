//! What an agent is given: inputs, passages of time, answers and failures for what it asked, ends of what it runs.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::content::answer;
use super::values::{failures, spans, users};
use crate::agent::{
    Input, RemovalReason, RunOutcome, RunRefusal, ServiceChange, SessionChange, StartType, SyncRequest, Task,
};
use crate::facts::EspPhase;
use crate::profile::Version;
use crate::protocol::{Answer, Failure, Policies, PolicyId, Workload};
use crate::time::Span;

/// One thing that a [`Player`](super::Player) does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Time passes, and what falls due is ticked.
    Pass(Passage),
    /// The device's clock is stepped by so many milliseconds, and the agent is told or not.
    ClockStep {
        /// By how much.
        by: i64,
        /// Whether it is told.
        told: bool,
    },
    /// An input that belongs to nothing the agent asked for.
    Give(Input<'static>),
    /// A request is answered, counted from the last one back; `skew` moves the service's time, in milliseconds.
    Answer {
        /// Which.
        pick: u8,
        /// With what.
        reply: Reply,
        /// By how much the service's clock differs.
        skew: i64,
    },
    /// A request fails.
    Fail {
        /// Which.
        pick: u8,
        /// How.
        failure: Failure,
    },
    /// A run ends.
    Complete {
        /// Which.
        pick: u8,
        /// How.
        end: End,
    },
    /// What is over already is answered or ends once more.
    Again {
        /// Which, counted from the last one back.
        pick: u8,
        /// How a run of its number ends.
        outcome: RunOutcome,
    },
    /// The process is killed after so many effects of the next input, and begins again with what is in its file.
    Kill {
        /// How many are carried out.
        effects: u8,
    },
}

/// How time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Up to the next deadline and so much longer; both clocks run.
    ToDeadline(Span),
    /// So much time awake.
    Awake(Span),
    /// So much time asleep: awake time stands still.
    Asleep(Span),
}

/// What the service answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// What was asked for: of the answers for each workload the one that fits, or that a report was taken.
    Fitting(Box<[Answer<'static>; Workload::ALL.len()]>),
    /// The device is not managed.
    NotManaged,
    /// Something that was not asked for.
    Other(Answer<'static>),
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As runs of its kind do.
    Fitting {
        /// It succeeds; of a detection: what is looked for is there.
        good: bool,
        /// Which success or failure, by number.
        detail: u8,
    },
    /// In this way, whatever it was.
    Other(RunOutcome),
}

impl End {
    pub(super) const fn of(self, task: Task) -> RunOutcome {
        let (good, detail) = match self {
            Self::Fitting { good, detail } => (good, detail),
            Self::Other(outcome) => return outcome,
        };
        match task {
            Task::AppDetect => RunOutcome::Found(good),
            // T-7.2: the codes of what may be lacking begin behind these.
            Task::AppRequire => RunOutcome::Required(if good { 0 } else { 1_000 + detail as u16 % 13 }),
            Task::AppDownload | Task::AppDownloadForeground => {
                RunOutcome::Downloaded(if good { 0 } else { -2_016_000_000 + detail as i32 })
            }
            Task::Discover => {
                let error = if good { 0 } else { 65_007 + detail as u32 % 4 };
                RunOutcome::Discovered { error, output: detail as u32 % 3 }
            }
            Task::Script
            | Task::Detect
            | Task::Remediate
            | Task::DetectAgain
            | Task::AppInstall
            | Task::AppUninstall => {
                let codes = if good { [0, 0, 3_010, 1_641] } else { [1, -1, 1_618, 1_603] };
                let code = codes[detail as usize % codes.len()];
                RunOutcome::Exited { code, stderr: detail.is_multiple_of(5), output: detail as u32 % 3 }
            }
        }
    }
}

/// Mostly a device on which the agent is installed and runs, and then so many steps at most.
pub fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let begun =
        vec![Step::Give(Input::Installed(Version([1, 94, 0, 0]))), Step::Give(Input::Service(ServiceChange::Started))];
    let begin = prop_oneof![1 => Just(Vec::new()), 6 => Just(begun)];
    (begin, vec(step(), 0..=most)).prop_map(|(mut all, steps)| {
        all.extend(steps);
        all
    })
}

/// One step, of every kind. Most let work go on; some are out of place.
pub fn step() -> impl Strategy<Value = Step> {
    let pick = || prop_oneof![12 => 0..4_u8, 1 => any::<u8>()];
    let skew = prop_oneof![12 => Just(0_i64), 1 => -5_000_000_000..5_000_000_000_i64];
    prop_oneof![
        30 => passage().prop_map(Step::Pass),
        2 => (clock_step(), prop::bool::weighted(0.7)).prop_map(|(by, told)| Step::ClockStep { by, told }),
        30 => input().prop_map(Step::Give),
        40 => (pick(), reply(), skew).prop_map(|(pick, reply, skew)| Step::Answer { pick, reply, skew }),
        8 => (pick(), failures()).prop_map(|(pick, failure)| Step::Fail { pick, failure }),
        30 => (pick(), end()).prop_map(|(pick, end)| Step::Complete { pick, end }),
        2 => (pick(), outcome()).prop_map(|(pick, outcome)| Step::Again { pick, outcome }),
        2 => (0..5_u8).prop_map(|effects| Step::Kill { effects }),
    ]
}

fn passage() -> impl Strategy<Value = Passage> {
    prop_oneof![
        6 => Just(Passage::ToDeadline(Span::ZERO)),
        2 => spans().prop_map(Passage::ToDeadline),
        2 => spans().prop_map(Passage::Awake),
        1 => spans().prop_map(Passage::Asleep),
    ]
}

/// Mostly by minutes to days, sometimes by up to a century.
fn clock_step() -> impl Strategy<Value = i64> {
    const CENTURY: i64 = 36_500 * 86_400_000;
    let short = spans().prop_map(|span| i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
    (prop_oneof![4 => short, 1 => 0..=CENTURY], any::<bool>()).prop_map(|(by, back)| if back { -by } else { by })
}

fn input() -> impl Strategy<Value = Input<'static>> {
    use SessionChange as S;
    let plain = select(vec![Input::Tick, Input::Resumed, Input::ClockChanged, Input::Snooze]);
    let service = select(vec![
        ServiceChange::Stopped,
        ServiceChange::StartType(StartType::Automatic),
        ServiceChange::StartType(StartType::Manual),
        ServiceChange::StartType(StartType::Disabled),
        ServiceChange::Broken,
        ServiceChange::Mended,
    ]);
    let session = prop_oneof![
        6 => users().prop_map(S::SignIn),
        2 => users().prop_map(S::SignOut),
        3 => select(vec![
            S::SignInLocal,
            S::AllSignedOut,
            S::Lock,
            S::Unlock,
            S::ConsoleConnect,
            S::ConsoleDisconnect,
        ]),
    ];
    let sync = prop_oneof![
        3 => select(vec![
            SyncRequest::CompanyPortal,
            SyncRequest::CheckCompliance,
            SyncRequest::ProtocolSyncApp,
            SyncRequest::ProtocolSyncCompliance,
            SyncRequest::ServiceControl(200),
            SyncRequest::ServiceControl(128),
        ]),
        2 => (300..308_u32).prop_map(|id| SyncRequest::App(PolicyId(id))),
        1 => (300..308_u32).prop_map(|id| SyncRequest::AppRemoval(PolicyId(id))),
    ];
    let phase =
        select(vec![EspPhase::NotInEsp, EspPhase::DevicePreparation, EspPhase::DeviceSetup, EspPhase::AccountSetup]);
    let record = prop_oneof![0..4_u32, 300..308_u32].prop_map(|id| Input::RecordDeleted(PolicyId(id)));
    let on_demand =
        (100..105_u32, 1..3_u32).prop_map(|(id, revision)| Input::OnDemand { policy: PolicyId(id), revision });
    let removal = select(vec![RemovalReason::Unassigned, RemovalReason::ByHand, RemovalReason::Wiped]);
    prop_oneof![
        3 => plain,
        2 => select(vec![93, 94, 103_u16]).prop_map(|minor| Input::Installed(Version([1, minor, 0, 0]))),
        6 => Just(Input::Service(ServiceChange::Started)),
        3 => service.prop_map(Input::Service),
        6 => session.prop_map(Input::Session),
        3 => any::<bool>().prop_map(Input::DarkWake),
        2 => prop::bool::weighted(0.7).prop_map(Input::Certificate),
        2 => policies().prop_map(Input::Policies),
        2 => phase.prop_map(Input::Esp),
        5 => sync.prop_map(Input::Sync),
        4 => (0..3_u32).prop_map(Input::Push),
        2 => on_demand,
        1 => record,
        1 => spans().prop_map(Input::HealthDue),
        1 => removal.prop_map(Input::Remove),
    ]
}

fn policies() -> impl Strategy<Value = Policies> {
    any::<[bool; 3]>().prop_map(|chosen| {
        let all = [Policies::ANALYTICS, Policies::MANAGED_INSTALLER, Policies::BIOS];
        let chosen = all.into_iter().zip(chosen).filter(|(_, is_chosen)| *is_chosen);
        chosen.fold(Policies::NONE, |sum, (one, _)| sum.with(one))
    })
}

fn reply() -> impl Strategy<Value = Reply> {
    let other = || {
        let of = select(Workload::ALL.to_vec()).prop_flat_map(answer);
        prop_oneof![2 => of, 1 => Just(Answer::Accepted), 1 => Just(Answer::Nothing)]
    };
    prop_oneof![
        20 => Workload::ALL.map(answer).prop_map(|answers| Reply::Fitting(Box::new(answers))),
        1 => Just(Reply::NotManaged),
        1 => other().prop_map(Reply::Other),
    ]
}

fn end() -> impl Strategy<Value = End> {
    let fitting = (prop::bool::weighted(0.6), any::<u8>()).prop_map(|(good, detail)| End::Fitting { good, detail });
    prop_oneof![12 => fitting, 1 => outcome().prop_map(End::Other)]
}

fn outcome() -> impl Strategy<Value = RunOutcome> {
    select(vec![
        RunOutcome::Exited { code: 0, stderr: false, output: 0 },
        RunOutcome::Exited { code: 1, stderr: true, output: 1 },
        RunOutcome::Found(true),
        RunOutcome::Required(0),
        RunOutcome::Downloaded(0),
        RunOutcome::Discovered { error: 0, output: 1 },
        RunOutcome::Refused(RunRefusal::Signature),
        RunOutcome::Refused(RunRefusal::Tampered),
    ])
}
