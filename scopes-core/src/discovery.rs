//! Endpoints in the metadata of an issuer: RFC 8414 and OpenID Connect Discovery.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use serde::Deserialize;
use serde_json::Value;

use crate::document;
use crate::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use crate::request_url::{PlainHttp, check_url_of_metadata};

/// An endpoint that the metadata names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Endpoint {
    #[cfg(feature = "jwt")]
    Keys,
    #[cfg(feature = "introspection")]
    Introspection,
}

/// The members of a metadata document that are read. One of the wrong type is an error only if it
/// is needed.
#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    issuer: Value,
    #[cfg(feature = "jwt")]
    #[serde(default)]
    jwks_uri: Value,
    #[cfg(feature = "introspection")]
    #[serde(default)]
    introspection_endpoint: Value,
}

impl Endpoint {
    const fn member(self) -> &'static str {
        match self {
            #[cfg(feature = "jwt")]
            Self::Keys => "jwks_uri",
            #[cfg(feature = "introspection")]
            Self::Introspection => "introspection_endpoint",
        }
    }

    /// Returns the setting that makes discovery of the endpoint unnecessary.
    const fn setting(self) -> &'static str {
        match self {
            #[cfg(feature = "jwt")]
            Self::Keys => "Issuer::jwks_url",
            #[cfg(feature = "introspection")]
            Self::Introspection => "IntrospectionVerifierBuilder::endpoint",
        }
    }

    const fn of(self, metadata: &Metadata) -> &Value {
        match self {
            #[cfg(feature = "jwt")]
            Self::Keys => &metadata.jwks_uri,
            #[cfg(feature = "introspection")]
            Self::Introspection => &metadata.introspection_endpoint,
        }
    }

    /// Finds the URL of the endpoint in the metadata of `issuer`, which can be at several places.
    ///
    /// The places are asked in order: the next one when a place has given no usable document, or
    /// has not answered for its share of the time. It is then asked side by side with the one
    /// before, and the first usable document decides.
    ///
    /// # Errors
    ///
    /// Returns the problem of every place if no document is usable. A document that names another
    /// issuer is never usable.
    pub(crate) async fn discover<F: Fetch>(
        self,
        issuer: &str,
        fetch: &F,
        plain_http: &PlainHttp,
        deadline: Deadline,
    ) -> Result<String, FetchError> {
        let places = metadata_urls(issuer);
        // The request to the endpoint itself needs a share too. A start has more time, but asks the
        // next place no later.
        let shares = places.len() + 1;
        let share = deadline
            .share(shares)
            .min(Deadline::after(FetchRequest::TIMEOUT).share(shares));
        let mut remaining = places.iter();
        let mut asked = FuturesUnordered::new();
        let mut problems = Vec::new();
        loop {
            if let Some(place) = remaining.next() {
                asked.push(async move {
                    let url = self.ask(place, issuer, fetch, plain_http, deadline).await;
                    url.map_err(|problem| problem.at(place))
                });
            }
            let answer = if remaining.len() == 0 {
                asked.next().await
            } else {
                match select(asked.next(), pin!(fetch.sleep(share))).await {
                    Either::Left((answer, _)) => answer,
                    Either::Right(_) => continue,
                }
            };
            match answer {
                Some(Ok(url)) => return Ok(url),
                Some(Err(problem)) => problems.push(problem),
                None => break,
            }
        }
        let texts: Vec<_> = problems.iter().map(FetchError::to_string).collect();
        let problem = FetchError::new(format!(
            "no usable metadata of {issuer} was found: {}; start the authorization server, correct its URL, or set `{}`",
            texts.join("; "),
            self.setting()
        ));
        Err(match problems.into_iter().find(FetchError::has_source) {
            Some(first) => problem.with_source(first),
            None => problem,
        })
    }

    /// Requests the document at one place. Callers put an error behind the place.
    async fn ask<F: Fetch>(
        self,
        place: &str,
        issuer: &str,
        fetch: &F,
        plain_http: &PlainHttp,
        deadline: Deadline,
    ) -> Result<String, FetchError> {
        let request = plain_http.get(place)?;
        let answer = deadline.fetch(fetch, request).await;
        let metadata: Metadata = document::read(&answer?)?;
        let problem = |problem: String| Err(FetchError::new(problem));
        match &metadata.issuer {
            Value::String(named) if named == issuer => {}
            Value::String(named) => {
                return problem(format!(
                    "is the metadata of the issuer {:?}",
                    document::shortened(named)
                ));
            }
            _ => return problem("has no `issuer`".to_owned()),
        }
        let member = self.member();
        let url = match self.of(&metadata) {
            Value::Null => return problem(format!("has no `{member}`")),
            Value::String(url) if url.is_empty() => return problem(format!("has no `{member}`")),
            Value::String(url) => url,
            _ => return problem(format!("has a `{member}` that is not a string")),
        };
        match check_url_of_metadata(url, issuer, plain_http) {
            Ok(()) => Ok(url.clone()),
            Err(reason) => {
                let url = document::shortened(url);
                problem(format!("has the `{member}` {url:?}, which {reason}"))
            }
        }
    }
}

