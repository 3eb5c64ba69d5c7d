//! The scopes of a token that match templates, found by their values.

use std::hash::{BuildHasher, Hasher};
use std::ops::Range;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// The values with which templates are granted, including those granted by implication. Its memory
/// is proportional to the length of the token, and a lookup takes constant time.
#[derive(Default)]
pub(super) struct Instances {
    /// Issuers let users choose names, so the hash has a random seed.
    seed: RandomState,
    table: HashTable<Instance>,
    /// The places of values in the token.
    places: Vec<Range<u32>>,
    /// The templates that are granted with at least one value.
    templates: Vec<u16>,
}

struct Instance {
    hash: u64,
    /// Where its values begin among the places.
    first: u32,
    template: u16,
    count: u16,
}

impl Instances {
    /// Adds a template's values, which stand at `places` of the token's text.
    pub(super) fn insert(
        &mut self,
        template: usize,
        values: &[&str],
        places: impl Iterator<Item = Range<usize>>,
    ) {
        let numbers = (
            u32::try_from(self.places.len()),
            u16::try_from(template),
            u16::try_from(values.len()),
        );
        let short = |place: Range<usize>| {
            let start = u32::try_from(place.start).ok()?;
            Some(start..u32::try_from(place.end).ok()?)
        };
        let places: Option<Vec<_>> = places.map(short).collect();
        let ((Ok(first), Ok(template), Ok(count)), Some(places)) = (numbers, places) else {
            return;
        };
        self.places.extend(places);
        let hash = self.hash(template, values);
        let instance = Instance {
            hash,
            first,
            template,
            count,
        };
        // A repeated name is kept twice: a comparison would read the text again.
        self.table.insert_unique(hash, instance, |other| other.hash);
        if !self.templates.contains(&template) {
            self.templates.push(template);
        }
    }

    /// Returns whether the template's values are there. `text` is that of the token.
    pub(super) fn contains(&self, text: &str, template: usize, values: &[&str]) -> bool {
        let Ok(template) = u16::try_from(template) else {
            return false;
        };
        let hash = self.hash(template, values);
        let is_same = |instance: &Instance| {
            instance.template == template && self.values(instance, text).eq(values.iter().copied())
        };
        self.table.find(hash, is_same).is_some()
    }

    /// Returns whether the template has any values.
    pub(super) fn has_some(&self, template: usize) -> bool {
        self.templates
            .iter()
            .any(|one| usize::from(*one) == template)
    }

    fn values<'t>(&self, instance: &Instance, text: &'t str) -> impl Iterator<Item = &'t str> {
        let first = instance.first as usize;
        let places = self.places.get(first..first + usize::from(instance.count));
        let places = places.unwrap_or_default().iter();
        places.filter_map(|place| text.get(place.start as usize..place.end as usize))
    }

    fn hash(&self, template: u16, values: &[&str]) -> u64 {
        let mut hasher = self.seed.build_hasher();
        hasher.write_u16(template);
        for value in values {
            hasher.write(value.as_bytes());
        }
        hasher.finish()
    }
}
