//! More requests than can be made: they are refused, and nothing blocks.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use imesim::driver::http::{Config, Http, HttpError, Limits};
use imesim::driver::{Clock, RealClock, Transport};
use imesim::protocol::{Answer, Failure};

use crate::server::{Server, nothing};
use crate::{bearer, next, poll, quick, token};

#[test]
fn a_flood_is_refused_at_once_and_what_was_taken_is_answered() {
    let server = Server::plain(|seen| {
        thread::sleep(Duration::from_millis(20));
        nothing(seen)
    });
    let limits = Limits { queue: 10, threads: 2, ..quick() };
    let mut http = Http::new(&Config::new(&server.url()).limits(limits), bearer("x")).unwrap();
    let (now, started) = (RealClock::new().now(), Instant::now());
    for number in 1..=1_000 {
        http.send(now, token(number), poll());
    }
    assert!(started.elapsed() < Duration::from_millis(500), "sending does not wait: {:?}", started.elapsed());
    let (mut answered, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for _ in 1..=1_000 {
        let delivery = next(&mut http);
        match delivery.answer {
            Ok(Answer::Nothing) => assert!(answered.insert(delivery.token), "answered once"),
            Err(Failure::NoNetwork) => assert!(refused.insert(delivery.token), "refused once"),
            other => panic!("{other:?}"),
        }
    }
    assert!(answered.is_disjoint(&refused));
    assert!((10..=40).contains(&answered.len()), "{} were taken", answered.len());
    assert_eq!(http.last_error(), Some(HttpError::Flooded { limit: 10 }));
    assert_eq!(server.seen().len(), answered.len());
}

#[test]
fn the_wait_in_the_queue_counts() {
    let server = Server::plain(|seen| {
        thread::sleep(Duration::from_millis(250));
        nothing(seen)
    });
    let limits = Limits { whole: Duration::from_millis(400), answer: Duration::from_secs(2), threads: 1, ..quick() };
    let mut http = Http::new(&Config::new(&server.url()).limits(limits), bearer("x")).unwrap();
    for number in 1..=4 {
        http.send(RealClock::new().now(), token(number), poll());
    }
    let outcomes: Vec<_> = (1..=4).map(|_| next(&mut http).answer).collect();
    let late = Err(Failure::TimedOut);
    assert_eq!(outcomes, [Ok(Answer::Nothing), late.clone(), late.clone(), late]);
    assert!(server.seen().len() < 4, "what is too late is not sent");
}
