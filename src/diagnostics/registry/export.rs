//! Registry exports: version 5, as `reg export` and regedit write them, in UTF-16 or what an editor made of it; and the version
//! before it, which regedit still offers, with texts in one byte a character of a code page that the file does not name.

use super::super::error::{Position, Problem};
use super::super::sniff::Broken;
use super::super::text::{Line, lines, small};
use super::key::{Data, Depth, Key, Registry, WANTED, Way};

/// The first line of an export.
const HEADER: &str = "Windows Registry Editor Version 5.00";
/// The first line of one of version 4.
pub(in crate::diagnostics) const OLD_HEADER: &str = "REGEDIT4";
const HIVE: &str = "HKEY_LOCAL_MACHINE\\";

/// Reads an export, or several one after the other; of the keys only those that are wanted and those above them stay.
pub(super) fn read(text: &str) -> Result<(Registry, Option<Position>), Broken> {
    let mut reader = Reader { wanted: WANTED.map(|(path, depth)| (Way::new(path), depth)).into(), ..Reader::default() };
    let mut open: Option<Open> = None;
    for line in lines(text) {
        let left = match open.take() {
            None => reader.line(line)?,
            Some(open) => reader.go_on(open, line)?,
        };
        match left {
            Left::Nothing => {}
            Left::Open(more) => open = Some(more),
            Left::Cut(at) => return Ok((reader.registry, Some(at))),
        }
    }
    let end = open.map(|open| Position { line: open.line, column: 1 });
    Ok((reader.registry, end))
}

/// A value whose data go on in the next line.
struct Open {
    name: String,
    line: u32,
    so_far: SoFar,
}

enum SoFar {
    /// A text with a line break in it.
    Text(String),
    /// Bytes of a type, after a backslash.
    Bytes(u32, String),
}

/// What a line leaves.
enum Left {
    Nothing,
    Open(Open),
    /// The file ends within it.
    Cut(Position),
}

#[derive(Default)]
struct Reader {
    registry: Registry,
    wanted: Vec<(Way, Depth)>,
    /// The key whose values come is one that stays.
    keeps: bool,
    /// How many exports began.
    parts: usize,
    /// The last of them is of version 4: texts among the bytes are of one byte a character.
    is_old: bool,
}

impl Reader {
    fn line(&mut self, line: Line<'_>) -> Result<Left, Broken> {
        let text = line.text.trim();
        if text.is_empty() {
            // An empty line ends a key, and nothing else is one.
            if let (true, Some(key)) = (self.keeps && line.ended, self.registry.keys.last_mut()) {
                key.is_whole = true;
            }
        } else if text == HEADER || text == OLD_HEADER {
            self.parts += 1;
            self.is_old = text == OLD_HEADER;
            self.keeps = false;
            self.registry.last.push(Way::new(""));
        } else if let Some(inside) = text.strip_prefix('[') {
            return self.key(inside, line);
        } else if text.starts_with('"') || text.starts_with('@') {
            return self.value(text, line);
        } else if !text.starts_with(';') {
            return refuse(line, 0, "a key in brackets, or a value with its name in quotes");
        }
        Ok(Left::Nothing)
    }

    fn key(&mut self, inside: &str, line: Line<'_>) -> Result<Left, Broken> {
        if inside.starts_with('-') {
            return Err((at(line, 0), Problem::NoExport));
        }
        let Some(path) = inside.strip_suffix(']') else {
            return refuse(line, line.text.chars().count(), "`]` at the end of the key");
        };
        if let (true, Some(key)) = (self.keeps, self.registry.keys.last_mut()) {
            key.is_whole = true;
        }
        self.keeps = false;
        let head = path.get(..HIVE.len()).unwrap_or("");
        if !head.eq_ignore_ascii_case(HIVE) {
            return Ok(Left::Nothing);
        }
        let below = path.get(HIVE.len()..).unwrap_or("");
        let way = Way::new(below);
        let part = self.parts.saturating_sub(1);
        if let Some(last) = self.registry.last.get_mut(part) {
            *last = way.clone();
        }
        self.keeps = self
            .wanted
            .iter()
            .any(|(root, depth)| way.leads_to(root) || matches!(depth, Depth::Children) && root.is_parent_of(&way));
        if self.keeps {
            let name = below.rsplit('\\').next().unwrap_or(below).to_owned();
            let line = Some(line.number);
            self.registry.keys.push(Key { way, name, line, part, is_whole: false, values: Vec::new() });
        }
        Ok(Left::Nothing)
    }

