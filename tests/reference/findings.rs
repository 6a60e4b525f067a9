//! Where agent and model parted and the agent was wrong, as the shortest sequence that shows it.

use imesim::agent::{
    Agent, Context, Deadline, Effect, Event, Input, RunOutcome, ServiceChange, SessionChange, Sink, SyncRequest, Timer,
};
use imesim::chance::Chance;
use imesim::content::{Hours, Item, Library, Remediation, Schedule};
use imesim::facts::Facts;
use imesim::profile::{Profile, TimersCount, Version};
use imesim::protocol::{
    Answer, Assigned, Failure, PolicyId, Report, Request, RunAs, ScriptPolicy, Target, Token, UserId, Workload,
};
use imesim::rules::RuleId;
use imesim::time::{Now, Span, Zone};

use super::common::START;

const SCRIPT: ScriptPolicy =
    ScriptPolicy { id: PolicyId(0), revision: 1, target: Target::Device, run_as: RunAs::System, bitness_change: false };
const WELL: RunOutcome = RunOutcome::Exited { code: 0, stderr: false, output: 0 };

/// An agent whose service has just started, and whose start-time polls are on their way.
pub(crate) struct Bench {
    profile: Profile,
    pub(crate) facts: Facts,
    chance: Chance,
    pub(crate) library: Library,
    pub(crate) zone: Zone,
    pub(crate) agent: Agent,
    pub(crate) now: Now,
    pub(crate) effects: Vec<Effect>,
}

impl Bench {
    fn new(profile: Profile, chance: Chance) -> Self {
        let mut bench = Self {
            profile,
            facts: Facts::default(),
            chance,
            library: Library::default(),
            zone: Zone::utc(),
            agent: Agent::absent(),
            now: START,
            effects: Vec::new(),
        };
        bench.give(Input::Installed(Version([1, 103, 0, 0])));
        bench.give(Input::Service(ServiceChange::Started));
        bench
    }

    pub(crate) fn polling(profile: Profile) -> Self {
        let mut bench = Self::new(profile.without_jitter(), Chance::Lowest);
        bench.give(Input::Tick);
        bench
    }

    pub(crate) fn give(&mut self, input: Input<'_>) {
        let cx = Context::new(&self.profile, &self.facts, self.chance);
        let cx = Context { library: &self.library, zone: &self.zone, ..cx };
        self.effects.clear();
        let _ = self.agent.handle(&cx, self.now, input, &mut self.effects);
    }

    pub(crate) fn wait(&mut self, span: Span) {
        self.now = Now { wall: self.now.wall.after(span), awake: self.now.awake.after(span) };
        self.give(Input::Tick);
    }

    pub(crate) fn polled(&self, of: Workload) -> Option<Token> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Send { token, request: Request::Poll { workload, .. } } if *workload == of => Some(*token),
            _ => None,
        })
    }

    pub(crate) fn started(&self) -> Token {
        let run = |effect: &Effect| match effect {
            Effect::Run { token, .. } => Some(*token),
            _ => None,
        };
        self.effects.iter().find_map(run).expect("a run")
    }

    /// The report among the last effects: its request's token, and which script it is on.
    fn report(&self) -> Option<(Token, PolicyId)> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Send { token, request: Request::Report(Report::Script(report)) } => Some((*token, report.policy)),
            _ => None,
        })
    }

    pub(crate) fn answer(&mut self, token: Token, answer: &Answer<'_>) {
        self.give(Input::Answered { token, at: self.now.wall, answer });
    }

    pub(crate) fn due(&self, of: Timer) -> Option<Deadline> {
        self.agent.timers().find(|(timer, _)| *timer == of).map(|(_, due)| due)
    }
}

