//! Sends requests to authorization servers over HTTP, behind a small trait.
//!
//! Verifiers depend on no HTTP client and no runtime. [`Fetch`] is implemented with hyper (feature
//! `hyper`) and with reqwest (feature `reqwest`); an implementation for another client takes a few
//! lines.
//!
//! ```
//! use std::time::Duration;
//!
//! use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
//!
//! /// Answers every request with one document, for tests.
//! struct Recorded(&'static str);
//!
//! impl Fetch for Recorded {
//!     async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
//!         request.check_url()?;
//!         Ok(FetchResponse::new(200, self.0))
//!     }
//!
//!     async fn sleep(&self, duration: Duration) {
//!         tokio::time::sleep(duration).await;
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), FetchError> {
//! let request = FetchRequest::get("https://auth.example.com/jwks")?;
//! let answer = Recorded(r#"{"keys": []}"#).fetch(request).await?;
//! assert_eq!(answer.status, 200);
//! # Ok(())
//! # }
//! ```

#[cfg(any(feature = "hyper", feature = "reqwest"))]
pub(crate) mod exchange;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::request_url::{PlainHttp, check_url, host_of};

/// Sends requests to authorization servers.
///
/// ```
/// use std::time::Duration;
///
/// use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
///
/// /// Prints the requests that another implementation sends.
/// struct Traced<F>(F);
///
/// impl<F: Fetch> Fetch for Traced<F> {
///     async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
///         eprintln!("{}", request.url);
///         self.0.fetch(request).await
///     }
///
///     async fn sleep(&self, duration: Duration) {
///         self.0.sleep(duration).await;
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # #[cfg(all(feature = "jwt", feature = "testing-issuer"))] {
/// # use scopes_core::{ResourceServer, jwt::JwtVerifier, testing::Issuer};
/// # let server = ResourceServer::builder("https://mcp.example.com/mcp")
/// #     .authorization_server("https://auth.example.com")
/// #     .build()?;
/// # let issuer = Issuer::start_as("https://auth.example.com").await?;
/// # let http = issuer.fetch();
/// let verifier = JwtVerifier::discover(&server, Traced(http)).await?;
/// assert!(verifier.is_ready());
/// # }
/// # Ok(())
/// # }
/// ```
pub trait Fetch: Send + Sync + 'static {
    /// Sends `request` and returns the answer, whatever its status.
    ///
    /// An implementation returns an error if [`check_url`](FetchRequest::check_url) does; ends
    /// after [`timeout`](FetchRequest::timeout), body included; reads no more than
    /// [`max_bytes`](FetchRequest::max_bytes) of the body; and follows no redirect to another
    /// origin.
    ///
    /// URLs in the documents of an authorization server are checked by their text. The address that
    /// a DNS name resolves to is not checked: if that matters, let the implementation or the
    /// network refuse connections to private addresses.
    ///
    /// # Errors
    ///
    /// If there is no complete answer within the limits.
    fn fetch(
        &self,
        request: FetchRequest,
    ) -> impl Future<Output = Result<FetchResponse, FetchError>> + Send;

    /// Ends after `duration`, by the timer of the runtime, such as `tokio::time::sleep`.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}

/// A request to an authorization server, and its limits.
///
/// ```
/// use scopes_core::fetch::FetchRequest;
///
/// let request = FetchRequest::get("https://auth.example.com/jwks")?;
/// assert_eq!(request.timeout, FetchRequest::TIMEOUT);
/// assert!(FetchRequest::get("http://auth.example.com/jwks").is_err());
/// # Ok::<(), scopes_core::fetch::FetchError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchRequest {
    /// The URL: https, or http on a loopback host or with
    /// [`insecure_allow_http`](Self::insecure_allow_http).
    pub url: String,
    /// `true` if the operator has allowed plain http to this URL.
    pub insecure_allow_http: bool,
    /// The form to send with POST; without one, the request is a GET.
    pub form: Option<Vec<(String, String)>>,
    /// The value of the `Authorization` header.
    pub authorization: Option<String>,
    /// The time limit of the whole exchange.
    pub timeout: Duration,
    /// The largest accepted body of the answer, in bytes.
    pub max_bytes: usize,
}

impl FetchRequest {
    /// The default of [`timeout`](Self::timeout).
    pub const TIMEOUT: Duration = Duration::from_secs(5);
    /// The default of [`max_bytes`](Self::max_bytes).
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Returns a request for a document.
    ///
    /// # Errors
    ///
    /// If `url` is neither https nor on a loopback host.
    pub fn get(url: impl Into<String>) -> Result<Self, FetchError> {
        Self::to(url, None)
    }

