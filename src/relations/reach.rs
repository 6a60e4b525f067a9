//! Who is concerned: what the wanted apps lead to, and what Company Portal shows in the place of an app.

use super::subgraph::Subgraph;
use crate::protocol::PolicyId;

impl Subgraph<'_> {
    /// The members that matter where only some are targeted: those, and everything that they depend on or supersede,
    /// directly or further, in the order of evaluation.
    ///
    /// The others are related to them, but only from above: parents and superseding apps that this device or user does
    /// not have (B-7.52). They need no detection and change no plan. Allocates.
    ///
    /// Source: B-7.41, B-7.47, B-7.52.
    pub fn involved(self, is_targeted: impl Fn(PolicyId) -> bool) -> Vec<PolicyId> {
        let mut is_involved = vec![false; self.members().len()];
        for (place, app) in self.members().iter().enumerate().rev() {
            let parents = self.relations.dependents_of(*app).iter().map(|parent| parent.app);
            let superseding = self.relations.superseding(*app).iter().map(|upper| upper.app);
            is_involved[place] =
                is_targeted(*app) || parents.chain(superseding).any(|above| is_involved[self.position(above)]);
        }
        self.members().iter().zip(is_involved).filter_map(|(app, is_involved)| is_involved.then_some(*app)).collect()
    }

    /// The app that Company Portal shows in the place of one: the superseding app that is available, at the end of a
    /// chain if there is one, or the app itself.
    ///
    /// Where several supersede it side by side, the one with the smallest id. Allocates.
    ///
    /// Source: B-7.52.
    pub fn shown_in_portal(self, app: PolicyId, is_available: impl Fn(PolicyId) -> bool) -> PolicyId {
        let from = self.position(app);
        let mut is_above = vec![false; self.members().len()];
        for (place, upper) in self.members().iter().enumerate().skip(from + 1) {
            let mut lower = self.relations.superseded_by(*upper).iter();
            is_above[place] = lower.any(|lower| lower.app == app || is_above[self.position(lower.app)]);
        }
        let mut is_covered = vec![false; self.members().len()];
        let mut shown = None;
        for (place, upper) in
            self.members().iter().enumerate().skip(from + 1).rev().filter(|(place, _)| is_above[*place])
        {
            let is_shown = is_available(*upper);
            if is_shown && !is_covered[place] {
                shown = Some(shown.map_or(*upper, |other: PolicyId| other.min(*upper)));
            }
            if is_shown || is_covered[place] {
                for lower in self.relations.superseded_by(*upper) {
                    is_covered[self.position(lower.app)] = true;
                }
            }
        }
        shown.unwrap_or(app)
    }
}
