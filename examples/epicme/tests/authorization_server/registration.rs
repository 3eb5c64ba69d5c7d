//! The registration of clients, and the metadata of the server.

use reqwest::{StatusCode, redirect};
use serde_json::{Value, json};

use crate::support::{ALL, Answer, REDIRECT_URI, Server, set};

async fn register(server: &Server, metadata: &Value) -> Answer {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    Answer::of(http.post(server.url("/register")).json(metadata)).await
}

#[tokio::test]
async fn redirect_uris_are_https_or_on_this_machine_or_of_an_app() {
    let server = Server::start().await;
    let status = async |uri: &str| {
        let metadata = json!({ "redirect_uris": [uri], "token_endpoint_auth_method": "none" });
        let answer = register(&server, &metadata).await;
        if answer.status != StatusCode::CREATED {
            assert_eq!(answer.text("error"), "invalid_redirect_uri", "{uri}");
        }
        answer.status
    };
    for good in [
        "https://client.example/callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:33418/",
        "http://localhost:3000/callback",
        "http://[::1]:3000/callback",
        "cursor://anysphere.cursor-retrieval/oauth/callback",
        "vscode://vscode.github-authentication/did-authenticate",
        "vscode-insiders://vscode.github-authentication/did-authenticate",
        "com.example.app:/callback",
        "https://claude.ai/api/mcp/auth_callback",
    ] {
        assert_eq!(status(good).await, StatusCode::CREATED, "{good}");
    }
    for bad in [
        "http://client.example/callback",
        "http://127.0.0.1.client.example/callback",
        "https://client.example/callback#fragment",
        "https://user:password@client.example/callback",
        "http://client.example@127.0.0.1/callback",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "jar:https://client.example/a!/",
        "search-ms:query=x",
        "ms-settings:privacy",
        "mailto:ada@client.example",
        "tel:1",
        "app:/callback",
        "app.:/callback",
        "com..app:/callback",
        "com.example.app:/callback#fragment",
        "cursor.://callback",
        "/callback",
        "callback",
        "",
        "https://client.example/with space",
        "https://client.example/caf\u{e9}",
    ] {
        assert_eq!(status(bad).await, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn a_client_is_registered_for_what_there_is() {
    let server = Server::start().await;
    // As an editor registers: a grant that is not there, and scopes that are not.
    let metadata = json!({
        "client_name": "Editor",
        "redirect_uris": ["http://127.0.0.1/", "https://editor.example/redirect"],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "scope": "openid user:read",
    });
    let answer = register(&server, &metadata).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    assert_eq!(
        answer.body["grant_types"],
        json!(["authorization_code", "refresh_token"])
    );
    assert_eq!(answer.scopes(), set(ALL));
    assert!(answer.body.get("client_secret").is_none());
    assert!(answer.body.get("registration_access_token").is_none());
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let server = Server::start().await;
    let many: Vec<String> = (1..100)
        .map(|port| format!("http://127.0.0.1:{port}/"))
        .collect();
    for metadata in [
        json!({ "redirect_uris": many }),
        json!({ "redirect_uris": [] }),
        json!({ "redirect_uris": [format!("https://client.example/{}", "a".repeat(3000))] }),
        json!({ "redirect_uris": [REDIRECT_URI], "client_name": "a".repeat(201) }),
        json!({ "redirect_uris": [REDIRECT_URI], "software_statement": "x.y.z" }),
        json!({ "redirect_uris": "https://client.example/callback" }),
        json!([]),
    ] {
        assert_eq!(
            register(&server, &metadata).await.status,
            StatusCode::BAD_REQUEST
        );
    }
    let large = json!({ "redirect_uris": [REDIRECT_URI], "x": "a".repeat(40_000) });
    assert_eq!(
        register(&server, &large).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test]
async fn the_first_unused_client_goes_when_there_are_too_many() {
    let server = Server::start().await;
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .build()
        .unwrap();
    let metadata = json!({ "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none" });
    let mut ids = Vec::new();
    for _ in 0..501 {
        let answer = Answer::of(http.post(server.url("/register")).json(&metadata)).await;
        ids.push(answer.text("client_id").to_owned());
    }
    let known = async |id: &String| {
        let url = server.url(&format!("/authorize?client_id={id}"));
        let response = http.get(url).send().await.unwrap();
        !response
            .text()
            .await
            .unwrap()
            .contains("not registered here")
    };
    assert!(!known(&ids[0]).await);
    assert!(known(&ids[1]).await);
    assert!(known(&ids[500]).await);
}

#[tokio::test]
async fn the_metadata_says_what_is_there() {
    let server = Server::start().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = server.url("/.well-known/oauth-authorization-server");
    let metadata = Answer::of(http.get(url)).await.body;
    let scopes: Vec<&str> = ALL.split(' ').collect();
    for (field, value) in [
        ("issuer", json!(server.issuer)),
        ("authorization_endpoint", json!(server.url("/authorize"))),
        ("token_endpoint", json!(server.url("/token"))),
        ("registration_endpoint", json!(server.url("/register"))),
        ("introspection_endpoint", json!(server.url("/introspect"))),
        ("revocation_endpoint", json!(server.url("/revoke"))),
        ("jwks_uri", json!(server.url("/jwks"))),
        ("scopes_supported", json!(scopes)),
        ("response_types_supported", json!(["code"])),
        (
            "grant_types_supported",
            json!(["authorization_code", "refresh_token"]),
        ),
        ("code_challenge_methods_supported", json!(["S256"])),
        (
            "authorization_response_iss_parameter_supported",
            json!(true),
        ),
        ("client_id_metadata_document_supported", json!(true)),
    ] {
        assert_eq!(metadata[field], value, "{field}");
    }
    let methods = metadata["token_endpoint_auth_methods_supported"]
        .as_array()
        .unwrap();
    assert!(methods.contains(&json!("none")));
    assert!(metadata.get("device_authorization_endpoint").is_none());
    assert!(
        metadata
            .as_object()
            .unwrap()
            .values()
            .all(|value| !value.is_null())
    );
}
