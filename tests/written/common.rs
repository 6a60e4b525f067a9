//! Writing the logs of a device into memory, and what was meant by each record.

use std::collections::BTreeSet;

use imesim::agent;
use imesim::log::files::part_of;
use imesim::log::reader::{Kind, Reader};
use imesim::log::write::{DeviceLogs, Entry, Limits, LogSet, MemoryFolder, Pen};
use imesim::log::{Event, LogFile, Timeline};
use imesim::scenario::{Overrides, Scenario};
use imesim::sim::Cast;
use imesim::sim::busy::Windows;

/// One record: its file, time, thread and seriousness, and its event in full.
pub(crate) type Told = (LogFile, String, u32, String, String);

/// Keeps what was meant, and the names of decisions of which logs say nothing, with the reason.
#[derive(Debug, Default)]
pub(crate) struct Kept(pub(crate) Vec<Told>, pub(crate) BTreeSet<(String, &'static str)>);

impl Pen for Kept {
    fn write(&mut self, entry: &Entry<'_>) {
        let Entry { at, file, severity, thread, event } = entry;
        let stamp = format!("{} {}", at.date, at.time);
        self.0.push((*file, stamp, *thread, format!("{severity:?}"), format!("{event:?}")));
    }

    fn silent(&mut self, decision: &agent::Event, why: &'static str) {
        let decision = serde_json::to_value(decision).expect("a decision is plain");
        self.1.insert((decision["event"].as_str().expect("it has a name").to_owned(), why));
    }
}

/// The logs of the first device of a scenario, and what was meant.
pub(crate) fn logs_of(text: &str) -> (MemoryFolder, Vec<Told>) {
    let scenario = Scenario::parse(text, "written.toml", &Overrides::default()).expect("the scenario is right");
    let cast = Cast::new(&scenario.plan).expect("it has no populations");
    let log = &scenario.plan.profile.log;
    let set = LogSet::open(MemoryFolder::default(), log, Limits::of(log)).expect("memory takes everything");
    let pens = DeviceLogs::run(&scenario.plan, &cast, 0, &Windows::default(), (set, Kept::default()));
    let (set, kept) = pens.expect("there is a device");
    (set.into_folder(), kept.0)
}

/// The files of each log, oldest first.
pub(crate) fn parts(folder: &MemoryFolder) -> Vec<(LogFile, Vec<&[u8]>)> {
    let all = LogFile::ALL.into_iter().chain([LogFile::NotificationInfra]);
    all.map(|file| {
        let mut parts: Vec<(bool, &str, &[u8])> = folder
            .contents()
            .iter()
            .filter(|(name, _)| part_of(name).0 == file.name())
            .map(|(name, bytes)| (part_of(name).1.is_none(), name.as_str(), bytes.as_slice()))
            .collect();
        parts.sort_unstable();
        (file, parts.into_iter().map(|(_, _, bytes)| bytes).collect())
    })
    .collect()
}

/// What stands in the files: every record must be whole and known, and nothing may stand beside them.
pub(crate) fn read_back(folder: &MemoryFolder) -> Vec<Told> {
    let mut told = Vec::new();
    for (file, parts) in parts(folder) {
        for bytes in parts {
            let mut reader = Reader::new(bytes);
            while let Some(piece) = reader.next().expect("memory can be read") {
                match piece.kind {
                    Kind::Record(read) => {
                        let record = read.record;
                        assert_eq!(record.component, file.component());
                        let event = Event::parse(record.message);
                        let event = event.unwrap_or_else(|| panic!("not known: {}", record.message));
                        let stamp = format!("{} {}", record.stamp.date, record.stamp.time);
                        let thread = record.thread.expect("every record has a thread");
                        told.push((file, stamp, thread, format!("{:?}", record.severity), format!("{event:?}")));
                    }
                    Kind::Blank => assert_eq!(piece.range, 0..3, "nothing but the byte order mark is blank"),
                    kind @ (Kind::Torn { .. } | Kind::Truncated { .. } | Kind::Foreign(_)) => {
                        panic!("{}: {kind:?}", file.name())
                    }
                }
            }
            assert_eq!(reader.tally().bytes(), bytes.len() as u64);
            assert_eq!((reader.tally().torn, reader.tally().foreign, reader.tally().cut), (0, 0, 0));
        }
    }
    told
}

/// What was meant, in the order of the files.
pub(crate) fn by_file(told: &[Told]) -> Vec<Told> {
    let mut told = told.to_vec();
    told.sort_by_key(|(file, ..)| *file);
    told
}

/// What the files tell as a whole.
pub(crate) fn timeline(folder: &MemoryFolder) -> Timeline {
    let mut timeline = Timeline::default();
    for (file, parts) in parts(folder) {
        timeline.read(file.name(), parts.into_iter().map(Ok)).expect("memory can be read");
    }
    timeline
}

/// The messages of a file, each on a line, with the thread before it.
pub(crate) fn messages(folder: &MemoryFolder, file: LogFile) -> Vec<String> {
    let mut all = Vec::new();
    let name = format!("{}.log", file.name());
    let mut reader = Reader::new(folder.bytes(&name));
    while let Some(piece) = reader.next().expect("memory can be read") {
        if let Kind::Record(read) = piece.kind {
            all.push(format!("{:>2} {}", read.record.thread.unwrap_or(0), read.record.message));
        }
    }
    all
}
