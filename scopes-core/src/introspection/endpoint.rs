//! Where the authorization server is asked.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::discovery::{Deadline, IssuerMetadata};
use crate::fetch::{Fetch, FetchError};
use crate::flight::{self, Flight, FlightHandle};
use crate::observe;

/// The endpoint, given or discovered. Until it is, all requests wait for one discovery.
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
        deadline: Deadline,
    ) -> Result<String, FetchError> {
        if let Some(url) = self.url.get() {
            return Ok(url.clone());
        }
        self.flight(issuer, fetch, deadline).await
    }

    fn flight<F: Fetch>(
        &self,
        issuer: &str,
        fetch: &Arc<F>,
        deadline: Deadline,
    ) -> Flight<Result<String, FetchError>> {
        // Held for no longer than it takes to look.
        let mut discovery = self
            .discovery
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = discovery.join() {
            return flight;
        }
        let (issuer, fetch) = (issuer.to_owned(), Arc::clone(fetch));
        let found = Arc::clone(&self.url);
        let discover = async move {
            let metadata = IssuerMetadata::fetch(&issuer, &*fetch, deadline).await;
            let url =
                metadata.and_then(|metadata| Ok(metadata.introspection_endpoint()?.to_owned()));
            observe::fetched(observe::Purpose::Metadata, &issuer, url.as_ref().err());
            url.map(|url| found.get_or_init(|| url).clone())
        };
        let (flight, handle) = flight::begin(discover, Err(FetchError::after_panic()));
        *discovery = handle;
        flight
    }
}
