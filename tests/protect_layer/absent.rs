//! Paths at which clients look for an authorization server.

use axum::Router;
use axum::routing::get;
use http::Request;
use scopes_core::tower::ProtectLayer;

use super::{application, ask, get_with, server, verifier};

const PROBED: [&str; 7] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/",
    "/.well-known/oauth-authorization-server/journal",
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/journal/a",
    "/register",
    "/register?a=b",
];

#[test]
fn a_client_that_looks_for_an_authorization_server_is_told_that_there_is_none() {
    for path in PROBED {
        for method in ["GET", "POST", "HEAD", "OPTIONS", "PUT"] {
            let request = Request::builder().method(method).uri(path);
            let answer = ask(application(), request);
            assert_eq!(answer.status, 404, "{method} {path}");
            assert_eq!(answer.header("www-authenticate"), None, "{path}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert_eq!(answer.json()["error"], "not_found");
            assert!(answer.json()["error_description"].is_string());
        }
        for token in ["Bearer reader", "Bearer stranger", "Bearer"] {
            let answer = ask(application(), get_with(path, token));
            assert_eq!(answer.status, 404, "{token} {path}");
        }
    }
}

#[test]
fn neighbouring_paths_need_a_token() {
    for path in [
        "/.well-known/oauth-authorization-servers",
        "/.well-known/oauth-protected-resources",
        "/.well-known/jwks.json",
        "/journal/.well-known/openid-configuration",
        "/.well-known",
        "/Register",
        "/register/",
        "/register/client",
        "/token",
        "/authorize",
    ] {
        assert_eq!(ask(application(), Request::get(path)).status, 401, "{path}");
    }
}

#[test]
fn pages_read_it_where_their_origin_is_allowed() {
    let of = |origin: &str| {
        let request = Request::get("/register").header("origin", origin);
        ask(application(), request)
    };
    let own = of("https://api.example.com");
    assert_eq!(own.status, 404);
    let allowed = own.header("access-control-allow-origin");
    assert_eq!(allowed, Some("https://api.example.com"));
    assert_eq!(of("https://mallory.example").status, 403);
    let elsewhere = Request::get("/register").header("host", "mallory.example");
    assert_eq!(ask(application(), elsewhere).status, 403);
}

#[test]
fn a_public_path_is_served() {
    let layer = ProtectLayer::new(server(), verifier()).public_path("/register");
    let application = Router::new()
        .route("/register", get(async || "here"))
        .layer(layer);
    assert_eq!(ask(application, Request::get("/register")).body, "here");
}
