//! Two machines with one identity, where the scenario has the service look for them (`svc.notices_twins`): ours, no rule of Intune.

use std::net::{Ipv4Addr, SocketAddr};

use imesim::serve::{Options, Server, Twins};

use super::state::folder;
use super::visitor::Visitor;
use super::{PC1, PC2, SCENARIO, ask, poll, report, start};

fn looking() -> String {
    format!("{SCENARIO}\n[set]\n\"svc.notices_twins\" = true\n")
}

fn twins(server: &Server, device: usize) -> Option<Twins> {
    server.with(|hub, _| hub.devices()[device].record().twins)
}

#[test]
fn a_number_that_came_before_is_noticed_kept_and_shown() {
    let state = folder("twins").join("state");
    let admin = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let options = Options { state: Some(state), admin, ..Options::default() };
    let server = start(&looking(), options.clone()).unwrap();
    // Of one machine, some of them on the way at the same time; its MDM client counts by itself.
    for number in [1, 2, 4, 3, 5] {
        assert_eq!(ask(&server, PC1, &poll(number, "script")).0, 200);
    }
    let session = r#"{"version":1,"token":1,"request":{"mdm-session":{"cause":"steady-slot","agent":"1.94.0.0"}}}"#;
    assert_eq!(ask(&server, PC1, session).0, 200);
    assert_eq!(twins(&server, 0), None);
    let visitor = Visitor::new(server.admin_address().unwrap());
    assert!(!visitor.page("/").contains("two machines") && !visitor.page("/devices/0").contains("Two machines"));

    // A clone of its disk goes on from an older number. It is answered as before: only an admin can tell which of the two is right.
    assert_eq!(ask(&server, PC1, &poll(3, "script")).0, 200);
    assert_eq!(ask(&server, PC1, &report(4, 0, 9)).0, 200);
    let found = twins(&server, 0).unwrap();
    assert_eq!(found.count, 2);
    assert!(found.first <= found.last);
    assert_eq!(twins(&server, 1), None);
    assert!(visitor.page("/").contains("(two machines)"));
    let page = visitor.page("/devices/0");
    assert!(page.contains("Two machines come with this identity: 2 requests"), "{page}");
    assert!(!visitor.page("/devices/1").contains("Two machines"));

    server.kill();
    let server = start(&looking(), options).unwrap();
    assert_eq!(twins(&server, 0), Some(found));
    assert_eq!(ask(&server, PC1, &report(5, 0, 10)).0, 200, "the numbers of before are known too");
    assert_eq!(twins(&server, 0).unwrap().count, 3);
}

#[test]
fn where_nobody_looks_for_them_nobody_notices() {
    let server = start(SCENARIO, Options::default()).unwrap();
    for number in [1, 2, 1, 1] {
        assert_eq!(ask(&server, PC2, &poll(number, "script")).0, 200);
    }
    assert_eq!(twins(&server, 1), None);
}
