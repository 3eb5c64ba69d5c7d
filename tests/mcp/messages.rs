//! Decisions on messages, against a reader that builds the whole tree, and against rmcp's own.

use proptest::prelude::*;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, JsonRpcMessage};
use scopes_core::mcp::{AuthorizeMessageError, MessageRules, ReadMessageError};
use scopes_core::testing::caller;
use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement};
use scopes_tests::vocabulary::Scope;
use serde_json::{Value, json};

/// The decision on a message whose sender lacks what the one operation of the server requires.
fn decision(kind: OperationKind, name: &str, message: &[u8]) -> Result<(), AuthorizeMessageError> {
    let requirement = Requirement::one(Scope::EntriesWrite);
    let operation = ProtectedOperation::at_run_time(kind, name.to_owned(), requirement);
    let registry: Registry = [operation].into_iter().collect();
    let caller = caller("ada", "entries:read").expect("valid scopes");
    MessageRules::new(&registry).authorize(&caller, message)
}

/// Whether the message is refused because it calls this tool.
fn calls(tool: &str, message: &[u8]) -> bool {
    let decision = decision(OperationKind::Tool, tool, message);
    matches!(decision, Err(AuthorizeMessageError::Refused(_)))
}

/// JSON with whatever escapes and spaces its writer likes.
fn written(value: &Value, escapes: bool) -> String {
    let text = |text: &str| {
        if escapes {
            let units = text.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
            format!("\"{}\"", units.collect::<String>())
        } else {
            json!(text).to_string()
        }
    };
    match value {
        Value::String(value) => text(value),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| written(item, escapes)).collect();
            format!("[ {} ]", items.join(" ,"))
        }
        Value::Object(members) => {
            let members = members.iter();
            let members: Vec<_> = members
                .map(|(key, value)| format!("{}\t:\n{}", text(key), written(value, escapes)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
        value => value.to_string(),
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z\"\\\\/\u{0}\u{e9}\u{1f600}]{0,6}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("name".to_owned()),
        Just("method".to_owned()),
        Just("params".to_owned()),
        Just("uri".to_owned()),
        "[a-z]{0,4}",
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.clone(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn the_tool_is_the_one_that_rmcp_calls(
        name in "[a-z\"\\\\/.\u{e9}\u{1f600}]{1,8}",
        arguments in any_json(),
        more in any_json(),
        escapes in any::<bool>(),
    ) {
        let mut message = json!({
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": { "name": name },
        });
        if arguments.is_object() {
            message["params"]["arguments"] = arguments;
        }
        message["params"]["_meta"] = json!({ "more": more });
        let bytes = written(&message, escapes);
        prop_assert!(calls(&name, bytes.as_bytes()), "{bytes}");
        if let Ok(JsonRpcMessage::Request(request)) = serde_json::from_str::<ClientJsonRpcMessage>(&bytes)
            && let ClientRequest::CallToolRequest(call) = request.request
        {
            prop_assert_eq!(&*call.params.name, &*name);
        }
    }

    /// Whatever rmcp takes for a call of a tool, the gate takes for a call of the same tool, or
    /// refuses: bytes are changed, doubled and left out at random.
    #[test]
    fn rmcp_calls_no_tool_that_the_gate_does_not_see(
        cuts in prop::collection::vec((0_usize..120, 0_usize..120, 0_usize..120), 0..4),
        flips in prop::collection::vec((0_usize..120, any::<u8>()), 0..3),
    ) {
        let mut bytes = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open","arguments":{"name":"x","a":[1]}}}"#.to_vec();
        for (from, to, at) in cuts {
            let (from, to) = (from.min(to).min(bytes.len()), from.max(to).min(bytes.len()));
            let piece = bytes[from..to].to_vec();
            let at = at.min(bytes.len());
            bytes.splice(at..at, piece);
        }
        for (at, byte) in flips {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        if let Ok(JsonRpcMessage::Request(request)) = serde_json::from_slice::<ClientJsonRpcMessage>(&bytes)
            && let ClientRequest::CallToolRequest(call) = request.request
        {
            let decision = decision(OperationKind::Tool, &call.params.name, &bytes);
            prop_assert!(
                matches!(
                    decision,
                    Err(AuthorizeMessageError::Refused(_) | AuthorizeMessageError::Unreadable(_))
                ),
                "{decision:?}"
            );
        }
    }

    #[test]
    fn any_json_is_read_as_its_tree_says(value in any_json(), escapes in any::<bool>()) {
        let bytes = written(&value, escapes);
        // Of the names that are made up, none is a method of MCP.
        let method = value.get("method").and_then(Value::as_str);
        let decision = decision(OperationKind::Method, method.unwrap_or_default(), bytes.as_bytes());
        match decision {
            Err(AuthorizeMessageError::Refused(_)) => prop_assert!(method.is_some(), "{value}"),
            Err(AuthorizeMessageError::Unreadable(error)) if value.is_array() => {
                prop_assert_eq!(error, ReadMessageError::Batch);
            }
            Err(AuthorizeMessageError::Unreadable(error)) => {
                prop_assert_eq!(error, ReadMessageError::NotAMessage);
            }
            other => prop_assert!(false, "{value}: {other:?}"),
        }
    }

    #[test]
    fn any_bytes_have_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = decision(OperationKind::Tool, "open", &bytes);
    }
}

#[test]
fn the_depth_of_arguments_is_of_no_account() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let message = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"open","arguments":{deep}}}}}"#
    );
    assert!(calls("open", message.as_bytes()));
}

#[test]
fn an_answer_to_the_server_invokes_nothing() {
    let message = br#"{"jsonrpc":"2.0","id":1,"result":{"name":"entries.list","uri":"x://y"}}"#;
    assert_eq!(
        decision(OperationKind::Tool, "entries.list", message),
        Ok(())
    );
}
