//! Every check of one token, also those after the first that fails.

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use super::claims::Policy;
use super::header::Unverified;
use super::keys::Signature;
use super::trusted_issuer::{KeyRing, TrustedIssuer};
use super::verifier::JwtVerifier;
use crate::fetch::Fetch;
use crate::token::{
    AcceptToken, Moment, PresentedToken, Provider, RawClaims, Rejection, TokenCheck,
    TokenExplanation, TokenVerifier, VerifyTokenError, shown,
};

impl<F: Fetch> JwtVerifier<F> {
    /// Explains the verification of a token: every check, with the expected value, the value in the
    /// token, and the setting to change.
    ///
    /// Keys are fetched from the issuer if they are unknown. The token is sent nowhere.
    pub async fn explain(&self, token: &str) -> TokenExplanation {
        let mut checks = Vec::new();
        let (parsed, claims) = match parse(token) {
            Ok(parsed) => parsed,
            Err(rejection) => {
                let found = format!("{} bytes of another form", token.len());
                checks.push(TokenCheck::new("form", FORM, found, Err(rejection)));
                return TokenExplanation::new(checks, None);
            }
        };
        checks.push(TokenCheck::new("form", FORM, FORM, Ok(())));
        let named = claims.text("iss").unwrap_or_default();
        let issuers: Vec<_> = self
            .issuers
            .iter()
            .map(|issuer| shown(&issuer.url))
            .collect();
        let issuer = self.issuer(&claims);
        let is_known = issuer.is_ok();
        let result = issuer.as_ref().map(|_| ()).map_err(Rejection::clone);
        let found = found(&claims, "iss");
        checks.push(TokenCheck::new("issuer", issuers.join(", "), found, result));
        // The claims of a misspelt issuer's token are checked by the settings of the only one.
        let issuer = match (issuer, self.issuers.as_slice()) {
            (Ok(issuer), _) | (Err(_), [issuer]) => Some(issuer),
            _ => None,
        };
        if let Some(issuer) = issuer {
            issuer.check_header(&parsed, &mut checks);
            if is_known {
                checks.push(issuer.check_signature(&parsed).await);
            } else {
                let why = "the issuer is unknown".to_owned();
                checks.push(TokenCheck::not_made("signature", SIGNATURE, why));
            }
            issuer.check_claims(&parsed, &claims, self.leeway, &mut checks);
        }
        let explanation = |checks| TokenExplanation::new(checks, Provider::of(named, &claims));
        // The result is that of the verifier itself.
        let presented = PresentedToken::bearer(token);
        match self.verify(presented, AcceptToken::of(presented)).await {
            Ok(valid) => explanation(checks).accepted(valid.scopes().clone()),
            Err(VerifyTokenError::Invalid(rejection)) => {
                if !checks.iter().any(TokenCheck::has_failed) {
                    let sentence = "valid claims";
                    let found = rejection.label();
                    checks.push(TokenCheck::new("claims", sentence, found, Err(*rejection)));
                }
                explanation(checks)
            }
            Err(VerifyTokenError::Unavailable { .. }) => explanation(checks),
        }
    }
}

const FORM: &str = "a signed JWT";
const SIGNATURE: &str = "a signature by a key of the issuer";

fn parse(token: &str) -> Result<(Unverified<'_>, RawClaims), Rejection> {
    if token.len() > PresentedToken::MAX_BYTES {
        let (actual, max) = (token.len(), PresentedToken::MAX_BYTES);
        return Err(Rejection::TooLong { actual, max });
    }
    let parsed = Unverified::parse(token)?;
    let claims = RawClaims::parse(&parsed.payload).map_err(|error| error.of("payload"))?;
    Ok((parsed, claims))
}

impl<F: Fetch> TrustedIssuer<F> {
    fn check_header(&self, token: &Unverified<'_>, checks: &mut Vec<TokenCheck>) {
        let header = &token.header;
        let typ = header.typ.as_deref();
        let result = self.accepted_type(token).map(drop);
        let found = typ.map_or_else(|| "no `typ`".to_owned(), shown);
        checks.push(TokenCheck::new("type", self.profile.types(), found, result));
        let expected = names(
            self.profile
                .algorithms
                .iter()
                .map(|name| format!("{name:?}")),
        );
        let result = self.check_algorithm(token);
        checks.push(TokenCheck::new(
            "algorithm",
            expected,
            shown(&header.alg),
            result,
        ));
    }

