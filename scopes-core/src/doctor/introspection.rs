//! Asks an authorization server about a made-up token, as a client of it.

use std::time::Duration;

use super::finding::Finding;
use crate::fetch::FetchError;
use crate::hyper::HyperFetch;
use crate::introspection::{ClientAuthentication, IntrospectionVerifier};

/// A client of an authorization server. Its secret is sent there alone: the operator names the server,
/// and no document does.
pub(crate) struct IntrospectionClient {
    pub(crate) issuer: String,
    pub(crate) endpoint: Option<String>,
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// Has the verifier prove what it proves at the start of a server.
pub(super) async fn examine(
    credentials: &IntrospectionClient,
    resource: &str,
    timeout: Duration,
) -> Result<Finding, FetchError> {
    const CHECK: &str = "introspection";
    let client = ClientAuthentication::secret_basic(&*credentials.id, &*credentials.secret);
    let settings = IntrospectionVerifier::builder(resource, client)
        .issuer(&*credentials.issuer)
        .timeout(timeout);
    let settings = match &credentials.endpoint {
        Some(endpoint) => settings.endpoint(endpoint),
        None => settings,
    };
    Ok(match settings.discover(HyperFetch::new()?).await {
        Ok(_) => Finding::ok(CHECK, "a made-up token is inactive"),
        Err(error) => {
            let problems = error.problems().iter();
            let problems = problems.map(|wrong| match wrong.value() {
                "" => wrong.problem().to_owned(),
                value => format!("{value:?} {}", wrong.problem()),
            });
            let problems: Vec<_> = problems.collect();
            let advice = "correct the endpoint, the client id or the secret";
            Finding::problem(CHECK, problems.join("; "), advice)
        }
    })
}
