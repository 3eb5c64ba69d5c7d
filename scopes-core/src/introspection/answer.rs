//! The answer of the authorization server about a token, and the checks of an active token.

use std::time::Duration;

use serde_json::Value;

use crate::document;
use crate::fetch::{FetchError, FetchResponse};
use crate::token::{
    AcceptedAudiences, Claims, CompactJws, Confirmation, PresentedToken, RawClaims,
    ReadClaimsError, Rejection, is_access_token_type,
};

/// An answer of the authorization server: active or inactive.
pub(super) enum Answer {
    Active(RawClaims),
    Inactive,
}

/// The requirements of an active token.
pub(super) struct Policy {
    pub(super) issuer: Option<String>,
    pub(super) audiences: AcceptedAudiences,
    /// The member that names the subject instead of `sub`.
    pub(super) subject_claim: Option<String>,
}

impl Answer {
    /// Reads the answer of a server that has not answered this client before. An OAuth error proves the
    /// endpoint and the client only if it is about the token: a token endpoint, too, answers 400 to a
    /// request for introspection.
    ///
    /// # Errors
    ///
    /// If it says neither yes nor no.
    pub(super) fn read_first(response: &FetchResponse) -> Result<Self, FetchError> {
        let answer = Self::read(response)?;
        let code = error_code(document::without_byte_order_mark(&response.body));
        match (response.status, code.as_deref()) {
            (200, _) | (_, Some("invalid_token")) => Ok(answer),
            (_, code) => {
                let code = document::shortened(code.unwrap_or_default());
                let status = response.status;
                Err(FetchError::new(format!(
                    "answers {status} with the error {code:?}"
                )))
            }
        }
    }

    /// Reads the answer (RFC 7662 section 2.2).
    ///
    /// # Errors
    ///
    /// If it is neither active nor inactive.
    pub(super) fn read(response: &FetchResponse) -> Result<Self, FetchError> {
        let body = document::without_byte_order_mark(&response.body);
        let problem = match (response.status, error_code(body).as_deref()) {
            (200, _) => match RawClaims::parse(body) {
                Ok(mut claims) => match claims.take("active") {
                    Some(Value::Bool(true)) => return Ok(Self::Active(claims)),
                    Some(Value::Bool(false)) => return Ok(Self::Inactive),
                    _ => "does not say whether the token is active",
                },
                Err(ReadClaimsError::DuplicateMember) => "has a member twice",
                Err(_) => document::body_problem(response).unwrap_or("is not a JSON object"),
            },
            _ if ClientRefusal::of(response).is_some() => "refuses the client credentials",
            // An OAuth error about the request: the token is at fault. A proxy would send no error
            // code.
            (400, Some(_)) => return Ok(Self::Inactive),
            _ => return Err(FetchError::new(document::status_problem(response))),
        };
        Err(FetchError::new(problem))
    }
}

/// The reason why the server refuses the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientRefusal {
    /// The credentials are wrong.
    Credentials,
    /// The client may not introspect tokens, or its credentials are wrong.
    Permission,
}

impl ClientRefusal {
    pub(super) fn of(response: &FetchResponse) -> Option<Self> {
        let code = error_code(document::without_byte_order_mark(&response.body));
        match (response.status, code.as_deref()) {
            (400 | 401, Some("unauthorized_client")) | (403, _) => Some(Self::Permission),
            (400, Some("invalid_client")) | (401, _) => Some(Self::Credentials),
            _ => None,
        }
    }
}

/// Returns the code of an OAuth error (RFC 6749 section 5.2).
fn error_code(body: &[u8]) -> Option<String> {
    let error = RawClaims::parse(body).ok()?;
    error.text("error").map(str::to_owned)
}

impl Policy {
    /// The largest difference between the server's clock and this one.
    pub(super) const LEEWAY: Duration = Duration::from_secs(30);

