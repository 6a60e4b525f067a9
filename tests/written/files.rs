//! The form of records and files: C-11.1 to C-11.3, B-11.5 to B-11.9, B-11.11.

use imesim::log::event::{AppEvent, ScriptEvent, ServiceEvent, SessionEvent, TimerEvent};
use imesim::log::files::{find, part_of};
use imesim::log::reader::{Kind, Reader};
use imesim::log::write::{DiskFolder, Entry, Folder, Limits, LogSet, MemoryFolder};
use imesim::log::{Date, Event, LogFile, Severity, Stamp, Time};
use imesim::profile::{AppEventsIn, Log, LogFiles, RotationName};

const MARK: &[u8] = b"\xEF\xBB\xBF";
const MAIN: &str = "IntuneManagementExtension.log";

fn entry(event: Event<'_>) -> Entry<'_> {
    Entry { at: at(7, 9, 5, 3), file: event.file(), severity: Severity::Info, thread: 12, event }
}

fn at(day: u8, hour: u8, minute: u8, second: u8) -> Stamp {
    Stamp {
        date: Date::new(2025, 8, day).expect("a day of August"),
        time: Time { hour, minute, second, ticks: 1_234_567 },
    }
}

fn open(log: &Log) -> LogSet<MemoryFolder> {
    LogSet::open(MemoryFolder::default(), log, Limits::of(log)).expect("memory takes everything")
}

const STARTED: Event<'static> = Event::Service(ServiceEvent::Started);

// C-11.1, B-11.8, B-11.9: the record to the byte, in a file with a byte order mark, CR LF behind it.
#[test]
fn a_record_has_its_exact_form() {
    let mut set = open(&Log::default());
    set.record(&entry(STARTED)).expect("memory takes everything");
    let expected = b"<![LOG[EMS Agent Started]LOG]!><time=\"09:05:03.1234567\" date=\"8-7-2025\" \
component=\"IntuneManagementExtension\" context=\"\" type=\"1\" thread=\"12\" file=\"\">";
    assert_eq!(set.folder().bytes(MAIN), [MARK, expected, b"\r\n"].concat());
}

// C-11.2, B-11.10: a record of several lines and one that is cut off, as our reader takes them.
#[test]
fn a_record_of_three_lines_and_one_that_is_cut_off_are_told_apart() {
    let mut set = open(&Log::default());
    let details = "one\r\ntwo\r\nthree";
    set.record(&entry(Event::Script(ScriptEvent::Failure { details }))).expect("memory takes everything");
    let mut folder = set.into_folder();
    folder.append(MAIN, b"<![LOG[EMS Agent Sta").expect("memory takes everything");
    let mut reader = Reader::new(folder.bytes(MAIN));
    let mut kinds = Vec::new();
    while let Some(piece) = reader.next().expect("memory can be read") {
        match piece.kind {
            Kind::Record(read) => kinds.push(read.record.message.to_owned()),
            Kind::Truncated { text, .. } => kinds.push(format!("cut off: {text}")),
            Kind::Blank => {}
            kind @ (Kind::Torn { .. } | Kind::Foreign(_)) => panic!("{kind:?}"),
        }
    }
    assert_eq!(kinds, ["[PowerShell] Fail, the details are one\r\ntwo\r\nthree", "cut off: EMS Agent Sta"]);
}

// B-11.5, B-11.7: ten files, of which every one is there; an eleventh where the parameter says so.
#[test]
fn there_are_ten_files_or_eleven() {
    let ten = open(&Log::default());
    let names: Vec<&str> = ten.folder().contents().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "AgentExecutor.log",
            "AppActionProcessor.log",
            "AppWorkload.log",
            "ClientCertCheck.log",
            "ClientHealth.log",
            "DeviceHealthMonitoring.log",
            "HealthScripts.log",
            "IntuneManagementExtension.log",
            "Sensor.log",
            "Win32AppInventory.log",
        ]
    );
    assert!(ten.folder().contents().values().all(|bytes| bytes == MARK));
    let push = Event::Session(SessionEvent::PushRegistered { app: "app" });
    let mut eleven = open(&Log { files: LogFiles::WithNotificationInfra, ..Log::default() });
    assert_eq!(eleven.folder().contents().len(), 11);
    eleven.record(&entry(push)).expect("memory takes everything");
    assert!(eleven.folder().bytes("NotificationInfra.log").len() > MARK.len());
    assert_eq!(eleven.folder().bytes(MAIN), MARK);
}

