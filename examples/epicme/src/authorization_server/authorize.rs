//! The authorization endpoint (RFC 6749 section 3.1).

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State as FromState};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use oauth_as::authorization::{AuthorizationRequest, ValidatedAuthorizationRequest};
use oauth_as::store::Storage as _;
use oauth_as::{AuthorizationError, Client, ClientId};

use super::offer::{self, Offered};
use super::pages::{self, Asker, Refusal};
use super::session::{Form, Session};
use super::{
    AdmitClientError, AuthorizationServer, AuthorizationServerError, access_lifetime, origin,
    registration,
};

/// Longer ones are nobody's.
const MAX_QUERY: usize = 8 * 1024;

/// A valid authorization request that the user has not decided on yet.
pub(super) struct Asked {
    /// The query, as it came.
    pub(super) request: String,
    pub(super) client_id: String,
    client_name: Option<String>,
    pub(super) validated: ValidatedAuthorizationRequest,
    /// The scopes that the user can grant.
    pub(super) scopes: Vec<Offered>,
    /// The maximum time until the last token of the client expires.
    pub(super) lifetime: Duration,
}

/// Answers `GET /authorize`: with a page to sign in or to consent, or at the client.
pub(super) async fn authorize(
    FromState(server): FromState<AuthorizationServer>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let state = &server.0;
    state.sweep().await;
    if !origin::is_host(&headers, &state.issuer) {
        return Err(pages::problem(
            StatusCode::MISDIRECTED_REQUEST,
            "This page is not here",
            "It was asked for under another name than the server's own.",
        ));
    }
    let asked = Asked::read(&server, query.unwrap_or_default()).await?;
    let session = match state.seal.session(&headers, state.clock.now()) {
        Some(session) if session.subject.is_some() => {
            return Ok(pages::consent(&server, &session, &asked));
        }
        Some(session) => session,
        None => begin_session(&server, None)?,
    };
    Ok(pages::sign_in(&server, &session, &asked, None))
}

/// A new session, of nobody or of whoever signed in.
pub(super) fn begin_session(
    server: &AuthorizationServer,
    subject: Option<&str>,
) -> Result<Session, Refusal> {
    Session::begin(subject, server.0.clock.now()).map_err(|error| failure(&error))
}

impl Asked {
    /// Reads and checks an authorization request.
    ///
    /// # Errors
    ///
    /// The answer to a bad one: a page if the redirect URI is unknown, else a redirect
    /// (RFC 6749 section 4.1.2.1).
    pub(super) async fn read(server: &AuthorizationServer, query: String) -> Result<Self, Refusal> {
        if query.len() > MAX_QUERY {
            return Err(bad_request("The request is longer than may be read."));
        }
        if repeats(&query) {
            return Err(bad_request("The request says something twice."));
        }
        let pairs = form_urlencoded::parse(query.as_bytes());
        let mut request = AuthorizationRequest::from_pairs(pairs);
        let client_id = request.client_id.as_deref().unwrap_or_default().to_owned();
        let client = client(server, &client_id).await?;
        if let Some(asked) = request.redirect_uri.as_deref() {
            registration::admit_port(server, &client_id, asked).await;
        }
        let scopes = offer::requested(request.scope.as_deref());
        // With nothing to grant, what was asked for stays in, and is refused as what it is. Otherwise
        // the scopes are compared with those of the client once the user has chosen.
        if !scopes.is_empty() {
            request.scope = Some(Cow::Owned(offer::all().to_string()));
        }
        let validated = validate(server, &mut request).await?;
        Ok(Self {
            client_id,
            client_name: client.name.clone(),
            lifetime: access_lifetime(&client),
            validated,
            scopes,
            request: query,
        })
    }

    /// Leaves only those scopes in.
    pub(super) fn keep(&mut self, is_kept: impl FnMut(&Offered) -> bool) {
        self.scopes.retain(is_kept);
    }

