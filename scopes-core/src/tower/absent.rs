//! Paths that clients probe for an authorization server, which a protected resource is not.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::answer;

/// RFC 8414 section 3.1 and OpenID Connect Discovery section 4 let the path of the issuer follow.
const METADATA: [&str; 2] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
];

/// Whether a client asks there for an authorization server. A 401 would be taken for its answer.
pub(super) fn is_probed(path: &str) -> bool {
    let mut suffixes = METADATA.iter().filter_map(|known| path.strip_prefix(known));
    path == "/register" || suffixes.any(|suffix| suffix.is_empty() || suffix.starts_with('/'))
}

/// The same bytes for every request.
pub(super) fn response() -> Response<Bytes> {
    let description = "This is not an authorization server. The metadata of the protected \
                       resource names its authorization servers.";
    answer::without_challenge(StatusCode::NOT_FOUND, "not_found", description)
}
