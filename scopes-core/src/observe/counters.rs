//! Counters, by the `metrics` facade. Those of the hot path are found without allocating.

use metrics::{Key, Label, Level, Metadata, counter, with_recorder};

use super::{Lookup, Outcome, Purpose};
use crate::token::{VerifiedToken, VerifyTokenError};

/// The label of this name and value, for as long as the program runs.
macro_rules! label {
    ($name:literal, $value:expr) => {
        const { &[Label::from_static_parts($name, $value)] }
    };
}

static METADATA: Metadata<'static> = Metadata::new("scopes_core", Level::INFO, None);

fn count(name: &'static str, labels: &'static [Label]) {
    let key = Key::from_static_parts(name, labels);
    with_recorder(|recorder| recorder.register_counter(&key, &METADATA).increment(1));
}

fn outcome(outcome: Outcome) -> &'static [Label] {
    match outcome {
        Outcome::Allowed => label!("outcome", Outcome::Allowed.as_str()),
        Outcome::MissingToken => label!("outcome", Outcome::MissingToken.as_str()),
        Outcome::InvalidRequest => label!("outcome", Outcome::InvalidRequest.as_str()),
        Outcome::InvalidToken => label!("outcome", Outcome::InvalidToken.as_str()),
        Outcome::InsufficientScope => label!("outcome", Outcome::InsufficientScope.as_str()),
        Outcome::Unavailable => label!("outcome", Outcome::Unavailable.as_str()),
    }
}

#[cfg(feature = "tower")]
pub(super) fn request(became: Outcome) {
    count("scopes_requests_total", outcome(became));
}

pub(super) fn decision(became: Outcome) {
    count("scopes_decisions_total", outcome(became));
}

pub(super) fn verification(answer: &Result<VerifiedToken, VerifyTokenError>) {
    let result: &'static [Label] = match answer {
        Ok(_) => label!("result", "valid"),
        Err(VerifyTokenError::Invalid(_)) => label!("result", "invalid"),
        Err(VerifyTokenError::Unavailable { .. }) => label!("result", "unavailable"),
    };
    count("scopes_verifications_total", result);
}

pub(super) fn lookup(found: Lookup) {
    let result: &'static [Label] = match found {
        Lookup::Hit => label!("result", "hit"),
        Lookup::Joined => label!("result", "joined"),
        Lookup::Miss => label!("result", "miss"),
    };
    count("scopes_cache_lookups_total", result);
}

pub(super) fn fetch(purpose: Purpose, is_answered: bool) {
    let result = if is_answered { "ok" } else { "failed" };
    counter!("scopes_fetches_total", "purpose" => purpose.as_str(), "result" => result)
        .increment(1);
}
