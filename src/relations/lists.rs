//! Many short lists in one block of memory.

/// Lists by number. Two blocks in all, however many lists there are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lists<T> {
    /// Where each list starts, and where the last one ends.
    starts: Box<[u32]>,
    items: Box<[T]>,
}

impl<T> Default for Lists<T> {
    /// No lists.
    fn default() -> Self {
        Self::collect(0, core::iter::empty())
    }
}

impl<T> Lists<T> {
    /// So many lists, filled from pairs of list and item. The pairs come in the order of the lists.
    pub(super) fn collect(count: usize, pairs: impl Iterator<Item = (usize, T)>) -> Self {
        let mut starts = Vec::with_capacity(count + 1);
        let mut items = Vec::new();
        for (list, item) in pairs {
            starts.resize(starts.len().max(list + 1), items.len() as u32);
            items.push(item);
        }
        starts.resize(count + 1, items.len() as u32);
        Self { starts: starts.into(), items: items.into() }
    }

    /// Where a list starts among the items.
    pub(super) fn start(&self, list: usize) -> usize {
        self.starts.get(list).map_or(self.items.len(), |start| *start as usize)
    }

    /// The items of a list; none of one that is not there.
    pub(super) fn of(&self, list: usize) -> &[T] {
        self.items.get(self.start(list)..self.start(list.saturating_add(1))).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_back_as_they_were_given() {
        let lists = Lists::collect(5, [(1, 'a'), (1, 'b'), (3, 'c')].into_iter());
        let all: Vec<String> = (0..6).map(|list| lists.of(list).iter().collect()).collect();
        assert_eq!(all, ["", "ab", "", "c", "", ""]);
        assert_eq!(Lists::<u8>::default().of(0), [] as [u8; 0]);
    }
}
