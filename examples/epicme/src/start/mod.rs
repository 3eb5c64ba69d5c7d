//! From options to a server that answers.

mod configured;
mod embedded;
mod error;
mod revoking;
mod running;
mod shared;

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;
use scopes_core::ResourceServer;
use scopes_core::config::Configured;
use scopes_core::hyper::HyperFetch;
use scopes_core::rmcp::protect;
use tokio_util::sync::CancellationToken;

pub(crate) use configured::{check, explain, resource};
pub(crate) use embedded::{check_loopback, embedded};
pub use error::StartServerError;
use revoking::Revoking;
pub use running::{Running, serve};
use shared::Shared;

use crate::authorization_server::AuthorizationServer;
use crate::journal::Journal;
use crate::server::EpicMe;
use crate::settings::Settings;
use crate::{Options, audit, page};

/// Everything that answers requests.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct App {
    /// The MCP server, its metadata, the health check, and the embedded authorization server.
    pub router: Router,
    /// The protected resource.
    pub resource: ResourceServer,
    /// The embedded authorization server, unless a real one was named.
    pub authorization_server: Option<AuthorizationServer>,
    stopping: CancellationToken,
}

impl App {
    /// Everything that answers requests at `address`, once it is served there.
    ///
    /// # Errors
    ///
    /// If settings are invalid, or what they name is not there.
    pub async fn build(options: &Options, address: SocketAddr) -> Result<Self, StartServerError> {
        let settings = Settings::of(options);
        let shared = Shared::open(&settings)?;
        let revoking = settings.revocation_secret_file.as_deref();
        let revoking = revoking.map(|file| Revoking::open(file, shared.store()));
        let revoking = revoking.transpose()?;
        let (configured, authorization_server) =
            configured::configured(options, address, shared.store()).await?;
        let epicme = epicme(&settings)?;
        let resource = configured.server.clone();
        let origins = configured.layer.allowed_origins().to_vec();

        let stopping = CancellationToken::new();
        let config = StreamableHttpServerConfig::default()
            .with_cancellation_token(stopping.clone())
            // One answer needs no stream.
            .with_json_response(true);
        let mcp = protected(
            &settings,
            epicme,
            config,
            configured,
            &shared,
            revoking.as_ref(),
        )
        .await?;
        let router = Router::new()
            .route("/healthcheck", get(|| async { "ok" }))
            .merge(mcp);
        let router = match &authorization_server {
            Some(server) => router.merge(server.router(&origins)),
            None => router,
        };
        let router = router.merge(page::router(&resource, authorization_server.is_some()));
        Ok(Self {
            router,
            resource,
            authorization_server,
            stopping,
        })
    }
}

/// The handler.
///
/// # Errors
///
/// If the database cannot be opened.
pub(crate) fn epicme(settings: &Settings) -> Result<EpicMe, StartServerError> {
    let journal = Journal::open(settings.database.as_deref()).map_err(StartServerError::because)?;
    Ok(EpicMe::new(journal, settings.hide_unpermitted))
}

/// The routes of the MCP server and its metadata.
///
/// # Errors
///
/// If an operation is not protected.
async fn protected(
    settings: &Settings,
    epicme: EpicMe,
    config: StreamableHttpServerConfig,
    configured: Configured<HyperFetch>,
    shared: &Shared,
    revoking: Option<&Revoking>,
) -> Result<Router, StartServerError> {
    let factory = move || Ok(epicme.clone());
    let layer = configured.layer;
    let server = protect(factory, configured.server, configured.verifier).config(config);
    let server = server.layer(|protect| layer.apply(protect));
    let mut server = shared.set_in(server);
    if let Some(revoking) = revoking {
        server = revoking.set_in(server);
    }
    if !settings.anonymous {
        server = server.require_token();
    }
    if let Some(audit) = audit::settings(settings)? {
        server = server.layer(|layer| layer.audit(audit));
    }
    let server = server.await.map_err(StartServerError::because)?;
    // At this path whatever `--resource-url` is: a proxy can take a prefix off.
    let routes = Router::new()
        .route_service("/mcp", server.service())
        .route_service("/ready", server.readiness());
    let routes = routes.merge(server.metadata());
    Ok(match revoking {
        Some(revoking) => routes.merge(revoking.router()),
        None => routes,
    })
}
