//! Tests of the line.

use super::*;

/// A part with so many states, each being its number.
fn part(first: u32, states: u32) -> Part<u32> {
    let mut room = Room::new();
    Part { first, places: (first..first + states).map(|state| room.put(state)).collect(), room, broken: Vec::new() }
}

/// What came of a part, which does not matter here.
fn chunk(first: Id) -> Chunk<u32> {
    let (room, found, places, steps, edges) = (Room::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    Chunk { first, room, found, places, steps, edges, elapsed: 0, taken: Default::default() }
}

/// The numbers of the states of a part, as they stand in its room.
fn states(part: &Part<u32>) -> impl Iterator<Item = Option<u32>> {
    part.places.iter().map(|place| part.room.get(*place).copied())
}

const NEXT: Next = Next { turn: 0, level: 0, open: Id::MAX, size: 128 };

/// Whatever sizes parts have, what comes out of the line is the same states in the same order, in parts of about the size.
#[test]
fn parts_are_put_together_and_split() {
    for sizes in [&[1, 2, 3, 300, 5, 90, 1000, 7][..], &[1; 200], &[128, 128], &[257], &[]] {
        let spare = Spare::default();
        let line = Line::new((), Vec::new(), NEXT);
        let mut first = 10;
        for size in sizes {
            assert!(line.go_on(part(first, *size).share(128, &spare, |_| 0), NEXT, ()).is_none());
            first += size;
        }
        let parts = line.waiting.into_inner().unwrap().parts;
        assert_eq!(parts.iter().flat_map(states).collect::<Vec<_>>(), (10..first).map(Some).collect::<Vec<_>>());
        let mut next = 10;
        for part in &parts {
            assert_eq!(part.first, next, "{sizes:?}");
            assert!(part.places.len() <= 256, "{sizes:?}");
            next += part.places.len() as u32;
        }
        let pairs = parts.iter().zip(parts.iter().skip(1));
        assert!(pairs.into_iter().all(|(one, next)| one.places.len() + next.places.len() > 128), "{sizes:?}");
    }
}

/// A part has states of one level only, so that it is known when a level is over.
#[test]
fn levels_are_not_put_together() {
    let line = Line::new((), vec![part(0, 2)], NEXT);
    assert!(line.go_on(vec![part(2, 2)], Next { level: 2, ..NEXT }, ()).is_none());
    assert!(line.go_on(vec![part(4, 3)], Next { level: 2, ..NEXT }, ()).is_none());
    let parts = [2, 5].map(|states| line.take().is_some_and(|part| part.places.len() == states));
    assert_eq!(parts, [true, true]);
}

/// A room from which most has gone is given up, and its shelves are used again.
#[test]
fn a_room_that_is_mostly_empty_is_given_up() {
    let mut part = part(10, 64 * 10);
    part.places.truncate(3);
    let spare = Spare::default();
    let shared = part.share(128, &spare, |_| 0);
    assert_eq!(spare.lock().unwrap().len(), 10);
    assert_eq!(shared.iter().flat_map(states).collect::<Vec<_>>(), [Some(10), Some(11), Some(12)]);
}

/// Chunks go into the table in the order of their states, and one after another, whoever brings them.
#[test]
fn chunks_wait_for_their_turn() {
    let line: Line<u32, ()> = Line::new((), Vec::new(), NEXT);
    let first = |turn: Option<(Chunk<u32>, ())>| turn.map(|(chunk, ())| chunk.first);
    assert_eq!(first(line.hand_in(chunk(7))), None);
    assert_eq!(first(line.hand_in(chunk(0))), Some(0));
    assert_eq!(first(line.hand_in(chunk(3))), None, "one is being put there");
    assert_eq!(first(line.go_on(Vec::new(), Next { turn: 3, ..NEXT }, ())), Some(3));
    assert_eq!(first(line.go_on(Vec::new(), Next { turn: 7, ..NEXT }, ())), Some(7));
    assert_eq!(first(line.go_on(Vec::new(), Next { turn: 9, ..NEXT }, ())), None);
}

/// A thread waits for a part that it may look into, or for the end.
#[test]
fn what_is_not_open_is_waited_for() {
    let line = Line::new((), vec![part(5, 1)], Next { open: 5, ..NEXT });
    std::thread::scope(|scope| {
        let other = scope.spawn(|| (line.take().map(|part| part.first), line.take().is_none()));
        assert!(line.go_on(vec![part(6, 1)], Next { open: 6, level: 6, ..NEXT }, ()).is_none());
        assert!(line.go_on(vec![part(7, 1)], Next { open: 0, level: 6, ..NEXT }, ()).is_none());
        let (first, is_over) = other.join().unwrap();
        assert!(first.is_none_or(|first| first == 5) && is_over);
    });
}