    /// The request as if it had asked for what is left only.
    pub(super) async fn narrowed(
        &self,
        server: &AuthorizationServer,
    ) -> Result<ValidatedAuthorizationRequest, Refusal> {
        let pairs = form_urlencoded::parse(self.request.as_bytes());
        let mut request = AuthorizationRequest::from_pairs(pairs);
        request.scope = Some(Cow::Owned(offer::parameter(&self.scopes)));
        validate(server, &mut request).await
    }

    /// Returns the client, for a page.
    pub(super) fn client(&self) -> Asker<'_> {
        Asker {
            name: self.client_name.as_deref(),
            // Somebody controls what stands at that URL. A registered name is anybody's.
            document: Some(self.client_id.as_str()).filter(|id| is_document(id)),
            redirect_uri: &self.validated.redirect_uri,
        }
    }
}

/// The client, its document fetched if it has one.
async fn client(server: &AuthorizationServer, client_id: &str) -> Result<Arc<Client>, Refusal> {
    let state = &server.0;
    if is_document(client_id) && !state.clients.is_fresh(client_id, state.clock.now()) {
        let client = state.documents.fetch(client_id).await.map_err(|error| {
            let problem =
                format!("The document that describes the app, {client_id}, is invalid: {error}.");
            bad_request(&problem)
        })?;
        state.admit(client).await.map_err(|error| match error {
            AdmitClientError::Full => pages::problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many apps",
                "This server knows as many apps as it can, and all are in use. Try again later.",
            ),
            AdmitClientError::Storage => failure(&AuthorizationServerError::Start("the client")),
        })?;
    }
    let known = state
        .protocol
        .store()
        .get_client(&ClientId::new(client_id))
        .await;
    known.ok().flatten().ok_or_else(|| {
        bad_request("The app is not registered here. This server forgets apps when it is restarted: let the app register again.")
    })
}

/// Checks the request, for the resource of this server.
async fn validate(
    server: &AuthorizationServer,
    request: &mut AuthorizationRequest<'_>,
) -> Result<ValidatedAuthorizationRequest, Refusal> {
    let state = &server.0;
    if request.resource.is_empty() {
        request.resource.push(Cow::Owned(state.resource.clone()));
    }
    let validated = state.protocol.validate_authorization_request(request).await;
    validated.map_err(|error| answer(&error))
}

/// The answer to a request that fails.
pub(super) fn answer(error: &AuthorizationError) -> Refusal {
    match error {
        AuthorizationError::Redirect(error) => pages::see(&error.location()).into(),
        AuthorizationError::Direct(error) => {
            let why = error
                .error_description
                .as_deref()
                .unwrap_or(error.error.as_str());
            bad_request(&format!(
                "What is wrong with it: {why}. Go back to the app that sent you here."
            ))
        }
    }
}

pub(super) fn failure(error: &AuthorizationServerError) -> Refusal {
    let problem = format!("This is the server's own fault: {error}.");
    pages::problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "It does not work",
        &problem,
    )
}

pub(super) fn bad_request(problem: &str) -> Refusal {
    pages::problem(
        StatusCode::BAD_REQUEST,
        "This request cannot be answered",
        problem,
    )
}

/// The session of whoever sent a form, and that it is the form that they were shown.
pub(super) fn sender(
    server: &AuthorizationServer,
    headers: &HeaderMap,
    form: Form,
    token: &str,
    request: &str,
) -> Result<Session, Refusal> {
    let state = &server.0;
    let refused = |problem| pages::problem(StatusCode::FORBIDDEN, "This form is rejected", problem);
    if !origin::may_send_form(headers, &state.issuer) {
        return Err(refused("It was not sent from a page of this server."));
    }
    match state.seal.session(headers, state.clock.now()) {
        Some(session) if state.seal.is_form_token(token, &session, form, request) => Ok(session),
        _ => Err(refused(
            "It is too old, or from another session. Go back to the app and start again.",
        )),
    }
}

/// Returns whether a parameter other than `resource` (RFC 8707) is repeated (RFC 6749 section 3.1).
fn repeats(query: &str) -> bool {
    let mut seen = HashSet::new();
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    names.any(|name| name != "resource" && !seen.insert(name))
}

fn is_document(client_id: &str) -> bool {
    client_id.starts_with("https://")
}
