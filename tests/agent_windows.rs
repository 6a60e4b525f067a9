//! The Windows service as an administrator meets it: installed, started, told things, killed, removed. It is one service
//! with one name, so it is one story in one test.
#![cfg(windows)]
#![allow(clippy::disallowed_methods, reason = "files, processes and time are real")]

#[path = "agent/tenant.rs"]
mod tenant;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use imesim::driver::tcp::Server;
use imesim::protocol::{Report, ScriptReport};
use tenant::{Told, tenant, until};

struct Bench {
    folder: PathBuf,
    told: Arc<Mutex<Told>>,
    _server: Server,
}

impl Bench {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("imesim-service-{}", std::process::id()));
        fs::create_dir_all(folder.join("content")).unwrap();
        let (told, server) = tenant();
        // There is no 32-bit host everywhere. Whoever is signed in counts, so that work is theirs: user 1.
        let config = format!(
            "service = \"tcp://{}\"\nversion = \"1.94.0.0\"\njitter = \"off\"\nall_users = true\n\
             [facts]\njoin = \"entra\"\n[interpreters]\ncmd = [\"cmd.exe\", \"/d\", \"/c\", \"{{file}}\"]\n\
             [set]\n\"scripts.report_delay\" = \"0s\"\n\"ime.signin_delay\" = \"1s\"\n",
            server.address()
        );
        fs::write(folder.join("agent.toml"), config).unwrap();
        Self { folder, told, _server: server }
    }

    fn script(&self, id: u32, lines: &[&str]) {
        let text = format!("@echo off\r\ncd /d \"{}\"\r\n{}\r\n", self.folder.display(), lines.join("\r\n"));
        fs::write(self.folder.join(format!("content/{id}.cmd")), text).unwrap();
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap()
    }

    fn reports_of(&self, id: u32) -> Vec<ScriptReport> {
        let script = |report: &Report| if let Report::Script(report) = report { Some(*report) } else { None };
        self.told().reports.iter().filter_map(script).filter(|report| report.policy.0 == id).collect()
    }

    fn lines(&self, name: &str) -> usize {
        fs::read_to_string(self.folder.join(name)).unwrap_or_default().lines().count()
    }

    fn program(&self, words: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_imesim-agent")).args(words).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code().unwrap(), text)
    }

    fn with_config(&self, word: &str, more: &[&str]) -> (i32, String) {
        let config = self.folder.join("agent.toml").display().to_string();
        self.program(&[&[word, "--config", config.as_str()], more].concat())
    }

    /// A command that must succeed.
    fn must(&self, words: &[&str]) {
        let (code, text) = self.program(words);
        assert_eq!(code, 0, "{words:?}: {text}");
    }

    fn pid(&self) -> String {
        let (_, text) = self.with_config("status", &["--json"]);
        let pid = text.split("\"pid\": ").nth(1).and_then(|rest| rest.split(',').next());
        pid.unwrap_or_else(|| panic!("no process: {text}")).to_owned()
    }
}

