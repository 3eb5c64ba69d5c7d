//! Registers a client and asks with it for more scopes than it registered with.

use form_urlencoded::Serializer;
use http::Request;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION};
use serde_json::{Map, Value, json};

use super::client::{Answer, Client};
use super::finding::Finding;
use super::issuer_document::Document;
use super::server::{Server, check_named};
use super::wanted::Wanted;
use crate::document::shortened;
use crate::fetch::FetchError;
use crate::scope::ScopeSet;

pub(super) const LATER_SCOPES: &str = "scopes after registration";
const REGISTRATION: &str = "registered client";
const INDICATORS: &str = "resource indicators";

/// Nothing listens there: a redirect to it is read and not followed.
const REDIRECT_URI: &str = "http://127.0.0.1:33418/scopes-doctor";
/// The example of RFC 7636 appendix B. No code is ever exchanged.
const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(super) async fn examine(
    client: &Client,
    server: &Server,
    document: &Document,
    wanted: &Wanted,
) -> Vec<Finding> {
    let not_tried = |reason: &str| {
        let checks = [REGISTRATION, LATER_SCOPES, INDICATORS];
        checks.map(|check| Finding::not_tried(check, reason)).into()
    };
    let Ok(endpoint) = document.url("registration_endpoint") else {
        return not_tried("no client registers itself");
    };
    let registered = match register(client, endpoint, document, wanted).await {
        Ok(registered) => registered,
        Err(problem) => {
            let mut findings = vec![Finding::problem(
                REGISTRATION,
                format!("{} {problem}", shortened(endpoint)),
                "allow public clients with a redirect URI on the machine of the user to register \
                 (RFC 7591)",
            )];
            let checks = [LATER_SCOPES, INDICATORS];
            findings.extend(checks.map(|check| Finding::not_tried(check, "no client registered")));
            return findings;
        }
    };
    let mut findings = Vec::new();
    match document.url("authorization_endpoint") {
        Ok(url) => {
            let first = wanted.first.as_ref().unwrap_or(&wanted.all);
            let url_for = |scope| authorization_url(url, &registered.id, scope, &server.url);
            let at_first = client.get(&url_for(first)).await;
            let later = client.get(&url_for(&wanted.all)).await;
            findings.push(indicators(&at_first));
            findings.push(later_scopes(&at_first, &later, first));
        }
        Err(problem) => {
            let checks = [LATER_SCOPES, INDICATORS];
            findings.extend(checks.map(|check| Finding::not_tried(check, problem.as_str())));
        }
    }
    findings.push(registered.delete(client, document).await);
    findings
}

struct Registered {
    id: String,
    /// Where the client is deleted, and with which token (RFC 7592).
    management: Option<(String, String)>,
}

