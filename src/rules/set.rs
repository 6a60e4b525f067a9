//! A set of rules that one is put into at every step.

use super::RuleId;

/// Rules, as a bit for each id that there can be.
#[derive(Clone, Debug)]
pub(crate) struct RuleSet(Box<[u64; WORDS]>);

const WORDS: usize = (u16::MAX as usize + 1) / u64::BITS as usize;

impl Default for RuleSet {
    fn default() -> Self {
        Self(Box::new([0; WORDS]))
    }
}

impl RuleSet {
    /// Puts a rule into it.
    #[inline]
    pub(crate) const fn insert(&mut self, rule: RuleId) {
        let packed = rule.packed();
        self.0[packed as usize / 64] |= 1 << (packed % 64);
    }

    /// The rules in it, in the order of their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = RuleId> {
        let places = self.0.iter().zip(0_u16..).filter(|(bits, _)| **bits != 0);
        places.flat_map(|(bits, word)| {
            (0..64).filter(move |bit| bits >> bit & 1 != 0).map(move |bit| RuleId::of_packed(word * 64 + bit))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_comes_out_in_order() {
        let mut set = RuleSet::default();
        assert_eq!(set.iter().count(), 0);
        crate::rules::all().for_each(|rule| set.insert(rule.id));
        crate::rules::all().for_each(|rule| set.insert(rule.id));
        let ids: Vec<_> = crate::rules::all().map(|rule| rule.id).collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), ids);
    }
}
