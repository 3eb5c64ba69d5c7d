//! Which pages may send requests, what the others are told, and what lets a page read the answers.

use axum::Router;
use axum::routing::{any, get};
use http::{HeaderValue, Method, Request};
use scopes_core::tower::{ConfigureProtectLayerError, ProtectLayer, ProtectLayerSetting};
use scopes_core::{Registry, ResourceServer};
use scopes_tests::vocabulary::Scope;

use super::{Answer, ask, list_entries, server, verifier};

pub(super) const PUBLIC: &str = "https://mcp.example.com/mcp";
pub(super) const LOOPBACK: &str = "http://127.0.0.1:8788/mcp";

pub(super) type Layer = ProtectLayer<scopes_core::testing::StaticVerifier>;

/// The layer of a resource at this URL, with its default settings.
pub(super) fn layer(resource: &str) -> Layer {
    let server = ResourceServer::builder(resource)
        .authorization_server("https://auth.example.com")
        .registry(Registry::default())
        .catalog::<Scope>()
        .build()
        .expect("valid settings");
    ProtectLayer::new(server, verifier())
}

pub(super) fn application(layer: Layer) -> Router {
    Router::new()
        .route("/mcp", any(list_entries))
        .route("/health", get(|| async { "well" }))
        .layer(layer.public_path("/health"))
}

