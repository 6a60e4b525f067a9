//! The host on a real machine: carries out what the agent wants, and keeps what its runs printed.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::show::{CheckIn, RunResult, time, word};
use super::task::{self, Place, Plan};
use super::{Anchor, Config, Finished, Machine, Process, Store};
use crate::agent::{Event, Run, RunOutcome, RunRefusal, Snapshot};
use crate::driver::{Host, HostError, ServiceStart};
use crate::protocol::{RunAs, Token};
use crate::rules::RuleId;
use crate::time::{Now, Wall};

/// A host over a [`Machine`].
#[derive(Debug)]
pub struct MachineHost<M: Machine> {
    machine: Arc<M>,
    config: Arc<Config>,
    store: Store<M>,
    anchor: Anchor,
    users: Vec<String>,
    mark: String,
    under_way: Vec<Underway<M::Process>>,
    answers: VecDeque<(Token, RunOutcome)>,
    ended: Receiver<(Token, Finished)>,
    tell: Sender<(Token, Finished)>,
    waker: Thread,
    decisions: bool,
    is_uninstalled: bool,
    check_in: Option<CheckIn>,
}

#[derive(Debug)]
struct Underway<P> {
    token: Token,
    run: Run,
    began: Wall,
    process: P,
    text: Option<PathBuf>,
    is_stopped: bool,
}

impl<M: Machine> MachineHost<M> {
    /// A host that begins: what an agent before it left running is ended.
    ///
    /// It belongs to the thread that makes it, which is woken when a run ends. With `decisions`, each decision of the agent is
    /// printed with its rule.
    pub fn new(machine: Arc<M>, config: Arc<Config>, store: Store<M>, anchor: Anchor, decisions: bool) -> Self {
        let (tell, ended) = channel();
        let users = store.users();
        let mark = format!("{}:", store.folder().display());
        machine.end_leftovers(&mark);
        Self {
            machine,
            config,
            store,
            anchor,
            users,
            mark,
            under_way: Vec::new(),
            answers: VecDeque::new(),
            ended,
            tell,
            waker: thread::current(),
            decisions,
            is_uninstalled: false,
            check_in: None,
        }
    }

    /// True once the agent was taken off the device.
    pub const fn is_uninstalled(&self) -> bool {
        self.is_uninstalled
    }

    /// Changes what ids stand for from now on.
    pub fn set_config(&mut self, config: Arc<Config>) {
        self.config = config;
    }

    /// How the last check-in went, if there was one since this was asked.
    pub const fn take_check_in(&mut self) -> Option<CheckIn> {
        self.check_in.take()
    }

    /// True while a process runs.
    pub fn is_busy(&self) -> bool {
        !self.under_way.is_empty() || !self.answers.is_empty()
    }

    /// The state folder.
    pub const fn store(&self) -> &Store<M> {
        &self.store
    }

    /// The users, in the order of their ids from 1 on.
    pub fn users(&self) -> &[String] {
        &self.users
    }

    /// The id of a user, a new one for one that was not seen before; `None` when there are none left.
    ///
    /// # Errors
    /// [`HostError`] if a new id is not on disk; it is then not given.
    pub fn id_of(&mut self, user: &str) -> Result<Option<u8>, HostError> {
        let known = self.users.iter().position(|known| known.eq_ignore_ascii_case(user));
        let place = match known {
            Some(place) => place,
            None if self.users.len() >= USERS_MAX => return Ok(None),
            None => {
                let mut users = self.users.clone();
                users.push(user.to_owned());
                self.store.write_users(&users)?;
                self.users = users;
                self.users.len() - 1
            }
        };
        Ok(u8::try_from(place + 1).ok())
    }

    /// Ends what still runs and waits a little for its output; the state folder is free then.
    pub fn close(mut self) -> Store<M> {
        for underway in &self.under_way {
            underway.process.stop();
        }
        self.settle();
        self.store
    }

    /// Waits a little for runs that were ended, so that what they printed is kept.
    #[allow(clippy::disallowed_methods, reason = "processes end in real time")]
    pub(super) fn settle(&mut self) {
        let until = Instant::now() + GRACE;
        while self.under_way.iter().any(|underway| underway.is_stopped) {
            let Ok((token, finished)) = self.ended.recv_timeout(until.saturating_duration_since(Instant::now())) else {
                return;
            };
            self.over(token, &finished);
        }
    }

    /// A process ended: its text goes, its output stays. Gives what the agent is to be told, if it waits for it.
    fn over(&mut self, token: Token, finished: &Finished) -> Option<(Token, RunOutcome)> {
        let place = self.under_way.iter().position(|underway| underway.token == token)?;
        let Underway { run, began, text, is_stopped, .. } = self.under_way.remove(place);
        if let Some(text) = text {
            let _kept = fs::remove_file(text);
        }
        let outcome = if is_stopped { "stopped".to_owned() } else { format!("exit {}", finished.code) };
        self.keep_result(&run, began, outcome, finished);
        (!is_stopped).then(|| (token, task::outcome(&self.config, &run, finished)))
    }

