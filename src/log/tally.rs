//! How much of what a file had.

use super::piece::{Kind, Piece};

/// How much of what a file had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Complete records.
    pub records: u64,
    /// Of these, how many have more than one line.
    pub multi_line: u64,
    /// Of these, how many say nothing, or only blanks.
    pub empty: u64,
    /// Of these, how many were too long and cut.
    pub cut: u64,
    /// Parts of overwritten records.
    pub torn: u64,
    /// Records that the end of the file cuts off: one at most.
    pub truncated: u64,
    /// Stretches of other text.
    pub foreign: u64,
    /// Bytes of complete records.
    pub record_bytes: u64,
    /// Bytes of parts of records.
    pub torn_bytes: u64,
    /// Bytes of a record that the end of the file cuts off.
    pub truncated_bytes: u64,
    /// Bytes of other text.
    pub foreign_bytes: u64,
    /// Bytes of blanks.
    pub blank_bytes: u64,
}

impl Tally {
    /// All bytes: the length of the file once it was read to its end.
    pub fn bytes(&self) -> u64 {
        self.record_bytes + self.torn_bytes + self.truncated_bytes + self.foreign_bytes + self.blank_bytes
    }

    /// Adds that of another file.
    pub fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.records, other.records),
            (&mut self.multi_line, other.multi_line),
            (&mut self.empty, other.empty),
            (&mut self.cut, other.cut),
            (&mut self.torn, other.torn),
            (&mut self.truncated, other.truncated),
            (&mut self.foreign, other.foreign),
            (&mut self.record_bytes, other.record_bytes),
            (&mut self.torn_bytes, other.torn_bytes),
            (&mut self.truncated_bytes, other.truncated_bytes),
            (&mut self.foreign_bytes, other.foreign_bytes),
            (&mut self.blank_bytes, other.blank_bytes),
        ] {
            *sum += more;
        }
    }

    pub(super) fn count(&mut self, piece: &Piece<'_>) {
        let bytes = piece.range.end - piece.range.start;
        match piece.kind {
            Kind::Record(entry) => {
                self.records += 1;
                let message = entry.record.message;
                self.multi_line += u64::from(memchr::memchr2(b'\n', b'\r', message.as_bytes()).is_some());
                self.empty += u64::from(message.trim().is_empty());
                self.cut += u64::from(entry.cut_from.is_some());
                self.record_bytes += bytes;
            }
            Kind::Torn { .. } => (self.torn, self.torn_bytes) = (self.torn + 1, self.torn_bytes + bytes),
            Kind::Truncated { .. } => {
                (self.truncated, self.truncated_bytes) = (self.truncated + 1, self.truncated_bytes + bytes);
            }
            Kind::Foreign(_) => (self.foreign, self.foreign_bytes) = (self.foreign + 1, self.foreign_bytes + bytes),
            Kind::Blank => self.blank_bytes += bytes,
        }
    }
}