    fn value(&mut self, text: &str, line: Line<'_>) -> Result<Left, Broken> {
        let offset = line.text.chars().take_while(|c| c.is_whitespace()).count();
        let (name, rest) = if let Some(rest) = text.strip_prefix('@') {
            (String::new(), rest)
        } else {
            match quoted(text.get(1..).unwrap_or("")) {
                Some(found) => found,
                None => return refuse(line, offset, "a name that ends with a quote"),
            }
        };
        let Some(data) = rest.trim_start().strip_prefix('=').map(str::trim_start) else {
            return refuse(line, line.text.chars().count(), "`=` after the name");
        };
        let column = line.text.chars().count() - data.chars().count();
        if data == "-" {
            // `"name"=-` cut from nothing: an export has no such line, and a cut one has more before it.
            return Err((at(line, column), Problem::NoExport));
        }
        if let Some(inside) = data.strip_prefix('"') {
            return self.text(Open { name, line: line.number, so_far: SoFar::Text(String::new()) }, inside, line);
        }
        let lower = data.to_ascii_lowercase();
        if let Some(digits) = lower.strip_prefix("dword:") {
            let digits = digits.trim();
            return match u32::from_str_radix(digits, 16) {
                Ok(number) if digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                    self.keep(name, Data::Dword(number), line.number);
                    Ok(Left::Nothing)
                }
                Ok(_) | Err(_) => refuse(line, column, "eight hexadecimal digits after `dword:`"),
            };
        }
        let Some((head, bytes)) = lower.split_once(':').filter(|(head, _)| head.starts_with("hex")) else {
            return refuse(line, column, "a text in quotes, `dword:` or `hex:`");
        };
        let kind = match head.strip_prefix("hex").unwrap_or("") {
            "" => Some(3),
            inside => inside
                .strip_prefix('(')
                .and_then(|inside| inside.strip_suffix(')'))
                .and_then(|kind| u32::from_str_radix(kind, 16).ok()),
        };
        match kind {
            Some(kind) => {
                self.bytes(Open { name, line: line.number, so_far: SoFar::Bytes(kind, String::new()) }, bytes, line)
            }
            None => refuse(line, column, "`hex:` or `hex(2):`, with the number of a type"),
        }
    }

    fn go_on(&mut self, open: Open, line: Line<'_>) -> Result<Left, Broken> {
        match open.so_far {
            SoFar::Text(_) => self.text(open, line.text, line),
            SoFar::Bytes(..) => self.bytes(open, &line.text.to_ascii_lowercase(), line),
        }
    }

    /// A text, to its closing quote here or in a later line.
    fn text(&mut self, open: Open, piece: &str, line: Line<'_>) -> Result<Left, Broken> {
        let SoFar::Text(mut so_far) = open.so_far else { return Ok(Left::Nothing) };
        match quoted(piece) {
            Some((text, rest)) if rest.trim().is_empty() => {
                so_far.push_str(&text);
                self.keep(open.name, Data::Text(so_far), open.line);
                Ok(Left::Nothing)
            }
            Some((_, rest)) => refuse(line, line.text.chars().count() - rest.chars().count(), "nothing after the text"),
            None if !line.ended => Ok(Left::Cut(at(line, line.text.chars().count()))),
            None => {
                so_far.push_str(piece);
                so_far.push('\n');
                Ok(Left::Open(Open { so_far: SoFar::Text(so_far), ..open }))
            }
        }
    }

    /// Bytes, to the last line that does not end with a backslash.
    fn bytes(&mut self, open: Open, piece: &str, line: Line<'_>) -> Result<Left, Broken> {
        let SoFar::Bytes(kind, mut so_far) = open.so_far else { return Ok(Left::Nothing) };
        let piece = piece.trim();
        if !line.ended {
            // Whether more would come nobody can tell.
            return Ok(Left::Cut(at(line, line.text.chars().count())));
        }
        if let Some(more) = piece.strip_suffix('\\') {
            so_far.push_str(more);
            return Ok(Left::Open(Open { so_far: SoFar::Bytes(kind, so_far), ..open }));
        }
        so_far.push_str(piece);
        let pieces = so_far.split(',').map(str::trim).filter(|byte| !byte.is_empty());
        let bytes: Option<Vec<u8>> = pieces
            .map(|byte| u8::from_str_radix(byte, 16).ok().filter(|_| byte.bytes().all(|b| b.is_ascii_hexdigit())))
            .collect();
        match bytes {
            Some(bytes) => {
                let data = if self.is_old { Data::of_code_page(kind, &bytes) } else { Data::of(kind, &bytes) };
                self.keep(open.name, data, open.line);
                Ok(Left::Nothing)
            }
            None => refuse(line, 0, "bytes of two hexadecimal digits with commas between"),
        }
    }

    fn keep(&mut self, name: String, data: Data, line: u32) {
        if let (true, Some(key)) = (self.keeps, self.registry.keys.last_mut()) {
            key.values.push((name, data, Some(line)));
        }
    }
}

/// The text before the closing quote, and what follows; `None` where there is none in this line.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((place, c)) = chars.next() {
        match c {
            '"' => return Some((out, text.get(place + 1..).unwrap_or(""))),
            '\\' => out.push(chars.next()?.1),
            _ => out.push(c),
        }
    }
    None
}

fn at(line: Line<'_>, characters: usize) -> Position {
    Position { line: line.number, column: small(characters + 1) }
}

/// A line that is wrong; or only the last one, which was cut off.
fn refuse(line: Line<'_>, characters: usize, wanted: &'static str) -> Result<Left, Broken> {
    if line.ended {
        Err((at(line, characters), Problem::Registry(wanted)))
    } else {
        Ok(Left::Cut(at(line, characters)))
    }
}