/// B-10.5a: with a new certificate, what was asked without it is given up, and not what begins because of that.
#[test]
fn a_row_of_check_ins_goes_on_with_the_new_certificate() {
    let mut bench = Bench::polling(Profile::default());
    bench.give(Input::Certificate(false));
    bench.give(Input::Certificate(true));
    let token = bench.polled(Workload::RequiredApp).expect("the row goes on with required apps");
    assert!(bench.polled(Workload::AvailableApp).is_none(), "and no further: {:?}", bench.effects);
    bench.answer(token, &Answer::Nothing);
    assert!(bench.polled(Workload::AvailableApp).is_some(), "the answer counts");
}

/// C1: of two check-ins for required apps, one of them by itself and one of a row that waits, the second begins when the first has
/// been given up, and not while it still is. A hunt found the order turned round (seed 105882).
#[test]
fn a_row_of_check_ins_waits_for_what_is_given_up_with_the_old_certificate() {
    let mut bench = Bench::polling(Profile::default());
    bench.give(Input::Sync(SyncRequest::ProtocolSyncApp));
    assert!(bench.polled(Workload::RequiredApp).is_some(), "the row is at its scripts");
    bench.give(Input::Certificate(false));
    let cx = Context::new(&bench.profile, &bench.facts, bench.chance);
    let mut notes = Notes::default();
    let _ = bench.agent.handle(&cx, bench.now, Input::Certificate(true), &mut notes);
    let place = |wanted: fn(&Event) -> bool| notes.0.iter().position(wanted);
    let failed = place(|event| matches!(event, Event::CheckInFailed { workload: Workload::RequiredApp, .. }));
    let begun = place(|event| matches!(event, Event::CheckIn { workload: Workload::RequiredApp, .. }));
    assert!(failed.is_some() && begun.is_some() && failed < begun, "{:?}", notes.0);
}

/// Keeps what an agent notes.
#[derive(Default)]
struct Notes(Vec<Event>);

impl Sink for Notes {
    fn effect(&mut self, _: Effect) {}

    fn note(&mut self, _: RuleId, event: Event) {
        self.0.push(event);
    }
}

/// B-10.6, B-10.7: a service that was not broken is not mended, and the device is as unknown as before.
#[test]
fn a_device_that_the_service_does_not_know_is_not_mended_with_the_windows_service() {
    let mut bench = Bench::polling(Profile::default());
    let token = bench.polled(Workload::Script).expect("a poll");
    bench.give(Input::Failed { token, failure: Failure::DeviceUnknown });
    let due = bench.due(Timer::RemoveIrrecoverable);
    assert!(due.is_some());
    bench.wait(Span::mins(1));
    bench.give(Input::Service(ServiceChange::Mended));
    assert_eq!(bench.due(Timer::RemoveIrrecoverable), due);
}

/// B-4.11, B-4.27: a step of the clock moves nothing that counts awake time, in the first delay either.
#[test]
fn a_step_of_the_clock_takes_no_first_delay_away() {
    for (count, moved) in [(TimersCount::Awake, false), (TimersCount::Wall, true)] {
        let mut profile = Profile::default();
        profile.ime.timers_count = count;
        let mut bench = Bench::new(profile, Chance::Highest);
        let due = bench.due(Timer::PollScript);
        bench.give(Input::ClockChanged);
        assert_eq!(bench.due(Timer::PollScript) != due, moved, "{count:?}");
    }
}

/// B-4.17, B-4.18: nobody is polled for who is gone, and who comes next has the whole delay.
#[test]
fn a_sign_in_ends_with_its_session() {
    for gone in [SessionChange::AllSignedOut, SessionChange::SignOut(UserId(1))] {
        let mut bench = Bench::polling(Profile::default());
        bench.give(Input::Session(SessionChange::SignIn(UserId(1))));
        bench.wait(Span::secs(20));
        bench.give(Input::Session(gone));
        assert_eq!(bench.due(Timer::SignIn), None, "{gone:?}");
        bench.give(Input::Session(SessionChange::SignIn(UserId(2))));
        assert_eq!(bench.due(Timer::SignIn), Some(Deadline::Awake(bench.now.awake.after(Span::secs(30)))));
    }
}

