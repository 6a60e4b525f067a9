//! The known name that a mistyped one most likely stands for.

/// Gives the known name most like the word, or none where nothing is much like it.
///
/// Counts the letters to insert, delete or replace, and one more for each dotted segment that the two do not share from
/// the left, so that among equals a name of the same section wins; then the first in order does. Names that differ in
/// more than one letter of three are left out.
///
/// # Examples
/// ```
/// use imesim::profile::nearest::nearest;
///
/// let known = ["mdm.answer_timeout", "ime.answer_timeout", "ime.push_delay"];
/// assert_eq!(nearest("ime.anser_timeout", known), Some("ime.answer_timeout"));
/// assert_eq!(nearest("colour", known), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = word.chars().count() / 3 + 1;
    known
        .into_iter()
        .map(|name| (distance(word, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, name)| distance + unshared(word, name))
        .map(|(_, name)| name)
}

/// How many dotted segments of the word, from the first that differs on, are not those of the name.
fn unshared(word: &str, name: &str) -> usize {
    let shared = word.split('.').zip(name.split('.')).take_while(|(a, b)| a == b).count();
    word.split('.').count() - shared
}

/// How many letters to insert, delete or replace to make one word of the other (Levenshtein's distance).
fn distance(a: &str, b: &str) -> usize {
    // The distances from the part of `a` read so far to each beginning of `b`.
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        row[0] = left;
        for (slot, y) in row[1..].iter_mut().zip(b.chars()) {
            left = (diagonal + usize::from(x != y)).min(left + 1).min(*slot + 1);
            diagonal = *slot;
            *slot = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_textbook() {
        for (a, b, expected) in
            [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn the_same_section_wins_among_equals() {
        assert_eq!(nearest("b.x1", ["a.x1", "b.x2"]), Some("b.x2"));
        assert_eq!(nearest("script", ["scripts", "strict"]), Some("scripts"));
        assert_eq!(nearest("xyz", ["apps", "scripts"]), None);
        assert_eq!(nearest("x", []), None);
    }
}
