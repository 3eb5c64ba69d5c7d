//! The metadata that a challenge names is found, wherever the layer is put.

use axum::Router;
use axum::routing::{any, get};
use http::Request;
use scopes_core::resource::ResourceServerSetting;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::{MetadataService, ProtectLayer};
use scopes_core::{Registry, ResourceServer};
use serde_json::json;
use tower::Layer as _;

use super::{Answer, ask, get_with, list_entries, verifier};

const HOST: &str = "https://api.example.com";
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

type Protect = ProtectLayer<StaticVerifier>;

fn protect(path: &str) -> Protect {
    ProtectLayer::new(resource(path, None), verifier())
}

fn resource(path: &str, metadata_url: Option<&str>) -> ResourceServer {
    let builder = ResourceServer::builder(format!("{HOST}{path}"))
        .authorization_server("https://auth.example.com")
        .registry(Registry::default());
    let builder = match metadata_url {
        Some(url) => builder.metadata_url(url),
        None => builder,
    };
    builder.build().expect("valid settings")
}

/// The URL of the metadata in the challenge for a request without a token.
fn challenged(app: &Router, path: &str) -> String {
    let answer = ask(app.clone(), Request::get(path));
    assert_eq!(answer.status, 401, "{path}");
    let challenge = answer.header("www-authenticate").expect("a challenge");
    let url = challenge.strip_prefix("Bearer resource_metadata=\"");
    let url = url.and_then(|rest| rest.strip_suffix('"'));
    url.expect(challenge).to_owned()
}

/// The document at a URL of the host.
fn document(app: &Router, url: &str) -> Answer {
    let path = url.strip_prefix(HOST).expect(url);
    ask(app.clone(), Request::get(path))
}

/// Every way to put a layer around the resource `/v1/journal`, without a service for its metadata.
fn placements() -> [(&'static str, Router); 8] {
    let path = "/v1/journal";
    let route = || Router::new().route(path, get(list_entries));
    let other = || Router::new().route("/other", get(async || "other"));
    let inner = Router::new().route("/journal", get(list_entries));
    let service = protect(path).layer(get(list_entries));
    [
        ("around everything", route().layer(protect(path))),
        (
            "in a nested router",
            Router::new().nest("/v1", inner.layer(protect(path))),
        ),
        (
            "merged before another router",
            route().layer(protect(path)).merge(other()),
        ),
        (
            "merged after another router",
            other().merge(route().layer(protect(path))),
        ),
        ("a route layer", route().route_layer(protect(path))),
        (
            "on the service itself",
            Router::new().route_service(path, service.clone()),
        ),
        (
            "a nested service",
            Router::new().nest_service(path, service.clone()),
        ),
        ("a fallback", other().fallback_service(service)),
    ]
}

#[test]
fn wherever_the_layer_is_put_the_challenge_names_metadata_that_is_there() {
    for (placement, app) in placements() {
        let url = challenged(&app, "/v1/journal");
        let found = document(&app, &url);
        assert_eq!(found.status, 200, "{placement}: {url}");
        assert_eq!(
            found.json()["resource"],
            "https://api.example.com/v1/journal"
        );
        assert_eq!(found.header("access-control-allow-origin"), Some("*"));
        let refused = ask(app, get_with("/v1/journal", "Bearer nothing"));
        let challenge = refused.header("www-authenticate").expect(placement);
        assert!(challenge.contains(&url), "{placement}: {challenge}");
    }
}

#[test]
fn beside_a_metadata_service_the_challenge_names_the_well_known_url() {
    let protect = protect("/v1/journal");
    let inner = Router::new().route("/journal", get(list_entries));
    let app = Router::new()
        .nest("/v1", inner.layer(protect.clone()))
        .merge(protect.metadata());
    let url = challenged(&app, "/v1/journal");
    assert_eq!(url, format!("{HOST}{WELL_KNOWN}/v1/journal"));
    for path in ["/v1/journal", "/v1/journal/", "", "/"] {
        let found = document(&app, &format!("{HOST}{WELL_KNOWN}{path}"));
        let expected = if path == "/" { 404 } else { 200 };
        assert_eq!(found.status, expected, "{path}");
    }
}

#[test]
fn only_requests_that_read_get_the_copy() {
    let path = "/journal?oauth-protected-resource";
    let app = Router::new()
        .route("/journal", any(async || "executed"))
        .layer(protect("/journal"));
    for (method, status) in [
        ("GET", 200),
        ("HEAD", 200),
        ("OPTIONS", 204),
        ("POST", 401),
        ("DELETE", 401),
    ] {
        let answer = ask(app.clone(), Request::builder().method(method).uri(path));
        assert_eq!(answer.status, status, "{method}");
    }
    for query in [
        "oauth-protected-resource=",
        "oauth-protected-resource&a",
        "a&oauth-protected-resource",
        "OAuth-Protected-Resource",
        "",
    ] {
        let answer = ask(app.clone(), Request::get(format!("/journal?{query}")));
        assert_eq!(answer.status, 401, "{query}");
    }
    // Clients in pages and behind other names read it too.
    let elsewhere = Request::get(path)
        .header("origin", "https://client.example")
        .header("host", "other.example");
    assert_eq!(ask(app, elsewhere).status, 200);
}

#[test]
fn two_layered_routers_do_not_answer_for_each_other() {
    let layered = |path| {
        let route = Router::new().route(path, get(list_entries));
        route.layer(protect(path))
    };
    let app = layered("/journal").merge(layered("/photos"));
    for path in ["/journal", "/photos"] {
        let url = challenged(&app, path);
        assert_eq!(url, format!("{HOST}{path}?oauth-protected-resource"));
        let found = document(&app, &url).json();
        assert_eq!(found["resource"], format!("{HOST}{path}"));
    }
    // The layer of `/photos` is around the fallback of both.
    for path in ["", "/journal", "/photos/1"] {
        let other = document(&app, &format!("{HOST}{WELL_KNOWN}{path}"));
        assert_eq!(other.status, 404, "{path}");
        assert_eq!(other.header("www-authenticate"), None);
    }
}

#[test]
fn several_resources_of_one_host_have_their_metadata_at_their_paths() {
    let (journal, photos) = (protect("/journal"), protect("/photos"));
    let metadata = journal.metadata().merge(photos.metadata());
    let app = Router::new()
        .merge(metadata)
        .route("/journal", get(list_entries).layer(journal))
        .route("/photos", get(list_entries).layer(photos));
    for path in ["/journal", "/photos"] {
        let url = challenged(&app, path);
        assert_eq!(url, format!("{HOST}{WELL_KNOWN}{path}"));
        let found = document(&app, &url).json();
        assert_eq!(found["resource"], format!("{HOST}{path}"));
    }
    let root = document(&app, &format!("{HOST}{WELL_KNOWN}"));
    assert_eq!(root.status, 404);
}

#[test]
fn the_root_belongs_to_a_resource_without_a_path() {
    let (host, photos) = (protect(""), protect("/photos"));
    let app = Router::from(photos.metadata().merge(host.metadata()));
    let root = document(&app, &format!("{HOST}{WELL_KNOWN}"));
    assert_eq!(root.json()["resource"], HOST);
    let photos = document(&app, &format!("{HOST}{WELL_KNOWN}/photos"));
    assert_eq!(photos.json()["resource"], format!("{HOST}/photos"));
}

#[test]
fn documents_are_not_chosen_by_host() {
    let at = |host: &str| {
        let server = ResourceServer::builder(format!("https://{host}/mcp"))
            .authorization_server("https://auth.example.com")
            .registry(Registry::default())
            .build();
        ProtectLayer::new(server.expect("valid settings"), verifier()).metadata()
    };
    let both = at("a.example.com").merge(at("b.example.com"));
    assert_eq!(both.paths(), Vec::<String>::new());
    let answer = ask(both, Request::get(format!("{WELL_KNOWN}/mcp")));
    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["error"], "not_found");
    let twice = at("a.example.com").merge(at("a.example.com"));
    let answer = ask(twice, Request::get(format!("{WELL_KNOWN}/mcp")));
    assert_eq!(answer.json()["resource"], "https://a.example.com/mcp");
}

