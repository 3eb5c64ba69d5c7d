//! The server of one call, mounted whole or in part.

use axum::Router;
use axum::routing::get;
use reqwest::Client;
use scopes_core::rmcp::{ProtectedServer, ProtectedServers, protect};
use scopes_core::testing::StaticVerifier;
use tokio::net::TcpListener;

use crate::client::{call, check_resource, get as fetch};
use crate::journal::{Journal, Photos, builder, resource, verifier};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

type Server = ProtectedServer<Journal, StaticVerifier>;
type Mount = fn(Server) -> Router;

async fn journal(url: &str) -> Server {
    let server = protect(|| Ok(Journal), resource(url), verifier()).await;
    server.expect("everything is annotated")
}

/// Serves what `mount` makes of the journal whose resource is at `path`; returns the origin.
async fn serve(path: &str, mount: impl FnOnce(Server) -> Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let app = mount(journal(&format!("{origin}{path}")).await);
    tokio::spawn(async move { axum::serve(listener, app).await });
    origin
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_server_is_merged_whole() {
    let client = Client::new();
    for path in ["/mcp", "/v1/journal/mcp", "/mcp/"] {
        let origin = serve(path, |journal| {
            let health = Router::new().route("/health", get(async || "well"));
            health.merge(journal)
        })
        .await;
        let url = format!("{origin}{path}");
        check_resource(&client, &url).await;
        let stranger = call(&client, &url, None, "count_entries").await;
        let bare = path.trim_end_matches('/');
        assert_eq!(
            stranger.metadata_url(),
            format!("{origin}{WELL_KNOWN}{path}")
        );
        for path in [bare, &format!("{bare}/"), ""] {
            let metadata = fetch(&client, &format!("{origin}{WELL_KNOWN}{path}")).await;
            assert_eq!(metadata.json()["resource"], url, "{path}");
        }
        assert_eq!(
            fetch(&client, &format!("{origin}/health")).await.body,
            "well"
        );
        assert_eq!(fetch(&client, &format!("{origin}/other")).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_without_a_path_is_the_root() {
    let origin = serve("", Router::from).await;
    check_resource(&Client::new(), &origin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_service_alone_is_mounted_the_challenge_names_a_copy() {
    let client = Client::new();
    let mounts: [(&str, Mount); 4] = [
        ("/mcp", |journal| {
            Router::new().route_service("/mcp", journal.service())
        }),
        ("/mcp", |journal| {
            Router::new().nest_service("/mcp", journal.service())
        }),
        ("/v1/mcp", |journal| {
            let inner = Router::new().route_service("/mcp", journal.service());
            Router::new().nest("/v1", inner)
        }),
        ("/anything", |journal| {
            Router::new().fallback_service(journal.service())
        }),
    ];
    for (path, mount) in mounts {
        let origin = serve(path, mount).await;
        let url = format!("{origin}{path}");
        check_resource(&client, &url).await;
        let stranger = call(&client, &url, None, "count_entries").await;
        let copy = format!("{url}?oauth-protected-resource");
        assert_eq!(stranger.metadata_url(), copy);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn service_and_metadata_can_be_mounted_apart() {
    let origin = serve("/v1/mcp", |journal| {
        let inner = Router::new().route_service("/mcp", journal.service());
        Router::new().nest("/v1", inner).merge(journal.metadata())
    })
    .await;
    let (client, url) = (Client::new(), format!("{origin}/v1/mcp"));
    check_resource(&client, &url).await;
    let stranger = call(&client, &url, None, "count_entries").await;
    assert_eq!(
        stranger.metadata_url(),
        format!("{origin}{WELL_KNOWN}/v1/mcp")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_of_one_program_share_a_host() {
    two_servers_share_a_host(|journal, photos| {
        Router::new()
            .route_service("/journal", journal.service())
            .route_service("/photos", photos.service())
            .merge(journal.metadata().merge(photos.metadata()))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_whole_servers_are_merged() {
    two_servers_share_a_host(|journal, photos| {
        let both = ProtectedServers::new().with(&journal);
        let both = both.and_then(|servers| servers.with(&photos));
        Router::new().merge(both.expect("each has a path of its own"))
    })
    .await;

    let servers = ProtectedServers::new().with(&journal("https://one.example.com/mcp").await);
    let other = journal("https://other.example.com/mcp").await;
    let error = servers.and_then(|servers| servers.with(&other));
    assert_eq!(error.expect_err("the same path").path(), "/mcp");
}

async fn two_servers_share_a_host(
    mount: impl FnOnce(Server, ProtectedServer<Photos, StaticVerifier>) -> Router,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let journal = journal(&format!("{origin}/journal")).await;
    let photos = builder(&format!("{origin}/photos")).name("photos").build();
    let photos = protect(|| Ok(Photos), photos.expect("valid settings"), verifier());
    let photos = photos.await.expect("everything is annotated");
    let app = mount(journal, photos);
    tokio::spawn(async move { axum::serve(listener, app).await });

    let client = Client::new();
    check_resource(&client, &format!("{origin}/journal")).await;
    let url = format!("{origin}/photos");
    let stranger = call(&client, &url, None, "count_photos").await;
    assert_eq!(
        stranger.metadata_url(),
        format!("{origin}{WELL_KNOWN}/photos")
    );
    let metadata = fetch(&client, stranger.metadata_url()).await.json();
    assert_eq!(metadata["resource"], url);
    let counted = call(&client, &url, Some("nothing"), "count_photos").await;
    assert!(counted.body.contains('7'), "{}", counted.body);
    // Neither serves a tool of the other.
    let other = call(&client, &url, Some("reader"), "count_entries").await;
    assert!(!other.body.contains("42"), "{}", other.body);
    assert_eq!(
        fetch(&client, &format!("{origin}{WELL_KNOWN}"))
            .await
            .status,
        404
    );
}
