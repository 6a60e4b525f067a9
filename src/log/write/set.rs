//! The log files of one device: which file a record goes to, how it looks there, and when a file is put aside.
//! First read: B-11.5 to B-11.12.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::entry::{Entry, Pen};
use super::folder::Folder;
use super::limits::Limits;
use crate::log::event::SessionEvent;
use crate::log::order::{Held, order};
use crate::log::{Event, LogFile, Record, Stamp};
use crate::profile::{AppEventsIn, Log, LogFiles, RotationName};

/// What a file begins with: UTF-8's byte order mark (B-11.9).
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// The log files of one device, in a folder.
///
/// Every file is there from the start, with its byte order mark; each record is followed by CR LF (B-11.9). A file that has
/// reached its size is put aside before the next record, whole, whatever it holds; the oldest beyond the history are deleted
/// (B-11.11).
///
/// ```
/// use imesim::log::event::ServiceEvent;
/// use imesim::log::write::{Entry, Limits, LogSet, MemoryFolder};
/// use imesim::log::{Event, LogFile, Severity, Stamp};
/// use imesim::profile::Log;
///
/// let log = Log::default();
/// let mut set = LogSet::open(MemoryFolder::default(), &log, Limits::of(&log))?;
/// set.record(&Entry {
///     at: Stamp::from_millis(1_772_438_405_123),
///     file: LogFile::IntuneManagementExtension,
///     severity: Severity::Info,
///     thread: 4,
///     event: Event::Service(ServiceEvent::Started),
/// })?;
/// let folder = set.into_folder();
/// assert_eq!(folder.contents().len(), 10);
/// assert!(folder.bytes("IntuneManagementExtension.log").ends_with(b"type=\"1\" thread=\"4\" file=\"\">\r\n"));
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Debug)]
pub struct LogSet<F: Folder> {
    folder: F,
    limits: Limits,
    app_events_in: AppEventsIn,
    rotation_name: RotationName,
    files: BTreeMap<LogFile, OneFile>,
    /// The first error of [`Pen::write`], and how many records were lost.
    failed: Option<F::Error>,
    lost: u64,
    /// Room for a line.
    line: String,
}

#[derive(Debug, Default)]
struct OneFile {
    /// How long it is.
    bytes: u64,
    /// When its last record was written, as far as it was written here.
    last: Option<Stamp>,
    /// The names of its old files, the oldest first.
    old: Vec<String>,
}

impl<F: Folder> LogSet<F> {
    /// The log files in a folder; those that are there are gone on with. Old ones are as old as what they hold says where the
    /// clock was set back and their names mislead.
    ///
    /// # Errors
    /// If the folder cannot be read or a file cannot be made.
    pub fn open(mut folder: F, log: &Log, limits: Limits) -> Result<Self, F::Error> {
        let mut there = folder.files()?;
        there.sort();
        let mut files = BTreeMap::new();
        let further = match log.files {
            LogFiles::SeedTen => None,
            LogFiles::WithNotificationInfra => Some(LogFile::NotificationInfra),
        };
        for file in LogFile::ALL.into_iter().chain(further) {
            let name = current(file);
            let size = there.iter().find(|(known, _)| *known == name).map(|(_, size)| *size);
            let old = there.iter().map(|(name, _)| name).filter(|name| is_old(name, file, log.rotation_name));
            let old = as_written(&mut folder, old.cloned().collect(), &name);
            files.insert(file, OneFile { bytes: size.unwrap_or(0), last: None, old });
        }
        let mut set = Self {
            folder,
            limits,
            app_events_in: log.app_events_in,
            rotation_name: log.rotation_name,
            files,
            failed: None,
            lost: 0,
            line: String::new(),
        };
        let empty: Vec<LogFile> = set.files.iter().filter(|(_, one)| one.bytes == 0).map(|(file, _)| *file).collect();
        empty.into_iter().try_for_each(|file| set.append(file, MARK))?;
        Ok(set)
    }

    /// Writes a record.
    ///
    /// # Errors
    /// If it is not written whole. The next one may be.
    pub fn record(&mut self, entry: &Entry<'_>) -> Result<(), F::Error> {
        let file = self.file_of(entry);
        let message = entry.event.to_string();
        let record = Record {
            stamp: entry.at,
            component: file.component(),
            severity: entry.severity,
            thread: Some(entry.thread),
            message: &harmless(&message),
        };
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let _ = write!(line, "{record}\r\n");
        let written = self.put(file, entry.at, line.as_bytes());
        self.line = line;
        written
    }

    fn put(&mut self, file: LogFile, at: Stamp, line: &[u8]) -> Result<(), F::Error> {
        let one = self.files.entry(file).or_default();
        if one.bytes >= self.limits.max_bytes && one.bytes > MARK.len() as u64 {
            self.put_aside(file, at)?;
            self.append(file, MARK)?;
        }
        self.append(file, line)?;
        self.files.entry(file).or_default().last = Some(at);
        Ok(())
    }

