//! The page for admins: what it shows, what it changes, and who may.

use std::net::{Ipv4Addr, SocketAddr};

use imesim::serve::{Options, Server};

use super::visitor::{Visitor, secret};
use super::{PC1, PC2, SCENARIO, TOKENS, ask, credentials, hub, poll, report, serve_with, status};

fn with_page(admin_token: Option<&str>) -> (Server, Visitor) {
    let admin = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let server = serve_with(Options {
        admin,
        admin_token: admin_token.map(str::to_owned),
        title: "Two <devices>".to_owned(),
        ..Options::default()
    });
    let visitor = Visitor::new(server.admin_address().unwrap());
    (server, visitor)
}

#[test]
fn the_overview_shows_assignments_groups_and_devices() {
    let (server, visitor) = with_page(None);
    let page = visitor.page("/");
    for text in ["clean", "trial", "spare", "pilots", "all-devices", "pc1", "pc2", "Two &lt;devices&gt;", "not seen"] {
        assert!(page.contains(text), "{text} in {page}");
    }
    assert_eq!(ask(&server, PC1, &poll(1, "script")).0, 200);
    assert_eq!(ask(&server, PC1, &report(2, 0, 9)).0, 200);
    let page = visitor.page("/devices/0");
    for text in ["done", "1.94.0.0"] {
        assert!(visitor.page("/").contains(text) || page.contains(text), "{text}");
    }
    // B-4.5: scripts are asked for every eight hours.
    let (last, next) = server.with(|hub, _| {
        let record = hub.devices()[0].record();
        (
            record.polled[0].unwrap(),
            record.expected(imesim::protocol::Workload::Script, true, &hub.plan().profile).unwrap(),
        )
    });
    assert_eq!(next.since(last), imesim::time::Span::hours(8));
    let shown = |at: imesim::time::Wall| at.to_string()[..19].replace('T', " ");
    assert!(page.contains(&shown(last)) && page.contains(&shown(next)), "{page}");
    assert_eq!(status(&visitor.get("/devices/2")), 404);
    assert!(visitor.page("/?q=c2").contains("1 of 2 devices"));
    assert!(visitor.page("/?q=%3Cscript%3E").contains("value=\"&lt;script&gt;\""), "what is searched for is escaped");
}

