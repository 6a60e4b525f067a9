//! What runs, how it ends, and what the service learns.

use std::fs;

use imesim::protocol::app_codes::{app_error, enforcement};
use imesim::protocol::{RemediationOutcome, Report, ScriptResult};

use crate::bench::Bench;
use crate::tenant::until;

#[test]
fn at_its_time_limit_a_script_is_ended_with_its_tree_and_has_failed() {
    let bench = Bench::with("limit", "\"scripts.timeout\" = \"1s\"\n");
    bench.script(1, "sleep 600 & setsid sleep 600 & echo waiting; sleep 600");
    bench.assign(&[1]);
    let agent = bench.start();
    bench.wait_for_reports(1);
    assert_eq!(bench.reports()[0].result, ScriptResult::Failed, "B-5.15");
    until("its tree to be gone", || bench.processes() == 0);
    until("its output to be kept", || bench.call("status").1.contains("  out: waiting"));
    agent.terminate();
}

#[test]
fn exit_codes_error_streams_and_long_outputs() {
    let bench = Bench::new("endings");
    bench.script(1, "exit 7");
    bench.script(2, "echo wrong >&2");
    bench.script(3, "head -c 3000000 /dev/zero | tr '\\0' x");
    bench.assign(&[1, 2, 3]);
    let agent = bench.start();
    bench.wait_for_reports(3);
    let ended: Vec<_> = bench.reports().iter().map(|r| (r.policy.0, r.exit_code, r.result)).collect();
    // B-5.24: text on the error stream alone is a failure.
    let (failed, success) = (ScriptResult::Failed, ScriptResult::Success);
    assert_eq!(ended, [(1, 7, failed), (2, 0, failed), (3, 0, success)]);
    let kept = fs::read_to_string(bench.state().join("results/script-3-0.json")).unwrap();
    assert!(kept.contains("\"stdout_bytes\":3000000") && kept.len() < 1_100_000, "{} bytes", kept.len());
    agent.terminate();
}

#[test]
fn what_is_not_there_or_not_what_it_was_is_refused_and_reported() {
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let more = format!(
        "[[script]]\nid = 2\nfile = \"two.sh\"\nsha256 = \"{hash}\"\n\
         [[script]]\nid = 3\nfile = \"three.sh\"\nsha256 = \"{hash}\"\n\
         [[script]]\nid = 4\nfile = \"three.sh\"\nsignature_check = true\n"
    );
    let bench = Bench::with("absent", &more);
    bench.write("content/two.sh", "");
    bench.write("content/three.sh", "echo changed\n");
    bench.assign(&[1, 2, 3, 4]);
    let agent = bench.start();
    bench.wait_for_reports(4);
    let ended: Vec<_> = bench.reports().iter().map(|report| (report.policy.0, report.result)).collect();
    let (failed, success) = (ScriptResult::Failed, ScriptResult::Success);
    assert_eq!(ended, [(1, failed), (2, success), (3, failed), (4, failed)]);
    let said = agent.terminate();
    assert!(said.contains(" B-5.20 ") && said.contains(" B-5.23 "), "each refusal by its rule: {said}");
}

#[test]
fn a_remediation_detects_mends_and_detects_again() {
    let more = "\"rem.first_run_delay\" = \"0s\"\n\"rem.report_batch\" = \"1s\"\n[[remediation]]\nid = 5\ndetect = \"d.sh\"\nremediate = \"r.sh\"\n";
    let bench = Bench::with("remediation", more);
    bench.write("content/d.sh", &bench.text("echo detect >> log; [ -e mended ]"));
    bench.write("content/r.sh", &bench.text("echo remediate >> log; touch mended"));
    bench.told().remediations = vec![5];
    let agent = bench.start();
    until("all three runs", || bench.lines("log") == ["detect", "remediate", "detect"]);
    until("its report", || {
        bench.told().reports.iter().any(
            |report| matches!(report, Report::Remediation(report) if report.outcome == RemediationOutcome::Remediated),
        )
    });
    agent.terminate();
}

/// Who has signed a text and which policy holds are things of Windows, so that here neither script of a remediation with the check
/// is started, nor a discovery script, which is told and said.
#[test]
fn what_asks_for_a_signature_that_nobody_can_check_is_refused_and_said() {
    let more = "\"rem.first_run_delay\" = \"0s\"\n\"rem.report_batch\" = \"1s\"\n\
                [[remediation]]\nid = 5\ndetect = \"d.sh\"\nremediate = \"d.sh\"\nsignature_check = true\n\
                [[compliance]]\nid = 6\nfile = \"d.sh\"\nsignature_check = true\n";
    let bench = Bench::with("signatures", more);
    bench.write("content/d.sh", &bench.text("echo ran >> ran; exit 1"));
    bench.told().remediations = vec![5];
    bench.told().compliance = vec![6];
    let agent = bench.start();
    let failed = imesim::profile::Profile::default().cc.error_script_failed;
    let told = |is_it: &dyn Fn(&Report) -> bool| bench.told().reports.iter().any(is_it);
    until("both reports", || {
        told(&|report| matches!(report, Report::Remediation(it) if it.outcome == RemediationOutcome::DetectionError))
            && told(&|report| matches!(report, Report::Compliance(it) if it.error == failed))
    });
    agent.terminate();
    assert!(bench.lines("ran").is_empty(), "nothing of them has run");
    let said = fs::read_to_string(bench.state().join("messages.log")).unwrap();
    for run in ["detect 5", "discover 6"] {
        assert!(said.contains(&format!("{run} was not started: this system cannot check signatures")), "{said}");
    }
}

