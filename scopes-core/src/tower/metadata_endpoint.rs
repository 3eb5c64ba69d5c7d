//! The well-known endpoint (RFC 9728 section 3.1): open to everybody, whatever the origin.

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Response};

use super::{answer, cors};
use crate::resource::ResourceServer;

const METHODS: &str = "GET, HEAD, OPTIONS";

/// The document and the paths that it is found at.
#[derive(Clone)]
pub(super) struct MetadataEndpoint {
    document: Bytes,
    paths: [String; 3],
}

impl MetadataEndpoint {
    pub(super) fn new(server: &ResourceServer) -> Self {
        let path = server.metadata_path();
        let bare = path.trim_end_matches('/');
        Self {
            document: serde_json::to_vec(server.metadata())
                .unwrap_or_default()
                .into(),
            // Clients add or drop the slash, and look at the root when they know no path.
            paths: [
                bare.to_owned(),
                format!("{bare}/"),
                "/.well-known/oauth-protected-resource".to_owned(),
            ],
        }
    }

    pub(super) fn is_at(&self, path: &str) -> bool {
        self.paths.iter().any(|known| known == path)
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
