//! The verification of tokens.

use std::sync::Arc;

use scopes_core::ResourceServer;
use scopes_core::hyper::HyperFetch;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::jwt::JwtVerifier;
use scopes_core::store::SharedStore;
use scopes_core::token::TokenExplanation;

use super::StartServerError;
use crate::authorization_server::AuthorizationServer;
use crate::{Options, TokenProfile, Verification};

/// Explains what the verifier by signature makes of a token.
///
/// # Errors
///
/// If the settings are invalid.
pub(crate) async fn explain(
    options: &Options,
    server: &ResourceServer,
    token: &str,
) -> Result<TokenExplanation, StartServerError> {
    let fetch = HyperFetch::new().map_err(StartServerError::because)?;
    let settings = JwtVerifier::for_server(server, &options.profile.profile());
    let verifier = settings
        .discover_lazily(fetch)
        .map_err(|error| StartServerError::of(error.problems()))?;
    Ok(verifier.explain(token).await)
}

/// By signature, or by asking.
pub(super) enum Verifier {
    Jwt(Arc<JwtVerifier<HyperFetch>>),
    Introspection(Arc<IntrospectionVerifier<HyperFetch>>),
}

impl Verifier {
    /// The verifier for tokens of `issuer` for `server`.
    ///
    /// A real authorization server has to answer now, unless the server starts early; the embedded one
    /// answers when requests do.
    pub(super) async fn start(
        options: &Options,
        server: &ResourceServer,
        embedded: Option<&AuthorizationServer>,
        issuer: &str,
        store: Option<&SharedStore>,
    ) -> Result<Self, StartServerError> {
        let fetch = HyperFetch::new().map_err(StartServerError::because)?;
        let waits = embedded.is_none() && !options.start_early;
        let verifier = match options.verify {
            Verification::Jwt => {
                if let Some(flag) = introspection_flag(options) {
                    let problem = format!("{flag} goes with --verify introspection");
                    return Err(StartServerError::because(problem));
                }
                let settings = JwtVerifier::for_server(server, &options.profile.profile());
                let verifier = if waits {
                    settings.discover(fetch).await
                } else {
                    settings.discover_lazily(fetch)
                };
                let verifier = verifier.map_err(|error| StartServerError::of(error.problems()))?;
                Self::Jwt(Arc::new(verifier))
            }
            Verification::Introspection => {
                if options.profile != TokenProfile::default() {
                    let problem = "--profile goes with --verify jwt";
                    return Err(StartServerError::because(problem));
                }
                let resource = server.metadata().resource.as_str();
                let client = client(options, embedded)?;
                let mut settings = IntrospectionVerifier::builder(resource, client).issuer(issuer);
                if let Some(endpoint) = &options.introspection_endpoint {
                    settings = settings.endpoint(endpoint);
                }
                if let Some(store) = store {
                    settings = settings.store(store);
                }
                if let Some(claim) = &options.subject_claim {
                    settings = settings.subject_claim(claim);
                }
                let verifier = if waits {
                    settings.discover(fetch).await
                } else {
                    settings.discover_lazily(fetch)
                };
                let verifier = verifier.map_err(|error| {
                    let problems = StartServerError::of(error.problems());
                    StartServerError::because(format!(
                        "the authorization server {issuer:?} cannot be asked about tokens: {problems}"
                    ))
                })?;
                Self::Introspection(Arc::new(verifier))
            }
        };
        if options.start_early && embedded.is_none() {
            verifier.until_ready();
        }
        Ok(verifier)
    }

    /// Asks the authorization server until it answers, while requests are served.
    fn until_ready(&self) {
        match self {
            Self::Jwt(verifier) => {
                let verifier = Arc::clone(verifier);
                tokio::spawn(async move { verifier.until_ready().await });
            }
            Self::Introspection(verifier) => {
                let verifier = Arc::clone(verifier);
                tokio::spawn(async move { verifier.until_ready().await });
            }
        }
    }
}

/// A flag that means nothing without introspection.
fn introspection_flag(options: &Options) -> Option<&'static str> {
    let given = [
        (
            "--introspection-endpoint",
            options.introspection_endpoint.is_some(),
        ),
        ("--client-id", options.client_id.is_some()),
        ("--client-secret-file", options.client_secret_file.is_some()),
        ("--subject-claim", options.subject_claim.is_some()),
    ];
    given
        .into_iter()
        .find_map(|(flag, given)| given.then_some(flag))
}

/// The client as which the authorization server knows us.
fn client(
    options: &Options,
    embedded: Option<&AuthorizationServer>,
) -> Result<ClientAuthentication, StartServerError> {
    let (id, file) = match (&options.client_id, &options.client_secret_file, embedded) {
        (Some(id), Some(file), _) => (id, file),
        (None, None, Some(server)) => {
            let (id, secret) = server.introspection_client();
            return Ok(ClientAuthentication::secret_basic(id, secret));
        }
        _ => {
            let problem = "--verify introspection needs --client-id and --client-secret-file";
            return Err(StartServerError::because(problem));
        }
    };
    let secret = std::fs::read_to_string(file).map_err(|error| {
        let file = file.display();
        StartServerError::because(format!("the client secret {file} cannot be read: {error}"))
    })?;
    Ok(ClientAuthentication::secret_basic(id, secret.trim_end()))
}
