//! HTTP: the client's transport, its failures, its limits, TLS, and the form of messages.
#![allow(clippy::disallowed_methods, reason = "tests wait in real time and read certificates")]

#[cfg(all(feature = "agent", unix))]
#[path = "http/agent.rs"]
mod agent;
#[path = "http/client.rs"]
mod client;
#[path = "http/flood.rs"]
mod flood;
#[path = "http/messages.rs"]
mod messages;
#[path = "http/server.rs"]
mod server;
#[path = "http/system.rs"]
mod system;
#[path = "http/tls.rs"]
mod tls;

use std::time::{Duration, Instant};

use imesim::driver::http::{Bearer, Credential, Http, Limits};
use imesim::driver::{Clock, Delivery, RealClock, Transport};
use imesim::protocol::{Request, Token, UserId, Workload};

/// The poll that the tests send.
fn poll() -> Request {
    Request::Poll { workload: Workload::Script, user: UserId::DEVICE, agent: "1.94.0.0".parse().unwrap() }
}

fn token(number: u32) -> Token {
    Token::from_number(number).unwrap()
}

fn bearer(text: &str) -> Credential {
    Credential::Bearer(Bearer::new(text).unwrap())
}

/// Limits that a test can wait for.
fn quick() -> Limits {
    let (connect, answer) = (Duration::from_secs(2), Duration::from_millis(300));
    Limits { connect, answer, whole: Duration::from_secs(4), ..Limits::default() }
}

/// What comes next, within a good while.
fn next(http: &mut Http) -> Delivery {
    let (clock, started) = (RealClock::new(), Instant::now());
    loop {
        if let Some(delivery) = http.receive(clock.now()) {
            return delivery;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "no answer");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Sends one request and gives what comes of it.
fn ask(http: &mut Http, number: u32) -> Delivery {
    http.send(RealClock::new().now(), token(number), poll());
    let delivery = next(http);
    assert_eq!(delivery.token, token(number));
    delivery
}
