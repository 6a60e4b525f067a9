//! Users of a Unix machine: who is signed in, and what runs in their name (B-4.17, B-5.19).

use std::fs;
use std::process::Command;

use crate::bench::Bench;
use crate::tenant::until;

fn own_name() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Somebody whom this process can be: another where it is the superuser, else itself.
fn somebody() -> String {
    let own = own_name();
    if own == "root" { "nobody".to_owned() } else { own }
}

fn sign_in(bench: &Bench, users: &str) {
    let text = fs::read_to_string(bench.config()).unwrap();
    let rest: Vec<&str> = text.lines().filter(|line| !line.starts_with("signed_in")).collect();
    fs::write(bench.config(), format!("signed_in = {users}\n{}\n", rest.join("\n"))).unwrap();
}

const SHORT: &str =
    "\"ime.script_interval\" = \"1s\"\n\"ime.script_idle_interval\" = \"1s\"\n\"ime.signin_delay\" = \"1s\"\n";

#[test]
fn a_script_for_users_waits_for_one_and_runs_in_that_name() {
    let bench = Bench::with("users", SHORT);
    bench.write("content/1.sh", "id -un; pwd; echo \"$HOME $USER\"; [ -r \"$0\" ]\n");
    bench.told().as_user = vec![1];
    bench.assign(&[1]);
    let agent = bench.start();
    until("check-ins", || bench.polls() > 2);
    assert!(bench.reports().is_empty(), "B-5.19: without a user it waits");
    let user = somebody();
    sign_in(&bench, &format!("[\"{user}\"]"));
    until("the run in the name of the user", || !bench.reports().is_empty());
    assert_eq!(bench.reports()[0].exit_code, 0);
    for shown in [format!("  out: {user}\n"), format!(" {user}\n"), format!("signed in: {user}")] {
        until("status to show the run and its user", || bench.call("status").1.contains(&shown));
    }
    // B-4.17: a sign-out starts nothing, and what comes then waits again.
    sign_in(&bench, "[]");
    until("the sign-out", || !bench.call("status").1.contains("signed in: "));
    bench.write("content/2.sh", "true\n");
    bench.told().as_user = vec![1, 2];
    bench.assign(&[1, 2]);
    let polls = bench.polls();
    until("further check-ins", || bench.polls() > polls + 2);
    assert!(bench.reports().iter().all(|report| report.policy.0 == 1), "{:?}", bench.reports());
    assert_eq!(fs::read_dir(bench.state().join("user-scripts")).unwrap().count(), 0, "no text is left lying about");
    agent.terminate();
}

#[test]
fn a_user_in_whose_name_nothing_can_run_is_said_and_reported() {
    let bench = Bench::with("strangers", SHORT);
    bench.write("content/1.sh", "echo ran >> ran\n");
    bench.told().as_user = vec![1];
    bench.assign(&[1]);
    // Who is not the superuser cannot be another; that an account is missing stops the superuser too.
    let (user, wanted) = if own_name() == "root" {
        ("imesim-no-such", "this machine has no account imesim-no-such")
    } else {
        ("root", "only the superuser can run something as root")
    };
    sign_in(&bench, &format!("[\"{user}\"]"));
    let agent = bench.start();
    until("the refusal", || agent.said().contains(&format!("script 1 was not started: {wanted}")));
    assert!(bench.lines("ran").is_empty());
    agent.terminate();
}

#[test]
fn who_has_a_session_is_asked_of_the_machine_and_wrong_words_are_refused() {
    let bench = Bench::new("sessions");
    sign_in(&bench, "\"sessions\"");
    bench.start().terminate();
    for (users, wanted) in [
        ("\"everybody\"", ":1:13: `everybody` is not allowed here; expected a list of account names, or \"sessions\""),
        ("7", ":1:13: expected a list of account names, or \"sessions\""),
    ] {
        sign_in(&bench, users);
        let (code, said) = bench.call("run");
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(wanted), "{said}");
    }
}
