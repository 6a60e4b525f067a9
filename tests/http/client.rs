//! What becomes of a request: every way of failing, and the one of succeeding.

use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use imesim::driver::Transport;
use imesim::driver::http::message::MessageError;
use imesim::driver::http::{Client, Config, ConfigError, Credential, Http, HttpError, Limits};
use imesim::protocol::{Answer, Failure};
use imesim::time::Wall;

use crate::server::{Server, asked, nothing, response};
use crate::{ask, bearer, next, poll, quick, token};

fn transport(server: &Server) -> Http {
    Http::new(&Config::new(&server.url()).limits(quick()), bearer("s3cret")).unwrap()
}

#[test]
fn a_request_is_one_post_and_its_answer_comes_back_under_its_token() {
    let server = Server::plain(nothing);
    let mut http = transport(&server);
    let delivery = ask(&mut http, 17);
    assert_eq!(delivery.answer, Ok(Answer::Nothing));
    assert_eq!(delivery.at, Wall::from_unix_millis(13_400_000_000_000 - 11_644_473_600_000), "the service's time");
    assert_eq!(http.last_error(), None);
    let [seen] = server.seen().try_into().unwrap();
    assert!(seen.head.starts_with("POST /v1/requests HTTP/1.1"), "{}", seen.head);
    let head = seen.head.to_lowercase();
    assert!(head.contains("\r\nauthorization: bearer s3cret"), "{head}");
    assert!(head.contains("\r\ncontent-type: application/json"), "{head}");
}

#[test]
fn a_connection_is_kept_for_the_next_request() {
    let server = Server::plain(nothing);
    let limits = Limits { threads: 1, ..quick() };
    let mut http = Http::new(&Config::new(&server.url()).limits(limits), bearer("x")).unwrap();
    for number in 1..=5 {
        assert_eq!(ask(&mut http, number).answer, Ok(Answer::Nothing));
    }
    assert_eq!(server.seen().len(), 5);
}

// B-4.24, B-4.25: what the simulation calls by these names.
#[test]
fn a_status_is_told_as_it_is_and_retry_after_with_its_seconds() {
    for (status, headers, failure) in [
        ("401 Unauthorized", "", Failure::Status(401)),
        ("403 Forbidden", "", Failure::Status(403)),
        ("404 Not Found", "", Failure::Status(404)),
        ("413 Content Too Large", "", Failure::Status(413)),
        ("429 Too Many Requests", "", Failure::Status(429)),
        ("429 Too Many Requests", "retry-after: 120\r\n", Failure::RetryAfter(120)),
        ("429 Too Many Requests", "retry-after: whenever\r\n", Failure::Status(429)),
        (
            "503 Service Unavailable",
            "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:51:37 GMT\r\n",
            Failure::RetryAfter(120),
        ),
        ("500 Internal Server Error", "retry-after: 120\r\n", Failure::Status(500)),
        ("502 Bad Gateway", "", Failure::Status(502)),
        ("302 Found", "location: http://127.0.0.1:1/\r\n", Failure::Status(302)),
    ] {
        let server = Server::plain(move |_| response(status, headers, "a body that nobody reads"));
        let mut http = transport(&server);
        assert_eq!(ask(&mut http, 1).answer, Err(failure), "{status} {headers}");
        assert_eq!(http.last_error().unwrap().failure(), failure);
    }
}

