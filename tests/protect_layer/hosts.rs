//! Under which hosts a server answers, and in which order the layer checks.

use http::{HeaderValue, Request};
use scopes_core::tower::ProtectLayerSetting;

use super::ask;
use super::origins::{LOOPBACK, Layer, PUBLIC, application, assert_not_allowed, layer};

/// Sends requests with these `Host` headers and this URI, with a token, with a bad one and without.
fn is_allowed(layer: &Layer, uri: &str, hosts: &[&[u8]]) -> bool {
    let case = format!("{uri} {hosts:?}");
    let answer = |authorization: Option<&str>| {
        let mut request = Request::post(uri);
        for host in hosts {
            let value = HeaderValue::from_bytes(host).expect("a header value");
            request = request.header("host", value);
        }
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        ask(application(layer.clone()), request)
    };
    let is_allowed = answer(Some("Bearer reader")).status == 200;
    for (authorization, status) in [
        (Some("Bearer reader"), 200),
        (Some("Bearer stranger"), 401),
        (Some("Bearer"), 400),
        (Some("Bearer nothing"), 403),
        (None, 401),
    ] {
        let answer = answer(authorization);
        if is_allowed {
            assert_eq!(answer.status, status, "{case}");
        } else {
            assert_not_allowed(&answer, "host_not_allowed", "allow_host", &case);
        }
    }
    is_allowed
}

#[test]
fn a_resource_answers_under_its_own_host_and_loopback_ones() {
    for host in [
        "mcp.example.com",
        "MCP.EXAMPLE.COM",
        "mcp.example.com.",
        "mcp.example.com:443",
        "mcp.example.com:8443",
        "mcp.example.com:",
        "localhost",
        "LOCALHOST:8788",
        "localhost.",
        "127.0.0.1",
        "127.0.0.1:8788",
        "127.255.0.3:1",
        "[::1]",
        "[::1]:8788",
        "[0:0:0:0:0:0:0:1]:8788",
    ] {
        assert!(
            is_allowed(&layer(PUBLIC), "/mcp", &[host.as_bytes()]),
            "{host}"
        );
    }
    for host in [
        "evil.example",
        "evil.example:443",
        "mcp.example.com.evil.example",
        "evil.mcp.example.com",
        "evilmcp.example.com",
        "example.com",
        "mcp.example.com..",
        ".mcp.example.com",
        "mcp..example.com",
        "mcp.example.com@evil.example",
        "evil.example@mcp.example.com",
        "evil.example:443@mcp.example.com",
        "mcp.example.com:8443:443",
        "mcp.example.com:+443",
        "mcp.example.com:65536",
        "mcp.example.com:port",
        "mcp.example.com/",
        "https://mcp.example.com",
        "mcp.example.com evil.example",
        "mcp.example.com, evil.example",
        "mcp%2Eexample.com",
        "",
        ":443",
        ".",
        "localhost.evil.example",
        "localhost.evil.example:8788",
        "evil-localhost",
        "app.localhost",
        "127.0.0.1.nip.io",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0.0.0.0:8788",
        "10.1.2.3",
        "[::]",
        "[::2]",
        "[::ffff:127.0.0.1]",
        "[127.0.0.1]",
        "::1",
        "[::1",
        "[::1]x",
        "[::1%25lo]",
        "[fe80::1]:8788",
    ] {
        for resource in [PUBLIC, LOOPBACK] {
            let hosts = [host.as_bytes()];
            assert!(!is_allowed(&layer(resource), "/mcp", &hosts), "{host}");
        }
    }
    let own = [b"mcp.example.com".as_slice()];
    assert!(!is_allowed(&layer(LOOPBACK), "/mcp", &own));
    assert!(is_allowed(&layer(LOOPBACK), "/mcp", &[b"localhost:6274"]));
}

