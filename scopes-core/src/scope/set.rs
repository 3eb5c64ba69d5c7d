//! Several scope names.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

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
#[derive(Clone, Debug, Default)]
pub struct ScopeSet(Vec<ScopeName>);

/// The number of scopes up to which comparing each takes less than hashing them.
const FEW: usize = 32;

impl ScopeSet {
    /// Creates an empty set.
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
        self.0.iter().any(|scope| scope.as_str() == name)
    }

    /// Adds a scope at the end, unless the set has it already. Compares it with every scope: to add many,
    /// [`extend`](Extend::extend) is faster.
    pub fn insert(&mut self, scope: impl Into<ScopeName>) {
        let scope = scope.into();
        if !self.0.contains(&scope) {
            self.0.push(scope);
        }
    }

    /// Returns the scopes as `Display` prints them.
    pub(crate) fn joined(&self) -> String {
        let length = self.iter().map(|scope| scope.as_str().len() + " ".len());
        let mut text = String::with_capacity(length.sum());
        for scope in self {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(scope.as_str());
        }
        text
    }

    /// Returns the scopes, in order.
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
        let mut set = Self::new();
        set.extend(scopes);
        set
    }
}

impl<S: Into<ScopeName>> Extend<S> for ScopeSet {
    fn extend<I: IntoIterator<Item = S>>(&mut self, scopes: I) {
        let mut scopes = scopes.into_iter().map(Into::into);
        while self.0.len() < FEW {
            match scopes.next() {
                Some(scope) => self.insert(scope),
                None => return,
            }
        }
        let mut known: HashSet<ScopeName> = self.0.iter().cloned().collect();
        self.0
            .extend(scopes.filter(|scope| known.insert(scope.clone())));
    }
}

/// The scopes of a [`ScopeSet`], in its order.
///
/// ```
/// use scopes_core::ScopeSet;
///
/// let scopes: ScopeSet = "photos:read albums:read".parse()?;
/// let names: Vec<String> = scopes.into_iter().map(|scope| scope.to_string()).collect();
/// assert_eq!(names, ["photos:read", "albums:read"]);
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ScopeSetIntoIter(std::vec::IntoIter<ScopeName>);

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
///
/// ```
/// use scopes_core::ScopeSet;
///
/// let scopes: ScopeSet = "photos:read albums:read".parse()?;
/// for scope in &scopes {
///     assert!(scope.as_str().ends_with(":read"));
/// }
/// assert_eq!((&scopes).into_iter().len(), 2);
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ScopeSetIter<'a>(std::slice::Iter<'a, ScopeName>);

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

impl PartialEq for ScopeSet {
    fn eq(&self, other: &Self) -> bool {
        if self.len() != other.len() {
            return false;
        }
        if self.len() <= FEW {
            return self.0.iter().all(|scope| other.0.contains(scope));
        }
        let known: HashSet<&ScopeName> = other.0.iter().collect();
        self.0.iter().all(|scope| known.contains(scope))
    }
}

impl Eq for ScopeSet {}

impl fmt::Display for ScopeSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for scope in self {
            formatter.write_str(separator)?;
            formatter.write_str(scope.as_str())?;
            separator = " ";
        }
        Ok(())
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.joined())
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
        let mut scopes = Vec::new();
        while let Some(scope) = names.next_element::<ScopeName>()? {
            scopes.push(scope);
        }
        Ok(scopes.into_iter().collect())
    }
}