// B-11.6: app events stand in their own file, or in the main log as before August 2024, with its component.
#[test]
fn app_events_stand_where_the_parameter_says() {
    let event = Event::App(AppEvent::TriesBegin);
    for (app_events_in, file) in
        [(AppEventsIn::AppWorkload, "AppWorkload"), (AppEventsIn::Main, "IntuneManagementExtension")]
    {
        let mut set = open(&Log { app_events_in, ..Log::default() });
        set.record(&entry(event)).expect("memory takes everything");
        let text = String::from_utf8_lossy(set.folder().bytes(&format!("{file}.log"))).into_owned();
        assert!(text.contains(&format!("component=\"{file}\"")), "{text}");
    }
}

// C-11.3, B-11.11: a file that has reached its size is put aside, the new one has only the new record, and after five such
// turns three old files are left.
#[test]
fn a_full_file_is_put_aside() {
    let log = Log::default();
    let mut folder = MemoryFolder::default();
    folder.append(MAIN, &[MARK, &vec![b' '; 3_145_728 - MARK.len()]].concat()).expect("memory takes everything");
    let mut set = LogSet::open(folder, &log, Limits::of(&log)).expect("memory takes everything");
    let details = " ".repeat(3_145_728);
    let full = Event::Script(ScriptEvent::Failure { details: &details });
    for turn in 1..=5 {
        set.record(&Entry { at: at(turn, 23, 59, 58), ..entry(STARTED) }).expect("memory takes everything");
        let line = set.folder().bytes(MAIN).len();
        assert!(line < 300, "the new file has the byte order mark and one record, not {line} bytes");
        assert!(set.folder().bytes(MAIN).starts_with(MARK));
        set.record(&Entry { at: at(turn, 23, 59, 59), ..entry(full) }).expect("memory takes everything");
    }
    let old: Vec<&str> =
        set.folder().contents().keys().map(String::as_str).filter(|name| name.contains("-2025")).collect();
    let dated = |day: u8| format!("IntuneManagementExtension-202508{day:02}-235959.log");
    assert_eq!(old, [dated(2), dated(3), dated(4)], "named by the last record in them");
    assert!(set.folder().bytes(&dated(4)).len() > 3_145_728, "the old content is whole");
}

// B-11.11: a record that is written to a file of just under the limit still goes into it.
#[test]
fn a_file_below_its_size_is_not_put_aside() {
    let log = Log::default();
    let mut folder = MemoryFolder::default();
    folder.append(MAIN, &vec![b' '; 3_145_727]).expect("memory takes everything");
    let mut set = LogSet::open(folder, &log, Limits::of(&log)).expect("memory takes everything");
    set.record(&entry(STARTED)).expect("memory takes everything");
    assert_eq!(set.folder().contents().len(), 10);
    assert!(set.folder().bytes(MAIN).len() > 3_145_728);
}

// B-11.11: the other way to name it keeps one copy; no history keeps none; two of one second do not meet.
#[test]
fn old_files_are_named_as_the_parameter_says() {
    let small = Log { max_bytes: 100, ..Log::default() };
    let names = |log: &Log, seconds: &[u8]| {
        let mut set = open(log);
        for second in seconds {
            set.record(&Entry { at: at(7, 9, 5, *second), ..entry(STARTED) }).expect("memory takes everything");
        }
        let names = set.folder().contents().keys().filter(|name| name.contains("ManagementExt")).cloned();
        names.collect::<Vec<_>>()
    };
    let underscore = Log { rotation_name: RotationName::Underscore, ..small.clone() };
    assert_eq!(names(&underscore, &[1, 2, 3, 4]), [MAIN, "_IntuneManagementExtension.log"]);
    let forgetful = Log { history: 0, ..small.clone() };
    assert_eq!(names(&forgetful, &[1, 2, 3, 4]), [MAIN]);
    let dated = |second: u8| format!("IntuneManagementExtension-20250807-09050{second}.log");
    assert_eq!(names(&small, &[1, 1, 1, 2]), [dated(1), dated(2), dated(3), MAIN.to_owned()]);
}

// B-11.11: what is in the folder already is gone on with, its old files counted in.
#[test]
fn a_folder_on_a_disk_is_gone_on_with() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("written-gone-on-with");
    let _ = std::fs::remove_dir_all(&path);
    let log = Log { max_bytes: 100, history: 2, ..Log::default() };
    for second in 1..=6 {
        let folder = DiskFolder::open(&path).expect("the folder can be made");
        let mut set = LogSet::open(folder, &log, Limits::of(&log)).expect("it can be read");
        set.record(&Entry { at: at(7, 9, 5, second), ..entry(STARTED) }).expect("it can be written");
    }
    let mut folder = DiskFolder::open(&path).expect("the folder is there");
    let mut files = folder.files().expect("it can be read");
    files.retain(|(name, _)| name.contains("ManagementExt"));
    files.sort();
    let dated = |second: u8| format!("IntuneManagementExtension-20250807-09050{second}.log");
    let names: Vec<&String> = files.iter().map(|(name, _)| name).collect();
    assert_eq!(names, [&dated(5), &dated(6), &MAIN.to_owned()], "named by the first record after it was opened");
    assert!(files.iter().all(|(_, size)| *size > 100));
    folder.remove("nothing.log").expect_err("it is not there");
    let error = folder.rename("nothing.log", "else.log").expect_err("it is not there").to_string();
    assert!(error.contains("nothing.log: cannot rename the file"), "{error}");
}

