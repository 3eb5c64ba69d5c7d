//! The layer alone behind nginx, put around a router in every way.

use axum::Router;
use axum::routing::get;
use scopes_core::mcp::GateLayer;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{AuthorizeError, Registry, requires_scopes};

use crate::client::{get as fetch, send, serve};
use crate::journal::{Scope, resource, verifier};
use crate::log::{lines_with, listen};
use crate::nginx::{Door, HOSTS};

#[requires_scopes("entries:read", catalog = Scope, unlisted)]
async fn list_entries() -> Result<&'static str, AuthorizeError> {
    Ok("Dear diary")
}

type Protect = ProtectLayer<StaticVerifier>;
type Place = fn(Protect) -> Router;

/// The ways to put the layer around the resource `/v1/journal`.
fn placements() -> [(&'static str, Place); 6] {
    [
        ("around everything", |protect| {
            Router::new()
                .route("/v1/journal", get(list_entries))
                .layer(protect)
        }),
        ("nested", |protect| {
            let inner = Router::new().route("/journal", get(list_entries));
            Router::new().nest("/v1", inner.layer(protect))
        }),
        ("merged before another router", |protect| {
            let other = Router::new().route("/other", get(async || "other"));
            Router::new()
                .route("/v1/journal", get(list_entries))
                .layer(protect)
                .merge(other)
        }),
        ("a route layer", |protect| {
            Router::new()
                .route("/v1/journal", get(list_entries))
                .route_layer(protect)
        }),
        ("on the service itself", |protect| {
            Router::new().route("/v1/journal", get(list_entries).layer(protect))
        }),
        ("behind a fallback", |protect| {
            let inner = Router::new()
                .route("/v1/journal", get(list_entries))
                .layer(protect);
            Router::new()
                .route("/other", get(async || "other"))
                .fallback_service(inner)
        }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metadata_of_a_challenge_is_there_wherever_the_layer_is_put() {
    for (placement, place) in placements() {
        for is_mounted in [false, true] {
            let door = Door::choose();
            let url = format!("{}/v1/journal", door.origin);
            let protect = ProtectLayer::new(resource(&url), verifier());
            let app = place(protect.clone());
            let app = if is_mounted {
                app.merge(protect.metadata())
            } else {
                app
            };
            let app = serve(app).await;
            let nginx = door.forward(app, "");
            let stranger = fetch(&nginx.client, &url).await;
            assert_eq!(stranger.status, 401, "{placement}");
            let is_well_known = stranger.metadata_url().contains("/.well-known/");
            assert_eq!(is_well_known, is_mounted, "{placement}");
            let metadata = fetch(&nginx.client, stranger.metadata_url()).await;
            assert_eq!(metadata.status, 200, "{placement}");
            assert_eq!(metadata.json()["resource"], url, "{placement}");
            let reader = send(nginx.client.get(&url).bearer_auth("reader")).await;
            assert_eq!(reader.body, "Dear diary", "{placement}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_layered_routers_answer_each_for_itself() {
    let door = Door::choose();
    let layered = |path: &str| {
        let url = format!("{}{path}", door.origin);
        let protect = ProtectLayer::new(resource(&url), verifier());
        let router = Router::new().route(path, get(list_entries));
        router.layer(protect)
    };
    let app = serve(layered("/journal").merge(layered("/photos"))).await;
    let nginx = door.forward(app, "");
    for path in ["/journal", "/photos"] {
        let url = format!("{}{path}", door.origin);
        let stranger = fetch(&nginx.client, &url).await;
        let metadata = fetch(&nginx.client, stranger.metadata_url()).await;
        assert_eq!(metadata.json()["resource"], url);
    }
    let of_journal = format!(
        "{}/.well-known/oauth-protected-resource/journal",
        door.origin
    );
    assert_eq!(fetch(&nginx.client, &of_journal).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_checks_of_a_nested_router_need_no_token() {
    let door = Door::choose();
    let url = format!("{}/v1/journal", door.origin);
    let protect = ProtectLayer::new(resource(&url), verifier())
        .public_path("/health")
        .public_path_prefix("/assets");
    let inner = Router::new()
        .route("/journal", get(list_entries))
        .route("/health", get(async || "well"))
        .route("/assets/{file}", get(async || "file"));
    let app = serve(Router::new().nest("/v1", inner.layer(protect))).await;
    let nginx = door.forward(app, "");
    for (path, status) in [
        ("/v1/health", 200),
        ("/v1/assets/app.js", 200),
        ("/v1/journal", 401),
    ] {
        let answer = fetch(&nginx.client, &format!("{}{path}", door.origin)).await;
        assert_eq!(answer.status, status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_without_a_layer_refuses_everybody_and_the_operator_is_told() {
    listen();
    for lines in HOSTS {
        let door = Door::choose();
        let gate = GateLayer::new(&Registry::default());
        let mcp = axum::routing::any(async || "executed").layer(gate);
        let app = serve(Router::new().route("/mcp", mcp)).await;
        let nginx = door.forward(app, lines);
        let url = format!("{}/mcp", door.origin);
        let answer = send(nginx.client.get(url).bearer_auth("reader")).await;
        assert_eq!(answer.status, 401);
        assert!(!answer.body.contains("executed"));
        let said = lines_with(&[" WARN ", "no `ProtectLayer`", "scopes_core::rmcp::protect"]);
        assert!(!said.is_empty());
    }
}
