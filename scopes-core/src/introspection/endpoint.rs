//! The introspection endpoint.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::discovery::{self, Deadline};
use crate::fetch::{Fetch, FetchError};
use crate::flight::{self, Flight, FlightHandle};
use crate::observe;
use crate::request_url::PlainHttp;

/// The endpoint, configured or discovered. Until it is known, all requests wait for one discovery.
pub(super) struct Endpoint {
    url: Arc<OnceLock<String>>,
    discovery: Mutex<FlightHandle<Result<String, FetchError>>>,
}

impl Endpoint {
    pub(super) fn given(url: String) -> Self {
        let endpoint = Self::discovered();
        let _ = endpoint.url.set(url);
        endpoint
    }

    pub(super) fn discovered() -> Self {
        Self {
            url: Arc::default(),
            discovery: Mutex::new(FlightHandle::none()),
        }
    }

    /// The URL, if it has to be from the metadata of `issuer`.
    pub(super) async fn url<F: Fetch>(
        &self,
        issuer: &str,
        fetch: &Arc<F>,
        plain_http: &PlainHttp,
        deadline: Deadline,
    ) -> Result<String, FetchError> {
        if let Some(url) = self.url.get() {
            return Ok(url.clone());
        }
        self.flight(issuer, fetch, plain_http, deadline).await
    }

    /// The URL for the start, whose failure is returned and not logged.
    pub(super) async fn url_at_start<F: Fetch>(
        &self,
        issuer: &str,
        fetch: &F,
        plain_http: &PlainHttp,
        deadline: Deadline,
    ) -> Result<String, FetchError> {
        if let Some(url) = self.url.get() {
            return Ok(url.clone());
        }
        let endpoint = discovery::Endpoint::Introspection;
        let url = endpoint.discover(issuer, fetch, plain_http, deadline).await;
        observe::fetched_at_start(observe::Purpose::Metadata, issuer, url.as_ref().err());
        url.map(|url| self.url.get_or_init(|| url).clone())
    }

    fn flight<F: Fetch>(
        &self,
        issuer: &str,
        fetch: &Arc<F>,
        plain_http: &PlainHttp,
        deadline: Deadline,
    ) -> Flight<Result<String, FetchError>> {
        // Never held across an await.
        let mut discovery = self
            .discovery
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = discovery.join() {
            return flight;
        }
        let (issuer, fetch) = (issuer.to_owned(), Arc::clone(fetch));
        let plain_http = plain_http.clone();
        let found = Arc::clone(&self.url);
        let discover = async move {
            let endpoint = discovery::Endpoint::Introspection;
            let url = endpoint.discover(&issuer, &*fetch, &plain_http, deadline);
            let url = url.await;
            observe::fetched(observe::Purpose::Metadata, &issuer, url.as_ref().err());
            url.map(|url| found.get_or_init(|| url).clone())
        };
        let (flight, handle) = flight::begin(discover, Err(FetchError::after_panic()));
        *discovery = handle;
        flight
    }
}
