//! Requests of the doctor, each with a limit of time and size.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AGE, DATE, HeaderMap, HeaderName, LOCATION, USER_AGENT};
use http::request::Builder;
use http_body_util::Full;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::finding::Finding;
use crate::document;
use crate::fetch::exchange::{NAME, read_body, texts, with_causes};
use crate::fetch::{FetchError, FetchRequest, FetchResponse};
use crate::hyper::HyperFetch;

/// The difference of two clocks that costs tokens of a short lifetime, or those just issued.
const MAX_SKEW: Duration = Duration::from_secs(60);

/// Sends requests and follows no redirect.
pub(super) struct Client {
    http: HyperFetch,
    timeout: Duration,
}

/// A response; its body may be missing.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    body: Result<Vec<u8>, FetchError>,
    received_at: SystemTime,
}

impl Client {
    pub(super) fn new(timeout: Duration) -> Result<Self, FetchError> {
        let http = HyperFetch::new()?;
        Ok(Self { http, timeout })
    }

    /// Sends the request. The head of the response and its body have the same time limit; without the
    /// head there is no answer.
    pub(super) async fn send(
        &self,
        request: Builder,
        body: impl Into<Bytes>,
    ) -> Result<Answer, FetchError> {
        let request = request
            .header(USER_AGENT, NAME)
            .header(ACCEPT_ENCODING, "identity")
            .body(Full::new(body.into()))
            .map_err(|_| FetchError::new("is not a URL of HTTP"))?;
        let end = tokio::time::Instant::now() + self.timeout;
        let late = |_| FetchError::new(format!("no complete response within {:?}", self.timeout));
        let sending = self.http.send(request);
        let response = tokio::time::timeout_at(end, sending).await;
        let (head, body) = response.map_err(late)??.into_parts();
        let received_at = SystemTime::now();
        let body = read_body(&head.headers, body, FetchRequest::MAX_BYTES, |error| {
            FetchError::new(with_causes(&error))
        });
        let body = tokio::time::timeout_at(end, body).await;
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.unwrap_or_else(|elapsed| Err(late(elapsed))),
            received_at,
        })
    }

    /// Asks for a document.
    pub(super) async fn get(&self, url: &str) -> Result<Answer, FetchError> {
        let request = http::Request::get(url);
        let request = request.header(http::header::ACCEPT, "application/json");
        self.send(request, "").await
    }
}

impl Answer {
    /// Returns the values of a header, without those that are not visible ASCII.
    pub(super) fn texts(&self, name: HeaderName) -> Vec<&str> {
        let values = self.headers.get_all(name).iter();
        values.filter_map(|value| value.to_str().ok()).collect()
    }

    /// Returns whether a value of a header is not visible ASCII.
    pub(super) fn has_foreign_text(&self, name: HeaderName) -> bool {
        let mut values = self.headers.get_all(name).iter();
        values.any(|value| value.to_str().is_err())
    }

    /// Returns the names in a header that lists some, in lower case.
    pub(super) fn list(&self, name: HeaderName) -> Vec<String> {
        let names = self.texts(name).join(",");
        let names = names
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase());
        names.filter(|name| !name.is_empty()).collect()
    }

    /// Returns the reason why the body is missing.
    pub(super) fn body_problem(&self) -> Option<&FetchError> {
        self.body.as_ref().err()
    }

    /// Reads the JSON document in an answer of 200.
    ///
    /// # Errors
    ///
    /// Returns what the answer is instead, to be put behind its URL.
    pub(super) fn document<T: DeserializeOwned>(&self) -> Result<T, FetchError> {
        match &self.body {
            Err(error) if self.status == 200 => Err(error.clone()),
            _ => document::read(&self.response()),
        }
    }

    /// Returns the status and the target of a redirect, to be put behind the URL.
    pub(super) fn status_text(&self) -> String {
        let status = self.status;
        match self.texts(LOCATION).first() {
            Some(target) if (300..400).contains(&status) => {
                let target = document::shortened(target);
                format!("answers {status}, a redirect to {target:?}")
            }
            _ => format!("answers {status}"),
        }
    }

    /// Returns whether the server had no time for the request, or failed: its rules stay unknown.
    pub(super) fn is_unavailable(&self) -> bool {
        matches!(self.status, 429 | 500..=599)
    }

    /// Returns the error code of an answer of OAuth, and its description if there is one.
    pub(super) fn error(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(self.body.as_deref().ok()?).ok()?;
        let code = document::shortened(body.get("error")?.as_str()?);
        let description = body.get("error_description").and_then(Value::as_str);
        Some(match description {
            Some(description) => format!("{code}: {}", document::shortened(description)),
            None => code,
        })
    }

    fn response(&self) -> FetchResponse {
        let body = self.body.as_deref().unwrap_or_default();
        let mut response = FetchResponse::new(self.status, body);
        response.headers = texts(&self.headers);
        response
    }

    /// Compares the clock of the server with that of this machine. A cache repeats the `Date` of the
    /// answer that it stored, and adds `Age` (RFC 9111 section 5.1).
    pub(super) fn clock(&self) -> Finding {
        const CHECK: &str = "clock";
        if self.headers.contains_key(AGE) {
            return Finding::not_tried(CHECK, "the answer comes from a cache (`Age`)");
        }
        let date = self
            .texts(DATE)
            .first()
            .copied()
            .map(httpdate::parse_http_date);
        let Some(Ok(date)) = date else {
            return Finding::not_tried(CHECK, "the answer has no readable `Date`");
        };
        let (skew, direction) = match date.duration_since(self.received_at) {
            Ok(ahead) => (ahead, "ahead of"),
            Err(behind) => (behind.duration(), "behind"),
        };
        if skew > MAX_SKEW {
            let seconds = skew.as_secs();
            let found = format!("`Date` is {seconds} s {direction} the clock of this machine");
            let advice = "set both clocks by NTP; tokens are rejected as expired or not yet valid";
            return Finding::problem(CHECK, found, advice);
        }
        Finding::ok(CHECK, "at most 60 s from the clock of this machine")
    }
}