/// B-5.25: the report on a run comes after its delay, also where the report on another run was taken just then.
#[test]
fn a_report_does_not_ride_on_the_one_before() {
    let mut bench = Bench::polling(Profile::default());
    let token = bench.polled(Workload::Script).expect("a poll");
    let second = ScriptPolicy { id: PolicyId(1), ..SCRIPT };
    bench.answer(token, &Answer::Scripts([SCRIPT, second][..].into()));
    let token = bench.started();
    bench.give(Input::Completed { token, outcome: WELL });
    let second = bench.started();
    bench.wait(Span::secs(5));
    let (token, _) = bench.report().expect("the first report");
    bench.give(Input::Completed { token: second, outcome: WELL });
    bench.answer(token, &Answer::Accepted);
    assert_eq!(bench.report(), None, "right after its run");
    bench.wait(Span::secs(5));
    assert_eq!(bench.report().map(|(_, policy)| policy), Some(PolicyId(1)));
}

/// B-5.19, B-1.24: what waits for its user uses up no try, whatever the clock shows.
#[test]
fn a_wrong_clock_uses_up_no_try_of_a_script_without_its_user() {
    let mut profile = Profile::default();
    profile.elig.clock_failure_counts = true;
    let mut bench = Bench::polling(profile);
    let token = bench.polled(Workload::Script).expect("a poll");
    let script = ScriptPolicy { run_as: RunAs::User, ..SCRIPT };
    let at = bench.now.wall.after(Span::days(400));
    bench.give(Input::Answered {
        token,
        at,
        answer: &Answer::Scripts([script, ScriptPolicy { id: PolicyId(1), ..SCRIPT }][..].into()),
    });
    let tries: Vec<u16> = bench.agent.scripts().iter().map(|record| record.downloads).collect();
    assert_eq!(tries, [0, 1]);
}

/// B-4.5, B-9.5: the grid of the script timer does not move, also where its point is overdue when the interval changes.
#[test]
fn the_script_grid_stands_still_under_an_overdue_point() {
    let mut bench = Bench::polling(Profile::default());
    let start = bench.now.awake;
    let token = bench.polled(Workload::Script).expect("a poll");
    bench.answer(token, &Answer::Scripts([SCRIPT][..].into()));
    let token = bench.started();
    bench.give(Input::Completed { token, outcome: WELL });
    bench.wait(Span::hours(8).saturating_sub(Span::secs(10)));
    bench.give(Input::Sync(SyncRequest::CompanyPortal));
    let token = bench.polled(Workload::Script).expect("a poll by the sync");
    bench.now = Now { wall: bench.now.wall.after(Span::secs(30)), awake: bench.now.awake.after(Span::secs(30)) };
    bench.answer(token, &Answer::Nothing);
    assert_eq!(bench.due(Timer::PollScript), Some(Deadline::Awake(start.after(Span::hours(24)))));
}

const PACKAGE: Assigned = Assigned { id: PolicyId(100), revision: 1, target: Target::Device };

/// A remediation that runs in the 30th hour, and one that runs every hour.
fn packages() -> Library {
    let mut library = Library::default();
    let once = Schedule::Once { at: START.wall.after(Span::hours(30)), utc: true };
    let hourly = Schedule::Hourly(Hours::try_from(1).expect("an hour"));
    for (id, schedule) in [(100, once), (101, hourly)] {
        let content = Remediation { schedule, ..Remediation::default() };
        library.insert(PolicyId(id), 1, Item::Remediation(Box::new(content)));
    }
    library.insert(PolicyId(200), 1, Item::Discovery(Box::default()));
    library
}

/// B-6.4, B-6.6: a restart of the service loses no slot of a remediation.
#[test]
fn a_slot_outlives_a_restart_of_the_service() {
    let mut bench = Bench::polling(Profile::default());
    bench.library = packages();
    let token = bench.polled(Workload::Remediation).expect("a poll");
    bench.answer(token, &Answer::Remediations([PACKAGE][..].into()));
    let due = bench.due(Timer::RemediationClock);
    assert!(due.is_some());
    bench.give(Input::Service(ServiceChange::Stopped));
    bench.give(Input::Service(ServiceChange::Started));
    assert_eq!(bench.due(Timer::RemediationClock), due);
    bench.wait(Span::hours(30));
    bench.started();
}

