//! The service answers as the simulation's does: faults, throttling, reports, sessions, pushes.

use std::time::Duration;

use imesim::agent::Input;
use imesim::driver::http::{Bearer, Client, Config, Credential, HttpError, input};
use imesim::driver::{Clock, RealClock};
use imesim::protocol::{PolicyId, UserId};
use imesim::scenario::{Overrides, Scenario};
use imesim::serve::{About, Hub, Options, Server};
use imesim::service::AdminAction;

use super::{PC1, PC2, SCENARIO, TOKENS, ask, body_of, credentials, head, poll, posted, report, serve, status, talk};

/// Serves a scenario that starts now.
fn serve_text(text: &str) -> Server {
    let overrides = Overrides { start: Some(RealClock::new().now().wall), ..Overrides::default() };
    let hub = Hub::new(Scenario::parse(text, "served.toml", &overrides).unwrap().plan, 1).unwrap();
    let credentials = credentials(&hub, TOKENS);
    Server::start(hub, credentials, Options::default()).unwrap()
}

#[test]
fn a_report_is_counted_once_however_often_it_comes() {
    let server = serve();
    for number in 1..=3 {
        let (code, body) = ask(&server, PC1, &report(number, 0, 9));
        assert_eq!(code, 200);
        assert!(body.contains(&format!(r#""token":{number}"#)) && body.ends_with(r#""answer":"accepted"}"#), "{body}");
    }
    server.with(|hub, _| {
        let record = hub.devices()[0].record();
        assert_eq!(record.ledger.reports().total(), 1);
        let kept = record.reports[&About { policy: PolicyId(0), user: UserId::DEVICE }];
        assert_eq!((kept.count, kept.repeated), (1, 2));
    });
    // Another run is another report.
    assert_eq!(ask(&server, PC1, &report(4, 0, 10)).0, 200);
    assert_eq!(server.with(|hub, _| hub.devices()[0].record().ledger.reports().total()), 2);
}

#[test]
fn reports_on_what_is_not_there_take_no_room() {
    let server = serve();
    for policy in 0..100 {
        assert_eq!(ask(&server, PC1, &report(1, 3 + policy, 1)).0, 200);
    }
    assert!(server.with(|hub, _| hub.devices()[0].record().reports.is_empty()));
}

// B-13.4: the service's own throttling, as a scenario sets it.
#[test]
fn faults_and_throttling_of_a_scenario_come_as_http() {
    let with = |answer: &str| {
        let fault = format!("\n[[fault]]\non = \"script\"\nanswer = {answer}\n");
        let server = serve_text(&(SCENARIO.to_owned() + &fault));
        let answer = talk(server.address(), &posted(PC1, &poll(1, "script")));
        (status(&answer), body_of(&answer).to_owned())
    };
    assert_eq!(with("503"), (503, String::new()));
    assert_eq!(with("401"), (401, String::new()));
    assert_eq!(with("\"retry-after 2h\""), (429, String::new()));
    assert_eq!(with("\"empty\""), (200, String::new()));
    let (code, body) = with("\"timeout\"");
    assert_eq!(code, 200);
    assert!(body.ends_with(r#""failure":"timed-out"}"#), "{body}");
    let (code, body) = with("\"device-unknown\"");
    assert_eq!(code, 200);
    assert!(body.ends_with(r#""failure":"device-unknown"}"#), "{body}");

    let server = serve_text(&format!("{SCENARIO}\n[set]\n\"svc.rate_limit\" = 2\n"));
    let codes: Vec<u16> = (1..=3).map(|number| ask(&server, PC1, &poll(number, "script")).0).collect();
    assert_eq!(codes, [200, 200, 429]);
}

// B-2.4, B-13.13: an MDM client may come too.
#[test]
fn an_mdm_session_is_served_and_shows_as_the_last_check_in() {
    let server = serve();
    assert_eq!(server.with(|hub, _| hub.devices()[0].record().ledger.last_check_in()), None);
    let session = r#"{"version":1,"token":1,"request":{"mdm-session":{"cause":"admin-push","agent":null}}}"#;
    let (code, body) = ask(&server, PC1, session);
    assert_eq!(code, 200);
    assert!(body.contains(r#""agent":{"install":"#), "a script brings the agent: {body}");
    assert!(server.with(|hub, _| hub.devices()[0].record().ledger.last_check_in()).is_some());
}

// B-3.12, B-13.3: a push waits for its device, and goes when the device says that it has it.
#[test]
fn a_push_is_fetched_until_it_is_acknowledged() {
    let server = serve();
    let fetch = |after: u32| {
        let headers = format!("authorization: Bearer {PC1}\r\nconnection: close\r\n");
        let answer = talk(server.address(), &head("GET", &format!("/v1/pushes?after={after}"), &headers));
        body_of(&answer).to_owned()
    };
    assert_eq!(fetch(0), r#"{"version":1,"pushes":[]}"#);
    server.with(|hub, now| hub.act(0, now, AdminAction::Sync)).unwrap();
    let one = r#"{"version":1,"pushes":[{"number":1,"push":"mdm-admin"}]}"#;
    assert_eq!((fetch(0).as_str(), fetch(0).as_str()), (one, one));
    server.with(|hub, now| hub.act(0, now, AdminAction::Sync)).unwrap();
    assert_eq!(fetch(0), one.replace("1,\"push\"", "2,\"push\""), "the last of a kind stands for all");
    assert_eq!(fetch(2), r#"{"version":1,"pushes":[]}"#);
    assert_eq!(fetch(0), r#"{"version":1,"pushes":[]}"#, "acknowledged");
}

// B-4.19, B-6.29: what is assigned reaches a listening agent by itself.
#[test]
fn a_listener_hears_of_pushes_as_they_are_sent() {
    let server = serve();
    let client = Client::new(&Config::new(&format!("http://{}", server.address()))).unwrap();
    let mut listener = client.listen(Credential::Bearer(Bearer::new(PC1).unwrap())).unwrap();
    let mut next = || {
        for _ in 0..1_000 {
            if let Some(push) = listener.take() {
                return push;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no push, and {:?}", listener.last_error());
    };
    let run = AdminAction::RunRemediation { policy: PolicyId(0) };
    for (number, action) in [(1, AdminAction::Sync), (2, run), (3, AdminAction::Sync)] {
        server.with(|hub, now| hub.act(0, now, action)).unwrap();
        let push = next();
        assert_eq!(push.number, number);
        let fed = matches!(
            (action, input(push)),
            (AdminAction::Sync, None) | (_, Some(Input::OnDemand { policy: PolicyId(0), .. }))
        );
        assert!(fed, "{push:?}");
    }
    let mut wrong = client.listen(Credential::Bearer(Bearer::new("wrongwrongwrongwrong").unwrap())).unwrap();
    for _ in 0..1_000 {
        if wrong.last_error().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!((wrong.last_error(), wrong.take()), (Some(HttpError::Status { code: 401 }), None));
}

// B-13.4: what the scenario lets the service take in a window, over HTTP.
#[test]
fn a_service_without_capacity_refuses_everybody_from_the_second_window_on() {
    let server =
        serve_text(&format!("{SCENARIO}\n[service]\nrequests_per_minute = 0\nrefusal = 503\nwindow = \"1s\"\n"));
    std::thread::sleep(Duration::from_millis(1_100));
    let answer = talk(server.address(), &posted(PC1, &poll(1, "script")));
    assert_eq!((status(&answer), body_of(&answer)), (503, ""), "{answer}");
    assert!(!answer.to_lowercase().contains("retry-after"), "it says nothing more");
    assert!(server.with(|hub, _| hub.busy().conditions().refused_ppm == 1_000_000 && hub.devices()[0].record().seen.is_some()));
}

#[test]
fn a_busy_service_takes_its_time() {
    const SPEED: u32 = 2_000;
    let overrides = Overrides { start: Some(RealClock::new().now().wall), ..Overrides::default() };
    let text = format!("{SCENARIO}\n[service]\nrequests_per_minute = 1\nqueue = 1000\n");
    let hub = Hub::new(Scenario::parse(&text, "served.toml", &overrides).unwrap().plan, SPEED).unwrap();
    let credentials = credentials(&hub, TOKENS);
    let server = Server::start(hub, credentials, Options { speed: SPEED, ..Options::default() }).unwrap();
    let (real, window) =
        (|span: imesim::time::Span| Duration::from_millis(span.as_millis()) / SPEED, Duration::from_millis(30));
    std::thread::scope(|scope| {
        // All at once: whoever waits for an answer holds up nobody else.
        for number in 1..=40 {
            let server = &server;
            scope.spawn(move || assert_eq!(ask(server, PC1, &poll(number, "script")).0, 200));
        }
        let wait = (0..1_000).find_map(|_| {
            std::thread::sleep(Duration::from_millis(5));
            Some(real(server.with(|hub, _| hub.busy().conditions().wait))).filter(|wait| *wait >= window * 5)
        });
        let (wait, began) = (wait.expect("it gets busy"), std::time::Instant::now());
        assert_eq!(ask(&server, PC2, &poll(1, "script")).0, 200);
        assert!(began.elapsed() + window * 2 >= wait, "{:?} of {wait:?}", began.elapsed());
    });
}
