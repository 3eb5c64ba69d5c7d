//! The header: an independent parser and the searches of shipped clients read what was meant,
//! whatever the scopes, the realm and the URL.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use scopes_core::{
    AuthorizeError, Expression, InvalidRequest, InvalidToken, Registry, Requirement,
    ResourceServer, ScopeName, authorize, testing,
};
use scopes_tests::clients::{CLIENTS, Seen};
use scopes_tests::vocabulary::{Scope, any_scopes, any_shape, text};

const METADATA: &str = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp";

fn server() -> scopes_core::resource::ResourceServerBuilder {
    ResourceServer::builder("https://mcp.example.com/mcp")
        .authorization_server("https://auth.example.com")
        .registry(Registry::default())
        .catalog::<Scope>()
}

fn header(server: &ResourceServer, refusal: &AuthorizeError) -> String {
    server.challenge(refusal).expect("a challenge").to_string()
}

fn refusal(requirement: &Requirement, scopes: &str) -> AuthorizeError {
    let caller = testing::caller("ada", scopes).expect("valid scopes");
    authorize(requirement, &caller).expect_err("a refusal")
}

/// The parameters as an independent parser of RFC 9110 section 11.6.1 reads them.
fn parameters(header: &str) -> BTreeMap<String, String> {
    let challenges = http_auth::parse_challenges(header).expect("a well-formed header");
    let [challenge] = challenges.as_slice() else {
        panic!("one challenge, not {challenges:?}")
    };
    assert_eq!(challenge.scheme, "Bearer");
    let parameters = challenge.params.iter();
    let read: BTreeMap<_, _> = parameters
        .map(|(name, value)| ((*name).to_owned(), value.to_unescaped()))
        .collect();
    assert_eq!(
        read.len(),
        challenge.params.len(),
        "no parameter stands twice"
    );
    read
}

