//! Clients that are described by a document at their id.

use epicme::authorization_server::AuthorizationServer;
use serde_json::{Value, json};

use crate::support::{Browser, Client, RESOURCE, Server, WebSite, claims, key, set};

const REDIRECT_URI: &str = "http://localhost:50123/callback";

fn document() -> Value {
    json!({
        "client_id": "https://client.example:{port}/client.json",
        "client_name": "Notebook",
        "redirect_uris": ["http://localhost/callback"],
        "grant_types": ["authorization_code", "refresh_token", "urn:example:unknown"],
        "token_endpoint_auth_method": "none",
        "scope": "user:read something:else",
    })
}

async fn server(site: &WebSite) -> Server {
    let make = AuthorizationServer::dangerously_fetch_client_documents_with;
    Server::start_with(|issuer| make(issuer, RESOURCE, key(), site.reader())).await
}

#[tokio::test]
async fn a_client_is_known_by_its_document() {
    let site = WebSite::with_document(&document().to_string()).await;
    let server = server(&site).await;
    let id = site.client_id();
    let client = Client::known_as(&server, &id);
    let changes = [
        ("redirect_uri", REDIRECT_URI),
        ("scope", "user:read entries:write"),
    ];
    let page = Browser::new(&server)
        .sign_in(&client.authorize_url(&changes), "ada")
        .await;
    assert!(page.text.contains(&id));
    assert!(page.text.contains("Notebook"));

    let code = client.code(&changes).await;
    let answer = client
        .redeem(&code, &[("redirect_uri", REDIRECT_URI)])
        .await;
    assert_eq!(answer.scopes(), set("user:read entries:write"));
    assert_eq!(claims(answer.text("access_token"))["client_id"], id);
    let refreshed = client.refresh(answer.text("refresh_token"), None).await;
    assert_eq!(refreshed.status, 200);
    // However many pages were shown meanwhile.
    assert_eq!(site.asked(), 1);
}

#[tokio::test]
async fn a_document_that_is_not_right_is_a_page() {
    let with = |field: &str, value: Value| {
        let mut document = document();
        document[field] = value;
        document.to_string()
    };
    for (document, why) in [
        (
            with("client_id", json!("https://client.example/other.json")),
            "client_id",
        ),
        (with("client_id", Value::Null), "client_id"),
        (with("client_secret", json!("secret")), "client secret"),
        (
            with("token_endpoint_auth_method", json!("client_secret_basic")),
            "secret",
        ),
        (
            with("redirect_uris", json!(["http://mallory.example/callback"])),
            "redirect URI",
        ),
        (
            with("redirect_uris", json!(["javascript:alert(1)"])),
            "redirect URI",
        ),
        (with("redirect_uris", json!([])), "redirect_uri"),
        (with("x", json!("x".repeat(10_000))), "longer"),
        ("no JSON".to_owned(), "JSON"),
        ("[]".to_owned(), "JSON"),
        ("\"text\"".to_owned(), "JSON"),
    ] {
        let site = WebSite::with_document(&document).await;
        refused(&site, why).await;
    }
}

#[tokio::test]
async fn nothing_but_the_document_itself_will_do() {
    let document = document();
    for (response, why) in [
        (format!("HTTP/1.1 404 Not Found\r\n\r\n{document}"), "404"),
        (
            format!(
                "HTTP/1.1 302 Found\r\nlocation: https://client.example:{{port}}/client.json\r\n\r\n{document}"
            ),
            "302",
        ),
        ("no HTTP".to_owned(), "cannot be fetched"),
    ] {
        let site = WebSite::start(&response).await;
        refused(&site, why).await;
        assert_eq!(site.asked(), 1, "{why}");
    }
}

/// Asks for consent as the site's client, and expects a page that says why not.
async fn refused(site: &WebSite, why: &str) {
    let server = server(site).await;
    let client = Client::known_as(&server, &site.client_id());
    let url = client.authorize_url(&[("redirect_uri", REDIRECT_URI)]);
    let page = Browser::new(&server).open(&url).await.page();
    assert_eq!(page.status, 400, "{why}");
    let text = page.main_text();
    assert!(
        text.contains("is invalid") && text.contains(why),
        "{why}: {text}"
    );
    assert!(!page.text.contains("<form"));
}

#[tokio::test]
async fn documents_on_private_networks_are_not_fetched() {
    let server = Server::start().await;
    let site = WebSite::with_document(&document().to_string()).await;
    let port = site.client_id().split(':').nth(2).unwrap().to_owned();
    let (port, _) = port.split_once('/').unwrap();
    let browser = Browser::new(&server);
    for host in [
        "127.0.0.1",
        "[::1]",
        "localhost",
        "10.0.0.1",
        "169.254.169.254",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0.0.0.0",
    ] {
        let id = format!("https://{host}:{port}/client.json");
        let client = Client::known_as(&server, &id);
        let page = browser.open(&client.authorize_url(&[])).await.page();
        assert_eq!(page.status, 400, "{host}");
        assert!(page.text.contains("is invalid"), "{host}");
    }
    assert_eq!(site.asked(), 0);
}
