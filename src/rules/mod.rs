//! The rules of behavior that this crate implements, by id.
//!
//! A simulation is only worth something if each thing it does can be traced to a reason. Every fact about the
//! agent is therefore written down once, in a catalog of thirteen sections, and has an id: `B-4.2` is rule 2 of
//! section 4, and `B-1.10a` was added after `B-1.10`. This module is the index of that catalog: for each rule a
//! gist in our own words, the texts it comes from, how firmly it stands, and the parameters that change it.
//!
//! # Sections
//!
//! | section | subject |
//! |---|---|
//! | 1 | prerequisites and eligibility |
//! | 2 | install triggers, delivery, repair and self-update |
//! | 3 | schedule of MDM check-ins |
//! | 4 | check-ins of the agent |
//! | 5 | PowerShell scripts |
//! | 6 | remediations |
//! | 7 | Win32 apps |
//! | 8 | other workloads |
//! | 9 | which action triggers which check-in |
//! | 10 | removal, health and repair |
//! | 11 | diagnostics and logs |
//! | 12 | assignments |
//! | 13 | service side |
//!
//! # Standing
//!
//! [`Standing`] says who vouches for a rule: Microsoft ([`Documented`](Standing::Documented)), somebody who
//! measured or logged it ([`Observed`](Standing::Observed)), or nobody, where a simulation needs a default all
//! the same ([`Assumed`](Standing::Assumed)). A rule of mixed standing has the one of its main statement. Where
//! sources disagree, [`Rule::conflict`](field@Rule::conflict) is set and a parameter usually selects the reading.
//!
//! # From an id to code and test
//!
//! Ids are never renamed or reused, so searching for one finds everything that belongs to it. Documentation
//! spells the id as shown here, code calls [`b`]:
//!
//! ```text
//! grep -rnw 'B-4\.2' src tests
//! grep -rn 'b(4, 2)' src tests
//! ```
//!
//! # Examples
//!
//! ```
//! use imesim::rules::{self, Standing, b};
//!
//! let rule = b(5, 3).rule().expect("the catalog has a rule B-5.3");
//! assert_eq!(rule.standing, Standing::Documented);
//! assert_eq!(rule.params, ["scripts.max_retries"]);
//!
//! let assumed = rules::all().filter(|rule| rule.standing == Standing::Assumed);
//! assert!(assumed.count() < rules::all().count() / 10);
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

mod id;
mod place;
mod section_01;
mod section_02;
mod section_03;
mod section_04;
mod section_05;
mod section_06;
mod section_07;
mod section_08;
mod section_09;
mod section_10;
mod section_11;
mod section_12;
mod section_13;
#[cfg(feature = "check")]
mod set;

pub use id::{RuleId, RuleIdError, b};
pub use place::{RulePlace, place};
#[cfg(feature = "check")]
pub(crate) use set::RuleSet;

/// Describes one rule of the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The id of the rule.
    pub id: RuleId,
    /// What the rule states, as one sentence of at most 160 characters.
    pub gist: &'static str,
    /// The keys of the source texts, separated by a comma and a space; `none` where no text is behind the rule or
    /// where it only combines other rules.
    pub sources: &'static str,
    /// How firmly the main statement of the rule stands.
    pub standing: Standing,
    /// Whether the sources disagree.
    pub conflict: bool,
    /// The dotted names of the parameters that the rule names, in its order.
    pub params: &'static [&'static str],
}

impl Rule {
    const fn conflict(mut self) -> Self {
        self.conflict = true;
        self
    }

    const fn params(mut self, params: &'static [&'static str]) -> Self {
        self.params = params;
        self
    }
}

/// Says who vouches for a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// A text by Microsoft states it.
    Documented,
    /// Somebody measured or logged it, and Microsoft does not state it.
    Observed,
    /// No source; a sensible default, so that a simulation can run.
    Assumed,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Assumed => "assumed",
        })
    }
}

/// Returns every rule in the order of the catalog: `B-1.2` before `B-1.10`, and `B-1.10` before `B-1.10a`.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    SECTIONS.iter().copied().flatten()
}

fn find(id: RuleId) -> Option<&'static Rule> {
    let rules = *SECTIONS.get(usize::from(id.section()).checked_sub(1)?)?;
    let place = rules.binary_search_by_key(&id, |rule| rule.id).ok()?;
    rules.get(place)
}

