//! The reference service: who gets in, what it takes, what it keeps, what admins do, and a crowd of agents under kills.
#![allow(clippy::disallowed_methods, reason = "tests wait in real time and read files")]

#[path = "serve/admin.rs"]
mod admin;
#[path = "serve/crowd.rs"]
mod crowd;
#[path = "serve/entry.rs"]
mod entry;
#[path = "serve/journal.rs"]
mod journal;
#[path = "serve/limits.rs"]
mod limits;
#[path = "serve/load.rs"]
mod load;
#[path = "serve/machine.rs"]
mod machine;
#[path = "serve/state.rs"]
mod state;
#[path = "serve/twins.rs"]
mod twins;
#[path = "serve/visitor.rs"]
mod visitor;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use imesim::scenario::{Overrides, Scenario};
use imesim::serve::{Credentials, Hub, Options, ServeError, Server};

/// Two devices, one script for all of them, one for a group, and one for nobody.
const SCENARIO: &str = r#"
title = "Two devices"
start = "2026-01-05T08:00:00"

[[group]]
name = "pilots"

[[script]]
name = "clean"
assign = ["all-devices"]

[[script]]
name = "trial"
assign = ["pilots"]

[[script]]
name = "spare"

[[device]]
name = "pc1"
groups = ["pilots"]

[[device]]
name = "pc2"
"#;

const TOKENS: &str = "pc1 token 1111111111111111\npc2 token 2222222222222222\n";
const PC1: &str = "1111111111111111";
const PC2: &str = "2222222222222222";

fn hub(text: &str) -> Hub {
    let scenario = Scenario::parse(text, "served.toml", &Overrides::default()).unwrap();
    Hub::new(scenario.plan, 1).unwrap()
}

fn credentials(hub: &Hub, text: &str) -> Credentials {
    Credentials::parse(text, |name| hub.devices().iter().position(|device| device.name() == name)).unwrap()
}

/// Serves a scenario to the two devices.
fn start(text: &str, options: Options) -> Result<Server, ServeError> {
    let hub = hub(text);
    let credentials = credentials(&hub, TOKENS);
    Server::start(hub, credentials, options)
}

fn serve_with(options: Options) -> Server {
    start(SCENARIO, options).unwrap()
}

fn serve() -> Server {
    serve_with(Options::default())
}

/// A request as text, without body.
fn head(method: &str, path: &str, headers: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")
}

/// A request of a device, as text.
fn posted(token: &str, body: &str) -> String {
    let length = body.len();
    let authorization = format!("authorization: Bearer {token}\r\n");
    head(
        "POST",
        "/v1/requests",
        &format!("{authorization}content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n"),
    ) + body
}

/// A poll of the agent.
fn poll(number: u32, workload: &str) -> String {
    format!(
        r#"{{"version":1,"token":{number},"request":{{"poll":{{"workload":"{workload}","user":0,"agent":"1.94.0.0"}}}}}}"#
    )
}

/// A report that script number `policy` ended well in run `run`.
fn report(number: u32, policy: u32, run: u32) -> String {
    format!(
        r#"{{"version":1,"token":{number},"request":{{"report":{{"script":{{"policy":{policy},"revision":1,"user":0,"result":"success","exit_code":0,"run":{run}}}}}}}}}"#
    )
}

/// Writes some bytes and reads until the connection ends.
fn talk(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    drop(stream.write_all(text.as_bytes()));
    listen(&mut stream)
}

fn listen(stream: &mut TcpStream) -> String {
    let (mut all, mut chunk) = (Vec::new(), [0; 4096]);
    while let Ok(read @ 1..) = stream.read(&mut chunk) {
        all.extend(&chunk[..read]);
    }
    String::from_utf8(all).unwrap()
}

/// What a device is answered: the status, and the body.
fn ask(server: &Server, token: &str, body: &str) -> (u16, String) {
    let answer = talk(server.address(), &posted(token, body));
    (status(&answer), body_of(&answer).to_owned())
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap_or_else(|| panic!("no status in {answer:?}")).parse().unwrap()
}

fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

/// Everything but the date.
fn without_date(answer: &str) -> String {
    answer.lines().filter(|line| !line.starts_with("date:")).collect::<Vec<_>>().join("\n")
}
