//! Ids, and the limits of the registry.

use std::sync::Mutex;

use super::super::DevicePolicy;
use super::super::double::Double;
use super::*;
use crate::log::event::ServiceEvent;
use crate::log::{Event, LogFile, Severity, Stamp};

// B-11.13: zeros for the device alone; every number can be read off.
#[test]
fn a_number_is_read_off_its_id() {
    let ids = MachineIds;
    assert_eq!(ids.policy(PolicyId(42)).to_string(), "00000001-0000-4000-8000-000000000042");
    assert_eq!(ids.policy(PolicyId(u32::MAX)).to_string(), "00000001-0000-4000-8000-004294967295");
    assert_eq!(ids.user(UserId(31)).to_string(), "00000002-0000-4000-8000-000000000031");
    assert_eq!(ids.user(UserId::DEVICE), Guid::ZERO);
    assert_eq!(ids.token(Token::FIRST).to_string(), "00000003-0000-4000-8000-000000000001");
}

fn values(size: &str, history: &str) -> RegistryValues {
    RegistryValues { max_size: Some(size.to_owned()), max_history: Some(history.to_owned()) }
}

/// How many parts the main log has after so many records more.
fn parts(logs: &mut MachineLogs<Double>, records: i64) -> usize {
    for second in 0..records {
        logs.write(&Entry {
            at: Stamp::from_millis(1_772_438_400_000 + second * 1_000),
            file: LogFile::IntuneManagementExtension,
            severity: Severity::Info,
            thread: 1,
            event: Event::Service(ServiceEvent::Started),
        });
    }
    let names = fs::read_dir(&logs.folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with("IntuneManagementExtension")).count()
}

// B-11.12: the registry goes before the profile, also when it changes; what is no number there is told and sets nothing.
#[test]
fn the_registry_sets_size_and_history() {
    let folder = std::env::temp_dir().join(format!("imesim-limits-{}", std::process::id()));
    let machine = Arc::new(Double {
        values: Mutex::new(values("200", "2")),
        signature: Ok(()),
        policy: Ok(DevicePolicy::Bypass),
    });
    let mut logs = MachineLogs::new(Arc::clone(&machine), folder.clone(), Log::default());
    assert_eq!(logs.limits(), Limits { max_bytes: 200, history: 2 });
    assert_eq!(parts(&mut logs, 9), 3, "two old ones beside the new one");
    *machine.values.lock().unwrap() = values("200", "4");
    assert_eq!(logs.limits().history, 2, "nobody has looked");
    logs.look();
    assert_eq!(parts(&mut logs, 20), 5);

    *machine.values.lock().unwrap() = values("much", "4");
    logs.look();
    let told = logs.trouble().unwrap();
    assert!(
        told.ends_with("for in the registry `much` is no value for LogMaxSize; allowed: 1 to 1073741824"),
        "{told}"
    );
    logs.look();
    assert_eq!((logs.trouble(), logs.limits(), logs.lost), (None, Limits::of(&Log::default()), 0));

    let deaf = Log { registry_override: false, ..Log::default() };
    let logs = MachineLogs::new(machine, folder.clone(), deaf);
    assert_eq!(logs.limits(), Limits::of(&Log::default()));
    fs::remove_dir_all(folder).unwrap();
}