#[test]
fn header_and_authority_must_both_be_allowed() {
    let (own, foreign) = (b"mcp.example.com".as_slice(), b"evil.example".as_slice());
    for (uri, hosts, expected) in [
        ("/mcp", [].as_slice(), true),
        ("https://mcp.example.com/mcp", &[], true),
        ("https://mcp.example.com:8443/mcp", &[own], true),
        ("http://localhost:8788/mcp", &[own], true),
        ("https://evil.example/mcp", &[], false),
        ("https://evil.example/mcp", &[own], false),
        ("https://mcp.example.com/mcp", &[foreign], false),
        ("https://mcp.example.com@evil.example/mcp", &[], false),
        ("https://evil.example@mcp.example.com/mcp", &[own], false),
        ("/mcp", &[own, own], false),
        ("/mcp", &[own, foreign], false),
        ("/mcp", &[foreign, own], false),
        ("https://mcp.example.com/mcp", &[own, own], false),
        ("/mcp", &[b"mcp.example.com\xff"], false),
    ] {
        let allowed = is_allowed(&layer(PUBLIC), uri, hosts);
        assert_eq!(allowed, expected, "{uri} {hosts:?}");
    }
}

#[test]
fn further_hosts_are_allowed_by_name() {
    let layer = layer(PUBLIC)
        .allow_host("MCP.internal")
        .and_then(|layer| layer.allow_host("backend_1:8080"))
        .and_then(|layer| layer.allow_host("edge.example:443"))
        .and_then(|layer| layer.allow_host("[FD00::1]"))
        .and_then(|layer| layer.allow_host("10.0.0.7:8788"))
        .expect("hosts");
    for (host, expected) in [
        ("mcp.internal", true),
        ("mcp.internal:8080", true),
        ("mcp.internal.evil.example", false),
        ("backend_1:8080", true),
        ("backend_1", false),
        ("backend_1:8081", false),
        ("edge.example", true),
        ("edge.example:443", true),
        ("edge.example:80", false),
        ("[fd00:0::1]:9000", true),
        ("[fd00::2]", false),
        ("10.0.0.7:8788", true),
        ("10.0.0.7", false),
        ("10.0.0.8:8788", false),
        ("mcp.example.com", true),
        ("localhost", true),
    ] {
        let allowed = is_allowed(&layer, "/mcp", &[host.as_bytes()]);
        assert_eq!(allowed, expected, "{host}");
    }
}

#[test]
fn a_setting_that_is_no_host_is_an_error() {
    for host in [
        "",
        "*",
        "*.example.com",
        "https://mcp.internal",
        "mcp.internal/",
        "mcp.internal:port",
        "fd00::1",
        "user@mcp.internal",
    ] {
        let error = layer(PUBLIC).allow_host(host).expect_err("not a host");
        assert_eq!(
            (error.setting(), error.value()),
            (ProtectLayerSetting::AllowHost, host)
        );
    }
}

#[test]
fn health_checks_may_address_a_public_path_by_ip_address() {
    let probe = Request::get("/health").header("host", "10.2.3.4:8080");
    let answer = ask(application(layer(PUBLIC)), probe);
    assert_eq!(
        (answer.status.as_u16(), &*answer.body),
        (200, b"well".as_slice())
    );
    // By rebinding, a page can send no request there but one that reads.
    let rebound = Request::post("/health")
        .header("host", "evil.example")
        .header("origin", "http://evil.example");
    let answer = ask(application(layer(PUBLIC)), rebound);
    assert_not_allowed(&answer, "origin_not_allowed", "allow_origin", "rebound");
}

#[test]
fn the_metadata_is_found_under_every_host() {
    let metadata = Request::get("/.well-known/oauth-protected-resource/mcp")
        .header("host", "evil.example")
        .header("origin", "https://evil.example");
    assert_eq!(ask(application(layer(PUBLIC)), metadata).status, 200);
}

#[test]
fn the_origin_is_checked_before_the_host_and_both_before_the_token() {
    let request = |origin: &str, host: &str, authorization: &str| {
        let request = Request::post("/mcp")
            .header("origin", origin)
            .header("host", host)
            .header("authorization", authorization);
        ask(application(layer(PUBLIC)), request)
    };
    let (own, foreign) = ("https://mcp.example.com", "https://evil.example");
    for authorization in [
        "Bearer",
        "Bearer stranger",
        "Bearer nothing",
        "Bearer reader",
    ] {
        let both = request(foreign, "evil.example", authorization);
        assert_not_allowed(&both, "origin_not_allowed", "allow_origin", authorization);
        let host = request(own, "evil.example", authorization);
        assert_not_allowed(&host, "host_not_allowed", "allow_host", authorization);
        // The page is an allowed one, and can read why.
        assert_eq!(host.header("access-control-allow-origin"), Some(own));
    }
}
