//! Reading and writing cannot drift apart: every phrase of the table is written and read back.

use std::collections::BTreeSet;

use super::*;

#[test]
fn every_phrase_is_written_and_read_back() {
    assert!(PHRASEBOOK.keys.is_some());
    for row in rows() {
        let event = (row.sample)();
        assert_eq!(event.name(), row.name);
        for phrase in row.phrases {
            let mut text = String::new();
            event.write(&mut text, phrase).expect("text takes everything");
            assert!(!text.contains(['|', '^']) || phrase.contains("||"), "{text}");
            assert_eq!(Event::parse(&text), Some(event), "{text}");
        }
        assert_eq!(Event::parse(&event.to_string()), Some(event));
    }
}

/// Older and newer agents write other tags before a phrase and other words after it.
#[test]
fn what_stands_around_the_middle_of_a_phrase_does_not_matter() {
    for row in rows() {
        for phrase in row.phrases.iter().filter(|phrase| !phrase.starts_with('^')) {
            let core = phrase.split('|').nth(1).expect("every phrase has a core");
            let mut text = String::from("[A tag][Another] ");
            let mut out = String::new();
            (row.sample)().write(&mut out, &format!("|{core}")).expect("text takes everything");
            text.push_str(&out);
            let event = (row.sample)();
            assert_eq!(Event::parse(&text), Some(event), "{text}");
        }
    }
}

#[test]
fn keys_are_long_enough_and_names_are_unique() {
    let mut names = BTreeSet::new();
    for row in rows() {
        assert!(names.insert(row.name), "{} is there twice", row.name);
        for phrase in row.phrases {
            let template = Template::new(phrase);
            assert!(template.key.len() >= 4, "{phrase}");
        }
    }
    assert!(names.len() > 150);
}

#[test]
fn other_wordings_are_the_same_events() {
    let same = [
        ("[Win32App] Got 3 active user sessions", "[PowerShell] Get 3 active user sessions"),
        (
            "Populating AccountId and DeviceId gloabally. Account ID is : 01234567-89AB-cdef-0123-456789abcdef Device Id is : 00000000-0000-0000-0000-000000000001",
            "Populating AccountId and DeviceId globally. Account ID is : 01234567-89ab-cdef-0123-456789abcdef Device Id is : 00000000-0000-0000-0000-000000000001",
        ),
        ("[Win32App] Requesting avialable apps only", "[Win32App] Requesting available apps only"),
        (
            "[Win32App] In EspPhase: AccountSetup. Start the thread to check the token again",
            "[Win32App] The EspPhase: AccountSetup.",
        ),
    ];
    for (older, current) in same {
        let event = Event::parse(older).expect("it is known");
        assert_eq!(event.to_string(), current);
    }
}

#[test]
fn what_is_similar_is_told_apart() {
    let names = |message: &'static str| Event::parse(message).map(|event| event.name());
    assert_eq!(names("process id = 12"), Some("helper-process"));
    assert_eq!(names("[Win32App] process id = 12"), Some("installer-process"));
    assert_eq!(names("[Proxy Poller] process id = 12"), None);
    assert_eq!(names("[Win32App] Requesting app with session id 1 ..."), None);
    assert_eq!(names("[Win32App] ===Step=== Detection rules"), Some("detection-begins"));
    assert_eq!(names("[Win32App] ===Step=== Detection rules after Execution"), Some("detection-after"));
    assert_eq!(names("Polling thread stopped."), None);
    assert_eq!(names("OnCustomCommand: command = many"), None);
    assert_eq!(names("OnSessionChange: "), None);
    assert_eq!(names("[HS]Policy results are successfully sent."), Some("remediation-reported"));
}

#[test]
fn a_phrase_far_inside_a_message_is_output_and_no_event() {
    let message = format!("{}EMS Agent Started", " ".repeat(REACH));
    assert_eq!(Event::parse(&message), None);
    assert!(Event::parse(&message[1..]).is_none(), "it must end within reach too");
    assert!(Event::parse(&message[17..]).is_some());
}

#[test]
fn an_event_as_json_names_itself_and_its_fields() {
    let event = Event::parse(
        "[PowerShell] Policy 00000000-0000-0000-0000-00000000000a for user 00000000-0000-0000-0000-000000000000 has download count = 2",
    );
    let json = serde_json::to_string(&event).expect("it is plain");
    assert_eq!(
        json,
        "{\"event\":\"script-tries\",\"policy\":\"00000000-0000-0000-0000-00000000000a\",\"user\":\"00000000-0000-0000-0000-000000000000\",\"count\":2}"
    );
}
