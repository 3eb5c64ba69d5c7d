//! Requests to authorization servers with reqwest and rustls.
//!
//! ```
//! use scopes_core::reqwest::ReqwestFetch;
//!
//! // It takes a proxy from `HTTPS_PROXY`.
//! let fetch = ReqwestFetch::new()?;
//! # let _ = fetch;
//! # Ok::<(), scopes_core::fetch::FetchError>(())
//! ```

use std::time::Duration;

use ::reqwest::{Client, Request, redirect, tls};

use crate::fetch::exchange::{read, to_http, with_causes};
use crate::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};

/// Sends requests with reqwest. Runs in a tokio runtime; clones share their connections.
///
/// ```
/// use scopes_core::reqwest::ReqwestFetch;
///
/// let fetch = ReqwestFetch::new()?;
/// # Ok::<(), scopes_core::fetch::FetchError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReqwestFetch(Client);

impl ReqwestFetch {
    /// Returns a client that follows no redirect, uses no proxy from the environment, and requires
    /// TLS 1.2 or later, with the certificate authorities of the operating system.
    ///
    /// # Errors
    ///
    /// If TLS cannot be set up.
    pub fn new() -> Result<Self, FetchError> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            // A proxy would see what is sent to a loopback host.
            .no_proxy()
            .tls_version_min(tls::Version::TLS_1_2)
            .build()
            .map_err(without_url)?;
        Ok(Self(client))
    }

    /// Uses `client`, for a proxy or a certificate authority of your own.
    ///
    /// The limits of time and size still apply; all else is up to the settings of `client`. Give it
    /// [`redirect::Policy::none`]: a redirect would forward tokens and the client's credentials. An
    /// answer from another origin is rejected, but that origin has then received the request.
    #[must_use]
    pub const fn with_client(client: Client) -> Self {
        Self(client)
    }
}

impl Fetch for ReqwestFetch {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        let mut outgoing = Request::try_from(to_http(&request)?).map_err(without_url)?;
        *outgoing.timeout_mut() = Some(request.timeout);
        let origin = outgoing.url().origin();
        let response = self.0.execute(outgoing).await.map_err(without_url)?;
        if response.url().origin() != origin {
            return Err(FetchError::new(
                "the response is from another origin, after a redirect",
            ));
        }
        read(response.into(), request.max_bytes, without_url).await
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(duration)
    }
}

fn without_url(error: ::reqwest::Error) -> FetchError {
    let error = error.without_url();
    FetchError::new(with_causes(&error)).with_source(error)
}
