//! What a running process shows of itself, and what is shown of one that does not run. `imesim-agent status` prints it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ShownFact;
use super::store::{self, StoreError};
use crate::agent::{Agent, Deadline, RecordState, Status, Timer};
use crate::protocol::{Failure, Workload};
use crate::time::{Now, Wall};

/// What the process writes into its state folder while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The process.
    pub pid: u32,
    /// When this was written.
    pub at: String,
    /// The version of the agent.
    pub version: Option<String>,
    /// Where it is in its life.
    pub status: Status,
    /// When it wants to be called again, and for what.
    pub next: Vec<Next>,
    /// Effects held back because the state could not be written.
    pub held: usize,
    /// The agent's log files.
    pub logs: ShownLogs,
    /// The facts of the machine and where they come from, if the machine was asked.
    pub facts: Vec<ShownFact>,
    /// In lines for people: the last check-in, what is known of the MDM channel, who is signed in.
    pub around: Vec<String>,
}

/// The log files of a running process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownLogs {
    /// Where they are.
    pub folder: String,
    /// How many records could not be written since the process began.
    pub lost: u64,
}

/// One armed timer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// Which.
    pub timer: Timer,
    /// When; for one that counts awake time, if the device does not sleep until then.
    pub at: String,
    /// It counts awake time.
    pub awake: bool,
}

impl Shown {
    /// What an agent shows of itself now.
    pub fn of(agent: &Agent, now: Now, held: usize, logs: ShownLogs, facts: &[ShownFact], around: Vec<String>) -> Self {
        let mut next: Vec<(Wall, Next)> = agent.timers().map(|(timer, at)| next(timer, at, now)).collect();
        next.sort_by_key(|(at, _)| *at);
        Self {
            pid: std::process::id(),
            at: time(now.wall),
            version: agent.version().map(|version| version.to_string()),
            status: agent.status(),
            next: next.into_iter().map(|(_, next)| next).collect(),
            held,
            logs,
            facts: facts.to_vec(),
            around,
        }
    }

    /// True if a reader would learn something new; the moment of writing is nothing new.
    pub fn differs(&self, other: &Self) -> bool {
        (self.status, &self.version, self.held, &self.logs) != (other.status, &other.version, other.held, &other.logs)
            || (&self.facts, &self.around) != (&other.facts, &other.around)
            || self.next.iter().map(|next| next.timer).ne(other.next.iter().map(|next| next.timer))
    }
}

fn next(timer: Timer, deadline: Deadline, now: Now) -> (Wall, Next) {
    let (at, awake) = match deadline {
        Deadline::Awake(at) => (now.wall.after(at.since(now.awake)), true),
        Deadline::Wall(at) => (at, false),
    };
    (at, Next { timer, at: time(at), awake })
}

/// How a check-in went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckIn {
    /// When it was over.
    pub at: Wall,
    /// Of which workload.
    pub workload: Workload,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
}

/// The last run of a script for a user, as it lies in the state folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunResult {
    /// What was run: its task, id and revision.
    pub run: String,
    /// For which user id.
    pub user: u8,
    /// Which try it was.
    pub attempt: u16,
    /// When it began.
    pub began: String,
    /// When it ended.
    pub ended: String,
    /// How: `exit 0`, `stopped` and the like.
    pub outcome: String,
    /// The beginning of what it printed.
    pub stdout: String,
    /// How many bytes it printed.
    pub stdout_bytes: u64,
    /// The beginning of what it wrote to the error stream.
    pub stderr: String,
    /// How many bytes that was.
    pub stderr_bytes: u64,
}

/// What a state folder shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Where the service manager sees the service, if there is one.
    pub service: Option<&'static str>,
    /// `running`, `stopped`, `not installed` or `damaged`.
    pub state: &'static str,
    /// What the running process shows.
    pub process: Option<Shown>,
    /// What the agent keeps of each script: its id, user id, tries and how it stands.
    pub scripts: Vec<String>,
    /// The last run of each piece of content and user.
    pub results: BTreeMap<String, RunResult>,
}

/// Looks at a state folder, whoever holds it.
///
/// # Errors
/// [`StoreError`] if the state is there and cannot be read.
pub fn show(folder: &Path, is_held: bool) -> Result<View, StoreError> {
    let agent = store::read_state(folder)?.map(|saved| saved.ok().map(|saved| Agent::restore(&saved.snapshot)));
    let (state, agent) = match agent {
        None => ("not installed", None),
        Some(Some(Ok(agent))) => (if is_held { "running" } else { "stopped" }, Some(agent)),
        Some(Some(Err(_)) | None) => ("damaged", None),
    };
    let process = store::read_status(folder).filter(|_| is_held).and_then(|text| serde_json::from_str(&text).ok());
    let records = agent.as_ref().map(Agent::scripts).unwrap_or_default();
    let scripts = records.iter().map(|record| {
        let state = match record.state {
            RecordState::Pending => "pending",
            RecordState::Success => "success",
            RecordState::Failed => "failed",
            RecordState::Skipped => "skipped",
        };
        let reported = if record.unreported { ", not reported yet" } else { "" };
        format!(
            "script {} revision {} user {}: {state}, {} tries, exit code {}{reported}",
            record.policy.0, record.revision, record.user.0, record.downloads, record.exit_code
        )
    });
    let mut results = BTreeMap::new();
    for entry in fs::read_dir(store::results_in(folder)).into_iter().flatten().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        if let (Some(name), Ok(result)) = (entry.path().file_stem(), serde_json::from_str(&text)) {
            results.insert(name.to_string_lossy().into_owned(), result);
        }
    }
    Ok(View { service: None, state, process, scripts: scripts.collect(), results })
}

impl View {
    /// As text for a terminal.
    pub fn text(&self) -> String {
        let mut lines = vec![format!("agent: {}", self.state)];
        lines.extend(self.service.map(|state| format!("service: {state}")));
        if let Some(process) = &self.process {
            let version = process.version.as_deref().unwrap_or("none");
            lines.push(format!("process {}, version {version}: {}", process.pid, word(&process.status)));
            if process.held > 0 {
                lines.push(format!("{} effects are held back: the state cannot be written", process.held));
            }
            lines.push(format!("logs in {}", process.logs.folder));
            if process.logs.lost > 0 {
                lines.push(format!("{} records of the logs were lost", process.logs.lost));
            }
            lines.extend(process.around.iter().cloned());
            let told = process.facts.iter();
            lines.extend(told.map(|ShownFact { name, value, from }| format!("fact {name} = {value}, from {from}")));
            for next in &process.next {
                let clock = if next.awake { " if awake" } else { "" };
                lines.push(format!("  {}  {}{clock}", next.at, word(&next.timer)));
            }
        }
        lines.extend(self.scripts.iter().cloned());
        for result in self.results.values() {
            let RunResult { run, user, outcome, ended, stdout, stderr, .. } = result;
            lines.push(format!("{run} user {user}: {outcome} at {ended}"));
            for (stream, text) in [("out", stdout), ("err", stderr)] {
                lines.extend(text.lines().take(SHOWN_LINES).map(|line| format!("  {stream}: {line}")));
            }
        }
        lines.join("\n")
    }
}

/// The word under which serde knows a value without fields.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).map_or_else(|_| String::new(), |word| word.trim_matches('"').to_owned())
}

/// A moment as text, in UTC.
pub(super) fn time(at: Wall) -> String {
    let time = chrono::DateTime::from_timestamp_millis(at.unix_millis());
    time.map_or_else(|| "never".to_owned(), |time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}

/// How many lines of an output are shown.
const SHOWN_LINES: usize = 5;
