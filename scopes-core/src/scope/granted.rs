//! The scopes that a token grants, with those that they imply.

use std::fmt;
use std::sync::OnceLock;

use super::catalog::{Catalog, template};
use super::instances::Instances;
use super::name::{ParseScopeError, ScopeName, is_scope_byte};
use super::set::{self, ScopeSet};

/// The scopes of one token, and what they grant in each catalog.
///
/// A token may have undeclared scopes, and the same scope twice; both are kept as they are. The
/// first decision over a catalog looks up every name once; each later decision only compares bits.
///
/// ```
/// use scopes_core::GrantedScopes;
///
/// let granted = GrantedScopes::parse("openid photos:read")?;
/// assert!(granted.contains("photos:read"));
/// assert!(!granted.contains("photos"));
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[derive(Default)]
pub struct GrantedScopes {
    text: Box<str>,
    /// `true` if the name of a template in the text grants every value. Tokens never have such a
    /// name; only the program itself creates it.
    with_templates: bool,
    effective: OnceLock<Effective>,
}

/// The scopes granted in one catalog; a list links those of further catalogs.
struct Effective {
    catalog: &'static Catalog,
    /// The bit of a template is set where every value is granted.
    held: Bits,
    /// The values that are granted of templates; of most tokens, none.
    instances: Option<Box<Instances>>,
    next: OnceLock<Box<Effective>>,
}

/// One bit for each scope of a catalog. Catalogs of up to 256 scopes need no allocation.
#[derive(Default)]
pub(crate) struct Bits {
    first: [u64; 4],
    further: Box<[u64]>,
}

impl Bits {
    fn new(scopes: usize) -> Self {
        let first = [0; 4];
        let further = scopes.div_ceil(64).saturating_sub(first.len());
        Self {
            first,
            further: vec![0; further].into_boxed_slice(),
        }
    }

    /// The bits of the scopes from `64 * index` on.
    #[inline]
    pub(crate) fn word(&self, index: usize) -> u64 {
        match self.first.get(index) {
            Some(word) => *word,
            None => self.further_word(index),
        }
    }

    #[inline]
    fn further_word(&self, index: usize) -> u64 {
        let word = self.further.get(index - self.first.len());
        word.copied().unwrap_or_default()
    }

    /// Returns whether the scope at `position` is there.
    #[inline]
    pub(crate) fn has(&self, position: usize) -> bool {
        self.word(position / 64) >> (position % 64) & 1 == 1
    }

    #[inline]
    fn set(&mut self, position: usize) {
        let (index, bit) = (position / 64, 1 << (position % 64));
        match self.first.get_mut(index) {
            Some(word) => *word |= bit,
            None => self.set_further(index - self.first.len(), bit),
        }
    }

    #[inline(never)]
    fn set_further(&mut self, index: usize, bit: u64) {
        self.further[index] |= bit;
    }
}

impl GrantedScopes {
    /// Reads the space-separated list of a token or an introspection answer. Spaces at the ends, and
    /// further ones between two names, are ignored. The empty text grants nothing.
    ///
    /// # Errors
    ///
    /// If a name has a character that no scope contains (RFC 6749 section 3.3), a tab or another
    /// white space among them.
    pub fn parse(text: impl Into<Box<str>>) -> Result<Self, ParseScopeError> {
        let mut text = text.into();
        if !is_list(text.as_bytes()) {
            text = set::non_empty_names(&text)?.join(" ").into();
        }
        Ok(Self {
            text,
            ..Self::default()
        })
    }

