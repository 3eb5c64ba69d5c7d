//! Requests to authorization servers by reqwest, with rustls.

use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

use ::reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};
use ::reqwest::{Client, RequestBuilder, Url, redirect, tls};

use crate::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};

/// Fetches by reqwest. Runs in a tokio runtime; clones share their connections.
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
    /// A client that follows no redirect, takes no proxy from the environment, and speaks TLS 1.2
    /// at least, with the certificate authorities of the operating system.
    ///
    /// # Errors
    ///
    /// If TLS cannot be set up.
    pub fn new() -> Result<Self, FetchError> {
        let client = Client::builder()
            .user_agent(concat!("scopes-core/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            // A proxy would see what is sent to a loopback host.
            .no_proxy()
            .tls_version_min(tls::Version::TLS_1_2)
            .build()
            .map_err(without_url)?;
        Ok(Self(client))
    }

    /// Uses `client`, for who needs a proxy or a certificate authority of their own.
    ///
    /// Time and size limits hold as ever. What `client` is set up to do is up to it: above all,
    /// give it [`redirect::Policy::none`], for a redirect takes tokens and the client's credentials
    /// along. An answer from another origin is refused, but by then it has got the request.
    #[must_use]
    pub const fn with_client(client: Client) -> Self {
        Self(client)
    }

    fn request(&self, request: &FetchRequest, url: Url) -> Result<RequestBuilder, FetchError> {
        let mut builder = match &request.form {
            None => self.0.get(url),
            Some(form) => {
                let body = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(form)
                    .finish();
                let media_type = HeaderValue::from_static("application/x-www-form-urlencoded");
                self.0.post(url).header(CONTENT_TYPE, media_type).body(body)
            }
        };
        if let Some(authorization) = &request.authorization {
            let mut value = HeaderValue::from_str(authorization)
                .map_err(|_| FetchError::new("the credentials fit into no header"))?;
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
        Ok(builder
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"))
            .timeout(request.timeout))
    }
}

impl Fetch for ReqwestFetch {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        request.check_url()?;
        let url = Url::parse(&request.url).map_err(|_| FetchError::new("this is not a URL"))?;
        let origin = url.origin();
        let builder = self.request(&request, url)?;
        let mut response = builder.send().await.map_err(without_url)?;
        if response.url().origin() != origin {
            let problem = "the answer is from another origin, after a redirect";
            return Err(FetchError::new(problem));
        }
        let too_long = || {
            FetchError::new(format!(
                "the answer has more than {} bytes",
                request.max_bytes
            ))
        };
        let most = request.max_bytes;
        let announced = response.content_length().unwrap_or_default();
        if usize::try_from(announced).map_or(true, |announced| announced > most) {
            return Err(too_long());
        }
        let mut answer = FetchResponse::new(response.status().as_u16(), Vec::new());
        answer.headers = texts(response.headers());
        let body = &mut answer.body;
        while let Some(chunk) = response.chunk().await.map_err(without_url)? {
            if chunk.len() > most - body.len() {
                return Err(too_long());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(duration)
    }
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}

/// What went wrong, down to its cause.
fn without_url(error: ::reqwest::Error) -> FetchError {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a string does not fail.
        let _ = write!(reason, ": {error}");
        cause = error.source();
    }
    FetchError::new(reason)
}
