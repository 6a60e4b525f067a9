//! The page of log files: it carries its timeline whole, escapes what logs say, and is complete without script.

use imesim::log::Timeline;
use imesim::report::logs_page;
use serde_json::Value;

use super::{embedded, visible, write};

fn line(second: u32, message: &str) -> String {
    format!(
        "<![LOG[{message}]LOG]!><time=\"08:00:{second:02}.0000000\" date=\"3-2-2026\" component=\"IntuneManagementExtension\" \
         context=\"\" type=\"1\" thread=\"5\" file=\"\">\r\n"
    )
}

fn timeline() -> Timeline {
    let text = [
        line(0, "EMS Agent Started"),
        line(1, "Agent version is: 1.<b>94</b></script>.0"),
        line(2, "Delaying all checkins by seconds = 20 in the first check in on start/restart."),
        line(23, "[PowerShell] Polling thread starts."),
        line(
            24,
            "[PowerShell] Processing policy with id = 00000000-0000-0000-0000-000000000011 for user 00000000-0000-0000-0000-000000000000",
        ),
        "ail\" file=\"\">\r\n".to_owned(),
        line(30, "[PowerShell] Polling thread stopped."),
        line(31, "[Proxy Poller] Proxy polling thread starts."),
        line(32, "[Proxy Poller] Proxy polling thread stopped."),
    ];
    let mut timeline = Timeline::default();
    timeline.read("IntuneManagementExtension", [Ok(text.concat().as_bytes())]).expect("memory can be read");
    timeline
}

#[test]
fn a_page_of_logs_carries_its_timeline_whole() {
    let timeline = timeline();
    let page = logs_page(&timeline);
    let read: Value = serde_json::from_str(embedded(&page)).expect("it is JSON");
    assert_eq!(read, serde_json::to_value(&timeline).expect("it can be written"));
    let keys: Vec<&String> = read.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["anomalies", "findings", "items", "logs"]);
    assert_eq!(page, logs_page(&timeline));
    assert!(!page.contains("http://") && !page.contains("https://") && page.contains("default-src 'none'"));
    let said = visible(&page);
    for text in [
        "check-in: scripts",
        "service start",
        "no end: records were overwritten",
        "torn record, left is",
        "held back for 20 s",
        "1.&lt;b&gt;94&lt;/b&gt;&lt;/script&gt;.0",
    ] {
        assert!(said.contains(text), "{text}: {said}");
    }
    assert!(!said.contains("It measured no real device"));
    assert_eq!(said.matches("<tr data-quiet").count(), 1, "the proxy went as usual");
    write("logs.html", &page);
}

#[test]
fn a_page_of_nothing_says_so() {
    let page = logs_page(&Timeline::default());
    assert!(visible(&page).contains("There is nothing to draw.") && visible(&page).contains("Nothing is odd."));
    write("logs-empty.html", &page);
}
