//! The service's side of one device among arbitrary requests, actions and passages of true time.

use imesim::catalog::{
    Assignment, ChangeKind, FaultChannel, FaultKind, GroupKind, Intent, ScriptContent, ServiceFault, Tenant,
};
use imesim::facts::Feature;
use imesim::profile::{Profile, Version};
use imesim::protocol::{
    Answer, Failure, ManagementOrder, PolicyId, Report, Request, ScriptReport, ScriptResult, SessionCause, Token,
    UserId, Workload,
};
use imesim::rules::RuleId;
use imesim::service::{
    AdminAction, Cohort, Context, Effect, Event, Input, Ledger, Member, MemberUser, Membership, Sink,
};
use imesim::time::{Span, Wall};
use proptest::prelude::*;
use proptest::sample::select;

use super::common::{Checked, START, Setting, Suite, ensure};
use super::strategy::{span, user, version};

/// One step of a ledger's case.
#[derive(Clone, Debug)]
pub(crate) enum LedgerStep {
    Pass(Span),
    /// Up to the next push of the timeline.
    ToPush,
    Ask(Request),
    Act(AdminAction),
}

fn request() -> impl Strategy<Value = Request> {
    let poll = (select(Workload::ALL.to_vec()), user(), prop_oneof![1 => Just(Version([1, 2, 0, 0])), 9 => version()]);
    let cause = select(vec![
        SessionCause::Enrollment,
        SessionCause::EarlySlot,
        SessionCause::SteadySlot,
        SessionCause::SteadySlot,
        SessionCause::SignIn,
        SessionCause::ChangePush,
        SessionCause::AdminPush,
        SessionCause::CompanyPortal,
    ]);
    let report = ScriptReport {
        policy: PolicyId(0),
        revision: 1,
        user: UserId::DEVICE,
        result: ScriptResult::Success,
        exit_code: 0,
        run: Token::FIRST,
    };
    prop_oneof![
        20 => poll.prop_map(|(workload, user, agent)| Request::Poll { workload, user, agent }),
        10 => (cause, prop::option::of(version())).prop_map(|(cause, agent)| Request::MdmSession { cause, agent }),
        4 => Just(Request::Enroll),
        1 => Just(Request::Unenrolled),
        2 => Just(Request::RenewChannel),
        2 => Just(Request::ConnectionTest),
        3 => any::<bool>().prop_map(move |ok| Request::Report(Report::Script(ScriptReport {
            result: if ok { ScriptResult::Success } else { ScriptResult::Failed },
            ..report
        }))),
    ]
}

pub(crate) fn ledger_step() -> impl Strategy<Value = LedgerStep> {
    let action = select(vec![
        AdminAction::Sync,
        AdminAction::BulkSync,
        AdminAction::Lock,
        AdminAction::PasscodeReset,
        AdminAction::RemoteAssistance,
        AdminAction::Retire,
        AdminAction::Wipe { keep_enrollment: true },
        AdminAction::Wipe { keep_enrollment: false },
        AdminAction::RunRemediation { policy: PolicyId(3) },
    ]);
    prop_oneof![
        10 => span().prop_map(LedgerStep::Pass),
        4 => Just(LedgerStep::ToPush),
        30 => request().prop_map(LedgerStep::Ask),
        2 => action.prop_map(LedgerStep::Act),
    ]
}

/// A tenant with a bit of everything, in which something changes every few hours.
fn tenant(profile: &Profile) -> (Tenant, Member) {
    let mut builder = Tenant::builder(profile);
    let devices = builder.group("devices", GroupKind::Devices).unwrap();
    let people = builder.group("people", GroupKind::Users).unwrap();
    let first = builder.script("first", ScriptContent::default()).unwrap();
    let second = builder.script("second", ScriptContent::default()).unwrap();
    let app = builder.content("app", Feature::Win32App).unwrap();
    builder.assign(first, Assignment::include(devices)).unwrap();
    builder.assign(second, Assignment::include(people)).unwrap();
    let start = START.wall;
    let at = |hours| start.after(Span::hours(hours));
    let required = Assignment::include(devices).with_intent(Intent::Required);
    for (hours, kind) in [
        (2, ChangeKind::UpdateContent { content: first, bitness_only: false, to: None }),
        (5, ChangeKind::Assign { content: app, assignment: required }),
        (20, ChangeKind::ReleaseAgent { version: Version([1, 110, 0, 0]), over: Span::days(3) }),
        (30, ChangeKind::ServicePrincipal { enabled: false }),
        (40, ChangeKind::ServicePrincipal { enabled: true }),
        (60, ChangeKind::Unassign { content: first, group: devices }),
        (70, ChangeKind::Unassign { content: second, group: people }),
        (80, ChangeKind::Unassign { content: app, group: devices }),
        (100, ChangeKind::Assign { content: first, assignment: Assignment::include(devices) }),
    ] {
        builder.change(at(hours), kind).unwrap();
    }
    let faults = [
        (10, FaultChannel::Ime, Failure::Status(500)),
        (11, FaultChannel::All, Failure::Status(429)),
        (12, FaultChannel::All, Failure::NoNetwork),
        (13, FaultChannel::All, Failure::DeviceUnknown),
        (14, FaultChannel::Ime, Failure::NoCertificate),
        (15, FaultChannel::Mdm, Failure::EnrollmentRefused(0x8018_0026)),
    ];
    for (hours, channel, failure) in faults {
        let kind = FaultKind::Fails(failure);
        builder.fault(ServiceFault { from: at(hours), until: at(hours + 1), channel, kind }).unwrap();
    }
    let bent = [
        (19, FaultKind::PushLost),
        (25, FaultKind::PushDoubled),
        (31, FaultKind::PushLate(Span::hours(3))),
        (61, FaultKind::Stale(Span::hours(2))),
        (63, FaultKind::Partial),
        (71, FaultKind::Restored(Span::hours(3))),
        (75, FaultKind::SplitBrain),
    ];
    for (hours, kind) in bent {
        let (channel, until) = (FaultChannel::All, at(hours + 2));
        builder.fault(ServiceFault { from: at(hours), until, channel, kind }).unwrap();
    }
    let member = Member {
        groups: vec![Membership::always(devices)],
        users: vec![MemberUser { groups: vec![Membership::always(people)], primary: true }],
        ..Member::default()
    };
    (builder.build().unwrap(), member)
}

