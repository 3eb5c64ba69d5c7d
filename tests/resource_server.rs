//! Settings that cannot be are refused when the server is built, all of them at once.

#![allow(clippy::expect_used, reason = "a test may panic")]

use proptest::prelude::*;
use scopes_core::resource::{
    BuildResourceServerError, ResourceServerBuilder, ResourceServerSetting as Setting,
    ScopesSupported,
};
use scopes_core::setting::InvalidSetting;
use scopes_core::{ResourceServer, ScopeName};

fn problems(builder: ResourceServerBuilder) -> BuildResourceServerError {
    builder.build().expect_err("refused")
}

fn resource(url: &str) -> ResourceServerBuilder {
    ResourceServer::builder(url).authorization_server("https://auth.example.com")
}

#[test]
fn resources_that_no_client_can_match() {
    for (url, reason) in [
        ("", "not an absolute URL"),
        ("mcp.example.com/mcp", "not an absolute URL"),
        ("https:mcp.example.com", "no host"),
        ("https:///mcp", "no host"),
        ("https://:443/mcp", "no host"),
        ("ftp://mcp.example.com", "write `https`"),
        ("http://mcp.example.com/mcp", "loopback"),
        ("http://127.0.0.1.evil.example/mcp", "loopback"),
        ("http://localhost.evil.example/mcp", "loopback"),
        ("http://localhost@evil.example/mcp", "loopback"),
        ("https://user@mcp.example.com/mcp", "user name"),
        ("https://mcp.example.com/mcp?x=1", "query"),
        ("https://mcp.example.com/mcp#x", "fragment"),
        (
            "https://MCP.example.com/mcp",
            "write `https://mcp.example.com/mcp`",
        ),
        (
            "HTTPS://mcp.example.com/mcp",
            "write `https://mcp.example.com/mcp`",
        ),
        (
            "https://mcp.example.com:443/mcp",
            "write `https://mcp.example.com/mcp`",
        ),
        (
            "https://mcp.example.com:/mcp",
            "write `https://mcp.example.com/mcp`",
        ),
        ("http://localhost:80/mcp", "write `http://localhost/mcp`"),
        (
            "https://mcp.example.com/a/../mcp",
            "write `https://mcp.example.com/mcp`",
        ),
        (
            "https://mcp.example.com/:mcp",
            "segment that begins with `:`",
        ),
        (
            "https://mcp.example.com/a/*mcp",
            "segment that begins with `*`",
        ),
        ("https://mcp.example.com/{mcp}", "not an absolute URL"),
        ("https://mcp.example.com/m cp", "not an absolute URL"),
        ("https://mcp.example.com/\"", "not an absolute URL"),
        ("https://mcp.example.com/é", "not an absolute URL"),
        ("https://mcp.example.com/error=x", "`error=`"),
        (
            "https://mcp.example.com/a,b",
            "split a challenge at every comma",
        ),
        (
            "https://mcp.example.com/mcp,",
            "split a challenge at every comma",
        ),
        ("https://mcp.example.com/SCOPE=x", "`scope=`"),
        ("https://mcp.example.com/mcp\r\nX: y", "not an absolute URL"),
    ] {
        let error = problems(resource(url));
        let [problem] = error.problems() else {
            panic!("one problem with {url:?}: {error}")
        };
        assert_eq!(
            (problem.setting(), problem.value()),
            (Setting::Resource, url)
        );
        assert!(
            problem.problem().contains(reason),
            "{url:?}: {}",
            problem.problem()
        );
    }
}

#[test]
fn authorization_servers_that_no_client_can_reach() {
    let with = |issuer: &str| {
        ResourceServer::builder("https://mcp.example.com").authorization_server(issuer)
    };
    let none = problems(ResourceServer::builder("https://mcp.example.com"));
    assert!(
        none.to_string()
            .contains("`authorization_server` is missing"),
        "{none}"
    );
    for issuer in [
        "http://auth.example.com",
        "auth",
        "https://auth.example.com/?tenant=1",
    ] {
        assert_eq!(
            problems(with(issuer)).problems()[0].setting(),
            Setting::AuthorizationServer,
            "{issuer}"
        );
    }
    let loopback = problems(with("http://localhost:8080"));
    assert!(
        loopback.to_string().contains("on this machine"),
        "{loopback}"
    );
    let local = ResourceServer::builder("http://localhost:8788/mcp");
    assert!(
        local
            .authorization_server("http://127.0.0.1:8080")
            .build()
            .is_ok()
    );
}

#[test]
fn realms_that_would_break_or_mislead() {
    for realm in [
        "",
        "Epic\"Me",
        "Epic\\Me",
        "Epic\nMe",
        "Épic",
        "scope=all",
        "x ERROR=y",
        "a resource_metadata=b",
        "EpicMe, Inc.",
    ] {
        let error = problems(resource("https://mcp.example.com").realm(realm));
        assert_eq!(error.problems()[0].setting(), Setting::Realm, "{realm:?}");
    }
    assert!(
        resource("https://mcp.example.com")
            .realm("EpicMe a=b (test)")
            .build()
            .is_ok()
    );
}

#[test]
fn scope_lists_that_clients_misread() {
    let url = "https://mcp.example.com/mcp";
    for (name, reason) in [
        ("a,b", "split a challenge at every comma"),
        (",", "split a challenge at every comma"),
        ("a?scope=b", "`scope=`"),
    ] {
        let scopes = format!("entries:read {name}")
            .parse()
            .expect("a scope list");
        let explicit = ScopesSupported::Explicit(scopes);
        let error = problems(resource(url).scopes_supported(explicit));
        let [problem] = error.problems() else {
            panic!("one problem with {name:?}: {error}")
        };
        assert_eq!(
            (problem.setting(), problem.value()),
            (Setting::ScopesSupported, name)
        );
        assert!(problem.problem().contains(reason), "{error}");
    }
    let error = problems(resource(url).scope_prefix("api://a,b/"));
    assert_eq!(error.problems()[0].setting(), Setting::ScopePrefix);
    assert!(error.to_string().contains("at every comma"), "{error}");
}

#[test]
#[should_panic(expected = "split a challenge at every comma")]
fn a_scope_named_in_the_program_has_no_comma() {
    let _ = ScopeName::from_static("entries,read");
}

#[test]
fn every_mistake_is_reported_at_once() {
    let error = problems(
        ResourceServer::builder("http://x.example/?q")
            .realm("é")
            .authorization_server("a"),
    );
    let settings: Vec<_> = error
        .problems()
        .iter()
        .map(InvalidSetting::setting)
        .collect();
    assert_eq!(
        settings,
        [
            Setting::Resource,
            Setting::AuthorizationServer,
            Setting::Realm
        ]
    );
    // As a `main` that returns the error shows it.
    assert_eq!(format!("{error:?}"), error.to_string());
    assert_eq!(error.to_string().lines().count(), 4, "{error}");
}

proptest! {
    #[test]
    fn no_text_makes_the_builder_panic(url in ".{0,60}", issuer in ".{0,60}", realm in ".{0,60}") {
        let _ = ResourceServer::builder(format!("https://{url}")).authorization_server(issuer).realm(realm).build();
    }

    #[test]
    fn what_is_accepted_is_published_as_written(path in "(/[a-zA-Z0-9._~!$&'()*+,;:@-]{0,6}){0,4}") {
        let url = format!("https://mcp.example.com{path}");
        let Ok(server) = resource(&url).build() else { return Ok(()) };
        prop_assert_eq!(&server.metadata().resource, &url);
        prop_assert!(server.metadata_url().starts_with("https://mcp.example.com/.well-known/oauth-protected-resource"));
    }
}
