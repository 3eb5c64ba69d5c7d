//! Events about requests through the layer.

use tracing::{debug, info, warn};

use super::fields::{missing_scope, subject_hash};
use crate::error::AuthorizeError;
use crate::observe::outcome::Outcome;
use crate::scope::ScopeSet;
use crate::token::VerifiedToken;

pub(in crate::observe) fn request_lost_caller() {
    warn!(
        target: "scopes_core",
        { auth.outcome = Outcome::MissingContext.as_str() },
        "the request has a valid token, and is refused for want of one: the caller got lost within \
         the service, such as in a spawned task; the warning of the guard names the function"
    );
}

pub(in crate::observe) fn refused(refusal: &AuthorizeError) {
    let outcome = Outcome::of(Some(refusal)).as_str();
    if matches!(refusal, AuthorizeError::Unavailable { .. }) {
        warn!(
            target: "scopes_core",
            { auth.outcome = outcome },
            "the token cannot be verified"
        );
    } else {
        info!(
            target: "scopes_core",
            { auth.outcome = outcome },
            "the request is refused"
        );
    }
}

pub(in crate::observe) fn stream_ended(token: &VerifiedToken, refusal: &AuthorizeError) {
    info!(
        target: "scopes_core",
        {
            auth.outcome = Outcome::of(Some(refusal)).as_str(),
            auth.client_id = token.client_id(),
            auth.subject_hash = subject_hash(token),
        },
        "a response stream ends with its token"
    );
}

pub(in crate::observe) fn protects(
    resource: &str,
    metadata_path: &str,
    metadata_url: &str,
    baseline: &ScopeSet,
) {
    info!(
        target: "scopes_core",
        {
            resource.url = resource,
            resource.metadata_path = metadata_path,
            resource.metadata_url = metadata_url,
        },
        "protects a resource; a reverse proxy has to forward its path and the path of the metadata"
    );
    if !baseline.is_empty() {
        info!(
            target: "scopes_core",
            { resource.url = resource, resource.baseline = %baseline },
            "clients that register themselves register for the baseline, which a 401 names; an authorization \
             server that holds them to it never grants them another scope: for Keycloak, Ory Hydra or \
             `oidc-provider`, set `ResourceServerBuilder::challenge_baseline` to `false`"
        );
    }
}

pub(in crate::observe) fn metadata_not_mounted(resource: &str, metadata_path: &str, copy: &str) {
    warn!(
        target: "scopes_core",
        {
            resource.url = resource,
            resource.metadata_path = metadata_path,
            resource.metadata_url = copy,
        },
        "no metadata service is mounted, so challenges name a copy of the metadata at the URL of the \
         resource; mount `ProtectLayer::metadata` at the root of the host, for clients that look at the \
         well-known path only"
    );
}

pub(in crate::observe) fn public_path_with_prefix(written: &str, refused: &str) {
    warn!(
        target: "scopes_core",
        { public_path = written, request.path = refused },
        "the public path is not the path that the layer sees; in a nested router or behind a proxy that \
         takes a prefix off, configure `public_path` without the prefix"
    );
}

/// At `INFO`, as every refusal: anyone can cause any number of these.
pub(in crate::observe) fn not_allowed(outcome: Outcome, named: &str) {
    if matches!(outcome, Outcome::HostNotAllowed) {
        info!(
            target: "scopes_core",
            {
                auth.outcome = outcome.as_str(),
                request.host = named,
                setting = "ProtectLayer::allow_host",
            },
            "the host is not allowed"
        );
    } else {
        info!(
            target: "scopes_core",
            {
                auth.outcome = outcome.as_str(),
                request.origin = named,
                setting = "ProtectLayer::allow_origin",
            },
            "the origin is not allowed"
        );
    }
}

pub(in crate::observe) fn answered(refusal: Option<&AuthorizeError>) {
    debug!(
        target: "scopes_core",
        {
            auth.outcome = Outcome::of(refusal).as_str(),
            auth.missing_scope = missing_scope(refusal),
        },
        "the request is answered"
    );
}
