//! JSON schemas, as far as they say which scalar a member is.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// References are followed this far: a schema may refer to itself.
const MAX_REFERENCES: usize = 32;
/// The most alternatives of one member that are looked at: each reference may lead to several others.
const MAX_STEPS: usize = 1024;

/// The schema of a tool's arguments.
#[derive(Clone, Copy)]
pub(super) struct Schema<'s> {
    root: &'s Value,
}

/// The part of a schema that is about a member.
pub(super) enum Found<'s> {
    Property(Property<'s>),
    /// There is no such member; these there are.
    Nothing(Vec<&'s str>),
    /// The schema does not say which members there are.
    Anything,
}

/// A member of an object.
pub(super) struct Property<'s> {
    pub(super) is_required: bool,
    pub(super) is_nullable: bool,
    /// It is a string, an integer or a boolean.
    pub(super) is_scalar: bool,
    /// All values that it can have, if they are listed.
    pub(super) values: Option<Vec<Cow<'s, str>>>,
}

impl<'s> Schema<'s> {
    pub(super) const fn of(root: &'s Value) -> Self {
        Self { root }
    }

    /// Returns what the schema says of the member at `path`, whose parts are separated by dots.
    pub(super) fn at(self, path: &str) -> Found<'s> {
        let mut object = self.root;
        let mut is_required = true;
        let mut is_nullable = false;
        for (number, name) in path.split('.').enumerate() {
            let mut alternatives = Vec::new();
            is_nullable |= number > 0 && self.split(object, &mut alternatives);
            if number == 0 {
                self.split(object, &mut alternatives);
            }
            let [only] = alternatives.as_slice() else {
                return Found::Anything;
            };
            let Some(properties) = only.get("properties").and_then(Value::as_object) else {
                let is_object = only.get("type").is_none_or(|it| it == "object");
                return if is_object {
                    Found::Anything
                } else {
                    Found::Nothing(Vec::new())
                };
            };
            let Some(property) = properties.get(name) else {
                return Found::Nothing(properties.keys().map(String::as_str).collect());
            };
            let required = only.get("required").and_then(Value::as_array);
            is_required &= required.is_some_and(|names| names.iter().any(|one| one == name));
            object = property;
        }
        Found::Property(self.property(object, is_required, is_nullable))
    }

    fn property(self, schema: &'s Value, is_required: bool, is_nullable: bool) -> Property<'s> {
        let mut alternatives = Vec::new();
        let is_nullable = self.split(schema, &mut alternatives) || is_nullable;
        let values = alternatives.iter().map(|one| listed(one));
        let values: Option<Vec<Vec<Cow<'s, str>>>> = values.collect();
        Property {
            is_required,
            is_nullable,
            is_scalar: !alternatives.is_empty() && alternatives.iter().all(|one| is_scalar(one)),
            values: values.map(|values| values.concat()),
        }
    }

    /// Adds the schemas of which one holds, references followed and without null. Returns whether null
    /// is among them.
    fn split(self, schema: &'s Value, alternatives: &mut Vec<&'s Value>) -> bool {
        let mut is_nullable = false;
        let mut open = vec![(schema, 0)];
        let mut steps = 0;
        while let Some((schema, references)) = open.pop() {
            steps += 1;
            if steps > MAX_STEPS {
                break;
            }
            let referred = schema.get("$ref").and_then(Value::as_str);
            if let Some(target) = referred.and_then(|it| self.root.pointer(it.strip_prefix('#')?))
                && references < MAX_REFERENCES
            {
                open.push((target, references + 1));
                continue;
            }
            let several = ["anyOf", "oneOf"]
                .iter()
                .find_map(|word| schema.get(word)?.as_array());
            // `allOf` with one member is how some generators put a description beside a reference.
            let one = schema
                .get("allOf")
                .and_then(Value::as_array)
                .filter(|all| all.len() == 1);
            match several.or(one) {
                Some(members) if references < MAX_REFERENCES => {
                    open.extend(members.iter().rev().map(|member| (member, references + 1)));
                }
                _ if schema.get("type").is_some_and(|it| it == "null") => is_nullable = true,
                _ => {
                    let types = schema.get("type").and_then(Value::as_array);
                    is_nullable |= types.is_some_and(|types| types.iter().any(|it| it == "null"));
                    let listed = schema.get("enum").and_then(Value::as_array);
                    is_nullable |= listed.is_some_and(|values| values.iter().any(Value::is_null));
                    alternatives.push(schema);
                }
            }
        }
        is_nullable
    }
}

fn is_scalar(schema: &Value) -> bool {
    let is_scalar_type = |name: &Value| {
        let name = name.as_str().unwrap_or_default();
        matches!(name, "string" | "integer" | "boolean" | "null")
    };
    match schema.get("type") {
        Some(Value::Array(types)) => types.iter().all(is_scalar_type),
        Some(name) => is_scalar_type(name),
        // A type need not stand beside the values.
        None => listed(schema).is_some(),
    }
}

/// Returns the values that `enum` or `const` lists, as text.
fn listed(schema: &Value) -> Option<Vec<Cow<'_, str>>> {
    let values: &[Value] = match schema.as_object().map(|schema| (constant(schema), schema)) {
        Some((Some(value), _)) => std::slice::from_ref(value),
        Some((None, schema)) => schema.get("enum")?.as_array()?,
        None => return None,
    };
    let values = values.iter().filter(|value| !value.is_null());
    values.map(text).collect()
}

fn constant(schema: &Map<String, Value>) -> Option<&Value> {
    schema.get("const")
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Bool(_) => Some(value.to_string().into()),
        Value::Number(number) if !number.is_f64() => Some(value.to_string().into()),
        _ => None,
    }
}
