//! The Windows service as an administrator meets it: installed, started, told things, killed, removed. It is one service
//! with one name, so it is one story in one test.
#![cfg(windows)]
#![allow(clippy::disallowed_methods, reason = "files, processes and time are real")]
#![allow(unsafe_code, reason = "a call of the service manager that no tool of Wine makes")]

#[path = "agent/tenant.rs"]
mod tenant;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use imesim::driver::tcp::Server;
use imesim::protocol::{Report, ScriptReport, ScriptResult};
use imesim::windows::health::TASK;
use tenant::{Told, tenant, until};
use windows_service::service::ServiceAccess;
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};

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
        // What stands for PowerShell says how it was called.
        let host = folder.join("host.cmd");
        fs::write(&host, format!("@echo %*>> \"{}\"\r\n", folder.join("hosts").display())).unwrap();
        let signed = |id: u32| {
            let file = format!("{id}.ps1");
            fs::write(folder.join("content").join(&file), "exit 0\r\n").unwrap();
            format!("[[remediation]]\nid = {id}\ndetect = \"{file}\"\nhost_bits = 64\nsignature_check = true\n")
        };
        // There is no 32-bit host everywhere. Whoever is signed in counts, so that work is theirs: user 1.
        let config = format!(
            "service = \"tcp://{}\"\nversion = \"1.94.0.0\"\njitter = \"off\"\nall_users = true\n\
             [facts]\njoin = \"entra\"\n[interpreters]\ncmd = [\"cmd.exe\", \"/d\", \"/c\", \"{{file}}\"]\n\
             ps1 = ['cmd.exe', '/d', '/c', '{}', '-ExecutionPolicy', '{{policy}}', '-File', '{{file}}']\n\
             [set]\n\"scripts.report_delay\" = \"0s\"\n\"ime.signin_delay\" = \"1s\"\n\"rem.first_run_delay\" = \"0s\"\n\
             [[script]]\nid = 9\nfile = \"9.cmd\"\nsignature_check = true\n{}{}",
            server.address(),
            host.display(),
            signed(7),
            signed(8)
        );
        fs::write(folder.join("content/9.cmd"), "echo unsigned>> ran\r\n").unwrap();
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

    fn stop_and_disable(&self) {
        self.must(&["stop"]);
        let manager = ServiceManager::local_computer(None::<&str>, ServiceManagerAccess::CONNECT).unwrap();
        let service = manager.open_service(imesim::windows::NAME, ServiceAccess::CHANGE_CONFIG).unwrap();
        use std::ptr::{null, null_mut};
        use windows_sys::Win32::System::Services::{ChangeServiceConfigW, SERVICE_DISABLED, SERVICE_NO_CHANGE as SAME};
        let handle = service.raw_handle();
        // SAFETY: the service is open with the right to change it, and nothing but its start type is changed.
        let done = unsafe {
            ChangeServiceConfigW(
                handle,
                SAME,
                SERVICE_DISABLED,
                SAME,
                null(),
                null(),
                null_mut(),
                null(),
                null(),
                null(),
                null(),
            )
        };
        assert_ne!(done, 0, "{}", std::io::Error::last_os_error());
    }

    fn pid(&self) -> String {
        let (_, text) = self.with_config("status", &["--json"]);
        let pid = text.split("\"pid\": ").nth(1).and_then(|rest| rest.split(',').next());
        pid.unwrap_or_else(|| panic!("no process: {text}")).to_owned()
    }
}

/// A tool of Windows, and whether it did what it was told. It may start what lives on and would hold a pipe.
fn tool(program: &str, words: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap().success()
}

/// What came with the service: the health task (B-10.8), the protocol of the portal's links (B-4.15), and, once it has run, the
/// name of the boot.
fn around() -> (bool, bool, bool) {
    let has_key = |key| tool("reg", &["query", key]);
    let task = PathBuf::from(r"C:\windows\system32\Tasks").join(TASK).exists();
    (task, has_key(r"HKLM\SOFTWARE\Classes\intunemanagementextension"), has_key(r"HKLM\SOFTWARE\imesim-agent"))
}