    async fn check_signature(&self, token: &Unverified<'_>) -> TokenCheck {
        let kid = token.header.kid.as_deref();
        let found = match kid {
            Some(kid) => format!("a signature by the key {}", shown(kid)),
            None => "a signature without `kid`".to_owned(),
        };
        let signature = match &self.keys {
            KeyRing::Given(keys) => keys.check(token),
            KeyRing::Fetched(cache) => {
                // A program may offer this to its users, so it fetches no more than a request with
                // a token.
                let fetched = match cache.keys(Moment::now()) {
                    Some(_) => Ok(()),
                    None => cache.fetch_at_start().await,
                };
                match (cache.keys(Moment::now()), fetched) {
                    (Some(keys), _) => keys.keys.check(token),
                    (None, problem) => {
                        let mut why = "keys cannot be fetched".to_owned();
                        if let Err(problem) = problem {
                            // Writing to a string does not fail.
                            let _ = write!(why, ": {problem}");
                        }
                        return TokenCheck::not_made("signature", SIGNATURE, why);
                    }
                }
            }
        };
        let alg = token.header.alg.clone();
        let result = match signature {
            Signature::Good => Ok(()),
            Signature::Bad => Err(self.bad_signature(alg)),
            Signature::UnknownKey => Err(self.unknown_key(alg)),
        };
        TokenCheck::new("signature", SIGNATURE, found, result)
    }

    fn check_claims(
        &self,
        token: &Unverified<'_>,
        claims: &RawClaims,
        leeway: Duration,
        checks: &mut Vec<TokenCheck>,
    ) {
        let policy = Policy {
            audiences: &self.audiences,
            profile: &self.profile,
            leeway,
            confirmation: None,
        };
        let reread = || RawClaims::parse(&token.payload);
        if let Ok(mut again) = reread() {
            let result = policy.check_times(&mut again);
            let expected = format!("a time that has come and not passed, give or take {leeway:?}");
            checks.push(TokenCheck::new("time", expected, times(claims), result));
        }
        if let Ok(typ) = self.accepted_type(token) {
            let result = self.profile.check(claims, typ);
            let found = kind(claims);
            checks.push(TokenCheck::new(
                "kind",
                self.profile.kind(typ),
                found,
                result,
            ));
            let claim = policy.audience_claim(claims);
            let result = policy.check_audience(claims, typ).map(drop);
            let expected = names(self.audiences.names().iter().map(String::clone));
            checks.push(TokenCheck::new(
                "audience",
                expected,
                found_in(claims, claim),
                result,
            ));
        }
        let result = claims.check_binding(None);
        if result.is_err() {
            let expected = "a token that is bound to no key";
            checks.push(TokenCheck::new("binding", expected, "`cnf`", result));
        }
        let scope_claims = &self.profile.scope_claims;
        let claim = scope_claims.iter().find(|name| claims.get(name).is_some());
        let found = claim.map_or_else(|| "no scopes".to_owned(), |claim| found(claims, claim));
        let result = match reread() {
            Ok(mut again) => again.take_scopes(scope_claims).map(drop),
            Err(problem) => Err(problem.of("payload")),
        };
        let expected = format!("scopes in {}", names(scope_claims.iter().cloned()));
        checks.push(TokenCheck::new("scopes", expected, found, result));
    }
}

/// Returns a claim for display: its name and value.
fn found(claims: &RawClaims, claim: &str) -> String {
    match claims.get(claim) {
        None => format!("no `{claim}`"),
        Some(Value::String(text)) => shown(text),
        Some(value) => shown(&value.to_string()),
    }
}

fn found_in(claims: &RawClaims, claim: &str) -> String {
    match claims.get(claim) {
        Some(Value::Array(values)) => {
            let texts = values.iter().filter_map(Value::as_str);
            names(texts.take(8).map(str::to_owned))
        }
        _ => found(claims, claim),
    }
}

/// Returns the claims that distinguish access tokens from others, without values about the user.
fn kind(claims: &RawClaims) -> String {
    const TOLD: [&str; 4] = ["typ", "token_use", "token_type", "ver"];
    const NAMED: [&str; 16] = [
        "scope",
        "scp",
        "client_id",
        "cid",
        "azp",
        "appid",
        "sub",
        "iat",
        "jti",
        "permissions",
        "gty",
        "azpacr",
        "appidacr",
        "nonce",
        "at_hash",
        "events",
    ];
    let told = TOLD.iter().filter(|claim| claims.get(claim).is_some());
    let told = told.map(|claim| format!("`{claim}` {}", found(claims, claim)));
    let named = NAMED.iter().filter(|claim| claims.get(claim).is_some());
    let named = named.map(|claim| format!("`{claim}`"));
    let all: Vec<_> = told.chain(named).collect();
    if all.is_empty() {
        return "no claim of an access token".to_owned();
    }
    all.join(", ")
}

fn names(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.map(|name| shown(&name)).collect();
    names.join(", ")
}

/// Returns `exp` and `nbf` for display, by the clock of this machine.
fn times(claims: &RawClaims) -> String {
    let now = Moment::now()
        .wall()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = i128::from(now.as_secs());
    let shown = |claim: &str| {
        let seconds = claims.get(claim)?.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
        let apart = seconds as i128 - now;
        Some(match apart {
            0.. => format!("`{claim}` in {apart} s"),
            _ => format!("`{claim}` {} s ago", -apart),
        })
    };
    let times: Vec<_> = ["exp", "nbf"].into_iter().filter_map(shown).collect();
    if times.is_empty() {
        return "no `exp`".to_owned();
    }
    times.join(", ")
}
