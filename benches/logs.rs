//! How fast: logs read into records, and into what they say.
//!
//! `cargo bench --bench logs --features log`. The log is made up: messages as a device has them, long ones among them, and more
//! than half of them in no table, as in real logs.

use divan::{Bencher, black_box, counter::BytesCount};
use imesim::log::reader::{Kind, Reader};
use imesim::log::timeline::Timeline;
use imesim::log::{Event, Record, Severity, Stamp};

fn main() {
    divan::main();
}

/// About 8 MB of a log.
fn log() -> String {
    let long =
        format!("[PowerShell] response payload is [{}]", "{\"PolicyId\":\"a\",\"Body\":\"x\\r\\n\"},".repeat(300));
    let messages = [
        "[Win32App] Got 0 Win32App(s) for user 00000000-0000-0000-0000-000000000000 in session 0",
        "Add a certificate into the web request with True",
        "[Win32App] a step that no table has, with a path such as C:\\Windows\\IMECache\\Something\\1.0",
        "Flight key: something not found, the default is used",
        "[TokenManager] getting a token for a new request, using the device",
        "[Location Service] the address is not known yet, looking it up",
        "[SendWebRequestInternal] Succeeded",
        "Total valid AAD User session count is 1",
        "AAD User check is failed, exception is something\r\n   at a place in the code\r\n   at another place in the code",
        "[PowerShell] Processing policy with id = 2b211f5e-0582-4c25-8c0f-c438e89a43a9 for user 00000000-0000-0000-0000-000000000000",
        "[Package Manager] BytesRequired - 657513368BytesDownloaded - 1048576DownloadProgress - 0.5InstallationProgress - 0",
        "[JobBase.NextCheckNeededIn] Next check for job 'Some.Job' is in 720 seconds.",
    ];
    let mut text = String::from("\u{feff}");
    let mut at = 0;
    while text.len() < 8 << 20 {
        let place = at % 401;
        let message = if place == 400 { long.as_str() } else { messages[place % messages.len()] };
        let record = Record {
            stamp: Stamp::from_millis(1_772_438_405_123 + 37 * at as i64),
            component: "IntuneManagementExtension",
            severity: Severity::Info,
            thread: Some(4),
            message,
        };
        text.push_str(&record.to_string());
        text.push_str("\r\n");
        at += 1;
    }
    text
}

/// Records alone.
#[divan::bench(sample_count = 20)]
fn records(bencher: Bencher<'_, '_>) {
    let log = log();
    bencher.counter(BytesCount::new(log.len())).bench(|| {
        let mut reader = Reader::new(black_box(log.as_bytes()));
        let mut count = 0;
        while let Ok(Some(piece)) = reader.next() {
            count += usize::from(matches!(piece.kind, Kind::Record(_)));
        }
        count
    });
}

/// All that a log tells: `imesim logs` but for the writing.
#[divan::bench(sample_count = 20)]
fn timeline(bencher: Bencher<'_, '_>) {
    let log = log();
    bencher.counter(BytesCount::new(log.len())).bench(|| {
        let mut timeline = Timeline::default();
        let read = timeline.read("IntuneManagementExtension", [Ok(black_box(log.as_bytes()))]);
        (read.is_ok(), timeline.items.len())
    });
}

/// Records and what they say.
#[divan::bench(sample_count = 20)]
fn events(bencher: Bencher<'_, '_>) {
    let log = log();
    bencher.counter(BytesCount::new(log.len())).bench(|| {
        let mut reader = Reader::new(black_box(log.as_bytes()));
        let mut count = 0;
        while let Ok(Some(piece)) = reader.next() {
            if let Kind::Record(entry) = piece.kind {
                count += usize::from(Event::parse(entry.record.message).is_some());
            }
        }
        count
    });
}
