//! A state that was written is read; one that was damaged anywhere in its first line is refused.

use super::*;

fn anchor() -> Anchor {
    Anchor { awake: Awake::at(Span::millis(12_345)), reading: Span::millis(99), boot: "b-1".to_owned() }
}

#[test]
fn a_state_is_read_as_it_was_written() {
    for boot in ["", "b-1", "a name with spaces"] {
        let anchor = Anchor { boot: boot.to_owned(), ..anchor() };
        let mut bytes = head(&anchor);
        bytes.extend(b"snap\nshot");
        assert_eq!(parse(&bytes), Ok(Saved { anchor, snapshot: b"snap\nshot".to_vec() }));
    }
}

#[test]
fn a_changed_bit_in_the_first_line_is_noticed() {
    let whole = head(&anchor());
    for place in 0..whole.len() - 1 {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << bit;
            bytes.extend(b"snapshot");
            // Capital letters are digits too; they change nothing.
            let same = bytes[..whole.len()].eq_ignore_ascii_case(&whole) && place > whole.len() - 18;
            assert!(same || parse(&bytes).is_err(), "byte {place}, bit {bit}");
        }
    }
    assert_eq!(parse(&whole[..whole.len() - 1]), Err(DamagedState));
    assert_eq!(parse(b""), Err(DamagedState));
}
