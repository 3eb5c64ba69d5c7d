//! Registers a client and asks with it for more scopes than it registered with.

use http::Request;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Map, Value, json};

use super::client::Client;
use super::finding::Finding;
use super::issuer_document::Document;
use super::server::{Server, check_named};
use super::sign_in::{INDICATORS, KnownClient, SignIn, has_code, indicators};
use super::wanted::Wanted;
use crate::document::shortened;
use crate::fetch::FetchError;
use crate::scope::ScopeSet;

pub(super) const LATER_SCOPES: &str = "scopes after registration";
const REGISTRATION: &str = "registered client";

/// Nothing listens there: a redirect to it is read and not followed.
const REDIRECT_URI: &str = "http://127.0.0.1:33418/scopes-doctor";

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
        Err(Failed { problem, advice }) => {
            let found = format!("{} {problem}", shortened(endpoint));
            let mut findings = vec![Finding::problem(REGISTRATION, found, advice)];
            let checks = [LATER_SCOPES, INDICATORS];
            findings.extend(checks.map(|check| Finding::not_tried(check, "no client registered")));
            return findings;
        }
    };
    let mut findings = Vec::new();
    match document.url("authorization_endpoint") {
        Ok(url) => {
            let first = wanted.first.as_ref().unwrap_or(&wanted.all);
            let known = &registered.client;
            let at_first = known.sign_in(client, url, first, server).await;
            let later = known.sign_in(client, url, &wanted.all, server).await;
            findings.push(indicators(&at_first));
            findings.push(later_scopes(at_first, later, first));
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
    client: KnownClient,
    /// Where the client is deleted, and with which token (RFC 7592).
    management: Option<(String, String)>,
}

/// No client was registered.
struct Failed {
    /// Put behind the URL of the endpoint.
    problem: String,
    advice: &'static str,
}

impl From<FetchError> for Failed {
    fn from(error: FetchError) -> Self {
        let problem = error.to_string();
        let advice = "allow public clients with a redirect URI on the machine of the user to register \
                      (RFC 7591)";
        Self { problem, advice }
    }
}

/// Registers with the scopes with which a client does: those of the 401, else all.
async fn register(
    client: &Client,
    endpoint: &str,
    document: &Document,
    wanted: &Wanted,
) -> Result<Registered, Failed> {
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
    match answer.status {
        200 => {}
        201 => answer.status = 200,
        status => {
            let error = answer
                .error()
                .map(|error| format!("answers {status} {error}"));
            let problem = FetchError::new(error.unwrap_or_else(|| answer.status_text()));
            let mut failed = Failed::from(problem);
            if matches!(status, 401 | 403) {
                failed.advice = "let clients register from any host (`Trusted Hosts` of Keycloak), with the scopes of \
                                 this server (`Allowed Client Scopes`), and without an initial access token";
            }
            return Err(failed);
        }
    }
    let registered: Map<String, Value> = answer.document()?;
    let text = |member: &str| registered.get(member)?.as_str().map(str::to_owned);
    let id = text("client_id");
    let id = id.ok_or_else(|| FetchError::new("answers without a `client_id`"))?;
    Ok(Registered {
        client: KnownClient {
            id,
            redirect_uri: REDIRECT_URI.to_owned(),
        },
        management: text("registration_client_uri").zip(text("registration_access_token")),
    })
}

impl Registered {
    async fn delete(&self, client: &Client, document: &Document) -> Finding {
        let id = shortened(&self.client.id);
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

fn later_scopes(at_first: SignIn, later: SignIn, first: &ScopeSet) -> Finding {
    let advice = "leave `scope` out of the 401 (`ResourceServerBuilder::challenge_baseline`), so that clients \
                  register with all scopes, or let clients ask for more than they registered with";
    match (at_first, later) {
        (_, SignIn::NotRefused) => {
            let found = "a request for every scope is not refused before sign-in";
            Finding::ok(LATER_SCOPES, found)
        }
        (SignIn::Refused(error), _) => Finding::problem(
            LATER_SCOPES,
            format!(
                "a sign-in with `{}` is refused: {error}",
                shortened(&first.to_string())
            ),
            "create the scopes at the authorization server, and allow clients that register to ask for them",
        ),
        (SignIn::Unknown(reason), _) | (_, SignIn::Unknown(reason)) => {
            Finding::not_tried(LATER_SCOPES, reason)
        }
        (SignIn::NotRefused, SignIn::Refused(error)) if has_code(&error, "invalid_scope") => {
            Finding::problem(
                LATER_SCOPES,
                format!(
                    "a client that registered with `{}` is refused more: `invalid_scope`",
                    shortened(&first.to_string())
                ),
                advice,
            )
        }
        (SignIn::NotRefused, SignIn::Refused(error)) => Finding::problem(
            LATER_SCOPES,
            format!("a request for every scope is refused: {error}"),
            advice,
        ),
    }
}
