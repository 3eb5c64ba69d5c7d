//! What goes wrong at providers, by their pages in the guide: each reason, and what the log then says.

use scopes_core::jwt::{Issuer, JwtVerifier, Profile};
use scopes_tests::documented;
use scopes_tests::issuer::{RESOURCE, SigningKey};
use serde_json::json;

use crate::reasons::check;
use crate::story::listen;

const AUTH0: &str = include_str!("../../docs/guide/providers/auth0.md");
const COGNITO: &str = include_str!("../../docs/guide/providers/cognito.md");
const ENTRA: &str = include_str!("../../docs/guide/providers/entra.md");
const OKTA: &str = include_str!("../../docs/guide/providers/okta.md");
const ZITADEL: &str = include_str!("../../docs/guide/providers/zitadel.md");

const TENANT: &str = "https://tenant.auth0.com/";
const POOL: &str = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE";
const DIRECTORY: &str = "https://login.microsoftonline.com/tenant/v2.0";
const DIRECTORY_V1: &str = "https://sts.windows.net/tenant/";
const ORGANIZATION: &str = "https://example.okta.com/oauth2/default";
const INSTANCE: &str = "https://example.zitadel.cloud";
/// The client id of the registration for the MCP server at Entra ID.
const REGISTRATION: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
/// The project at Zitadel.
const PROJECT: &str = "69234237810729019";

