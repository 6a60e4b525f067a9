//! Local time: what the clock on the wall shows, and when it shows it. Rules: B-6.4, B-7.31.

use imesim::time::{Wall, Zone};

/// From when on, and how many milliseconds east of UTC; the first stretch holds for all time before.
fn stretches(zone: &Zone) -> Vec<(Wall, i64)> {
    let mut all: Vec<(Wall, i64)> = zone.offsets.iter().map(|(from, secs)| (*from, i64::from(*secs) * 1_000)).collect();
    if all.is_empty() {
        all.push((Wall::MIN, 0));
    }
    all
}

fn moved(at: Wall, by: i64) -> Wall {
    Wall::from_unix_millis(at.unix_millis().saturating_add(by))
}

/// The local time of a moment, written as if it were UTC.
pub(crate) fn local(zone: &Zone, at: Wall) -> Wall {
    let all = stretches(zone);
    let (_, offset) = all.iter().rev().find(|(from, _)| *from <= at).unwrap_or(&all[0]);
    moved(at, *offset)
}

/// The moment of a local time: the first of two; after a gap, the end of the gap.
pub(crate) fn moment(zone: &Zone, local: Wall) -> Wall {
    let all = stretches(zone);
    for (n, (from, offset)) in all.iter().enumerate() {
        let at = moved(local, -offset);
        let begun = n == 0 || at >= *from;
        let ended = all.get(n + 1).is_some_and(|(next, _)| at >= *next);
        if begun && !ended {
            return at;
        }
        if !begun {
            // It was left out when this stretch began.
            return *from;
        }
    }
    local
}
