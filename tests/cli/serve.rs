//! `imesim serve` as a user runs it: what it prints, Ctrl-C, tokens and state over a restart, and what it refuses.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::{err, imesim};

const SCENARIO: &str = "examples/scenarios/failing-script.toml";

struct Service {
    child: Child,
    /// What it printed until it was ready.
    printed: String,
}

impl Service {
    fn start(more: &[&str]) -> Self {
        let args = ["serve", "--scenario", SCENARIO, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
        let mut child = Command::new(env!("CARGO_BIN_EXE_imesim"))
            .args(args)
            .args(more)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut printed = String::new();
        while !printed.contains("Ctrl-C") {
            printed += &lines.next().expect("it gets ready").expect("text");
            printed += "\n";
        }
        Self { child, printed }
    }

    /// What stands behind a word at the beginning of a line.
    fn said(&self, word: &str) -> &str {
        self.printed.lines().find_map(|line| line.strip_prefix(word)).expect("it is printed").trim()
    }

    fn ask(&self, token: &str, request: &str) -> String {
        let body = format!(r#"{{"version":1,"token":1,"request":{request}}}"#);
        let address = self.said("agents").trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("it listens");
        write!(
            stream,
            "POST /v1/requests HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    /// A page for admins.
    fn page(&self, path: &str) -> String {
        let address = self.said("admins").trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").expect("it reads");
        let mut page = String::new();
        stream.read_to_string(&mut page).expect("it answers");
        page
    }

    /// Ends it as nothing else does: it has no say in it.
    fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Ctrl-C; what it ends with.
    fn interrupt(mut self) -> Option<i32> {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().expect("there is `kill`");
        assert!(sent.success());
        self.child.wait().expect("it ends").code()
    }
}

fn path(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(std::fs::remove_file(&path));
    path
}

const REPORT: &str =
    r#"{"report":{"script":{"policy":0,"revision":1,"user":0,"result":"failed","exit_code":1,"run":3}}}"#;

#[test]
fn it_serves_until_ctrl_c_and_goes_on_from_its_state() {
    let (tokens, state) = (path("serve-tokens"), path("serve-state"));
    let files = ["--tokens", tokens.to_str().expect("a plain path"), "--state", state.to_str().expect("a plain path")];
    let service = Service::start(&files);
    let text = std::fs::read_to_string(&tokens).expect("tokens were written");
    let token = text.trim().strip_prefix("pc1 token ").expect("one device");
    assert!(service.ask(token, REPORT).ends_with(r#""answer":"accepted"}"#));
    assert!(service.ask("wrongwrongwrongwrong", REPORT).starts_with("HTTP/1.1 401 "));
    let time = service.said("time").to_owned();
    assert_eq!(service.interrupt(), Some(0));

    let service = Service::start(&files);
    assert_eq!(service.said("time"), time, "the scenario began when the service first did");
    for more in [&[][..], &["--set-aside"]] {
        let args = ["serve", "--scenario", SCENARIO, "--listen", "127.0.0.1:0", "--no-admin"];
        let refused = imesim(&[&args[..], &files[2..], more].concat());
        assert_eq!(refused.status.code(), Some(2));
        assert!(err(&refused).contains("another service is running with this state file"), "{}", err(&refused));
    }
    assert!(service.ask(token, REPORT).ends_with(r#""answer":"accepted"}"#), "the same tokens");
    assert_eq!(service.interrupt(), Some(0));

    // Killed, it goes on from what it answered last.
    let service = Service::start(&files);
    assert!(service.ask(token, &REPORT.replace("\"exit_code\":1", "\"exit_code\":77")).contains("accepted"));
    service.kill();
    let service = Service::start(&files);
    assert!(service.page("/devices/0").contains("exit code 77"));
    assert_eq!(service.interrupt(), Some(0));

    // An end that was torn off is kept beside it and said; the rest goes on.
    let mut whole = std::fs::read(&state).expect("a state file");
    whole.extend(b"step\x01\0\0\0\0\0\0\0");
    std::fs::write(&state, &whole).expect("the folder can be written");
    let aside = path("serve-state.torn-1");
    let service = Service::start(&files);
    assert!(service.printed.contains("its last 12 bytes are now "), "{}", service.printed);
    assert_eq!(std::fs::read(&aside).expect("it is kept").len(), 12);
    assert_eq!(service.interrupt(), Some(0));

    // Damaged, it is refused with a way out; set aside, the service begins anew.
    std::fs::write(&state, "garbage").expect("the folder can be written");
    let refused = imesim(&["serve", "--scenario", SCENARIO, "--state", files[3]]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("--set-aside"), "{}", err(&refused));
    let service = Service::start(&[&files[..], &["--set-aside"]].concat());
    assert_eq!(service.interrupt(), Some(0));
}

#[test]
fn tokens_are_printed_where_no_file_is_named_and_nothing_is_opened_unprotected() {
    let service = Service::start(&[]);
    assert_eq!(service.said("pc1 token").len(), 64);
    assert_eq!(service.interrupt(), Some(0));
    let refused = imesim(&["serve", "--scenario", SCENARIO, "--listen", "0.0.0.0:0"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("without TLS"), "{}", err(&refused));
    assert!(refused.stdout.is_empty(), "no token is made for nothing");
}
