//! The program `imesim-agent` over HTTPS, with the certificate of its device: a whole poll, run and report.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use imesim::driver::http::message::{BODY_MAX, Outcome, ToDevice, ToService, VERSION, decode, encode};
use imesim::driver::scripted::script;
use imesim::driver::{Clock, RealClock};
use imesim::protocol::{Answer, Report, Request, Workload};

use crate::server::{Seen, Server, response, tls};

fn answer(seen: &Seen, reports: &Mutex<Vec<Report>>) -> Vec<u8> {
    let ToService { token, request, .. } = decode(seen.body.as_bytes(), BODY_MAX).unwrap();
    let answer = match request {
        Request::Poll { workload: Workload::Script, .. } => Answer::Scripts(vec![script(1)].into()),
        Request::Poll { .. } => Answer::Nothing,
        Request::Report(report) => {
            reports.lock().unwrap().push(report);
            Answer::Accepted
        }
        Request::ConnectionTest
        | Request::Enroll
        | Request::MdmSession { .. }
        | Request::RenewChannel
        | Request::Unenrolled => Answer::Accepted,
    };
    let at = RealClock::new().now().wall;
    let told = ToDevice { version: VERSION, token, at, outcome: Outcome::Answer(answer) };
    response("200 OK", "", &String::from_utf8(encode(&told).unwrap()).unwrap())
}

/// Runs the agent against a server until it has reported, or for a while.
fn run(name: &str, identity: &str, patience: Duration) -> (Vec<Report>, usize) {
    let reports = Arc::<Mutex<Vec<Report>>>::default();
    let kept = Arc::clone(&reports);
    let server = Server::tls(tls(true), move |seen| answer(seen, &kept));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("https-{name}"));
    let _none_before = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("content")).unwrap();
    fs::write(folder.join("content/1.sh"), "echo hello\n").unwrap();
    let certs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/certs");
    let config = format!(
        "service = \"https://localhost:{}\"\nstate = \"state\"\nversion = \"1.94.0.0\"\njitter = \"off\"\n\
         [connection]\nca_file = '{certs}/ca.pem'\ncertificate_file = '{certs}/{identity}.pem'\n\
         key_file = '{certs}/{identity}.key'\n[set]\n\"scripts.report_delay\" = \"0s\"\n",
        server.address.port(),
        certs = certs.display(),
    );
    fs::write(folder.join("agent.toml"), config).unwrap();
    let mut agent = Command::new(env!("CARGO_BIN_EXE_imesim-agent"));
    agent.arg("run").arg("--config").arg(folder.join("agent.toml")).stdin(Stdio::null()).stdout(Stdio::null());
    let mut agent = agent.spawn().unwrap();
    let started = Instant::now();
    while reports.lock().unwrap().is_empty() && started.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(20));
    }
    let still_runs = agent.try_wait().unwrap().is_none();
    agent.kill().unwrap();
    agent.wait().unwrap();
    assert!(still_runs, "a service that refuses it does not end the agent");
    let reports = reports.lock().unwrap().clone();
    (reports, server.seen().len())
}

#[test]
fn an_agent_polls_runs_and_reports_over_https() {
    let (reports, _) = run("known", "pc1", Duration::from_secs(60));
    assert!(matches!(reports.as_slice(), [Report::Script(report)] if report.exit_code == 0), "{reports:?}");
}

#[test]
fn an_agent_with_the_certificate_of_a_stranger_gets_nothing() {
    assert_eq!(run("stranger", "stranger", Duration::from_secs(3)), (Vec::new(), 0));
}
