//! The form of one line that other programs write: `message $$<component><date time><thread=number>`.

use memchr::memmem::{find, rfind};

use super::attributes;
use super::record::Stamp;

/// What stands between message and the rest.
pub(super) const MARK: &[u8] = b"$$<";

/// A line in that form.
pub(super) struct OneLine<'a> {
    /// Where the message ends.
    pub(super) message: usize,
    pub(super) component: &'a [u8],
    pub(super) stamp: Stamp,
    pub(super) zone: Option<i32>,
    pub(super) thread: Option<u32>,
}

pub(super) fn read(line: &[u8]) -> Option<OneLine<'_>> {
    let mark = rfind(line, MARK)?;
    let mut parts = line.get(mark + MARK.len()..)?.split(|byte| *byte == b'>');
    let component = parts.next()?;
    let when = parts.next()?.strip_prefix(b"<")?;
    let blank = find(when, b" ")?;
    let date = attributes::date(when.get(..blank)?)?;
    let (time, zone) = attributes::time(when.get(blank + 1..)?)?;
    let thread = parts.next().and_then(|part| part.strip_prefix(b"<thread=")).and_then(|part| {
        let end = part.iter().position(|byte| *byte == b' ').unwrap_or(part.len());
        attributes::thread(part.get(..end)?)
    });
    let message = line.get(..mark)?.trim_ascii_end().len();
    Some(OneLine { message, component, stamp: Stamp { date, time }, zone, thread })
}