    pub(crate) fn to(
        url: impl Into<String>,
        plain_http: Option<&PlainHttp>,
    ) -> Result<Self, FetchError> {
        let url = url.into();
        check_url(&url, plain_http)
            .map_err(|problem| FetchError::new(format!("{url} {problem}")))?;
        let insecure_allow_http = plain_http.is_some_and(|allowed| allowed.allows(&url));
        Ok(Self {
            url,
            insecure_allow_http,
            form: None,
            authorization: None,
            timeout: Self::TIMEOUT,
            max_bytes: Self::MAX_BYTES,
        })
    }

    /// Returns a request that sends a form.
    ///
    /// # Errors
    ///
    /// If `url` is neither https nor on a loopback host.
    pub fn post(url: impl Into<String>, form: Vec<(String, String)>) -> Result<Self, FetchError> {
        Ok(Self {
            form: Some(form),
            ..Self::get(url)?
        })
    }

    /// Checks that the request may go to its URL: it is https, or plain http to a loopback host or
    /// with [`insecure_allow_http`](Self::insecure_allow_http), and all parsers agree about its
    /// host.
    ///
    /// # Errors
    ///
    /// If it may not go there.
    pub fn check_url(&self) -> Result<(), FetchError> {
        let mut plain_http = PlainHttp::default();
        if self.insecure_allow_http {
            plain_http.allow(host_of(&self.url).unwrap_or_default().to_owned());
        }
        check_url(&self.url, Some(&plain_http))
            .map(drop)
            .map_err(|problem| FetchError::new(format!("{} {problem}", self.url)))
    }
}

impl PlainHttp {
    /// Returns a request for a document.
    ///
    /// # Errors
    ///
    /// If requests may not go to `url`.
    #[cfg(any(feature = "introspection", feature = "jwt"))]
    pub(crate) fn get(&self, url: &str) -> Result<FetchRequest, FetchError> {
        FetchRequest::to(url, Some(self))
    }

    /// Returns a request that sends a form.
    ///
    /// # Errors
    ///
    /// If requests may not go to `url`.
    #[cfg(feature = "introspection")]
    pub(crate) fn post(
        &self,
        url: &str,
        form: Vec<(String, String)>,
    ) -> Result<FetchRequest, FetchError> {
        let request = self.get(url)?;
        Ok(FetchRequest {
            form: Some(form),
            ..request
        })
    }
}

impl fmt::Debug for FetchRequest {
    /// Prints the URL of the request, without its form and credentials.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FetchRequest")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// The answer to a [`FetchRequest`].
///
/// ```
/// use scopes_core::fetch::FetchResponse;
///
/// let response = FetchResponse::new(429, "").with_header("Retry-After", "5");
/// assert_eq!(response.header("retry-after"), Some("5"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchResponse {
    /// The HTTP status.
    pub status: u16,
    /// The names and values of the header, in the order of the answer. Values that are not text
    /// are left out.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl FetchResponse {
    /// Returns an answer without header fields.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// Adds a header field.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Returns the value of the first header field of this name, in any case (RFC 9110 section 5.1).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let is_named = |(field, _): &&(String, String)| field.eq_ignore_ascii_case(name);
        let field = self.headers.iter().find(is_named);
        field.map(|(_, value)| value.as_str())
    }
}

/// Returned when a request has no usable answer. `Debug` prints what `Display` does.
///
/// ```
/// use std::io;
///
/// use scopes_core::fetch::FetchError;
///
/// fn refused(error: io::Error) -> FetchError {
///     FetchError::new("the connection was refused").with_source(error)
/// }
///
/// let error = refused(io::ErrorKind::ConnectionRefused.into());
/// assert_eq!(error.to_string(), "the connection was refused");
/// assert!(std::error::Error::source(&error).is_some());
/// ```
#[derive(Clone)]
pub struct FetchError {
    reason: String,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl FetchError {
    /// Returns the error for all tasks that waited for a request that panicked.
    #[cfg(any(feature = "introspection", feature = "jwt"))]
    pub(crate) fn after_panic() -> Self {
        Self::new("the request panicked")
    }

    /// Creates an error with this reason, which must not contain secrets.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            source: None,
        }
    }

    /// Keeps the error of the HTTP client as the source. Logs contain the reason alone.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// The same error, with its reason behind `place`.
    #[cfg(any(feature = "introspection", feature = "jwt"))]
    pub(crate) fn at(self, place: &str) -> Self {
        Self {
            reason: format!("{place} {}", self.reason),
            ..self
        }
    }

    #[cfg(any(feature = "introspection", feature = "jwt"))]
    pub(crate) const fn has_source(&self) -> bool {
        self.source.is_some()
    }
}

/// Compares the reasons.
impl PartialEq for FetchError {
    fn eq(&self, other: &Self) -> bool {
        self.reason == other.reason
    }
}

impl Eq for FetchError {}

impl fmt::Display for FetchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.reason)
    }
}

impl fmt::Debug for FetchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
