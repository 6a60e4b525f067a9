//! An agent over HTTP, against `imesim serve` or any service that speaks its messages.
//!
//! ```text
//! cargo run --example http_agent --features serve -- http://127.0.0.1:8080 TOKEN SPEED SINCE
//! ```
//!
//! `imesim serve` prints all four. Without them the example serves two devices to itself for a day that takes some seconds.

use std::error::Error;
use std::process::ExitCode;

use imesim::agent::{Input, Run, RunOutcome};
use imesim::driver::http::{Bearer, Client, Config, Credential, input};
use imesim::driver::{Clock, MemoryHost, RealClock, Session, Setup};
use imesim::scenario::{Overrides, Scenario};
use imesim::serve::{Credentials, Hub, Options, Server};
use imesim::time::{Span, Wall};

const SCENARIO: &str = r#"
title = "Two devices"

[[script]]
name = "clean"
assign = ["all-devices"]

[[population]]
name = "pc"
count = 2
"#;

#[allow(clippy::disallowed_methods, reason = "this is a program")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let result = match &args[..] {
        [service, token, speed, since] => with_service(service, token, speed, since),
        [] => by_itself(),
        _ => Err("give the service's address, a token, the speed and its beginning in milliseconds, or nothing".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn with_service(service: &str, token: &str, speed: &str, since: &str) -> Result<(), Box<dyn Error>> {
    let clock = RealClock::since(Wall::from_unix_millis(since.parse()?), speed.parse()?);
    live(service, token, clock, Span::days(365))
}

/// A service and an agent in one process. The clocks of both are made from the same two numbers.
fn by_itself() -> Result<(), Box<dyn Error>> {
    const SPEED: u32 = 20_000;
    let start = RealClock::new().now().wall;
    let overrides = Overrides { start: Some(start), ..Overrides::default() };
    let hub = Hub::new(Scenario::parse(SCENARIO, "two.toml", &overrides)?.plan, SPEED)?;
    let (credentials, tokens) = Credentials::make(hub.devices().iter().map(|device| device.name()))?;
    let server = Server::start(hub, credentials, Options { speed: SPEED, ..Options::default() })?;
    let token = tokens.split_whitespace().nth(2).unwrap_or_default();
    live(&format!("http://{}", server.address()), token, RealClock::since(start, SPEED), Span::days(1))?;
    server.with(|hub, _| {
        for device in hub.devices() {
            let (done, failed) = device.record().scripts();
            println!("{}: {done} scripts done, {failed} failed", device.name());
        }
    });
    server.stop();
    Ok(())
}

/// One agent, for so long. What a real one would do otherwise is said in `embed_agent.rs`.
fn live(service: &str, token: &str, clock: RealClock, how_long: Span) -> Result<(), Box<dyn Error>> {
    let credential = Credential::Bearer(Bearer::new(token)?);
    let client = Client::new(&Config::new(service))?;
    let mut pushes = client.listen(credential.clone())?;
    let mut setup = Setup::default();
    setup.profile.set("ime.answer_timeout", "1h")?; // the clock may be fast, the network is not
    let host = MemoryHost::new(|run: &Run| {
        println!("runs script {}", run.policy.0);
        (Span::secs(20), RunOutcome::Exited { code: 0, stderr: false, output: 0 })
    });
    let mut session = Session::new(setup, clock, client.transport(credential), host);
    session.feed(Input::Installed("1.94.0.0".parse()?))?;
    let end = clock.now().wall.after(how_long);
    let mut told = 0;
    while session.clock().now().wall < end {
        let idle = session.poll()?;
        while let Some(push) = pushes.take() {
            println!("push {}: {:?}", push.number, push.push);
            if let Some(input) = input(push) {
                session.feed(input)?;
            }
        }
        for (now, rule, event) in session.host().notes().iter().skip(told) {
            println!("{}  {:<7} {event:?}", now.wall, rule.to_string());
        }
        told = session.host().notes().len();
        session.clock_mut().wait_until(idle.until);
    }
    if let Some(error) = session.transport().last_error() {
        println!("the last request that failed: {error}");
    }
    Ok(())
}
