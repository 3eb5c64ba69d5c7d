//! The protected endpoint, without a token and with one that nobody has issued.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName};
use http::request::Builder;
use http::{Method, Request};

use super::challenge::ReadChallenge;
use super::client::{Answer, Client};
use super::finding::Finding;
use super::server::Server;
use super::www_authenticate::{challenge_of, read_challenge};
use crate::document::shortened;
use crate::fetch::FetchError;
use crate::scope::ScopeSet;

const SESSION_ID: &str = "mcp-session-id";
const PROTOCOL_VERSION: &str = "2025-11-25";
const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{},"clientInfo":{"name":"scopes-doctor","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""}}}"#
);
/// Servers that let strangers begin a session still protect their tools.
const CALL: &str = concat!(
    r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","#,
    r#""params":{"name":"scopes-doctor-made-up","arguments":{}}}"#
);
const MADE_UP: &str = "scopes-doctor-made-up-token";

/// A request that the server answers with 401, to be sent again with other headers.
#[derive(Clone, Copy)]
pub(super) enum Probe {
    Initialize,
    Call,
    /// The resource is no MCP server.
    Get,
}

/// The answers of the endpoint.
pub(super) struct Endpoint {
    pub(super) findings: Vec<Finding>,
    pub(super) probe: Probe,
    /// The status of the answer without a token.
    pub(super) status: u16,
    pub(super) challenge: Option<ReadChallenge>,
}

impl Endpoint {
    /// Returns the scopes of the 401.
    pub(super) fn scope(&self) -> Option<ScopeSet> {
        let scope = self.challenge.as_ref()?.parameter("scope")?;
        scope.parse().ok()
    }
}

impl Probe {
    pub(super) async fn send(
        self,
        client: &Client,
        server: &Server,
        headers: &[(HeaderName, &str)],
    ) -> Result<Answer, FetchError> {
        let (method, body) = match self {
            Self::Initialize => (Method::POST, INITIALIZE),
            Self::Call => (Method::POST, CALL),
            Self::Get => (Method::GET, ""),
        };
        let request = Request::builder().method(method).uri(&server.url);
        let mut request = request.header(ACCEPT, "application/json, text/event-stream");
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let add =
            |request: Builder, (name, value): &(HeaderName, &str)| request.header(name, *value);
        let answer = client.send(headers.iter().fold(request, add), body).await?;
        end_session(client, server, &answer).await;
        Ok(answer)
    }
}

/// Ends the session that a request has opened, as clients do when they leave.
async fn end_session(client: &Client, server: &Server, answer: &Answer) {
    let Some(session) = answer.headers.get(SESSION_ID) else {
        return;
    };
    if !(200..300).contains(&answer.status) {
        return;
    }
    let request = Request::delete(&server.url)
        .header(SESSION_ID, session)
        .header("mcp-protocol-version", PROTOCOL_VERSION);
    // A server that does not let clients end sessions answers 405.
    let _ = client.send(request, "").await;
}

/// # Errors
///
/// If the server cannot be reached.
pub(super) async fn examine(client: &Client, server: &Server) -> Result<Endpoint, FetchError> {
    let (mut probe, mut answer) = (
        Probe::Initialize,
        Probe::Initialize.send(client, server, &[]).await?,
    );
    let other = match answer.status {
        200..=299 => Some(Probe::Call),
        404 | 405 => Some(Probe::Get),
        _ => None,
    };
    if let Some(other) = other
        && let Ok(second) = other.send(client, server, &[]).await
        && second.status == 401
    {
        (probe, answer) = (other, second);
    }
    let mut findings = vec![transport(server), without_token(&answer)];
    let mut challenge = None;
    if answer.status == 401 {
        challenge = read_challenge(&answer, &mut findings);
        let scheme = challenge.as_ref().map(|challenge| &*challenge.scheme);
        let is_dpop = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("DPoP"));
        let scheme = if is_dpop { "DPoP" } else { "Bearer" };
        let credentials = format!("{scheme} {MADE_UP}");
        let headers = [(AUTHORIZATION, credentials.as_str())];
        let made_up = probe.send(client, server, &headers).await;
        findings.push(with_made_up_token(made_up, is_dpop));
    }
    findings.push(answer.clock());
    Ok(Endpoint {
        findings,
        probe,
        status: answer.status,
        challenge,
    })
}

fn transport(server: &Server) -> Finding {
    const CHECK: &str = "transport";
    if !server.is_plain_http() {
        Finding::ok(CHECK, "https")
    } else if server.is_loopback {
        Finding::ok(CHECK, "http on a loopback host")
    } else {
        Finding::problem(
            CHECK,
            "plain http: tokens can be read on the way",
            "serve https, and give clients that URL",
        )
    }
}

fn without_token(answer: &Answer) -> Finding {
    const CHECK: &str = "without a token";
    let found = answer.status_text();
    match answer.status {
        401 => match answer.body_problem() {
            None => Finding::ok(CHECK, "401"),
            Some(problem) => Finding::warning(
                CHECK,
                format!("401, and its body cannot be read: {problem}"),
                "answer with a short JSON body",
            ),
        },
        200..=299 => Finding::problem(
            CHECK,
            format!("answers {} without asking for a token", answer.status),
            "protect this URL, or check that a proxy sends it to the protected server",
        ),
        403 => Finding::problem(
            CHECK,
            found,
            "clients ask for a token after a 401 only; if the server checks `Host`, allow the host of \
             this URL (`allow_host`; `allowed_hosts` of rmcp)",
        ),
        300..=399 => Finding::problem(
            CHECK,
            found,
            "give clients the URL that answers by itself; they do not send tokens to another",
        ),
        _ => Finding::problem(
            CHECK,
            found,
            "answer 401 with a `WWW-Authenticate` challenge",
        ),
    }
}

/// A server of `DPoP` may look at the proof first, which is missing (RFC 9449 section 7.1).
fn with_made_up_token(answer: Result<Answer, FetchError>, is_dpop: bool) -> Finding {
    const CHECK: &str = "made-up token";
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let advice = "answer 401 with `error=\"invalid_token\"`";
            return Finding::problem(CHECK, error.to_string(), advice);
        }
    };
    let challenge = challenge_of(&answer);
    let error = challenge.as_ref().and_then(|read| read.parameter("error"));
    match (answer.status, error) {
        (401, Some("invalid_token")) => Finding::ok(CHECK, "401 invalid_token"),
        (401, Some("invalid_dpop_proof")) if is_dpop => {
            Finding::ok(CHECK, "401 invalid_dpop_proof")
        }
        (401, Some(other)) => Finding::warning(
            CHECK,
            format!("401 with `error={:?}`", shortened(other)),
            "answer with `error=\"invalid_token\"` (RFC 6750 section 3.1)",
        ),
        (401, None) => Finding::warning(
            CHECK,
            "401 without `error`",
            "add `error=\"invalid_token\"`, so that clients get a new token (RFC 6750 section 3.1)",
        ),
        (200..=299, _) => Finding::problem(
            CHECK,
            format!("answers {}: the token is not verified", answer.status),
            "verify tokens before the request is answered",
        ),
        (500..=599, _) => Finding::problem(
            CHECK,
            answer.status_text(),
            "see the log of the server: it cannot verify tokens, for instance because it does not \
             reach its authorization server",
        ),
        _ => Finding::problem(
            CHECK,
            answer.status_text(),
            "answer 401 with `error=\"invalid_token\"` (RFC 6750 section 3.1)",
        ),
    }
}
