//! Rule tests of the service side. `assignments.rs` holds section 12, `apps.rs` what goes with apps, the others what a device meets in time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail where it stands")]

use crate::catalog::{Assignment, GroupId, GroupKind, Intent, ScriptContent, Tenant, TenantBuilder};
use crate::chance::Chance;
use crate::facts::{Facts, Feature};
use crate::profile::{Profile, Version};
use crate::protocol::{
    AgentOrder, Answer, AppPolicy, Failure, ManagementOrder, PolicyId, Push, Request, SessionCause, Target, Token,
    UserId, Workload,
};
use crate::rules::RuleId;
use crate::service::{
    AdminAction, Cohort, Context, Effect, Event, Input, Ledger, Member, MemberUser, Membership, Sink,
};
use crate::time::{Span, Wall};

mod apps;
mod assignments;
mod polls;
mod pushes;
mod sessions;

const AGENT: Version = Version([1, 93, 0, 0]);
const USER: UserId = UserId(1);

/// Midnight, the start of every test.
fn start() -> Wall {
    Wall::from_unix_millis(1_700_006_400_000)
}

fn mins(n: u64) -> Wall {
    start().after(Span::mins(n))
}

fn hours(n: u64) -> Wall {
    start().after(Span::hours(n))
}

/// A tenant with two groups of devices and two of users; the device is in `d1` and `d2`, its user in `u1` and `u2`.
struct Desk<'p> {
    profile: &'p Profile,
    builder: TenantBuilder<'p>,
    d1: GroupId,
    d2: GroupId,
    d3: GroupId,
    u1: GroupId,
    u2: GroupId,
    member: Member,
}

impl<'p> Desk<'p> {
    fn new(profile: &'p Profile) -> Self {
        let mut builder = Tenant::builder(profile);
        let mut group = |name: &str, kind| builder.group(name, kind).unwrap();
        let (d1, d2, d3) =
            (group("d1", GroupKind::Devices), group("d2", GroupKind::Devices), group("d3", GroupKind::Devices));
        let (u1, u2) = (group("u1", GroupKind::Users), group("u2", GroupKind::Users));
        let users = vec![MemberUser { groups: vec![Membership::always(u1), Membership::always(u2)], primary: true }];
        let groups = [d1, d2, d3].map(Membership::always).to_vec();
        let member = Member { groups, users, ..Member::default() };
        Self { profile, builder, d1, d2, d3, u1, u2, member }
    }

    fn script(&mut self, name: &str, assignments: &[Assignment]) -> PolicyId {
        let id = self.builder.script(name, ScriptContent::default()).unwrap();
        self.assign(id, assignments)
    }

    fn app(&mut self, name: &str, assignments: &[Assignment]) -> PolicyId {
        let id = self.builder.content(name, Feature::Win32App).unwrap();
        self.assign(id, assignments)
    }

    fn assign(&mut self, id: PolicyId, assignments: &[Assignment]) -> PolicyId {
        for assignment in assignments {
            self.builder.assign(id, *assignment).unwrap();
        }
        id
    }

    fn world(self) -> World {
        let tenant = self.builder.build().unwrap();
        let cohort = Cohort::resolve(&tenant, self.profile, &self.member);
        World { profile: self.profile.clone(), tenant, cohort, facts: self.member.facts, chance: Chance::Lowest }
    }
}

struct World {
    profile: Profile,
    tenant: Tenant,
    cohort: Cohort,
    facts: Facts,
    chance: Chance,
}

impl World {
    fn cx(&self) -> Context<'_> {
        Context {
            profile: &self.profile,
            tenant: &self.tenant,
            cohort: &self.cohort,
            chance: self.chance,
            facts: self.facts,
        }
    }

    fn enrolled(&self) -> Device<'_> {
        let enrolled = start().before(Span::days(30));
        Device { world: self, ledger: Ledger::new(&self.cx(), start(), Some(enrolled)), log: Log::default() }
    }

    fn unknown(&self) -> Device<'_> {
        Device { world: self, ledger: Ledger::new(&self.cx(), start(), None), log: Log::default() }
    }

    /// The scripts that a principal gets at the start, with how each reached it.
    fn scripts(&self, user: UserId) -> Vec<(PolicyId, Target)> {
        self.cohort.at(start()).scripts(user).iter().map(|policy| (policy.id, policy.target)).collect()
    }

    /// The apps that a principal gets at the start.
    fn apps(&self, workload: Workload, user: UserId) -> Vec<AppPolicy> {
        let answer = self.cohort.at(start()).answer(workload, user);
        let Answer::Apps(apps) = answer else { panic!("{answer:?} is no list of apps") };
        apps.policies().to_vec()
    }

    fn work(&self, workload: Workload, user: UserId) -> u32 {
        self.cohort.at(start()).work(workload, user)
    }
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
        assert!(rule.rule().is_some(), "{rule:?} is a rule of the catalogue");
        self.notes.push((rule, event));
    }
}

