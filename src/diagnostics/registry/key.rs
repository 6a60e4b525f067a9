//! Keys and values, and the keys that tell facts.

use std::io;

/// How far below a key facts lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Its own values.
    Values,
    /// The values of the keys directly below it.
    Children,
}

/// The keys that tell facts, below `HKEY_LOCAL_MACHINE`, as they are named in messages.
pub const WANTED: [(&str, Depth); 6] = [
    (WINDOWS, Depth::Values),
    (DOTNET, Depth::Values),
    (S_MODE, Depth::Values),
    (ENROLLMENTS, Depth::Children),
    (JOIN, Depth::Children),
    (CO_MANAGEMENT, Depth::Values),
];

pub(super) const WINDOWS: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
pub(super) const DOTNET: &str = r"SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full";
pub(super) const S_MODE: &str = r"SYSTEM\CurrentControlSet\Control\CI\Policy";
pub(super) const ENROLLMENTS: &str = r"SOFTWARE\Microsoft\Enrollments";
pub(super) const JOIN: &str = r"SYSTEM\CurrentControlSet\Control\CloudDomainJoin\JoinInfo";
pub(super) const CO_MANAGEMENT: &str = r"SOFTWARE\Microsoft\CCM";

/// The data of a value, as far as facts are told by its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// A text, expanded or not.
    Text(String),
    /// A number of 32 bits.
    Dword(u32),
    /// Anything else.
    Other,
}

impl Data {
    /// The data of a value of this type number, from its bytes.
    pub(super) fn of(kind: u32, bytes: &[u8]) -> Self {
        match kind {
            TEXT | EXPANDED => {
                let units: Vec<u16> = bytes
                    .chunks_exact(2)
                    .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
                    .map(u16::from_le_bytes)
                    .take_while(|unit| *unit != 0)
                    .collect();
                Self::Text(String::from_utf16_lossy(&units))
            }
            DWORD => <[u8; 4]>::try_from(bytes).map_or(Self::Other, |bytes| Self::Dword(u32::from_le_bytes(bytes))),
            _ => Self::Other,
        }
    }

    /// The same where texts are of one byte a character, in a code page that nobody knows: what is not ASCII becomes U+FFFD,
    /// which is in no value that is looked for.
    pub(super) fn of_code_page(kind: u32, bytes: &[u8]) -> Self {
        match kind {
            TEXT | EXPANDED => {
                let text = bytes.iter().take_while(|byte| **byte != 0);
                Self::Text(text.map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{FFFD}' }).collect())
            }
            _ => Self::of(kind, bytes),
        }
    }
}

/// The numbers of types.
const TEXT: u32 = 1;
const EXPANDED: u32 = 2;
const DWORD: u32 = 4;

/// A way through the keys below `HKEY_LOCAL_MACHINE`, compared as Windows does: by the names in capital letters, one by one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way(Vec<String>);

impl Way {
    /// The way that is written with backslashes.
    pub fn new(path: &str) -> Self {
        Self(path.split('\\').filter(|name| !name.is_empty()).map(str::to_uppercase).collect())
    }

    /// True if the other lies below this, or is this.
    pub fn leads_to(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// True if the other lies directly below this.
    pub fn is_parent_of(&self, other: &Self) -> bool {
        self.leads_to(other) && other.0.len() == self.0.len() + 1
    }
}

/// One key with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Where it is.
    pub way: Way,
    /// Its last name, as written.
    pub name: String,
    /// Its line in an export.
    pub line: Option<u32>,
    /// Which of several exports in one file it is in.
    pub part: usize,
    /// All its values are here.
    pub is_whole: bool,
    /// Names, data, and lines in an export.
    pub values: Vec<(String, Data, Option<u32>)>,
}

impl Key {
    /// The data of the values of this name; more than one only where exports were joined.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a Data, Option<u32>)> {
        self.values
            .iter()
            .filter(move |(own, _, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, data, line)| (data, *line))
    }
}

/// The keys that tell facts, and what is known of those that are not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry {
    /// In the order in which they were found: those wanted, those above them.
    pub keys: Vec<Key>,
    /// The last key of each export in the file; exports are in order, so that all before it are whole.
    pub last: Vec<Way>,
    /// Everything that is wanted was looked up, so that what is not here is not there.
    pub is_all: bool,
}

impl Registry {
    /// The keys at this place; more than one only where exports were joined.
    pub fn at(&self, path: &str) -> impl Iterator<Item = &Key> {
        let way = Way::new(path);
        self.keys.iter().filter(move |key| key.way == way)
    }

    /// The keys directly below this place.
    pub fn below(&self, path: &str) -> impl Iterator<Item = &Key> {
        let way = Way::new(path);
        self.keys.iter().filter(move |key| way.is_parent_of(&key.way))
    }

    /// True if what is not here at this place is not there either.
    ///
    /// An export has everything below the key that was exported, in order. So a key is proved missing if an export begins at it
    /// or above it, does not have it, and has something later.
    pub fn is_proved(&self, path: &str) -> bool {
        let way = Way::new(path);
        self.is_all
            || self
                .keys
                .iter()
                .any(|key| key.way.leads_to(&way) && self.last.get(key.part).is_some_and(|last| *last > way))
    }

    /// True if no key below this place with a name of hexadecimal digits is missing from here: ids and thumbprints.
    pub fn is_proved_below(&self, path: &str) -> bool {
        // The first name after all of them.
        self.is_proved(&format!("{path}\\G"))
    }

    /// Looks up all that is wanted; gives what was refused too.
    pub(super) fn read(keys: &impl Keys) -> (Self, Vec<(&'static str, io::Error)>) {
        let mut all = Self { is_all: true, ..Self::default() };
        let mut refused = Vec::new();
        for (path, depth) in WANTED {
            let done = match depth {
                Depth::Values => all.look_up(keys, path),
                Depth::Children => keys.children(path).and_then(|children| {
                    let mut children = children.into_iter().flatten();
                    children.try_for_each(|child| all.look_up(keys, &format!("{path}\\{child}")))
                }),
            };
            if let Err(error) = done {
                refused.push((path, error));
            }
        }
        (all, refused)
    }

    fn look_up(&mut self, keys: &impl Keys, path: &str) -> io::Result<()> {
        if let Some(values) = keys.values(path)? {
            let name = path.rsplit('\\').next().unwrap_or(path).to_owned();
            let values = values.into_iter().map(|(name, data)| (name, data, None)).collect();
            self.keys.push(Key { way: Way::new(path), name, line: None, part: 0, is_whole: true, values });
        }
        Ok(())
    }
}

/// The reading of keys: all that is different on a real Windows.
pub trait Keys {
    /// The values of a key below `HKEY_LOCAL_MACHINE`, in the 64-bit view; `None` if there is no such key.
    ///
    /// # Errors
    /// Whatever else keeps it from being read, such as missing rights.
    fn values(&self, path: &str) -> io::Result<Option<Vec<(String, Data)>>>;

    /// The names of the keys directly below; `None` if there is no such key.
    ///
    /// # Errors
    /// As [`values`](Self::values).
    fn children(&self, path: &str) -> io::Result<Option<Vec<String>>>;
}