#[test]
fn a_router_without_axum_routes_the_paths() {
    let metadata = protect("/journal").metadata();
    assert_eq!(
        metadata.paths(),
        [
            WELL_KNOWN.to_owned(),
            format!("{WELL_KNOWN}/journal"),
            format!("{WELL_KNOWN}/journal/"),
        ],
    );
    // A router that nests the service takes the prefix off.
    for path in ["/journal", "/journal/", "/"] {
        let answer = ask(metadata.clone(), Request::get(path));
        assert_eq!(answer.status, 200, "{path}");
    }
    for path in ["/other", "/.well-known/openid-configuration"] {
        let answer = ask(metadata.clone(), Request::get(path));
        assert_eq!(answer.status, 404, "{path}");
    }
    let post = ask(metadata, Request::post(format!("{WELL_KNOWN}/journal")));
    assert_eq!(post.status, 405);
}

#[test]
fn another_metadata_url_is_named_in_every_challenge() {
    let named = |url: &str| {
        let protect = ProtectLayer::new(resource("/journal", Some(url)), verifier());
        let metadata = protect.metadata();
        let routes = Router::new().route("/journal", get(list_entries));
        (metadata, routes.layer(protect))
    };
    let elsewhere = "https://static.example.com/journal.json";
    let (metadata, app) = named(elsewhere);
    assert_eq!(challenged(&app, "/journal"), elsewhere);
    assert!(!metadata.paths().contains(&"/journal.json".to_owned()));

    // On the host of the resource, the service serves it there too.
    let here = format!("{HOST}/meta/journal");
    let (metadata, app) = named(&here);
    let app = Router::from(metadata).merge(app);
    assert_eq!(challenged(&app, "/journal"), here);
    for path in [
        "/meta/journal",
        "/.well-known/oauth-protected-resource/journal",
    ] {
        let found = document(&app, &format!("{HOST}{path}")).json();
        assert_eq!(found["resource"], "https://api.example.com/journal");
    }

    // At the URL of the resource, the layer serves it.
    let (metadata, app) = named("https://api.example.com/journal?metadata");
    drop(metadata);
    let url = challenged(&app, "/journal");
    assert_eq!(document(&app, &url).status, 200);
}

#[test]
fn a_metadata_url_that_clients_cannot_use_is_an_error() {
    for url in [
        "",
        "/metadata",
        "http://api.example.com/metadata",
        "https://api.example.com/metadata#a",
        "https://ada@api.example.com/metadata",
        "https://api.example.com/metadata?scope=a",
        "https://api.example.com/a,b",
    ] {
        let built = ResourceServer::builder(format!("{HOST}/journal"))
            .authorization_server("https://auth.example.com")
            .metadata_url(url)
            .build();
        let error = built.expect_err(url);
        let [problem] = error.problems() else {
            panic!("{error}");
        };
        assert_eq!(problem.setting(), ResourceServerSetting::MetadataUrl);
    }
}

#[test]
fn what_the_verifier_takes_stands_in_the_served_metadata() {
    let metadata: MetadataService = protect("/journal").metadata();
    let document = ask(metadata, Request::get(format!("{WELL_KNOWN}/journal")));
    assert_eq!(
        document.json(),
        json!({
            "resource": "https://api.example.com/journal",
            "authorization_servers": ["https://auth.example.com"],
        }),
    );
}
