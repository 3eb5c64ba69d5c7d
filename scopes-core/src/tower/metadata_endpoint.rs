//! The metadata document, and the requests for it. They need no token, and every origin and host is
//! allowed.

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, StatusCode, Uri};

use super::{answer, cors};
use crate::resource::ResourceServer;

/// The well-known path of RFC 9728 section 3.1, without the path of a resource.
pub(super) const ROOT: &str = "/.well-known/oauth-protected-resource";

const METHODS: &str = "GET, HEAD, OPTIONS";

/// The document of one resource.
#[derive(Clone)]
pub(super) struct MetadataEndpoint {
    document: Bytes,
    /// Without a slash at the end.
    path: String,
    /// The query that asks for the copy at the URL of the resource.
    copy: Option<String>,
}

impl MetadataEndpoint {
    pub(super) fn new(server: &ResourceServer) -> Self {
        let path = server.metadata_path().trim_end_matches('/');
        let at_resource = server.clone().with_metadata_at_resource();
        let resource = at_resource.metadata().resource.as_str();
        let copy = at_resource.metadata_url().strip_prefix(resource);
        Self {
            document: serde_json::to_vec(server.metadata())
                .unwrap_or_default()
                .into(),
            path: path.to_owned(),
            copy: copy
                .and_then(|rest| rest.strip_prefix('?'))
                .map(str::to_owned),
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Ignores a slash at the end, which clients add or drop.
    pub(super) fn is_at(&self, path: &str) -> bool {
        path.strip_suffix('/').unwrap_or(path) == self.path
    }

    /// Returns whether the request asks for the copy. Its path is not compared: behind a proxy or in a
    /// nested router it differs from that of the resource. Other methods are the service's.
    pub(super) fn is_copy(&self, method: &Method, uri: &Uri) -> bool {
        let copy = self.copy.as_deref();
        copy.is_some_and(|copy| uri.query() == Some(copy))
            && [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
    }

    pub(super) fn respond(&self, method: &Method) -> Response<Bytes> {
        let mut response = match *method {
            Method::GET => Response::new(self.document.clone()),
            Method::HEAD => Response::new(Bytes::new()),
            Method::OPTIONS => {
                let mut response = cors::preflight_response(METHODS);
                let any = HeaderValue::from_static("*");
                response
                    .headers_mut()
                    .insert(ACCESS_CONTROL_ALLOW_ORIGIN, any);
                return response;
            }
            _ => return answer::method_not_allowed(METHODS),
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        );
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response
    }
}

/// Returns whether this is the well-known path of any resource.
pub(super) fn is_well_known(path: &str) -> bool {
    let rest = path.strip_prefix(ROOT);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The answer for a resource that is not served here.
pub(super) fn unknown() -> Response<Bytes> {
    let description = "No protected resource has its metadata at this path.";
    answer::without_challenge(StatusCode::NOT_FOUND, "not_found", description)
}
