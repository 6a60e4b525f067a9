//! Somebody else's agent in our world: a small one that runs scripts, with two bugs in how it keeps its file.
//!
//! ```text
//! cargo run --example other_agent
//! ```
//!
//! It knows nothing of this crate's agent. It is told what happens, with the two clocks, and says what it wants done; the
//! hunt does to it what is done to ours, and the judges watch what it does. First it writes its file too seldom, then it
//! believes whatever the file holds; both are found and made small. Then it is mended, and nothing is found any more.

use std::error::Error;

use imesim::agent::{Context, Effect, Input, Run, RunOutcome, ServiceChange, SessionChange, Sink, Task};
use imesim::check::foreign::{Foreign, ForeignAgent};
use imesim::check::hunt::{Base, Ground, Options, hunt_on, minimize, scenario_of};
use imesim::device::Refusal;
use imesim::profile::Version;
use imesim::protocol::{Answer, Failure, PolicyId, Request, RunAs, ScriptPolicy, Token, UserId, Workload};
use imesim::time::{Awake, Now, Span, Wall};
use serde::{Deserialize, Serialize};

fn main() -> Result<(), Box<dyn Error>> {
    let base = Base::office();
    let options = Options { seeds: 1..1_001, ..Options::default() };

    for habit in [Habit::WritesWhenAnswered, Habit::BelievesItsFile, Habit::ChecksItsFile] {
        println!("== {habit:?}");
        let agent = || Foreign::new(Poller::new(habit));
        let ground = Ground::with_agent(&base, &agent)?;
        let found = hunt_on(&ground, &options);
        let Some((case, failure)) = found.failure else {
            println!("it breaks nothing in {} worlds and {} days", found.seeds, found.coverage.days);
            continue;
        };
        println!("seed {}: {}", case.seed, failure.violation);
        let (small, failure) = minimize(&ground, &case, failure.violation.invariant, 2_000, |_| {});
        let scenario = scenario_of(&base, &ground, &small, &failure.ok_or("it does not fail again")?);
        let story = scenario.find("[replay]").map_or("", |place| &scenario[place..]);
        println!("As little as that is enough:\n\n{story}");
        if habit == Habit::ChecksItsFile {
            return Err("the mended agent has a bug".into());
        }
    }
    Ok(())
}

/// What the agent does with its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// It is written after each answer. What was done since then is gone with the power.
    WritesWhenAnswered,
    /// It is written after each change, and before what cannot be undone. Whatever it holds is believed.
    BelievesItsFile,
    /// It ends with a check sum, and is refused if that is wrong.
    ChecksItsFile,
}

/// An agent that asks for scripts every hour and runs each until it has succeeded, four times at most.
#[derive(Debug)]
struct Poller {
    habit: Habit,
    /// What Windows knows.
    version: Version,
    users: Vec<UserId>,
    is_dark: bool,
    /// When its scheduled task looks whether the service runs.
    watchdog_at: Option<Awake>,
    /// What is in the file.
    kept: Kept,
    /// What ends with the process.
    is_running: bool,
    poll_at: Option<Awake>,
    asked: Option<(Token, UserId, Awake)>,
    queue: Vec<(ScriptPolicy, UserId)>,
    run: Option<(Token, usize, Awake)>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    tokens: u32,
    /// When it leaves, if what keeps it from working has not ended by then.
    leaves_at: Option<Awake>,
    scripts: Vec<Script>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Script {
    policy: PolicyId,
    user: UserId,
    revision: u32,
    tries: u16,
    is_done: bool,
}

const EVERY: Span = Span::hours(1);
const PATIENCE: Span = Span::mins(1);
const LIMIT: Span = Span::mins(30);
const TRIES: u16 = 4;
const DAY: Span = Span::days(1);

impl Poller {
    const fn new(habit: Habit) -> Self {
        Self {
            habit,
            version: Version([1, 0, 0, 0]),
            users: Vec::new(),
            is_dark: false,
            watchdog_at: None,
            kept: Kept { tokens: 0, leaves_at: None, scripts: Vec::new() },
            is_running: false,
            poll_at: None,
            asked: None,
            queue: Vec::new(),
            run: None,
        }
    }

