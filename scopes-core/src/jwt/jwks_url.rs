//! The URL of an issuer's keys.

use std::sync::atomic::{AtomicBool, Ordering};

use super::current::Current;
use super::pace::Limits;
use crate::discovery::{Deadline, Endpoint};
use crate::fetch::{Fetch, FetchError};
use crate::moment::Moment;
use crate::observe;
use crate::permit::Permit;
use crate::request_url::PlainHttp;

/// The URL of an issuer's keys, configured or discovered.
pub(super) enum JwksUrl {
    Given(String),
    Discovered(Discovered),
}

/// The URL from the metadata of an issuer.
///
/// The metadata is read again when the URL is as old as keys may get before a refresh, after a fetch
/// of the keys has failed, and when a fetch has brought no new key.
pub(super) struct Discovered {
    issuer: String,
    plain_http: PlainHttp,
    limits: Limits,
    known: Current<Known>,
    has_failed: AtomicBool,
    /// Limits reading the metadata while the known URL works.
    for_metadata: Permit,
}

struct Known {
    url: String,
    read_at: Moment,
}

impl JwksUrl {
    pub(super) fn new(
        given: Option<String>,
        issuer: String,
        plain_http: PlainHttp,
        limits: Limits,
    ) -> Self {
        given.map_or_else(
            || {
                Self::Discovered(Discovered {
                    issuer,
                    plain_http,
                    limits,
                    known: Current::empty(),
                    has_failed: AtomicBool::new(false),
                    for_metadata: Permit::default(),
                })
            },
            Self::Given,
        )
    }

    /// Records that a fetch of the keys has failed.
    pub(super) fn note_failure(&self) {
        if let Self::Discovered(discovered) = self {
            discovered.has_failed.store(true, Ordering::Release);
        }
    }

    /// Records that the keys have been fetched: the metadata need not be read again for an earlier
    /// failure.
    pub(super) fn note_success(&self) {
        if let Self::Discovered(discovered) = self {
            discovered.has_failed.store(false, Ordering::Release);
        }
    }

    /// Returns the URL of the keys.
    pub(super) async fn url<F: Fetch>(
        &self,
        fetch: &F,
        deadline: Deadline,
    ) -> Result<String, FetchError> {
        match self {
            Self::Given(url) => Ok(url.clone()),
            Self::Discovered(discovered) => discovered.url(fetch, deadline).await,
        }
    }

    /// Reads the metadata again after the fetch of `url` that began at `started` has brought no new
    /// key. Returns the URL if it has changed.
    pub(super) async fn moved_from<F: Fetch>(
        &self,
        url: &str,
        started: Moment,
        fetch: &F,
        deadline: Deadline,
    ) -> Option<String> {
        let Self::Discovered(discovered) = self else {
            return None;
        };
        let known = discovered.known.load()?;
        let is_new = !started.is_after(known.read_at);
        let cooldown = discovered.limits.cooldown;
        if is_new || !discovered.for_metadata.claim(cooldown) {
            return None;
        }
        let found = discovered.read_again(fetch, deadline).await?;
        (found != url).then_some(found)
    }
}

impl Discovered {
    async fn url<F: Fetch>(&self, fetch: &F, deadline: Deadline) -> Result<String, FetchError> {
        let Some(known) = self.known.load() else {
            return self.read(fetch, deadline).await;
        };
        let age = Moment::now().since(known.read_at);
        // Keys from there are not trusted for longer than other keys that cannot be refreshed.
        if age >= self.limits.max_age {
            return self.read(fetch, deadline).await;
        }
        let is_due = age >= self.limits.lifetime && self.for_metadata.is_there();
        if is_due || self.has_failed.load(Ordering::Acquire) {
            let found = self.read_again(fetch, deadline).await;
            return Ok(found.unwrap_or_else(|| known.url.clone()));
        }
        Ok(known.url.clone())
    }

    /// Reads the metadata in half of the time, so that the other half is left for the keys: the
    /// known URL may still work.
    async fn read_again<F: Fetch>(&self, fetch: &F, deadline: Deadline) -> Option<String> {
        match self.read(fetch, deadline.half()).await {
            Ok(url) => Some(url),
            Err(error) => {
                self.for_metadata.take_for(self.limits.cooldown);
                observe::fetched(observe::Purpose::Metadata, &self.issuer, Some(&error));
                None
            }
        }
    }

    async fn read<F: Fetch>(&self, fetch: &F, deadline: Deadline) -> Result<String, FetchError> {
        let url = Endpoint::Keys.discover(&self.issuer, fetch, &self.plain_http, deadline);
        let url = url.await?;
        self.has_failed.store(false, Ordering::Release);
        self.known.store(Known {
            url: url.clone(),
            read_at: Moment::now(),
        });
        Ok(url)
    }
}