/// Registers with the scopes with which a client does: those of the 401, else all.
async fn register(
    client: &Client,
    endpoint: &str,
    document: &Document,
    wanted: &Wanted,
) -> Result<Registered, FetchError> {
    let mut grants = vec!["authorization_code", "refresh_token"];
    if let Some(known) = document.list("grant_types_supported") {
        grants.retain(|grant| known.contains(grant));
    }
    let mut metadata = json!({
        "client_name": "scopes doctor",
        "application_type": "native",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": grants,
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    let scope = wanted.first.as_ref().unwrap_or(&wanted.all);
    if !scope.is_empty() {
        metadata["scope"] = scope.to_string().into();
    }
    let request = Request::post(endpoint)
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/json");
    let mut answer = client.send(request, metadata.to_string()).await?;
    if answer.status == 201 {
        answer.status = 200;
    } else if let Some(error) = answer.error() {
        let status = answer.status;
        return Err(FetchError::new(format!("answers {status} {error}")));
    }
    let registered: Map<String, Value> = answer.document()?;
    let text = |member: &str| registered.get(member)?.as_str().map(str::to_owned);
    let id = text("client_id");
    Ok(Registered {
        id: id.ok_or_else(|| FetchError::new("answers without a `client_id`"))?,
        management: text("registration_client_uri").zip(text("registration_access_token")),
    })
}

impl Registered {
    async fn delete(&self, client: &Client, document: &Document) -> Finding {
        let id = shortened(&self.id);
        let stays = Finding::ok(REGISTRATION, format!("{id:?} was registered, and stays"));
        let Some((url, token)) = &self.management else {
            return stays;
        };
        if check_named(url, &document.issuer).is_err() {
            return stays;
        }
        let request = Request::delete(url).header(AUTHORIZATION, format!("Bearer {token}"));
        match client.send(request, "").await {
            Ok(answer) if (200..300).contains(&answer.status) => {
                Finding::ok(REGISTRATION, "was registered, and deleted again")
            }
            _ => stays,
        }
    }
}

fn authorization_url(endpoint: &str, client_id: &str, scope: &ScopeSet, resource: &str) -> String {
    let mut query = Serializer::new(String::new());
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", client_id)
        .append_pair("redirect_uri", REDIRECT_URI)
        .append_pair("state", "scopes-doctor")
        .append_pair("code_challenge", CODE_CHALLENGE)
        .append_pair("code_challenge_method", "S256")
        .append_pair("resource", resource);
    if !scope.is_empty() {
        query.append_pair("scope", &scope.to_string());
    }
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{separator}{}", query.finish())
}

/// Returns the error with which an authorization request is refused, before any user signs in.
fn refusal(answer: &Result<Answer, FetchError>) -> Option<String> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Some(error.to_string()),
    };
    let location = answer.texts(LOCATION).first().copied().unwrap_or_default();
    if let Some(answered) = location.strip_prefix(REDIRECT_URI) {
        let query = answered.trim_start_matches(['?', '#']);
        let mut members = form_urlencoded::parse(query.as_bytes());
        let error = members.find(|(name, _)| name == "error");
        return error.map(|(_, error)| shortened(&error));
    }
    let is_refused = !(200..400).contains(&answer.status);
    is_refused.then(|| answer.error().unwrap_or_else(|| answer.status_text()))
}

fn has_code(error: &str, code: &str) -> bool {
    error.split(':').next() == Some(code)
}

fn indicators(answer: &Result<Answer, FetchError>) -> Finding {
    match refusal(answer).as_deref() {
        None => Finding::ok(INDICATORS, "a request with `resource` is not refused"),
        Some(error) if has_code(error, "invalid_target") => Finding::problem(
            INDICATORS,
            "`invalid_target`: the server does not know this resource",
            "add the URL of this server as a resource (RFC 8707)",
        ),
        Some(other) => Finding::not_tried(INDICATORS, format!("the request is refused: {other}")),
    }
}

fn later_scopes(
    at_first: &Result<Answer, FetchError>,
    later: &Result<Answer, FetchError>,
    first: &ScopeSet,
) -> Finding {
    let advice = "leave `scope` out of the 401 (`ResourceServerBuilder::challenge_baseline`), so that clients \
                  register with all scopes, or let clients ask for more than they registered with";
    match (refusal(at_first), refusal(later)) {
        (_, None) => Finding::ok(LATER_SCOPES, "a client may ask for every scope"),
        (Some(error), _) => Finding::problem(
            LATER_SCOPES,
            format!(
                "a sign-in with `{}` is refused: {error}",
                shortened(&first.to_string())
            ),
            "create the scopes at the authorization server, and allow clients that register to ask for them",
        ),
        (None, Some(error)) if has_code(&error, "invalid_scope") => Finding::problem(
            LATER_SCOPES,
            format!(
                "a client that registered with `{}` is refused more: `invalid_scope`",
                shortened(&first.to_string())
            ),
            advice,
        ),
        (None, Some(error)) => Finding::problem(
            LATER_SCOPES,
            format!("a request for every scope is refused: {error}"),
            advice,
        ),
    }
}
