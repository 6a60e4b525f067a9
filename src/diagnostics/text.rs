//! From bytes to text: byte order marks, UTF-16 as PowerShell writes it, lines and places.

use std::borrow::Cow;

use serde::Serialize;

use super::error::{Position, Problem};

/// How the characters of a file are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, low byte first: the redirected output of PowerShell 5, and registry exports.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// One byte a character, in a code page that the file does not name: what is not ASCII is not known.
    CodePage,
}

/// The text of these bytes, without a byte order mark.
///
/// What cannot be decoded becomes U+FFFD, which is in no name and no value that is looked for. Half a character at the end is
/// left out.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), Problem> {
    for (magic, name) in [(&b"MSCF"[..], "cabinet"), (b"PK\x03\x04", "zip"), (b"\x1f\x8b", "gzip")] {
        if bytes.starts_with(magic) {
            return Err(Problem::Archive(name));
        }
    }
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return Ok(one_byte(rest));
    }
    let pairs = |rest: &[u8], low_first: bool| utf16(rest, low_first);
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return Ok((pairs(rest, true), Encoding::Utf16Le));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return Ok((pairs(rest, false), Encoding::Utf16Be));
    }
    // Without a mark: the first characters of every known text are ASCII, so each second byte is zero.
    let head = bytes.get(..16).unwrap_or(bytes);
    let zero = |odd: usize| head.len() >= 4 && head.chunks_exact(2).all(|pair| pair.get(odd) == Some(&0));
    match (zero(0), zero(1)) {
        (false, true) => Ok((pairs(bytes, true), Encoding::Utf16Le)),
        (true, false) => Ok((pairs(bytes, false), Encoding::Utf16Be)),
        (true, true) | (false, false) => Ok(one_byte(bytes)),
    }
}

/// UTF-8 if it is that as far as it goes, else a code page.
fn one_byte(bytes: &[u8]) -> (Cow<'_, str>, Encoding) {
    match core::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), Encoding::Utf8),
        // Cut within the last character.
        Err(error) if error.error_len().is_none() => {
            let whole = bytes.get(..error.valid_up_to()).unwrap_or_default();
            (String::from_utf8_lossy(whole), Encoding::Utf8)
        }
        Err(_) => {
            let text = bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{FFFD}' });
            (Cow::Owned(text.collect()), Encoding::CodePage)
        }
    }
}

fn utf16(bytes: &[u8], low_first: bool) -> Cow<'static, str> {
    let units = bytes
        .chunks_exact(2)
        .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
        .map(|pair| if low_first { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) });
    let text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{FFFD}')).collect();
    Cow::Owned(text)
}

/// Where a byte of a text stands; the end of the text for what lies behind it.
pub(super) fn position(text: &str, offset: usize) -> Position {
    let before: &[u8] = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.get(start..).unwrap_or_default();
    // Every byte but those that go on with a character begins one.
    let column = line.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    Position { line: small(breaks + 1), column: small(column + 1) }
}

/// A count as it is told.
pub(super) fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// One line of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Without the line break, and without byte order marks that joined files leave in the middle.
    pub(super) text: &'a str,
    /// From 1.
    pub(super) number: u32,
    /// A line break follows: it is there as a whole.
    pub(super) ended: bool,
}

/// The lines of a text, with LF or CR LF between them.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.split_inclusive('\n').enumerate().map(|(place, line)| Line {
        text: line.trim_end_matches(['\r', '\n']).trim_start_matches('\u{FEFF}'),
        number: small(place + 1),
        ended: line.ends_with('\n'),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_the_same_text_gives_it() {
        let text = "Käse: 1\r\n+--\r\n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let read = |bytes: &[u8]| decode(bytes).map(|(text, encoding)| (text.into_owned(), encoding));
        let is = |encoding| Ok((text.to_owned(), encoding));
        assert_eq!(read(text.as_bytes()), is(Encoding::Utf8));
        assert_eq!(read(&[b"\xEF\xBB\xBF", text.as_bytes()].concat()), is(Encoding::Utf8));
        assert_eq!(read(&[b"\xFF\xFE", le.as_slice()].concat()), is(Encoding::Utf16Le));
        assert_eq!(read(&[b"\xFE\xFF", be.as_slice()].concat()), is(Encoding::Utf16Be));
    }

    #[test]
    fn utf_16_is_known_without_its_mark_and_a_code_page_keeps_its_ascii() {
        let text = "Windows Registry Editor";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&le), Ok((Cow::from(text), Encoding::Utf16Le)));
        assert_eq!(decode(b"K\xE4se"), Ok((Cow::from("K\u{FFFD}se"), Encoding::CodePage)));
        assert_eq!(decode(b"MSCF\0\0"), Err(Problem::Archive("cabinet")));
    }

    #[test]
    fn places_count_characters_from_one() {
        assert_eq!(position("äb\nöc", 0), Position { line: 1, column: 1 });
        assert_eq!(position("äb\nöc", 6), Position { line: 2, column: 2 });
        assert_eq!(position("äb\nöc", 99), Position { line: 2, column: 3 });
    }
}
