//! Tokens of stock authorization servers, and why others are rejected: with default settings, behind nginx.

use axum::Router;
use scopes_core::ResourceServer;
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::JwtVerifier;
use scopes_core::rmcp::protect;
use scopes_core::testing::Issuer;
use serde_json::json;

use crate::client::{call, check_resource_with, serve};
use crate::journal::Journal;
use crate::log::{lines_with, listen};
use crate::nginx::{Door, HOSTS, Nginx};

const ISSUER: &str = "https://login.journal.example/realms/journal";

struct Site {
    issuer: Issuer,
    nginx: Nginx,
    url: String,
}

/// The settings of production, with `issuer` in place of the authorization server.
async fn site(lines: &str) -> Site {
    let door = Door::choose();
    let url = format!("{}/mcp", door.origin);
    let issuer = Issuer::start_as(ISSUER).await.expect("an issuer");
    let server = ResourceServer::builder(&url)
        .authorization_server(ISSUER)
        .build()
        .expect("valid settings");
    let verifier = JwtVerifier::discover(&server, issuer.fetch()).await;
    let verifier = CachedVerifier::new(verifier.expect("keys"));
    let journal = protect(|| Ok(Journal), server, verifier).await;
    let app = serve(Router::from(journal.expect("everything is annotated"))).await;
    let nginx = door.forward(app, lines);
    Site { issuer, nginx, url }
}

/// The issuer of a test has the URL of production, and the tokens of stock servers need no setting.
#[tokio::test(flavor = "multi_thread")]
async fn stock_tokens_are_accepted_with_the_settings_of_production() {
    for lines in HOSTS {
        let Site { issuer, nginx, url } = site(lines).await;
        let token = |scope: &str| issuer.token(&url).scope(scope);
        let at_jwt = |scope: &str| token(scope).sign().expect("a token");
        let keycloak = |scope: &str| {
            let token = token(scope).without("client_id").header("typ", "JWT");
            let token = token.claim("typ", "Bearer").claim("azp", "inspector");
            token.sign().expect("a token")
        };
        let hydra = |scope: &str| {
            let scopes: Vec<_> = scope.split_whitespace().collect();
            let token = token("").without("scope").header("typ", "JWT");
            let token = token.claim("scp", scopes).claim("aud", json!([url]));
            token.sign().expect("a token")
        };
        for sign in [&at_jwt as &dyn Fn(&str) -> String, &keycloak, &hydra] {
            check_resource_with(&nginx.client, &url, &sign("entries:read"), &sign("")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reason_is_logged_with_what_to_change_and_clients_are_told_one_thing() {
    listen();
    for lines in HOSTS {
        let Site { issuer, nginx, url } = site(lines).await;
        let token = || issuer.token(&url).scope("entries:read");
        let untyped = || token().header("typ", "JWT");
        let slash = format!("{url}/");
        let issuer_slash = format!("{ISSUER}/");
        let expected = format!("expected `{url}`");
        for (token, reason, parts) in [
            (
                token().claim("aud", "account"),
                "wrong_audience",
                ["`aud` is `account`", &*expected],
            ),
            (
                token().claim("aud", &*slash),
                "wrong_audience",
                [&slash, &expected],
            ),
            (
                token().claim("iss", "https://other.example"),
                "wrong_issuer",
                ["`iss` is `https://other.example`", ISSUER],
            ),
            (
                token().claim("iss", &*issuer_slash),
                "wrong_issuer",
                [&issuer_slash, "`JwtVerifierBuilder::issuer`"],
            ),
            (
                token().without("client_id"),
                "missing_claim",
                ["no `client_id`", "`Issuer::profile`"],
            ),
            (
                token().without("jti"),
                "missing_claim",
                ["no `jti`", "`Issuer::profile`"],
            ),
            (
                untyped().without("scope").without("client_id"),
                "no_evidence",
                ["`scope`", "`client_id`"],
            ),
            (
                untyped().claim("nonce", "n").claim("at_hash", "h"),
                "not_access_token",
                ["ID token", "access token"],
            ),
        ] {
            let token = token.sign().expect("a token");
            check_rejected(&nginx, &url, &token, reason, &parts).await;
        }
        let parts = ["not a JWT", "`IntrospectionVerifier`"];
        check_rejected(&nginx, &url, "opaque", "not_jwt", &parts).await;
    }
}

async fn check_rejected(nginx: &Nginx, url: &str, token: &str, reason: &str, parts: &[&str]) {
    let answer = call(&nginx.client, url, Some(token), "count_entries").await;
    assert_eq!(answer.status, 401, "{reason}");
    let description = "The access token is not valid.";
    assert_eq!(answer.parameter("error"), Some("invalid_token"), "{reason}");
    assert_eq!(answer.parameter("error_description"), Some(description));
    assert_eq!(answer.json()["error_description"], description);

    let reason = format!("auth.reason=\"{reason}\"");
    let mut all = vec!["the token is rejected: ", &reason];
    all.extend(parts);
    assert!(!lines_with(&all).is_empty(), "{reason} {parts:?}");
    let first = lines_with(&["the token is rejected: ", &reason, "reason_count=1"]);
    assert!(first.iter().any(|line| line.contains(" WARN ")), "{reason}");
}
