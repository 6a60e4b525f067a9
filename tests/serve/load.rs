//! Many requests at once, and how long each takes. `IMESIM_REQUESTS` says how many each connection makes: 100 where it is not set.
//! `IMESIM_DEVICES` adds so many devices that are quiet, whose records a state file has too.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use imesim::serve::{Limits, Options};

use super::state::folder;
use super::{PC1, SCENARIO, poll, posted, report, start};

/// Connections at a time.
const CONNECTIONS: usize = 16;

/// Makes requests one after the other on one connection; how long each took.
fn requests(address: SocketAddr, bodies: impl Iterator<Item = String>) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut chunk = [0; 4096];
    let one = |body: String| {
        let text = posted(PC1, &body).replace("connection: close\r\n", "");
        let began = Instant::now();
        stream.write_all(text.as_bytes()).unwrap();
        let mut got = Vec::new();
        // Every answer here ends with the end of an object.
        while !got.ends_with(b"}") {
            let read = stream.read(&mut chunk).unwrap();
            assert!(read > 0, "the connection ended");
            got.extend(&chunk[..read]);
        }
        assert!(got.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&got));
        began.elapsed()
    };
    bodies.map(one).collect()
}

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn measure(name: &str, address: SocketAddr, body: impl Fn(u32) -> String + Copy + Send + 'static) -> usize {
    let each = number("IMESIM_REQUESTS", 100);
    let began = Instant::now();
    let threads: Vec<_> = (0..u32::try_from(CONNECTIONS).unwrap())
        .map(|part| thread::spawn(move || requests(address, (1..=each).map(|number| body(part * each + number)))))
        .collect();
    let mut all: Vec<Duration> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    let took = began.elapsed();
    all.sort_unstable();
    let at = |percent: usize| all[(all.len() - 1) * percent / 100];
    let per_second = all.len() as u128 * 1_000_000 / took.as_micros();
    println!(
        "{name}: {} requests, {per_second} a second, median {:?}, 99 % {:?}, longest {:?}",
        all.len(),
        at(50),
        at(99),
        at(100)
    );
    all.len()
}

#[test]
fn every_one_of_many_requests_at_once_is_answered() {
    let limits = Limits { per_device: 10_000_000, total: 10_000_000, ..Limits::default() };
    let (whole, steps) = (folder("load-whole").join("state"), folder("load").join("state"));
    let quiet = match number("IMESIM_DEVICES", 0) {
        0 => String::new(),
        count => format!("\n[[population]]\nname = \"quiet\"\ncount = {count}\n"),
    };
    let grows = Options::default().journal;
    for (name, state, journal) in [
        ("in memory", None, grows),
        ("with a state file that is written as a whole each time", Some(whole), 0),
        ("with a state file that grows", Some(steps), grows),
    ] {
        let options = Options { limits, state, journal, ..Options::default() };
        let server = start(&format!("{SCENARIO}{quiet}"), options).unwrap();
        measure(&format!("polls {name}"), server.address(), |number| poll(number, "script"));
        let reports = measure(&format!("reports {name}"), server.address(), |number| report(number, 0, number));
        let taken = server.with(|hub, _| hub.devices()[0].record().ledger.reports().total());
        assert_eq!(taken as usize, reports, "each report was counted");
    }
}
