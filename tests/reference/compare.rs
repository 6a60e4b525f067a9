//! The agent and the model in one world.

use std::collections::BTreeSet;

use imesim::agent::{
    Agent, AppEvent, AppNotice, Context, Effect, Event, Input, Run, ServiceChange, SessionChange, Sink, SyncRequest,
};
use imesim::facts::Join;
use imesim::profile::Version;
use imesim::protocol::{Answer, AppList, PolicyId, Request, RunAs, ScriptPolicy, Target, Token, UserId, Workload};
use imesim::rules::RuleId;
use imesim::time::{Now, Wall, Zone};

use super::app_world::{self, APP, Assignments};
use super::common::{Checked, START, Setting, Suite, TICKS_MAX, ensure, is_due, pass, step_clock};
use super::model::{At, Model};
use super::setting::{DISCOVERY, REMEDIATION, zone};
use super::show::{self, same};
use super::world::{Change, Fate, Step};

/// What the agent wants and notes. `Persist` is marked and not listed.
#[derive(Default)]
struct Log {
    effects: Vec<Effect>,
    notes: Vec<(RuleId, Event)>,
    persisted: bool,
}

impl Log {
    /// What the user is shown of apps (B-7.32).
    fn notices(&self) -> impl Iterator<Item = (PolicyId, AppNotice)> {
        self.notes.iter().filter_map(|(_, event)| match event {
            Event::App(AppEvent::AppNotified { policy, notice }) => Some((*policy, *notice)),
            _ => None,
        })
    }
}

impl Sink for Log {
    fn effect(&mut self, effect: Effect) {
        if effect == Effect::Persist {
            self.persisted = true;
        } else {
            self.effects.push(effect);
        }
    }

    fn note(&mut self, rule: RuleId, event: Event) {
        self.notes.push((rule, event));
    }
}

/// A script as the service has it.
#[derive(Clone, Copy)]
struct Assigned {
    revision: u32,
    target: Option<Target>,
    run_as: RunAs,
}

impl Assigned {
    fn change(&mut self, change: Change) {
        match change {
            Change::Assigned(target) => self.target = target,
            Change::RunAs(run_as) => (self.run_as, self.revision) = (run_as, self.revision + 1),
            Change::Content => self.revision += 1,
        }
    }

    /// How it reaches the device with a poll for a user, if it does.
    fn target_for(&self, user: UserId) -> Option<Target> {
        match self.target? {
            Target::User if user.is_device() => None,
            Target::Both if user.is_device() => Some(Target::Device),
            target => Some(target),
        }
    }
}

struct Both<'s> {
    setting: &'s Setting,
    zone: Zone,
    suite: &'s mut Suite,
    now: Now,
    /// The service's time: that of the device without what its clock was stepped by.
    true_time: Wall,
    agent: Agent,
    model: Model,
    /// What was last to be on disk.
    disk: (Vec<u8>, Model),
    requests: Vec<(Token, Request)>,
    runs: Vec<(Token, Run)>,
    scripts: [Assigned; 4],
    discovery: [Assigned; 4],
    remediations: [Assigned; 6],
    apps: Assignments,
    /// The apps on the device.
    there: BTreeSet<PolicyId>,
    /// The agent has told the device to restart.
    restarts: bool,
    managed: bool,
    /// The inputs so far, for the reader of a failure, if there is one.
    story: Option<Vec<String>>,
}

/// Lets a world take its course.
pub(crate) fn run(setting: &Setting, steps: &[Step], suite: &mut Suite, tells: bool) -> Checked {
    let mut both = Both::new(setting, suite, tells);
    if let Some(story) = &mut both.story {
        let states = [1, 11].map(|revision| setting.library.relations_of(PolicyId(APP), revision));
        story.push(format!("{:?}", states.map(|state| state.map(|state| state.relations().collect::<Vec<_>>()))));
    }
    both.begin()?;
    steps.iter().try_for_each(|step| both.step(step))
}

