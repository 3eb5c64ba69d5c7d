//! Asks an authorization server about a made-up token, as a client of it.

use std::time::Duration;

use super::finding::Finding;
use crate::fetch::FetchError;
use crate::hyper::HyperFetch;
use crate::introspection::{ClientAuthentication, IntrospectionVerifier};
use crate::token::{PresentedToken, Rejection, VerifyTokenError, verify};

/// A client of an authorization server. Its secret is sent there alone: the operator names the server,
/// and no document does.
pub(crate) struct IntrospectionClient {
    pub(crate) issuer: String,
    pub(crate) endpoint: Option<String>,
    pub(crate) id: String,
    pub(crate) secret: String,
}

pub(super) async fn examine(
    credentials: &IntrospectionClient,
    resource: &str,
    timeout: Duration,
) -> Result<Vec<Finding>, FetchError> {
    const CHECK: &str = "introspection";
    let client = ClientAuthentication::secret_basic(&*credentials.id, &*credentials.secret);
    let settings = IntrospectionVerifier::builder(resource, client)
        .issuer(&*credentials.issuer)
        .timeout(timeout);
    let settings = match &credentials.endpoint {
        Some(endpoint) => settings.endpoint(endpoint),
        None => settings,
    };
    let verifier = match settings.discover(HyperFetch::new()?).await {
        Ok(verifier) => verifier,
        Err(error) => {
            let advice = "correct the endpoint, the client id or the secret";
            return Ok(vec![Finding::problem(CHECK, error.to_string(), advice)]);
        }
    };
    let made_up = PresentedToken::bearer("scopes-doctor-made-up-token");
    Ok(vec![match verify(&verifier, made_up).await {
        Err(VerifyTokenError::Invalid(reason)) if *reason == Rejection::Inactive => {
            Finding::ok(CHECK, "a made-up token is inactive")
        }
        Err(VerifyTokenError::Unavailable { .. }) => Finding::problem(
            CHECK,
            "the second question about a made-up token has no answer",
            "see the log of the authorization server; it may limit the number of questions",
        ),
        _ => Finding::problem(
            CHECK,
            "a made-up token is active",
            "the endpoint answers without looking at the token: correct its URL, or the server",
        ),
    }])
}
