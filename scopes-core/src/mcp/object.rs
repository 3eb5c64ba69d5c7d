//! JSON objects with relevant members, on which all parsers agree.

/// Declares the relevant members of an object. The others are checked to be JSON and skipped.
///
/// Rejects objects that another parser could read differently: a list in place of the object, a
/// relevant member that is repeated, a name that equals a relevant one except for its case, which
/// some parsers ignore, and the names with which `serde_json` marks raw values.
macro_rules! object {
    ($(#[$about:meta])* $visibility:vis struct $name:ident<'a> {
        $($member:ident: $key:literal => $value:ty,)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Default)]
        $visibility struct $name<'a> {
            $($visibility $member: Option<$value>,)*
        }

        impl<'de: 'a, 'a> serde::Deserialize<'de> for $name<'a> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(Default)]
                struct Members<'a>($name<'a>);

                impl<'de: 'a, 'a> serde::de::Visitor<'de> for Members<'a> {
                    type Value = $name<'a>;

                    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        to.write_str("an object")
                    }

                    fn visit_map<M: serde::de::MapAccess<'de>>(
                        self,
                        mut map: M,
                    ) -> Result<$name<'a>, M::Error> {
                        let Self(mut found) = self;
                        while let Some(name) = map.next_key_seed($crate::mcp::object::Names(&[$($key),*]))? {
                            match name {
                                $(Some($key) => {
                                    let value = Some(map.next_value::<$value>()?);
                                    if std::mem::replace(&mut found.$member, value).is_some() {
                                        return Err(serde::de::Error::duplicate_field($key));
                                    }
                                })*
                                _ => drop(map.next_value::<serde::de::IgnoredAny>()?),
                            }
                        }
                        Ok(found)
                    }
                }

                deserializer.deserialize_map(Members::default())
            }
        }
    };
}

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, Visitor};

pub(super) use object;

/// The relevant members. Finds the member with a given name, if there is one.
pub(super) struct Names<'n>(pub(super) &'n [&'n str]);

impl<'de, 'n> DeserializeSeed<'de> for Names<'n> {
    type Value = Option<&'n str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'n> Visitor<'_> for Names<'n> {
    type Value = Option<&'n str>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a member's name")
    }

    fn visit_str<E: Error>(self, given: &str) -> Result<Self::Value, E> {
        let known = self.0.iter().find(|name| **name == given);
        if known.is_none() && self.misleads(given) {
            return Err(E::custom("a member that not everybody reads alike"));
        }
        Ok(known.copied())
    }
}

impl Names<'_> {
    /// Returns whether a parser could take `given` for one of the members: because it ignores case,
    /// in ASCII or in Unicode, or because it is the name that `serde_json` gives to raw values.
    fn misleads(&self, given: &str) -> bool {
        let mut names = self.0.iter();
        if given.starts_with("$serde_json::") {
            true
        } else if given.is_ascii() {
            names.any(|name| name.eq_ignore_ascii_case(given))
        } else {
            let folded = given.chars().flat_map(char::to_uppercase);
            let folded = folded.flat_map(char::to_lowercase);
            names.any(|name| folded.clone().eq(name.chars().flat_map(char::to_lowercase)))
        }
    }
}
