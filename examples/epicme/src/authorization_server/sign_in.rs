//! Whoever types a name is that name.

use axum::extract::{Form as FromForm, State as FromState};
use axum::response::Response;
use http::HeaderMap;
use serde::Deserialize;

use super::AuthorizationServer;
use super::authorize::{self, Asked};
use super::pages::{self, Refusal};
use super::session::{self, Form};

#[derive(Deserialize)]
pub(super) struct SignIn {
    login: String,
    request: String,
    token: String,
}

/// Answers `POST /authorize/sign-in`.
pub(super) async fn sign_in(
    FromState(server): FromState<AuthorizationServer>,
    headers: HeaderMap,
    FromForm(form): FromForm<SignIn>,
) -> Result<Response, Refusal> {
    let sender = authorize::sender(&server, &headers, Form::SignIn, &form.token, &form.request);
    let session = sender?;
    let asked = Asked::read(&server, form.request).await?;
    let Some(subject) = session::subject(&form.login) else {
        let problem = "A name has 1 to 64 characters, none of them a control character.";
        return Ok(pages::sign_in(&server, &session, &asked, Some(problem)));
    };
    // A new session, whose id is new as well: nobody can have planted it.
    let session = authorize::begin_session(&server, Some(subject))?;
    Ok(pages::back_to_request(
        server.0.seal.cookie(&session),
        &asked.request,
    ))
}
