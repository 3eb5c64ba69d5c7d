//! JSON objects of which some members decide, and no two readers disagree on which these are.

/// Declares what of an object is looked at. The other members are checked to be JSON and skipped.
///
/// Refused is whatever somebody could read differently: a list in the place of the object, a member
/// of interest that is there twice, a name that is one only if case is ignored, as some readers do,
/// and the names by which readers made with `serde_json` take a text for the JSON in it.
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

/// The members that decide. Finds which of them a name is, if any.
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
    /// Returns whether some reader takes `given` for one of the members: without regard to case, in
    /// ASCII or in Unicode, or as the name that `serde_json` gives to raw values.
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