struct Device<'a> {
    world: &'a World,
    ledger: Ledger,
    log: Log<'a>,
}

type Reply<'a> = Result<Answer<'a>, Failure>;

impl<'a> Device<'a> {
    fn input(&mut self, now: Wall, input: Input) -> Option<Wall> {
        self.log = Log::default();
        self.ledger.handle(&self.world.cx(), now, input, &mut self.log)
    }

    fn ask(&mut self, now: Wall, request: Request) -> Reply<'a> {
        self.input(now, Input::Request { token: Token::FIRST, request });
        let answers = self.log.effects.iter().filter_map(|effect| match effect {
            Effect::Answer { token: Token::FIRST, at, answer } if *at == now => Some(answer.clone()),
            Effect::Answer { .. } | Effect::Push { .. } | Effect::PushAgain { .. } => None,
        });
        let answers: Vec<_> = answers.collect();
        assert_eq!(answers.len(), 1, "each request is answered once");
        answers[0].clone()
    }

    fn poll(&mut self, now: Wall, workload: Workload, user: UserId) -> Reply<'a> {
        self.ask(now, Request::Poll { workload, user, agent: AGENT })
    }

    /// The ids that a script poll brings.
    fn scripts(&mut self, now: Wall, user: UserId) -> Vec<u32> {
        match self.poll(now, Workload::Script, user) {
            Ok(Answer::Scripts(scripts)) => scripts.iter().map(|policy| policy.id.0).collect(),
            Ok(Answer::Nothing) => Vec::new(),
            other => panic!("{other:?} is no list of scripts"),
        }
    }

    fn session(&mut self, now: Wall, cause: SessionCause, agent: Option<Version>) -> Reply<'a> {
        self.ask(now, Request::MdmSession { cause, agent })
    }

    /// The order about the agent in a session that is no maintenance.
    fn order(&mut self, now: Wall, agent: Option<Version>) -> AgentOrder {
        match self.session(now, SessionCause::SettingsSync, agent) {
            Ok(Answer::Mdm { agent, management: ManagementOrder::Keep, .. }) => agent,
            other => panic!("{other:?} has no order"),
        }
    }

    fn act(&mut self, now: Wall, action: AdminAction) -> Vec<(Push, Span)> {
        self.input(now, Input::Action(action));
        self.pushes()
    }

    /// The pushes of the last call.
    fn pushes(&self) -> Vec<(Push, Span)> {
        let pushes = self.log.effects.iter().filter_map(|effect| match effect {
            Effect::Push { push, after } => Some((*push, *after)),
            Effect::PushAgain { push, after } => Some((*push, *after)),
            Effect::Answer { .. } => None,
        });
        pushes.collect()
    }

    /// Every push up to a moment, when it leaves, in minutes from the start.
    fn pushes_until(&mut self, end: Wall) -> Vec<(Push, u64)> {
        let mut all = Vec::new();
        let mut due = self.ledger.due(&self.world.cx());
        while let Some(at) = due.filter(|at| *at <= end) {
            due = self.input(at, Input::Tick);
            let leaving = |(push, after): (Push, Span)| (push, at.after(after).since(start()).as_secs() / 60);
            all.extend(self.pushes().into_iter().map(leaving));
        }
        all
    }

    fn rules(&self) -> Vec<RuleId> {
        self.log.notes.iter().map(|(rule, _)| *rule).collect()
    }
}

fn required(group: GroupId) -> Assignment {
    Assignment::include(group).with_intent(Intent::Required)
}

fn available(group: GroupId) -> Assignment {
    Assignment::include(group).with_intent(Intent::Available)
}
