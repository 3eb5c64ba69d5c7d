//! The authorization servers, and an MCP server beside each.

use std::time::Duration;

use scopes_authorization_servers::{EpicMe, Hydra, Keycloak};
use scopes_core::ScopeSet;
use scopes_core::hyper::HyperFetch;
use scopes_core::introspection::{
    ClientAuthentication, IntrospectionVerifier, IntrospectionVerifierBuilder,
};
use scopes_core::resource::ScopesSupported;
use scopes_interop::oidc_provider::{self, OidcProvider};
use scopes_interop::task::{Call, FirstGrant, Task};
use serde_json::json;

use super::results::{Results, Tokens};
use crate::site::Site;
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
        tools: 16,
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
            let settings = IntrospectionVerifier::builder(&site.url, client).issuer(&server.issuer);
            serve_by_introspection(&mut site, &server.issuer, settings).await;
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
    let settings = IntrospectionVerifier::builder(&site.url, client).issuer(&issuer);
    serve_by_introspection(&mut site, &issuer, settings).await;
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
        let settings = IntrospectionVerifier::builder(&site.url, ClientAuthentication::none())
            .issuer(server.issuer())
            .endpoint(server.introspection());
        if tokens == Tokens::BySignature {
            site.serve_by_signature(server.issuer()).await;
            // The client asks for everything, and the user grants a part.
            let part = task(&site, FirstGrant::Part, None);
            results.run("Ory Hydra", tokens, &part).await;
            site.serve_publishing(server.issuer(), READ).await;
        } else {
            serve_by_introspection(&mut site, server.issuer(), settings).await;
        }
        let registered = task(&site, FirstGrant::Asked, Some(Hydra::CLIENT));
        results.run("Ory Hydra", tokens, &registered).await;
    }
    Ok(())
}

/// Serves the journal, publishes one scope, and asks the authorization server about tokens.
async fn serve_by_introspection(
    site: &mut Site,
    issuer: &str,
    settings: IntrospectionVerifierBuilder,
) {
    let scopes: ScopeSet = READ.parse().expect("scopes");
    let server = site.resource(issuer);
    let server = server.scopes_supported(ScopesSupported::Explicit(scopes));
    let settings = settings.max_age(Duration::ZERO);
    let verifier = settings.discover(HyperFetch::new().expect("TLS")).await;
    let verifier = verifier.expect("an endpoint");
    site.serve(server.build().expect("valid settings"), verifier)
        .await;
}
