//! In which order the parts of a log were written, where their names mislead.
//!
//! A part is named by the local time of its last record (B-11.11), so that after the clock was set back a later part may have
//! the earlier name. What the parts hold tells then: each goes on where the one before it ended.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::reader::{Kind, Reader};
use super::record::{Stamp, TICKS_PER_SECOND};

/// How much of the end of a file is looked at first, in bytes.
const TAIL: u64 = 64 << 10;
/// Two writers of one file may be so far apart, in units of 100 nanoseconds.
const RACE: i64 = 60 * TICKS_PER_SECOND;

/// The first and the last stamp of a part, in units of 100 nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    first: i64,
    last: i64,
}

impl Held {
    /// What is held between two stamps.
    pub(super) fn between(first: Stamp, last: Stamp) -> Self {
        Self { first: first.ticks(), last: last.ticks() }
    }

    /// Both as stamps.
    pub(super) fn stamps(self) -> (Stamp, Stamp) {
        (Stamp::from_ticks(self.first), Stamp::from_ticks(self.last))
    }
}

/// Puts the parts of a log, which are in the order of their names, in the order of what they hold if that differs and is
/// told by what they hold. The last part stays where it is. What cannot be read stays as it is.
pub(super) fn by_contents(parts: &mut Vec<PathBuf>) {
    if parts.len() < 3 {
        return;
    }
    let held: Option<Vec<Held>> = parts.iter().map(|path| of_file(path)).collect();
    let Some(held) = held else { return };
    if let Some(order) = order(&held) {
        *parts = order.into_iter().filter_map(|place| parts.get(place).cloned()).collect();
    }
}

/// The order in which fewer parts begin before the end of the one above; `None` if that of the names is as good. The last part
/// is the last in any order.
pub(super) fn order(held: &[Held]) -> Option<Vec<usize>> {
    let by_name: Vec<usize> = (0..held.len()).collect();
    let mut left = by_name.clone();
    let mut order = vec![left.pop()?];
    // From the current part back: the one before it is the one that ends nearest to its beginning, and not after it.
    while let Some(begin) = order.last().and_then(|next| held.get(*next)).map(|next| next.first) {
        let gap = |place: &usize| {
            let gap = begin - held.get(*place).map_or(0, |part| part.last);
            if gap < -RACE { i64::MAX } else { gap.abs() }
        };
        // Of equal ones the last by name.
        let Some(nearest) = (0..left.len()).rev().min_by_key(|at| left.get(*at).map_or(i64::MAX, gap)) else { break };
        order.push(left.remove(nearest));
    }
    order.reverse();
    (breaks(held, &order) < breaks(held, &by_name)).then_some(order)
}

/// How many parts begin before the end of the one above.
fn breaks(held: &[Held], order: &[usize]) -> usize {
    let pairs = order.windows(2).filter_map(|pair| Some((held.get(*pair.first()?)?, held.get(*pair.last()?)?)));
    pairs.filter(|(above, below)| below.first < above.last - RACE).count()
}

/// What a file holds; `None` if it has no record or cannot be read.
pub(super) fn of_file(path: &Path) -> Option<Held> {
    File::open(path).and_then(held).ok().flatten()
}

/// What a part holds; `None` if it has no record.
pub(super) fn held(mut part: impl Read + Seek) -> io::Result<Option<Held>> {
    let length = part.seek(SeekFrom::End(0))?;
    let _ = part.seek(SeekFrom::Start(0))?;
    let Some(first) = stamps(&mut part, false)? else { return Ok(None) };
    let mut tail = TAIL;
    loop {
        let from = length.saturating_sub(tail);
        let _ = part.seek(SeekFrom::Start(from))?;
        match stamps(&mut part, true)? {
            Some(last) => return Ok(Some(Held { first, last })),
            None if from == 0 => return Ok(None),
            None => tail = tail.saturating_mul(16),
        }
    }
}

/// The stamp of the first record, or of the last.
fn stamps(source: impl Read, of_last: bool) -> io::Result<Option<i64>> {
    let mut reader = Reader::new(source);
    let mut found = None;
    while let Some(piece) = reader.next()? {
        if let Kind::Record(read) = piece.kind {
            found = Some(read.record.stamp.ticks());
            if !of_last {
                break;
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(times: &[(i64, i64)]) -> Vec<Held> {
        let hours = |n: i64| n * 3_600 * TICKS_PER_SECOND;
        times.iter().map(|(first, last)| Held { first: hours(*first), last: hours(*last) }).collect()
    }

    #[test]
    fn names_that_fit_are_left_alone() {
        assert_eq!(order(&parts(&[(1, 5), (5, 9), (9, 12)])), None);
        // A clock that was set back between two parts: no other order is better.
        assert_eq!(order(&parts(&[(1, 5), (3, 9), (9, 12)])), None);
    }

    // Within the second part the clock was set back from 11 to 4, so that it has the first name.
    #[test]
    fn a_part_in_which_the_clock_was_set_back_comes_behind_the_one_that_it_goes_on_from() {
        assert_eq!(order(&parts(&[(9, 4), (1, 9), (4, 7)])), Some(vec![1, 0, 2]));
        assert_eq!(order(&parts(&[(9, 4), (4, 7), (1, 9), (7, 8)])), Some(vec![2, 0, 1, 3]));
    }
}
