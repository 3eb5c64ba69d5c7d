//! Which paths need no token: whole subtrees, and paths in nested routers.

use axum::Router;
use axum::routing::get;
use http::Request;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;

use super::{ask, get_with, server, verifier};

fn protect() -> ProtectLayer<StaticVerifier> {
    ProtectLayer::new(server(), verifier())
}

/// Answers every path, as a server of files does.
fn files(layer: ProtectLayer<StaticVerifier>) -> Router {
    Router::new().fallback(get(async || "file")).layer(layer)
}

#[test]
fn a_prefix_opens_what_is_below_it() {
    for prefix in ["/assets", "/assets/"] {
        let app = files(protect().public_path_prefix(prefix));
        for path in [
            "/assets",
            "/assets/",
            "/assets/app.js",
            "/assets/a/b.css",
            "/assets/..a/.b",
            "/assets/app.js?../x",
        ] {
            assert_eq!(ask(app.clone(), Request::get(path)).body, "file", "{path}");
            let with_token = ask(app.clone(), get_with(path, "Bearer stranger"));
            assert_eq!(with_token.status, 200, "{path}");
        }
        for path in [
            "/",
            "/assets2",
            "/Assets/app.js",
            "/v1/assets/app.js",
            "//assets/app.js",
            "/assets/../journal",
            "/assets/./app.js",
            "/assets/..",
            "/assets//journal",
            "/assets/%2e%2e/journal",
            "/assets/.%2E/journal",
            "/assets/..%2fjournal",
            "/assets/..%5Cjournal",
            "/%61ssets/app.js",
        ] {
            assert_eq!(ask(app.clone(), Request::get(path)).status, 401, "{path}");
        }
    }
}

#[test]
fn the_root_as_a_prefix_opens_nothing() {
    for prefix in ["", "/", "//"] {
        let app = files(protect().public_path_prefix(prefix));
        for path in ["/", "/journal"] {
            assert_eq!(ask(app.clone(), Request::get(path)).status, 401, "{path}");
        }
    }
}

#[test]
fn in_a_nested_router_the_paths_are_those_of_its_routes() {
    let protect = protect()
        .public_path("/health")
        .public_path_prefix("/assets");
    let inner = Router::new()
        .route("/health", get(async || "well"))
        .route("/assets/{file}", get(async || "file"))
        .route("/journal", get(async || "secret"))
        .layer(protect);
    let app = Router::new().nest("/v1", inner);
    let get = |path: &str| ask(app.clone(), Request::get(path)).status.as_u16();
    assert_eq!(get("/v1/health"), 200);
    assert_eq!(get("/v1/assets/app.js"), 200);
    assert_eq!(get("/v1/journal"), 401);
}
