//! Scopes of one notebook: names that a template of the catalog stands for.

use epicme::authorization_server::AuthorizationServer;
use serde_json::{Value, json};

use crate::support::{Browser, Client, RESOURCE, Server, WebSite, claims, key, parameter, set};

const ONE: &str = "notebooks:1:write";

#[tokio::test]
async fn a_concrete_name_is_described_granted_and_refreshed() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let browser = Browser::new(&server);
    let asked = client.authorize_url(&[("scope", "user:read notebooks:2:read notebooks:1:write")]);
    let page = browser.sign_in(&asked, "ada").await;
    let form = page.form();
    assert_eq!(form.values("scope"), ["user:read", "notebooks:2:read", ONE]);
    let text = page.main_text();
    assert!(text.contains("Read the entries of notebook 2."), "{text}");
    assert!(
        text.contains("Read and write entries in notebook 1, and rename it."),
        "{text}"
    );

    let form = form.without("scope", "notebooks:2:read");
    let allowed = browser.send(&form.with("decision", "allow")).await;
    let code = parameter(&allowed.location(), "code").unwrap();
    let answer = client.redeem(&code, &[]).await;
    let granted = set("user:read notebooks:1:write");
    assert_eq!(answer.scopes(), granted);
    let token = answer.text("access_token");
    assert_eq!(set(claims(token)["scope"].as_str().unwrap()), granted);
    assert_eq!(client.introspect(token).await.scopes(), granted);
    let refreshed = client.refresh(answer.text("refresh_token"), None).await;
    assert_eq!(refreshed.scopes(), granted);

    // The next request tells what is new.
    let wider = client.authorize_url(&[("scope", "notebooks:1:write notebooks:2:write")]);
    let text = browser.open(&wider).await.page().main_text();
    assert!(text.contains("notebooks:1:write allowed before"), "{text}");
    assert!(text.contains("notebooks:2:write new"), "{text}");
}

#[tokio::test]
async fn a_name_that_no_template_stands_for_is_not_offered() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let browser = Browser::new(&server);
    let mut asked = "user:read".to_owned();
    for name in [
        "notebooks:{notebook}:write",
        "notebooks::write",
        "notebooks:1:2:write",
        "notebooks:*:write",
        "notebooks:..:write",
        "notebooks:1:delete",
        "notebooks:1",
    ] {
        asked = format!("{asked} {name}");
    }
    let asked = client.authorize_url(&[("scope", &asked)]);
    let page = browser.sign_in(&asked, "ada").await;
    assert_eq!(page.form().values("scope"), ["user:read"]);
}

#[tokio::test]
async fn clients_can_ask_for_names_that_no_list_has() {
    let server = Server::start().await;
    let metadata = server.url("/.well-known/oauth-authorization-server");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let metadata: Value = http
        .get(metadata)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let listed = metadata["scopes_supported"].to_string();
    assert!(listed.contains("entries:write"), "{listed}");
    assert!(!listed.contains("notebooks"), "{listed}");
    let client = Client::register(&server).await;
    let code = client.code(&[("scope", ONE)]).await;
    assert_eq!(client.redeem(&code, &[]).await.scopes(), set(ONE));
}

#[tokio::test]
async fn a_client_is_registered_for_the_latest_of_many_names() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let code = client.code(&[("scope", ONE)]).await;
    let first = client.redeem(&code, &[]).await;
    for hundred in [2..=60, 61..=120] {
        let names: Vec<_> = hundred.map(|it| format!("notebooks:{it}:read")).collect();
        let code = client.code(&[("scope", &names.join(" "))]).await;
        let answer = client.redeem(&code, &[]).await;
        assert_eq!(answer.scopes(), set(&names.join(" ")));
        let refreshed = client.refresh(answer.text("refresh_token"), None).await;
        assert_eq!(refreshed.scopes(), set(&names.join(" ")));
    }
    let refreshed = client.refresh(first.text("refresh_token"), None).await;
    assert_eq!(refreshed.text("error"), "invalid_scope");
}

#[tokio::test]
async fn a_client_with_a_document_gets_concrete_names() {
    let document = json!({
        "client_id": "https://client.example:{port}/client.json",
        "client_name": "Notebook",
        "redirect_uris": ["http://127.0.0.1:7777/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    });
    let site = WebSite::with_document(&document.to_string()).await;
    let make = AuthorizationServer::dangerously_fetch_client_documents_with;
    let server = Server::start_with(|issuer| make(issuer, RESOURCE, key(), site.reader())).await;
    let client = Client::known_as(&server, &site.client_id());
    let code = client.code(&[("scope", ONE)]).await;
    let answer = client.redeem(&code, &[]).await;
    assert_eq!(answer.scopes(), set(ONE));
    let refreshed = client.refresh(answer.text("refresh_token"), None).await;
    assert_eq!(refreshed.scopes(), set(ONE));
}

#[tokio::test]
async fn a_token_is_minted_for_a_concrete_name_only() {
    let server = Server::start().await;
    let token = server.authorization.mint("ada", ONE).unwrap();
    assert_eq!(claims(&token)["scope"], ONE);
    for name in ["notebooks:{notebook}:write", "notebooks:1:delete"] {
        let error = server.authorization.mint("ada", name).unwrap_err();
        assert!(error.to_string().contains("unknown scope"), "{error}");
    }
}
