//! The metadata alone, as a service to mount beside the protected routes.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response};
use tower_service::Service;

use super::authority;
use super::metadata_endpoint::{MetadataEndpoint, ROOT, unknown};
use super::own_body::OwnBody;
use crate::resource::ResourceServer;

/// Serves the metadata of protected resources (RFC 9728); made by
/// [`ProtectLayer::metadata`](super::ProtectLayer::metadata).
///
/// Mount it outside of the layer, and not in a nested router: clients ask for the metadata at the root
/// of the host. An axum router takes it by `merge`, with the feature `axum`:
///
/// ```standalone_crate
/// # use axum::{Router, routing::get};
/// # use scopes_core::{ResourceServer, testing::StaticVerifier, tower::ProtectLayer};
/// # let server = ResourceServer::builder("https://api.example.com/v1/journal");
/// # let server = server.authorization_server("https://auth.example.com").build()?;
/// # let verifier = StaticVerifier::new();
/// let protect = ProtectLayer::new(server, verifier);
/// let metadata = protect.metadata();
/// let journal = Router::new().route("/journal", get(async || "Dear diary")).layer(protect);
/// # #[cfg(feature = "axum")]
/// let app: Router = Router::new().nest("/v1", journal).merge(metadata);
/// # Ok::<(), scopes_core::resource::BuildResourceServerError>(())
/// ```
///
/// Any other router passes it the requests to [`paths`](Self::paths). Once the service is made, the
/// challenges of the layer name the well-known URL; before, they name a
/// [copy at the URL of the resource](ResourceServer::with_metadata_at_resource).
#[derive(Clone)]
pub struct MetadataService {
    resources: Vec<Arc<Published>>,
}

/// The metadata of one resource.
struct Published {
    resource: String,
    endpoint: MetadataEndpoint,
    /// The path of a configured metadata URL on the host of the resource.
    own_path: Option<String>,
}

impl Published {
    fn is_at(&self, path: &str) -> bool {
        self.endpoint.is_at(path) || self.own_path.as_deref() == Some(path)
    }
}

impl MetadataService {
    pub(super) fn new(server: &ResourceServer, endpoint: MetadataEndpoint) -> Self {
        let resource = server.metadata().resource.clone();
        let own_path = path_at(&resource, server.metadata_url());
        let own_path = own_path.filter(|path| !endpoint.is_at(path));
        let published = Published {
            own_path: own_path.map(str::to_owned),
            resource,
            endpoint,
        };
        Self {
            resources: vec![Arc::new(published)],
        }
    }

    /// Serves the resources of both, for several resources on one host.
    ///
    /// `/.well-known/oauth-protected-resource` is then served only if it belongs to a resource without
    /// a path. Documents are not chosen by `Host`: a path that two resources have, on different hosts,
    /// is answered with 404.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.resources.extend(other.resources);
        self
    }

    /// Returns the paths to route to this service: for each resource the well-known path without and
    /// with a slash at the end, and the path of its
    /// [`metadata_url`](crate::resource::ResourceServerBuilder::metadata_url), if that is on its host; for
    /// a single resource `/.well-known/oauth-protected-resource` as well.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let resources = self.resources.iter();
        let mut paths: Vec<String> = resources
            .flat_map(|published| {
                let path = published.endpoint.path();
                let own = published.own_path.clone();
                [path.to_owned(), format!("{path}/")].into_iter().chain(own)
            })
            .chain([ROOT.to_owned()])
            .filter(|path| self.find(path).is_some())
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }

    fn respond(&self, method: &Method, path: &str) -> Response<Bytes> {
        // A router that nests the service at the well-known path takes it off.
        let found = self.find(path).or_else(|| self.find(&under_root(path)));
        found.map_or_else(unknown, |published| published.endpoint.respond(method))
    }

    /// Returns the only resource whose document is at `path`.
    fn find(&self, path: &str) -> Option<&Published> {
        let at_path = only(self.resources.iter().filter(|known| known.is_at(path)));
        match at_path {
            // Clients request the root if they do not know the path.
            Found::None if path.trim_end_matches('/') == ROOT => {
                only(self.resources.iter()).found()
            }
            other => other.found(),
        }
    }
}

enum Found<'p> {
    None,
    One(&'p Published),
    Several,
}

impl<'p> Found<'p> {
    fn found(self) -> Option<&'p Published> {
        match self {
            Self::One(published) => Some(published),
            Self::None | Self::Several => None,
        }
    }
}

/// Counts a resource that was merged twice once.
fn only<'p>(mut found: impl Iterator<Item = &'p Arc<Published>>) -> Found<'p> {
    let Some(first) = found.next() else {
        return Found::None;
    };
    if found.all(|other| other.resource == first.resource) {
        Found::One(first)
    } else {
        Found::Several
    }
}

fn under_root(path: &str) -> String {
    format!("{ROOT}{}", path.trim_end_matches('/'))
}

/// Returns the path of `url` if it has the scheme, host and port of `resource` and another path.
fn path_at<'u>(resource: &str, url: &'u str) -> Option<&'u str> {
    let origin = authority::origin_of(resource)?;
    if authority::origin_of(url)? != origin {
        return None;
    }
    let path = url[origin.len()..].split('?').next();
    path.filter(|path| path.starts_with('/') && *path != &resource[origin.len()..])
}

impl<B> Service<Request<B>> for MetadataService {
    type Response = Response<OwnBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let response = self.respond(request.method(), request.uri().path());
        ready(Ok(response.map(OwnBody::from)))
    }
}

impl fmt::Debug for MetadataService {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MetadataService")
            .field("paths", &self.paths())
            .finish()
    }
}
