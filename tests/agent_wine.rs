//! A power cut: Wine is killed with the service in it, in the middle of a script, and started again. The other side of the wire
//! lives on, so this is a program of Linux: `.ci/windows` runs it in a Wine of its own, with the variables below. Without them it
//! tests nothing and says so, unless `IMESIM_WINDOWS=required`.
//!
//! | variable | names |
//! |---|---|
//! | `IMESIM_WINE_AGENT` | `imesim-agent.exe` |
//! | `IMESIM_WINESERVER` | Wine's server program |
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "files, processes and time are real")]

#[path = "agent/tenant.rs"]
mod tenant;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use imesim::driver::tcp::Server;
use imesim::protocol::{Report, ScriptReport};
use tenant::{Told, tenant, until};

struct Bench {
    folder: PathBuf,
    agent: String,
    server: String,
    told: Arc<Mutex<Told>>,
    _tenant: Server,
}

impl Bench {
    fn new(agent: String, server: String) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("agent-wine");
        let _none_before = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("content")).unwrap();
        let (told, tenant) = tenant();
        let config = format!(
            "service = \"tcp://{}\"\nversion = \"1.94.0.0\"\njitter = \"off\"\n\
             [interpreters]\ncmd = [\"cmd.exe\", \"/d\", \"/c\", \"{{file}}\"]\n\
             [set]\n\"scripts.report_delay\" = \"0s\"\n",
            tenant.address()
        );
        fs::write(folder.join("agent.toml"), config).unwrap();
        let text = format!(
            "@echo off\r\ncd /d \"{}\"\r\necho begin>> log\r\nif exist go echo end>> log& exit 0\r\n\
             cmd /c \"for /l %%i in () do echo x>> beat\"\r\n",
            in_wine(&folder)
        );
        fs::write(folder.join("content/1.cmd"), text).unwrap();
        told.lock().unwrap().scripts = vec![1];
        Self { folder, agent, server, told, _tenant: tenant }
    }

    /// Wine and its services come up, as a machine does. What it starts would hold a pipe for ever, so that there is none.
    fn power_on(&self) {
        quietly(Command::new(&self.server).arg("-p600"));
        quietly(Command::new("wine").args(["cmd", "/c", "exit"]));
    }

    /// Everything in it is killed at once.
    fn cut_power(&self) {
        quietly(Command::new(&self.server).arg("-k"));
        quietly(Command::new(&self.server).arg("-w"));
    }

    fn with_config(&self, word: &str) -> (i32, String) {
        let config = in_wine(&self.folder.join("agent.toml"));
        self.program(&[word, "--config", &config])
    }

    fn program(&self, words: &[&str]) -> (i32, String) {
        let output = Command::new("wine").arg(&self.agent).args(words).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code().unwrap(), text)
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn length(&self, name: &str) -> u64 {
        fs::metadata(self.folder.join(name)).map_or(0, |is| is.len())
    }

    /// The boot that the state file was written in.
    fn boot(&self) -> String {
        let prefix = std::env::var("WINEPREFIX").unwrap();
        let state = fs::read(Path::new(&prefix).join("drive_c/ProgramData/imesim-agent/agent.state")).unwrap();
        let head = String::from_utf8_lossy(state.split(|byte| *byte == b'\n').next().unwrap_or_default()).into_owned();
        let boot = head.split(' ').find_map(|word| word.strip_prefix("boot="));
        boot.unwrap_or_else(|| panic!("no boot: {head}")).to_owned()
    }

    fn polls(&self) -> usize {
        self.told.lock().unwrap().polls
    }

    fn reports(&self) -> Vec<ScriptReport> {
        let script = |report: &Report| if let Report::Script(report) = report { Some(*report) } else { None };
        self.told.lock().unwrap().reports.iter().filter_map(script).collect()
    }
}

/// How a program in Wine names a place of Linux.
fn in_wine(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

fn quietly(command: &mut Command) {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
}

/// B-5.10: a try that was cut off counts. B-4.13: the service starts with the machine and polls at once. B-5.1: what ended well is
/// not run again.
#[test]
fn a_power_cut_in_the_middle_of_a_script_costs_a_try_and_nothing_else() {
    let named = |name| std::env::var(name).ok();
    let (Some(agent), Some(server)) = (named("IMESIM_WINE_AGENT"), named("IMESIM_WINESERVER")) else {
        assert_ne!(named("IMESIM_WINDOWS").as_deref(), Some("required"), "no Wine is named");
        return println!("no Wine is named: no power is cut");
    };
    let bench = Bench::new(agent, server);
    bench.power_on();
    let (code, text) = bench.with_config("install");
    assert_eq!(code, 0, "{text}");
    let (code, text) = bench.program(&["start"]);
    assert_eq!(code, 0, "{text}");

    // Twice in the middle of the script; nothing of it outlives the cut.
    let mut boots = Vec::new();
    for tries in 1..=2 {
        until("the script to begin", || bench.lines("log").len() == tries);
        boots.push(bench.boot());
        let before = bench.length("beat");
        until("the script to work", || bench.length("beat") > before);
        bench.cut_power();
        let length = bench.length("beat");
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(bench.length("beat"), length, "nobody writes any more");
        assert_eq!(bench.reports().len(), 0, "what did not end is not reported");
        if tries == 2 {
            fs::write(bench.folder.join("go"), "").unwrap();
        }
        bench.power_on();
    }
    until("the report of the third try", || !bench.reports().is_empty());
    assert_eq!(bench.lines("log"), ["begin", "begin", "begin", "end"]);
    boots.push(bench.boot());
    assert!(boots.iter().all(|boot| !boot.is_empty()) && boots[0] != boots[1] && boots[1] != boots[2], "{boots:?}");
    let (code, text) = bench.with_config("status");
    assert!(code == 0 && text.contains("script 1 revision 1 user 0: success, 3 tries, exit code 0"), "{text}");

    // At whatever moment it is cut: the state is whole, nothing runs twice, nothing is reported twice.
    let mut before = bench.polls();
    for millis in [0, 30, 60, 100, 150, 300, 600] {
        std::thread::sleep(Duration::from_millis(millis));
        bench.cut_power();
        before = bench.polls();
        bench.power_on();
    }
    until("a poll after all cuts", || bench.polls() > before);
    let (code, text) = bench.with_config("status");
    assert!(code == 0 && text.starts_with("agent: running\nservice: running\n"), "{text}");
    assert_eq!((bench.reports().len(), bench.reports()[0].exit_code, bench.lines("log").len()), (1, 0, 4));

    let (code, text) = bench.with_config("remove");
    assert!(code == 0 && !text.contains("is not the agent's"), "no state was set aside: {text}");
    assert_eq!(bench.with_config("status"), (1, "agent: not installed\n".to_owned()));
    bench.cut_power();
    fs::remove_dir_all(&bench.folder).unwrap();
}
