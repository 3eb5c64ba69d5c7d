//! Over standard input and output, what the client may do is said on the command line.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::program::{Home, Program, text};

fn start(arguments: &[&str]) -> Program {
    let mut program = Home::new().start(&[&["--stdio"], arguments].concat());
    let initialize = json!({
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    });
    let told = ask(&mut program, "initialize", &initialize);
    assert_eq!(told["result"]["serverInfo"]["name"], "epicme", "{told}");
    send(
        &mut program,
        &json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
    );
    program
}

fn send(program: &mut Program, message: &Value) {
    let stdin = program.child.stdin.as_mut().expect("piped");
    writeln!(stdin, "{message}").expect("the program listens");
}

fn ask(program: &mut Program, method: &str, params: &Value) -> Value {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    send(program, &request);
    serde_json::from_str(&program.line()).expect("JSON and nothing else")
}

/// Returns whether the call of the tool succeeded.
fn may(program: &mut Program, tool: &str, arguments: &Value) -> bool {
    let params = json!({ "name": tool, "arguments": arguments });
    let answer = ask(program, "tools/call", &params);
    answer["result"]["isError"] == false
}

#[test]
fn nothing_is_allowed_unless_it_is_said() {
    let mut program = start(&[]);
    for tool in ["whoami", "list_entries", "list_tags"] {
        assert!(!may(&mut program, tool, &json!({})), "{tool}");
    }
    let params = json!({ "uri": "epicme://tags" });
    let answer = ask(&mut program, "resources/read", &params);
    assert_eq!(answer["error"]["code"], -31403);
}

#[test]
fn that_nothing_is_allowed_is_said() {
    let said = |arguments: &[&str]| text(Home::new().run(arguments).stderr);
    let notice = "warning: only public operations are allowed; see --stdio-scopes\n";
    assert!(said(&["--stdio"]).starts_with(notice));
    for allowed in ["trusted", "user:read"] {
        assert!(!said(&["--stdio", "--stdio-scopes", allowed]).contains("only what is public"));
    }
}

#[test]
fn scopes_are_allowed_by_name() {
    let mut program = start(&["--stdio-scopes", "user:read tags:write"]);
    assert!(may(&mut program, "whoami", &json!({})));
    assert!(may(&mut program, "create_tag", &json!({ "name": "work" })));
    assert!(!may(&mut program, "list_entries", &json!({})));
}

#[test]
fn who_is_trusted_may_do_everything() {
    let mut program = start(&["--stdio-scopes", "trusted"]);
    let entry = json!({ "title": "Hello", "content": "Dear diary" });
    assert!(may(&mut program, "create_entry", &entry));
    assert!(may(&mut program, "create_tag", &json!({ "name": "work" })));
    let both = json!({ "entry_id": 1, "tag_id": 1 });
    assert!(may(&mut program, "add_tag_to_entry", &both));
    let params = json!({ "name": "whoami", "arguments": {} });
    let told = ask(&mut program, "tools/call", &params);
    let user = &told["result"]["structuredContent"]["user"];
    assert_eq!(
        (&user["subject"], &user["issuer"]),
        (&json!("local"), &json!(""))
    );
}

#[test]
fn lists_hide_what_is_not_allowed_on_demand() {
    let mut program = start(&["--hide-unpermitted", "--stdio-scopes", "tags:read"]);
    let told = ask(&mut program, "tools/list", &json!({}));
    let tools = told["result"]["tools"].as_array().expect("a list");
    let names: Vec<_> = tools
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    assert_eq!(names, ["about", "get_tag", "list_tags"]);
}

#[test]
fn it_ends_with_its_client() {
    let mut program = start(&[]);
    drop(program.child.stdin.take());
    let status = program.child.wait().expect("its end");
    assert_eq!(status.code(), Some(0));
}
