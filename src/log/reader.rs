//! Reading a log file piece by piece, in bounded memory (B-11.10).
//!
//! Two processes append to one file, each from where it believes the end to be, so records are cut off, begin inside others
//! and leave their tails behind. The reader never splits by lines: a record goes from its opening mark to its closing mark and
//! attributes, and whatever else stands in the file is handed out too, with its place. The ranges of all pieces add up to the
//! length of the file.

use std::io::{self, Read};
use std::ops::Range;

use memchr::memmem::{Finder, find};

use super::attributes::{self, Attributes, Extent};
use super::feed::Feed;
use super::one_line;
pub use super::piece::{Entry, Kind, Part, Piece};
use super::record::{Record, Severity, Stamp};
pub use super::tally::Tally;

const OPEN: &[u8] = b"<![LOG[";
const CLOSE: &[u8] = b"]LOG]!><";
/// What stands between records is handed out in parts of about this many bytes.
const STRAY_BYTES: usize = 64 << 10;

/// How long a message may be, in bytes, before the rest of it is skipped.
pub const MESSAGE_BYTES: usize = 1 << 20;

/// Reads a file piece by piece.
///
/// ```
/// use imesim::log::reader::{Kind, Reader};
///
/// let text = "a title\r\n<![LOG[Hello]LOG]!><time=\"08:00:05.1234567\" date=\"3-2-2026\" component=\"AgentExecutor\" \
///             context=\"\" type=\"1\" thread=\"1\" file=\"\">\r\n<![LOG[cut o";
/// let mut reader = Reader::new(text.as_bytes());
/// let mut seen = Vec::new();
/// while let Some(piece) = reader.next()? {
///     seen.push(match piece.kind {
///         Kind::Record(entry) => entry.record.message.to_owned(),
///         Kind::Foreign(text) | Kind::Truncated { text, .. } => format!("{text:?}"),
///         Kind::Torn { .. } | Kind::Blank => continue,
///     });
/// }
/// assert_eq!(seen, ["\"a title\\r\\n\"", "Hello", "\"cut o\""]);
/// assert_eq!(reader.tally().bytes(), text.len() as u64);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    feed: Feed<R>,
    most: usize,
    /// Up to where the text is known to have no opening mark, as a distance from the start of the feed.
    stray: usize,
    /// The same for closing marks.
    unclosed: usize,
    /// The beginning of a message that was too long, and how many bytes of it have left the feed.
    head: Vec<u8>,
    gone: usize,
    text: String,
    component: String,
    tally: Tally,
    open: Finder<'static>,
    close: Finder<'static>,
}

/// A piece that was found; distances count from the start of the feed.
struct Found {
    what: What,
    message: Range<usize>,
    end: usize,
    fields: Fields,
}

enum What {
    Record,
    Torn(Part),
    Truncated,
    Foreign,
    Blank,
}

/// What the attributes say, but for the component, which stands in the reader.
#[derive(Clone, Copy, Default)]
struct Fields {
    stamp: Option<Stamp>,
    zone: Option<i32>,
    severity: Option<Severity>,
    thread: Option<u32>,
    is_agents: bool,
}

impl Fields {
    fn of(read: &Attributes<'_>) -> Self {
        Self {
            stamp: read.stamp(),
            zone: read.zone,
            severity: read.severity,
            thread: read.thread,
            is_agents: read.is_agents,
        }
    }
}

impl<R: Read> Reader<R> {
    /// Reads from a source that stands at the beginning of a file.
    pub fn new(source: R) -> Self {
        Self::with_limit(source, MESSAGE_BYTES)
    }

    /// The same with another limit for messages, in bytes. The reader needs little more memory than that.
    pub fn with_limit(source: R, most: usize) -> Self {
        Self {
            feed: Feed::new(source),
            most,
            stray: 0,
            unclosed: 0,
            head: Vec::new(),
            gone: 0,
            text: String::new(),
            component: String::new(),
            tally: Tally::default(),
            open: Finder::new(OPEN),
            close: Finder::new(CLOSE),
        }
    }

