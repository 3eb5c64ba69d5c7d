//! Counters, by the `metrics` facade. Those of the hot path have their keys made at compile time.

use metrics::{Key, Label, Level, Metadata, counter, with_recorder};

#[cfg(feature = "introspection")]
use super::outcome::Limit;
#[cfg(feature = "store")]
use super::outcome::StoreResult;
use super::outcome::{Lookup, Outcome, Purpose};
use crate::token::{Rejection, VerifiedToken, VerifyTokenError};

macro_rules! key {
    ($counter:literal, $label:literal, $value:expr) => {{
        static LABELS: [Label; 1] = [Label::from_static_parts($label, $value)];
        static KEY: Key = Key::from_static_parts($counter, &LABELS);
        &KEY
    }};
}

macro_rules! key_by_outcome {
    ($counter:literal, $outcome:expr, $($variant:ident)+) => {
        match $outcome {
            $(Outcome::$variant => key!($counter, "outcome", Outcome::$variant.as_str()),)+
        }
    };
    ($counter:literal, $outcome:expr) => {
        key_by_outcome!(
            $counter,
            $outcome,
            Allowed MissingToken InvalidRequest InvalidToken InsufficientScope InvalidArgument
            Unavailable OriginNotAllowed HostNotAllowed MissingContext
        )
    };
}

fn count(key: &'static Key) {
    static METADATA: Metadata<'static> = Metadata::new("scopes_core", Level::INFO, None);
    with_recorder(|recorder| recorder.register_counter(key, &METADATA).increment(1));
}

#[cfg(feature = "tower")]
pub(super) fn request(became: Outcome) {
    count(key_by_outcome!("scopes_requests_total", became));
}

#[cfg(feature = "tower")]
pub(super) fn stream_ended(because: Outcome) {
    count(key_by_outcome!("scopes_streams_ended_total", because));
}

pub(super) fn decision(became: Outcome) {
    count(key_by_outcome!("scopes_decisions_total", became));
}

pub(super) fn verification(answer: &Result<VerifiedToken, VerifyTokenError>) {
    count(match answer {
        Ok(_) => key!("scopes_verifications_total", "result", "valid"),
        Err(VerifyTokenError::Invalid(_)) => {
            key!("scopes_verifications_total", "result", "invalid")
        }
        Err(VerifyTokenError::Unavailable { .. }) => {
            key!("scopes_verifications_total", "result", "unavailable")
        }
    });
}

pub(super) fn rejected(rejection: &Rejection) {
    counter!("scopes_rejections_total", "reason" => rejection.label()).increment(1);
}

pub(super) fn lookup(found: Lookup) {
    count(match found {
        Lookup::Hit => key!("scopes_cache_lookups_total", "result", "hit"),
        Lookup::Joined => key!("scopes_cache_lookups_total", "result", "joined"),
        Lookup::Miss => key!("scopes_cache_lookups_total", "result", "miss"),
    });
}

#[cfg(feature = "introspection")]
pub(super) fn limited(limit: Limit) {
    count(match limit {
        Limit::Questions => key!("scopes_introspection_limited_total", "limit", "questions"),
        Limit::Pause => key!("scopes_introspection_limited_total", "limit", "pause"),
    });
}

#[cfg(feature = "revocation")]
pub(super) fn revocation(outcome: &'static str) {
    counter!("scopes_revocations_total", "outcome" => outcome).increment(1);
}

pub(super) fn fetch(purpose: Purpose, is_answered: bool) {
    let result = if is_answered { "ok" } else { "failed" };
    counter!("scopes_fetches_total", "purpose" => purpose.as_str(), "result" => result)
        .increment(1);
}

#[cfg(feature = "store")]
pub(super) fn stored(purpose: &'static str, result: StoreResult) {
    counter!("scopes_store_calls_total", "purpose" => purpose, "result" => result.as_str())
        .increment(1);
}
