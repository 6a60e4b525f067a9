//! What the output of a discovery script is worth. First read: B-8.4, B-8.5.
//!
//! The rule is stricter than a JSON library: the object stands on one line and nothing but its members is there, no space
//! between them. So it has a reader of its own, which also works where the crate is built without one; a test holds it
//! to `serde_json`.

use super::discovery::{DiscoverySetting, ValueKind};
use crate::profile::Compliance;

/// What is wrong with a run of a discovery script.
///
/// Source: B-8.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum DiscoveryError {
    /// The script returned a failure.
    #[error("the script returned a failure")]
    ScriptFailed,
    /// The output does not name a setting that the policy asks for.
    #[error("a setting is missing in the output")]
    SettingMissing,
    /// The output is not one line of compressed JSON with names and values.
    #[error("the output is not one line of compressed JSON")]
    Json,
    /// The value of a setting is not what the policy expects.
    #[error("the value of a setting has another data type")]
    Type,
}

impl DiscoveryError {
    /// Its number, as `cc.error_*` has it.
    ///
    /// Source: B-8.5.
    pub const fn number(self, figures: &Compliance) -> u32 {
        match self {
            Self::ScriptFailed => figures.error_script_failed,
            Self::SettingMissing => figures.error_setting_missing,
            Self::Json => figures.error_json,
            Self::Type => figures.error_type,
        }
    }
}

/// The error number of a run that ended, or 0: for hosts, which hand it to the agent with the outcome.
///
/// Output that is larger than `cc.max_output_bytes` is cut, so it is no JSON any more.
///
/// Source: B-8.4, B-8.5.
pub fn discovery_error(exit_code: i32, output: &str, settings: &[DiscoverySetting], figures: &Compliance) -> u32 {
    let judged = if exit_code != 0 {
        Err(DiscoveryError::ScriptFailed)
    } else if output.len() as u64 > u64::from(figures.max_output_bytes) {
        Err(DiscoveryError::Json)
    } else {
        judge(output, settings)
    };
    judged.err().map_or(0, |error| error.number(figures))
}

/// Judges the output of a script that ended well. One end of line behind it is accepted, since every shell writes one.
///
/// # Errors
/// [`DiscoveryError::Json`] before [`DiscoveryError::SettingMissing`] before [`DiscoveryError::Type`]; never
/// [`DiscoveryError::ScriptFailed`].
///
/// Source: B-8.5.
pub fn judge(output: &str, settings: &[DiscoverySetting]) -> Result<(), DiscoveryError> {
    let line = output.strip_suffix('\n').map_or(output, |line| line.strip_suffix('\r').unwrap_or(line));
    let members = Reader { rest: line, depth: 0 }.document().ok_or(DiscoveryError::Json)?;
    let mut wrong = false;
    for setting in settings {
        // Of two members of one name the last counts.
        let found = members.iter().rfind(|(name, _)| *name == setting.name);
        let (_, value) = found.ok_or(DiscoveryError::SettingMissing)?;
        wrong |= !value.is(setting.kind);
    }
    if wrong { Err(DiscoveryError::Type) } else { Ok(()) }
}

/// A value, as far as its kind goes.
#[derive(Debug)]
enum Value {
    Boolean,
    Number { is_integer: bool },
    Text(String),
    Other,
}

impl Value {
    fn is(&self, kind: ValueKind) -> bool {
        match (kind, self) {
            (ValueKind::Boolean, Self::Boolean) | (ValueKind::Text, Self::Text(_)) => true,
            (ValueKind::Integer, Self::Number { is_integer }) => *is_integer,
            (ValueKind::Double, Self::Number { .. }) => true,
            (ValueKind::DateTime, Self::Text(text)) => is_date(text),
            (ValueKind::Version, Self::Text(text)) => is_version(text),
            (
                ValueKind::Boolean
                | ValueKind::Integer
                | ValueKind::Double
                | ValueKind::Text
                | ValueKind::DateTime
                | ValueKind::Version,
                Self::Boolean | Self::Number { .. } | Self::Text(_) | Self::Other,
            ) => false,
        }
    }
}

