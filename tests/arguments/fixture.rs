//! The portable fixture of the conformance scenario for scope challenges: four operations, two opaque
//! tokens, and the complete set of scopes in one challenge.

use scopes_core::{Expression, OperationKind, Registry, RequiredScope, ScopeCatalog, ScopeName};
use serde_json::json;

use crate::site::{Site, operation};

#[derive(Clone, Copy, ScopeCatalog)]
enum Conformance {
    #[scope("mcp:conformance:resources:template:{id}")]
    Template,
}

fn registry() -> Registry {
    let both = |scopes: [&'static str; 2]| {
        let template = RequiredScope::declared_as(Conformance::CATALOG, scopes[1]);
        let second = template.unwrap_or_else(|_| ScopeName::from_static(scopes[1]).into());
        Expression::all([ScopeName::from_static(scopes[0]).into(), second])
    };
    [
        operation(
            OperationKind::Tool,
            "test_simple_text",
            both([
                "mcp:conformance:tools:call",
                "mcp:conformance:tools:test_simple_text",
            ]),
        ),
        operation(
            OperationKind::Resource,
            "test://static-text",
            both([
                "mcp:conformance:resources:read",
                "mcp:conformance:resources:static",
            ]),
        ),
        operation(
            OperationKind::Resource,
            "test://template/{id}/data",
            both([
                "mcp:conformance:resources:read",
                "mcp:conformance:resources:template:{id}",
            ]),
        ),
        operation(
            OperationKind::Prompt,
            "test_simple_prompt",
            both([
                "mcp:conformance:prompts:get",
                "mcp:conformance:prompts:test_simple_prompt",
            ]),
        ),
    ]
    .into_iter()
    .collect()
}

const LOW: &str = "mcp:conformance:baseline";
const FULL: &str = "mcp:conformance:tools:call+mcp:conformance:tools:test_simple_text+\
    mcp:conformance:resources:read+mcp:conformance:resources:static+\
    mcp:conformance:resources:template:123+mcp:conformance:prompts:get+\
    mcp:conformance:prompts:test_simple_prompt";

#[tokio::test]
async fn each_operation_is_challenged_with_its_complete_set_and_answers_the_full_token() {
    let site = Site::new(&registry(), &[LOW, FULL]);
    for (method, params, scopes) in [
        (
            "tools/call",
            json!({ "name": "test_simple_text", "arguments": {} }),
            "mcp:conformance:tools:call mcp:conformance:tools:test_simple_text",
        ),
        (
            "resources/read",
            json!({ "uri": "test://static-text" }),
            "mcp:conformance:resources:read mcp:conformance:resources:static",
        ),
        (
            "resources/read",
            json!({ "uri": "test://template/123/data" }),
            "mcp:conformance:resources:read mcp:conformance:resources:template:123",
        ),
        (
            "prompts/get",
            json!({ "name": "test_simple_prompt" }),
            "mcp:conformance:prompts:get mcp:conformance:prompts:test_simple_prompt",
        ),
    ] {
        let answer = site.ask(LOW, method, params.clone()).await;
        assert_eq!(answer.status, 403, "{method}");
        assert_eq!(answer.scope.as_deref(), Some(scopes), "{method}");
        assert!(site.ask(FULL, method, params).await.ran(), "{method}");
    }
    let other = json!({ "uri": "test://template/124/data" });
    let answer = site.ask(FULL, "resources/read", other).await;
    assert_eq!(answer.status, 403);
}
