//! A protected service that says who calls it, and lists of keys.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::executor::block_on;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use scopes_core::api_keys::{ApiKey, ApiKeyVerifier};
use scopes_core::testing::StaticVerifier;
use scopes_core::token::{AcceptToken, Presentation, VerifyTokenError};
use scopes_core::tower::{ProtectLayer, Refusal};
use scopes_core::{
    Caller, PresentedToken, Registry, Requirement, ResourceServer, TokenVerifier, VerifiedToken,
    authorize,
};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::Scope;

pub(crate) const PREFIX: &str = "journal_";
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A list of keys in a file of the test's own.
pub(crate) struct KeyFile(PathBuf);

impl KeyFile {
    pub(crate) fn new(test: &str, lines: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("api_keys");
        fs::create_dir_all(&folder).expect("a folder");
        let file = Self(folder.join(test));
        file.write(lines);
        file
    }

    pub(crate) fn write(&self, lines: &[&str]) {
        let next = self.0.with_extension("next");
        fs::write(&next, lines.join("\n")).expect("written");
        fs::rename(next, &self.0).expect("renamed");
    }

    pub(crate) fn remove(&self) {
        fs::remove_file(&self.0).expect("removed");
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

/// A new key, and its entry.
pub(crate) fn key(name: &str, expires: &str, scopes: &str) -> (String, String) {
    let key = ApiKey::generate(PREFIX).expect("a key");
    let entry = key.entry(name, expires, scopes).expect("valid fields");
    (key.as_str().to_owned(), entry)
}

/// The date, in UTC, of a time.
pub(crate) fn date(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH);
    let seconds = seconds.expect("after 1970");
    // The date of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT`.
    let text = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + seconds);
    let parts: Vec<&str> = text.split(' ').collect();
    let months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
    let month = months.split(' ').position(|month| month == parts[2]);
    format!(
        "{}-{:02}-{}",
        parts[3],
        month.expect("a month") + 1,
        parts[1]
    )
}

/// A verifier that keeps what it is asked about.
#[derive(Clone)]
pub(crate) struct Recording {
    accepts: Arc<StaticVerifier>,
    presentation: Presentation,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Recording {
    pub(crate) fn new() -> Self {
        let accepts = StaticVerifier::new()
            .token("ada", "ada", "entries:read")
            .and_then(|verifier| verifier.token("nightly", "nightly", "entries:read"));
        Self {
            accepts: Arc::new(accepts.expect("valid scopes")),
            presentation: Presentation::bearer(),
            asked: Arc::default(),
        }
    }

    pub(crate) fn presented(mut self, presentation: Presentation) -> Self {
        self.presentation = presentation;
        self
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

impl TokenVerifier for Recording {
    async fn verify(
        &self,
        token: PresentedToken<'_>,
        accept: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        let asked = token.as_str().to_owned();
        self.asked.lock().expect("no panic").push(asked);
        self.accepts.verify(token, accept).await
    }

    fn presentation(&self) -> Presentation {
        self.presentation.clone()
    }
}

pub(crate) fn verifier(file: &KeyFile) -> ApiKeyVerifier<Recording> {
    let builder = ApiKeyVerifier::builder(PREFIX).file(file.path());
    builder.build(Recording::new()).expect("valid settings")
}

pub(crate) fn protect<V: TokenVerifier>(verifier: V) -> ProtectLayer<V> {
    let server = ResourceServer::builder("https://api.example.com/journal")
        .authorization_server("https://auth.example.com")
        .registry(Registry::default())
        .build();
    ProtectLayer::new(server.expect("valid settings"), verifier)
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn challenge(&self) -> &str {
        let challenge = self.headers.get("www-authenticate");
        challenge.map_or("", |value| value.to_str().expect("ASCII"))
    }
}

/// Who calls, as the service sees it; or the refusal of callers who lack a scope.
fn caller() -> Response<Full<Bytes>> {
    let caller = Caller::current();
    if let Err(refusal) = authorize(&Requirement::one(Scope::EntriesRead), &caller) {
        return Refusal::from(refusal)
            .into_response()
            .map(|_| Full::default());
    }
    let token = caller.token().expect("a token");
    let body = json!({
        "issuer": token.claims().issuer,
        "subject": token.subject(),
        "client_id": token.client_id(),
        "scopes": token.scopes().as_str(),
    });
    Response::new(Full::from(body.to_string()))
}

pub(crate) fn ask_with<V: TokenVerifier>(
    protect: &ProtectLayer<V>,
    headers: &[(&str, &str)],
) -> Answer {
    let service = protect.layer(service_fn(|_: Request<Full<Bytes>>| async {
        Ok::<_, Infallible>(caller())
    }));
    let mut request = Request::get("/journal");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::default()).expect("a request");
    let (parts, body) = block_on(service.oneshot(request))
        .expect("infallible")
        .into_parts();
    let body = block_on(body.collect()).expect("a body").to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: serde_json::from_slice(&body).expect("JSON"),
    }
}

/// The answer to a request with this bearer token.
pub(crate) fn ask<V: TokenVerifier>(protect: &ProtectLayer<V>, token: &str) -> Answer {
    ask_with(protect, &[("authorization", &format!("Bearer {token}"))])
}

pub(crate) fn status<V: TokenVerifier>(protect: &ProtectLayer<V>, token: &str) -> u16 {
    ask(protect, token).status.as_u16()
}

/// The status that a readiness probe gets.
pub(crate) fn readiness<V: TokenVerifier>(protect: &ProtectLayer<V>) -> u16 {
    let answer = block_on(protect.readiness().oneshot(Request::new(())));
    answer.expect("infallible").status().as_u16()
}