    /// The file in which a record stands with these settings (B-11.6, B-11.7).
    fn file_of(&self, entry: &Entry<'_>) -> LogFile {
        let is_push = matches!(entry.event, Event::Session(SessionEvent::PushRegistered { .. }));
        match (entry.file, self.app_events_in) {
            (LogFile::AppWorkload, AppEventsIn::Main) => LogFile::IntuneManagementExtension,
            _ if is_push && self.files.contains_key(&LogFile::NotificationInfra) => LogFile::NotificationInfra,
            (file, AppEventsIn::Main | AppEventsIn::AppWorkload) => file,
        }
    }

    fn append(&mut self, file: LogFile, bytes: &[u8]) -> Result<(), F::Error> {
        self.folder.append(&current(file), bytes)?;
        self.files.entry(file).or_default().bytes += bytes.len() as u64;
        Ok(())
    }

    /// Gives a file its name as an old one, and deletes the oldest beyond the history. `at` stands for the time of its last
    /// record if nothing was written since it was opened. Two of one second cannot have one name: the later is named by the
    /// next second that is free.
    fn put_aside(&mut self, file: LogFile, at: Stamp) -> Result<(), F::Error> {
        let one = self.files.entry(file).or_default();
        let mut stamp = one.last.unwrap_or(at);
        let name = match self.rotation_name {
            RotationName::Underscore => underscore(file),
            RotationName::DateSuffix => loop {
                let name = dated(file, stamp);
                if !one.old.contains(&name) {
                    break name;
                }
                stamp = Stamp::from_ticks(stamp.ticks().saturating_add(crate::log::record::TICKS_PER_SECOND));
            },
        };
        self.folder.rename(&current(file), &name)?;
        one.bytes = 0;
        one.old.retain(|old| *old != name);
        one.old.push(name);
        while one.old.len() > self.limits.history as usize {
            self.folder.remove(&one.old.remove(0))?;
        }
        Ok(())
    }

    /// What could not be written since the last call, if there is any: the first error, and how many records were lost.
    pub fn check(&mut self) -> Option<(F::Error, u64)> {
        let lost = std::mem::take(&mut self.lost);
        self.failed.take().map(|error| (error, lost))
    }

    /// The folder.
    pub const fn folder(&self) -> &F {
        &self.folder
    }

    /// The folder, when nothing more is to be written.
    pub fn into_folder(self) -> F {
        self.folder
    }
}

impl<F: Folder> Pen for LogSet<F> {
    fn write(&mut self, entry: &Entry<'_>) {
        if let Err(error) = self.record(entry) {
            self.lost += 1;
            self.failed.get_or_insert(error);
        }
    }
}

/// A message that cannot be mistaken: a mark that opens or closes a record gets a blank before its last character.
///
/// ```
/// assert_eq!(imesim::log::write::harmless("a]LOG]!><b"), "a]LOG]! ><b");
/// assert_eq!(imesim::log::write::harmless("<![LOG[x"), "<![LOG [x");
/// ```
pub fn harmless(message: &str) -> Cow<'_, str> {
    if !message.contains("LOG]!>") && !message.contains("<![LOG[") {
        return Cow::Borrowed(message);
    }
    Cow::Owned(message.replace("]LOG]!>", "]LOG]! >").replace("<![LOG[", "<![LOG ["))
}

/// Old files, which are in the order of their names, in the order in which they were written.
fn as_written<F: Folder>(folder: &mut F, old: Vec<String>, current: &str) -> Vec<String> {
    if old.len() < 2 {
        return old;
    }
    let names = old.iter().map(String::as_str).chain([current]);
    let held: Option<Vec<Held>> =
        names.map(|name| folder.span(name).map(|(first, last)| Held::between(first, last))).collect();
    match held.and_then(|held| order(&held)) {
        Some(order) => order.into_iter().filter_map(|place| old.get(place).cloned()).collect(),
        None => old,
    }
}

fn current(file: LogFile) -> String {
    format!("{}.log", file.name())
}

fn underscore(file: LogFile) -> String {
    format!("_{}.log", file.name())
}

fn dated(file: LogFile, Stamp { date, time }: Stamp) -> String {
    format!(
        "{}-{:04}{:02}{:02}-{:02}{:02}{:02}.log",
        file.name(),
        date.year,
        date.month,
        date.day,
        time.hour,
        time.minute,
        time.second
    )
}

/// True for the name of an old file; of one form, for those of the other are nobody's any more.
fn is_old(name: &str, file: LogFile, form: RotationName) -> bool {
    match form {
        RotationName::Underscore => name == underscore(file),
        RotationName::DateSuffix => {
            let stamp = name.strip_prefix(file.name()).and_then(|rest| rest.strip_suffix(".log"));
            stamp.is_some_and(|stamp| {
                let mut form = stamp.bytes().zip(b"-00000000-000000");
                stamp.len() == 16
                    && form.all(|(byte, wanted)| if *wanted == b'-' { byte == b'-' } else { byte.is_ascii_digit() })
            })
        }
    }
}
