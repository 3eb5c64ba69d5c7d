//! Clients that call without a pause, and what they must never be allowed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::site::Site;

/// The pause of a client between two calls.
const PAUSE: Duration = Duration::from_millis(15);
/// The time by which every instance knows a revocation that no fault has kept from it.
const REVOCATION: Duration = Duration::from_secs(1);
/// The time after which an instance that has no contact to the store answers 503 (`max_staleness`), and a second.
const STALENESS: Duration = Duration::from_secs(11);
/// The time without a denial after which everything works.
const STEADY: Duration = Duration::from_secs(2);

const WITHOUT_THE_SCOPE: &str = "a call without its scope";
const FOREIGN_SESSION: &str = "a session of another user";
const REVOKED: &str = "a revoked token";
/// The callers that each fault has to meet.
pub(crate) const MUST_BE_DENIED: [&str; 3] = [WITHOUT_THE_SCOPE, FOREIGN_SESSION, REVOKED];

/// The answers since the last look at them.
#[derive(Clone, Default)]
pub(crate) struct Observed {
    pub(crate) requests: u32,
    pub(crate) allowed: u32,
    /// 503 with `Retry-After`.
    pub(crate) unavailable: u32,
    /// Of nginx, about an instance that has gone.
    pub(crate) bad_gateway: u32,
    /// The callers that must be denied, and how often they were.
    pub(crate) denied: BTreeMap<&'static str, u32>,
    /// Answers that must not be.
    pub(crate) wrong: Vec<String>,
    /// The last time at which a caller with every right was not allowed to call.
    last_failure: Option<Instant>,
}

/// The clients at work.
pub(crate) struct Load(Arc<Shared>);

struct Shared {
    url: String,
    client: Client,
    observed: Mutex<Observed>,
    /// The session that the reader has open.
    session: Mutex<Option<String>>,
    /// The tokens whose revocation was acknowledged, and when.
    revoked: Mutex<Vec<(String, Instant)>>,
    /// When the last fault began, which may keep the revocations since then, and of the second before, from others.
    fault: Mutex<Option<Instant>>,
}

impl Load {
    pub(crate) async fn start(site: &Site) -> Self {
        let client = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30));
        let shared = Arc::new(Shared {
            url: site.url(),
            client: client.build().expect("a client"),
            observed: Mutex::default(),
            session: Mutex::default(),
            revoked: Mutex::default(),
            fault: Mutex::default(),
        });
        let reader = site.token("ada", "entries:read");
        let stranger = site.token("eve", "entries:read entries:write");
        for _ in 0..2 {
            tokio::spawn(Arc::clone(&shared).read(reader.clone()));
        }
        tokio::spawn(Arc::clone(&shared).write_without_the_scope(reader));
        tokio::spawn(Arc::clone(&shared).use_a_foreign_session(stranger));
        tokio::spawn(Arc::clone(&shared).use_revoked_tokens());
        let tokens = (0..200).map(|number| site.token(&format!("user-{number}"), "entries:read"));
        let revoking = Arc::clone(&shared).revoke(site.revocation_secret(), tokens.collect());
        tokio::spawn(revoking);
        tokio::time::sleep(STEADY).await;
        Self(shared)
    }

    /// Returns the answers since the last call.
    pub(crate) fn take(&self) -> Observed {
        std::mem::take(&mut *self.0.observed.lock().expect("no panic"))
    }

    /// Notes that a fault begins.
    pub(crate) fn expect_fault(&self) {
        *self.0.fault.lock().expect("no panic") = Some(Instant::now());
    }

    /// Waits until nothing is denied to callers with every right. Returns how long after `ended` that was, if it
    /// was soon enough.
    pub(crate) async fn recovery(&self, ended: Instant, limit: Duration) -> Option<Duration> {
        loop {
            tokio::time::sleep(PAUSE).await;
            let last = self.0.observed.lock().expect("no panic").last_failure;
            let last = last.unwrap_or(ended).max(ended);
            if last.elapsed() >= STEADY {
                return Some(last.duration_since(ended));
            }
            if ended.elapsed() > limit + STEADY {
                return None;
            }
        }
    }
}

