//! From settings to a resource server and its verifier.

use std::net::SocketAddr;

use scopes_core::ResourceServer;
use scopes_core::config::{Configuration, Configured};
use scopes_core::hyper::HyperFetch;
use scopes_core::jwt::{JwtVerifier, Profile};
use scopes_core::store::SharedStore;
use scopes_core::token::TokenExplanation;

use super::{StartServerError, check_loopback, embedded};
use crate::Options;
use crate::authorization_server::AuthorizationServer;
use crate::options::issuer_at;
use crate::settings::Settings;

/// The settings of a server that listens at `address`.
fn settings(options: &Options, address: SocketAddr) -> Settings {
    let mut settings = Settings::of(options);
    let configuration = &mut settings.configuration;
    if address.ip().is_loopback() {
        let resource = format!("{}/mcp", issuer_at(address));
        configuration.set_default("resource", "the URL of --listen", resource);
    }
    let embedded = "the embedded authorization server";
    configuration.set_default("authorization_server", embedded, issuer_at(address));
    settings
}

/// The same, to be checked: the embedded authorization server, which would name a client, need not be there.
fn checked(options: &Options, address: SocketAddr) -> Settings {
    let mut settings = settings(options, address);
    if !Settings::of(options).is_behind_real_server() {
        set_client(&mut settings, None);
    }
    settings
}

/// The protected resource.
///
/// # Errors
///
/// All invalid settings.
pub(crate) fn resource(
    options: &Options,
    address: SocketAddr,
) -> Result<ResourceServer, StartServerError> {
    let server = checked(options, address).configuration.resource_server();
    server.map_err(StartServerError::because)
}

/// Checks all settings, for a server that is not to start.
///
/// # Errors
///
/// All invalid settings.
pub(crate) fn check(options: &Options, address: SocketAddr) -> Result<(), StartServerError> {
    let fetch = HyperFetch::new().map_err(StartServerError::because)?;
    let built = checked(options, address)
        .configuration
        .discover_lazily(fetch);
    built.map(drop).map_err(StartServerError::because)
}

/// Server and verifier, and the embedded authorization server unless a real one is named.
///
/// A real authorization server has to answer now, unless the server starts early; the embedded one
/// answers when requests do.
///
/// # Errors
///
/// All invalid settings, or the authorization server does not answer.
pub(super) async fn configured(
    options: &Options,
    address: SocketAddr,
    store: Option<&SharedStore>,
) -> Result<(Configured<HyperFetch>, Option<AuthorizationServer>), StartServerError> {
    let fetch = HyperFetch::new().map_err(StartServerError::because)?;
    if Settings::of(options).is_behind_real_server() {
        let settings = settings(options, address);
        let mut configuration = settings.configuration;
        share(&mut configuration, store);
        if !settings.start_early {
            let configured = configuration.discover(fetch).await;
            return Ok((configured.map_err(StartServerError::because)?, None));
        }
        let configured = configuration.discover_lazily(fetch);
        let configured = configured.map_err(StartServerError::because)?;
        let verifier = configured.verifier.clone();
        tokio::spawn(async move { verifier.until_ready().await });
        return Ok((configured, None));
    }
    check_loopback(address)?;
    // Its mistakes are found below, with all others.
    let server = match resource(options, address) {
        Ok(resource) => Some(embedded(options, address, &resource)?),
        Err(_) => None,
    };
    let mut settings = settings(options, address);
    set_client(&mut settings, server.as_ref());
    share(&mut settings.configuration, store);
    let configured = settings.configuration.discover_lazily(fetch);
    Ok((configured.map_err(StartServerError::because)?, server))
}

/// Shares answers about tokens with the other instances, if there is a store.
fn share(configuration: &mut Configuration, store: Option<&SharedStore>) {
    if let Some(store) = store.cloned() {
        configuration.introspection(move |verifier| verifier.store(&store));
    }
}

/// Introspects tokens as the client that the embedded authorization server knows, unless one is named.
fn set_client(settings: &mut Settings, server: Option<&AuthorizationServer>) {
    let configuration = &mut settings.configuration;
    if configuration.contains("introspection.client_id") {
        return;
    }
    let (id, secret) = server.map_or(
        ("epicme", "unused"),
        AuthorizationServer::introspection_client,
    );
    let embedded = "the embedded authorization server";
    configuration.set_default("introspection.client_id", embedded, id);
    if !configuration.contains("introspection.client_secret_file") {
        configuration.set_default("introspection.client_secret", embedded, secret);
    }
}

/// Explains what the verifier by signature makes of a token for `server`.
///
/// # Errors
///
/// All invalid settings.
pub(crate) async fn explain(
    options: &Options,
    address: SocketAddr,
    server: &ResourceServer,
    token: &str,
) -> Result<TokenExplanation, StartServerError> {
    let fetch = || HyperFetch::new().map_err(StartServerError::because);
    let mut settings = settings(options, address);
    set_client(&mut settings, None);
    let issuers = server.metadata().authorization_servers.clone();
    let configuration = &mut settings.configuration;
    configuration.set_list("authorization_server", "the authorization server", issuers);
    let configured = settings.configuration.discover_lazily(fetch()?);
    let configured = configured.map_err(StartServerError::because)?;
    if let Some(explanation) = configured.verifier.explain(token).await {
        return Ok(explanation);
    }
    // Tokens are introspected. One that is a JWT can still be explained.
    let verifier = JwtVerifier::for_server(server, &Profile::default());
    let verifier = verifier.discover_lazily(fetch()?);
    let verifier = verifier.map_err(StartServerError::because)?;
    Ok(verifier.explain(token).await)
}