    /// What was read so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The next piece; `None` at the end of the file.
    ///
    /// # Errors
    /// What the source fails with.
    #[expect(clippy::should_implement_trait, reason = "a piece borrows from the reader, which an iterator cannot say")]
    pub fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        self.head.clear();
        self.gone = 0;
        self.text.clear();
        self.component.clear();
        let begin = self.feed.offset();
        let found = if !self.feed.data().is_empty() || self.feed.more()? {
            if self.stray == 0 && self.at_mark()? { self.record()? } else { self.between()? }
        } else if self.feed.drop_odd() {
            Found { what: What::Foreign, message: 0..0, end: 0, fields: Fields::default() }
        } else {
            return Ok(None);
        };
        let cut_from = self.text_of(found.message.clone()).filter(|_| matches!(found.what, What::Record));
        self.feed.skip(found.end);
        self.stray = self.stray.saturating_sub(found.end);
        self.unclosed = self.unclosed.saturating_sub(found.end);
        let (text, fields) = (self.text.as_str(), found.fields);
        let kind = match (found.what, fields.stamp) {
            (What::Record, Some(stamp)) => Kind::Record(Entry {
                record: Record {
                    stamp,
                    component: &self.component,
                    severity: fields.severity.unwrap_or(Severity::Unstated),
                    thread: fields.thread,
                    message: text,
                },
                zone: fields.zone,
                is_agents: fields.is_agents,
                cut_from,
            }),
            (What::Record, None) => Kind::Torn { part: Part::Whole, text, stamp: None },
            (What::Torn(part), stamp) => Kind::Torn { part, text, stamp },
            (What::Truncated, stamp) => Kind::Truncated { text, stamp },
            (What::Foreign, _) => Kind::Foreign(text),
            (What::Blank, _) => Kind::Blank,
        };
        let piece = Piece { range: begin..self.feed.offset(), kind };
        self.tally.count(&piece);
        Ok(Some(piece))
    }

    /// Makes the text of a message, and says how long it was if it was too long.
    fn text_of(&mut self, message: Range<usize>) -> Option<u64> {
        let part = self.feed.data().get(message).unwrap_or(&[]);
        let total = self.gone + part.len();
        if self.gone == 0 && total <= self.most {
            push(&mut self.text, part);
            return None;
        }
        let room = self.most.saturating_sub(self.head.len()).min(part.len());
        self.head.extend_from_slice(part.get(..room).unwrap_or(&[]));
        push(&mut self.text, &self.head);
        (total > self.most).then_some(total as u64)
    }

    fn at_mark(&mut self) -> io::Result<bool> {
        while self.feed.data().len() < OPEN.len() && OPEN.starts_with(self.feed.data()) {
            if !self.feed.more()? {
                return Ok(false);
            }
        }
        Ok(self.feed.data().starts_with(OPEN))
    }

    /// A record, whole or not, whose opening mark is at the start.
    fn record(&mut self) -> io::Result<Found> {
        let mut from = OPEN.len();
        // The next opening mark, and up to where there is none: looked for once, however often the rest is looked at.
        let (mut open, mut no_open) = (None, from);
        loop {
            let first = if self.gone == 0 { OPEN.len() } else { 0 };
            let data = self.feed.data();
            if open.is_none() {
                open = self.open.find(data.get(no_open..).unwrap_or(&[])).map(|at| no_open + at);
                no_open = no_open.max(data.len().saturating_sub(OPEN.len() - 1));
            }
            let close = self.close.find(data.get(from..open.unwrap_or(data.len())).unwrap_or(&[])).map(|at| from + at);
            if let (None, Some(end)) = (close, open) {
                return Ok(Found { what: What::Torn(Part::Head), message: first..end, end, fields: Fields::default() });
            }
            let Some(close) = close else {
                let seen = data.len();
                if !self.feed.more()? {
                    return Ok(Found {
                        what: What::Truncated,
                        message: first..seen,
                        end: seen,
                        fields: Fields::default(),
                    });
                }
                // A mark may lie across the end of what was there.
                from = from.max(seen.saturating_sub(CLOSE.len() - 1));
                let gone = self.give_up_what_is_too_long(first, from);
                (from, no_open) = (from - gone, no_open.saturating_sub(gone));
                continue;
            };
            let behind = close + CLOSE.len();
            match attributes::may_begin(data.get(behind..).unwrap_or(&[])) {
                Some(false) => {
                    from = behind;
                    continue;
                }
                Some(true) => {}
                None if self.feed.more()? => continue,
                None => {}
            }
            let data = self.feed.data();
            let (read, extent) = attributes::read(data.get(behind..).unwrap_or(&[]));
            let fields = Fields::of(&read);
            let found = |what, end| Found { what, message: first..close, end, fields };
            match extent {
                Extent::Whole(length) => {
                    push(&mut self.component, read.component.unwrap_or(&[]));
                    let end = behind + length;
                    let end = end + self.end_of_line(end)?;
                    return Ok(found(What::Record, end));
                }
                Extent::Broken(length) => return Ok(found(What::Torn(Part::Head), behind + length)),
                Extent::Open => {
                    let end = data.len();
                    if !self.feed.more()? {
                        return Ok(found(What::Truncated, end));
                    }
                }
            }
        }
    }

    /// Keeps the beginning of a message that is too long, and lets the rest of what was searched go. Gives how many bytes
    /// left the feed.
    fn give_up_what_is_too_long(&mut self, first: usize, searched: usize) -> usize {
        let room = self.most.saturating_sub(self.head.len());
        if searched.saturating_sub(first) <= room + STRAY_BYTES {
            return 0;
        }
        let kept = self.feed.data().get(first..first + room).unwrap_or(&[]);
        self.head.extend_from_slice(kept);
        self.gone += searched - first;
        self.feed.skip(searched);
        searched
    }

    /// How many bytes the end of a line takes here.
    fn end_of_line(&mut self, at: usize) -> io::Result<usize> {
        loop {
            let is_all = match self.feed.data().get(at..).unwrap_or(&[]) {
                [b'\r', b'\n', ..] => return Ok(2),
                [b'\n', ..] => return Ok(1),
                [] | [b'\r'] => !self.feed.more()?,
                [..] => true,
            };
            if is_all {
                return Ok(0);
            }
        }
    }

    /// What stands between records.
    fn between(&mut self) -> io::Result<Found> {
        while self.stray == 0 {
            let data = self.feed.data();
            if let Some(at) = self.open.find(data) {
                self.stray = at;
            } else if data.len() >= STRAY_BYTES {
                // A mark may begin in what is left.
                let most = data.len() - (OPEN.len() - 1);
                self.stray = memchr::memrchr(b'\n', data.get(..most).unwrap_or(&[])).map_or(most, |at| at + 1);
            } else if !self.feed.more()? {
                self.stray = self.feed.data().len();
            }
        }
        let gap = self.feed.data().get(..self.stray).unwrap_or(&[]);
        let found = |what, message, end| Found { what, message, end, fields: Fields::default() };
        let blank = blanks(gap);
        if blank == gap.len() {
            return Ok(found(What::Blank, 0..0, blank));
        }
        if self.unclosed < gap.len() {
            if let Some(close) = self.close.find(gap) {
                let behind = close + CLOSE.len();
                let (read, extent) = attributes::read(gap.get(behind..).unwrap_or(&[]));
                let end = match extent {
                    Extent::Whole(length) => behind + length + blanks(gap.get(behind + length..).unwrap_or(&[])),
                    Extent::Broken(length) => behind + length,
                    Extent::Open => gap.len(),
                };
                return Ok(Found { fields: Fields::of(&read), ..found(What::Torn(Part::Tail), 0..close, end) });
            }
            self.unclosed = gap.len();
        }
        let mut end = 0;
        for line in gap.split_inclusive(|byte| *byte == b'\n') {
            let is_tail = line.trim_ascii_end().ends_with(b"\">") && find(line, b"=\"").is_some();
            let one_line = find(line, one_line::MARK).and_then(|_| one_line::read(line));
            if end > 0 && (is_tail || one_line.is_some()) {
                break;
            }
            end += line.len();
            if let Some(read) = one_line {
                push(&mut self.component, read.component);
                let fields =
                    Fields { stamp: Some(read.stamp), zone: read.zone, thread: read.thread, ..Fields::default() };
                return Ok(Found { fields, ..found(What::Record, 0..read.message, end) });
            }
            if is_tail {
                return Ok(found(What::Torn(Part::Tail), 0..end, end));
            }
        }
        let what = if blanks(gap.get(..end).unwrap_or(&[])) == end { What::Blank } else { What::Foreign };
        Ok(found(what, 0..end, end))
    }
}

/// How many bytes are ends of lines, blanks and byte order marks.
fn blanks(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        match rest {
            [b' ' | b'\t' | b'\r' | b'\n', ..] => at += 1,
            [0xEF, 0xBB, 0xBF, ..] => at += 3,
            [..] => break,
        }
    }
    at
}

fn push(text: &mut String, bytes: &[u8]) {
    match core::str::from_utf8(bytes) {
        Ok(part) => text.push_str(part),
        Err(_) => text.push_str(&String::from_utf8_lossy(bytes)),
    }
}
