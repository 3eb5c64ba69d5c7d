//! better-auth: by signature and by introspection, with registered clients and with those that register
//! themselves.

use std::time::Duration;

use scopes_authorization_servers::{BetterAuth, Client, Metadata};
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifierBuilder};
use scopes_core::jwt::{JwtVerifier, Profile};
use scopes_interop::clients;
use scopes_interop::task::{FirstGrant, Task};

use crate::doctor;
use crate::keys;
use crate::site::Site;
use crate::story::{self, Reasons};
use crate::table::Table;
use crate::tasks::{one_notebook, task};

const READ: &str = "openid offline_access entries:read";

/// Why the ID token and the refresh token, which is opaque, are rejected.
const BY_SIGNATURE: Reasons = (
    Some(r#"auth.reason="not_access_token""#),
    r#"auth.reason="not_jwt""#,
);
/// With opaque access tokens, it issues no ID token.
const BY_INTROSPECTION: Reasons = (None, r#"auth.reason="inactive""#);

/// How long a failure is remembered (`max_rejection_age`).
const FORGOTTEN: Duration = Duration::from_secs(2);

/// # Errors
///
/// If better-auth is not installed.
pub(crate) async fn run(
    table: &mut Table,
    clients: &[clients::Client],
    browser: &str,
) -> Result<(), String> {
    let mut site = Site::new();
    let mut server = BetterAuth::start(&site.url, "jwt", false).await?;
    let issuer = server.issuer();
    let metadata = Metadata::of(&issuer).await;
    let client = Client::new(&metadata, BetterAuth::CLIENT);

    site.serve_by_signature(&issuer).await;
    let outcome = by_signature(&mut site, &issuer, &client).await;
    table.row("better-auth, by signature", "of the test", outcome);
    let outcome = registers(&site, &metadata).await;
    let name = "of the test, registers";
    table.row("better-auth, by signature", name, outcome);
    let all: Vec<_> = clients.iter().collect();
    let part = task(&site, FirstGrant::Part, None);
    table
        .clients("better-auth, by signature", &all, &part, browser)
        .await;

    site.serve_publishing(&issuer, "entries:read").await;
    let asked = Task {
        step: one_notebook(),
        ..task(&site, FirstGrant::Asked, Some(BetterAuth::CLIENT))
    };
    table
        .clients("better-auth, one notebook", &all, &asked, browser)
        .await;
    let outcome = keys::change(&mut site, &issuer, &mut server, &client, READ).await;
    table.row("better-auth, its keys change", "of the test", outcome);
    let outcome = doctor::at_better_auth(&mut site, &issuer).await;
    table.row("better-auth", "the doctor", outcome);
    drop(server);

    let mut server = BetterAuth::start(&site.url, "opaque", false).await?;
    let outcome = by_introspection(&mut site, &mut server).await;
    table.row("better-auth, by introspection", "of the test", outcome);
    let part = task(&site, FirstGrant::Part, None);
    let name = "better-auth, by introspection";
    table.clients(name, &all, &part, browser).await;
    drop(server);

    let server = BetterAuth::start(&site.url, "jwt", true).await?;
    let outcome = as_in_production(&mut site, &server).await;
    table.row("better-auth, made-up tokens", "of the test", outcome);
    Ok(())
}

async fn by_signature(site: &mut Site, issuer: &str, client: &Client) -> Result<String, String> {
    story::finds_the_authorization_server(site, issuer).await;
    let tokens = story::steps_up(site, client, READ).await?;
    story::refreshes(site, client, &tokens, BY_SIGNATURE).await?;
    story::steps_up_for_every_notebook(site, client).await?;
    story::steps_up_for_one_notebook(site, client).await?;
    let refused = client.revoke(&tokens).await.expect_err("a JWT");
    assert!(refused.contains("unsupported_token_type"), "{refused}");
    let elsewhere = client.sign_in("http://127.0.0.1:9/mcp", READ).await;
    let refused = elsewhere.expect_err("another server");
    assert!(refused.contains("invalid_target"), "{refused}");

    // Every client gets tokens of RFC 9068.
    let settings = |server: &_| JwtVerifier::for_server(server, &Profile::at_jwt());
    site.serve_with(issuer, settings).await;
    site.allowed(&tokens.access, "create_entry", None).await;
    site.serve_by_signature(issuer).await;
    Ok("steps up, refreshes, notebooks".to_owned())
}

/// A client that registers itself may ask for every scope later.
async fn registers(site: &Site, metadata: &Metadata) -> Result<String, String> {
    let client = Client::register(metadata, "entries:read").await?;
    story::steps_up(site, &client, "entries:read").await?;
    Ok("steps up to what it has not registered for".to_owned())
}

fn asking(site: &Site, server: &BetterAuth) -> IntrospectionVerifierBuilder {
    let (id, secret) = (BetterAuth::RESOURCE_SERVER, server.secret());
    site.asking(ClientAuthentication::secret_basic(id, secret))
}

async fn by_introspection(site: &mut Site, server: &mut BetterAuth) -> Result<String, String> {
    let issuer = server.issuer();
    let client = Client::new(&Metadata::of(&issuer).await, BetterAuth::CLIENT);
    let settings = asking(site, server);
    let at_once = settings.clone().max_age(Duration::ZERO);
    site.serve_by_introspection(site.resource(&issuer), at_once)
        .await;

    let tokens = story::steps_up(site, &client, READ).await?;
    story::refreshes(site, &client, &tokens, BY_INTROSPECTION).await?;
    story::revokes(site, &client, READ).await?;

    site.serve_by_introspection(site.resource(&issuer), settings)
        .await;
    story::outlasts_by_introspection(site, server, &client, READ).await?;
    Ok("steps up, refreshes, a revocation, an interruption".to_owned())
}

/// It answers 500 to JWTs that it has not signed, and only 100 questions a minute.
async fn as_in_production(site: &mut Site, server: &BetterAuth) -> Result<String, String> {
    let issuer = server.issuer();
    let client = Client::new(&Metadata::of(&issuer).await, BetterAuth::CLIENT);
    let settings = asking(site, server);
    site.serve_by_introspection(site.resource(&issuer), settings)
        .await;
    let known = client.sign_in(&site.url, "entries:read").await?;
    let unknown = client.sign_in(&site.url, "entries:read").await?;

    // A 500 may be the server's fault at first: the client keeps the token. Once another token has been
    // answered for, it is this token's.
    let (content, _) = known.access.rsplit_once('.').expect("a JWS");
    let tampered = format!("{content}.{}", "A".repeat(86));
    let pause = site.unavailable(&tampered).await;
    site.allowed(&known.access, "count_entries", None).await;
    tokio::time::sleep(pause.max(FORGOTTEN)).await;
    site.rejected(&tampered, r#"auth.reason="server_failure""#)
        .await;

    // Whoever makes up tokens uses up the questions of this minute.
    let mut is_limited = false;
    for number in 0..100 {
        let made_up = format!("made-up-{number}");
        let answer = site.call(Some(&made_up), "count_entries", None).await;
        is_limited |= answer.status == 503;
    }
    assert!(is_limited, "after a hundred questions");
    let pause = site.unavailable(&unknown.access).await;
    // It says how long in `X-Retry-After`.
    let expected = Duration::from_secs(10)..=Duration::from_secs(60);
    assert!(expected.contains(&pause), "{pause:?}");
    site.allowed(&known.access, "count_entries", None).await;
    Ok("a 500 about one token, a hundred questions".to_owned())
}
