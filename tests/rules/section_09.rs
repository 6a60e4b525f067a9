//! The table of B-9.1 as data: what its rows say, and that a device does what they say.
#![cfg(feature = "scenario")]
#![allow(clippy::panic, reason = "a test that is not met ends")]

use imesim::device::{ImeCheckIn, MdmCheckIn, TABLE};
use imesim::scenario::{Overrides, Scenario};
use imesim::sim::trace::Line;

/// B-9.1: the two columns of every row, as the catalogue has them.
#[test]
fn the_table_is_that_of_the_catalogue() {
    use ImeCheckIn as I;
    use MdmCheckIn as M;
    let rows = [
        (M::Yes, I::ByScope),
        (M::No, I::Start),
        (M::Yes, I::No),
        (M::ByPush, I::No),
        (M::ByPush, I::No),
        (M::No, I::Start),
        (M::OnLogin, I::SignIn),
        (M::No, I::No),
        (M::ByPush, I::AppsByPush),
        (M::No, I::No),
        (M::ByPush, I::No),
        (M::ByPush, I::No),
        (M::No, I::Package),
        (M::Yes, I::App),
        (M::Yes, I::Compliance),
        (M::Yes, I::No),
        (M::No, I::Timer),
        (M::ByPush, I::No),
        (M::No, I::No),
        (M::No, I::Apps),
        (M::No, I::Compliance),
    ];
    for (number, (row, (mdm, ime))) in (1..).zip(TABLE.iter().zip(rows)) {
        assert_eq!((row.number, row.mdm, row.ime), (number, mdm, ime), "row {number}: {}", row.action);
    }
}

/// What is written into a scenario for a row: the device's further keys, and the events of the timeline at 1:10.
const ACTIONS: [(u8, &str, &str); 24] = [
    (1, "", "do = 'company-portal-sync'"),
    (2, "", "do = 'service-restart'"),
    (3, "", "do = 'settings-sync'"),
    (4, "", "do = 'admin-sync'"),
    (5, "", "do = 'admin-bulk-sync'"),
    (6, "", "do = 'reboot'"),
    (7, "", "do = 'sign-in'\nuser = 'anna'"),
    (8, "", "do = 'lock'"),
    (8, "", "do = 'unlock'"),
    (8, "", "do = 'console-connect'"),
    (8, "", "do = 'sign-out'\nuser = 'anna'"),
    (9, "", "do = 'assign'\ncontent = 'app'\ngroup = 'all-devices'\nintent = 'required'"),
    (10, "", "do = 'assign'\ncontent = 'app'\ngroup = 'all-devices'\nintent = 'available'"),
    (11, "", "do = 'assign'\ncontent = 'script'\ngroup = 'all-devices'"),
    (12, "", "do = 'assign'\ncontent = 'remediation'\ngroup = 'all-devices'"),
    (13, "", "do = 'admin-run-remediation'\ncontent = 'remediation'"),
    (14, "", "do = 'company-portal-install'\ncontent = 'app'"),
    (15, "", "do = 'company-portal-compliance'"),
    (16, "enrolled = '-14d22h50m'\nmdm_schedule = false", ""),
    (16, "enrolled = '-9h5m'", ""),
    (18, "", "do = 'admin-lock'"),
    (19, "", "do = 'remote-help'"),
    (20, "", "do = 'protocol-syncapp'"),
    (21, "", "do = 'protocol-synccompliance'"),
];

/// What happens on a device after the action of a row, up to the next timer of the agent.
fn after(device: &str, action: &str) -> Vec<Line> {
    let schedule = if device.is_empty() { "mdm_schedule = false" } else { device };
    let happens = if action.is_empty() { String::new() } else { format!("[[at]]\nat = '1h10m'\n{action}\n") };
    let text = format!(
        "jitter = 'off'\nduration = '1h50m'\n\
         [[script]]\nname = 'script'\n[[app]]\nname = 'app'\n[[remediation]]\nname = 'remediation'\n\
         [[device]]\nname = 'pc1'\nusers = ['anna']\n{schedule}\n{happens}"
    );
    let scenario = Scenario::parse(&text, "row.toml", &Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
    let mut lines = scenario.run(None).unwrap_or_else(|error| panic!("{error}")).lines;
    lines.retain(|line| line.at >= imesim::time::Span::mins(65));
    lines
}

/// A field of an event, as text.
fn field<'l>(line: &'l Line, name: &str) -> &'l str {
    line.details.get(name).and_then(|value| value.as_str()).unwrap_or("")
}

/// B-9.1: every row of the table against what a device does.
#[test]
fn a_device_does_what_every_row_says() {
    for (number, device, action) in ACTIONS {
        let row = &TABLE[usize::from(number) - 1];
        let lines = after(device, action);
        let of = |event: &'static str| lines.iter().filter(move |line| line.event == event);
        let place = format!("row {number}, {}: {action}{device}", row.action);

        let sessions: Vec<&str> = of("mdm-session").map(|line| field(line, "cause")).collect();
        let by_push = sessions.iter().all(|cause| cause.ends_with("-push"));
        match row.mdm {
            MdmCheckIn::No => assert_eq!(sessions.len(), 0, "{place}"),
            MdmCheckIn::Yes => assert!(sessions.len() == 1 && !by_push, "{place}: {sessions:?}"),
            MdmCheckIn::ByPush => assert!(sessions.len() == 1 && by_push, "{place}: {sessions:?}"),
            MdmCheckIn::OnLogin => assert_eq!(sessions, ["sign-in"], "{place}"),
        }

        let mut polls: Vec<(&str, &str)> =
            of("check-in").map(|line| (field(line, "cause"), field(line, "workload"))).collect();
        polls.sort_unstable();
        let all =
            |cause| ["available-app", "compliance", "remediation", "required-app", "script"].map(|one| (cause, one));
        let wanted: Vec<(&str, &str)> = match row.ime {
            ImeCheckIn::ByScope => all("company-portal").to_vec(),
            ImeCheckIn::Start => all("start").to_vec(),
            ImeCheckIn::SignIn => all("sign-in").to_vec(),
            ImeCheckIn::AppsByPush => vec![("push", "required-app")],
            ImeCheckIn::Apps => vec![("app-sync", "available-app"), ("app-sync", "required-app")],
            ImeCheckIn::App => vec![("app-request", "available-app")],
            // What is on hand runs without a poll; a package on demand is not carried out here.
            ImeCheckIn::No | ImeCheckIn::Compliance | ImeCheckIn::Package | ImeCheckIn::Timer => Vec::new(),
        };
        assert_eq!(polls, wanted, "{place}");

        let compliance = of("compliance-run").count();
        assert_eq!(compliance, usize::from(row.ime == ImeCheckIn::Compliance), "{place}");
    }
}

/// B-9.1: every row but that of the agent's own timers has an action above.
#[test]
fn every_row_is_tried() {
    for row in &TABLE {
        let tried = ACTIONS.iter().any(|(number, ..)| *number == row.number);
        assert!(tried || row.ime == ImeCheckIn::Timer, "row {}", row.number);
    }
}
