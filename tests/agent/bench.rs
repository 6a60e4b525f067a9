//! A bench for one agent: folders, a configuration, a service over TCP that keeps what it is told, and processes that are
//! killed at the end whatever happens.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use imesim::driver::tcp::Server;
use imesim::driver::{Clock, RealClock};
use imesim::protocol::{Report, ScriptReport};

use crate::tenant::{Told, tenant, until};

pub(crate) struct Bench {
    folder: PathBuf,
    told: Arc<Mutex<Told>>,
    _server: Server,
}

impl Bench {
    pub(crate) fn new(name: &str) -> Self {
        Self::with(name, "")
    }

    /// A bench with more in its configuration.
    pub(crate) fn with(name: &str, more: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("agent-{name}"));
        let _none_before = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("content")).unwrap();
        let (told, server) = tenant();
        let config = format!(
            "service = \"tcp://{}\"\nstate = \"state\"\nversion = \"1.94.0.0\"\njitter = \"off\"\n\
             [set]\n\"scripts.report_delay\" = \"0s\"\n{more}",
            server.address()
        );
        fs::write(folder.join("agent.toml"), config).unwrap();
        Self { folder, told, _server: server }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("agent.toml")
    }

    /// Puts lines before all others of the configuration.
    pub(crate) fn say_first(&self, lines: &str) {
        let rest = fs::read_to_string(self.config()).unwrap();
        fs::write(self.config(), format!("{lines}{rest}")).unwrap();
    }

    /// The clock on the wall, in UTC.
    pub(crate) fn now_millis(&self) -> i64 {
        RealClock::new().now().wall.unix_millis()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// Writes a file into the bench's folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A script that begins in the bench's folder.
    pub(crate) fn script(&self, id: u32, text: &str) {
        self.write(&format!("content/{id}.sh"), &self.text(text));
    }

    pub(crate) fn text(&self, text: &str) -> String {
        format!("cd '{}'\n{text}\n", self.folder.display())
    }

    pub(crate) fn assign(&self, scripts: &[u32]) {
        self.told().scripts = scripts.to_vec();
    }

    pub(crate) fn unmanaged(&self) {
        self.told().unmanaged = true;
    }

    pub(crate) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap()
    }

    pub(crate) fn polls(&self) -> usize {
        self.told().polls
    }

    pub(crate) fn reports(&self) -> Vec<ScriptReport> {
        let script = |report: &Report| if let Report::Script(report) = report { Some(*report) } else { None };
        self.told().reports.iter().filter_map(script).collect()
    }

    /// Waits for so many reports, and a little for one more that must not come.
    pub(crate) fn wait_for_reports(&self, count: usize) {
        until("reports", || self.told().reports.len() >= count);
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(self.told().reports.len(), count, "{:?}", self.told().reports);
    }

    /// The lines of a file in the bench's folder.
    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// How many processes of this agent's runs there are.
    pub(crate) fn processes(&self) -> usize {
        let mark = format!("IMESIM_AGENT_RUN={}:", self.state().display());
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let environments = entries.filter_map(|entry| fs::read(entry.path().join("environ")).ok());
        environments.filter(|text| String::from_utf8_lossy(text).contains(&mark)).count()
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imesim-agent"));
        command.args(words).arg("--config").arg(self.config()).stdin(Stdio::null());
        command.env("TZ", ZONE);
        command
    }

    /// Calls a command to its end: its exit code, and what it printed on both streams.
    pub(crate) fn call(&self, word: &str) -> (i32, String) {
        let output = self.command(&[word]).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(text).unwrap())
    }

    /// Starts the agent and waits until it runs.
    pub(crate) fn start(&self) -> Running {
        let out = fs::File::create(self.folder.join("out")).unwrap();
        let child = self.command(&["run", "--decisions"]).stdout(out.try_clone().unwrap()).stderr(out).spawn().unwrap();
        let running = Running { child, out: self.folder.join("out") };
        until("the agent to begin", || running.said().contains("the agent runs"));
        running
    }
}

/// The zone in which all machines of the tests are: so many seconds east of UTC.
pub(crate) const EAST_SECS: i64 = 19_800;
const ZONE: &str = "TEST-5:30";

/// An agent that was started.
pub(crate) struct Running {
    child: Child,
    out: PathBuf,
}

impl Running {
    pub(crate) fn said(&self) -> String {
        let mut text = String::new();
        fs::File::open(&self.out).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// As a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As a service manager would; it must end well.
    pub(crate) fn terminate(self) -> String {
        let sent = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
        self.wait()
    }

    /// Waits for its end; it must end well.
    pub(crate) fn wait(mut self) -> String {
        let end = Instant::now() + Duration::from_secs(60);
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => assert!(Instant::now() < end, "it does not end: {}", self.said()),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(status.success(), "{status}: {}", self.said());
        self.said()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _over = self.child.kill();
        let _over = self.child.wait();
    }
}