#[test]
fn a_service_from_its_installation_to_its_removal() {
    let bench = Bench::new();
    let state = PathBuf::from("C:\\ProgramData\\imesim-agent");
    bench.script(1, &["echo hello", "echo ran>> ran"]);
    bench.told().scripts = vec![1];

    // Before there is a service.
    assert_eq!(bench.program(&["start"]), (2, "imesim-agent: the service is not installed\r\n".replace("\r", "")));
    let (code, text) = bench.with_config("service", &[]);
    assert!(code == 2 && text.contains("the service manager has not started this process"), "{text}");
    let (code, text) = bench.with_config("status", &[]);
    assert_eq!((code, text.as_str()), (1, "agent: not installed\n"));

    // Installed once, started once: it polls, and a script runs.
    let (code, text) = bench.with_config("install", &["--test-hooks"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("the service ImesimAgent is installed\n"), "{text}");
    assert_eq!(bench.with_config("install", &[]).0, 2, "it is there already");
    bench.must(&["start"]);
    assert_eq!(bench.program(&["start"]).0, 2, "it runs already");
    until("the script to be reported", || bench.reports_of(1).len() == 1);
    let (code, text) = bench.with_config("status", &[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("agent: running\nservice: running\n"), "{text}");
    assert!(text.contains("script 1 revision 1 user 1: success") && text.contains("  out: hello"), "{text}");
    assert!(text.contains("fact join = entra, from the configuration\n"), "{text}");
    assert!(text.contains("fact os_build = ") && text.contains(", from this device: "), "{text}");
    let log = fs::read_to_string(state.join("Logs/IntuneManagementExtension.log")).unwrap();
    assert!(log.contains("EMS Agent Started") && log.contains("Polling thread starts"), "{log}");
    let (code, text) = bench.with_config("run", &[]);
    assert!(code == 2 && text.contains("another instance is running"), "{text}");

    // B-4.15: the control code of the portal starts an app check-in at once, another code starts nothing.
    until("the app check-ins of the start", || bench.told().app_polls == 2);
    let before = bench.told().app_polls;
    bench.must(&["control", "201"]);
    bench.must(&["control", "200"]);
    until("the app check-in", || bench.told().app_polls == before + 1);
    assert_eq!(bench.program(&["control", "99"]).0, 2);

    // Power and clock, by hooks: nothing is lost, and it runs on.
    for code in ["130", "131", "134", "132"] {
        bench.must(&["control", code]);
    }

    // B-4.17: a sign-in brings a poll for the user and the user's scripts; lock and unlock bring nothing.
    bench.script(2, &["echo as user"]);
    bench.told().as_user = vec![2];
    bench.told().scripts = vec![1, 2];
    for code in ["147", "148", "145"] {
        bench.must(&["control", code]);
    }
    until("the user's script", || !bench.reports_of(2).is_empty());
    assert!(bench.reports_of(2).iter().all(|report| report.exit_code == 0), "{:?}", bench.reports_of(2));
    bench.must(&["control", "146"]);

    // Stopped in good order, and started: it polls at once (B-4.13).
    bench.must(&["stop"]);
    bench.must(&["stop"]);
    let (code, text) = bench.with_config("status", &[]);
    assert!(code == 1 && text.starts_with("agent: stopped\nservice: stopped\n"), "{text}");
    let before = bench.told().polls;
    bench.script(
        3,
        &[
            "echo begin>> log",
            "if exist again echo end>> log& exit 0",
            "echo x> again",
            "cmd /c \"for /l %%i in () do echo x>> beat\"",
        ],
    );
    bench.told().scripts = vec![3];
    bench.must(&["start"]);
    until("the poll after the start", || bench.told().polls > before);

    // Killed in the middle of a script: the job takes the whole tree along; the next process tries again, and reports once.
    until("the script to work", || bench.lines("beat") > 0);
    let killed = Command::new("taskkill").args(["/f", "/pid", &bench.pid()]).output().unwrap();
    assert!(killed.status.success(), "{killed:?}");
    until("the lock to be free", || bench.with_config("status", &[]).0 == 1);
    std::thread::sleep(Duration::from_millis(500));
    let beats = bench.lines("beat");
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(bench.lines("beat"), beats, "nothing of its tree is left");
    bench.must(&["start"]);
    until("the report of the next try", || !bench.reports_of(3).is_empty());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!((bench.reports_of(3).len(), bench.lines("log")), (1, 3));
    let (_, text) = bench.with_config("status", &[]);
    assert!(text.contains("script 3 revision 1 user 1: success, 2 tries"), "B-5.10: {text}");

    // Preshutdown, by a hook, ends it in good order.
    bench.must(&["control", "133"]);
    until("the end before shutdown", || {
        bench.with_config("status", &[]).1.starts_with("agent: stopped\nservice: stopped\n")
    });
    bench.must(&["start"]);
    assert_eq!(bench.lines("ran"), 1, "B-5.1: in all this time the first script ran once");

    // Removed while it runs, with nothing of its own left.
    let (code, text) = bench.with_config("remove", &[]);
    assert_eq!(code, 0, "{text}");
    assert!(!state.exists());
    let (code, text) = bench.with_config("status", &[]);
    assert_eq!((code, text.as_str()), (1, "agent: not installed\n"));

    // A configuration that has become wrong: the service ends with its own exit code.
    let good = fs::read_to_string(bench.folder.join("agent.toml")).unwrap();
    assert_eq!(bench.with_config("install", &[]).0, 0);
    fs::write(bench.folder.join("agent.toml"), "colour = 1\n").unwrap();
    let (code, text) = bench.program(&["start"]);
    assert!(code == 2 && text.contains("the service ended at its start with exit code 1"), "{text}");

    // A device that is not managed any more: agent and service leave by themselves.
    fs::write(bench.folder.join("agent.toml"), good).unwrap();
    bench.told().unmanaged = true;
    let (code, text) = bench.program(&["start"]);
    assert!(code == 0 || text.contains("error 0 of Windows"), "it may be gone before it is seen to run: {text}");
    until("everything to be gone", || bench.with_config("status", &[]).1 == "agent: not installed\n");
    assert!(!state.exists());
    fs::remove_dir_all(&bench.folder).unwrap();
}