#[test]
fn assigning_and_unassigning_reaches_the_agents() {
    let (server, visitor) = with_page(None);
    let has = |token, id: &str| ask(&server, token, &poll(1, "script")).1.contains(id);
    assert!(!has(PC2, r#""id":2"#));
    let answer = visitor.post("/", "/assign", "content=2&group=0&want=include");
    assert_eq!(status(&answer), 303, "{answer}");
    let page = visitor.page("/");
    assert!(page.contains("Unassign spare from "), "{page}");
    let group = server.with(|hub, _| hub.tenant().groups()[0].name.clone());
    let of_all =
        server.with(|hub, _| hub.tenant().groups().iter().position(|group| group.name == "all-devices").unwrap());
    let answer = visitor.post("/", "/assign", &format!("content=2&group={of_all}&want=include"));
    assert_eq!(status(&answer), 303);
    assert!(has(PC1, r#""id":2"#) && has(PC2, r#""id":2"#), "{group}");
    let answer = visitor.post("/", "/unassign", &format!("content=2&group={of_all}"));
    assert_eq!(status(&answer), 303);
    assert!(!has(PC2, r#""id":2"#));
    // What the tenant refuses is refused, and nothing has changed.
    let before = visitor.page("/");
    let answer = visitor.post("/", "/unassign", &format!("content=2&group={of_all}"));
    assert_eq!(status(&answer), 409, "{answer}");
    assert_eq!(status(&visitor.post("/", "/assign", "content=99&group=0&want=include")), 409);
    assert_eq!(
        status(&visitor.post("/", "/assign", "content=0&group=0&want=required")),
        409,
        "a script has no intent (B-12.19)"
    );
    let rows = |page: &str| page.matches("Unassign").count();
    assert_eq!(rows(&visitor.page("/")), rows(&before));
}

// B-3.12, B-10.11, B-10.5a.
#[test]
fn devices_are_synced_retired_and_moved_between_groups() {
    let (server, visitor) = with_page(None);
    assert_eq!(status(&visitor.post("/devices/0", "/devices/0/act", "action=sync")), 303);
    assert!(visitor.page("/devices/0").contains("MdmAdmin"), "the push waits for the device");

    let pilots = server.with(|hub, _| hub.tenant().group_named("pilots").unwrap().0);
    assert!(visitor.page("/devices/0").contains("Leave pilots") && visitor.page("/devices/1").contains("Join pilots"));
    assert_eq!(status(&visitor.post("/devices/1", "/devices/1/group", &format!("group={pilots}&member=yes"))), 303);
    assert!(visitor.page("/devices/1").contains("Leave pilots"));
    assert_eq!(status(&visitor.post("/devices/1", "/devices/1/group", &format!("group={pilots}&member=no"))), 303);
    assert!(visitor.page("/devices/1").contains("Join pilots"));
    let all = server.with(|hub, _| hub.tenant().group_named("all-devices").unwrap().0);
    assert_eq!(status(&visitor.post("/devices/1", "/devices/1/group", &format!("group={all}&member=no"))), 409);
    assert_eq!(status(&visitor.post("/", "/devices/7/act", "action=sync")), 404);

    assert_eq!(status(&visitor.post("/devices/0", "/devices/0/act", "action=retire")), 303);
    let session = r#"{"version":1,"token":2,"request":{"mdm-session":{"cause":"admin-push","agent":"1.94.0.0"}}}"#;
    assert!(ask(&server, PC1, session).1.contains(r#""management":"retire""#));
    assert!(ask(&server, PC1, &poll(3, "script")).1.ends_with(r#""answer":"not-managed"}"#));
}

// B-6.29.
#[test]
fn a_remediation_runs_on_demand_where_there_is_one() {
    let (_server, visitor) = with_page(None);
    assert!(!visitor.page("/devices/0").contains("Run now"));
    for content in ["&content=0", "&content=99", ""] {
        let answer = visitor.post("/devices/0", "/devices/0/act", &format!("action=run-remediation{content}"));
        assert_eq!(status(&answer), 404, "{answer}");
    }
    let hub = hub(&format!("{SCENARIO}\n[[remediation]]\nname = \"disk-space\"\n"));
    let credentials = credentials(&hub, TOKENS);
    let admin = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let server = Server::start(hub, credentials, Options { admin, ..Options::default() }).unwrap();
    let visitor = Visitor::new(server.admin_address().unwrap());
    let page = visitor.page("/devices/0");
    assert!(page.contains("<option value=\"3\">disk-space</option>") && page.contains("Run now"), "{page}");
    let answer = visitor.post("/devices/0", "/devices/0/act", "action=run-remediation&content=3");
    assert_eq!(status(&answer), 303, "{answer}");
    assert!(visitor.page("/devices/0").contains("AgentRemediation"), "the push waits for the device");
}

#[test]
fn a_form_of_another_site_changes_nothing() {
    let (server, mut visitor) = with_page(None);
    let fields = "action=sync";
    assert_eq!(status(&visitor.post_with("/devices/0/act", &format!("csrf=guess&{fields}"))), 403);
    assert_eq!(status(&visitor.post_with("/devices/0/act", fields)), 422);
    assert_eq!(status(&visitor.get("/assign?content=2&group=0&want=include")), 405, "a link changes nothing");
    let known = secret(&visitor.page("/"));
    for headers in [
        "origin: http://evil.example\r\n",
        "sec-fetch-site: cross-site\r\n",
        "origin: null\r\nsec-fetch-site: cross-site\r\n",
    ] {
        visitor.headers = headers.to_owned();
        assert_eq!(status(&visitor.post_with("/devices/0/act", &format!("csrf={known}&{fields}"))), 403, "{headers}");
    }
    assert!(server.with(|hub, now| hub.devices()[0].record().waiting(now).next().is_none()));
    visitor.headers = format!("origin: http://{}\r\nsec-fetch-site: same-origin\r\n", visitor.address);
    assert_eq!(status(&visitor.post_with("/devices/0/act", &format!("csrf={known}&{fields}"))), 303);
}

#[test]
fn without_a_token_only_this_machine_is_answered_and_only_under_its_own_name() {
    let (_server, mut visitor) = with_page(None);
    for host in ["evil.example", "localhost.evil.example", "192.168.0.1"] {
        visitor.headers = format!("host: {host}\r\n");
        let answer = visitor.get("/");
        assert_eq!(status(&answer), 421, "{host}");
        assert!(!answer.contains("pc1"));
    }
    visitor.headers = "host: localhost:1\r\n".to_owned();
    assert_eq!(status(&visitor.get("/")), 200);
}

#[test]
fn with_a_token_it_is_asked_for_everywhere() {
    let (_server, mut visitor) = with_page(Some("open sesame 1234"));
    let refused = visitor.get("/");
    assert_eq!(status(&refused), 401);
    assert!(refused.to_lowercase().contains("www-authenticate: basic") && !refused.contains("pc1"), "{refused}");
    // admin:open sesame 1235, root:open sesame 1234, and no form of it at all.
    for value in ["Basic YWRtaW46b3BlbiBzZXNhbWUgMTIzNQ==", "Basic cm9vdDpvcGVuIHNlc2FtZSAxMjM0", "Basic !", "Bearer x"]
    {
        visitor.headers = format!("authorization: {value}\r\n");
        assert_eq!(status(&visitor.get("/")), 401, "{value}");
        assert_eq!(status(&visitor.post_with("/devices/0/act", "csrf=x&action=sync")), 401);
        assert_eq!(status(&visitor.get("/style.css")), 401);
    }
    visitor.headers = "authorization: Basic YWRtaW46b3BlbiBzZXNhbWUgMTIzNA==\r\n".to_owned();
    assert_eq!(status(&visitor.get("/")), 200);
}

#[test]
fn browsers_are_told_to_do_nothing_but_show_it() {
    let (_server, visitor) = with_page(None);
    for path in ["/", "/devices/0", "/nowhere", "/style.css"] {
        let answer = visitor.get(path);
        let policy = "content-security-policy: default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        for line in
            [policy, "x-content-type-options: nosniff", "referrer-policy: no-referrer", "cache-control: no-store"]
        {
            assert!(answer.lines().any(|found| found == line), "{path}: {line} in {answer}");
        }
        assert!(!answer.contains("<script") && !answer.contains("style="), "{path}");
    }
}
