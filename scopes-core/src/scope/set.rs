//! Several scope names.

use std::fmt;
use std::str::FromStr;

use indexmap::IndexSet;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::name::{ParseScopeError, ScopeName, check_token};

/// Scopes without duplicates, in the order of insertion.
///
/// Parsed and printed as in RFC 6749 section 3.3: names separated by single spaces. Two sets are
/// equal if they have the same scopes in any order. In JSON, a set is that string; an array of
/// names is read as well.
///
/// ```
/// use scopes_core::ScopeSet;
///
/// let scopes: ScopeSet = "photos:read albums:read photos:read".parse()?;
/// assert_eq!(scopes.to_string(), "photos:read albums:read");
/// assert!(scopes.contains("albums:read"));
/// assert!("photos:read  albums:read".parse::<ScopeSet>().is_err());
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeSet(IndexSet<ScopeName>);

impl ScopeSet {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of scopes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether the set has a scope with exactly this name. Implied scopes do not count.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Adds a scope at the end, unless the set has it already.
    pub fn insert(&mut self, scope: impl Into<ScopeName>) {
        self.0.insert(scope.into());
    }

    /// The scopes, in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &ScopeName> + Clone {
        self.0.iter()
    }
}

/// The names in `text`, each checked.
pub(super) fn names(text: &str) -> impl Iterator<Item = Result<&str, ParseScopeError>> {
    let mut position = 0;
    let names = (!text.is_empty())
        .then(|| text.split(' '))
        .into_iter()
        .flatten();
    names.map(move |name| {
        let start = position;
        position += name.len() + 1;
        match check_token(name) {
            Ok(()) => Ok(name),
            Err(ParseScopeError::Empty { .. }) => Err(ParseScopeError::Empty { position: start }),
            Err(ParseScopeError::InvalidCharacter {
                character,
                position,
            }) => Err(ParseScopeError::InvalidCharacter {
                character,
                position: start + position,
            }),
        }
    })
}

/// The names in `text`, without the empty ones that stray spaces make.
pub(super) fn non_empty_names(text: &str) -> Result<Vec<&str>, ParseScopeError> {
    names(text)
        .filter(|name| !matches!(name, Err(ParseScopeError::Empty { .. })))
        .collect()
}

impl FromStr for ScopeSet {
    type Err = ParseScopeError;

    /// Reads a space-separated list. The empty text is the empty set.
    fn from_str(text: &str) -> Result<Self, ParseScopeError> {
        names(text)
            .map(|name| name.map(ScopeName::from_valid))
            .collect()
    }
}

impl<S: Into<ScopeName>> FromIterator<S> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = S>>(scopes: I) -> Self {
        Self(scopes.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<ScopeName>> Extend<S> for ScopeSet {
    fn extend<I: IntoIterator<Item = S>>(&mut self, scopes: I) {
        self.0.extend(scopes.into_iter().map(Into::into));
    }
}

/// The scopes of a [`ScopeSet`], in its order.
#[derive(Clone, Debug)]
pub struct ScopeSetIntoIter(indexmap::set::IntoIter<ScopeName>);

impl Iterator for ScopeSetIntoIter {
    type Item = ScopeName;

    fn next(&mut self) -> Option<ScopeName> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for ScopeSetIntoIter {}

impl IntoIterator for ScopeSet {
    type Item = ScopeName;
    type IntoIter = ScopeSetIntoIter;

    fn into_iter(self) -> ScopeSetIntoIter {
        ScopeSetIntoIter(self.0.into_iter())
    }
}

/// The scopes of a borrowed [`ScopeSet`], in its order.
#[derive(Clone, Debug)]
pub struct ScopeSetIter<'a>(indexmap::set::Iter<'a, ScopeName>);

impl<'a> Iterator for ScopeSetIter<'a> {
    type Item = &'a ScopeName;

    fn next(&mut self) -> Option<&'a ScopeName> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for ScopeSetIter<'_> {}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a ScopeName;
    type IntoIter = ScopeSetIter<'a>;

    fn into_iter(self) -> ScopeSetIter<'a> {
        ScopeSetIter(self.0.iter())
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for scope in self {
            write!(formatter, "{separator}{scope}")?;
            separator = " ";
        }
        Ok(())
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScopesVisitor)
    }
}

struct ScopesVisitor;

impl<'de> de::Visitor<'de> for ScopesVisitor {
    type Value = ScopeSet;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("scopes as one space-separated string or as an array of strings")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ScopeSet, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut names: A) -> Result<ScopeSet, A::Error> {
        let mut scopes = ScopeSet::new();
        while let Some(scope) = names.next_element::<ScopeName>()? {
            scopes.insert(scope);
        }
        Ok(scopes)
    }
}
