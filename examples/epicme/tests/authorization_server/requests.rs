//! Authorization requests, and the errors that go to the client or to the user.

use serde_json::json;

use crate::support::{ALL, Browser, Client, REDIRECT_URI, Server, parameter, set};

/// Returns the error that the client receives for a request with these changes.
async fn refused(client: &Client<'_>, server: &Server, changes: &[(&str, &str)]) -> String {
    let browser = Browser::new(server);
    let location = browser
        .open(&client.authorize_url(changes))
        .await
        .location();
    assert!(
        location.starts_with(&format!("{REDIRECT_URI}?")),
        "{location}"
    );
    assert_eq!(parameter(&location, "state").unwrap(), "a state");
    assert_eq!(parameter(&location, "iss").unwrap(), server.issuer);
    parameter(&location, "error").unwrap()
}

#[tokio::test]
async fn the_client_hears_what_is_wrong_with_its_request() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    for (changes, error) in [
        (
            vec![("code_challenge", ""), ("code_challenge_method", "")],
            "invalid_request",
        ),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge", "short")], "invalid_request"),
        (
            vec![("response_type", "token")],
            "unsupported_response_type",
        ),
        (
            vec![("resource", "http://127.0.0.1:8788/other")],
            "invalid_target",
        ),
        (vec![("resource", "not a URI")], "invalid_target"),
        (vec![("scope", "entires:read")], "invalid_scope"),
    ] {
        assert_eq!(
            refused(&client, &server, &changes).await,
            error,
            "{changes:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_client_or_redirect_uri_gets_a_page() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let browser = Browser::new(&server);
    for changes in [
        vec![("client_id", "nobody")],
        vec![("client_id", "")],
        vec![("redirect_uri", "https://mallory.example/callback")],
        vec![("redirect_uri", "http://127.0.0.1:7777/other")],
        vec![("redirect_uri", "http://127.0.0.1:7777/callback/")],
        vec![("redirect_uri", "http://127.0.0.1:7777/callback?x=1")],
        vec![("redirect_uri", "http://localhost:7777/callback")],
        vec![(
            "redirect_uri",
            "http://127.0.0.1.mallory.example:7777/callback",
        )],
        vec![("redirect_uri", "http://127.0.0.1@mallory.example/callback")],
        vec![(
            "redirect_uri",
            "http://mallory.example:80@127.0.0.1:7777/callback",
        )],
        // Parameters that are there twice, wrong or not.
        vec![("state", ""), ("state", "one"), ("client_id", "nobody")],
    ] {
        let page = browser.open(&client.authorize_url(&changes)).await.page();
        assert_eq!(page.status, 400, "{changes:?}");
        assert!(!page.text.contains("<form"), "{changes:?}");
    }
    let twice = format!("{}&state=another", client.authorize_url(&[]));
    assert_eq!(browser.open(&twice).await.page().status, 400);
}

#[tokio::test]
async fn a_program_on_this_machine_comes_with_any_port() {
    let server = Server::start().await;
    for registered in [
        "http://localhost/callback",
        "http://127.0.0.1:1/callback",
        "http://[::1]/callback",
    ] {
        let metadata = json!({
            "redirect_uris": [registered],
            "token_endpoint_auth_method": "none",
        });
        let client = Client::register_as(&server, &metadata).await;
        let mut uri = reqwest::Url::parse(registered).unwrap();
        uri.set_port(Some(50_123)).unwrap();
        let code = client.code(&[("redirect_uri", uri.as_str())]).await;
        // The code is bound to that port.
        let wrong = client.redeem(&code, &[("redirect_uri", registered)]).await;
        assert_eq!(wrong.text("error"), "invalid_grant");

        let code = client.code(&[("redirect_uri", uri.as_str())]).await;
        let answer = client
            .redeem(&code, &[("redirect_uri", uri.as_str())])
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

#[tokio::test]
async fn a_client_may_ask_for_more_than_it_registered_with() {
    let server = Server::start().await;
    // It registered with `user:read` only.
    let client = Client::register(&server).await;
    let code = client.code(&[("scope", ALL)]).await;
    assert_eq!(client.redeem(&code, &[]).await.scopes(), set(ALL));
}

#[tokio::test]
async fn scopes_of_others_are_passed_over_and_none_is_the_baseline() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    for (asked, granted) in [
        ("openid entries:read offline_access", "entries:read"),
        ("entries:read entries:read", "entries:read"),
        ("", "user:read"),
    ] {
        let code = client.code(&[("scope", asked)]).await;
        assert_eq!(
            client.redeem(&code, &[]).await.scopes(),
            set(granted),
            "{asked:?}"
        );
    }
}

#[tokio::test]
async fn the_resource_may_be_left_out() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let code = client.code(&[("resource", "")]).await;
    let answer = client.redeem(&code, &[("resource", "")]).await;
    let answer = client.introspect(answer.text("access_token")).await;
    assert_eq!(answer.body["active"], true);
}
