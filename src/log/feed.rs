//! Bytes of a file as they come, as UTF-8 whatever the file has, with the place in the file.

use std::io::{self, Read};

/// How much is asked for at once, in bytes.
const CHUNK: usize = 128 << 10;

/// How a file is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Unknown,
    Utf8,
    Utf16 { little: bool },
}

/// A window of a file.
#[derive(Debug)]
pub(super) struct Feed<R> {
    source: R,
    encoding: Encoding,
    /// What is there stands in `begin..end`; the rest is room.
    buffer: Vec<u8>,
    begin: usize,
    end: usize,
    /// Where the window begins, in bytes of the file.
    offset: u64,
    /// Bytes of UTF-16 that wait for more, or for having their encoding told.
    raw: Vec<u8>,
    is_at_end: bool,
}

impl<R: Read> Feed<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            encoding: Encoding::Unknown,
            buffer: Vec::new(),
            begin: 0,
            end: 0,
            offset: 0,
            raw: Vec::new(),
            is_at_end: false,
        }
    }

    pub(super) fn data(&self) -> &[u8] {
        self.buffer.get(self.begin..self.end).unwrap_or(&[])
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Lets the first bytes go.
    pub(super) fn skip(&mut self, bytes: usize) {
        let gone = self.data().get(..bytes).unwrap_or(self.data());
        let of_file = match self.encoding {
            Encoding::Unknown | Encoding::Utf8 => gone.len(),
            // Every character but those of four bytes was one unit of two bytes; those were two units.
            Encoding::Utf16 { .. } => gone
                .iter()
                .map(|byte| match byte {
                    0x80..=0xBF => 0,
                    0xF0..=0xFF => 4,
                    _ => 2,
                })
                .sum(),
        };
        self.begin += gone.len();
        self.offset += of_file as u64;
    }

    /// A last byte of UTF-16 that has no other; it is dropped.
    pub(super) fn drop_odd(&mut self) -> bool {
        let odd = self.raw.len();
        self.raw.clear();
        self.offset += odd as u64;
        odd > 0
    }

    /// Gets more of the file; false at its end.
    pub(super) fn more(&mut self) -> io::Result<bool> {
        if self.is_at_end {
            return Ok(false);
        }
        let held = self.end;
        let begin = self.begin;
        loop {
            match self.encoding {
                Encoding::Utf8 => {
                    self.make_room(CHUNK);
                    let room = self.buffer.get_mut(self.end..).unwrap_or(&mut []);
                    let count = read(&mut self.source, room)?;
                    self.end += count;
                    self.is_at_end = count == 0;
                    return Ok(count > 0);
                }
                Encoding::Unknown => {
                    self.is_at_end = !self.read_raw()?;
                    self.tell_encoding();
                    if self.encoding == Encoding::Utf8 {
                        let raw = core::mem::take(&mut self.raw);
                        self.put(&raw);
                        return Ok(!raw.is_empty());
                    }
                }
                Encoding::Utf16 { little } => {
                    self.decode(little);
                    if self.end - self.begin > held - begin {
                        return Ok(true);
                    }
                    if self.is_at_end {
                        return Ok(false);
                    }
                    self.is_at_end = !self.read_raw()?;
                }
            }
        }
    }

    fn read_raw(&mut self) -> io::Result<bool> {
        let held = self.raw.len();
        self.raw.resize(held + CHUNK, 0);
        let count = read(&mut self.source, self.raw.get_mut(held..).unwrap_or(&mut []));
        self.raw.truncate(held + count.as_ref().copied().unwrap_or(0));
        Ok(count? > 0)
    }

    /// Tells the encoding by a byte order mark, or by the zeros in the first opening mark.
    fn tell_encoding(&mut self) {
        self.encoding = match self.raw.as_slice() {
            [0xFF, 0xFE, ..] | [b'<', 0, b'!', 0, ..] => Encoding::Utf16 { little: true },
            [0xFE, 0xFF, ..] | [0, b'<', 0, b'!', ..] => Encoding::Utf16 { little: false },
            [_, _, _, _, ..] => Encoding::Utf8,
            [..] if self.is_at_end => Encoding::Utf8,
            [..] => Encoding::Unknown,
        };
    }

    /// Makes UTF-8 of what was read. What is no text becomes U+FFFD, one for each unit, so that lengths can be told.
    fn decode(&mut self, little: bool) {
        let units = self.raw.chunks_exact(2).map(|pair| match *pair {
            [low, high] if little => u16::from_le_bytes([low, high]),
            [high, low] => u16::from_be_bytes([high, low]),
            _ => 0,
        });
        let mut pending: Vec<u16> = units.collect();
        let is_half = |unit: &u16| (0xD800..0xDC00).contains(unit);
        if !self.is_at_end && pending.last().is_some_and(is_half) {
            let _ = pending.pop();
        }
        let used = pending.len() * 2;
        let text: String =
            char::decode_utf16(pending).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        let _ = self.raw.drain(..used);
        self.put(text.as_bytes());
    }

    fn put(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        if let Some(room) = self.buffer.get_mut(self.end..self.end + bytes.len()) {
            room.copy_from_slice(bytes);
            self.end += bytes.len();
        }
    }

    /// Makes room behind what is there, first by moving it to the front.
    fn make_room(&mut self, bytes: usize) {
        if self.begin > 0 {
            self.buffer.copy_within(self.begin..self.end, 0);
            self.end -= self.begin;
            self.begin = 0;
        }
        if self.buffer.len() < self.end + bytes {
            self.buffer.resize(self.end + bytes, 0);
        }
    }
}

fn read(source: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
