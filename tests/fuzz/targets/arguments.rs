//! Arguments of calls at the gate, beside the same bytes as `serde_json` reads them.
//!
//! An input is the name of a tool, a line feed, and the bytes of the member `arguments`.

#![no_main]

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use scopes_core::mcp::MessageRules;
use scopes_core::testing::caller;
use scopes_core::{
    Caller, Expression, OperationKind, ProtectedOperation, Registry, RequiredScope, Requirement,
    ScopeCatalog,
};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

#[derive(Clone, Copy, ScopeCatalog)]
enum Scope {
    #[scope("projects:{project}:write")]
    Write,
    #[scope("projects:list")]
    List,
}

/// The projects that the caller may change.
const PROJECTS: [&str; 4] = ["1", "-5", "true", "a"];

fn leaf(name: &'static str) -> Expression {
    let declared = RequiredScope::declared_as(Scope::CATALOG, name);
    declared.expect("declared").into()
}

static RULES: LazyLock<MessageRules> = LazyLock::new(|| {
    let by_action = Expression::matching(
        "action",
        [
            (vec!["list"], leaf("projects:list")),
            (vec!["deploy", "1"], leaf("projects:{project}:write")),
        ],
    );
    let nested = RequiredScope::declared_as(Scope::CATALOG, "projects:{target.id}:write");
    let registry: Registry = [
        ("deploy", leaf("projects:{project}:write")),
        ("nested", nested.expect("declared").into()),
        ("act", by_action),
    ]
    .into_iter()
    .map(|(name, requires)| {
        ProtectedOperation::at_run_time(OperationKind::Tool, name, Requirement::scopes(requires))
    })
    .collect();
    MessageRules::new(&registry)
});

static CALLER: LazyLock<Caller> = LazyLock::new(|| {
    let scopes = PROJECTS.map(|project| format!("projects:{project}:write"));
    let scopes = format!("projects:list {}", scopes.join(" "));
    caller("ada", &scopes).expect("scopes")
});

/// The text of a scalar, by the rules for arguments.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// Decides a call by the values that `serde_json` finds.
fn is_allowed(call: &Value) -> bool {
    let arguments = &call["params"]["arguments"];
    let may_change = |value: &Value| {
        let project = text(value);
        project.is_some_and(|project| PROJECTS.contains(&&*project))
    };
    match call["params"]["name"].as_str() {
        Some("deploy") => may_change(&arguments["project"]),
        Some("nested") => may_change(&arguments["target"]["id"]),
        Some("act") => match text(&arguments["action"]).as_deref() {
            Some("list") => true,
            Some("deploy" | "1") => may_change(&arguments["project"]),
            _ => false,
        },
        _ => false,
    }
}

/// JSON in which no object has two members whose names differ at most in case, or one that `serde_json`
/// reads as a value of its own kind.
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Distinct {
    type Value = Self;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("JSON without ambiguous names")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Self, S::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self, M::Error> {
        let mut names = HashSet::new();
        while let Some((name, Self)) = members.next_entry::<String, Self>()? {
            if name.starts_with("$serde_json::") || !names.insert(name.to_lowercase()) {
                return Err(M::Error::custom("a name that is not read alike"));
            }
        }
        Ok(self)
    }
}

/// Returns `true` if the arguments are one value, and do not end the call's own members.
fn is_as_sent(call: &Value, arguments: &[u8]) -> bool {
    let members = |value: &Value| value.as_object().map_or(0, serde_json::Map::len);
    members(call) == 4
        && members(&call["params"]) == 2
        && serde_json::from_slice::<Distinct>(arguments).is_ok()
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(end) = data.iter().position(|byte| *byte == b'\n') else {
        return Corpus::Reject;
    };
    let (tool, arguments) = (&data[..end], &data[end + 1..]);
    if ![&b"deploy"[..], b"nested", b"act"].contains(&tool) {
        return Corpus::Reject;
    }
    let mut body = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":""#.to_vec();
    body.extend_from_slice(tool);
    body.extend_from_slice(br#"","arguments":"#);
    body.extend_from_slice(arguments);
    body.extend_from_slice(b"}}");

    let decision = RULES.authorize(&CALLER, &body);
    // Members that nobody reads may have text or numbers that only a reader of them finds invalid.
    let Ok(call) = serde_json::from_slice::<Value>(&body) else {
        return Corpus::Keep;
    };
    let allowed = is_allowed(&call);
    if decision.is_ok() {
        assert!(allowed, "allowed another value: {call}");
    } else {
        let is_clear = is_as_sent(&call, arguments);
        assert!(!(allowed && is_clear), "{decision:?}: {call}");
    }
    Corpus::Keep
});
