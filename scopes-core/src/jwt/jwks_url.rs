//! Where an issuer's keys are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;

use crate::discovery::{Deadline, Endpoint};
use crate::fetch::{Fetch, FetchError};
use crate::moment::Moment;
use crate::observe;
use crate::request_url::PlainHttp;

/// The URL of an issuer's keys, given or discovered.
pub(super) enum JwksUrl {
    Given(String),
    Discovered(Discovered),
}

/// The URL from the metadata. It is discovered again after a fetch of the keys has failed, and when
/// it is older than keys may get.
#[derive(Default)]
pub(super) struct Discovered {
    known: ArcSwapOption<Known>,
    may_have_moved: AtomicBool,
}

struct Known {
    url: String,
    found_at: Moment,
}

impl JwksUrl {
    pub(super) fn new(given: Option<String>) -> Self {
        given.map_or_else(|| Self::Discovered(Discovered::default()), Self::Given)
    }

    /// Notes that a fetch of the keys has failed.
    pub(super) fn note_failure(&self) {
        if let Self::Discovered(discovered) = self {
            discovered.may_have_moved.store(true, Ordering::Release);
        }
    }

    pub(super) async fn url<F: Fetch>(
        &self,
        issuer: &str,
        fetch: &F,
        plain_http: &PlainHttp,
        max_age: Duration,
        deadline: Deadline,
    ) -> Result<String, FetchError> {
        let discovered = match self {
            Self::Given(url) => return Ok(url.clone()),
            Self::Discovered(discovered) => discovered,
        };
        let Some(known) = discovered.known.load_full() else {
            return discovered
                .discover(issuer, fetch, plain_http, deadline)
                .await;
        };
        let is_old = Moment::now().since(known.found_at) >= max_age;
        if !is_old && !discovered.may_have_moved.load(Ordering::Acquire) {
            return Ok(known.url.clone());
        }
        // What is known is good enough where the metadata cannot be had, so some of the time is kept
        // for it.
        let half = deadline.half();
        match discovered.discover(issuer, fetch, plain_http, half).await {
            Ok(url) => Ok(url),
            Err(error) => {
                observe::fetched(observe::Purpose::Metadata, issuer, Some(&error));
                Ok(known.url.clone())
            }
        }
    }
}

impl Discovered {
    async fn discover<F: Fetch>(
        &self,
        issuer: &str,
        fetch: &F,
        plain_http: &PlainHttp,
        deadline: Deadline,
    ) -> Result<String, FetchError> {
        let endpoint = Endpoint::Keys;
        let url = endpoint
            .discover(issuer, fetch, plain_http, deadline)
            .await?;
        self.may_have_moved.store(false, Ordering::Release);
        self.known.store(Some(Arc::new(Known {
            url: url.clone(),
            found_at: Moment::now(),
        })));
        Ok(url)
    }
}
