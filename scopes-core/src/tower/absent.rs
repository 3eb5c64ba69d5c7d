//! Paths of authorization servers and other protected resources, which clients probe and which do
//! not exist here. Clients would misread a 401 as an answer.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::{answer, metadata_endpoint};

/// The path of the issuer can follow (RFC 8414 section 3.1, OpenID Connect Discovery section 4).
const METADATA: [&str; 2] = [
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
];

/// Returns the 404 for such a path.
pub(super) fn response(path: &str) -> Option<Response<Bytes>> {
    if metadata_endpoint::is_well_known(path) {
        return Some(metadata_endpoint::unknown());
    }
    is_of_authorization_server(path).then(not_an_authorization_server)
}

fn is_of_authorization_server(path: &str) -> bool {
    let mut suffixes = METADATA.iter().filter_map(|known| path.strip_prefix(known));
    path == "/register" || suffixes.any(|suffix| suffix.is_empty() || suffix.starts_with('/'))
}

fn not_an_authorization_server() -> Response<Bytes> {
    let description = "This is not an authorization server. The metadata of the protected \
                       resource names its authorization servers.";
    answer::without_challenge(StatusCode::NOT_FOUND, "not_found", description)
}