#[test]
fn while_the_state_cannot_be_written_nothing_runs_that_relies_on_it() {
    let bench = Bench::with("held", "\"ime.script_interval\" = \"1s\"\n\"ime.script_idle_interval\" = \"1s\"\n");
    bench.script(1, "echo ran >> ran");
    let agent = bench.start();
    until("the first poll", || bench.polls() > 0);
    // A folder stands where the new state is to be written: not even the superuser can write there.
    fs::create_dir_all(bench.state().join("agent.state.new/in-the-way")).unwrap();
    bench.assign(&[1]);
    until("effects to be held back", || bench.call("status").1.contains("effects are held back"));
    assert!(bench.lines("ran").is_empty() && bench.reports().is_empty());
    fs::remove_dir_all(bench.state().join("agent.state.new")).unwrap();
    bench.wait_for_reports(1);
    let said = agent.terminate();
    assert_eq!(said.matches("it is tried again").count(), 1, "it is said once: {said}");
    assert_eq!(bench.lines("ran").len(), 1);
}

#[test]
fn apps_are_found_by_a_path_or_by_a_script_and_installed_by_their_command() {
    let bench = Bench::new("apps");
    let root = bench.state().parent().unwrap().to_owned();
    let config = fs::read_to_string(bench.config()).unwrap();
    let (path, more) = (root.join("installed-7"), root.join("installed-8"));
    let apps = format!(
        "[[app]]\nid = 7\ndetect_path = '{}'\nfolder = \"seven\"\ninstall = [\"/bin/sh\", \"setup.sh\", '{}']\n\
         [[app]]\nid = 8\ndetect = \"eight.sh\"\nrequire = \"yes.sh\"\ninstall = [\"/bin/touch\", '{}']\n\
         [[app]]\nid = 9\ndetect_path = \"/nowhere\"\nfolder = \"not-there\"\ninstall = [\"/bin/true\"]\n",
        path.display(),
        path.display(),
        more.display()
    );
    fs::write(bench.config(), config + &apps).unwrap();
    bench.write("content/seven/setup.sh", "echo installing; touch \"$1\"\n");
    bench.write("content/eight.sh", &bench.text("[ -e installed-8 ] && echo found || true"));
    bench.write("content/yes.sh", "echo yes\n");
    bench.told().apps = vec![7, 8, 9];
    let agent = bench.start();
    until("both to be installed", || path.exists() && more.exists());
    let last = |id| {
        let of = |report: &Report| if let Report::App(report) = report { Some(*report) } else { None };
        bench.told().reports.iter().filter_map(of).rfind(|report| report.policy.0 == id)
    };
    for id in [7, 8] {
        until("success to be reported", || last(id).is_some_and(|report| enforcement::is_success(report.enforcement)));
    }
    until("what has no content to fail", || {
        last(9).is_some_and(|report| report.error == app_error::NO_CONTENT_INFORMATION)
    });
    agent.terminate();
}

#[test]
fn a_discovery_script_is_judged_by_its_output() {
    let more = "[[compliance]]\nid = 4\nfile = \"c.sh\"\nsettings = { Bios = \"version\", On = \"boolean\" }\n\
                [[compliance]]\nid = 5\nfile = \"d.sh\"\nsettings = { On = \"boolean\" }\n";
    let bench = Bench::with("discovery", more);
    bench.write("content/c.sh", "echo '{\"Bios\":\"1.2.3\",\"On\":true}'\n");
    bench.write("content/d.sh", "echo '{\"On\":\"perhaps\"}'\n");
    bench.told().compliance = vec![4, 5];
    let agent = bench.start();
    let error = |id| {
        let of = |report: &Report| if let Report::Compliance(report) = report { Some(*report) } else { None };
        bench.told().reports.iter().filter_map(of).find(|report| report.policy.0 == id).map(|report| report.error)
    };
    until("both reports", || error(4).is_some() && error(5).is_some());
    let figures = imesim::profile::Profile::default().cc;
    assert_eq!((error(4), error(5)), (Some(0), Some(figures.error_type)), "B-8.5");
    agent.terminate();
}
