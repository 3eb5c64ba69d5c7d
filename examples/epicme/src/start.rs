//! From options to a server that answers.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use scopes_core::resource::ScopesSupported;
use scopes_core::rmcp::validate;
use scopes_core::token::TokenVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::authorization_server::{AuthorizationServer, SigningKey};
use crate::journal::Journal;
use crate::options::issuer_at;
use crate::server::EpicMe;
use crate::verification::Verifier;
use crate::{ListedScopes, Options};

/// Everything that answers requests.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct App {
    /// The MCP server, its metadata, the health check, and the embedded authorization server.
    pub router: Router,
    /// What is protected.
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
        let authorization_server = match &options.authorization_server {
            Some(_) => None,
            None => Some(embedded(options, address)?),
        };
        let issuer = match &options.authorization_server {
            Some(issuer) => issuer.clone(),
            None => issuer_at(address),
        };
        let resource = resource(options, address, &issuer)?;
        let verifier = Verifier::start(options, &resource, &issuer).await?;
        let epicme = epicme(options).await?;

        let stopping = CancellationToken::new();
        let config =
            StreamableHttpServerConfig::default().with_cancellation_token(stopping.clone());
        let hosts = config.allowed_hosts.iter().cloned();
        let hosts = hosts.chain(host(&resource.metadata().resource).map(str::to_owned));
        let hosts: Vec<_> = hosts.collect();
        let mcp = StreamableHttpService::new(
            move || Ok(epicme.clone()),
            LocalSessionManager::default().into(),
            config.with_allowed_hosts(hosts),
        );
        let mcp = match verifier {
            Verifier::Jwt(verifier) => protected(mcp, &resource, verifier),
            Verifier::Introspection(verifier) => protected(mcp, &resource, verifier),
        };
        let router = Router::new()
            .route("/healthcheck", get(|| async { "ok" }))
            .merge(mcp);
        let router = match &authorization_server {
            Some(server) => router.merge(server.router()),
            None => router,
        };
        Ok(Self {
            router,
            resource,
            authorization_server,
            stopping,
        })
    }
}

/// The handler, with every operation annotated and served.
///
/// # Errors
///
/// If the database cannot be opened, or an operation is not protected.
pub(crate) async fn epicme(options: &Options) -> Result<EpicMe, StartServerError> {
    let journal = Journal::open(options.database.as_deref()).map_err(StartServerError::because)?;
    let epicme = EpicMe::new(journal, options.hide_unpermitted);
    validate(epicme.clone(), &Registry::of_program())
        .await
        .map_err(StartServerError::because)?;
    Ok(epicme)
}

/// The authorization server of a server that listens at `address`.
///
/// # Errors
///
/// If that is not on this machine alone, or there is no key.
pub(crate) fn embedded(
    options: &Options,
    address: SocketAddr,
) -> Result<AuthorizationServer, StartServerError> {
    check_loopback(address)?;
    let file = options.signing_key_file().ok_or_else(|| {
        StartServerError::because("there is no home folder for the key; give --signing-key")
    })?;
    let key = SigningKey::load_or_create(&file).map_err(StartServerError::because)?;
    AuthorizationServer::new(&issuer_at(address), &options.resource_at(address), key)
        .map_err(StartServerError::because)
}

/// Whether the embedded authorization server may listen at `address`.
pub(crate) fn check_loopback(address: SocketAddr) -> Result<(), StartServerError> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(StartServerError::because(format!(
        "the embedded authorization server is for development on this machine, and {address} can \
         be reached from others; name a real one with --authorization-server"
    )))
}

fn resource(
    options: &Options,
    address: SocketAddr,
    issuer: &str,
) -> Result<ResourceServer, StartServerError> {
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
        let problems = error.problems().iter().map(|problem| {
            let flag = match problem.setting {
                "resource" => "--resource-url",
                "authorization_server" => "--authorization-server",
                other => other,
            };
            format!("{flag} {:?} {}", problem.value, problem.problem)
        });
        StartServerError::of(&problems.collect::<Vec<_>>())
    })
}

/// The routes of the MCP server and its metadata.
fn protected<V: TokenVerifier>(
    mcp: StreamableHttpService<EpicMe, LocalSessionManager>,
    resource: &ResourceServer,
    verifier: V,
) -> Router {
    let protect = ProtectLayer::new(resource.clone(), verifier);
    Router::new()
        .route_service("/mcp", mcp.clone())
        // The layer answers these itself.
        .route_service("/.well-known/oauth-protected-resource", mcp.clone())
        .route_service("/.well-known/oauth-protected-resource/{*path}", mcp)
        .route_layer(protect)
}

/// The host of a URL that has been checked, as requests name it.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split('/').next()
}

/// A server at work. Dropping it leaves the server running.
#[derive(Debug)]
#[non_exhaustive]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What is protected.
    pub resource: ResourceServer,
    /// The embedded authorization server, unless a real one was named.
    pub authorization_server: Option<AuthorizationServer>,
    stopping: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Serves at `listener` what `options` say, in the current tokio runtime.
///
/// # Errors
///
/// If the options cannot be, or what they name is not there.
pub async fn serve(options: &Options, listener: TcpListener) -> Result<Running, StartServerError> {
    let address = listener.local_addr().map_err(StartServerError::because)?;
    let app = App::build(options, address).await?;
    let stopped = app.stopping.clone().cancelled_owned();
    let serving = axum::serve(listener, app.router).with_graceful_shutdown(stopped);
    Ok(Running {
        address,
        resource: app.resource,
        authorization_server: app.authorization_server,
        stopping: app.stopping,
        serving: tokio::spawn(serving.into_future()),
    })
}

impl Running {
    /// How long requests may take to end.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Ends all sessions, answers the requests that have come, and takes no more.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        if tokio::time::timeout(Self::PATIENCE, &mut self.serving)
            .await
            .is_err()
        {
            self.serving.abort();
        }
    }
}

/// Why the server does not start, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartServerError(String);

impl StartServerError {
    #[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
    pub(crate) fn because(reason: impl ToString) -> Self {
        Self(reason.to_string())
    }

    pub(crate) fn of(problems: &[String]) -> Self {
        Self(problems.join("; "))
    }
}

impl fmt::Display for StartServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for StartServerError {}