/// Asserts that an answer is the refusal that names this setting.
pub(super) fn assert_not_allowed(answer: &Answer, error: &str, setting: &str, case: &str) {
    assert_eq!(answer.status, 403, "{case}");
    assert_eq!(answer.header("www-authenticate"), None, "{case}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    assert_eq!(body["error"], error, "{case}");
    let description = body["error_description"].as_str().expect("a string");
    assert!(description.contains(setting), "{case}: {description}");
    assert!(!description.contains("evil"), "{case}: {description}");
}

/// Sends a request with these origins in every way: with a token, with a bad one, without, as a
/// preflight, to a public path.
fn is_allowed(layer: &Layer, origins: &[&[u8]]) -> bool {
    let case = format!("{origins:?}");
    let answer = |mut request: http::request::Builder| {
        for origin in origins {
            let value = HeaderValue::from_bytes(origin).expect("a header value");
            request = request.header("origin", value);
        }
        ask(application(layer.clone()), request)
    };
    let with = |authorization: &str| {
        let request = Request::post("/mcp").header("authorization", authorization);
        answer(request)
    };
    let preflight = Request::options("/mcp").header("access-control-request-method", "POST");
    let answers = [
        (200, with("Bearer reader")),
        (401, with("Bearer stranger")),
        (400, with("Bearer")),
        (403, with("Bearer nothing")),
        (401, answer(Request::post("/mcp"))),
        (401, answer(Request::delete("/nothing"))),
        (204, answer(preflight)),
        (200, answer(Request::get("/health"))),
    ];
    let is_allowed = answers[0].1.status == 200;
    for (status, answer) in &answers {
        assert_eq!(answer.header("vary"), Some("origin"), "{case}");
        let readable_by = answer.headers.get("access-control-allow-origin");
        if is_allowed {
            assert_eq!(answer.status, *status, "{case}");
            let origin = readable_by.map(HeaderValue::as_bytes);
            assert_eq!(origin, Some(origins[0]), "{case}");
        } else {
            assert_not_allowed(answer, "origin_not_allowed", "allow_origin", &case);
            assert_eq!(readable_by, None, "{case}");
        }
    }
    // The metadata is for everybody.
    let metadata = "/.well-known/oauth-protected-resource/mcp";
    for (method, status) in [(Method::GET, 200), (Method::OPTIONS, 204)] {
        let metadata = answer(Request::builder().method(method).uri(metadata));
        assert_eq!(metadata.status, status, "{case}");
        assert_eq!(metadata.header("access-control-allow-origin"), Some("*"));
    }
    is_allowed
}

#[test]
fn a_public_resource_is_for_pages_of_its_own_origin() {
    let layer = layer(PUBLIC);
    for origin in [
        "https://mcp.example.com",
        "https://mcp.example.com:443",
        "HTTPS://MCP.Example.COM",
    ] {
        assert!(is_allowed(&layer, &[origin.as_bytes()]), "{origin}");
    }
    for origin in [
        "http://mcp.example.com",
        "http://mcp.example.com:443",
        "https://mcp.example.com:8443",
        "https://mcp.example.com:+443",
        "https://mcp.example.com:65979",
        "https://mcp.example.com:443:443",
        "https://mcp.example.com/",
        "https://mcp.example.com/mcp",
        "https://mcp.example.com..",
        "https://mcp.example.com.",
        "https://mcp.example.com@evil.example",
        "https://evil.example@mcp.example.com",
        "https://mcp.example.com.evil.example",
        "https://mcp.example.com#evil.example",
        "https://mcp.example.com\\evil.example",
        "https://mcp%2Eexample.com",
        "https://evil.mcp.example.com",
        "https://evilmcp.example.com",
        "https://example.com",
        "https://evil.example",
        "https://mcp.example.com https://mcp.example.com",
        "https://mcp.example.com, https://evil.example",
        "https://mcp.example.co\u{43c}",
        "https:mcp.example.com",
        "//mcp.example.com",
        "mcp.example.com",
        "://mcp.example.com",
        "https://",
        "file://",
        "null",
        "NULL",
        "*",
        "",
        "http://localhost",
        "http://localhost:6274",
        "http://127.0.0.1:8788",
        "https://[::1]",
    ] {
        assert!(!is_allowed(&layer, &[origin.as_bytes()]), "{origin}");
    }
}

#[test]
fn a_loopback_resource_is_for_pages_of_this_machine() {
    let layer = layer(LOOPBACK);
    for origin in [
        "http://127.0.0.1:8788",
        "http://127.0.0.1",
        "http://localhost:6274",
        "https://LocalHost:3000",
        "http://127.8.9.1:5173",
        "http://[::1]:6274",
        "http://[0:0:0:0:0:0:0:1]",
    ] {
        assert!(is_allowed(&layer, &[origin.as_bytes()]), "{origin}");
    }
    for origin in [
        "http://localhost.evil.example",
        "http://localhost.",
        "http://127.0.0.1.nip.io",
        "http://127.0.0.1.evil.example:8788",
        "http://127.0.0.1:8788@evil.example",
        "http://evil.example:8788",
        "http://evil-localhost",
        "http://app.localhost",
        "http://0.0.0.0:8788",
        "http://10.0.0.1:8788",
        "http://128.0.0.1",
        "http://127.1",
        "http://2130706433",
        "http://0x7f.0.0.1",
        "http://[::]",
        "http://[::2]",
        "http://[::ffff:127.0.0.1]",
        "http://[::1",
        "http://::1",
        "http://[::1]x",
        "http://[::1%25lo]",
        "tauri://localhost",
        "null",
    ] {
        assert!(!is_allowed(&layer, &[origin.as_bytes()]), "{origin}");
    }
}

#[test]
fn several_origins_and_what_is_no_text_are_refused() {
    let own = b"https://mcp.example.com".as_slice();
    for origins in [
        [own, own].as_slice(),
        &[own, b"https://evil.example"],
        &[b"https://evil.example", own],
        &[own, b""],
        &[b"https://mcp.example.com\xff"],
        &[b"\xe9"],
    ] {
        assert!(!is_allowed(&layer(PUBLIC), origins), "{origins:?}");
    }
}

#[test]
fn further_origins_are_allowed_by_name() {
    let layer = layer(PUBLIC)
        .allow_origin("https://App.example.com")
        .and_then(|layer| layer.allow_origin("http://localhost:6274"))
        .and_then(|layer| layer.allow_origin("chrome-extension://abcdefghijklmnop"))
        .expect("origins");
    for origin in [
        "https://mcp.example.com",
        "https://app.example.com",
        "http://localhost:6274",
        "chrome-extension://abcdefghijklmnop",
    ] {
        assert!(is_allowed(&layer, &[origin.as_bytes()]), "{origin}");
    }
    for origin in [
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "http://localhost",
        "http://localhost:6275",
        "http://127.0.0.1:6274",
        "chrome-extension://other",
    ] {
        assert!(!is_allowed(&layer, &[origin.as_bytes()]), "{origin}");
    }
}

#[test]
fn a_setting_that_is_no_origin_is_an_error() {
    for origin in [
        "*",
        "null",
        "",
        "app.example.com",
        "https://app.example.com/",
        "https://*.example.com",
        "https://user@app.example.com",
        "https://app.example.com:port",
        "https://b\u{fc}cher.example",
    ] {
        let error: ConfigureProtectLayerError = layer(PUBLIC)
            .allow_origin(origin)
            .expect_err("not an origin");
        assert_eq!(
            (error.setting(), error.value()),
            (ProtectLayerSetting::AllowOrigin, origin)
        );
        let message = error.to_string();
        assert!(message.starts_with("`allow_origin`"), "{message}");
    }
}

#[test]
fn every_origin_is_allowed_where_that_is_said() {
    let layer = layer(PUBLIC).dangerously_allow_any_origin();
    for origin in ["https://evil.example", "null", "nonsense"] {
        let request = || Request::post("/mcp").header("origin", origin);
        let answer = ask(application(layer.clone()), request());
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let good = request().header("authorization", "Bearer reader");
        assert_eq!(ask(application(layer.clone()), good).status, 200);
        let preflight = Request::options("/mcp")
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        let answer = ask(application(layer.clone()), preflight);
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
    let foreign = Request::post("/mcp").header("host", "evil.example");
    let answer = ask(application(layer), foreign);
    assert_not_allowed(&answer, "host_not_allowed", "allow_host", "any origin");
}

#[test]
fn a_layer_that_leaves_cors_to_another_checks_the_origin() {
    let layer = layer(PUBLIC).without_cors();
    let with = |origin| {
        Request::options("/mcp")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
    };
    let answer = ask(application(layer.clone()), with("https://evil.example"));
    assert_not_allowed(
        &answer,
        "origin_not_allowed",
        "allow_origin",
        "without CORS",
    );
    let answer = ask(application(layer), with("https://mcp.example.com"));
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(answer.header("vary"), None);
}

#[test]
fn a_service_may_decide_itself_who_reads_its_answers() {
    let headers = [
        ("access-control-allow-origin", "https://one.example"),
        ("vary", "accept"),
    ];
    let route = get(move || async move { (headers, "photo") });
    let router = Router::new().route("/photo", route);
    let layer = ProtectLayer::new(server(), verifier()).public_path("/photo");
    let request = Request::get("/photo").header("origin", "https://api.example.com");
    let answer = ask(router.layer(layer), request);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://one.example")
    );
    assert_eq!(answer.header("vary"), Some("accept"));
}

#[test]
fn what_a_shared_cache_may_keep_varies_by_origin() {
    let public = ask(application(layer(PUBLIC)), Request::get("/health"));
    assert_eq!(public.header("vary"), Some("origin"));
    assert_eq!(public.header("access-control-allow-origin"), None);
}