impl<'s> Both<'s> {
    /// Both before anything happens; `tells` if there is to be a story of it.
    fn new(setting: &'s Setting, suite: &'s mut Suite, tells: bool) -> Self {
        let (agent, model) = (Agent::absent(), Model::absent());
        let script = Assigned { revision: 1, target: None, run_as: RunAs::System };
        Self {
            setting,
            zone: setting.zone.clone(),
            suite,
            now: START,
            true_time: START.wall,
            disk: (agent.snapshot().as_bytes().to_vec(), model.clone()),
            agent,
            model,
            requests: Vec::new(),
            runs: Vec::new(),
            scripts: [
                Assigned { target: Some(Target::Device), ..script },
                Assigned { target: Some(Target::Both), run_as: RunAs::User, ..script },
                script,
                script,
            ],
            discovery: [script; 4],
            remediations: [script; 6],
            apps: Assignments::new(),
            there: BTreeSet::new(),
            restarts: false,
            managed: true,
            story: tells.then(Vec::new),
        }
    }

    /// A device is enrolled, and the agent comes to it.
    fn begin(&mut self) -> Checked {
        self.give(Input::Certificate(true))?;
        self.give(Input::Installed(Version([1, 103, 0, 0])))?;
        self.give(Input::Service(ServiceChange::Started))
    }

    fn step(&mut self, step: &Step) -> Checked {
        match *step {
            Step::Pass(_) if self.restarts => self.reboot(),
            Step::Pass(passage) => {
                let now = pass(self.now, passage, self.agent.wake());
                self.true_time = self.true_time.after(now.wall.since(self.now.wall));
                self.now = now;
                self.quiet()
            }
            Step::Clock { by, told } => {
                self.now = step_clock(self.now, by);
                if told { self.give(Input::ClockChanged) } else { Ok(()) }
            }
            Step::Network { pick, fate, again } => self.network(pick, fate, again),
            Step::Ends { pick, outcome, luck, again } => {
                let Some(place) = self.runs.len().checked_sub(1 + usize::from(pick)) else { return Ok(()) };
                let (token, run) = if again { self.runs[place] } else { self.runs.remove(place) };
                // Once in a while the host gets it wrong.
                let fits = app_world::is_step(run.task) && luck != 0;
                let outcome = if fits { app_world::outcome(&run, luck, &mut self.there) } else { outcome };
                self.give(Input::Completed { token, outcome })
            }
            Step::Script { id, change } => {
                self.scripts[id as usize].change(change);
                Ok(())
            }
            Step::Discovery { id, change } => {
                self.discovery[id as usize].change(change);
                Ok(())
            }
            Step::Remediation { id, change } => {
                self.remediations[id as usize].change(change);
                Ok(())
            }
            Step::OnDemand(id) => {
                let policy = PolicyId(REMEDIATION + id);
                self.give(Input::OnDemand { policy, revision: self.remediations[id as usize].revision })
            }
            Step::App { id, change } => {
                self.apps.all[id as usize].change(change);
                Ok(())
            }
            Step::AppThere { id, there } => {
                let id = PolicyId(APP + id);
                if there {
                    self.there.insert(id)
                } else {
                    self.there.remove(&id)
                };
                Ok(())
            }
            Step::AppAsked { id, present } => {
                let id = PolicyId(APP + id);
                self.give(Input::Sync(if present { SyncRequest::App(id) } else { SyncRequest::AppRemoval(id) }))
            }
            Step::Relate => {
                self.apps.related_anew = true;
                Ok(())
            }
            Step::Zone(stretches) => {
                self.zone = zone(stretches);
                self.give(Input::ClockChanged)
            }
            Step::Esp(phase) => self.give(Input::Esp(phase)),
            Step::Snooze => self.give(Input::Snooze),
            Step::Reboot => self.reboot(),
            Step::Policies(policies) => self.give(Input::Policies(policies)),
            Step::Managed { managed, certificate } => {
                self.managed = managed;
                if certificate { self.give(Input::Certificate(managed)) } else { Ok(()) }
            }
            Step::Certificate(there) => self.give(Input::Certificate(there)),
            Step::Install(version) => self.give(Input::Installed(version)),
            Step::Service(change) => self.give(Input::Service(change)),
            Step::Session(change) => self.give(Input::Session(change)),
            Step::DarkWake(on) => self.give(Input::DarkWake(on)),
            Step::Sync(request) => self.give(Input::Sync(request)),
            Step::Push(id) => self.give(Input::Push(id)),
            Step::RecordDeleted(policy) => self.give(Input::RecordDeleted(policy)),
            Step::HealthDue(after) => self.give(Input::HealthDue(after)),
            Step::Remove(reason) => self.give(Input::Remove(reason)),
            Step::Killed { old } => {
                if let Some(story) = &mut self.story {
                    story.push(format!("killed, old: {old}"));
                }
                if old {
                    self.agent = Agent::restore(&self.disk.0).unwrap();
                    self.model = self.disk.1.killed();
                } else {
                    self.agent = Agent::restore(self.agent.snapshot().as_bytes()).unwrap();
                    self.model = self.model.killed();
                }
                self.give(Input::ClockChanged)
            }
        }
    }

