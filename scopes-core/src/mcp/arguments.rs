//! The arguments of a request, read as far as requirements name them.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
#[cfg(feature = "rmcp")]
use serde_json::{Map, Value};

use super::message::text;
use super::object::Names;
use crate::scope::{ArgumentProblem, ArgumentValue};

/// The source of the values of arguments.
#[derive(Clone, Debug)]
pub(crate) enum GivenArguments<'a> {
    /// There are none.
    None,
    /// The members of an object.
    Json(Option<&'a RawValue>),
    /// The members of `params` in a message.
    Params(&'a [u8]),
    /// The members of an object that was read before.
    #[cfg(feature = "rmcp")]
    Map(Option<&'a Map<String, Value>>),
    /// The arguments that a completion already has. Any other has no value yet.
    Completion(Completion<'a>),
}

/// The arguments in a `completion/complete` request.
#[derive(Clone, Debug)]
pub(crate) struct Completion<'a> {
    /// The name of the argument that is being completed; `None` where it cannot be read.
    pub(crate) completed: Option<Cow<'a, str>>,
    pub(crate) given: Object<'a>,
}

/// `context.arguments` of a `completion/complete`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Object<'a> {
    Json(Option<&'a RawValue>),
    #[cfg(feature = "rmcp")]
    Texts(Option<&'a std::collections::HashMap<String, String>>),
}

impl GivenArguments<'_> {
    /// Returns the value of the argument `name`; one with dots is a path into an object.
    pub(crate) fn value(&self, name: &str) -> ArgumentValue {
        match self {
            Self::None => MISSING,
            Self::Json(object) => object.map_or(MISSING, |json| in_json(json, name)),
            Self::Params(message) => match params(message) {
                Some(json) => in_json(json, name),
                None => MISSING,
            },
            #[cfg(feature = "rmcp")]
            Self::Map(object) => object.map_or(MISSING, |object| in_map(object, name)),
            Self::Completion(completion) => completion.value(name),
        }
    }
}

impl Completion<'_> {
    fn value(&self, name: &str) -> ArgumentValue {
        match self.completed.as_deref() {
            None => return AMBIGUOUS,
            Some(completed) if completed == name => return ArgumentValue::every(),
            Some(_) => {}
        }
        let given = match self.given {
            Object::Json(object) => object.map_or(MISSING, |json| in_json(json, name)),
            #[cfg(feature = "rmcp")]
            Object::Texts(texts) => texts
                .and_then(|texts| texts.get(name))
                .map_or(MISSING, ArgumentValue::of),
        };
        if given == MISSING {
            return ArgumentValue::every();
        }
        given
    }
}

const MISSING: ArgumentValue = ArgumentValue::invalid(ArgumentProblem::Missing);
const AMBIGUOUS: ArgumentValue = ArgumentValue::invalid(ArgumentProblem::Ambiguous);
const NOT_SCALAR: ArgumentValue = ArgumentValue::invalid(ArgumentProblem::NotScalar);
const NOT_INTEGER: ArgumentValue = ArgumentValue::invalid(ArgumentProblem::NotInteger);

fn in_json(object: &RawValue, path: &str) -> ArgumentValue {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    match (member(object, name), rest) {
        (Err(problem), _) => ArgumentValue::invalid(problem),
        (Ok(value), None) => scalar(value),
        (Ok(value), Some(rest)) => in_json(value, rest),
    }
}

/// Returns the member of an object; an error where there is none, or two.
fn member<'a>(object: &'a RawValue, name: &str) -> Result<&'a RawValue, ArgumentProblem> {
    let json = object.get();
    if !json.starts_with('{') {
        // `null` stands for no arguments, as in the parameters of a message.
        return Err(match json {
            "null" => ArgumentProblem::Missing,
            _ => ArgumentProblem::NotScalar,
        });
    }
    let mut reader = serde_json::Deserializer::from_str(json);
    match Member(name).deserialize(&mut reader) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(ArgumentProblem::Missing),
        Err(_) => Err(ArgumentProblem::Ambiguous),
    }
}

/// Finds one member of an object. It is ambiguous if another name differs from it in case only.
struct Member<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self::Value, M::Error> {
        let mut found = None;
        while let Some(named) = members.next_key_seed(Names(&[self.0]))? {
            if named.is_none() {
                members.next_value::<IgnoredAny>()?;
            } else if found.replace(members.next_value()?).is_some() {
                return Err(serde::de::Error::custom("a member stands twice"));
            }
        }
        Ok(found)
    }
}

/// Returns the text of a JSON string, integer or boolean.
fn scalar(value: &RawValue) -> ArgumentValue {
    let json = value.get();
    match json.as_bytes().first() {
        Some(b'"') => match text(value) {
            Ok(text) => ArgumentValue::of(&*text),
            Err(_) => AMBIGUOUS,
        },
        Some(b't' | b'f') => ArgumentValue::of(json),
        Some(b'-' | b'0'..=b'9') => {
            // Numbers that other parsers may read as another integer are rejected: `1e2`, `1.0`,
            // `-0`.
            if let Ok(number) = json.parse::<u64>() {
                ArgumentValue::of(&number)
            } else if let Some(number) = json.parse::<i64>().ok().filter(|number| *number != 0) {
                ArgumentValue::of(&number)
            } else {
                NOT_INTEGER
            }
        }
        _ => NOT_SCALAR,
    }
}

/// Returns the member `params` of a message that was read before.
fn params(message: &[u8]) -> Option<&RawValue> {
    let message: &RawValue = serde_json::from_slice(message).ok()?;
    member(message, "params").ok()
}

#[cfg(feature = "rmcp")]
fn in_map(object: &Map<String, Value>, path: &str) -> ArgumentValue {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    match (object.get(name), rest) {
        (None, _) => MISSING,
        (Some(Value::Object(inner)), Some(rest)) => in_map(inner, rest),
        (Some(_), Some(_)) => NOT_SCALAR,
        (Some(value), None) => ArgumentValue::of(value),
    }
}
