//! The server of one call behind nginx.

use std::time::Duration;

use axum::Router;
use reqwest::Client;
use scopes_core::rmcp::ProtectedServer;
use scopes_core::rmcp::protect;
use scopes_core::testing::StaticVerifier;

use crate::client::{call, call_in, check_resource, get, open_session, send, serve};
use crate::journal::{Journal, resource, verifier};
use crate::nginx::{Door, HOSTS, Nginx};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

async fn journal(url: &str) -> ProtectedServer<Journal, StaticVerifier> {
    let server = protect(|| Ok(Journal), resource(url), verifier()).await;
    server.expect("everything is annotated")
}

/// The README's server behind an nginx that forwards everything, with these lines.
async fn readme_server(lines: &str) -> (String, Nginx) {
    let door = Door::choose();
    let journal = journal(&format!("{}/mcp", door.origin)).await;
    let app = serve(Router::from(journal)).await;
    let nginx = door.forward(app, lines);
    (door.origin, nginx)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_server_stands_behind_nginx_with_and_without_its_host() {
    for lines in HOSTS {
        let (origin, nginx) = readme_server(lines).await;
        let url = format!("{origin}/mcp");
        check_resource(&nginx.client, &url).await;
        let stranger = call(&nginx.client, &url, None, "count_entries").await;
        assert_eq!(
            stranger.metadata_url(),
            format!("{origin}{WELL_KNOWN}/mcp"),
            "{lines}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_resource_are_allowed_and_others_are_not() {
    let (origin, nginx) = readme_server("").await;
    let from = async |page: &str| {
        let url = format!("{origin}/mcp");
        let request = nginx.client.get(url).header("origin", page);
        send(request).await
    };
    assert_eq!(from(&origin).await.status, 401);
    let foreign = from("https://mallory.example").await;
    assert_eq!((foreign.status, foreign.challenge), (403, None));
    assert!(foreign.body.contains("ProtectLayer::allow_origin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_the_proxy_makes_up_is_refused_with_the_setting_that_allows_it() {
    let door = Door::choose();
    let url = format!("{}/mcp", door.origin);
    let refusing = serve(Router::from(journal(&url).await)).await;
    let allowing = protect(|| Ok(Journal), resource(&url), verifier()).allow_host("app");
    let allowing = allowing.expect("a host").await.expect("a server");
    let allowing = serve(Router::from(allowing)).await;
    // nginx sends the name of the group, unless it is told another.
    for (server, lines, status) in [
        (refusing, "", 403),
        (refusing, "proxy_set_header Host $http_host;", 401),
        (allowing, "", 401),
    ] {
        let upstream = format!("upstream app {{ server {server}; }}");
        let location = format!("location / {{ proxy_pass http://app; {lines} }}");
        let nginx = door.open(&upstream, &location);
        let answer = get(&nginx.client, &url).await;
        assert_eq!(answer.status, status, "{lines}: {}", answer.body);
        let names_setting = answer.body.contains("ProtectLayer::allow_host");
        assert_eq!(names_setting, status == 403, "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_forwards_the_two_paths_is_enough() {
    for lines in HOSTS {
        let door = Door::choose();
        let url = format!("{}/mcp", door.origin);
        let app = serve(Router::from(journal(&url).await)).await;
        let locations = format!(
            "location = /mcp {{ proxy_pass http://{app}; {lines} }}
            location = {WELL_KNOWN}/mcp {{ proxy_pass http://{app}; {lines} }}"
        );
        let nginx = door.open("", &locations);
        check_resource(&nginx.client, &url).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_proxy_forwards_one_path_the_service_alone_is_enough() {
    for lines in HOSTS {
        let door = Door::choose();
        let url = format!("{}/mcp", door.origin);
        let service = journal(&url).await.service();
        let app = serve(Router::new().route_service("/mcp", service)).await;
        let location = format!("location = /mcp {{ proxy_pass http://{app}; {lines} }}");
        let nginx = door.open("", &location);
        check_resource(&nginx.client, &url).await;
        let stranger = call(&nginx.client, &url, None, "count_entries").await;
        let copy = format!("{url}?oauth-protected-resource");
        assert_eq!(stranger.metadata_url(), copy, "{lines}");
        let well_known = format!("{}{WELL_KNOWN}/mcp", door.origin);
        assert_eq!(get(&nginx.client, &well_known).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_may_take_a_prefix_off() {
    let door = Door::choose();
    let url = format!("{}/journal/mcp", door.origin);
    for is_metadata_forwarded in [false, true] {
        let journal = journal(&url).await;
        let routes = Router::new().route_service("/mcp", journal.service());
        let (routes, well_known) = if is_metadata_forwarded {
            (routes.merge(journal.metadata()), WELL_KNOWN)
        } else {
            (routes, "/nothing")
        };
        let app = serve(routes).await;
        let locations = format!(
            "location /journal/ {{ proxy_pass http://{app}/; }}
            location {well_known}/ {{ proxy_pass http://{app}; }}"
        );
        let nginx = door.open("", &locations);
        check_resource(&nginx.client, &url).await;
        let stranger = call(&nginx.client, &url, None, "count_entries").await;
        let is_well_known = stranger.metadata_url().contains(WELL_KNOWN);
        assert_eq!(is_well_known, is_metadata_forwarded);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_look_for_an_authorization_server_find_none() {
    let (origin, nginx) = readme_server("").await;
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/openid-configuration",
        "/mcp/.well-known/openid-configuration",
        "/register",
    ] {
        let answer = get(&nginx.client, &format!("{origin}{path}")).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.challenge, None, "{path}");
    }
}

/// nginx buffers answers unless it is told not to, by its configuration or by the server.
#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_while_their_stream_is_open() {
    let (origin, nginx) = readme_server("").await;
    let url = format!("{origin}/mcp");
    let session = open_session(&nginx.client, &url, "reader").await;
    let request = nginx.client.get(&url).bearer_auth("reader");
    let request = request
        .header("accept", "text/event-stream")
        .header("mcp-session-id", session)
        .header("mcp-protocol-version", "2025-06-18");
    let mut stream = request.send().await.expect("an answer");
    assert_eq!(stream.status(), 200);
    let event = tokio::time::timeout(Duration::from_secs(10), stream.chunk()).await;
    let event = event.expect("an event in time").expect("a chunk");
    assert!(event.is_some_and(|event| !event.is_empty()));
}

/// Sessions live in one process.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_several_instances_need_a_sticky_proxy() {
    let door = Door::choose();
    let url = format!("{}/mcp", door.origin);
    let one = serve(Router::from(journal(&url).await)).await;
    let other = serve(Router::from(journal(&url).await)).await;
    let location = "location / { proxy_pass http://app; proxy_set_header Host $http_host; }";
    let calls = async |client: &Client, session: &str| {
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(call_in(client, &url, session, "reader").await);
        }
        statuses
    };

    let sticky = format!("upstream app {{ ip_hash; server {one}; server {other}; }}");
    let nginx = door.open(&sticky, location);
    let session = open_session(&nginx.client, &url, "reader").await;
    assert_eq!(calls(&nginx.client, &session).await, [200; 4]);
    drop(nginx);

    // The other instance does not know the session, and the client opens a new one.
    let in_turn = format!("upstream app {{ server {one}; server {other}; }}");
    let nginx = door.open(&in_turn, location);
    let mut statuses = calls(&nginx.client, &session).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 404, 404]);
}

/// The blocks of nginx configuration in the guide, with `app` as the address of the server: two of the page
/// on reverse proxies, and one of that on several instances.
fn blocks_of_the_guide(app: &str) -> Vec<String> {
    let page = concat!(
        include_str!("../../docs/guide/reverse-proxy.md"),
        include_str!("../../docs/guide/deployment.md"),
    );
    let blocks = page.split("```nginx\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().expect("a block"));
    let blocks = blocks.map(|block| block.replace("127.0.0.1:8788", app));
    blocks.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configurations_of_the_guide_work() {
    let door = Door::choose();
    let url = format!("{}/mcp", door.origin);
    let app = serve(Router::from(journal(&url).await)).await;
    let [paths, _, upstream] = &blocks_of_the_guide(&app.to_string())[..] else {
        panic!("three blocks");
    };
    let nginx = door.open("", paths);
    check_resource(&nginx.client, &url).await;
    drop(nginx);
    let paths = paths.replace(&app.to_string(), "journal");
    let nginx = door.open(&upstream.replace("127.0.0.1:8789", "127.0.0.1:1"), &paths);
    check_resource(&nginx.client, &url).await;
    drop(nginx);

    let url = format!("{}/journal/mcp", door.origin);
    let journal = journal(&url).await;
    let routes = Router::new().route_service("/mcp", journal.service());
    let app = serve(routes.merge(journal.metadata())).await;
    let nginx = door.open("", &blocks_of_the_guide(&app.to_string())[1]);
    check_resource(&nginx.client, &url).await;
    let stranger = call(&nginx.client, &url, None, "count_entries").await;
    assert!(stranger.metadata_url().contains(WELL_KNOWN));
}
