//! The program `imesim-agent` against `imesim serve`: pushes, runs on demand, policies, and an enrollment that is lost.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "files, processes and time are real")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use imesim::catalog::Assignment;
use imesim::driver::{Clock, RealClock};
use imesim::protocol::{Intent, PolicyId};
use imesim::scenario::{Overrides, Scenario};
use imesim::serve::{Credentials, Hub, Options, Server, Tls};
use imesim::service::AdminAction;
use sha2::{Digest, Sha256};

/// A script, a remediation that is assigned to nobody, and an app that is not yet assigned.
const SCENARIO: &str = r#"
jitter = "off"

[[script]]
name = "clean"
assign = ["all-devices"]

[[remediation]]
name = "disk-space"

[[app]]
name = "viewer"

[[device]]
name = "pc1"
"#;

const TOKEN: &str = "1111111111111111";

/// A service of this process, and an agent of another.
struct Bench {
    folder: PathBuf,
    server: Option<Server>,
    agent: Option<Child>,
}

impl Bench {
    /// A service that knows the device by this credential, and a configuration with these lines.
    fn new(name: &str, credential: &str, tls: Option<Tls>, top: &str, more: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("serve-{name}"));
        let _none_before = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("content")).unwrap();
        let overrides = Overrides { start: Some(RealClock::new().now().wall), ..Overrides::default() };
        let hub = Hub::new(Scenario::parse(SCENARIO, "served.toml", &overrides).unwrap().plan, 1).unwrap();
        let credentials = Credentials::parse(&format!("pc1 {credential}\n"), |_| Some(0)).unwrap();
        let is_secure = tls.is_some();
        let server = Server::start(hub, credentials, Options { tls, ..Options::default() }).unwrap();
        let service = if is_secure {
            format!("https://localhost:{}", server.address().port())
        } else {
            format!("http://{}", server.address())
        };
        let bench = Self { folder, server: Some(server), agent: None };
        bench.write("token", TOKEN);
        bench.write("content/0.sh", &bench.text("echo script >> ran"));
        bench.write("content/detect.sh", &bench.text("echo detected >> ran"));
        bench.write(
            "agent.toml",
            &format!(
                "service = \"{service}\"\nstate = \"state\"\nversion = \"1.94.0.0\"\njitter = \"off\"\n{top}\n\
                 [set]\n\"scripts.report_delay\" = \"0s\"\n\"ime.script_interval\" = \"1s\"\n\
                 \"ime.script_idle_interval\" = \"1s\"\n{more}\n\
                 [[remediation]]\nid = 2\ndetect = \"detect.sh\"\n\
                 [[app]]\nid = 1\ndetect_path = '{viewer}'\ninstall = [\"/bin/touch\", '{viewer}']\n",
                viewer = bench.folder.join("viewer").display(),
            ),
        );
        bench
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    fn text(&self, text: &str) -> String {
        format!("cd '{}'\n{text}\n", self.folder.display())
    }

    fn copy(&self, from: &str, to: &str) {
        fs::write(self.folder.join(to), pem(from)).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.folder.join(name)).unwrap();
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    fn program(&self, word: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imesim-agent"));
        command.arg(word).arg("--config").arg(self.folder.join("agent.toml")).stdin(Stdio::null());
        command
    }

    fn start(&mut self) {
        let out = fs::File::create(self.folder.join("out")).unwrap();
        let mut run = self.program("run");
        let run = run.arg("--decisions").stdout(out.try_clone().unwrap()).stderr(out);
        self.agent = Some(run.spawn().unwrap());
        self.until("the agent to run", "the agent runs");
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.join("out")).unwrap_or_default()
    }

    /// Waits until the agent has said something.
    fn until(&self, what: &str, said: &str) {
        until(what, || self.said().contains(said), || self.said());
    }

    fn ran(&self, what: &str) -> usize {
        let text = fs::read_to_string(self.folder.join("ran")).unwrap_or_default();
        text.lines().filter(|line| *line == what).count()
    }

    fn status(&self) -> String {
        String::from_utf8(self.program("status").output().unwrap().stdout).unwrap()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(agent) = &mut self.agent {
            let _over = agent.kill();
            let _over = agent.wait();
        }
    }
}