    fn token(&mut self) -> Token {
        self.kept.tokens += 1;
        Token::from_number(self.kept.tokens).unwrap_or(Token::FIRST)
    }

    fn changed(&self, out: &mut dyn Sink) {
        if self.habit != Habit::WritesWhenAnswered {
            out.effect(Effect::Persist);
        }
    }

    fn stop(&mut self) {
        (self.is_running, self.poll_at, self.asked, self.run) = (false, None, None, None);
        self.queue.clear();
    }

    /// It cannot work, or can again.
    fn works(&mut self, works: bool, now: Now, out: &mut dyn Sink) {
        if works == self.kept.leaves_at.is_some() {
            self.kept.leaves_at = (!works).then(|| now.awake.after(DAY));
            out.effect(Effect::Persist);
        }
    }

    /// Nothing of the agent stays.
    fn leave(&mut self, out: &mut dyn Sink) {
        self.stop();
        self.watchdog_at = None;
        out.effect(Effect::Uninstall);
    }

    /// Does whatever can be done now.
    fn go_on(&mut self, now: Now, out: &mut dyn Sink) {
        if self.kept.leaves_at.is_some_and(|at| at <= now.awake) {
            return self.leave(out);
        }
        if self.watchdog_at.is_some_and(|at| at <= now.awake) {
            self.watchdog_at = Some(now.awake.after(DAY));
            if !self.is_running {
                out.effect(Effect::SetAutomatic);
                out.effect(Effect::StartService);
            }
        }
        if let Some((_, _, until)) = self.asked
            && until <= now.awake
        {
            self.asked = None;
        }
        if let Some((token, place, until)) = self.run
            && until <= now.awake
        {
            out.effect(Effect::Stop { token });
            self.ended(place, false, out);
        }
        if self.is_dark || !self.is_running {
            return;
        }
        while self.run.is_none() && !self.queue.is_empty() {
            let (script, user) = self.queue.remove(0);
            self.begin(&script, user, now, out);
        }
        if self.poll_at.is_some_and(|at| at <= now.awake) && self.asked.is_none() && self.run.is_none() {
            let user = self.users.last().copied().unwrap_or(UserId::DEVICE);
            let token = self.token();
            self.poll_at = Some(now.awake.after(EVERY));
            self.asked = Some((token, user, now.awake.after(PATIENCE)));
            let request = Request::Poll { workload: Workload::Script, user, agent: self.version };
            out.effect(Effect::Send { token, request });
        }
    }

    fn begin(&mut self, script: &ScriptPolicy, user: UserId, now: Now, out: &mut dyn Sink) {
        let session = if script.run_as == RunAs::User { user } else { UserId::DEVICE };
        if script.run_as == RunAs::User && !self.users.contains(&session) {
            return; // Not now.
        }
        let place = self.kept.scripts.iter().position(|known| known.policy == script.id && known.user == user);
        let place = place.unwrap_or_else(|| {
            let (policy, revision) = (script.id, script.revision);
            self.kept.scripts.push(Script { policy, user, revision, tries: 0, is_done: false });
            self.kept.scripts.len() - 1
        });
        let known = &mut self.kept.scripts[place];
        if known.revision != script.revision {
            *known = Script { revision: script.revision, tries: 0, is_done: false, ..known.clone() };
        }
        if known.is_done || known.tries == TRIES {
            return;
        }
        known.tries += 1;
        let (policy, revision, attempt) = (script.id, script.revision, known.tries);
        let token = self.token();
        self.run = Some((token, place, now.awake.after(LIMIT)));
        self.changed(out);
        let run =
            Run { task: Task::Script, policy, revision, user, session, run_as: script.run_as, attempt, limit: LIMIT };
        out.effect(Effect::Run { token, run });
    }

