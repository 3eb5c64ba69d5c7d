//! What nobody needs a token for: the metadata, and the questions of browsers.

use http::Request;
use serde_json::json;

use super::{application, ask, get_with};

#[test]
fn the_metadata_is_open_to_everybody() {
    for path in [
        "/.well-known/oauth-protected-resource/journal",
        "/.well-known/oauth-protected-resource/journal/",
        "/.well-known/oauth-protected-resource",
    ] {
        let answer = ask(
            application(),
            Request::get(path).header("mcp-protocol-version", "2026-07-28"),
        );
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            answer.json(),
            json!({
                "resource": "https://api.example.com/journal",
                "authorization_servers": ["https://auth.example.com"],
                "scopes_supported": ["user:read"],
            }),
        );
        let head = ask(application(), Request::head(path));
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
        let preflight = ask(application(), Request::options(path));
        assert_eq!(preflight.status, 204);
        assert!(
            preflight
                .header("access-control-allow-headers")
                .is_some_and(|names| names.contains("mcp-protocol-version"))
        );
        let post = ask(application(), Request::post(path));
        assert_eq!(
            (post.status.as_u16(), post.header("allow")),
            (405, Some("GET, HEAD, OPTIONS"))
        );
        assert_eq!(
            post.json(),
            json!({
                "error": "method_not_allowed",
                "error_description": "Allowed methods: GET HEAD OPTIONS.",
            }),
        );
    }
    assert_eq!(
        ask(
            application(),
            Request::get("/.well-known/oauth-protected-resource/other")
        )
        .status,
        404
    );
}

#[test]
fn pages_of_an_allowed_origin_may_ask_and_read() {
    let page = "https://api.example.com";
    let preflight = || {
        Request::options("/journal")
            .header("origin", page)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization")
    };
    let answer = ask(application(), preflight());
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some(page));
    assert!(
        answer
            .header("access-control-allow-headers")
            .is_some_and(|names| names.contains("authorization"))
    );

    for authorization in ["Bearer stranger", "Bearer nothing", "Bearer reader"] {
        let request = get_with("/journal", authorization).header("origin", page);
        let answer = ask(application(), request);
        assert_eq!(answer.header("access-control-allow-origin"), Some(page));
        assert_eq!(answer.header("vary"), Some("origin"));
        assert!(
            answer
                .header("access-control-expose-headers")
                .is_some_and(|names| names.contains("www-authenticate"))
        );
    }
    let not_a_browser = ask(application(), get_with("/journal", "Bearer nothing"));
    assert_eq!(not_a_browser.header("access-control-allow-origin"), None);
}

#[test]
fn an_options_request_that_is_no_preflight_needs_a_token() {
    assert_eq!(ask(application(), Request::options("/journal")).status, 401);
}