#[test]
fn a_success_without_a_message_is_an_error_and_never_nothing() {
    let about = |body: &'static str| Server::plain(move |_| response("200 OK", "", body));
    for (server, reason) in [
        (about(""), MessageError::Empty),
        (about(r#"{"version":9,"whatever":1}"#), MessageError::Version { found: 9 }),
        (
            about(r#"{"version":1,"token":4,"at":1,"answer":"nothing"}"#),
            MessageError::Stranger { asked: token(1), found: token(4) },
        ),
    ] {
        let mut http = transport(&server);
        assert_eq!(ask(&mut http, 1).answer, Err(Failure::Empty));
        assert_eq!(http.last_error(), Some(HttpError::Message(reason)));
    }
    for body in [
        "nothing",
        "{}",
        "[1]",
        r#"{"version":1,"token":1,"at":1}"#,
        r#"{"version":1,"token":0,"at":1,"answer":"nothing"}"#,
    ] {
        let server = about(body);
        let mut http = transport(&server);
        assert_eq!(ask(&mut http, 1).answer, Err(Failure::Empty), "{body}");
        assert!(matches!(http.last_error(), Some(HttpError::Message(MessageError::Garbage { .. }))), "{body}");
    }
}

#[test]
fn a_failure_that_the_service_names_reaches_the_agent() {
    let server = Server::plain(|seen| {
        let body = format!(r#"{{"version":1,"token":{},"at":1,"failure":"device-unknown"}}"#, asked(seen));
        response("200 OK", "", &body)
    });
    let mut http = transport(&server);
    assert_eq!(ask(&mut http, 3).answer, Err(Failure::DeviceUnknown));
    assert_eq!(http.last_error(), None, "the way to the service is well");
}

#[test]
fn an_answer_beyond_the_limit_is_not_read() {
    let body = format!(r#"{{"version":1,"token":1,"at":1,"answer":"nothing","more":"{}"}}"#, "x".repeat(5_000));
    // Told beforehand, and not told: in one endless chunk.
    let told = response("200 OK", "", &body);
    let untold =
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffff\r\n".as_slice(), &b"y".repeat(100_000)]
            .concat();
    for answer in [told, untold] {
        let server = Server::plain(move |_| answer.clone());
        let limits = Limits { body: 1_000, ..quick() };
        let mut http = Http::new(&Config::new(&server.url()).limits(limits), bearer("x")).unwrap();
        assert_eq!(ask(&mut http, 1).answer, Err(Failure::Empty));
        assert_eq!(http.last_error(), Some(HttpError::Message(MessageError::Oversized { limit: 1_000 })));
    }
}

#[test]
fn silence_ends_at_the_limits() {
    // No head of an answer, and a body that does not go on.
    let server = Server::plain(|_| {
        thread::sleep(Duration::from_secs(30));
        Vec::new()
    });
    let mut http = transport(&server);
    let started = Instant::now();
    assert_eq!(ask(&mut http, 1).answer, Err(Failure::TimedOut));
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());

    let server = Server::plain(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n123".to_vec());
    let limits = Limits { whole: Duration::from_millis(500), ..quick() };
    let mut http = Http::new(&Config::new(&server.url()).limits(limits), bearer("x")).unwrap();
    assert_eq!(ask(&mut http, 1).answer, Err(Failure::TimedOut));
}

#[test]
fn no_connection_a_broken_one_and_no_name_are_told_apart() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let mut http = Http::new(&Config::new(&format!("http://{free}")).limits(quick()), bearer("x")).unwrap();
    assert_eq!(ask(&mut http, 1).answer, Err(Failure::NoNetwork));

    let server = Server::plain(|_| Vec::new());
    let mut http = transport(&server);
    assert_eq!(ask(&mut http, 1).answer, Err(Failure::NoNetwork), "closed without an answer");

    let server = Server::plain(|_| b"220 mail.example ESMTP\r\n\r\n".to_vec());
    let mut http = transport(&server);
    assert_eq!(ask(&mut http, 1).answer, Err(Failure::Empty), "not HTTP at all: {:?}", http.last_error());

    // The top level is reserved for this (RFC 6761).
    let config = Config::new("https://service.invalid").limits(quick());
    let mut http = Http::new(&config, bearer("x")).unwrap();
    assert_eq!(ask(&mut http, 1).answer, Err(Failure::NameResolution), "{:?}", http.last_error());
}

#[test]
fn a_proxy_is_asked_for_the_service_and_may_refuse() {
    // The proxy looks the name up, so that it need not be known here.
    let proxy = Server::plain(|_| response("407 Proxy Authentication Required", "", ""));
    let config = Config::new("https://service.invalid").proxy(&proxy.url()).limits(quick());
    let mut http = Http::new(&config, bearer("s3cret")).unwrap();
    assert_eq!(ask(&mut http, 1).answer, Err(Failure::NoNetwork), "{:?}", http.last_error());
    let [seen] = proxy.seen().try_into().unwrap();
    assert!(seen.head.starts_with("CONNECT service.invalid:443 "), "{}", seen.head);
    assert!(!seen.head.contains("s3cret"), "the proxy learns no token: {}", seen.head);
}

#[test]
fn what_is_forgotten_is_not_delivered_and_what_waits_is_not_sent() {
    let server = Server::plain(|seen| {
        thread::sleep(Duration::from_millis(200));
        nothing(seen)
    });
    let limits = Limits { threads: 1, ..quick() };
    let mut http = Http::new(&Config::new(&server.url()).limits(limits), bearer("x")).unwrap();
    let now = imesim::driver::Clock::now(&imesim::driver::RealClock::new());
    for number in 1..=3 {
        http.send(now, token(number), poll());
    }
    while server.seen().is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
    http.forget();
    http.send(now, token(1), poll());
    let delivery = next(&mut http);
    assert_eq!((delivery.token, delivery.answer), (token(1), Ok(Answer::Nothing)));
    thread::sleep(Duration::from_millis(300));
    assert_eq!(http.receive(now), None);
    let sent: Vec<u64> = server.seen().iter().map(asked).collect();
    assert_eq!(sent, [1, 1], "the second and third of the life before were not sent");
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_sent() {
    let refusal = |config: Config| Client::new(&config).unwrap_err();
    for address in ["", "localhost", "ftp://localhost", "https://", "https://user@localhost", "https://localhost/?q"] {
        assert!(matches!(refusal(Config::new(address)), ConfigError::Service { .. }), "{address}");
    }
    assert!(matches!(refusal(Config::new("http://service.example")), ConfigError::Plain { .. }));
    assert!(Client::new(&Config::new("http://service.example").allow_plain()).is_ok());
    let error = refusal(Config::new("https://x.example").proxy("gopher://me:secret@proxy"));
    assert!(matches!(error, ConfigError::Proxy { .. }));
    assert!(!error.to_string().contains("secret"), "{error}");
    let limits = Limits { threads: 0, ..Limits::default() };
    assert_eq!(refusal(Config::new("https://x.example").limits(limits)), ConfigError::Limit { name: "threads" });
    for text in ["", "two words", "line\r\nbreak", "ümlaut"] {
        assert_eq!(imesim::driver::http::Bearer::new(text), Err(ConfigError::Token), "{text:?}");
    }
    assert_eq!(format!("{:?}", bearer("s3cret")), "Bearer(Bearer(..))", "a token is not printed");
    assert_eq!(Credential::default(), Credential::Certificate);
}