#[derive(Default)]
struct Log<'a> {
    effects: Vec<Effect<'a>>,
    notes: Vec<(RuleId, Event)>,
}

impl<'a> Sink<'a> for Log<'a> {
    fn effect(&mut self, effect: Effect<'a>) {
        self.effects.push(effect);
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
    }
}

/// Runs one case.
pub(crate) fn check(setting: &Setting, steps: &[LedgerStep], enrolled: bool, suite: &mut Suite) -> Checked {
    let profile = &setting.profile;
    let (tenant, member) = tenant(profile);
    let member = Member { facts: setting.facts, ..member };
    let cohort = Cohort::resolve(&tenant, profile, &member);
    let facts = setting.facts;
    let cx = Context { profile, tenant: &tenant, cohort: &cohort, chance: setting.chance, facts };
    let mut now = START.wall;
    let mut ledger = Ledger::new(&cx, now, enrolled.then(|| now.before(Span::days(3))));
    let mut last_maintenance: Option<Wall> = None;
    for (number, step) in (1..).zip(steps) {
        suite.steps += 1;
        let token = Token::from_number(number).unwrap_or(Token::FIRST);
        let input = match step {
            LedgerStep::Pass(span) => {
                now = now.after(*span);
                Input::Tick
            }
            LedgerStep::ToPush => {
                now = ledger.due(&cx).map_or(now, |at| at.max(now));
                Input::Tick
            }
            LedgerStep::Ask(request) => Input::Request { token, request: *request },
            LedgerStep::Act(action) => Input::Action(*action),
        };
        let before = ledger.clone();
        let mut log = Log::default();
        let due = ledger.handle(&cx, now, input, &mut log);
        suite.reached.extend(log.notes.iter().map(|(rule, _)| *rule));
        let context = |what: &str| {
            format!("{what}: {input:?} at {now:?}: {:?}\nbefore {before:?}\nafter {ledger:?}", log.effects)
        };
        for (rule, event) in &log.notes {
            ensure(rule.rule().is_some(), || context(&format!("{rule} of {event:?} is not in the catalogue")))?;
        }
        ensure(due == ledger.due(&cx) && due.is_none_or(|at| at > now), || context("a push is still due"))?;
        let answers = log.effects.iter().filter_map(|effect| match effect {
            Effect::Answer { token: to, at, answer } => Some((*to, *at, answer)),
            Effect::Push { .. } | Effect::PushAgain { .. } => None,
        });
        let answers: Vec<_> = answers.collect();
        let LedgerStep::Ask(request) = step else {
            ensure(answers.is_empty(), || context("an answer to no request"))?;
            continue;
        };
        let [(to, at, answer)] = answers[..] else {
            return ensure(false, || context("not one answer to one request"));
        };
        ensure((to, at) == (token, now), || context("an answer to another request, or of another time"))?;
        match (request, answer) {
            // X4: only a device that is not managed is told so, and never by an empty or failed answer.
            (Request::Poll { .. }, Ok(Answer::NotManaged)) => {
                ensure(!before.is_managed(), || context("a managed device is told to leave"))?;
            }
            (Request::Poll { .. }, Ok(Answer::Nothing)) => {
                ensure(ledger.is_managed(), || context("nothing, and not because the device is not managed"))?;
            }
            (
                Request::Poll { workload, user, .. },
                Ok(answer @ (Answer::Scripts(_) | Answer::Apps(_) | Answer::Remediations(_) | Answer::Discovery(_))),
            ) => {
                let fits = *answer == cohort.at(now).answer(*workload, *user);
                let is_wrong =
                    |event: &Event| matches!(event, Event::AnsweredAsOf { .. } | Event::AnsweredInPart { .. });
                let fits = fits || log.notes.iter().any(|(_, event)| is_wrong(event));
                ensure(ledger.is_managed() && fits, || context("other work than is assigned"))?;
            }
            (Request::MdmSession { cause, .. }, Ok(Answer::Mdm { management, .. })) => {
                if *cause == SessionCause::SteadySlot {
                    let gap = profile.mdm.maintenance_min_gap;
                    let soon = last_maintenance.is_some_and(|last| now.since(last) < gap);
                    ensure(!soon, || context("B-3.4: maintenance too soon"))?;
                    last_maintenance = Some(now);
                }
                if *management != ManagementOrder::Keep {
                    ensure(ledger != Ledger::new(&cx, now, None), || context("an order without a device"))?;
                }
            }
            (Request::Enroll, Ok(Answer::Enrolled)) => {
                ensure(ledger.is_managed(), || context("enrolled, and not managed"))?;
                last_maintenance = None;
            }
            (Request::Unenrolled, Ok(Answer::Accepted)) => {
                ensure(!ledger.is_managed(), || context("left, and still managed"))?;
            }
            (Request::Report(_) | Request::ConnectionTest, Ok(Answer::Accepted))
            | (Request::RenewChannel, Ok(Answer::ChannelRenewed))
            | (Request::MdmSession { .. }, Ok(Answer::NotManaged))
            | (_, Err(_)) => {}
            (_, Ok(_)) => ensure(false, || context("an answer to some other question"))?,
        }
    }
    Ok(())
}