/// The deadline of several requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The longest time that a request may be configured to wait.
    const MAX: Duration = Duration::from_secs(60);

    /// Returns what is wrong with a configured `timeout`.
    pub(crate) fn problem(timeout: Duration) -> Option<String> {
        if timeout.is_zero() {
            Some("must be greater than zero".to_owned())
        } else if timeout > Self::MAX {
            Some(format!(
                "is {timeout:?}; at most {:?} are allowed, since requests wait for it",
                Self::MAX
            ))
        } else {
            None
        }
    }

    /// A deadline `duration` from now; at most [`MAX`](Self::MAX).
    pub(crate) fn after(duration: Duration) -> Self {
        Self(Instant::now() + duration.min(Self::MAX))
    }

    /// Returns the time until the deadline.
    pub(crate) fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// An earlier deadline, which leaves half of the time.
    #[cfg(feature = "jwt")]
    pub(crate) fn half(self) -> Self {
        Self::after(self.share(2))
    }

    /// Returns the time for one of `count` steps.
    fn share(self, count: usize) -> Duration {
        self.left() / u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Sends the request with the remaining time as its timeout. Callers put an error behind the
    /// URL.
    pub(crate) async fn fetch<F: Fetch>(
        self,
        fetch: &F,
        request: FetchRequest,
    ) -> Result<FetchResponse, FetchError> {
        let timed_out = || FetchError::new("did not answer in time");
        let timeout = self.left();
        if timeout.is_zero() {
            return Err(timed_out());
        }
        let max_bytes = request.max_bytes;
        let answer = pin!(fetch.fetch(FetchRequest { timeout, ..request }));
        // The timeout holds even if the implementation of `Fetch` ignores it.
        let answer = match select(answer, pin!(fetch.sleep(timeout))).await {
            Either::Left((answer, _)) => answer.map_err(|error| error.at("cannot be read:"))?,
            Either::Right(_) => return Err(timed_out()),
        };
        if answer.body.len() > max_bytes {
            let problem = format!("answers with more than {max_bytes} bytes");
            return Err(FetchError::new(problem));
        }
        Ok(answer)
    }
}

/// Returns the places of the metadata, each once: RFC 8414 section 3.1 puts the well-known path before
/// the issuer's own, OpenID Connect Discovery section 4 behind it, and some servers that are mounted
/// at a path do the latter with the former's name.
pub(crate) fn metadata_urls(issuer: &str) -> Vec<String> {
    let start = issuer.find("://").map_or(0, |at| at + "://".len());
    let end = issuer[start..]
        .find('/')
        .map_or(issuer.len(), |at| start + at);
    let (origin, path) = issuer.split_at(end);
    let path = path.trim_end_matches('/');
    let mut places = vec![
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        format!("{origin}/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        places.push(format!("{origin}{path}/.well-known/openid-configuration"));
        places.push(format!(
            "{origin}{path}/.well-known/oauth-authorization-server"
        ));
    }
    places
}
