//! The metadata document, its well-known URL, and what JSON it reads.

#![allow(clippy::expect_used, reason = "a test may panic")]

use proptest::prelude::*;
use scopes_core::{
    OperationKind, ProtectedOperation, ProtectedResourceMetadata, Registry, Requirement,
    ResourceServer, ScopeSet, ScopesSupported,
};
use scopes_tests::vocabulary::Scope;
use serde_json::{Value, json};

fn registry() -> Registry {
    let operation = |name, requirement| {
        let requirement: &'static Requirement = Box::leak(Box::new(requirement));
        &*Box::leak(Box::new(ProtectedOperation::new(
            OperationKind::Tool,
            name,
            requirement,
        )))
    };
    [
        operation("write", Requirement::one(Scope::EntriesWrite)),
        operation(
            "read",
            Requirement::any([Scope::EntriesWrite, Scope::EntriesRead]),
        ),
        operation("audit", Requirement::any([Scope::Audit, Scope::Admin])),
        operation("health", Requirement::public()),
        operation("ping", Requirement::authenticated()),
    ]
    .into_iter()
    .collect()
}

fn builder() -> scopes_core::resource::ResourceServerBuilder {
    ResourceServer::builder("https://mcp.example.com/mcp")
        .authorization_server("https://auth.example.com")
        .registry(registry())
}

fn document(builder: scopes_core::resource::ResourceServerBuilder) -> Value {
    let server = builder.build().expect("valid settings");
    serde_json::to_value(server.metadata()).expect("metadata is JSON")
}

#[test]
fn annotations_alone_give_three_members() {
    assert_eq!(
        document(builder()),
        json!({
            "resource": "https://mcp.example.com/mcp",
            "authorization_servers": ["https://auth.example.com"],
            "scopes_supported": ["user:read", "entries:read", "entries:write", "admin"],
        }),
    );
}