    fn ended(&mut self, place: usize, well: bool, out: &mut dyn Sink) {
        self.run = None;
        self.kept.scripts[place].is_done |= well;
        self.changed(out);
    }
}

impl ForeignAgent for Poller {
    fn handle(&mut self, _: &Context<'_>, now: Now, input: &Input<'_>, out: &mut dyn Sink) {
        match *input {
            Input::Installed(version) => {
                self.stop();
                self.kept.leaves_at = None;
                self.version = version;
                self.watchdog_at = Some(now.awake.after(DAY));
                out.effect(Effect::Persist);
            }
            Input::Service(ServiceChange::Started) => {
                self.stop();
                self.is_running = true;
                self.poll_at = Some(now.awake.after(PATIENCE));
            }
            Input::Service(ServiceChange::Stopped) => self.stop(),
            Input::Service(ServiceChange::Broken) => {
                self.stop();
                self.works(false, now, out);
            }
            Input::Service(ServiceChange::Mended) => self.works(true, now, out),
            Input::Remove(_) => return self.leave(out),
            Input::Session(SessionChange::SignIn(user)) => {
                self.users.retain(|other| *other != user);
                self.users.push(user);
            }
            Input::Session(SessionChange::SignOut(user)) => self.users.retain(|other| *other != user),
            Input::Session(SessionChange::AllSignedOut) => self.users.clear(),
            Input::DarkWake(is_dark) => self.is_dark = is_dark,
            Input::RecordDeleted(policy) => {
                let of_it = |script: &&mut Script| script.policy == policy;
                self.kept
                    .scripts
                    .iter_mut()
                    .filter(of_it)
                    .for_each(|script| (script.tries, script.is_done) = (0, false));
                self.changed(out);
            }
            Input::Answered { token, answer, .. } => {
                if let Some((_, user, _)) = self.asked.take_if(|(asked, ..)| *asked == token) {
                    self.works(true, now, out);
                    match answer {
                        Answer::Scripts(scripts) => {
                            self.queue = scripts.iter().map(|script| (*script, user)).collect();
                        }
                        Answer::NotManaged => return self.leave(out),
                        _ => {}
                    }
                    out.effect(Effect::Persist);
                }
            }
            Input::Failed { token, failure } => {
                let was_asked = self.asked.take_if(|(asked, ..)| *asked == token).is_some();
                if was_asked && failure == Failure::DeviceUnknown {
                    self.works(false, now, out);
                }
            }
            Input::Completed { token, outcome } => {
                if let Some((_, place, _)) = self.run.filter(|(run, ..)| *run == token) {
                    let well = matches!(outcome, RunOutcome::Exited { code: 0, stderr: false, .. });
                    self.ended(place, well, out);
                }
            }
            _ => {}
        }
        self.go_on(now, out);
    }

    fn next(&self) -> (Option<Awake>, Option<Wall>) {
        let waits = [
            self.kept.leaves_at,
            self.asked.map(|(.., until)| until),
            self.run.map(|(.., until)| until),
            self.watchdog_at,
            self.poll_at.filter(|_| self.asked.is_none() && self.run.is_none() && !self.is_dark),
        ];
        (waits.into_iter().flatten().min(), None)
    }

    fn save(&self) -> Vec<u8> {
        let mut file = postcard::to_allocvec(&self.kept).unwrap_or_default();
        if self.habit == Habit::ChecksItsFile {
            file.extend(sum(&file).to_le_bytes());
        }
        file
    }

    fn load(&mut self, file: Option<&[u8]>) -> Result<(), Refusal> {
        self.stop();
        self.kept = Kept::default();
        if let Some(mut file) = file {
            if self.habit == Habit::ChecksItsFile {
                let (kept, expected) = file.split_last_chunk().ok_or_else(|| Refusal("cut short".to_owned()))?;
                if sum(kept) != u64::from_le_bytes(*expected) {
                    return Err(Refusal("damaged".to_owned()));
                }
                file = kept;
            }
            self.kept = postcard::from_bytes(file).map_err(|error| Refusal(error.to_string()))?;
        }
        Ok(())
    }
}

/// A check sum in which every changed byte shows.
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(1, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
