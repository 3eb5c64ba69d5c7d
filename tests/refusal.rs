//! What a refusal knows.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::sync::Arc;

use scopes_core::mcp::{AuthorizeMessageError, ReadMessageError};
use scopes_core::report::lock::ReadTextError;
use scopes_core::token::{Rejection, VerifyTokenError};
use scopes_core::{
    AuthorizeError, Caller, Expression, InsufficientScope, InvalidRequest, InvalidToken,
    OperationKind, Requirement, ScopeName, authorize, testing,
};
use scopes_tests::vocabulary::Scope;

fn refusal(requirement: &Requirement, scopes: &str) -> InsufficientScope {
    let caller = testing::caller("ada", scopes).expect("valid scopes");
    match authorize(requirement, &caller) {
        Err(AuthorizeError::InsufficientScope(refusal)) => Arc::unwrap_or_clone(refusal),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn a_main_that_returns_an_error_prints_its_sentence() {
    let requirement = Requirement::one(Scope::EntriesRead);
    let errors: [Box<dyn std::error::Error>; 8] = [
        Box::new(AuthorizeError::MissingToken),
        Box::new(AuthorizeError::from(InvalidToken::Expired)),
        Box::new(refusal(&requirement, "")),
        Box::new(VerifyTokenError::from(Rejection::Inactive)),
        Box::new(AuthorizeMessageError::Undeclared(OperationKind::Tool)),
        Box::new(AuthorizeMessageError::Refused(AuthorizeError::MissingToken)),
        Box::new(ReadMessageError::Batch),
        Box::new(ReadTextError::NotUtf8(7)),
    ];
    for error in errors {
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}

#[test]
fn the_sentence_of_the_story() {
    let scope = ScopeName::from_static;
    let requirement = Requirement::any([
        scope("photos:read"),
        scope("photos:write"),
        scope("albums:read"),
    ]);
    assert_eq!(
        refusal(&requirement, "profile:read").to_string(),
        "At least one of: photos:read photos:write albums:read is required.",
    );
}

#[test]
fn missing_is_what_the_alternative_has_and_the_token_lacks() {
    let requirement = Requirement::all([
        Expression::from(Scope::EntriesRead),
        Expression::any([Scope::TagsWrite, Scope::AnalyticsView]),
    ]);
    let refusal = refusal(&requirement, "openid analytics:view user:read");
    assert_eq!(refusal.required(), &requirement);
    assert_eq!(
        refusal.alternative().to_string(),
        "entries:read analytics:view"
    );
    assert_eq!(refusal.missing().to_string(), "entries:read");
    assert_eq!(
        refusal.granted().to_string(),
        "user:read analytics:view",
        "declared, in catalog order"
    );
}

#[test]
fn what_is_implied_is_not_missing() {
    let requirement = Requirement::all([Scope::EntriesRead, Scope::TagsRead]);
    let refusal = refusal(&requirement, "entries:write");
    assert_eq!(refusal.missing().to_string(), "tags:read");
    assert_eq!(refusal.alternative().to_string(), "entries:read tags:read");
    assert_eq!(refusal.granted().to_string(), "entries:write");
}

#[test]
fn each_refusal_has_one_status_and_one_code() {
    let insufficient = refusal(&Requirement::one(Scope::Admin), "");
    for (refusal, status, code) in [
        (AuthorizeError::MissingToken, 401, None),
        (
            AuthorizeError::InvalidToken(InvalidToken::Expired),
            401,
            Some("invalid_token"),
        ),
        (
            AuthorizeError::InvalidToken(InvalidToken::Rejected),
            401,
            Some("invalid_token"),
        ),
        (
            AuthorizeError::InvalidRequest(InvalidRequest::SeveralCredentials),
            400,
            Some("invalid_request"),
        ),
        (
            AuthorizeError::InvalidRequest(InvalidRequest::MalformedCredentials),
            400,
            Some("invalid_request"),
        ),
        (
            AuthorizeError::from(insufficient),
            403,
            Some("insufficient_scope"),
        ),
    ] {
        assert_eq!(
            (refusal.status(), refusal.code()),
            (status, code),
            "{refusal}"
        );
    }
}

#[test]
fn no_token_is_not_an_insufficient_one() {
    for requirement in [Requirement::authenticated(), Requirement::one(Scope::Admin)] {
        assert_eq!(
            authorize(&requirement, &Caller::anonymous()),
            Err(AuthorizeError::MissingToken)
        );
    }
    assert_eq!(
        authorize(&Requirement::public(), &Caller::anonymous()),
        Ok(())
    );
}
