//! Messages over TCP, with real sockets and a real clock.
#![allow(clippy::disallowed_methods, reason = "sockets are real, and so is the time they take")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use imesim::agent::Input;
use imesim::driver::tcp::{Reply, Server, Tcp, serve};
use imesim::driver::wire::{HEADER, ToDevice, ToService, WireError, encode};
use imesim::driver::{Clock, Delivery, MemoryHost, RealClock, Session, Setup, Transport};
use imesim::profile::Profile;
use imesim::protocol::{Answer, Failure, Request, Token};
use imesim::time::{Awake, Now, Span};

use super::wire::poll;
use super::{Service, VERSION, days, outcome, start};

fn server() -> Server {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut service = Service::default();
    serve(listener, move |request| Reply { at: start(), answer: service.answer(request) }).unwrap()
}

/// The same, with a clock that runs as fast as the device's, so that the device's is not taken for wrong (B-1.24).
fn server_in_time(speed: u32) -> Server {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (mut service, clock) = (Service::default(), RealClock::with_speed(speed));
    serve(listener, move |request| Reply { at: clock.now().wall, answer: service.answer(request) }).unwrap()
}

fn now() -> Now {
    Now { wall: days(1), awake: Awake::MIN }
}

/// Waits, in real time, for a delivery.
fn receive(tcp: &mut Tcp) -> Delivery {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        match tcp.receive(now()) {
            Some(delivery) => return delivery,
            None => assert!(Instant::now() < until, "nothing came"),
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn requests_are_answered_over_tcp() {
    let server = server();
    let mut tcp = Tcp::new(server.address());
    let mut token = Token::FIRST;
    for _ in 0..50 {
        tcp.send(now(), token, poll());
        token = token.next();
    }
    for number in 1..=50 {
        let delivery = receive(&mut tcp);
        assert_eq!((delivery.token.number(), delivery.at), (number, start()));
        assert!(matches!(delivery.answer, Ok(Answer::Scripts(scripts)) if scripts.len() == 3));
    }
    assert_eq!(tcp.receive(now()), None);
    assert_eq!(server.refused(), []);
}

#[test]
fn without_a_service_requests_fail_for_want_of_a_network() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut tcp = Tcp::new(address);
    tcp.send(now(), Token::FIRST, poll());
    let delivery = Delivery { token: Token::FIRST, at: now().wall, answer: Err(Failure::NoNetwork) };
    assert_eq!(receive(&mut tcp), delivery);
    assert!(matches!(tcp.last_error(), Some(WireError::Connection { doing: "connecting", .. })));
}

#[test]
fn a_lost_connection_fails_what_is_outstanding_and_the_next_request_connects_again() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut tcp = Tcp::new(listener.local_addr().unwrap());
    let (first, second, third) = (Token::FIRST, Token::FIRST.next(), Token::FIRST.next().next());
    // The service takes two requests and hangs up, having answered the second and begun to answer the first.
    tcp.send(now(), first, poll());
    tcp.send(now(), second, Request::ConnectionTest);
    let mut device = listener.accept().unwrap().0;
    let pump = tcp.receive(now());
    assert_eq!(pump, None);
    let accepted = |token| ToDevice { token, at: start(), answer: Ok(Answer::Accepted) };
    device.write_all(&encode(&accepted(second)).unwrap()).unwrap();
    device.write_all(&encode(&accepted(first)).unwrap()[..10]).unwrap();
    device.shutdown(Shutdown::Write).unwrap();
    assert_eq!(receive(&mut tcp), Delivery { token: second, at: start(), answer: Ok(Answer::Accepted) });
    let lost = Delivery { token: first, at: now().wall, answer: Err(Failure::NoNetwork) };
    assert_eq!(receive(&mut tcp), lost);
    assert_eq!(tcp.last_error(), Some(&WireError::Short { have: 10, needed: HEADER }));
    tcp.send(now(), third, poll());
    let mut device = listener.accept().unwrap().0;
    device.write_all(&encode(&accepted(third)).unwrap()).unwrap();
    assert_eq!(receive(&mut tcp).token, third);
}

#[test]
fn a_service_that_sends_garbage_is_left() {
    for (bytes, error) in [
        (&b"HTTP/1.1 400 Bad Request"[..], WireError::Version { found: b'H' }),
        (&[1, 255, 255, 255, 255][..], WireError::Oversized { length: u64::from(u32::MAX) }),
    ] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut tcp = Tcp::new(listener.local_addr().unwrap());
        tcp.send(now(), Token::FIRST, poll());
        listener.accept().unwrap().0.write_all(bytes).unwrap();
        assert_eq!(receive(&mut tcp).answer, Err(Failure::NoNetwork));
        assert_eq!(tcp.last_error(), Some(&error));
    }
}

#[test]
fn a_device_that_sends_garbage_is_hung_up_on() {
    let server = server();
    let frame = encode(&ToService { token: Token::FIRST, request: poll() }).unwrap();
    let mut flipped = frame.clone();
    flipped[HEADER] ^= 1;
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &flipped, &[1, 0, 0, 16, 1], &frame[..frame.len() - 1]] {
        let mut device = TcpStream::connect(server.address()).unwrap();
        device.write_all(bytes).unwrap();
        device.shutdown(Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        // A reset and an orderly end are both an end.
        let _ = device.read_to_end(&mut rest);
        assert!(rest.is_empty());
    }
    let until = Instant::now() + Duration::from_secs(20);
    while server.refused().len() < 4 {
        assert!(Instant::now() < until, "{:?}", server.refused());
        std::thread::sleep(Duration::from_millis(1));
    }
    let refused = server.refused();
    assert!(refused.contains(&WireError::Version { found: b'G' }));
    assert!(refused.iter().any(|error| matches!(error, WireError::Damaged { .. })));
    assert!(refused.contains(&WireError::Oversized { length: 0x0110_0000 }));
    assert!(refused.contains(&WireError::Short { have: frame.len() - 1, needed: frame.len() }));
    // Others are served all the same.
    let mut tcp = Tcp::new(server.address());
    tcp.send(now(), Token::FIRST, poll());
    assert!(receive(&mut tcp).answer.is_ok());
}

#[test]
fn an_agent_lives_over_tcp_with_a_real_clock() {
    let server = server_in_time(50_000);
    let mut profile = Profile::default().without_jitter();
    // 100 s are two thousandths of a second of real time at this speed.
    profile.set("ime.answer_timeout", "1h").unwrap();
    let clock = RealClock::with_speed(50_000);
    let setup = Setup { profile, ..Setup::default() };
    let mut session = Session::new(setup, clock, Tcp::new(server.address()), MemoryHost::new(outcome));
    session.feed(Input::Installed(VERSION)).unwrap();
    let end = session.clock().now().wall.after(Span::days(2));
    session.run_until(end).unwrap();
    assert!(session.agent().is_running());
    assert!(session.host().started().len() >= 3);
    session.agent().check_invariants().unwrap();
}
