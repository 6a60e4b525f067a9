//! How a life ends, as its log and its state tell afterwards.

use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;

use super::*;
use crate::agent::Agent;
use crate::driver::machine::UnixMachine;

/// A process that finds a user signed in and is told to end in this way: its main log, and whose session its state has.
fn ended(notice: Notice) -> (String, UserId) {
    let folder = std::env::temp_dir().join(format!("imesim-life-{}-{notice:?}", std::process::id()));
    // Nobody listens on that port, which an agent bears.
    let text = "service = \"tcp://127.0.0.1:1\"\nversion = \"1.94.0.0\"\n[facts]\njoin = \"entra\"\n";
    let config = Config::parse(text, "a.toml", Path::new("/")).unwrap();
    let connection = config.service.connect().unwrap();
    let present = ["AzureAD\\anna".to_owned()];
    let life = Life::begin(Arc::new(UnixMachine), config, &folder, connection, &present, false).unwrap();
    assert_eq!(life.session.agent().active_user(), UserId(1));
    let (tell, notices) = channel();
    tell.send(notice).unwrap();
    assert_eq!(life.run(&notices).unwrap(), End::Stopped);
    let log = fs::read_to_string(folder.join("Logs/IntuneManagementExtension.log")).unwrap();
    let saved = read_state(&folder).unwrap().unwrap().unwrap();
    fs::remove_dir_all(folder).unwrap();
    (log, Agent::restore(&saved.snapshot).unwrap().active_user())
}

// B-4.13, B-5.10: sessions end with the machine, not with the service. The log tells which it was.
#[test]
fn the_end_of_the_machine_is_told_apart_from_a_stop() {
    let (log, user) = ended(Notice::Stop);
    assert!(log.contains("EMS Agent received stop signal") && log.contains("EMS Agent Stopped"), "{log}");
    assert_eq!(user, UserId(1));
    let (log, user) = ended(Notice::Shutdown);
    assert!(log.contains("EMS Agent received shutdown signal") && log.contains("EMS Agent Stopped"), "{log}");
    assert_eq!(user, UserId::DEVICE);
}
