//! Requirements with arguments that only the guard can read: what reaches no guard needs what is enough
//! for every value.

use scopes_core::mcp::{AuthorizeMessageError, MessageRules};
use scopes_core::testing::caller;
use scopes_core::{AuthorizeError, Caller, Registry, requires_scopes};
use serde_json::{Value, json};

use crate::catalog::Scope;

/// The value is in no request.
fn project_of(document: &str) -> u32 {
    document.len().try_into().expect("a short text")
}

#[requires_scopes(
    "projects:{project}:read",
    args(project = project_of(id)),
    catalog = Scope,
    resource = "doc://{id}",
    server = "alone"
)]
fn read(id: &str) -> Result<(), AuthorizeError> {
    Ok(())
}

#[requires_scopes(
    all("projects:list", "owners:{owner}"),
    args(owner = project_of(id)),
    catalog = Scope,
    tool = "own",
    server = "alone"
)]
fn own(id: &str) -> Result<(), AuthorizeError> {
    Ok(())
}

fn ask(token: &str, method: &str, params: &Value) -> Result<(), AuthorizeMessageError> {
    let rules = MessageRules::new(&Registry::of_program().of_server("alone"));
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let caller = caller("ada", token).expect("scopes");
    rules.authorize(&caller, message.to_string().as_bytes())
}

#[test]
fn who_has_no_token_is_asked_for_one_before_any_argument_is() {
    let rules = MessageRules::new(&Registry::of_program().of_server("agreement"));
    let call = json!({ "name": "text", "arguments": { "project": "a:b" } });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call });
    let message = message.to_string();
    let denied = rules.authorize(&Caller::anonymous(), message.as_bytes());
    let missing = AuthorizeMessageError::Refused(AuthorizeError::MissingToken);
    assert_eq!(denied, Err(missing));
    let caller = caller("ada", "projects:write").expect("scopes");
    let denied = rules.authorize(&caller, message.as_bytes());
    let Err(AuthorizeMessageError::Refused(AuthorizeError::InvalidArgument(_))) = denied else {
        panic!("{denied:?}")
    };
}

#[test]
fn a_call_that_the_guard_decides_needs_what_some_value_needs() {
    let uri = json!({ "uri": "doc://1234567" });
    assert!(ask("projects:7:read", "resources/read", &uri).is_ok());
    assert!(
        ask("projects:8:read", "resources/read", &uri).is_ok(),
        "the guard's"
    );
    let refused = ask("", "resources/read", &uri);
    assert!(
        matches!(refused, Err(AuthorizeMessageError::Refused(_))),
        "{refused:?}"
    );

    caller("ada", "projects:7:read").expect("scopes").enter(|| {
        assert!(read("1234567").is_ok());
        assert!(read("12345678").is_err());
    });
    // No scope stands for every owner: the guard knows which one to ask for.
    let call = json!({ "name": "own", "arguments": { "id": "1" } });
    assert!(ask("projects:list owners:1", "tools/call", &call).is_ok());
    caller("ada", "owners:1").expect("scopes").enter(|| {
        assert!(own("1").is_err(), "the other scope is missing");
    });
}

#[test]
fn what_reaches_no_guard_needs_what_is_enough_for_every_value() {
    let uri = json!({ "uri": "doc://1234567" });
    let listen = json!({ "notifications": { "resourceSubscriptions": ["doc://1234567"] } });
    let complete = json!({
        "ref": { "type": "ref/resource", "uri": "doc://{id}" },
        "argument": { "name": "id", "value": "1" },
    });
    for (method, params) in [
        ("resources/subscribe", &uri),
        ("resources/unsubscribe", &uri),
        ("resources/directory/read", &uri),
        ("skills/get", &uri),
        ("subscriptions/listen", &listen),
        ("completion/complete", &complete),
    ] {
        for token in ["", "projects:7:read", "projects:list"] {
            assert!(ask(token, method, params).is_err(), "{method} {token}");
        }
        assert!(ask("projects:write", method, params).is_ok(), "{method}");
    }
}