/// A token as `from` issues it, and a verifier that is set for `issuer`.
struct Mistake {
    page: &'static str,
    token: &'static str,
    from: &'static str,
    issuer: Issuer,
    reason: &'static str,
    says: [&'static str; 2],
}

fn at(
    page: &'static str,
    token: &'static str,
    from: &'static str,
    issuer: Issuer,
    reason: &'static str,
    says: [&'static str; 2],
) -> Mistake {
    Mistake {
        page,
        token,
        from,
        issuer,
        reason,
        says,
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn mistakes() -> Vec<Mistake> {
    let auth0 = || Issuer::new(TENANT).profile(Profile::auth0());
    let cognito = || Issuer::new(POOL).profile(Profile::cognito());
    let entra = || Issuer::new(DIRECTORY).profile(Profile::entra());
    let okta = || Issuer::new(ORGANIZATION).profile(Profile::okta());
    let zitadel = || Issuer::new(INSTANCE).profile(Profile::zitadel());
    vec![
        at(
            AUTH0,
            "auth0: access token for an identifier",
            TENANT,
            auth0(),
            "wrong_audience",
            ["`aud` is `urn:journal`", "`Issuer::audience`"],
        ),
        at(
            AUTH0,
            "auth0: access token with permissions alone",
            TENANT,
            Issuer::new(TENANT),
            "no_evidence",
            ["`scope`", "`client_id`"],
        ),
        at(
            AUTH0,
            "auth0: ID token",
            TENANT,
            auth0(),
            "no_evidence",
            ["No claim shows", "`permissions`"],
        ),
        at(
            AUTH0,
            "auth0: access token, Auth0 profile",
            TENANT,
            Issuer::new("https://tenant.auth0.com").profile(Profile::auth0()),
            "wrong_issuer",
            ["`iss` is `https://tenant.auth0.com/`", "expected"],
        ),
        at(
            OKTA,
            "okta: access token for the default audience",
            ORGANIZATION,
            okta(),
            "wrong_audience",
            ["`aud` is `api://default`", "`Issuer::audience`"],
        ),
        at(
            OKTA,
            "okta: access token",
            "https://example.okta.com",
            okta(),
            "wrong_issuer",
            ["`iss` is `https://example.okta.com`", "expected"],
        ),
        at(
            OKTA,
            "okta: ID token without nonce and at_hash",
            ORGANIZATION,
            okta(),
            "no_evidence",
            ["No claim shows", "`cid`"],
        ),
        at(
            ENTRA,
            "entra: access token v1.0 of a user",
            DIRECTORY_V1,
            entra(),
            "wrong_issuer",
            ["`iss` is `https://sts.windows.net/tenant/`", "expected"],
        ),
        at(
            ENTRA,
            "entra: access token v1.0 of a user",
            DIRECTORY_V1,
            Issuer::new(DIRECTORY_V1).profile(Profile::entra()),
            "wrong_value",
            ["`ver` is not `2.0`", "`Issuer::profile`"],
        ),
        at(
            ENTRA,
            "entra: access token v2.0 of a user",
            DIRECTORY,
            entra(),
            "wrong_audience",
            ["`aud` is `00001111-", "`Issuer::audience`"],
        ),
        at(
            ENTRA,
            "entra: ID token v2.0 without nonce",
            DIRECTORY,
            entra().audience(REGISTRATION),
            "no_evidence",
            ["`scp`", "`azpacr`"],
        ),
        at(
            ENTRA,
            "entra: ID token v2.0",
            DIRECTORY,
            entra().audience(REGISTRATION),
            "not_access_token",
            ["The token has `nonce`", "access token"],
        ),
        at(
            COGNITO,
            "cognito: access token",
            POOL,
            Issuer::new(POOL),
            "missing_claim",
            ["The token has no `aud`", "RFC 8707"],
        ),
        at(
            COGNITO,
            "cognito: access token",
            POOL,
            cognito(),
            "wrong_audience",
            ["`client_id` is `1example23456789`", "`Issuer::audience`"],
        ),
        at(
            COGNITO,
            "cognito: ID token",
            POOL,
            cognito(),
            "wrong_value",
            ["`token_use` is not `access`", "`Issuer::profile`"],
        ),
        at(
            ZITADEL,
            "zitadel: access token",
            INSTANCE,
            zitadel(),
            "wrong_audience",
            ["`69234237810729019`", "`Issuer::audience`"],
        ),
        at(
            ZITADEL,
            "zitadel: ID token",
            INSTANCE,
            zitadel().audience(PROJECT),
            "not_access_token",
            ["The token has `at_hash`", "access token"],
        ),
        at(
            ZITADEL,
            "zitadel: access token",
            INSTANCE,
            Issuer::new(INSTANCE)
                .profile(Profile::zitadel().scope_claims(["urn:zitadel:iam:org:project:roles"]))
                .audience(PROJECT),
            "invalid_claim",
            ["has an invalid form", "in an array"],
        ),
    ]
}

#[test]
fn the_pages_of_providers_say_what_the_log_says() {
    listen();
    let key = SigningKey::ed25519("1");
    for mistake in mistakes() {
        let documented = documented::tokens(mistake.from).into_iter();
        let token = documented.map(|documented| documented.token);
        let token = token.into_iter().find(|token| token.name == mistake.token);
        let token = token.expect("a token of this name");
        let mut header = json!({ "alg": key.algorithm(), "kid": "1" });
        if let Some(typ) = token.typ {
            header["typ"] = typ.into();
        }
        let keys = serde_json::from_value(json!({ "keys": [key.jwk()] })).expect("a key set");
        let verifier = JwtVerifier::builder(RESOURCE).issuer(mistake.issuer.jwks(keys));
        let verifier = verifier.build().expect("valid settings");
        let token = key.sign(&header, &token.claims);
        check(verifier, &token, mistake.reason, &mistake.says);
        let row = format!("`{}`", mistake.reason);
        assert!(mistake.page.contains(&row), "{row} of {}", mistake.token);
    }
}

/// Refresh tokens, and the tokens that Auth0 and Zitadel issue where nothing else is set.
#[test]
fn tokens_that_are_not_signed_are_told_apart() {
    listen();
    for token in documented::opaque() {
        let issuer = Issuer::new(TENANT).jwks(
            serde_json::from_value(json!({ "keys": [SigningKey::ed25519("1").jwk()] }))
                .expect("a key set"),
        );
        let verifier = JwtVerifier::builder(RESOURCE).issuer(issuer);
        let verifier = verifier.build().expect("valid settings");
        let (reason, says) = match token.split('.').count() {
            3 => ("malformed", "The header of the token"),
            5 => ("unsupported_parameter", "The header has `enc`"),
            _ => ("not_jwt", "The token is not a JWT."),
        };
        check(verifier, &token, reason, &[says]);
    }
}