/// The numbers that the records of the main log have, in files of these names.
fn numbers(folder: &MemoryFolder, names: &[&str]) -> Vec<u64> {
    let mut numbers = Vec::new();
    for name in names {
        let mut reader = Reader::new(folder.bytes(name));
        while let Some(piece) = reader.next().expect("memory can be read") {
            if let Kind::Record(read) = piece.kind
                && let Some(Event::Timer(TimerEvent::FirstHold { seconds })) = Event::parse(read.record.message)
            {
                numbers.push(seconds);
            }
        }
    }
    numbers
}

// B-11.11: the oldest file is the one that was written first, also where the clock was set back and the set was opened anew.
#[test]
fn the_oldest_file_is_the_one_that_was_written_first() {
    let log = Log { max_bytes: 100, history: 3, ..Log::default() };
    for hours in [[9, 10, 11, 12, 13, 14], [9, 10, 11, 4, 5, 6], [13, 14, 11, 12, 13, 14]] {
        let mut folder = MemoryFolder::default();
        for (number, hour) in (0..).zip(hours) {
            let mut set = LogSet::open(folder, &log, Limits::of(&log)).expect("memory takes everything");
            for second in 0..2 {
                let event = Event::Timer(TimerEvent::FirstHold { seconds: number * 2 + u64::from(second) });
                set.record(&Entry { at: at(7, hour, 0, second), ..entry(event) }).expect("memory takes everything");
            }
            folder = set.into_folder();
        }
        let names: Vec<&str> = folder
            .contents()
            .keys()
            .map(String::as_str)
            .filter(|name| part_of(name).0 == "IntuneManagementExtension")
            .collect();
        let mut left = numbers(&folder, &names);
        left.sort_unstable();
        assert_eq!(left, [8, 9, 10, 11], "{hours:?}: {names:?}");
    }
}

// A message that has the marks of a record does not end it.
#[test]
fn marks_in_messages_do_no_harm() {
    let mut set = open(&Log::default());
    let details = "<![LOG[x]LOG]!><time=\"09:05:03.1234567\" date=\"8-7-2025\"";
    set.record(&entry(Event::Script(ScriptEvent::Failure { details }))).expect("memory takes everything");
    set.record(&entry(STARTED)).expect("memory takes everything");
    let read = super::common::read_back(set.folder());
    assert_eq!(read.len(), 2, "{read:?}");
    assert!(read[0].4.contains("<![LOG [x]LOG]! ><time="), "{}", read[0].4);
    assert_eq!(read[0].0, LogFile::IntuneManagementExtension);
}

// B-11.11: a part is named by the time of its last record, so after the clock was set back a later part has an earlier name.
// They are read in the order in which they were written.
#[test]
fn parts_are_read_in_the_order_in_which_they_were_written() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("written-clock-set-back");
    let _ = std::fs::remove_dir_all(&path);
    let log = Log { max_bytes: 2_000, history: 1_000, ..Log::default() };
    let disk = DiskFolder::open(&path).expect("the folder can be made");
    let mut set = LogSet::open(disk, &log, Limits::of(&log)).expect("the folder takes files");
    for number in 0..120 {
        // After 75 records the clock goes back by two hours.
        let second = 9 * 3_600 + number * 10 - if number < 75 { 0 } else { 2 * 3_600 };
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        let part = |n: u64| u8::try_from(n).expect("a part of a time");
        let event = Event::Timer(TimerEvent::FirstHold { seconds: number });
        set.record(&Entry { at: at(7, part(hour), part(minute), part(second)), ..entry(event) })
            .expect("it is written");
    }
    let logs = find(std::slice::from_ref(&path)).expect("there are logs");
    let main = logs.iter().find(|log| log.name == "IntuneManagementExtension").expect("it is there");
    let by_name = main.parts.is_sorted();
    let mut numbers = Vec::new();
    for part in &main.parts {
        let mut reader = Reader::new(std::fs::File::open(part).expect("a part"));
        while let Some(piece) = reader.next().expect("a part can be read") {
            if let Kind::Record(read) = piece.kind {
                let text = read.record.message;
                let event = Event::parse(text);
                let Some(Event::Timer(TimerEvent::FirstHold { seconds })) = event else { panic!("{text}") };
                numbers.push(seconds);
            }
        }
    }
    assert!(main.parts.len() > 6 && !by_name, "{:?}", main.parts);
    assert_eq!(numbers, (0..120).collect::<Vec<u64>>());
}
