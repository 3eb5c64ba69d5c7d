//! Which scopes bring which, with the values of their placeholders.

use super::contents::Report;
use super::leaf::{Filling, ReportedLeaf};

impl Report {
    /// Returns the scope at `place`, with those values for which it brings `needed`; any value where
    /// it makes no difference. `None` if it does not bring `needed`.
    pub(super) fn bringing(&self, place: usize, needed: &ReportedLeaf) -> Option<ReportedLeaf> {
        if place == needed.place {
            return Some(needed.clone());
        }
        let scope = &self.scopes[place];
        scope.implied.binary_search(&needed.place).ok()?;
        let mut fillings = vec![Filling::Any; scope.placeholders().count()];
        if !fillings.is_empty() {
            let placeholders = self.scopes[needed.place].placeholders();
            for (placeholder, filling) in placeholders.zip(&needed.fillings) {
                let at = scope.placeholders().position(|name| name == placeholder)?;
                fillings[at].clone_from(filling);
            }
        }
        Some(ReportedLeaf { place, fillings })
    }

    /// Returns whether `held` brings `needed`.
    pub(super) fn brings(&self, held: &ReportedLeaf, needed: &ReportedLeaf) -> bool {
        if needed.fillings.is_empty() {
            let implied = &self.scopes[held.place].implied;
            return held.place == needed.place || implied.binary_search(&needed.place).is_ok();
        }
        let Some(least) = self.bringing(held.place, needed) else {
            return false;
        };
        let mut fillings = least.fillings.iter().zip(&held.fillings);
        fillings.all(|(least, held)| *least == Filling::Any || least == held)
    }
}
