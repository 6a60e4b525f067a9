//! Who gets in, and how little the others learn.

use std::net::SocketAddr;

use imesim::driver::http::{Bearer, Config, Credential, Http, Identity, Roots};
use imesim::driver::{Clock, Delivery, RealClock, Transport};
use imesim::protocol::{Answer, Failure, Request, Token, UserId, Workload};
use imesim::serve::{Credentials, Options, ServeError, Server, Tls};
use sha2::{Digest, Sha256};

use super::{
    PC1, PC2, SCENARIO, TOKENS, ask, body_of, credentials, head, hub, poll, posted, serve, serve_with, status, talk,
    without_date,
};

#[test]
fn a_device_is_known_by_its_token_and_given_what_is_its_own() {
    let server = serve();
    let (code, body) = ask(&server, PC1, &poll(7, "script"));
    assert_eq!(code, 200);
    assert!(body.contains(r#""token":7"#) && body.contains(r#""id":0"#) && body.contains(r#""id":1"#), "{body}");
    let (code, body) = ask(&server, PC2, &poll(7, "script"));
    assert_eq!(code, 200);
    assert!(body.contains(r#""id":0"#) && !body.contains(r#""id":1"#), "not a pilot: {body}");
}

#[test]
fn whoever_is_nobody_gets_401_with_nothing_in_it_whatever_they_say() {
    let server = serve();
    let body = poll(1, "script");
    let with = |authorization: &str| {
        let length = body.len();
        let headers = format!(
            "{authorization}content-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n"
        );
        talk(server.address(), &(head("POST", "/v1/requests", &headers) + &body))
    };
    let all: Vec<String> = [
        with(""),
        with("authorization: Bearer\r\n"),
        with("authorization: Bearer \r\n"),
        with("authorization: Bearer nobodyhasthistoken\r\n"),
        with("authorization: Bearer 1111111111111112\r\n"),
        with("authorization: Bearer 11111111111111111\r\n"),
        with("authorization: bearer 1111111111111111\r\n"),
        with("authorization: Basic MTExMTExMTExMTExMTExMQ==\r\n"),
        with("authorization: 1111111111111111\r\n"),
        posted_as("\u{e9}", &server),
        talk(server.address(), &head("GET", "/v1/pushes?after=0", "connection: close\r\n")),
    ]
    .into_iter()
    .map(|answer| without_date(&answer))
    .collect();
    assert_eq!(status(&all[0]), 401);
    assert!(
        all[0].ends_with("content-length: 0\nconnection: close\n") || all[0].contains("content-length: 0"),
        "{}",
        all[0]
    );
    for answer in &all {
        assert_eq!(answer, &all[0], "all learn the same");
    }
    // Neither is a body judged, nor what is asked.
    for body in ["", "nonsense", "{\"version\":9}"] {
        assert_eq!(ask(&server, "wrongwrongwrongwrong", body).0, 401, "{body}");
    }
    assert!(
        server.with(|hub, _| hub.devices().iter().all(|device| device.record().seen.is_none())),
        "nobody was heard of"
    );
}

fn posted_as(token: &str, server: &Server) -> String {
    talk(server.address(), &posted(token, &poll(1, "script")))
}

#[test]
fn what_is_not_there_and_what_is_no_message_is_said_by_status() {
    let server = serve();
    let gone = talk(server.address(), &head("GET", "/", "connection: close\r\n"));
    assert_eq!((status(&gone), body_of(&gone)), (404, ""));
    assert_eq!(status(&talk(server.address(), &head("GET", "/v1/requests", "connection: close\r\n"))), 405);
    assert_eq!(status(&talk(server.address(), "nonsense\r\n\r\n")), 400);
    let (code, reason) = ask(&server, PC1, "{\"version\":9}");
    assert_eq!((code, reason.as_str()), (400, "the message is of version 9; this program speaks version 1"));
    assert_eq!(ask(&server, PC1, "{\"version\":1}").0, 400);
    assert_eq!(ask(&server, PC1, "").0, 400);
    let text = posted(PC1, &poll(1, "script")).replace("application/json", "text/plain");
    assert_eq!(status(&talk(server.address(), &text)), 415);
}

fn pem(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/http/certs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn asked(http: &mut Http) -> Delivery {
    let clock = RealClock::new();
    let request =
        Request::Poll { workload: Workload::Script, user: UserId::DEVICE, agent: "1.94.0.0".parse().unwrap() };
    http.send(clock.now(), Token::FIRST, request);
    for _ in 0..10_000 {
        if let Some(delivery) = http.receive(clock.now()) {
            return delivery;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    panic!("no answer");
}

// B-4.22: a certificate is who the device is.
#[test]
fn over_tls_a_certificate_or_a_token_says_who_the_device_is() {
    let der = pem("pc1.pem");
    let der = rustls::pki_types::pem::PemObject::from_pem_slice(&der)
        .map(|der: rustls::pki_types::CertificateDer<'_>| der)
        .unwrap();
    let print: String = Sha256::digest(&der).iter().map(|byte| format!("{byte:02x}")).collect();
    let hub = hub(SCENARIO);
    let known = credentials(&hub, &format!("pc1 certificate {print}\npc2 token {PC2}\n"));
    let tls = Tls::new(pem("server.pem"), pem("server.key")).clients(pem("ca.pem"));
    let server = Server::start(hub, known, Options { tls: Some(tls), ..Options::default() }).unwrap();

    let config =
        || Config::new(&format!("https://localhost:{}", server.address().port())).roots(Roots::Pem(pem("ca.pem")));
    let with = |name: &str| config().identity(Identity::new(pem(&format!("{name}.pem")), pem(&format!("{name}.key"))));
    let mut http = Http::new(&with("pc1"), Credential::Certificate).unwrap();
    let scripts = |delivery: Delivery| match delivery.answer {
        Ok(Answer::Scripts(scripts)) => scripts.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(scripts(asked(&mut http)), 2, "pc1 by its certificate");
    let token = |text: &str| Credential::Bearer(Bearer::new(text).unwrap());
    let mut http = Http::new(&config(), token(PC2)).unwrap();
    assert_eq!(scripts(asked(&mut http)), 1, "pc2 by its token");
    for (config, credential) in [
        (config(), Credential::Certificate),
        (config(), token("wrongwrongwrongwrong")),
        (with("pc1"), token("wrongwrongwrongwrong")),
        // Of the authority, and no device's.
        (with("server"), Credential::Certificate),
    ] {
        let mut http = Http::new(&config, credential).unwrap();
        assert!(
            matches!(asked(&mut http).answer, Err(Failure::Status(401) | Failure::NoCertificate | Failure::NoNetwork)),
            "{:?}",
            http.last_error()
        );
    }
    let mut http = Http::new(&with("stranger"), token(PC2)).unwrap();
    assert!(
        matches!(asked(&mut http).answer, Err(Failure::NoCertificate | Failure::NoNetwork)),
        "of another authority"
    );
    // Plain text is not understood, and what it is told is not ours.
    assert!(!talk(server.address(), &posted(PC2, &poll(1, "script"))).contains("HTTP"));
}

#[test]
fn nothing_unprotected_is_opened_to_other_machines() {
    let anywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let start = |options| Server::start(hub(SCENARIO), Credentials::default(), options).unwrap_err();
    assert_eq!(start(Options { listen: anywhere, ..Options::default() }), ServeError::Plain { address: anywhere });
    let open = ServeError::OpenAdmin { address: anywhere };
    assert_eq!(start(Options { admin: Some(anywhere), ..Options::default() }), open);
    let token = Some("0123456789abcdef".to_owned());
    assert_eq!(start(Options { admin: Some(anywhere), admin_token: token, ..Options::default() }), open, "without TLS");
    let tls = Tls::new(b"nonsense".to_vec(), pem("server.key"));
    assert!(matches!(start(Options { tls: Some(tls), ..Options::default() }), ServeError::Tls { .. }));
    let taken = serve();
    let options = Options { listen: taken.address(), ..Options::default() };
    assert!(matches!(start(options), ServeError::Listen { .. }));
    assert!(!format!("{:?}", serve_with(Options::default())).contains(PC1), "tokens are not printed");
    assert!(TOKENS.contains(PC1));
}