fn message(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

fn list() -> Value {
    message(
        "tools/call",
        &json!({ "name": "list_entries", "arguments": {} }),
    )
}

fn create() -> Value {
    let arguments = json!({ "title": "Hello", "content": "Dear diary" });
    message(
        "tools/call",
        &json!({ "name": "create_entry", "arguments": arguments }),
    )
}

impl Shared {
    fn observe(&self, change: impl FnOnce(&mut Observed)) {
        change(&mut self.observed.lock().expect("no panic"));
    }

    fn session(&self) -> Option<String> {
        self.session.lock().expect("no panic").clone()
    }

    /// Sends a message, and returns the status of the answer; `None` if the proxy has lost it.
    async fn post(&self, token: &str, session: Option<&str>, body: &Value) -> Option<Response> {
        let request = self
            .client
            .post(&self.url)
            .bearer_auth(token)
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .body(body.to_string());
        let request = match session {
            Some(session) => request
                .header("mcp-session-id", session)
                .header("mcp-protocol-version", "2025-06-18"),
            None => request,
        };
        let answer = request.send().await;
        self.observe(|observed| {
            observed.requests += 1;
            match &answer {
                Err(error) => observed.wrong.push(format!("no answer: {error:?}")),
                Ok(answer) => observed.count(answer),
            }
        });
        answer.ok()
    }

    /// Calls what its token allows, in a session that goes on from instance to instance.
    async fn read(self: Arc<Self>, token: String) {
        loop {
            let session = match self.session() {
                Some(session) => session,
                None => match self.open(&token).await {
                    Some(session) => session,
                    None => continue,
                },
            };
            let answer = self.post(&token, Some(&session), &list()).await;
            let status = answer.map(|answer| answer.status().as_u16());
            if status == Some(404) {
                // The session was in a store that has lost it: a client opens another one.
                *self.session.lock().expect("no panic") = None;
            }
            self.observe(|observed| match status {
                Some(200) => observed.allowed += 1,
                _ => observed.last_failure = Some(Instant::now()),
            });
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn open(&self, token: &str) -> Option<String> {
        let params = json!({
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": { "name": "chaos", "version": "1" },
        });
        let answer = self
            .post(token, None, &message("initialize", &params))
            .await;
        let session = answer.as_ref().and_then(|answer| {
            let session = answer.headers().get("mcp-session-id")?;
            Some(session.to_str().ok()?.to_owned())
        });
        if session.is_none() {
            self.observe(|observed| observed.last_failure = Some(Instant::now()));
            tokio::time::sleep(PAUSE).await;
        }
        self.session.lock().expect("no panic").clone_from(&session);
        session
    }

    async fn write_without_the_scope(self: Arc<Self>, token: String) {
        loop {
            let session = self.session();
            let answer = self.post(&token, session.as_deref(), &create()).await;
            self.must_not_be_allowed(WITHOUT_THE_SCOPE, answer.as_ref());
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn use_a_foreign_session(self: Arc<Self>, token: String) {
        loop {
            if let Some(session) = self.session() {
                let answer = self.post(&token, Some(&session), &list()).await;
                self.must_not_be_allowed(FOREIGN_SESSION, answer.as_ref());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn use_revoked_tokens(self: Arc<Self>) {
        for number in 0.. {
            let known: Vec<String> = {
                let fault = *self.fault.lock().expect("no panic");
                let revoked = self.revoked.lock().expect("no panic");
                let known = revoked.iter().filter(|(_, at)| {
                    let is_held_back = fault.is_some_and(|fault| *at + REVOCATION > fault);
                    at.elapsed() > if is_held_back { STALENESS } else { REVOCATION }
                });
                known.map(|(token, _)| token.clone()).collect()
            };
            if let Some(token) = known.get(number % known.len().max(1)) {
                let answer = self.post(token, None, &list()).await;
                self.must_not_be_allowed(REVOKED, answer.as_ref());
                // Without a session it would be a 400, which comes after the token.
                let is_late = answer.is_some_and(|answer| answer.status().as_u16() == 400);
                if is_late {
                    self.observe(|observed| {
                        observed.wrong.push("a revoked token is accepted".into());
                    });
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Revokes a token every half second, as long as there are some.
    async fn revoke(self: Arc<Self>, secret: String, tokens: Vec<String>) {
        let url = self.url.replace("/mcp", "/revoke");
        for token in tokens {
            let form = [("token", token.as_str())];
            let request = self.client.post(&url).bearer_auth(&secret).form(&form);
            // What is not acknowledged need not be known everywhere.
            if let Ok(answer) = request.send().await
                && answer.status() == 200
            {
                let acknowledged = (token, Instant::now());
                self.revoked.lock().expect("no panic").push(acknowledged);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    fn must_not_be_allowed(&self, what: &'static str, answer: Option<&Response>) {
        let Some(status) = answer.map(Response::status) else {
            return;
        };
        self.observe(|observed| match status.as_u16() {
            200..300 => observed.wrong.push(format!("allowed: {what}")),
            401 | 403 | 404 => *observed.denied.entry(what).or_default() += 1,
            _ => {}
        });
    }
}

impl Observed {
    fn count(&mut self, answer: &Response) {
        match answer.status().as_u16() {
            503 if answer.headers().contains_key("retry-after") => self.unavailable += 1,
            502 | 504 => self.bad_gateway += 1,
            500.. => self
                .wrong
                .push(format!("{} without `Retry-After`", answer.status())),
            _ => {}
        }
    }
}
