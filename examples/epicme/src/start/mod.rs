//! From options to a server that answers.

mod embedded;
mod error;
mod running;
mod shared;
mod verification;

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;
use scopes_core::ResourceServer;
use scopes_core::api_keys::ApiKeyVerifier;
use scopes_core::cache::CachedVerifier;
use scopes_core::resource::{ResourceServerSetting, ScopesSupported};
use scopes_core::rmcp::protect;
use scopes_core::setting::Setting as _;
use scopes_core::token::TokenVerifier;
use scopes_core::tower::ConfigureProtectLayerError;
use tokio_util::sync::CancellationToken;

pub(crate) use embedded::{check_loopback, embedded};
pub use error::StartServerError;
pub use running::{Running, serve};
use shared::Shared;
use verification::Verifier;
pub(crate) use verification::explain;

use crate::audit;
use crate::authorization_server::AuthorizationServer;
use crate::journal::Journal;
use crate::options::issuer_at;
use crate::server::EpicMe;
use crate::{ListedScopes, Options, page};

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
    /// If the options cannot be, or what they name is not there.
    pub async fn build(options: &Options, address: SocketAddr) -> Result<Self, StartServerError> {
        let real = options.authorization_server.as_ref();
        if real.is_none() {
            check_loopback(address)?;
        }
        let issuer = issuer(options, address);
        let resource = resource(options, address)?;
        let authorization_server = match real {
            Some(_) => None,
            None => Some(embedded(options, address)?),
        };
        let shared = Shared::open(options)?;
        let embedded = authorization_server.as_ref();
        let verifier =
            Verifier::start(options, &resource, embedded, &issuer, shared.store()).await?;
        let epicme = epicme(options)?;

        let stopping = CancellationToken::new();
        let config = StreamableHttpServerConfig::default()
            .with_cancellation_token(stopping.clone())
            // One answer needs no stream.
            .with_json_response(true);
        let mcp = match verifier {
            Verifier::Jwt(verifier) => {
                let verifier = CachedVerifier::new(verifier);
                with_api_keys(options, epicme, config, &resource, verifier, &shared).await
            }
            Verifier::Introspection(verifier) => {
                with_api_keys(options, epicme, config, &resource, verifier, &shared).await
            }
        }?;
        let router = Router::new()
            .route("/healthcheck", get(|| async { "ok" }))
            .merge(mcp);
        let router = match &authorization_server {
            Some(server) => router.merge(server.router(&options.allow_origin)),
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

fn issuer(options: &Options, address: SocketAddr) -> String {
    let real = options.authorization_server.clone();
    real.unwrap_or_else(|| issuer_at(address))
}

/// The handler.
///
/// # Errors
///
/// If the database cannot be opened.
pub(crate) fn epicme(options: &Options) -> Result<EpicMe, StartServerError> {
    let journal = Journal::open(options.database.as_deref()).map_err(StartServerError::because)?;
    Ok(EpicMe::new(journal, options.hide_unpermitted))
}

/// The protected resource.
///
/// # Errors
///
/// If the options name something that no client could use.
pub(crate) fn resource(
    options: &Options,
    address: SocketAddr,
) -> Result<ResourceServer, StartServerError> {
    let issuer = issuer(options, address);
    if options.resource_url.is_none() && !address.ip().is_loopback() {
        return Err(StartServerError::because(format!(
            "--listen {address} needs --resource-url, the https URL that clients use"
        )));
    }
    let scopes = match options.scopes_supported {
        ListedScopes::Annotated => ScopesSupported::Annotated,
        ListedScopes::Baseline => ScopesSupported::Baseline,
        ListedScopes::Omit => ScopesSupported::Omitted,
    };
    let built = ResourceServer::builder(options.resource_at(address))
        .authorization_server(issuer)
        .realm("EpicMe")
        .scopes_supported(scopes)
        .describe(|metadata| metadata.resource_name = Some("EpicMe".to_owned()))
        .build();
    built.map_err(|error| {
        let is_embedded = options.authorization_server.is_none();
        let problems = error.problems().iter().map(|problem| {
            let what = match problem.setting() {
                ResourceServerSetting::Resource => "--resource-url",
                ResourceServerSetting::AuthorizationServer if is_embedded => {
                    "the embedded authorization server"
                }
                ResourceServerSetting::AuthorizationServer => "--authorization-server",
                other => other.as_str(),
            };
            format!("{what} {:?} {}", problem.value(), problem.problem())
        });
        StartServerError::of(&problems.collect::<Vec<_>>())
    })
}

/// The routes of the MCP server, for API keys too if there is a list of them.
async fn with_api_keys<V: TokenVerifier>(
    options: &Options,
    epicme: EpicMe,
    config: StreamableHttpServerConfig,
    resource: &ResourceServer,
    verifier: V,
    shared: &Shared,
) -> Result<Router, StartServerError> {
    let Some(list) = &options.api_keys else {
        return protected(options, epicme, config, resource, verifier, shared).await;
    };
    let keys = ApiKeyVerifier::builder("epicme_").file(list);
    let verifier = keys.build(verifier).map_err(|error| {
        let problems = error.problems().iter();
        let problems = problems.map(|problem| format!("{} {}", problem.value(), problem.problem()));
        StartServerError::of(&problems.collect::<Vec<_>>())
    })?;
    protected(options, epicme, config, resource, verifier, shared).await
}

/// The routes of the MCP server and its metadata.
///
/// # Errors
///
/// If an origin or a host to allow is invalid, or an operation is not protected.
async fn protected<V: TokenVerifier>(
    options: &Options,
    epicme: EpicMe,
    config: StreamableHttpServerConfig,
    resource: &ResourceServer,
    verifier: V,
    shared: &Shared,
) -> Result<Router, StartServerError> {
    let factory = move || Ok(epicme.clone());
    let mut server = protect(factory, resource.clone(), verifier).config(config);
    server = shared.set_in(server);
    for origin in &options.allow_origin {
        server = server.allow_origin(origin).map_err(invalid)?;
    }
    for host in &options.allow_host {
        server = server.allow_host(host).map_err(invalid)?;
    }
    if !options.anonymous {
        server = server.require_token();
    }
    if let Some(audit) = audit::settings(options)? {
        server = server.layer(|layer| layer.audit(audit));
    }
    let server = server.await.map_err(StartServerError::because)?;
    // At this path whatever `--resource-url` is: a proxy can take a prefix off.
    let routes = Router::new()
        .route_service("/mcp", server.service())
        .route_service("/ready", server.readiness());
    Ok(routes.merge(server.metadata()))
}

#[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
fn invalid(error: ConfigureProtectLayerError) -> StartServerError {
    let flag = error.setting().as_str().replace('_', "-");
    StartServerError::because(format!("--{flag} {:?} {}", error.value(), error.problem()))
}
