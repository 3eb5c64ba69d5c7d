//! The pages that users see: to sign in, to consent, and what is wrong.

mod consent;
mod sign_in;

use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::SignedCookieJar;
use http::header::{CACHE_CONTROL, HeaderValue, LOCATION};
use http::{HeaderName, StatusCode};
use maud::{Markup, html};

use super::authorize::Asked;
use super::session::{Form, Session};
use super::{AuthorizationServer, redirect_uri};
use crate::page::frame;

/// The response with which a request ends early: an error page, or a redirect to the client.
pub(super) struct Refusal(Box<Response>);

impl From<Response> for Refusal {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// The client that asks the user. Its name is not verified.
pub(super) struct Asker<'a> {
    pub(super) name: Option<&'a str>,
    /// The URL of the document that describes the client.
    pub(super) document: Option<&'a str>,
    pub(super) redirect_uri: &'a str,
}

/// The page to sign in.
pub(super) fn sign_in(
    server: &AuthorizationServer,
    session: &Session,
    asked: &Asked,
    problem: Option<&str>,
) -> Response {
    let seal = &server.0.seal;
    let token = seal.form_token(session, Form::SignIn, &asked.request);
    let page = sign_in::page(&asked.client(), &asked.request, &token, problem);
    let status = match problem {
        Some(_) => StatusCode::BAD_REQUEST,
        None => StatusCode::OK,
    };
    (
        seal.cookie(session),
        frame::answer(status, page, "form-action 'self'"),
    )
        .into_response()
}

/// The page to consent.
pub(super) fn consent(server: &AuthorizationServer, session: &Session, asked: &Asked) -> Response {
    let state = &server.0;
    let subject = session.subject.as_deref().unwrap_or_default();
    let earlier = state.earlier.of(subject, &asked.client_id);
    let token = state
        .seal
        .form_token(session, Form::Consent, &asked.request);
    let page = consent::page(asked, subject, &earlier, &token);
    // No `form-action`: browsers apply it to where the form's answer redirects, and on from there.
    frame::answer(StatusCode::OK, page, "")
}

/// A page that says what is wrong.
pub(super) fn problem(status: StatusCode, title: &str, problem: &str) -> Refusal {
    let page = frame::page(title, &html! { p { (problem) } }, frame::DEVELOPMENT);
    frame::answer(status, page, "form-action 'none'").into()
}

/// Shows the request again, to whom the cookie makes of the user.
pub(super) fn back_to_request(cookie: SignedCookieJar, request: &str) -> Response {
    (cookie, see(&format!("/authorize?{request}"))).into_response()
}

/// Sends the browser on. After a form, 303 is what keeps its content here (RFC 9700 section 4.12).
pub(super) fn see(location: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else {
        let title = "This request cannot be answered";
        let problem = problem(
            StatusCode::BAD_REQUEST,
            title,
            "Its redirect URI is not a header value.",
        );
        return problem.into_response();
    };
    let headers = [
        (LOCATION, location),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            HeaderName::from_static("referrer-policy"),
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The client as a user may know it.
fn name(asker: &Asker<'_>) -> Markup {
    let named = asker.name.map(str::trim).filter(|name| !name.is_empty());
    html! {
        @match named {
            // Isolated: a name may be written from right to left, or pretend to be.
            Some(name) => bdi { "“" (shortened(name)) "”" },
            None => "An app without a name",
        }
    }
}

/// Returns the facts about the client other than its name, as entries of a list.
fn facts(asker: &Asker<'_>) -> Markup {
    html! {
        div {
            dt { "Who asks" }
            dd {
                @match asker.document {
                    Some(url) => { "The app described at " code { bdi { (url) } } },
                    None => "An app that registered itself; its name is not verified",
                }
            }
        }
        div {
            dt { "You return to" }
            dd {
                (redirect_uri::destination(asker.redirect_uri)) " "
                code { bdi { (asker.redirect_uri) } }
            }
        }
    }
}

fn shortened(name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    if name.chars().count() <= 80 {
        return name;
    }
    let start: String = name.chars().take(79).collect();
    format!("{start}…")
}
