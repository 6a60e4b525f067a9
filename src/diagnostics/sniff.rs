//! Which kind a file is of, by what it begins with; its name is not asked.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::{Position, Problem, ReadError};
use super::report::{Kind, Report};
use super::{dsregcmd, mdm_metadata, mdm_page, mdm_report, registry, text};

/// The most bytes that are read of a file: 512 MiB, several times a whole registry.
pub const SIZE_MAX: u64 = 512 << 20;

/// Reads the bytes of one file, whatever kind it is of; `file` is what to call it.
///
/// # Errors
/// [`ReadError`] for what is none of the known files, or is one that is broken in the middle. A file that is only cut off is
/// none: what it says until there counts, and [`Report::cut`] says where that is.
pub fn read(file: &str, bytes: &[u8]) -> Result<Report, ReadError> {
    let refuse = |position, problem| ReadError { file: file.to_owned(), position, problem };
    let (text, encoding) = text::decode(bytes).map_err(|problem| refuse(None, problem))?;
    if let Some(at) = text.find('\0') {
        return Err(refuse(Some(text::position(&text, at)), Problem::Binary));
    }
    let kind = kind(&text).map_err(|(at, problem)| refuse(at.map(|at| text::position(&text, at)), problem))?;
    let mut report = Report::new(file, kind, Some(encoding));
    let done = match kind {
        Kind::JoinStatus => {
            dsregcmd::read(&mut report, &text);
            Ok(())
        }
        Kind::MdmReport => mdm_report::read(&mut report, &text),
        Kind::MdmPage => mdm_page::read(&mut report, &text),
        Kind::MdmMetadata => mdm_metadata::read(&mut report, &text),
        Kind::RegistryExport => registry::read_export(&mut report, &text),
        // No text is of this kind.
        Kind::ThisDevice => Ok(()),
    };
    done.map(|()| report).map_err(|(position, problem)| refuse(Some(position), problem))
}

/// Reads a file from the disk.
///
/// # Errors
/// As [`read`], and if the file cannot be read or has more than [`SIZE_MAX`] bytes.
pub fn read_path(path: &Path) -> Result<Report, ReadError> {
    let file = path.display().to_string();
    let refuse = |problem| ReadError { file: file.clone(), position: None, problem };
    let io = |error: std::io::Error| refuse(Problem::Io(error.to_string()));
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(SIZE_MAX + 1).read_to_end(&mut bytes)).map_err(io)?;
    let size = bytes.len() as u64;
    if size > SIZE_MAX {
        return Err(refuse(Problem::TooLarge { bytes: size, max: SIZE_MAX }));
    }
    read(&file, &bytes)
}

/// What a reader gives for a text that is broken: where, and how.
pub(super) type Broken = (Position, Problem);

fn kind(text: &str) -> Result<Kind, (Option<usize>, Problem)> {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    let at = text.len() - start.len();
    let begins = |word: &str| start.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    if begins("Windows Registry Editor Version 5.00") || begins(registry::OLD_HEADER) {
        Ok(Kind::RegistryExport)
    } else if begins("<!DOCTYPE html") || begins("<html") {
        Ok(Kind::MdmPage)
    } else if begins("<") {
        Ok(Kind::MdmReport)
    } else if begins("{") {
        Ok(Kind::MdmMetadata)
    } else if dsregcmd::is_one(text) {
        Ok(Kind::JoinStatus)
    } else {
        let head: String = start.chars().take_while(|c| *c != '\n' && *c != '\r').take(40).collect();
        Err((Some(at), Problem::Foreign(head.escape_debug().to_string())))
    }
}