    fn reboot(&mut self) -> Checked {
        self.restarts = false;
        self.give(Input::Service(ServiceChange::Stopped))?;
        self.give(Input::Session(SessionChange::AllSignedOut))?;
        self.give(Input::Service(ServiceChange::Started))
    }

    fn network(&mut self, pick: u8, fate: Fate, again: bool) -> Checked {
        let Some(place) = self.requests.len().checked_sub(1 + usize::from(pick)) else { return Ok(()) };
        let (token, request) = if again { self.requests[place] } else { self.requests.remove(place) };
        let answer = match fate {
            Fate::Failed(failure) => return self.give(Input::Failed { token, failure }),
            Fate::Confused(0) => Answer::Accepted,
            Fate::Confused(1) => Answer::Nothing,
            Fate::Confused(2) => Answer::Enrolled,
            Fate::Confused(3) => self.short(request),
            Fate::Confused(4) => Answer::Apps(AppList::default()),
            Fate::Confused(_) => Answer::Scripts(Vec::new().into()),
            Fate::Answered => self.answer(request),
        };
        self.give(Input::Answered { token, at: self.true_time, answer: &answer })
    }

    /// What the service answers.
    fn answer(&self, request: Request) -> Answer<'static> {
        match request {
            _ if !self.managed => Answer::NotManaged,
            Request::Poll { workload: Workload::Script, user, .. } => Answer::Scripts(self.scripts_for(user).into()),
            Request::Poll { workload: workload @ (Workload::RequiredApp | Workload::AvailableApp), user, .. } => {
                Answer::Apps(self.apps.answer(&self.setting.library, workload, user).into())
            }
            Request::Poll { workload: Workload::Remediation, user, .. } => {
                Answer::Remediations(self.assigned(&self.remediations, REMEDIATION, user).into())
            }
            Request::Poll { workload: Workload::Compliance, user, .. } => {
                Answer::Discovery(self.assigned(&self.discovery, DISCOVERY, user).into())
            }
            _ => Answer::Accepted,
        }
    }

    /// An answer that leaves out what apps need or replace.
    fn short(&self, request: Request) -> Answer<'static> {
        match self.answer(request) {
            Answer::Apps(list) => {
                Answer::Apps(list.policies().iter().filter(|policy| !policy.intents.is_empty()).copied().collect())
            }
            other => other,
        }
    }

    fn scripts_for(&self, user: UserId) -> Vec<ScriptPolicy> {
        let assigned = (0..).zip(self.scripts).filter_map(|(id, script)| {
            let target = script.target_for(user)?;
            let Assigned { revision, run_as, .. } = script;
            Some(ScriptPolicy { id: PolicyId(id), revision, target, run_as, bitness_change: false })
        });
        assigned.collect()
    }

    fn assigned(&self, of: &[Assigned], first: u32, user: UserId) -> Vec<imesim::protocol::Assigned> {
        // A registered device is told what targets its user as well, and must not heed it (B-8.6).
        let registered = self.setting.facts.join == Join::Registered;
        let target = |item: &Assigned| item.target.filter(|_| registered).or_else(|| item.target_for(user));
        let assigned = (first..).zip(of).filter_map(|(id, item)| {
            Some(imesim::protocol::Assigned { id: PolicyId(id), revision: item.revision, target: target(item)? })
        });
        assigned.collect()
    }

    /// Ticks as long as something is due.
    fn quiet(&mut self) -> Checked {
        for _ in 0..TICKS_MAX {
            self.give(Input::Tick)?;
            if !is_due(&self.agent.wake(), self.now) {
                return Ok(());
            }
        }
        ensure(false, || "still due".to_owned())
    }

    /// Gives an input to both, and compares.
    fn give(&mut self, input: Input<'_>) -> Checked {
        self.suite.steps += 1;
        let cx = Context {
            profile: &self.setting.profile,
            facts: &self.setting.facts,
            chance: self.setting.chance,
            library: &self.setting.library,
            zone: &self.zone,
            enrolled: self.setting.enrolled,
        };
        let before = self.story.as_ref().map(|_| format!("{:?}", self.model));
        let mut log = Log::default();
        let wake = self.agent.handle(&cx, self.now, input, &mut log);
        let effects = self.model.handle(&cx, self.now, &input);
        self.suite.reached.extend(log.notes.iter().map(|(rule, _)| *rule));
        if let Some(story) = &mut self.story {
            story.push(format!("{:?} {input:?} -> {:?}", self.now, log.effects));
        }
        let deadlines = self.model.deadlines(&At { cx: &cx, now: self.now, effects: Vec::new() });
        let tags = self.model.installer_from.is_some_and(|from| from <= self.now.awake);
        let all = same("effects", &log.effects, &effects)
            .and_then(|()| same("notices", &log.notices().collect::<Vec<_>>(), &self.model.shown))
            .and_then(|()| same("deadlines", &self.agent.timers().collect::<Vec<_>>(), &deadlines))
            .and_then(|()| same("next deadlines", &wake, &next(&deadlines)))
            .and_then(|()| same("tags", &self.agent.tags_installs(self.now), &tags))
            .and_then(|()| show::all(&self.agent, &self.model))
            .and_then(|()| show::ages(&self.agent, &self.model, &self.setting.library));
        all.or_else(|what| {
            let story = self.story.as_ref().map_or(String::new(), |story| story.join("\n"));
            let (notes, before) = (&log.notes, before.unwrap_or_default());
            ensure(false, || format!("{what}\nnotes {notes:?}\nbefore {before}\n{story}\nDIFF {what}\nnotes {notes:?}"))
        })?;

        if log.persisted {
            self.disk = (self.agent.snapshot().as_bytes().to_vec(), self.model.clone());
        }
        for effect in effects {
            match effect {
                Effect::Send { token, request } => self.requests.push((token, request)),
                Effect::Run { token, run } => self.runs.push((token, run)),
                Effect::Restart => self.restarts = true,
                _ => {}
            }
        }
        Ok(())
    }
}

/// The earliest deadline on each clock; of equal ones that of the first timer.
fn next(deadlines: &[(imesim::agent::Timer, imesim::agent::Deadline)]) -> imesim::time::Wake<imesim::agent::Timer> {
    use imesim::agent::Deadline;
    let mut wake = imesim::time::Wake::NEVER;
    for (timer, due) in deadlines {
        match *due {
            Deadline::Awake(at) if wake.awake.is_none_or(|(first, _)| at < first) => wake.awake = Some((at, *timer)),
            Deadline::Wall(at) if wake.wall.is_none_or(|(first, _)| at < first) => wake.wall = Some((at, *timer)),
            Deadline::Awake(_) | Deadline::Wall(_) => {}
        }
    }
    wake
}