#[test]
fn members_stand_in_the_order_of_the_rfc() {
    let server = builder()
        .describe(|metadata| {
            metadata
                .further
                .insert("x_contact".to_owned(), json!("ada@example.com"));
            metadata
                .further
                .insert("resource_name#fr".to_owned(), json!("Journal"));
            metadata.resource_name = Some("Diary".to_owned());
            metadata.bearer_methods_supported = vec!["header".to_owned()];
        })
        .build()
        .expect("valid settings");
    let text = serde_json::to_string(server.metadata()).expect("metadata is JSON");
    let places: Vec<_> = [
        "\"resource\"",
        "\"authorization_servers\"",
        "\"scopes_supported\"",
        "\"bearer_methods_supported\"",
        "\"resource_name\"",
        "\"resource_name#fr\"",
        "\"x_contact\"",
    ]
    .iter()
    .map(|member| text.find(member).expect("the member is there"))
    .collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn scopes_supported_is_a_setting() {
    let scopes =
        |supported| document(builder().scopes_supported(supported))["scopes_supported"].clone();
    assert_eq!(scopes(ScopesSupported::Baseline), json!(["user:read"]));
    let explicit: ScopeSet = "openid entries:read".parse().expect("valid");
    assert_eq!(
        scopes(ScopesSupported::Explicit(explicit)),
        json!(["openid", "entries:read"])
    );
    assert_eq!(scopes(ScopesSupported::Omitted), Value::Null);
    for refused in ["offline_access", "audit"] {
        let scopes = format!("entries:read {refused}");
        let explicit = ScopesSupported::Explicit(scopes.parse().expect("valid"));
        let error = builder().scopes_supported(explicit).build();
        let error = error.expect_err("refused");
        assert_eq!(error.problems().len(), 1, "{error}");
        assert_eq!(error.problems()[0].value(), refused);
    }
}

#[test]
fn nothing_empty_is_published() {
    let document = document(
        builder()
            .registry(Registry::default())
            .describe(|metadata| {
                metadata.resource_name = Some(String::new());
                metadata.further.insert("a".to_owned(), json!(null));
                metadata.further.insert("b".to_owned(), json!([]));
                metadata.further.insert("c".to_owned(), json!({}));
                metadata.further.insert("d".to_owned(), json!(false));
                // A field of the RFC cannot be overwritten from the side.
                metadata
                    .further
                    .insert("resource".to_owned(), json!("https://evil.example.com"));
            }),
    );
    assert_eq!(
        document,
        json!({
            "resource": "https://mcp.example.com/mcp",
            "authorization_servers": ["https://auth.example.com"],
            "d": false,
        }),
    );
}

#[test]
fn the_well_known_url_is_derived_by_insertion() {
    for (resource, metadata) in [
        (
            "https://h.example",
            "https://h.example/.well-known/oauth-protected-resource",
        ),
        (
            "https://h.example/",
            "https://h.example/.well-known/oauth-protected-resource",
        ),
        (
            "https://h.example/mcp",
            "https://h.example/.well-known/oauth-protected-resource/mcp",
        ),
        (
            "https://h.example/mcp/",
            "https://h.example/.well-known/oauth-protected-resource/mcp/",
        ),
        (
            "https://h.example:8443/a/b",
            "https://h.example:8443/.well-known/oauth-protected-resource/a/b",
        ),
        (
            "http://127.0.0.1:8788/mcp",
            "http://127.0.0.1:8788/.well-known/oauth-protected-resource/mcp",
        ),
        (
            "http://[::1]:8788/mcp",
            "http://[::1]:8788/.well-known/oauth-protected-resource/mcp",
        ),
    ] {
        let server = ResourceServer::builder(resource)
            .authorization_server("https://auth.example.com")
            .build()
            .expect("valid settings");
        assert_eq!(server.metadata_url(), metadata);
        assert_eq!(
            server.metadata().resource,
            resource,
            "kept character for character"
        );
    }
}

#[test]
fn documents_of_others_are_read() {
    let text = r#"{"resource":"https://r.example","authorization_servers":["https://a.example"],
        "scopes_supported":["b","a"],"dpop_bound_access_tokens_required":true,"x":{"y":[1]}}"#;
    let metadata: ProtectedResourceMetadata = serde_json::from_str(text).expect("valid");
    assert_eq!(metadata.scopes_supported.to_string(), "b a");
    assert_eq!(metadata.dpop_bound_access_tokens_required, Some(true));
    assert_eq!(metadata.further["x"], json!({ "y": [1] }));
    let written: Value = serde_json::to_value(&metadata).expect("metadata is JSON");
    assert_eq!(written, serde_json::from_str::<Value>(text).expect("valid"));

    for (text, named) in [
        ("{}", "resource"),
        (
            r#"{"resource":"r","scopes_supported":"a b"}"#,
            "scopes_supported",
        ),
        (
            r#"{"resource":"r","scopes_supported":["a b"]}"#,
            "scopes_supported",
        ),
        (r#"{"resource":"r","resource_name":7}"#, "resource_name"),
        (r#"{"resource":"r","jwks_uri":null}"#, "jwks_uri"),
    ] {
        let error = serde_json::from_str::<ProtectedResourceMetadata>(text).expect_err(text);
        assert!(error.to_string().contains(named), "{error}");
    }
}

proptest! {
    #[test]
    fn reading_is_the_inverse_of_writing(
        name in proptest::option::of("[a-zé ]{1,8}"),
        servers in proptest::collection::vec("https://[a-z]{1,8}", 1..3),
        scopes in proptest::collection::vec("[!#-\\[\\]-~]{1,8}", 0..4),
        bound in proptest::option::of(any::<bool>()),
    ) {
        let mut metadata = ProtectedResourceMetadata::default();
        metadata.resource = "https://r.example".to_owned();
        metadata.authorization_servers = servers;
        metadata.resource_name = name;
        metadata.scopes_supported = scopes.join(" ").parse().expect("valid");
        metadata.dpop_bound_access_tokens_required = bound;
        let text = serde_json::to_string(&metadata).expect("metadata is JSON");
        prop_assert_eq!(serde_json::from_str::<ProtectedResourceMetadata>(&text).expect("ours"), metadata);
    }
}
