//! Events about authorization servers.

#[cfg(feature = "jwt")]
use tracing::error;
use tracing::{debug, warn};

use crate::fetch::FetchError;
#[cfg(feature = "jwt")]
use crate::jwt::PassedOver;
#[cfg(feature = "introspection")]
use crate::observe::outcome::Limit;
use crate::observe::outcome::Purpose;

pub(in crate::observe) fn fetched(purpose: Purpose, from: &str, error: Option<&FetchError>) {
    let purpose = purpose.as_str();
    match error {
        None => debug!(
            target: "scopes_core",
            { fetch.purpose = purpose, fetch.from = from },
            "the authorization server answered"
        ),
        Some(error) => warn!(
            target: "scopes_core",
            { fetch.purpose = purpose, fetch.from = from, fetch.error = %error },
            "the authorization server cannot be asked"
        ),
    }
}

#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(in crate::observe) fn start_waits(from: &str, at_most: std::time::Duration) {
    warn!(
        target: "scopes_core",
        { fetch.from = from, start.seconds = at_most.as_secs() },
        "the start waits for the first answer of the authorization server: some servers make their keys \
         only then"
    );
}

#[cfg(feature = "introspection")]
pub(in crate::observe) fn calls_made_up_token_active(from: &str) {
    warn!(
        target: "scopes_core",
        { fetch.from = from },
        "the authorization server calls a made-up token active: only the audience and the times in its \
         answers are left to reject tokens"
    );
}

#[cfg(feature = "introspection")]
pub(in crate::observe) fn not_ready(problem: &impl std::fmt::Display) {
    warn!(target: "scopes_core", "the server is not ready and asks again: {problem}");
}

pub(in crate::observe) fn plain_http(host: &str) {
    warn!(
        target: "scopes_core",
        { http.host = host, setting = "insecure_allow_http" },
        "requests to this host may go by plain http: everyone on the network between can read and replace keys and tokens"
    );
}

#[cfg(feature = "jwt")]
pub(in crate::observe) fn key_passed_over(issuer: &str, key: &PassedOver) {
    macro_rules! tell {
        ($level:ident) => {
            $level!(
                target: "scopes_core",
                {
                    key.issuer = issuer,
                    key.kid = key.kid.as_deref(),
                    key.kty = key.kty.as_deref(),
                    key.alg = key.alg.as_deref(),
                    key.problem = %key.problem,
                },
                "a key of the issuer is not used"
            )
        };
    }
    if key.problem.is_published_private_key() {
        tell!(error);
    } else if key.problem.is_for_another_purpose() {
        tell!(debug);
    } else {
        tell!(warn);
    }
}

/// At `DEBUG`: clients can cause any number of these, and the layer logs each request.
#[cfg(feature = "introspection")]
pub(in crate::observe) fn limited(limit: Limit) {
    let limit = match limit {
        Limit::Questions => "questions",
        Limit::Pause => "pause",
    };
    debug!(
        target: "scopes_core",
        { introspection.limit = limit },
        "the authorization server is not asked about the token"
    );
}

#[cfg(feature = "introspection")]
pub(in crate::observe) fn paused(pause: std::time::Duration) {
    warn!(
        target: "scopes_core",
        { introspection.pause_seconds = pause.as_secs() },
        "the authorization server limits introspection; new tokens are answered with 503 until it \
         may be asked again"
    );
}

#[cfg(feature = "introspection")]
pub(in crate::observe) fn fails_about_token() {
    warn!(
        target: "scopes_core",
        "the authorization server fails about one token and answers about others; the token is \
         rejected"
    );
}
