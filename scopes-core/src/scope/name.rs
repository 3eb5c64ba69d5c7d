//! One scope name.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One scope name: the `scope-token` of RFC 6749 section 3.3, at least one printable ASCII
/// character other than space, `"` and `\`. Compared byte for byte.
///
/// ```
/// use scopes_core::ScopeName;
///
/// let scope: ScopeName = "photos:read".parse()?;
/// assert_eq!(scope.as_str(), "photos:read");
/// assert!("photos read".parse::<ScopeName>().is_err());
/// # Ok::<(), scopes_core::ParseScopeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeName(Cow<'static, str>);

impl ScopeName {
    /// Returns the scope with a name that is a literal in the program.
    ///
    /// Names with a comma are valid in tokens, but a server cannot declare them: some clients split
    /// a challenge at every comma.
    ///
    /// # Panics
    ///
    /// If `name` breaks the grammar or has a comma; in a constant, that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn from_static(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(!bytes.is_empty(), "a scope name cannot be empty");
        let mut at = 0;
        while at < bytes.len() {
            assert!(
                is_scope_byte(bytes[at]),
                "a scope name consists of printable ASCII characters without space, quote and backslash"
            );
            assert!(
                bytes[at] != b',',
                "a declared scope name cannot contain a comma: some clients split a challenge at every comma"
            );
            at += 1;
        }
        Self(Cow::Borrowed(name))
    }

    /// Returns a name that a catalog declares. It is not checked: the derive of the catalog has
    /// done so, and doing it for every requirement would cost more than the rest of its evaluation.
    pub(in crate::scope) const fn from_declared(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// Returns a name that is known to follow the grammar.
    pub(crate) fn from_valid(name: &str) -> Self {
        debug_assert!(check_token(name).is_ok());
        Self(Cow::Owned(name.to_owned()))
    }

    /// Returns the name.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match &self.0 {
            Cow::Borrowed(name) => name,
            Cow::Owned(name) => name.as_str(),
        }
    }
}

/// RFC 6749 section 3.3: `%x21 / %x23-5B / %x5D-7E`.
pub(crate) const fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

/// Checks that `name` is one scope name.
pub(super) fn check_token(name: &str) -> Result<(), ParseScopeError> {
    if name.is_empty() {
        return Err(ParseScopeError::Empty { position: 0 });
    }
    match name
        .char_indices()
        .find(|(_, c)| !u8::try_from(*c).is_ok_and(is_scope_byte))
    {
        Some((position, character)) => Err(ParseScopeError::InvalidCharacter {
            character,
            position,
        }),
        None => Ok(()),
    }
}

/// Returned when a text is not a scope or a list of scopes.
///
/// ```
/// use scopes_core::{ParseScopeError, ScopeSet};
///
/// let scopes = "photos:read  albums:read".parse::<ScopeSet>();
/// assert_eq!(scopes, Err(ParseScopeError::Empty { position: 12 }));
/// assert_eq!(scopes.map_err(|error| error.to_string()), Err("scope name missing at byte 12".to_owned()));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseScopeError {
    /// A name without characters: an empty text, two spaces in a row, or a space at an end.
    Empty {
        /// The position at which the name should begin, in bytes.
        position: usize,
    },
    /// A character that no scope contains.
    InvalidCharacter {
        /// The character.
        character: char,
        /// Its position, in bytes.
        position: usize,
    },
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for ParseScopeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for ParseScopeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { position } => write!(formatter, "scope name missing at byte {position}"),
            Self::InvalidCharacter {
                character,
                position,
            } => {
                write!(formatter, "scope name has {character:?} at byte {position}")
            }
        }
    }
}

impl std::error::Error for ParseScopeError {}

impl FromStr for ScopeName {
    type Err = ParseScopeError;

    fn from_str(name: &str) -> Result<Self, ParseScopeError> {
        check_token(name)?;
        Ok(Self::from_valid(name))
    }
}

impl TryFrom<String> for ScopeName {
    type Error = ParseScopeError;

    fn try_from(name: String) -> Result<Self, ParseScopeError> {
        check_token(&name)?;
        Ok(Self(Cow::Owned(name)))
    }
}

impl From<&Self> for ScopeName {
    fn from(scope: &Self) -> Self {
        scope.clone()
    }
}

impl fmt::Display for ScopeName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl AsRef<str> for ScopeName {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for ScopeName {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl Serialize for ScopeName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ScopeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .try_into()
            .map_err(de::Error::custom)
    }
}
