//! A configuration from any format of serde.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::Value;

use super::Configuration;
use super::entry::{Entries, Written};

/// Fails only if the document is not a table with text as keys. Everything else is reported with the
/// other mistakes.
impl<'de> Deserialize<'de> for Configuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Value::Object(members) = Value::deserialize(deserializer)? else {
            return Err(D::Error::custom("a configuration is a table of settings"));
        };
        let mut values = Vec::new();
        flatten("", members, &mut values);
        Ok(Self::new(Entries::of_paths(values)))
    }
}

fn flatten(
    group: &str,
    members: serde_json::Map<String, Value>,
    values: &mut Vec<(String, Written)>,
) {
    for (name, value) in members {
        let path = format!("{group}{name}");
        let written = match value {
            Value::Object(members) => {
                flatten(&format!("{path}."), members, values);
                continue;
            }
            Value::Null => Written::Text(String::new()),
            Value::Array(items) => {
                let items = items.iter().map(text).collect::<Option<_>>();
                items.map_or(
                    Written::Unfit("has a list or a table as an item; write texts"),
                    Written::List,
                )
            }
            one => text(&one).map_or(Written::Unfit("is not a value"), Written::Text),
        };
        values.push((path, written));
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
