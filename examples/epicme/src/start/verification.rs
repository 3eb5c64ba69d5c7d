//! How tokens are found good.

use scopes_core::ResourceServer;
use scopes_core::cache::CachedVerifier;
use scopes_core::hyper::HyperFetch;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::token::{AccessToken, TokenVerifier, VerifyTokenError, verify};

use super::StartServerError;
use crate::authorization_server::AuthorizationServer;
use crate::{Options, Verification};

/// By signature, or by asking.
pub(super) enum Verifier {
    Jwt(CachedVerifier<JwtVerifier<HyperFetch>>),
    Introspection(IntrospectionVerifier<HyperFetch>),
}

impl Verifier {
    /// The verifier for tokens of `issuer` for `server`.
    ///
    /// A real authorization server has to answer now; the embedded one answers when requests do.
    pub(super) async fn start(
        options: &Options,
        server: &ResourceServer,
        embedded: Option<&AuthorizationServer>,
        issuer: &str,
    ) -> Result<Self, StartServerError> {
        let resource = server.metadata().resource.as_str();
        let fetch = HyperFetch::new().map_err(StartServerError::because)?;
        match options.verify {
            Verification::Jwt => {
                if let Some(flag) = introspection_flag(options) {
                    let problem = format!("{flag} goes with --verify introspection");
                    return Err(StartServerError::because(problem));
                }
                let builder = JwtVerifier::builder(resource).issuer(Issuer::new(issuer));
                let verifier = if embedded.is_some() {
                    builder.discover_lazily(fetch)
                } else {
                    builder.discover(fetch).await
                };
                let verifier = verifier.map_err(|error| StartServerError::of(error.problems()))?;
                Ok(Self::Jwt(CachedVerifier::new(verifier)))
            }
            Verification::Introspection => {
                let client = client(options, embedded)?;
                let mut builder = IntrospectionVerifier::builder(resource, client).issuer(issuer);
                if let Some(endpoint) = &options.introspection_endpoint {
                    builder = builder.endpoint(endpoint);
                }
                let verifier = if embedded.is_some() {
                    builder.discover_lazily(fetch)
                } else {
                    builder.discover(fetch).await
                };
                let verifier = verifier.map_err(|error| {
                    let problems = error.problems().join("; ");
                    StartServerError::because(format!(
                        "the authorization server {issuer:?} cannot be asked: {problems}"
                    ))
                })?;
                if embedded.is_none() {
                    ask_once(&verifier, options, issuer).await?;
                }
                Ok(Self::Introspection(verifier))
            }
        }
    }
}

/// Whether the authorization server answers at all, to us; that the token is none is an answer.
async fn ask_once(
    verifier: &impl TokenVerifier,
    options: &Options,
    issuer: &str,
) -> Result<(), StartServerError> {
    let made_up = AccessToken::from_authorization(["Bearer epicme-asks-whether-you-answer"]);
    if let Ok(Some(token)) = made_up
        && let Err(VerifyTokenError::Unavailable { .. }) = verify(verifier, token).await
    {
        let endpoint = options.introspection_endpoint.as_ref();
        let place = endpoint.map_or_else(
            || "its introspection endpoint".to_owned(),
            |endpoint| format!("{endpoint:?}"),
        );
        return Err(StartServerError::because(format!(
            "the authorization server {issuer:?} cannot be asked about tokens: {place} does not \
             answer, or does not know the client"
        )));
    }
    Ok(())
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
