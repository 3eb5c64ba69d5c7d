//! Lifetimes of codes, tokens and clients, by a clock that the test moves.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::{Client, REDIRECT_URI, Server, TestClock};

// In seconds.
const SECOND: u64 = 1;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Returns whether the server still knows the client: it shows the user a page, not a problem.
async fn is_registered(client: &Client<'_>) -> bool {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let page = http.get(client.authorize_url(&[])).send().await.unwrap();
    page.status() == StatusCode::OK
}

#[tokio::test]
async fn a_code_expires_after_a_minute() {
    let clock = TestClock::new();
    let server = Server::start_with_clock(&clock).await;
    let client = Client::register(&server).await;
    let in_time = client.code(&[]).await;
    clock.advance(MINUTE - SECOND);
    let answer = client.redeem(&in_time, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let late = client.code(&[]).await;
    clock.advance(MINUTE);
    let answer = client.redeem(&late, &[]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    assert_eq!(answer.text("error"), "invalid_grant");
}

#[tokio::test]
async fn an_access_token_expires_after_an_hour() {
    let clock = TestClock::new();
    let server = Server::start_with_clock(&clock).await;
    let client = Client::register(&server).await;
    let tokens = client.redeem(&client.code(&[]).await, &[]).await;
    let token = tokens.text("access_token");
    clock.advance(HOUR - SECOND);
    assert_eq!(client.introspect(token).await.body["active"], true);
    clock.advance(SECOND);
    let answer = client.introspect(token).await;
    assert_eq!(answer.body, json!({ "active": false }));
}

/// Also of a client that never refreshes in between, which the server has to keep for as long.
#[tokio::test]
async fn a_refresh_token_expires_a_day_after_the_code() {
    let clock = TestClock::new();
    let server = Server::start_with_clock(&clock).await;
    let client = Client::register(&server).await;
    let tokens = client.redeem(&client.code(&[]).await, &[]).await;
    clock.advance(DAY - SECOND);
    let refreshed = client.refresh(tokens.text("refresh_token"), None).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{refreshed:?}");
    clock.advance(SECOND);
    let late = client.refresh(refreshed.text("refresh_token"), None).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST, "{late:?}");
    assert_eq!(late.text("error"), "invalid_grant");
}

#[tokio::test]
async fn a_session_of_a_user_expires_after_eight_hours() {
    let clock = TestClock::new();
    let server = Server::start_with_clock(&clock).await;
    let client = Client::register(&server).await;
    let browser = crate::support::Browser::new(&server);
    browser.sign_in(&client.authorize_url(&[]), "ada").await;
    client.redeem(&client.code(&[]).await, &[]).await;
    let shown = || async { browser.open(&client.authorize_url(&[])).await.page() };
    clock.advance(8 * HOUR - SECOND);
    assert!(!shown().await.text.contains("name=\"login\""));
    clock.advance(SECOND);
    assert!(shown().await.text.contains("name=\"login\""));
}

/// An unused client is kept for an hour, and a client in use until its code or tokens expire.
#[tokio::test]
async fn a_client_is_forgotten_when_nothing_of_it_is_valid() {
    let without_refresh_tokens = json!({
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "none",
    });
    let clock = TestClock::new();
    let server = Server::start_with_clock(&clock).await;
    let unused = Client::register(&server).await;
    let with_code = Client::register(&server).await;
    let with_access_token = Client::register_as(&server, &without_refresh_tokens).await;
    let with_refresh_token = Client::register(&server).await;
    let refreshed = Client::register(&server).await;
    let clients = [
        &unused,
        &with_code,
        &with_access_token,
        &with_refresh_token,
        &refreshed,
    ];
    let registered = || async {
        let mut registered = Vec::new();
        for client in clients {
            registered.push(is_registered(client).await);
        }
        registered
    };
    clock.advance(HOUR - MINUTE);
    with_code.code(&[]).await;
    for client in [&with_access_token, &with_refresh_token] {
        client.redeem(&client.code(&[]).await, &[]).await;
    }
    let code = refreshed.code(&[]).await;
    let tokens = refreshed.redeem(&code, &[]).await;
    let kept = |kept: [bool; 5]| kept.to_vec();
    clock.advance(MINUTE - SECOND);
    assert_eq!(registered().await, kept([true; 5]));
    // The sweep, of which there is one a minute, is due.
    clock.advance(MINUTE);
    let after_an_hour = kept([false, false, true, true, true]);
    assert_eq!(registered().await, after_an_hour);
    clock.advance(HOUR - 2 * MINUTE);
    assert_eq!(registered().await, after_an_hour);
    clock.advance(MINUTE);
    let after_two_hours = kept([false, false, false, true, true]);
    assert_eq!(registered().await, after_two_hours);
    // The access token of this refresh is valid for longer than the grant.
    clock.advance(DAY - HOUR - 2 * MINUTE);
    let last = refreshed.refresh(tokens.text("refresh_token"), None).await;
    assert_eq!(last.status, StatusCode::OK, "{last:?}");
    clock.advance(2 * MINUTE);
    assert_eq!(registered().await, kept([false, false, false, false, true]));
    clock.advance(HOUR);
    assert_eq!(registered().await, kept([false; 5]));
}