    /// Rejects a JWT whose own claims show that it is not an access token of the issuer for this
    /// resource. Such a token is not introspected: some servers add audiences to their answers, so
    /// that a token for another resource would be accepted, and a foreign token must not be
    /// disclosed.
    ///
    /// The signature is not verified: the server has signed a token that it calls active. If claims
    /// are missing, or the token is not a JWT, the answer decides.
    pub(super) fn check_unasked(&self, token: PresentedToken<'_>) -> Result<(), Rejection> {
        let Some(mut jwt) = UnverifiedJwt::read(token.as_str())? else {
            return Ok(());
        };
        let claims = &jwt.claims;
        self.check_issuer(claims)?;
        self.audiences.fits(claims, "aud")?;
        if let Some(typ) = jwt.other_type {
            return Err(Rejection::WrongType {
                actual: typ.as_str().map(str::to_owned),
                expected: "`at+jwt`, `JWT` or none",
            });
        }
        claims.check_kind(jwt.is_typed)?;
        if claims.is_bound() {
            claims.check_binding(token.confirmation())?;
        }
        jwt.claims.check_times(Self::LEEWAY)?;
        Ok(())
    }

    /// Returns the claims of a valid token.
    pub(super) fn check(
        &self,
        claims: RawClaims,
        confirmation: Option<Confirmation<'_>>,
    ) -> Result<Claims, Rejection> {
        self.check_issuer(&claims)?;
        self.audiences.check(&claims, "aud")?;
        claims.check_kind(false)?;
        let scope_claims = ["scope".to_owned(), "scp".to_owned()];
        let subject = self.subject_claim.as_deref();
        let subject = subject.map(|name| Ok((name, claims.configured_text(name)?)));
        let subject = subject.transpose()?;
        let mut claims = claims.read(&scope_claims, Self::LEEWAY, confirmation)?;
        if let Some((name, subject)) = subject {
            check_configured_subject(name, subject.as_deref(), &claims)?;
            claims.subject = subject;
        }
        if claims.issuer.is_none() {
            claims.issuer.clone_from(&self.issuer);
        }
        Ok(claims)
    }

    fn check_issuer(&self, claims: &RawClaims) -> Result<(), Rejection> {
        match (&self.issuer, claims.get("iss")) {
            (Some(issuer), Some(named)) if named.as_str() != Some(issuer) => {
                Err(Rejection::WrongIssuer {
                    actual: named.as_str().unwrap_or_default().to_owned(),
                    expected: vec![issuer.clone()],
                    setting: "IntrospectionVerifierBuilder::issuer",
                })
            }
            _ => Ok(()),
        }
    }
}

/// Rejects a token of a user whose name is missing, or is the id of the client: it would be taken for
/// the client's own.
fn check_configured_subject(
    name: &str,
    subject: Option<&str>,
    claims: &Claims,
) -> Result<(), Rejection> {
    let client = claims.client_id.as_deref();
    match (subject, claims.subject.as_deref()) {
        (None, Some(sub)) if Some(sub) != client => Err(Rejection::missing(name.to_owned())),
        (Some(subject), _) if Some(subject) == client && name != "sub" => {
            Err(Rejection::InvalidClaim {
                claim: name.to_owned().into(),
                expected: "other than the client id",
            })
        }
        _ => Ok(()),
    }
}

/// A JWT as far as it can be read without a key.
struct UnverifiedJwt {
    /// `true` if the header says that this is an access token.
    is_typed: bool,
    /// The `typ` of a header that names another kind of JWT.
    other_type: Option<Value>,
    claims: RawClaims,
}

impl UnverifiedJwt {
    /// Reads `token`; `None` if it is not a JWS whose payload is a JSON object.
    fn read(token: &str) -> Result<Option<Self>, Rejection> {
        let parts = CompactJws::split(token);
        let header = parts.as_ref().and_then(CompactJws::header);
        let payload = parts.as_ref().and_then(CompactJws::payload);
        let (Some(header), Some(payload)) = (header, payload) else {
            return Ok(None);
        };
        match (RawClaims::parse(&header), RawClaims::parse(&payload)) {
            (Err(ReadClaimsError::NotAnObject), _) | (_, Err(ReadClaimsError::NotAnObject)) => {
                Ok(None)
            }
            (Ok(header), Ok(claims)) => {
                let is_typed = header.text("typ").is_some_and(is_access_token_type);
                let typ = header.get("typ");
                let is_plain = typ.is_none_or(|typ| {
                    typ.as_str()
                        .is_some_and(|typ| typ.eq_ignore_ascii_case("JWT"))
                });
                let other = typ.filter(|_| !is_typed && !is_plain);
                Ok(Some(Self {
                    is_typed,
                    other_type: other.cloned(),
                    claims,
                }))
            }
            (Err(problem), _) => Err(problem.of("header")),
            (_, Err(problem)) => Err(problem.of("payload")),
        }
    }
}
