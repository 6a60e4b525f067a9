//! The state file: what it keeps, over kills, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use imesim::catalog::Assignment;
use imesim::protocol::PolicyId;
use imesim::serve::{Credentials, Options, ServeError, Server, StateError, set_aside, started};
use imesim::service::AdminAction;

use super::{PC1, PC2, SCENARIO, ask, hub, poll, report};

/// A folder for one test, empty at its start.
pub(super) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve").join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn start(text: &str, state: &Path) -> Result<Server, ServeError> {
    super::start(text, Options { state: Some(state.to_owned()), ..Options::default() })
}

/// Everything that is kept, as text.
fn all(server: &Server) -> String {
    server.with(|hub, _| {
        let devices: Vec<String> = hub
            .devices()
            .iter()
            .map(|device| format!("{} {:?} {:?}", device.name(), device.record(), device.member()))
            .collect();
        format!("{:?} {devices:#?}", hub.tenant().changes())
    })
}

#[test]
fn what_was_answered_is_there_after_a_kill_and_everything_after_a_stop() {
    let path = folder("kill").join("state");
    let server = start(SCENARIO, &path).unwrap();
    assert_eq!(ask(&server, PC1, &report(1, 0, 9)).0, 200);
    let session = r#"{"version":1,"token":2,"request":{"mdm-session":{"cause":"admin-push","agent":"1.94.0.0"}}}"#;
    assert_eq!(ask(&server, PC2, session).0, 200);
    let before = all(&server);
    server.kill();

    let server = start(SCENARIO, &path).unwrap();
    assert_eq!(all(&server), before);
    assert_eq!(ask(&server, PC1, &poll(3, "script")).0, 200);
    server.with(|hub, now| {
        let group = hub.tenant().group_named("pilots").unwrap();
        hub.assign(now, PolicyId(2), Assignment::include(group)).unwrap();
        hub.unassign(now, PolicyId(1), group).unwrap();
        hub.set_member(1, now, group, true).unwrap();
        hub.act(0, now, AdminAction::Sync).unwrap();
    });
    let before = all(&server);
    server.stop();
    let server = start(SCENARIO, &path).unwrap();
    assert_eq!(all(&server), before);
    assert!(ask(&server, PC1, &poll(4, "script")).1.contains(r#""id":2"#), "what was assigned stays so");
    assert_eq!(ask(&server, PC1, &report(5, 0, 9)).0, 200);
    assert_eq!(server.with(|hub, _| hub.devices()[0].record().ledger.reports().total()), 1, "known from before both");
    assert_eq!(started(&path).unwrap(), Some(hub(SCENARIO).plan().start));
}

#[test]
fn a_damaged_file_is_refused_left_alone_and_set_aside_on_demand() {
    let path = folder("damaged").join("state");
    start(SCENARIO, &path).unwrap().stop();
    let whole = fs::read(&path).unwrap();
    let refusal = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let error = start(SCENARIO, &path).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), bytes, "it is left as it is");
        let ServeError::State(error) = error else { panic!("{error}") };
        error
    };
    for place in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        let error = refusal(&bytes);
        let fits = match place {
            0..12 => error == StateError::Foreign,
            12 => error == StateError::Version { found: 0x12 },
            _ => matches!(error, StateError::Damaged { .. }),
        };
        assert!(fits, "byte {place}: {error}");
    }
    for length in [1, 12, 13, 20, 21, 52, 53, whole.len() - 1] {
        assert!(matches!(refusal(&whole[..length]), StateError::Foreign | StateError::Damaged { .. }), "{length}");
    }
    assert_eq!(refusal(b""), StateError::Foreign);

    let aside = set_aside(&path).unwrap();
    assert_eq!(fs::read(&aside).unwrap(), b"");
    fs::write(&path, b"again").unwrap();
    assert_ne!(set_aside(&path).unwrap(), aside, "nothing is overwritten");
    start(SCENARIO, &path).unwrap();
}

#[test]
fn a_file_of_another_scenario_is_refused() {
    let path = folder("other").join("state");
    start(SCENARIO, &path).unwrap().stop();
    for text in [
        SCENARIO.replace("\"clean\"", "\"tidy\""),
        SCENARIO.replace("\"pc2\"", "\"pc3\""),
        SCENARIO.replace("start = \"2026-01-05", "start = \"2026-01-06"),
        format!("{SCENARIO}\n[set]\n\"svc.rate_limit\" = 2\n"),
    ] {
        let hub = hub(&text);
        let options = Options { state: Some(path.clone()), ..Options::default() };
        let error = Server::start(hub, Credentials::default(), options).unwrap_err();
        assert_eq!(error, ServeError::State(StateError::OtherScenario));
    }
}

// Windows keeps a folder whose file is open.
#[cfg(unix)]
#[test]
fn where_nothing_can_be_written_nothing_is_acknowledged() {
    let folder = folder("unwritable");
    let path = folder.join("deep").join("state");
    assert!(
        matches!(start(SCENARIO, &path), Err(ServeError::State(StateError::File { doing: "written", .. }))),
        "at the start"
    );
    fs::create_dir(folder.join("deep")).unwrap();
    let server = start(SCENARIO, &path).unwrap();
    assert_eq!(ask(&server, PC1, &report(1, 0, 9)).0, 200);
    fs::remove_dir_all(folder.join("deep")).unwrap();
    assert_eq!(ask(&server, PC1, &report(2, 0, 10)).0, 503, "it would be forgotten");
    assert_eq!(ask(&server, PC1, &poll(3, "script")).0, 200, "nothing is lost with a poll");
    fs::create_dir(folder.join("deep")).unwrap();
    assert_eq!(ask(&server, PC1, &report(4, 0, 10)).0, 200);
    server.kill();
    let server = start(SCENARIO, &path).unwrap();
    assert_eq!(server.with(|hub, _| hub.devices()[0].record().ledger.reports().total()), 2);
}

#[cfg(unix)]
#[test]
fn only_their_owner_may_read_state_and_tokens() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("rights");
    start(SCENARIO, &folder.join("state")).unwrap().stop();
    imesim::serve::write_credentials(&folder.join("tokens"), super::TOKENS).unwrap();
    for name in ["state", "tokens"] {
        assert_eq!(fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    assert_eq!(imesim::serve::read_credentials(&folder.join("tokens")).unwrap().as_deref(), Some(super::TOKENS));
    assert_eq!(imesim::serve::read_credentials(&folder.join("none")).unwrap(), None);
}