#[test]
fn the_canonical_answers() {
    let server = server().build().expect("valid settings");
    assert_eq!(
        header(&server, &AuthorizeError::MissingToken),
        format!(r#"Bearer scope="user:read", resource_metadata="{METADATA}""#),
    );
    assert_eq!(
        header(
            &server,
            &AuthorizeError::InvalidToken(InvalidToken::Expired)
        ),
        format!(
            r#"Bearer error="invalid_token", scope="user:read", resource_metadata="{METADATA}", error_description="The access token has expired.""#
        ),
    );
    assert_eq!(
        header(
            &server,
            &AuthorizeError::InvalidRequest(InvalidRequest::SeveralCredentials)
        ),
        format!(
            r#"Bearer error="invalid_request", resource_metadata="{METADATA}", error_description="The request carries more than one access token.""#
        ),
    );
    let either = Requirement::any([Scope::EntriesRead, Scope::EntriesWrite]);
    assert_eq!(
        header(&server, &refusal(&either, "")),
        format!(
            r#"Bearer error="insufficient_scope", scope="entries:read", resource_metadata="{METADATA}", error_description="At least one of: entries:read entries:write is required.""#
        ),
    );
}

#[test]
fn a_realm_stands_first() {
    let server = server().realm("EpicMe").build().expect("valid settings");
    assert_eq!(
        header(&server, &AuthorizeError::MissingToken),
        format!(r#"Bearer realm="EpicMe", scope="user:read", resource_metadata="{METADATA}""#),
    );
}

#[test]
fn granted_scopes_are_repeated_unless_turned_off() {
    let requirement = Requirement::one(Scope::EntriesWrite);
    let refusal = refusal(&requirement, "openid tags:read user:read");
    let scope = |server: &ResourceServer| parameters(&header(server, &refusal)).remove("scope");

    let repeats = server().build().expect("valid settings");
    assert_eq!(
        scope(&repeats).as_deref(),
        Some("user:read tags:read entries:write")
    );
    let bare = server()
        .repeat_granted_scopes(false)
        .build()
        .expect("valid settings");
    assert_eq!(scope(&bare).as_deref(), Some("entries:write"));
}

#[test]
fn a_prefix_stands_where_clients_read_and_nowhere_else() {
    let server = server()
        .scope_prefix("api://journal/")
        .build()
        .expect("valid settings");
    let refusal = refusal(&Requirement::one(Scope::EntriesWrite), "user:read");
    let parameters = parameters(&header(&server, &refusal));
    assert_eq!(
        parameters["scope"],
        "api://journal/user:read api://journal/entries:write"
    );
    assert_eq!(
        parameters["error_description"],
        "entries:write is required."
    );
    assert_eq!(
        server.metadata().scopes_supported.to_string(),
        "api://journal/user:read"
    );
    for prefix in ["a b", "é", "a\"", "x?scope="] {
        assert!(
            self::server().scope_prefix(prefix).build().is_err(),
            "{prefix:?}"
        );
    }
}

#[test]
fn a_hierarchy_changes_the_decision_and_not_the_header() {
    let both = Requirement::all([Scope::EntriesRead, Scope::AnalyticsView]);
    let server = server().build().expect("valid settings");
    let header = header(&server, &refusal(&both, "entries:write"));
    assert_eq!(
        parameters(&header)["scope"],
        "entries:write entries:read analytics:view"
    );
    assert!(authorize(&both, &testing::caller("ada", "admin").expect("valid")).is_ok());
}

#[test]
fn nothing_to_ask_for_is_no_challenge() {
    let server = server().build().expect("valid settings");
    let nobody = Requirement::any(Vec::<Scope>::new());
    assert_eq!(server.challenge(&refusal(&nobody, "admin")), None);

    let refresh = Requirement::one(ScopeName::from_static("offline_access"));
    assert_eq!(server.challenge(&refusal(&refresh, "admin")), None);

    for misleading in ["a?error=invalid_token", "a,b"] {
        let misleading: ScopeName = misleading.parse().expect("follows the grammar");
        let refusal = refusal(&Requirement::one(misleading), "");
        assert_eq!(refusal.to_string(), "More scopes are required.");
        assert_eq!(server.challenge(&refusal), None);
    }
}

#[test]
fn a_foreign_scope_with_a_comma_costs_neither_the_token_nor_the_challenge() {
    let server = server().build().expect("valid settings");
    let refusal = refusal(
        &Requirement::one(Scope::EntriesWrite),
        "a,b user:read https://idp.example/x,y",
    );
    let line = header(&server, &refusal);
    assert_eq!(parameters(&line)["scope"], "user:read entries:write");
    assert!(
        line.matches(',').count() == line.matches("\", ").count(),
        "{line}"
    );
}

#[test]
fn the_same_refusal_gives_the_same_bytes() {
    let server = server().build().expect("valid settings");
    let nested = Requirement::all([
        Expression::any([Scope::TagsWrite, Scope::TagsRead]),
        Expression::any([Scope::EntriesWrite, Scope::Admin]),
    ]);
    let one = header(&server, &refusal(&nested, "user:read entries:read"));
    let other = header(
        &server.clone(),
        &refusal(&nested.clone(), "entries:read user:read"),
    );
    assert_eq!(one, other);
}

/// A scope of any spelling.
fn any_token() -> impl Strategy<Value = ScopeName> {
    "[!#-\\[\\]-~]{1,12}".prop_map(|name| ScopeName::try_from(name).expect("follows the grammar"))
}

proptest! {
    #[test]
    fn every_client_reads_what_was_meant(shape in any_shape(), scopes in any_scopes(), realm in "[ !#-\\[\\]-~]{0,20}") {
        let mut builder = server();
        if !realm.is_empty() {
            builder = builder.realm(realm.clone());
        }
        // A realm that would mislead a client is refused here.
        let Ok(server) = builder.build() else { return Ok(()) };
        let caller = testing::caller("ada", &text(&scopes)).expect("valid scopes");
        let Err(refusal) = authorize(&Requirement::scopes(shape.expression()), &caller) else { return Ok(()) };
        let Some(challenge) = server.challenge(&refusal) else { return Ok(()) };
        let line = challenge.to_string();

        let read = parameters(&line);
        prop_assert_eq!(read.get("realm"), (!realm.is_empty()).then_some(&realm));
        prop_assert_eq!(read.get("error").map(String::as_str), Some("insufficient_scope"));
        prop_assert_eq!(read.get("scope"), Some(&challenge.scope().to_string()));
        prop_assert_eq!(read.get("resource_metadata").map(String::as_str), Some(METADATA));
        prop_assert_eq!(read.get("error_description"), Some(&refusal.to_string()));

        let seen = Seen {
            error: Some("insufficient_scope".to_owned()),
            scope: Some(challenge.scope().to_string()),
            resource_metadata: Some(METADATA.to_owned()),
        };
        for (client, read) in CLIENTS {
            prop_assert_eq!(&read(&line), &seen, "{}", client);
        }
    }

    #[test]
    fn scopes_of_any_spelling_make_a_safe_header(tokens in proptest::collection::vec(any_token(), 1..6)) {
        let server = server().build().expect("valid settings");
        let refusal = refusal(&Requirement::all(tokens), "");
        prop_assert!(refusal.to_string().bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E)));
        let Some(challenge) = server.challenge(&refusal) else { return Ok(()) };
        let line = challenge.to_string();
        let expected = challenge.scope().to_string();
        prop_assert_eq!(&parameters(&line)["scope"], &expected);
        prop_assert_eq!(line.matches(',').count(), line.matches("\", ").count(), "{}", line);
        for (client, read) in CLIENTS {
            prop_assert_eq!(read(&line).scope, Some(expected.clone()), "{}: {}", client, line);
        }
    }

    #[test]
    fn any_realm_is_refused_or_safe(realm in ".{0,40}") {
        let Ok(server) = server().realm(realm.clone()).build() else { return Ok(()) };
        let line = header(&server, &AuthorizeError::InvalidToken(InvalidToken::Rejected));
        prop_assert!(line.bytes().all(|byte| matches!(byte, 0x20..=0x7E)));
        prop_assert_eq!(parameters(&line).remove("realm"), Some(realm));
        for (client, read) in CLIENTS {
            prop_assert_eq!(read(&line).error, Some("invalid_token".to_owned()), "{}", client);
        }
    }
}

#[test]
fn the_searches_of_clients_are_misled_where_they_are_known_to_be() {
    // If these did not fail, the tests above would prove nothing.
    let hijacked = r#"Bearer realm="error=x", error="insufficient_scope", scope="a b""#;
    let misled = CLIENTS
        .iter()
        .filter(|(_, read)| read(hijacked).error.as_deref() != Some("insufficient_scope"));
    assert_eq!(misled.count(), 3);
    let lower_case = r#"bearer error="insufficient_scope", scope="a b""#;
    let ignored = CLIENTS
        .iter()
        .filter(|(_, read)| read(lower_case).error.is_none());
    assert_eq!(
        ignored.map(|(name, _)| *name).collect::<Vec<_>>(),
        ["VS Code"]
    );
}
