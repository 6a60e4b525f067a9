//! The form of messages: pinned, for agents in other languages read it.

use std::fmt::Write as _;

use imesim::driver::http::message::{
    BODY_MAX, MessageError, Numbered, Outcome, Pushes, ToDevice, ToService, VERSION, decode, encode,
};
use imesim::profile::Version;
use imesim::protocol::{
    AgentOrder, Answer, AppList, AppPolicy, AppReport, AppSettings, Assigned, ComplianceReport, Failure, Intent,
    Intents, ManagementOrder, Policies, PolicyId, Push, RemediationOutcome, RemediationReport, Report, Request, RunAs,
    ScriptPolicy, ScriptReport, ScriptResult, SessionCause, Target, UserId, Workload,
};
use imesim::time::Wall;

use crate::{poll, token};

fn requests() -> Vec<Request> {
    let (policy, revision, user) = (PolicyId(3), 2, UserId(1));
    let script = ScriptReport { policy, revision, user, result: ScriptResult::Failed, exit_code: -1, run: token(9) };
    let app =
        AppReport { policy, revision, error: -2_016_345_060, applicability: 0, enforcement: 1000, compliance: 1, user };
    let outcome = RemediationOutcome::Remediated;
    let remediation = RemediationReport { policy, revision, detection: 1, output: 7, status: 1, outcome, user };
    let compliance = ComplianceReport { policy, revision, error: 0, output: 7, user };
    vec![
        poll(),
        Request::Poll { workload: Workload::RequiredApp, user, agent: Version([1, 94, 0, 0]) },
        Request::Report(Report::Script(script)),
        Request::Report(Report::App(app)),
        Request::Report(Report::Remediation(remediation)),
        Request::Report(Report::Compliance(compliance)),
        Request::Report(Report::Inventory),
        Request::ConnectionTest,
        Request::Enroll,
        Request::MdmSession { cause: SessionCause::AdminPush, agent: Some(Version([1, 94, 0, 0])) },
        Request::RenewChannel,
        Request::Unenrolled,
    ]
}

fn outcomes() -> Vec<Outcome<'static>> {
    let at = Wall::from_unix_millis(1_767_600_000_000);
    let settings = AppSettings { available: Some(at), deadline: Some(at), ..AppSettings::default() };
    let (id, revision, target) = (PolicyId(3), 2, Target::Both);
    let intents = Intents::NONE.with(Intent::Required);
    let app = AppPolicy { id, revision, target, intents, filtered_out: false, settings };
    let script = ScriptPolicy { id, revision, target, run_as: RunAs::User, bitness_change: false };
    let assigned = Assigned { id, revision, target };
    let management = ManagementOrder::Wipe { keep_enrollment: true };
    let agent = AgentOrder::Install(Version([1, 95, 0, 0]));
    let answers = [
        Answer::Scripts(vec![script].into()),
        Answer::Apps(AppList::new(vec![app])),
        Answer::Remediations(vec![assigned].into()),
        Answer::Discovery(vec![assigned].into()),
        Answer::Nothing,
        Answer::NotManaged,
        Answer::Accepted,
        Answer::Mdm { agent, management, policies: Policies::ANALYTICS },
        Answer::Enrolled,
        Answer::ChannelRenewed,
    ];
    let failures = [
        Failure::NoNetwork,
        Failure::NameResolution,
        Failure::TimedOut,
        Failure::NoCertificate,
        Failure::NoUserToken,
        Failure::DeviceUnknown,
        Failure::Status(503),
        Failure::Empty,
        Failure::MaintenanceCap,
        Failure::EnrollmentRefused(0x8018_0026),
        Failure::RetryAfter(60),
    ];
    answers.map(Outcome::Answer).into_iter().chain(failures.map(Outcome::Failure)).collect()
}

#[test]
fn every_message_has_its_pinned_form_and_is_read_back() {
    let mut all = String::new();
    for request in requests() {
        let message = ToService { version: VERSION, token: token(17), request };
        let bytes = encode(&message).unwrap();
        assert_eq!(decode::<ToService>(&bytes, BODY_MAX).unwrap(), message);
        writeln!(all, "{}", String::from_utf8(bytes).unwrap()).unwrap();
    }
    for outcome in outcomes() {
        let at = Wall::from_unix_millis(1_767_600_000_000);
        let message = ToDevice { version: VERSION, token: token(17), at, outcome };
        let bytes = encode(&message).unwrap();
        assert_eq!(decode::<ToDevice<'static>>(&bytes, BODY_MAX).unwrap(), message);
        writeln!(all, "{}", String::from_utf8(bytes).unwrap()).unwrap();
    }
    let remediation = Push::AgentRemediation { policy: PolicyId(2), revision: 1 };
    let pushes = [Push::MdmChange, Push::MdmAdmin, Push::AgentApps, remediation];
    let pushes = (5..).zip(pushes).map(|(number, push)| Numbered { number, push }).collect();
    let message = Pushes { version: VERSION, pushes };
    let bytes = encode(&message).unwrap();
    assert_eq!(decode::<Pushes>(&bytes, BODY_MAX).unwrap(), message);
    writeln!(all, "{}", String::from_utf8(bytes).unwrap()).unwrap();
    insta::assert_snapshot!("messages", all);
}

#[test]
fn a_newer_reader_is_not_needed_for_a_field_more() {
    let text = br#"{"version":1,"later":[1,2],"token":17,"request":"enroll"}"#;
    assert_eq!(decode::<ToService>(text, BODY_MAX).unwrap().request, Request::Enroll);
}

#[test]
fn what_is_no_message_is_refused_by_reason() {
    let read = |text: &[u8]| decode::<ToService>(text, 100).unwrap_err();
    assert_eq!(read(b""), MessageError::Empty);
    assert_eq!(read(&[b' '; 101]), MessageError::Oversized { limit: 100 });
    assert_eq!(read(br#"{"version":2,"request":"of another kind"}"#), MessageError::Version { found: 2 });
    for text in [
        b"\xff\xfe".as_slice(),
        b"{\"version\":1",
        br#"{"version":256,"token":1,"request":"enroll"}"#,
        br#"{"version":1,"token":0,"request":"enroll"}"#,
        br#"{"version":1,"token":4294967296,"request":"enroll"}"#,
        br#"{"version":1,"token":1,"request":"reformat"}"#,
        br#"{"version":1,"token":1,"request":"enroll"} and more"#,
    ] {
        assert!(matches!(read(text), MessageError::Garbage { .. }), "{}", String::from_utf8_lossy(text));
    }
    let deep = "[".repeat(100_000);
    assert!(matches!(decode::<ToService>(deep.as_bytes(), BODY_MAX), Err(MessageError::Garbage { .. })));
}