    /// Returns the list, with single spaces between the names.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the names in the token, in order, repetitions included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (!self.text.is_empty())
            .then(|| self.text.split(' '))
            .into_iter()
            .flatten()
    }

    /// Returns whether the token has a scope with exactly this name. Implied scopes do not count.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.names().any(|granted| granted == name)
    }

    /// These scopes. A template among them is granted with all values.
    #[cfg(feature = "rmcp")]
    pub(crate) fn with_every_value(names: &ScopeSet) -> Self {
        Self {
            with_templates: true,
            ..Self::from(names)
        }
    }

    /// The names in the token that `catalogs` declare, in the order of declaration. Behind them, in
    /// the order of the token, those that one of these templates stands for.
    pub(crate) fn declared(
        &self,
        catalogs: Vec<&'static Catalog>,
        templates: &[(&'static Catalog, usize)],
    ) -> impl Iterator<Item = ScopeName> + use<> {
        let mut found: Vec<_> = self
            .names()
            .flat_map(|name| {
                let places = catalogs.iter().enumerate();
                places.filter_map(move |(place, catalog)| Some((place, catalog.position(name)?)))
            })
            .filter(|(place, position)| !catalogs[*place].declarations()[*position].is_template())
            .collect();
        found.sort_unstable();
        let is_instance = |name: &&str| {
            templates.iter().any(|(catalog, position)| {
                let template = catalog.declarations()[*position].name();
                template::read_values(template, name, |_| {})
            })
        };
        let mut instances = Vec::new();
        if !templates.is_empty() {
            let names = self.names().filter(is_instance);
            instances.extend(names.map(ScopeName::from_valid));
        }
        let declared = found.into_iter().map(move |(place, position)| {
            let declared = &catalogs[place].declarations()[position];
            ScopeName::from_declared(declared.name())
        });
        declared.chain(instances)
    }

    /// Returns the granted scopes of `catalog`, as a bit for each of its scopes.
    #[inline]
    pub(crate) fn held(&self, catalog: &'static Catalog) -> &Bits {
        &self.effective(catalog).held
    }

    /// Returns whether the template at `position` is granted with these values; without values,
    /// whether it is granted with every value.
    pub(crate) fn holds_template(
        &self,
        catalog: &'static Catalog,
        position: usize,
        values: Option<&[&str]>,
    ) -> bool {
        let effective = self.effective(catalog);
        let has = |values: &[&str]| match &effective.instances {
            Some(instances) => instances.contains(&self.text, position, values),
            None => false,
        };
        effective.held.has(position) || values.is_some_and(has)
    }

    /// Returns whether the template at `position` is granted with at least one value.
    pub(crate) fn holds_some(&self, catalog: &'static Catalog, position: usize) -> bool {
        let effective = self.effective(catalog);
        let instances = effective.instances.as_deref();
        effective.held.has(position) || instances.is_some_and(|them| them.has_some(position))
    }

    #[inline]
    fn effective(&self, catalog: &'static Catalog) -> &Effective {
        match self.effective.get() {
            Some(effective) if effective.catalog.is(catalog) => effective,
            _ => self.further_effective(catalog),
        }
    }

    #[cold]
    fn further_effective(&self, catalog: &'static Catalog) -> &Effective {
        let mut effective = self.effective.get_or_init(|| Effective::new(self, catalog));
        while !effective.catalog.is(catalog) {
            effective = effective
                .next
                .get_or_init(|| Box::new(Effective::new(self, catalog)));
        }
        effective
    }
}

impl Effective {
    fn new(granted: &GrantedScopes, catalog: &'static Catalog) -> Self {
        let declarations = catalog.declarations();
        let mut held = Bits::new(declarations.len());
        let mut instances = None;
        let mut rest = &*granted.text;
        while !rest.is_empty() {
            let (name, behind) = rest.split_at(name_length(rest.as_bytes()));
            match catalog.position_of(name.as_bytes()) {
                Some(position)
                    if granted.with_templates || !declarations[position].is_template() =>
                {
                    held.set(position);
                    for implied in declarations[position].implied() {
                        held.set(usize::from(*implied));
                    }
                }
                None if catalog.has_templates() => {
                    let instances = instances.get_or_insert_with(Box::default);
                    let start = granted.text.len() - rest.len();
                    read_instance(catalog, name, start, &mut held, instances);
                }
                // The name of a template grants nothing.
                Some(_) | None => {}
            }
            rest = behind.get(1..).unwrap_or_default();
        }
        Self {
            catalog,
            held,
            instances,
            next: OnceLock::new(),
        }
    }
}

/// Records the values of a name that begins at `start`, if a template matches it.
fn read_instance(
    catalog: &'static Catalog,
    name: &str,
    start: usize,
    held: &mut Bits,
    instances: &mut Instances,
) {
    let mut values = Vec::new();
    let Some(position) = catalog.template_of(name, |value| values.push(value)) else {
        return;
    };
    let declarations = catalog.declarations();
    let declared = &declarations[position];
    let place = |value: &str| {
        // The value is a part of the name.
        let from = start + (value.as_ptr().addr() - name.as_ptr().addr());
        from..from + value.len()
    };
    let places: Vec<_> = values.iter().map(|value| place(value)).collect();
    instances.insert(position, &values, places.iter().cloned());
    for implied in declared.implied() {
        let position = usize::from(*implied);
        let implied = &declarations[position];
        if !implied.is_template() {
            held.set(position);
            continue;
        }
        // Its placeholders are among those of the one that implies it.
        let numbers = implied.placeholders().map(|name| {
            let mut all = declared.placeholders();
            all.position(|other| other == name)
        });
        if let Some(numbers) = numbers.collect::<Option<Vec<_>>>() {
            let values: Vec<_> = numbers.iter().map(|number| values[*number]).collect();
            instances.insert(
                position,
                &values,
                numbers.iter().map(|number| places[*number].clone()),
            );
        }
    }
}

/// Returns the number of bytes before the first space. Reads eight bytes at a time: a loop over
/// single bytes would mispredict its end, because names are short and vary in length.
fn name_length(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const SPACES: u64 = u64::from_ne_bytes([b' '; 8]);
    let mut length = 0;
    while let Some(word) = text[length..].first_chunk::<8>() {
        // The lowest byte that is zero is the first space; borrows only reach those above it.
        let other = u64::from_le_bytes(*word) ^ SPACES;
        let zeros = other.wrapping_sub(ONES) & !other & (ONES << 7);
        if zeros != 0 {
            return length + (zeros.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    let last = text[length..].iter().position(|byte| *byte == b' ');
    last.map_or(text.len(), |at| length + at)
}

/// Returns whether `text` is a list of scope names with single spaces between them, or empty.
/// Reads every byte without an early return, so that the compiler can vectorize the loop.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches, many bytes at a time"
)]
fn is_list(text: &[u8]) -> bool {
    let Some((last, before)) = text.split_last() else {
        return true;
    };
    let valid = |byte: u8| is_scope_byte(byte) | (byte == b' ');
    let single = |one: u8, next: u8| (one != b' ') | (next != b' ');
    let pairs = before.iter().zip(&text[1..]);
    let all_valid = pairs.fold(true, |all, (one, next)| {
        all & valid(*one) & single(*one, *next)
    });
    all_valid && text[0] != b' ' && is_scope_byte(*last)
}

impl Clone for GrantedScopes {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            with_templates: self.with_templates,
            effective: OnceLock::new(),
        }
    }
}

impl PartialEq for GrantedScopes {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.with_templates) == (&other.text, other.with_templates)
    }
}

impl Eq for GrantedScopes {}

impl fmt::Debug for GrantedScopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("GrantedScopes")
            .field(&self.text)
            .finish()
    }
}

impl fmt::Display for GrantedScopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl From<&ScopeSet> for GrantedScopes {
    fn from(scopes: &ScopeSet) -> Self {
        Self {
            text: scopes.joined().into(),
            ..Self::default()
        }
    }
}