const fn rule(id: RuleId, gist: &'static str, sources: &'static str, standing: Standing) -> Rule {
    Rule { id, gist, sources, standing, conflict: false, params: &[] }
}

static SECTIONS: [&[Rule]; 13] = [
    section_01::RULES,
    section_02::RULES,
    section_03::RULES,
    section_04::RULES,
    section_05::RULES,
    section_06::RULES,
    section_07::RULES,
    section_08::RULES,
    section_09::RULES,
    section_10::RULES,
    section_11::RULES,
    section_12::RULES,
    section_13::RULES,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn table_is_sorted_without_duplicates() {
        let ids: Vec<RuleId> = all().map(|rule| rule.id).collect();
        for pair in ids.windows(2) {
            assert!(pair[0] < pair[1], "{} stands before {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn packed_codes_are_unique() {
        let codes: BTreeSet<u16> = all().map(|rule| rule.id.code()).collect();
        assert_eq!(codes.len(), all().count());
    }

    #[test]
    fn section_counts_are_those_of_the_catalog() {
        let counts = SECTIONS.map(<[Rule]>::len);
        assert_eq!(counts, [32, 20, 17, 29, 29, 32, 69, 23, 5, 16, 14, 20, 13]);
        assert_eq!(all().count(), 319);
    }

    #[test]
    fn rules_stand_in_the_table_of_their_section() {
        for (section, rules) in (1..).zip(SECTIONS) {
            assert!(rules.iter().all(|rule| rule.id.section() == section), "section {section}");
        }
    }

    #[test]
    fn numbers_have_no_gaps_and_suffixes_follow_their_rule() {
        for id in all().map(|rule| rule.id) {
            let plain = b(id.section(), id.number());
            let before = match id.suffix() {
                Some('a') => plain,
                Some('b') => plain.with_suffix('a'),
                Some(_) => plain.with_suffix('b'),
                None if id.number() == 1 => continue,
                None => b(id.section(), id.number() - 1),
            };
            assert!(before.rule().is_some(), "{id} needs {before}");
        }
    }

    #[test]
    fn every_id_parses_back_and_finds_its_rule() {
        for rule in all() {
            assert_eq!(rule.id.to_string().parse(), Ok(rule.id));
            assert_eq!(rule.id.rule(), Some(rule));
        }
    }

    #[test]
    fn ids_outside_the_catalog_find_nothing() {
        for id in [b(1, 31), b(4, 2).with_suffix('a'), b(14, 1), b(63, 127)] {
            assert_eq!(id.rule(), None, "{id}");
        }
    }

    #[test]
    fn gists_are_single_short_sentences() {
        for rule in all() {
            let gist = rule.gist;
            assert!(gist.ends_with('.') && !gist.contains(". "), "{}: {gist}", rule.id);
            assert!(gist.chars().count() <= 160, "{}: {gist}", rule.id);
            assert_eq!(gist.trim(), gist, "{}", rule.id);
        }
        let gists: BTreeSet<&str> = all().map(|rule| rule.gist).collect();
        assert_eq!(gists.len(), all().count(), "two rules share a gist");
    }

    #[test]
    fn sources_are_keys_or_none() {
        for rule in all() {
            let is_key = |key: &str| key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            let keys = rule.sources.split(", ");
            assert!(rule.sources == "none" || keys.clone().all(|key| !key.is_empty() && is_key(key)), "{}", rule.id);
            assert_eq!(keys.clone().collect::<BTreeSet<_>>().len(), keys.count(), "{}", rule.id);
        }
    }

    #[test]
    fn params_are_dotted_lower_case_names() {
        for rule in all() {
            for name in rule.params {
                let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte);
                assert!(name.contains('.') && name.bytes().all(plain), "{}: {name}", rule.id);
            }
        }
        let names: BTreeSet<&str> = all().flat_map(|rule| rule.params).copied().collect();
        assert_eq!(names.len(), PARAM_COUNT, "the catalog lists another number of parameters");
    }

    #[test]
    fn standing_displays_as_it_is_serialized() {
        let words = [Standing::Documented, Standing::Observed, Standing::Assumed].map(|standing| standing.to_string());
        assert_eq!(words, ["documented", "observed", "assumed"]);
    }

    /// The number of parameters in the catalog's own list, where the table of four error numbers (B-8.5) counts as four,
    /// and two figures that B-8.8 names beside its switch.
    const PARAM_COUNT: usize = 138 + 3 + 2;
}