/// B-10.5a: from the check-in that learned of it on, nothing runs on a device that is not managed, however long the agent
/// stays; managed again before it has left, it goes on.
#[test]
fn nothing_runs_between_the_end_of_management_and_the_removal() {
    let mut profile = Profile::default();
    profile.removal.after_detect = Span::days(3);
    let mut bench = Bench::polling(profile);
    bench.library = packages();
    let hourly = Assigned { id: PolicyId(101), ..PACKAGE };
    let discovery = Assigned { id: PolicyId(200), ..PACKAGE };
    let apps = bench.polled(Workload::Script).expect("a poll");
    let (fetch, compliance) = (bench.polled(Workload::Remediation), bench.polled(Workload::Compliance));
    bench.answer(fetch.expect("a poll"), &Answer::Remediations([PACKAGE, hourly][..].into()));
    bench.answer(compliance.expect("a poll"), &Answer::Discovery([discovery][..].into()));
    let token = bench.started();
    bench.give(Input::Completed { token, outcome: RunOutcome::Discovered { error: 0, output: 1 } });
    bench.answer(apps, &Answer::NotManaged);
    for _ in 0..40 {
        bench.wait(Span::hours(1));
        bench.give(Input::Sync(SyncRequest::CheckCompliance));
        assert!(!bench.effects.iter().any(|effect| matches!(effect, Effect::Run { .. })), "{:?}", bench.effects);
    }
    bench.give(Input::Certificate(true));
    bench.started();
}

/// B-6.8: what is not assigned any more is forgotten, also while something else runs on demand that the answer names in a revision
/// that cannot be had.
#[test]
fn a_run_on_demand_keeps_no_other_remediation() {
    let mut bench = Bench::polling(Profile::default());
    bench.library = packages();
    let fetch = bench.polled(Workload::Remediation).expect("a poll");
    bench.answer(fetch, &Answer::Remediations([PACKAGE][..].into()));
    bench.give(Input::OnDemand { policy: PolicyId(101), revision: 1 });
    let kept = |bench: &Bench| bench.agent.remediations().map(|record| record.policy.0).collect::<Vec<_>>();
    assert_eq!(kept(&bench), [100, 101]);
    bench.give(Input::Service(ServiceChange::Stopped));
    bench.give(Input::Service(ServiceChange::Started));
    bench.give(Input::Tick);
    let fetch = bench.polled(Workload::Remediation).expect("a poll");
    let unavailable = Assigned { id: PolicyId(101), revision: 5, ..PACKAGE };
    bench.answer(fetch, &Answer::Remediations([unavailable][..].into()));
    assert_eq!(kept(&bench), [101]);
}

/// B-6.8, B-12.8: what targets a user in place of the device is forgotten for the device, also in a revision that cannot be had.
#[test]
fn a_remediation_that_changes_hands_is_not_kept_for_the_device() {
    let mut bench = Bench::polling(Profile::default());
    bench.library = packages();
    let fetch = bench.polled(Workload::Remediation).expect("a poll");
    bench.answer(fetch, &Answer::Remediations([PACKAGE][..].into()));
    assert_eq!(bench.agent.remediations().count(), 1);
    bench.give(Input::Session(SessionChange::SignIn(UserId(1))));
    bench.give(Input::Service(ServiceChange::Stopped));
    bench.give(Input::Service(ServiceChange::Started));
    bench.give(Input::Tick);
    let fetch = bench.polled(Workload::Remediation).expect("a poll");
    let hers = Assigned { target: Target::User, revision: 5, ..PACKAGE };
    bench.answer(fetch, &Answer::Remediations([hers][..].into()));
    assert_eq!(bench.agent.remediations().count(), 0);
}
