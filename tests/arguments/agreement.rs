//! The gate reads the bytes, the guard the Rust values: both come to one answer.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use scopes_core::mcp::MessageRules;
use scopes_core::testing::caller;
use scopes_core::{AuthorizeError, Registry, requires_scopes};
use serde::{Deserialize, Serialize};

use crate::catalog::Scope;

type Answer = Result<(), AuthorizeError>;

#[requires_scopes("projects:{project}:write", catalog = Scope, tool = "text", server = "agreement")]
fn text(project: &str) -> Answer {
    Ok(())
}

#[requires_scopes("projects:{project}:write", catalog = Scope, tool = "number", server = "agreement")]
fn number(project: u64) -> Answer {
    Ok(())
}

#[requires_scopes("projects:{project}:write", catalog = Scope, tool = "signed", server = "agreement")]
fn signed(project: i64) -> Answer {
    Ok(())
}

#[requires_scopes("projects:{project}:write", catalog = Scope, tool = "optional", server = "agreement")]
fn optional(project: Option<String>) -> Answer {
    Ok(())
}

#[requires_scopes("projects:{target.id}:write", catalog = Scope, tool = "nested", server = "agreement")]
fn nested(target: Target) -> Answer {
    Ok(())
}

#[requires_scopes(
    match(
        action,
        "list" => "projects:list",
        "see" | "deploy-all" => all("projects:{project}:read", "projects:list"),
        _ => "projects:{project}:write",
    ),
    catalog = Scope,
    tool = "act",
    server = "agreement"
)]
fn act(action: Action, project: Option<u8>) -> Answer {
    Ok(())
}

#[derive(Deserialize, Serialize)]
struct Target {
    id: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    List,
    See,
    DeployAll,
    Other,
}

#[derive(Deserialize)]
struct Of<P> {
    project: P,
}

#[derive(Deserialize)]
struct OfTarget {
    target: Target,
}

#[derive(Deserialize)]
struct OfAction {
    action: Action,
    project: Option<u8>,
}

const TOOLS: [&str; 6] = ["text", "number", "signed", "optional", "nested", "act"];
const TOKENS: [&str; 7] = [
    "",
    "projects:1:write",
    "projects:2:read projects:list",
    "projects:list",
    "projects:write",
    "projects:-1:write",
    "projects:true:write projects:a:write",
];

static RULES: LazyLock<MessageRules> =
    LazyLock::new(|| MessageRules::new(&Registry::of_program().of_server("agreement")));

/// `PROPTEST_CASES`, for more of them by hand.
fn cases() -> u32 {
    let cases = std::env::var("PROPTEST_CASES");
    cases.map_or(100_000, |cases| cases.parse().expect("a number"))
}

/// What the guard says of arguments that the function can be called with.
fn guard(tool: &str, arguments: &str) -> Option<Answer> {
    fn read<'a, T: Deserialize<'a>>(arguments: &'a str) -> Option<T> {
        serde_json::from_str(arguments).ok()
    }
    Some(match tool {
        "text" => text(&read::<Of<String>>(arguments)?.project),
        "number" => number(read::<Of<u64>>(arguments)?.project),
        "signed" => signed(read::<Of<i64>>(arguments)?.project),
        "optional" => optional(read::<Of<Option<String>>>(arguments)?.project),
        "nested" => nested(read::<OfTarget>(arguments)?.target),
        _ => {
            let OfAction { action, project } = read(arguments)?;
            act(action, project)
        }
    })
}

fn any_scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "1", "\"1\"", "2", "\"2\"", "\"\\u0031\"", "-1", "\"-1\"", "true", "\"true\"", "\"a\"",
            "null", "1.0", "1e0", "-0", "0", "\"\"", "\"1:write\"", "\"a b\"", "\"..\"", "[]", "{}",
            "18446744073709551615", "18446744073709551616", "-9223372036854775808", "\"\\ud800\"",
            "\"A\"", "\" 1\"", "{\"id\":\"1\"}", "{\"id\":\"1\",\"id\":\"2\"}", "{\"id\":null}",
            "{\"Id\":\"1\"}", "[\"1\"]", "\"list\"", "\"see\"", "\"deploy-all\"", "\"other\"",
            "\"List\"",
        ]).prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => "\\PC{0,6}".prop_map(|text| serde_json::json!(text).to_string()),
        1 => "[!-~]{120,135}".prop_map(|text| serde_json::json!(text).to_string()),
    ]
}

fn any_arguments() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "project",
        "action",
        "target",
        "other",
        "Project",
        "project ",
        "\\u0070roject",
        "id",
    ]);
    let members = prop::collection::vec((name, any_scalar()), 0..4);
    let object = members.prop_map(|members| {
        let members = members.into_iter();
        let members = members.map(|(name, value)| format!("\"{name}\": {value}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    });
    prop_oneof![12 => object, 1 => any_scalar()]
}

/// Whether two readers could find different members.
fn is_ambiguous(arguments: &str) -> bool {
    // Readers made with serde take a list for an object.
    if arguments.contains('[') {
        return true;
    }
    // Readers skip members that others cannot read.
    let Ok(read) = serde_json::from_str::<BTreeMap<String, serde_json::Value>>(arguments) else {
        return true;
    };
    let names = arguments.matches("\": ").count();
    let folded: std::collections::HashSet<String> = read.keys().map(|k| k.to_lowercase()).collect();
    names != folded.len() || arguments.contains("\"Project\"") || arguments.contains("\"Id\"")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn gate_and_guard_agree(
        tool in prop::sample::select(TOOLS.to_vec()),
        token in prop::sample::select(TOKENS.to_vec()),
        arguments in any_arguments(),
    ) {
        let caller = caller("ada", token).expect("scopes");
        let message = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
        );
        let gate = RULES.authorize(&caller, message.as_bytes());
        // A call that the server cannot make is answered by the server; nothing of it runs.
        if let Some(guard) = caller.enter(|| guard(tool, &arguments)) {
            let agree = gate.is_ok() == guard.is_ok() || is_ambiguous(&arguments) && gate.is_err();
            prop_assert!(agree, "{message}: gate {gate:?}, guard {guard:?}");
        }
    }
}