fn is_date(text: &str) -> bool {
    let Some(date) = text.get(..10) else { return false };
    let rest = &text[10..];
    chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok() && (rest.is_empty() || rest.starts_with(['T', ' ']))
}

fn is_version(text: &str) -> bool {
    let parts = || text.split('.');
    (2..=4).contains(&parts().count()) && parts().all(|part| part.parse::<u32>().is_ok() && !part.starts_with('+'))
}

/// Reads compressed JSON from the front.
struct Reader<'a> {
    rest: &'a str,
    depth: u32,
}

/// Objects and lists may lie so deep in one another.
const DEPTH_MAX: u32 = 64;

impl Reader<'_> {
    /// The members of the one object that the text is.
    fn document(mut self) -> Option<Vec<(String, Value)>> {
        let members = self.object()?;
        self.rest.is_empty().then_some(members)
    }

    fn take(&mut self, what: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(what)?;
        Some(())
    }

    fn object(&mut self) -> Option<Vec<(String, Value)>> {
        let mut members = Vec::new();
        self.take("{")?;
        if self.take("}").is_some() {
            return Some(members);
        }
        loop {
            let name = self.text()?;
            self.take(":")?;
            members.push((name, self.value()?));
            if self.take("}").is_some() {
                return Some(members);
            }
            self.take(",")?;
        }
    }

    fn list(&mut self) -> Option<()> {
        self.take("[")?;
        if self.take("]").is_some() {
            return Some(());
        }
        loop {
            self.value()?;
            if self.take("]").is_some() {
                return Some(());
            }
            self.take(",")?;
        }
    }

    fn value(&mut self) -> Option<Value> {
        match self.rest.bytes().next()? {
            b'"' => self.text().map(Value::Text),
            b't' => self.take("true").map(|()| Value::Boolean),
            b'f' => self.take("false").map(|()| Value::Boolean),
            b'n' => self.take("null").map(|()| Value::Other),
            first @ (b'{' | b'[') => {
                if self.depth >= DEPTH_MAX {
                    return None;
                }
                self.depth += 1;
                let inner = if first == b'{' { self.object().map(drop) } else { self.list() };
                self.depth -= 1;
                inner.map(|()| Value::Other)
            }
            _ => self.number(),
        }
    }

    fn number(&mut self) -> Option<Value> {
        let all = self.rest;
        let _ = self.take("-");
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with('0') {
            return None;
        }
        let mut is_integer = true;
        if self.take(".").is_some() {
            is_integer = false;
            self.digits()?;
        }
        if self.take("e").or_else(|| self.take("E")).is_some() {
            is_integer = false;
            let _ = self.take("+").or_else(|| self.take("-"));
            self.digits()?;
        }
        let written = &all[..all.len() - self.rest.len()];
        Some(Value::Number { is_integer: is_integer && written.parse::<i64>().is_ok() })
    }

    fn digits(&mut self) -> Option<&str> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!digits.is_empty()).then_some(digits)
    }

    fn text(&mut self) -> Option<String> {
        self.take("\"")?;
        let mut text = String::new();
        loop {
            let mut chars = self.rest.chars();
            let c = chars.next()?;
            self.rest = chars.as_str();
            match c {
                '"' => return Some(text),
                '\\' => text.push(self.escaped()?),
                '\0'..='\u{1F}' => return None,
                c => text.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{C}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let high = self.hex()?;
                if !(0xD800..0xDC00).contains(&high) {
                    return char::from_u32(high); // None for the second half of a pair alone.
                }
                self.take("\\u")?;
                let low = self.hex()?.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
                char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + low)?
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        self.rest = &self.rest[4..];
        Some(number)
    }
}
