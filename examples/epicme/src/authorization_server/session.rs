//! Sessions in signed cookies, and tokens that bind a form to the session it was shown to.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::rand;
use axum_extra::extract::cookie::{Cookie, Key, SameSite, SignedCookieJar};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::{AuthorizationServerError, random};

const COOKIE: &str = "epicme_session";

const LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);

/// A browser's session. It is in the browser only.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Session {
    id: String,
    /// The user, once signed in.
    pub(super) subject: Option<String>,
    until: u64,
}

impl Session {
    /// Returns a new session. Its id is new as well, against session fixation.
    pub(super) fn begin(
        subject: Option<&str>,
        now: SystemTime,
    ) -> Result<Session, AuthorizationServerError> {
        Ok(Self {
            id: random()?,
            subject: subject.map(str::to_owned),
            until: seconds(now) + LIFETIME.as_secs(),
        })
    }
}

/// The two forms, so that one is never taken for the other.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    SignIn,
    Consent,
}

/// The keys of this process for cookies and form tokens.
pub(super) struct Seal {
    cookies: Key,
    forms: hmac::Key,
}

impl Seal {
    pub(super) fn new() -> Result<Self, AuthorizationServerError> {
        let mut bytes = [0; 64];
        rand::fill(&mut bytes).map_err(|_| AuthorizationServerError::Start("randomness"))?;
        let forms = hmac::Key::generate(HMAC_SHA256, &rand::SystemRandom::new())
            .map_err(|_| AuthorizationServerError::Start("randomness"))?;
        Ok(Self {
            cookies: Key::from(&bytes),
            forms,
        })
    }

    /// Returns the session of the request, unless it has expired.
    pub(super) fn session(&self, headers: &HeaderMap, now: SystemTime) -> Option<Session> {
        let jar = SignedCookieJar::from_headers(headers, self.cookies.clone());
        let document = URL_SAFE_NO_PAD.decode(jar.get(COOKIE)?.value()).ok()?;
        let session: Session = serde_json::from_slice(&document).ok()?;
        (seconds(now) < session.until).then_some(session)
    }

    /// The cookie of the session.
    pub(super) fn cookie(&self, session: &Session) -> SignedCookieJar {
        let document = serde_json::to_vec(session).unwrap_or_default();
        let cookie = Cookie::build((COOKIE, URL_SAFE_NO_PAD.encode(document)))
            .path("/authorize")
            .http_only(true)
            .same_site(SameSite::Lax);
        SignedCookieJar::new(self.cookies.clone()).add(cookie)
    }

    /// Returns the token for a form that is shown to this session for this request.
    pub(super) fn form_token(&self, session: &Session, form: Form, request: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.forms, &message(session, form, request)))
    }

    pub(super) fn is_form_token(
        &self,
        token: &str,
        session: &Session,
        form: Form,
        request: &str,
    ) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(token) else {
            return false;
        };
        hmac::verify(&self.forms, &message(session, form, request), &tag).is_ok()
    }
}

fn message(session: &Session, form: Form, request: &str) -> Vec<u8> {
    // The id has a fixed length, and the request comes last: no two are confused.
    format!("{form:?} {} {request}", session.id).into_bytes()
}

fn seconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// The name that somebody goes by: 1 to 64 characters, none of them a control character.
pub(super) fn subject(name: &str) -> Option<&str> {
    let name = name.trim();
    let good =
        !name.is_empty() && name.chars().count() <= 64 && !name.chars().any(char::is_control);
    good.then_some(name)
}
