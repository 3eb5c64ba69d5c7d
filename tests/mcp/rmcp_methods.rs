//! The table of methods knows every request of rmcp.

use scopes_core::mcp::{AuthorizeMessageError, MessageRules};
use scopes_core::testing::caller;
use scopes_core::{OperationKind, Registry};
use serde_json::{Value, json};

/// Every request that rmcp dispatches has a row in the table of methods, and is no method of the
/// server's own: a release that adds one fails here.
#[tokio::test]
async fn every_method_of_rmcp_has_a_row() {
    let known: Vec<&str> = crate::methods::rows()
        .iter()
        .map(|row| row.method)
        .collect();
    let source = std::process::Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version=1",
            "--filter-platform",
            env!("TARGET"),
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&source.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let manifest = packages
        .iter()
        .find(|package| package["name"] == "rmcp")
        .and_then(|package| package["manifest_path"].as_str())
        .expect("rmcp is a dependency");
    let model = std::path::Path::new(manifest)
        .with_file_name("src")
        .join("model.rs");
    let model = std::fs::read_to_string(model).expect("the source of rmcp");
    let constants = regex::Regex::new(r#"const_string!\((\w+) = "([^"]+)"\);"#).expect("a pattern");
    let methods: std::collections::HashMap<&str, &str> = constants
        .captures_iter(&model)
        .map(|found| {
            (
                found.get(1).expect("a name").as_str(),
                found.get(2).expect("a text").as_str(),
            )
        })
        .collect();
    // `pub type PingRequest = RequestNoParam<PingRequestMethod>;`
    let requests =
        regex::Regex::new(r"pub type (\w+Request)\s*=\s*\w+<\s*(\w+Method)").expect("a pattern");
    let by_request: std::collections::HashMap<&str, &str> = requests
        .captures_iter(&model)
        .map(|found| {
            (
                found.get(1).expect("a name").as_str(),
                methods[found.get(2).expect("a name").as_str()],
            )
        })
        .collect();
    let arms = regex::Regex::new(r"ClientRequest::(\w+)\(r\) => r\.method\.as_str\(\)")
        .expect("a pattern");
    let rules = MessageRules::new(&Registry::default());
    let caller = caller("ada", "").expect("valid scopes");
    let mut count = 0;
    for arm in arms.captures_iter(&model) {
        let request = arm.get(1).expect("a name").as_str();
        if request == "CustomRequest" {
            continue;
        }
        let method = by_request
            .get(request)
            .unwrap_or_else(|| panic!("the method of {request}"));
        count += 1;
        assert!(known.contains(method), "{method} has no row");
        let params = json!({ "name": "a", "uri": "a", "taskId": "a", "ref": { "type": "ref/prompt", "name": "a" } });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let body = body.to_string();
        let unknown = AuthorizeMessageError::Undeclared(OperationKind::Method);
        assert_ne!(
            rules.authorize(&caller, body.as_bytes()),
            Err(unknown),
            "{method} is not in the table"
        );
    }
    assert!(count >= 21, "{count} requests of rmcp were found");
}