#[test]
fn a_service_from_its_installation_to_its_removal() {
    let bench = Bench::new();
    let state = PathBuf::from("C:\\ProgramData\\imesim-agent");
    bench.script(1, &["echo hello", "echo ran>> ran"]);
    bench.told().scripts = vec![1, 9];
    bench.told().remediations = vec![7];

    // Before there is a service.
    assert_eq!(bench.program(&["start"]), (2, "imesim-agent: the service is not installed\r\n".replace("\r", "")));
    let (code, text) = bench.with_config("service", &[]);
    assert!(code == 2 && text.contains("the service manager has not started this process"), "{text}");
    let (code, text) = bench.with_config("status", &[]);
    assert_eq!((code, text.as_str()), (1, "agent: not installed\n"));
    let (code, text) = bench.program(&["health"]);
    assert!(code == 1 && text.starts_with("the service exists: failed"), "B-10.10: {text}");
    assert_eq!(around(), (false, false, false));

    // Installed once, started once: it polls, and a script runs.
    let (code, text) = bench.with_config("install", &["--test-hooks"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.starts_with("the service ImesimAgent is installed\n"), "{text}");
    assert!(!text.contains("task") && !text.contains("protocol"), "both were made: {text}");
    assert_eq!(around(), (true, true, false));
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
    // B-5.20: nobody has signed the ninth, so that it is not run, which is reported and said.
    until("the report of the unsigned script", || !bench.reports_of(9).is_empty());
    assert!(bench.reports_of(9).iter().all(|report| report.result == ScriptResult::Failed));
    assert_eq!(bench.lines("ran"), 1);
    let said = fs::read_to_string(state.join("messages.log")).unwrap();
    assert!(said.contains("script 9 was not started: "), "{said}");
    assert_eq!(around(), (true, true, true));
    // On a client the policy of the device lets no remediation with the check run.
    let refused = "detect 7 was not started: the execution policy of this device is Restricted";
    until("the remediation to be refused", || {
        fs::read_to_string(state.join("messages.log")).is_ok_and(|said| said.contains(refused))
    });
    assert_eq!(bench.lines("hosts"), 0);
    let (code, text) = bench.with_config("run", &[]);
    assert!(code == 2 && text.contains("another instance is running"), "{text}");

    // B-4.15: the control code of the portal starts an app check-in at once, another code starts nothing.
    until("the app check-ins of the start", || bench.told().app_polls == 2);
    let before = bench.told().app_polls;
    bench.must(&["control", "201"]);
    bench.must(&["control", "200"]);
    until("the app check-in", || bench.told().app_polls == before + 1);
    assert_eq!(bench.program(&["control", "99"]).0, 2);

    // The same by a link, as Windows follows it; there is no other verb than the two.
    let before = bench.told().app_polls;
    assert!(tool("cmd", &["/d", "/c", "start", "intunemanagementextension://syncapp"]));
    until("the app check-in of the link", || bench.told().app_polls == before + 1);
    bench.must(&["portal", "intunemanagementextension://synccompliance"]);
    let (code, text) = bench.program(&["portal", "intunemanagementextension://restart"]);
    assert!(code == 2 && text.contains("is no link that the agent knows"), "{text}");

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
    // B-11.12: from the next start on the registry says how large log files grow.
    let logging = r"HKLM\SOFTWARE\Microsoft\IntuneWindowsAgent\Logging";
    assert!(tool("reg", &["add", logging, "/v", "LogMaxSize", "/d", "2000", "/f"]));
    // One that is set and lets it run is not told to the host, which finds it by itself.
    let preference = r"HKLM\SOFTWARE\Microsoft\PowerShell\1\ShellIds\Microsoft.PowerShell";
    assert!(tool("reg", &["add", preference, "/v", "ExecutionPolicy", "/d", "RemoteSigned", "/f"]));
    bench.told().remediations = vec![8];
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
    until("the remediation to run", || bench.lines("hosts") > 0);
    let hosts = fs::read_to_string(bench.folder.join("hosts")).unwrap();
    assert!(hosts.starts_with("-File ") && !hosts.contains("olicy"), "{hosts}");
    assert!(tool("reg", &["delete", preference, "/v", "ExecutionPolicy", "/f"]));

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
    let main_log: Vec<PathBuf> = fs::read_dir(state.join("Logs")).unwrap().map(|part| part.unwrap().path()).collect();
    let main_log: Vec<&PathBuf> =
        main_log.iter().filter(|part| part.to_string_lossy().contains("IntuneManagementExtension")).collect();
    assert!(main_log.len() > 1, "{main_log:?}");
    let has = |words: &str| main_log.iter().any(|part| fs::read_to_string(part).unwrap().contains(words));
    assert!(has("EMS Agent received shutdown signal"));
    assert!(tool("reg", &["delete", logging, "/f"]));

    // B-10.9, C-10.5: what the health task starts finds the service stopped and disabled, and mends both; then nothing.
    bench.must(&["start"]);
    bench.stop_and_disable();
    assert_eq!(bench.program(&["start"]).0, 2, "what is disabled does not start");
    let before = bench.told().polls;
    let (code, text) = bench.program(&["health"]);
    let lines: Vec<&str> = text.lines().collect();
    let rules = ["the service exists", "its start type is automatic", "it runs"];
    let mended = [": passed", ": mended, it was disabled", ": mended, it was stopped"];
    assert_eq!(
        (code, lines),
        (0, [0, 1, 2].map(|at| [rules[at], mended[at]].concat()).iter().map(String::as_str).collect())
    );
    until("the poll after the health check", || bench.told().polls > before);
    let (code, text) = bench.program(&["health"]);
    assert!(code == 0 && text.lines().all(|line| line.ends_with(": passed")), "{text}");
    assert_eq!(bench.lines("ran"), 1, "B-5.1: in all this time the first script ran once");

    // Removed while it runs, with nothing of its own left.
    let (code, text) = bench.with_config("remove", &[]);
    assert_eq!(code, 0, "{text}");
    assert!(!state.exists());
    assert_eq!(around(), (false, false, false));
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
    assert_eq!(around(), (false, false, false));
    fs::remove_dir_all(&bench.folder).unwrap();
}
