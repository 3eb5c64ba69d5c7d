//! What an issuer publishes about itself: RFC 8414, then OpenID Connect Discovery.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};

use serde::Deserialize;

use crate::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use crate::resource::{check_url, is_reachable_from};

/// What is asked of the metadata of an authorization server.
#[derive(Deserialize)]
pub(crate) struct IssuerMetadata {
    issuer: String,
    #[cfg(feature = "jwt")]
    jwks_uri: Option<String>,
    #[cfg(feature = "introspection")]
    introspection_endpoint: Option<String>,
}

impl IssuerMetadata {
    /// Asks the issuer.
    ///
    /// # Errors
    ///
    /// If no document is found, or one names another issuer: it would be somebody else's keys.
    pub(crate) async fn fetch<F: Fetch>(
        issuer: &str,
        fetch: &F,
        deadline: Deadline,
    ) -> Result<Self, FetchError> {
        let mut last = FetchError::new(format!("no metadata of {issuer:?} was found"));
        for url in metadata_urls(issuer) {
            let request = FetchRequest::get(url.as_str())?;
            let answer = match deadline.fetch(fetch, request).await {
                Ok(answer) if answer.status == 200 => answer,
                Ok(_) => continue,
                Err(error) => {
                    last = error;
                    continue;
                }
            };
            let metadata: Self = serde_json::from_slice(&answer.body)
                .map_err(|_| FetchError::new(format!("the metadata at {url:?} is not valid")))?;
            if metadata.issuer != issuer {
                return Err(FetchError::new(format!(
                    "the metadata at {url:?} is of the issuer {:?}, not of {issuer:?}",
                    metadata.issuer
                )));
            }
            return Ok(metadata);
        }
        Err(last)
    }

    /// Where the issuer's keys are.
    #[cfg(feature = "jwt")]
    pub(crate) fn jwks_uri(&self) -> Result<&str, FetchError> {
        self.url("jwks_uri", self.jwks_uri.as_deref())
    }

    /// Where the issuer is asked about tokens.
    #[cfg(feature = "introspection")]
    pub(crate) fn introspection_endpoint(&self) -> Result<&str, FetchError> {
        let url = self.introspection_endpoint.as_deref();
        self.url("introspection_endpoint", url)
    }

    /// A URL that may be asked, and no way into this machine that the issuer has not itself.
    fn url<'a>(&self, name: &str, url: Option<&'a str>) -> Result<&'a str, FetchError> {
        let issuer = &self.issuer;
        let url = url.ok_or_else(|| {
            FetchError::new(format!("the metadata of {issuer:?} has no `{name}`"))
        })?;
        let problem = match check_url(url) {
            Ok(_) if is_reachable_from(url, issuer) => return Ok(url),
            Ok(_) => "is on this machine, and the issuer is not".to_owned(),
            Err(problem) => problem,
        };
        Err(FetchError::new(format!(
            "the `{name}` of {issuer:?}, {url:?}, {problem}"
        )))
    }
}

/// When the last of several requests has to have its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn after(duration: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(duration).unwrap_or(now))
    }

    /// Sends the request, with the time that is left.
    pub(crate) async fn fetch<F: Fetch>(
        self,
        fetch: &F,
        request: FetchRequest,
    ) -> Result<FetchResponse, FetchError> {
        let timeout = self.0.saturating_duration_since(Instant::now());
        if timeout.is_zero() {
            return Err(FetchError::new("there was no answer in time"));
        }
        let answer = pin!(fetch.fetch(FetchRequest { timeout, ..request }));
        // Also where the implementation does not end in time by itself.
        let answer = match select(answer, pin!(fetch.sleep(timeout))).await {
            Either::Left((answer, _)) => answer?,
            Either::Right(_) => return Err(FetchError::new("there was no answer in time")),
        };
        if answer.body.len() > FetchRequest::MAX_BYTES {
            return Err(FetchError::new("the answer is longer than may be read"));
        }
        Ok(answer)
    }
}

/// RFC 8414 section 3.1 puts the well-known path before the issuer's own, OpenID Connect Discovery
/// section 4 behind it.
fn metadata_urls(issuer: &str) -> [String; 3] {
    let start = issuer.find("://").map_or(0, |at| at + "://".len());
    let end = issuer[start..]
        .find('/')
        .map_or(issuer.len(), |at| start + at);
    let (origin, path) = issuer.split_at(end);
    let path = path.trim_end_matches('/');
    [
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        format!("{origin}/.well-known/openid-configuration{path}"),
        format!("{origin}{path}/.well-known/openid-configuration"),
    ]
}
