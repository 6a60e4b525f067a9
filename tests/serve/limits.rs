//! Floods, oversize bodies and slow senders: each has its answer, and whoever behaves is served all the same.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use imesim::serve::{Limits, Options, Server};

use super::{PC1, PC2, ask, head, listen, poll, posted, serve_with, status, talk};

fn limited(limits: Limits) -> Server {
    serve_with(Options { limits, ..Options::default() })
}

fn retry_after(answer: &str) -> u32 {
    let line = answer.lines().find_map(|line| line.strip_prefix("retry-after: "));
    line.unwrap_or_else(|| panic!("no time in {answer}")).parse().unwrap()
}

#[test]
fn a_body_beyond_the_limit_is_413_told_or_untold() {
    let server = limited(Limits { body: 1_000, ..Limits::default() });
    let fits = poll(1, "script");
    assert_eq!(ask(&server, PC1, &format!("{fits}{}", " ".repeat(1_000 - fits.len()))).0, 200, "to the last byte");
    assert_eq!(ask(&server, PC1, &format!("{fits}{}", " ".repeat(1_001 - fits.len()))).0, 413);
    // It is refused by its announcement alone: nothing of it is sent here.
    let headers =
        format!("authorization: Bearer {PC1}\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n");
    assert_eq!(status(&talk(server.address(), &head("POST", "/v1/requests", &headers))), 413);
    let headers =
        format!("authorization: Bearer {PC1}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n");
    let chunk = format!("400\r\n{}\r\n", "x".repeat(1024));
    assert_eq!(status(&talk(server.address(), &(head("POST", "/v1/requests", &headers) + &chunk + &chunk))), 413);
    assert_eq!(ask(&server, PC1, &fits).0, 200);
}

#[test]
fn a_head_too_long_is_refused() {
    let server = limited(Limits::default());
    let answer = talk(server.address(), &head("GET", "/", &format!("x: {}\r\n", "y".repeat(200_000))));
    assert!(answer.is_empty() || status(&answer) == 431, "{answer}");
    assert_eq!(ask(&server, PC1, &poll(1, "script")).0, 200);
}

#[test]
fn a_body_that_does_not_come_is_408_and_a_head_that_does_not_come_ends_the_connection() {
    let time = Duration::from_millis(200);
    let server = limited(Limits { head_time: time, body_time: time, ..Limits::default() });
    let text = posted(PC1, &poll(1, "script"));
    let started = Instant::now();
    assert_eq!(status(&talk(server.address(), &text[..text.len() - 10])), 408);
    // Neither nothing at all, nor half a head, nor a second request that does not come.
    for text in ["", "POST /v1/requests HTTP/1.1\r\nhost: loc"] {
        assert_eq!(talk(server.address(), text), "", "{text}");
    }
    let kept_alive = posted(PC1, &poll(1, "script")).replace("connection: close\r\n", "");
    assert_eq!(status(&talk(server.address(), &kept_alive)), 200);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    // A head that drips, a byte now and then, has no more time.
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let started = Instant::now();
    while stream.write_all(b"x").is_ok() && started.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn a_device_that_floods_gets_429_and_the_others_are_served() {
    let server = limited(Limits { per_device: 5, ..Limits::default() });
    let answers: Vec<String> = (0..30).map(|_| talk(server.address(), &posted(PC1, &poll(1, "script")))).collect();
    let count = |code| answers.iter().filter(|answer| status(answer) == code).count();
    assert_eq!(count(200) + count(429), 30);
    assert!((10..25).contains(&count(200)), "{} were served", count(200));
    let refused = answers.iter().find(|answer| status(answer) == 429).unwrap();
    assert_eq!(retry_after(refused), 1);
    assert_eq!(ask(&server, PC2, &poll(1, "script")).0, 200);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(ask(&server, PC1, &poll(1, "script")).0, 200, "after the time that was named it is served again");
}

#[test]
fn a_flood_in_all_gets_503_whoever_it_is() {
    let server = limited(Limits { total: 5, ..Limits::default() });
    let answers: Vec<String> =
        (0..30).map(|_| talk(server.address(), &posted("wrongwrongwrongwrong", &poll(1, "script")))).collect();
    let count = |code| answers.iter().filter(|answer| status(answer) == code).count();
    assert_eq!(count(401) + count(503), 30);
    assert!(count(503) > 0 && count(401) >= 10);
    let answer = talk(server.address(), &posted(PC1, &poll(1, "script")));
    assert_eq!((status(&answer), retry_after(&answer)), (503, 1));
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(ask(&server, PC1, &poll(1, "script")).0, 200);
}

#[test]
fn connections_beyond_the_limit_get_503_until_others_end() {
    let server = limited(Limits { connections: 3, ..Limits::default() });
    let held: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(100));
    let mut one_more = TcpStream::connect(server.address()).unwrap();
    one_more.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let answer = listen(&mut one_more);
    assert_eq!((status(&answer), retry_after(&answer)), (503, 1));
    drop(held);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(ask(&server, PC1, &poll(1, "script")).0, 200);
}

#[test]
fn waits_are_told_in_the_time_of_the_service() {
    let hub = imesim::serve::Hub::new(super::hub(super::SCENARIO).plan().clone(), 100).unwrap();
    let credentials = super::credentials(&hub, super::TOKENS);
    let limits = Limits { per_device: 1, ..Limits::default() };
    let server = Server::start(hub, credentials, Options { limits, speed: 100, ..Options::default() }).unwrap();
    let answers = (0..4).map(|_| talk(server.address(), &posted(PC1, &poll(1, "script"))));
    let refused = answers.filter(|answer| status(answer) == 429).last().unwrap();
    assert!((50..=100).contains(&retry_after(&refused)), "a second is a hundred: {refused}");
}

#[test]
fn a_device_holds_no_more_than_two_connections_open_for_pushes() {
    let server = limited(Limits::default());
    let text =
        head("GET", "/v1/pushes?after=0&wait=20", &format!("authorization: Bearer {PC1}\r\nconnection: close\r\n"));
    let wait = || {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        stream
    };
    let held = [wait(), wait()];
    let began = Instant::now();
    assert_eq!(status(&talk(server.address(), &text)), 200);
    assert!(began.elapsed() < Duration::from_secs(5), "the third is answered at once");
    // Once their connections are gone they do not count.
    drop(held);
    std::thread::sleep(Duration::from_millis(500));
    let (mut third, began) = (wait(), Instant::now());
    third.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    assert_eq!(listen(&mut third), "", "it waits");
    assert!(began.elapsed() >= Duration::from_millis(400));
}