fn until(what: &str, holds: impl Fn() -> bool, said: impl Fn() -> String) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "waited in vain for {what}: {}", said());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn pem(name: &str) -> Vec<u8> {
    fs::read(format!("{}/tests/http/certs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

// B-4.19, B-6.29, B-8.20.
#[test]
fn pushes_runs_on_demand_and_policies_reach_a_running_agent() {
    let mut bench = Bench::new(
        "pushes",
        &format!("token {TOKEN}"),
        None,
        "[connection]\ntoken_file = \"token\"\n[mdm]\npolicies = []\n",
        "",
    );
    bench.start();
    until("the script", || bench.ran("script") == 1, || bench.said());

    // A run on demand of what is assigned to nobody, once.
    let policy = bench.server().with(|hub, _| hub.tenant().content_named("disk-space").unwrap());
    assert_eq!(policy, PolicyId(2), "as the configuration of the agent has it");
    bench.server().with(|hub, now| hub.act(0, now, AdminAction::RunRemediation { policy })).unwrap();
    until("the run on demand", || bench.ran("detected") == 1, || bench.said());
    assert!(bench.said().contains("B-6.29 {\"event\":\"remediation-on-demand\",\"policy\":2}"), "{}", bench.said());

    // A push after an app is assigned, long before its hourly check.
    let group = bench.server().with(|hub, _| hub.tenant().group_named("all-devices").unwrap());
    let required = Assignment::include(group).with_intent(Intent::Required);
    bench.server().with(|hub, now| hub.assign(now, PolicyId(1), required)).unwrap();
    until("the app", || bench.folder.join("viewer").exists(), || bench.said());
    assert!(bench.said().contains("\"cause\":\"push\""), "{}", bench.said());

    // A policy of the MDM channel.
    let text = fs::read_to_string(bench.folder.join("agent.toml")).unwrap();
    bench.write("agent.toml", &text.replace("policies = []", "policies = [\"managed-installer\"]"));
    bench.until("the policy", "B-8.20 {\"event\":\"managed-installer-arrived\"");
    let status = bench.status();
    assert!(status.contains("MDM policies: managed-installer") && status.contains(", answered"), "{status}");
    assert_eq!((bench.ran("detected"), bench.ran("script")), (1, 1), "each once");
}

#[test]
fn a_wrong_token_is_said_and_a_right_one_is_taken_while_it_runs() {
    let token = "[connection]\ntoken_file = \"token\"\n";
    let mut bench = Bench::new("token", &format!("token {TOKEN}"), None, token, "");
    bench.write("token", "2222222222222222");
    bench.start();
    bench.until("the refusal", "a check-in failed: HTTP 401; the agent tries again");
    assert_eq!(bench.ran("script"), 0);
    bench.write("token", TOKEN);
    bench.until("the right one", "check-ins are answered again");
    until("the script", || bench.ran("script") == 1, || bench.said());
}

// B-10.13, B-10.5, B-4.22: the loss of the certificate does nothing by itself; without it no check-in takes place, and after
// so much awake time the agent leaves.
#[test]
fn a_device_that_loses_its_certificate_loses_its_agent() {
    let der: Vec<u8> = {
        let pem = pem("pc1.pem");
        let der: rustls::pki_types::CertificateDer<'_> =
            rustls::pki_types::pem::PemObject::from_pem_slice(&pem).unwrap();
        der.to_vec()
    };
    let print: String = Sha256::digest(&der).iter().map(|byte| format!("{byte:02x}")).collect();
    let tls = Tls::new(pem("server.pem"), pem("server.key")).clients(pem("ca.pem"));
    let connection = "[connection]\nca_file = \"ca.pem\"\ncertificate_file = \"device.pem\"\nkey_file = \"device.key\"\n\
                      [mdm]\ncertificate = \"device.pem\"\n";
    let mut bench = Bench::new(
        "lost",
        &format!("certificate {print}"),
        Some(tls),
        connection,
        "\"removal.unmanaged_retry\" = \"6s\"\n",
    );
    for (from, to) in [("ca.pem", "ca.pem"), ("pc1.key", "device.key"), ("pc1.pem", "device.pem")] {
        if to == "device.pem" {
            let output = bench.program("run").output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(said.contains("none was seen before: is the name in [connection] right?"), "{said}");
        }
        bench.copy(from, to);
    }
    bench.start();
    until("the script", || bench.ran("script") == 1, || bench.said());
    bench.until("the certificate", "\"event\":\"certificate-checked\",\"present\":true");

    // Lost, and back in time: the count ends with a check-in that works.
    bench.remove("device.pem");
    bench.until("the loss", "\"event\":\"certificate-checked\",\"present\":false");
    bench.until("the end of management", "B-10.5 {\"event\":\"unmanaged\"}");
    bench.until("check-ins to fail", "a check-in failed: no device certificate");
    bench.copy("pc1.pem", "device.pem");
    bench.until("check-ins to work", "check-ins are answered again");
    std::thread::sleep(Duration::from_secs(7));
    assert!(bench.agent.as_mut().unwrap().try_wait().unwrap().is_none(), "it stays: {}", bench.said());

    // Lost for good, also over a restart of the process.
    bench.remove("device.pem");
    until("the second loss", || bench.said().matches("\"event\":\"unmanaged\"").count() == 2, || bench.said());
    let mut first = bench.agent.take().unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    bench.start();
    let mut agent = bench.agent.take().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    let ended = loop {
        match agent.try_wait().unwrap() {
            Some(ended) => break ended,
            None => assert!(Instant::now() < end, "it does not leave: {}", bench.said()),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(ended.success(), "{}", bench.said());
    assert!(bench.said().contains("the agent has left this device"), "{}", bench.said());
    assert!(bench.said().contains("B-10.5 {\"event\":\"agent-removed\",\"reason\":\"not-managed-unreachable\"}"));
    assert!(!bench.folder.join("state").exists());
}
