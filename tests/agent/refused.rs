//! What the program refuses, and that it says why.

use std::fs;

use crate::bench::Bench;
use crate::tenant::until;

#[test]
fn a_wrong_configuration_is_refused_with_line_and_column() {
    let bench = Bench::new("config");
    let service = "service = \"tcp://127.0.0.1:1\"\nversion = \"1.94.0.0\"\n";
    let cases = [
        ("service = \"tcp://127.0.0.1:1\"\n".to_owned(), ":1:1: missing field `version`"),
        (format!("{service}colour = 1\n"), ":3:1: unknown field `colour`, expected one of "),
        (
            "service = \"localhost\"\nversion = \"1.94.0.0\"\n".to_owned(),
            ":1:11: `localhost` is no address of a service",
        ),
        (format!("{service}[set]\n\"ime.script_interval\" = \"soon\"\n"), ":4:25: "),
        (format!("{service}[[script]]\nid = 1\nfile = \"none.sh\"\n"), ":5:8: there is no file "),
        (
            format!("{service}[[script]]\nid = 1\nfile = \"a.exe\"\n"),
            ":5:8: no interpreter is set for texts that end in `.exe`",
        ),
        (format!("{service}x = \n"), ":3:5: "),
    ];
    for (text, wanted) in cases {
        fs::write(bench.config(), &text).unwrap();
        for command in ["run", "status", "remove"] {
            let (code, said) = bench.call(command);
            assert_eq!(code, 2, "{text}\n{said}");
            assert!(said.contains(&format!("agent.toml{wanted}")), "{text}\n{said}");
        }
    }
    fs::remove_file(bench.config()).unwrap();
    let (code, said) = bench.call("run");
    assert!(code == 2 && said.contains("agent.toml: cannot be read: "), "{said}");
}

#[test]
fn a_state_folder_that_cannot_be_used_is_refused() {
    let bench = Bench::new("folder");
    for folder in ["/proc/imesim-agent", "agent.toml/below"] {
        let text = fs::read_to_string(bench.config()).unwrap();
        let line = text.lines().find(|line| line.starts_with("state")).unwrap().to_owned();
        fs::write(bench.config(), text.replace(&line, &format!("state = \"{folder}\""))).unwrap();
        let (code, said) = bench.call("run");
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("the state folder ") && said.contains(" cannot be used: "), "{said}");
    }
}

/// Only the superuser can give a folder away, so that it is tried only where that works.
#[test]
fn a_state_folder_of_somebody_else_is_refused() {
    let bench = Bench::new("foreign");
    fs::create_dir(bench.state()).unwrap();
    if std::os::unix::fs::chown(bench.state(), Some(12_345), None).is_ok() {
        let (code, said) = bench.call("run");
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("it belongs to another user"), "{said}");
    }
}

#[test]
fn nobody_else_can_look_into_the_state() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new("modes");
    fs::create_dir(bench.state()).unwrap();
    fs::set_permissions(bench.state(), fs::Permissions::from_mode(0o755)).unwrap();
    bench.start().terminate();
    let mode = |name: &str| fs::metadata(bench.state().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("scripts"), mode("agent.state"), mode("agent.lock")), (0o700, 0o600, 0o600));
    // Only the superuser runs something as others, who then pass through and can list nothing.
    let is_root = fs::metadata(bench.state()).is_ok_and(|is| std::os::unix::fs::MetadataExt::uid(&is) == 0);
    let passage = if is_root { 0o711 } else { 0o700 };
    assert_eq!((mode("."), mode("user-scripts")), (passage, passage));
}

#[test]
fn a_second_instance_is_refused_and_the_first_goes_on() {
    let bench = Bench::new("second");
    bench.script(1, "true");
    let agent = bench.start();
    let (code, said) = bench.call("run");
    assert_eq!(code, 2);
    assert!(said.contains("another instance is running with the state folder"), "{said}");
    agent.terminate();
}

#[test]
fn a_service_that_cannot_be_reached_is_said_once_and_another_is_taken_while_it_runs() {
    let bench = Bench::with("unreachable", "\"ime.script_interval\" = \"1s\"\n\"ime.script_idle_interval\" = \"1s\"\n");
    let good = fs::read_to_string(bench.config()).unwrap();
    let service = good.lines().next().unwrap();
    fs::write(bench.config(), good.replace(service, "service = \"tcp://127.0.0.1:1\"")).unwrap();
    let agent = bench.start();
    until("the failure", || agent.said().contains("a check-in failed: no network; the agent tries again"));
    until("status to show it", || bench.call("status").1.contains("last check-in: script at "));
    assert!(bench.call("status").1.contains(", failed: no network\n"));
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(agent.said().matches("a check-in failed").count(), 1, "{}", agent.said());
    fs::write(bench.config(), &good).unwrap();
    until("the other service", || agent.said().contains("check-ins are answered again"));
    assert!(bench.polls() > 0);
    agent.terminate();
}

#[test]
fn the_example_is_printed_and_can_be_run_as_it_is() {
    let bench = Bench::new("example");
    let output = bench.command(&["status"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_imesim-agent")).arg("example").output().unwrap();
    assert!(printed.status.success());
    fs::write(bench.config(), printed.stdout).unwrap();
    bench.start().terminate();
}

#[test]
fn a_damaged_state_is_set_aside_by_name_and_the_agent_begins_as_new() {
    let bench = Bench::new("damaged");
    bench.script(1, "echo ran >> ran");
    bench.assign(&[1]);
    let agent = bench.start();
    bench.wait_for_reports(1);
    agent.terminate();
    let state = bench.state().join("agent.state");
    let whole = fs::read(&state).unwrap();
    for (number, place) in [5, whole.len() - 1].into_iter().enumerate() {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&state, &bytes).unwrap();
        let (_, status) = bench.call("status");
        assert!(status.starts_with("agent: damaged"), "{status}");
        let agent = bench.start();
        bench.wait_for_reports(number + 2);
        let aside = bench.state().join(format!("agent.refused-{}", number + 1));
        let said = agent.terminate();
        assert!(said.contains(&format!("it was set aside as {}", aside.display())), "{said}");
        assert_eq!(fs::read(aside).unwrap(), bytes);
        assert!(bench.lines("state/messages.log")[number].contains("it was set aside as"));
    }
    until("as new each time", || bench.lines("ran").len() == 3);
}
