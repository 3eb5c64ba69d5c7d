//! The authorization servers, and an MCP server beside each.

use scopes_authorization_servers::{BetterAuth, Django, EpicMe, Hydra, Keycloak};
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifierBuilder};
use scopes_interop::oidc_provider::{self, OidcProvider};
use scopes_interop::task::{Call, FirstGrant, Task};
use serde_json::json;

use super::results::{Results, Tokens};
use crate::site::{Site, publishing};
use crate::tasks::task;

/// The scope that clients ask for first, where the client is registered.
const READ: &str = "entries:read";

/// Runs all of them, and returns those that are not installed.
pub(crate) async fn run(results: &mut Results) -> Vec<String> {
    let installed = [
        ("EpicMe", epicme(results).await),
        ("oidc-provider", oidc_provider(results).await),
        ("Keycloak", keycloak(results).await),
        ("Ory Hydra", hydra(results).await),
        ("better-auth", better_auth(results).await),
        ("Django", django(results).await),
    ];
    let missing = installed.into_iter().filter_map(|(name, outcome)| {
        let problem = outcome.err()?;
        Some(format!("{name}: {problem}"))
    });
    missing.collect()
}

async fn epicme(results: &mut Results) -> Result<(), String> {
    let server = EpicMe::start().await?;
    let task = Task {
        url: server.url(),
        client_id: None,
        tools: 17,
        grant: FirstGrant::Asked,
        first: Call {
            tool: "whoami",
            arguments: json!({}),
            scope: "user:read",
        },
        step: Call {
            tool: "create_entry",
            arguments: json!({ "title": "A day", "content": "Dear diary" }),
            scope: "entries:write",
        },
    };
    results
        .run("EpicMe's own", Tokens::BySignature, &task)
        .await;
    results.lacks("EpicMe's own", Tokens::ByIntrospection, "no introspection");
    Ok(())
}

async fn oidc_provider(results: &mut Results) -> Result<(), String> {
    for (tokens, signs) in [
        (Tokens::BySignature, true),
        (Tokens::ByIntrospection, false),
    ] {
        let mut site = Site::new();
        let url = site.url.clone();
        let server = tokio::task::spawn_blocking(move || OidcProvider::start(&url, signs));
        let server = server.await.expect("it starts");
        if signs {
            site.serve_publishing(&server.issuer, READ).await;
        } else {
            let client = ClientAuthentication::secret_basic(
                oidc_provider::RESOURCE_SERVER,
                oidc_provider::SECRET,
            );
            serve_by_introspection(&mut site, &server.issuer, |site| site.asking(client)).await;
        }
        let registered = task(&site, FirstGrant::Asked, Some(oidc_provider::CLIENT));
        results.run("oidc-provider", tokens, &registered).await;
    }
    Ok(())
}

async fn keycloak(results: &mut Results) -> Result<(), String> {
    let mut site = Site::new();
    let server = Keycloak::start(&site.url).await?;
    let issuer = server.issuer();
    site.serve_publishing(&issuer, READ).await;
    let registered = task(&site, FirstGrant::Asked, Some(Keycloak::CLIENT));
    results
        .run("Keycloak", Tokens::BySignature, &registered)
        .await;
    site.serve_by_signature(&issuer).await;
    let everything = task(&site, FirstGrant::Everything, None);
    results
        .run("Keycloak", Tokens::BySignature, &everything)
        .await;

    let client = ClientAuthentication::secret_basic(&site.url, Keycloak::SECRET);
    serve_by_introspection(&mut site, &issuer, |site| site.asking(client)).await;
    results
        .run("Keycloak", Tokens::ByIntrospection, &registered)
        .await;
    Ok(())
}

async fn hydra(results: &mut Results) -> Result<(), String> {
    for (tokens, kind) in [
        (Tokens::BySignature, "jwt"),
        (Tokens::ByIntrospection, "opaque"),
    ] {
        let mut site = Site::new();
        let server = Hydra::start(&site.url, kind).await?;
        if tokens == Tokens::BySignature {
            site.serve_by_signature(server.issuer()).await;
            // The client asks for everything, and the user grants a part.
            let part = task(&site, FirstGrant::Part, None);
            results.run("Ory Hydra", tokens, &part).await;
            site.serve_publishing(server.issuer(), READ).await;
        } else {
            serve_by_introspection(&mut site, server.issuer(), |site| {
                let settings = site.asking(ClientAuthentication::none());
                settings.endpoint(server.introspection())
            })
            .await;
        }
        let registered = task(&site, FirstGrant::Asked, Some(Hydra::CLIENT));
        results.run("Ory Hydra", tokens, &registered).await;
    }
    Ok(())
}

async fn better_auth(results: &mut Results) -> Result<(), String> {
    let registered = Some(BetterAuth::CLIENT);
    for (tokens, kind) in [
        (Tokens::BySignature, "jwt"),
        (Tokens::ByIntrospection, "opaque"),
    ] {
        let mut site = Site::new();
        let server = BetterAuth::start(&site.url, kind, false).await?;
        let issuer = server.issuer();
        if tokens == Tokens::BySignature {
            site.serve_by_signature(&issuer).await;
            let part = task(&site, FirstGrant::Part, None);
            results.run("better-auth", tokens, &part).await;
            site.serve_publishing(&issuer, READ).await;
        } else {
            let (id, secret) = (BetterAuth::RESOURCE_SERVER, server.secret());
            let client = ClientAuthentication::secret_basic(id, secret);
            serve_by_introspection(&mut site, &issuer, |site| site.asking(client)).await;
        }
        let asked = task(&site, FirstGrant::Asked, registered);
        results.run("better-auth", tokens, &asked).await;
    }
    Ok(())
}

async fn django(results: &mut Results) -> Result<(), String> {
    let mut site = Site::new();
    let server = Django::start("urls").await?;
    let client = ClientAuthentication::secret_basic(Django::RESOURCE_SERVER, Django::SECRET);
    serve_by_introspection(&mut site, &server.issuer(), |site| {
        site.asking(client).subject_claim("username")
    })
    .await;
    results.lacks("Django", Tokens::BySignature, "its JWTs have no audience");
    let registered = task(&site, FirstGrant::Asked, Some(Django::CLIENT));
    results
        .run("Django", Tokens::ByIntrospection, &registered)
        .await;
    let registers = task(&site, FirstGrant::Asked, None);
    results
        .run("Django", Tokens::ByIntrospection, &registers)
        .await;
    Ok(())
}

/// Serves the journal, publishes one scope, and asks the authorization server about tokens.
async fn serve_by_introspection(
    site: &mut Site,
    issuer: &str,
    settings: impl FnOnce(&Site) -> IntrospectionVerifierBuilder,
) {
    let server = publishing(site.resource(issuer), READ);
    let settings = settings(site);
    site.serve_by_introspection(server, settings).await;
}