    /// The result file of a run, in place of that of the run before of the same content and user (B-5.22). It is for people:
    /// that it could not be written changes nothing for the agent.
    fn keep_result(&self, run: &Run, began: Wall, outcome: String, finished: &Finished) {
        let name = format!("{}-{}-{}", word(&run.task), run.policy.0, run.user.0);
        let result = RunResult {
            run: format!("{} {} revision {}", word(&run.task), run.policy.0, run.revision),
            user: run.user.0,
            attempt: run.attempt,
            began: time(began),
            ended: time(self.machine.read().wall),
            outcome,
            stdout: finished.stdout.text(),
            stdout_bytes: finished.stdout.total,
            stderr: finished.stderr.text(),
            stderr_bytes: finished.stderr.total,
        };
        let path = self.store.results().join(format!("{name}.json"));
        let new = path.with_extension("new");
        let _old = fs::remove_file(&new);
        let written = serde_json::to_vec(&result).map_err(std::io::Error::from).and_then(|text| {
            let mut file = self.machine.private_file(&new)?;
            std::io::Write::write_all(&mut file, &text)?;
            drop(file);
            self.machine.replace(&new, &path)
        });
        if let Err(error) = written {
            self.store.say(&format!("the result of a run was not kept: {error}"));
        }
    }

    fn start(&mut self, now: Now, token: Token, run: Run) -> Option<RunOutcome> {
        let place = Place {
            scripts: self.store.scripts(run.run_as == RunAs::User),
            mark: &self.mark,
            token: token.number(),
            users: &self.users,
        };
        let (job, text) = match task::plan(&*self.machine, &self.config, &run, &place) {
            Plan::Answer(outcome) => return Some(outcome),
            Plan::Refuse(refused) => {
                self.store.say(&format!("{} {} was not started: {refused}", word(&run.task), run.policy.0));
                return Some(RunOutcome::Refused(RunRefusal::Unavailable));
            }
            Plan::Start(job, text) => (job, text),
            Plan::Unsigned(fault) => {
                self.store.say(&format!("{} {} was not started: {fault}", word(&run.task), run.policy.0));
                return Some(RunOutcome::Refused(RunRefusal::Signature));
            }
        };
        let (tell, waker) = (self.tell.clone(), self.waker.clone());
        let on_end = Box::new(move |finished| {
            // Nobody listens any more once the host is closed.
            drop(tell.send((token, finished)));
            waker.unpark();
        });
        match self.machine.start(&job, on_end) {
            Ok(process) => {
                self.under_way.push(Underway { token, run, began: now.wall, process, text, is_stopped: false });
                None
            }
            Err(error) => {
                self.store.say(&format!("{} {} was not started: {error}", word(&run.task), run.policy.0));
                if let Some(text) = text {
                    let _kept = fs::remove_file(text);
                }
                Some(RunOutcome::Refused(RunRefusal::Unavailable))
            }
        }
    }
}

impl<M: Machine> Host for MachineHost<M> {
    fn persist(&mut self, snapshot: &Snapshot) -> Result<(), HostError> {
        let reading = self.machine.read().awake;
        let awake = self.anchor.awake_at(reading);
        let anchor = Anchor { awake, reading, boot: self.anchor.boot.clone() };
        self.store.write_state(&anchor, snapshot.as_bytes())
    }

    fn run(&mut self, now: Now, token: Token, run: Run) {
        if let Some(outcome) = self.start(now, token, run) {
            self.answers.push_back((token, outcome));
        }
    }

    fn stop(&mut self, token: Token) {
        self.answers.retain(|(answered, _)| *answered != token);
        for underway in self.under_way.iter_mut().filter(|underway| underway.token == token) {
            underway.is_stopped = true;
            underway.process.stop();
        }
    }

    fn ended(&mut self, _now: Now) -> Option<(Token, RunOutcome)> {
        if let Some(answer) = self.answers.pop_front() {
            return Some(answer);
        }
        while let Ok((token, finished)) = self.ended.try_recv() {
            if let Some(told) = self.over(token, &finished) {
                return Some(told);
            }
        }
        None
    }

    fn set_automatic(&mut self) {
        // How the service starts is set at its installation; a process that is not a service has no start type.
    }

    fn start_service(&mut self) -> ServiceStart {
        // This process is the agent's service, and it runs.
        ServiceStart::Started
    }

    fn restart(&mut self) {
        let Some([program, args @ ..]) = self.config.restart.as_deref() else {
            return self.store.say("the agent wants the device restarted; no `restart` is configured");
        };
        let started = Command::new(program).args(args).stdin(Stdio::null()).spawn();
        match started {
            // Whoever restarts the device ends this process too; nobody needs to wait.
            Ok(_child) => {}
            Err(error) => self.store.say(&format!("the device was not restarted: {error}")),
        }
    }

    fn uninstall(&mut self) {
        self.is_uninstalled = true;
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "of all that is decided two things are of interest here")]
    fn note(&mut self, now: Now, rule: RuleId, event: Event) {
        match event {
            Event::CheckInFailed { workload, failure } => {
                self.check_in = Some(CheckIn { at: now.wall, workload, failure: Some(failure) });
            }
            Event::CheckInDone { workload, .. } => {
                self.check_in = Some(CheckIn { at: now.wall, workload, failure: None });
            }
            _ => {}
        }
        if self.decisions {
            let event = serde_json::to_string(&event).unwrap_or_default();
            let line = format_args!("{} {rule} {event}", time(now.wall));
            // Once nobody can read them any more, none is printed; the agent goes on.
            self.decisions = crate::out::print_while_read(line);
        }
    }
}

/// The agent knows users by numbers from 1 to 31.
const USERS_MAX: usize = 31;
/// How long runs that were ended are waited for.
const GRACE: Duration = Duration::from_secs(5);
