//! What a running agent hears of: a changed configuration, the MDM channel, people at the machine.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;

use crate::bench::Bench;
use crate::tenant::until;

/// Timers short enough to wait for.
const SHORT: &str = "\"ime.script_interval\" = \"1s\"\n\"ime.script_idle_interval\" = \"1s\"\n";

fn change(bench: &Bench, from: &str, to: &str) {
    let text = fs::read_to_string(bench.config()).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    fs::write(bench.config(), text.replacen(from, to, 1)).unwrap();
}

// B-8.14, B-8.20, B-8.22, B-7.56.
#[test]
fn policies_and_the_status_page_reach_the_running_agent() {
    let bench = Bench::with("policies", "[mdm]\npolicies = [\"bios\"]\nesp = \"device-setup\"\n");
    let agent = bench.start();
    let said = agent.said();
    assert!(said.contains("B-8.22 {\"event\":\"bios-configured\"}"), "before it began: {said}");
    change(&bench, "[\"bios\"]", "[\"bios\", \"managed-installer\", \"analytics\"]");
    change(&bench, "device-setup", "not-in-esp");
    until("the new policy", || agent.said().contains("\"event\":\"managed-installer-arrived\""));
    let policies = "MDM policies: analytics, managed-installer, bios";
    until("status to say so", || bench.call("status").1.contains(policies));
    until("the end of the page", || bench.call("status").1.contains("Enrollment Status Page: not-in-esp"));
    change(&bench, "[\"bios\", \"managed-installer\", \"analytics\"]", "[]");
    until("its end", || agent.said().contains("\"event\":\"managed-installer-withdrawn\""));
    agent.terminate();
}

// B-10.13, B-8.23, B-10.5.
#[test]
fn a_renewed_certificate_is_no_loss_and_a_lost_one_alone_removes_nothing() {
    let pem = |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    let bench =
        Bench::with("certificate", &format!("{SHORT}[mdm]\ncertificate = \"device.pem\"\npolicies = [\"bios\"]\n"));
    bench.write("device.pem", &pem("AAAA"));
    let agent = bench.start();
    let count = |what: &str| agent.said().matches(what).count();
    let there = "B-8.23 {\"event\":\"certificate-checked\",\"present\":true}";
    let gone = "B-8.23 {\"event\":\"certificate-checked\",\"present\":false}";
    assert_eq!((count(there), count(gone)), (1, 0));
    bench.write("device.pem", &pem("BBBBBB"));
    until("the renewed one", || count(there) == 2);
    bench.write("device.pem", "-----BEGIN CERT");
    until("what cannot be made out to be said", || agent.said().contains("holds no certificate in PEM"));
    fs::remove_file(bench.state().parent().unwrap().join("device.pem")).unwrap();
    until("the loss", || count(gone) == 1);
    until("status to say so", || bench.call("status").1.contains("MDM certificate: lost"));
    // Check-ins are answered: the service knows the device, and that is what counts.
    let polls = bench.polls();
    until("further check-ins", || bench.polls() > polls + 2);
    assert_eq!(count("\"event\":\"bios-configured\""), 1);
    bench.write("device.pem", &pem("CCCC"));
    until("its return", || count(there) == 3);
    until("the policies once more", || count("\"event\":\"bios-configured\"") == 2);
    agent.terminate();
}

#[test]
fn a_certificate_that_was_never_there_is_not_lost() {
    let bench = Bench::with("never", "[mdm]\ncertificate = \"misspelt.pem\"\n");
    let agent = bench.start();
    until("it to be said", || agent.said().contains("misspelt.pem, and none was seen before"));
    let unknown = "MDM certificate: not known, there is no certificate ";
    until("status to say so", || bench.call("status").1.contains(unknown));
    assert!(!agent.said().contains("certificate-checked"), "{}", agent.said());
    agent.terminate();
}

