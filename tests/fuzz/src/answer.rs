//! Answers, and what must hold for each of them.

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, response};
use http_auth::ChallengeRef;
use http_auth::parser::ChallengeParser;
use http_body_util::BodyExt;
use serde_json::Value;

/// An answer whose body has been read.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// Reads the whole body.
    ///
    /// # Panics
    ///
    /// If the body fails.
    pub async fn read<B>(response: Response<B>) -> Self
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: std::fmt::Debug,
    {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("no error").to_bytes();
        Self::new(parts, body)
    }

    #[must_use]
    pub fn new(parts: response::Parts, body: Bytes) -> Self {
        Self {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts that the body is an OAuth error or a JSON-RPC error.
    ///
    /// # Panics
    ///
    /// If it is neither.
    pub fn assert_is_refusal(&self) {
        let body = self.json();
        let error = &body["error"];
        let is_json_rpc = body["jsonrpc"] == "2.0"
            && error["code"].is_i64()
            && error["message"].is_string()
            && body.get("result").is_none();
        assert!(error.is_string() || is_json_rpc, "{self:?}");
        assert_eq!(self.headers["content-type"], "application/json", "{self:?}");
    }

    /// Returns the parameters of the one challenge, as an independent parser reads them.
    ///
    /// # Panics
    ///
    /// If there is no challenge, or another one than a single `Bearer` challenge.
    #[must_use]
    pub fn challenge(&self) -> Vec<(String, String)> {
        let mut values = self.headers.get_all("www-authenticate").iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            panic!("not one challenge: {self:?}");
        };
        let text = value.to_str().expect("visible ASCII");
        let challenges: Result<Vec<ChallengeRef<'_>>, _> = ChallengeParser::new(text).collect();
        let [challenge] = &challenges.expect("a challenge")[..] else {
            panic!("not one challenge: {self:?}");
        };
        assert_eq!(challenge.scheme, "Bearer", "{self:?}");
        let parameters = challenge.params.iter();
        parameters
            .map(|(name, value)| ((*name).to_owned(), value.to_unescaped()))
            .collect()
    }

    /// Asserts that there is one challenge with this `error`, or one without.
    ///
    /// # Panics
    ///
    /// If there is not.
    pub fn assert_challenges(&self, error: Option<&str>) {
        let challenge = self.challenge();
        let value = |name: &str| {
            let mut values = challenge.iter().filter(|(it, _)| it == name);
            let value = values.next().map(|(_, value)| &**value);
            assert!(values.next().is_none(), "{name} twice: {self:?}");
            value
        };
        assert_eq!(value("error"), error, "{self:?}");
        assert!(value("resource_metadata").is_some(), "{self:?}");
        if error == Some("insufficient_scope") {
            assert!(
                value("scope").is_some_and(|scope| !scope.is_empty()),
                "{self:?}"
            );
        }
    }
}
