//! The consent form, with the user's decision.

use axum::extract::State as FromState;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use oauth_as::server::UserApproval;

use super::authorize::{self, Asked};
use super::offer::Offered;
use super::pages::{self, Refusal};
use super::session::Form;
use super::{AuthorizationServer, registration};

/// A consent form, as it comes.
#[derive(Default)]
struct Consent {
    request: String,
    token: String,
    decision: String,
    scopes: Vec<String>,
}

/// Answers `POST /authorize/consent`.
pub(super) async fn consent(
    FromState(server): FromState<AuthorizationServer>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let state = &server.0;
    let form = Consent::parse(&body);
    let session = authorize::sender(&server, &headers, Form::Consent, &form.token, &form.request)?;
    if form.decision == "another-name" {
        let session = authorize::begin_session(&server, None)?;
        return Ok(pages::back_to_request(
            state.seal.cookie(&session),
            &form.request,
        ));
    }
    let mut asked = Asked::read(&server, form.request).await?;
    let Some(subject) = session.subject.as_deref() else {
        return Ok(pages::sign_in(&server, &session, &asked, None));
    };
    match form.decision.as_str() {
        "allow" => asked.keep(|scope| form.scopes.iter().any(|name| name == scope.name())),
        "deny" => asked.keep(|_| false),
        _ => {
            return Err(authorize::bad_request(
                "The form says neither to allow nor to deny.",
            ));
        }
    }
    decide(&server, &asked, subject).await
}

/// Answers the client. Who allows nothing denies: a token without scopes would be taken for a
/// consent, and a client could not tell it from one that helps.
async fn decide(
    server: &AuthorizationServer,
    asked: &Asked,
    subject: &str,
) -> Result<Response, Refusal> {
    let state = &server.0;
    if asked.scopes.is_empty() {
        return Ok(pages::see(&asked.validated.denied().location()));
    }
    registration::admit_scopes(server, &asked.client_id, &asked.scopes).await;
    let request = asked.narrowed(server).await?;
    let approval = UserApproval::granted(&request, subject);
    let issued = state.protocol.issue_authorization_code(approval).await;
    let response = issued.map_err(|error| authorize::answer(&error))?;
    state.mark_code(&asked.client_id);
    let names = asked.scopes.iter().map(Offered::name);
    state.earlier.remember(subject, &asked.client_id, names);
    Ok(pages::see(&response.location(&request.redirect_uri)))
}

impl Consent {
    fn parse(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            match &*name {
                "request" => form.request = value.into_owned(),
                "token" => form.token = value.into_owned(),
                "decision" => form.decision = value.into_owned(),
                "scope" => form.scopes.push(value.into_owned()),
                _ => {}
            }
        }
        form
    }
}
