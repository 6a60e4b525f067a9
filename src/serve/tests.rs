//! What the hub does at moments that a test over the network cannot choose.

use super::hub::Hub;
use crate::driver::http::message::{ToService, VERSION};
use crate::protocol::{PolicyId, Push, Report, Request, ScriptReport, ScriptResult, Token, UserId};
use crate::scenario::{Overrides, Scenario};
use crate::service::AdminAction;
use crate::time::{Span, Wall};

const SCENARIO: &str = r#"
jitter = "off"
[[script]]
name = "clean"
assign = ["all-devices"]
[[app]]
name = "viewer"
[[device]]
name = "pc1"
[[at]]
at = "1h"
do = "assign"
content = "viewer"
group = "all-devices"
"#;

fn hub() -> (Hub, Wall) {
    let plan = Scenario::parse(SCENARIO, "hub.toml", &Overrides::default()).unwrap().plan;
    let start = plan.start;
    (Hub::new(plan, 1).unwrap(), start)
}

fn report() -> ToService {
    let (policy, user, run) = (PolicyId(0), UserId::DEVICE, Token::FIRST);
    let report = ScriptReport { policy, revision: 1, user, result: ScriptResult::Success, exit_code: 0, run };
    ToService { version: VERSION, token: Token::FIRST, request: Request::Report(Report::Script(report)) }
}

// B-4.19: what is due at that moment is sent once, whatever comes first.
#[test]
fn a_report_that_comes_again_is_undone_and_nothing_else_is() {
    let (mut hub, start) = hub();
    assert!(hub.request(0, start.after(Span::mins(5)), &report()).is_some());
    let later = start.after(Span::hours(2));
    assert!(hub.request(0, later, &report()).is_some());
    let pushes = hub.fetch(0, later.after(Span::hours(1)), 0);
    hub.tick(later);
    assert_eq!(hub.fetch(0, later.after(Span::hours(1)), 0), pushes, "no push is sent again");
    assert!(pushes.iter().any(|(_, push)| *push == Push::AgentApps), "{pushes:?}");
    let record = hub.devices()[0].record();
    assert_eq!(record.ledger.reports().total(), 1);
    assert_eq!(record.reports.values().map(|kept| kept.repeated).sum::<u32>(), 1);
}

#[test]
fn time_does_not_go_back_for_the_machines() {
    let (mut hub, start) = hub();
    hub.tick(start.after(Span::hours(2)));
    hub.act(0, start, AdminAction::Sync).unwrap();
    assert_eq!(hub.now(), start.after(Span::hours(2)));
}

#[test]
fn numbers_from_before_the_state_was_lost_acknowledge_nothing() {
    let (mut hub, start) = hub();
    hub.act(0, start, AdminAction::Sync).unwrap();
    assert_eq!(hub.fetch(0, start, 700), [(1, Push::MdmAdmin)]);
    assert_eq!(hub.fetch(0, start, 1), []);
}