#[test]
fn a_changed_configuration_is_taken_over_and_a_wrong_one_is_refused_and_said() {
    let bench = Bench::with("again", SHORT);
    bench.write("content/other.sh", &bench.text("echo other >> ran"));
    let agent = bench.start();
    until("a first poll", || bench.polls() > 0);
    let good = fs::read_to_string(bench.config()).unwrap();
    fs::write(bench.config(), format!("{good}\n[facts]\nos_build = \"old\"\n")).unwrap();
    until("the refusal", || agent.said().contains("the configuration before stays in force"));
    until("status to show the place of what is wrong", || bench.call("status").1.contains("agent.toml:"));
    fs::write(bench.config(), format!("{good}\n[[script]]\nid = 1\nfile = \"other.sh\"\n")).unwrap();
    until("the new one", || agent.said().contains("the configuration has changed and was read again"));
    bench.assign(&[1]);
    until("what 1 stands for now", || bench.lines("ran") == ["other"]);
    until("status to show nothing wrong", || !bench.call("status").1.contains("is not in force"));
    let text = fs::read_to_string(bench.config()).unwrap().replace("1.94.0.0", "1.95.0.0");
    fs::write(bench.config(), text).unwrap();
    until("what cannot change now", || agent.said().contains("that takes effect when the agent starts again"));
    assert!(bench.call("status").1.contains("version 1.94.0.0"));
    agent.terminate();
}

// B-4.14 to B-4.16, B-5.26, B-9.1.
#[test]
fn people_at_the_machine_are_heard() {
    let bench = Bench::new("tell");
    bench.script(1, "echo ran >> ran");
    bench.assign(&[1]);
    let tell = |words: &[&str]| {
        let output = bench.command(&[&["tell"], words].concat()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (code, said) = tell(&["sync"]);
    assert_eq!((code, said.as_str()), (2, "imesim-agent: the agent does not run; start it, then ask\n"));
    let agent = bench.start();
    // Another account may not ask, which only the superuser can try.
    if fs::metadata(bench.state()).is_ok_and(|is| is.uid() == 0) {
        let output = bench.command(&["tell", "sync"]).uid(65_534).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("; ask as that, or as the superuser"), "{said}");
    }
    bench.wait_for_reports(1);
    until("the app check-ins of the start", || bench.told().app_polls >= 1);
    let taken = (0, "the agent has taken notice\n".to_owned());
    let before = bench.told().app_polls;
    assert_eq!(tell(&["intunemanagementextension://syncapp"]), taken);
    until("the app check-in", || bench.told().app_polls > before);
    assert!(agent.said().contains("\"cause\":\"app-sync\""), "{}", agent.said());
    assert_eq!(tell(&["forget", "1"]), taken);
    let before = bench.polls();
    assert_eq!(tell(&["sync"]), taken);
    until("the script check-in", || bench.polls() > before);
    until("its second run", || bench.lines("ran").len() == 2);
    assert_eq!(tell(&["maintenance-wake", "on"]), taken);
    bench.script(2, "echo two >> ran");
    bench.assign(&[1, 2]);
    let before = bench.polls();
    assert_eq!(tell(&["sync"]), taken);
    until("the check-in in maintenance wake", || bench.polls() > before);
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(bench.lines("ran").len(), 2, "no work is started");
    assert_eq!(tell(&["maintenance-wake", "off"]), taken);
    until("the work that waited", || bench.lines("ran").len() == 3);
    for words in
        [&["snooze"][..], &["check-compliance"], &["synccompliance"], &["install-app", "7"], &["remove-app", "7"]]
    {
        assert_eq!(tell(words), taken, "{words:?}");
    }
    fs::write(bench.state().join("asked/x.json"), "\"dance\"").unwrap();
    until("what nobody understands", || agent.said().contains("asked something that it does not know: \"dance\""));
    for words in [&["dance"][..], &["forget", "one"], &["maintenance-wake", "perhaps"]] {
        assert_eq!(tell(words).0, 2, "{words:?}");
    }
    agent.terminate();
}
