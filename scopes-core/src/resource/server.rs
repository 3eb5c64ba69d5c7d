//! The protected resource: its metadata, and the challenge for every refusal.

use std::sync::Arc;

use super::builder::ResourceServerBuilder;
use super::challenge::{self, Challenge};
use super::metadata::ProtectedResourceMetadata;
use crate::error::AuthorizeError;
use crate::observe;
use crate::registry::Registry;
use crate::request_url::PlainHttp;
use crate::scope::{ScopeName, ScopeSet};
use crate::token::{Presentation, TokenScheme};

/// The query of the copy of the metadata at the URL of the resource.
pub(super) const METADATA_QUERY: &str = "oauth-protected-resource";

/// The scope for refresh tokens. Clients decide on it themselves, so challenges do not name it.
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// A protected resource (RFC 9728): its metadata, and the challenge for every refusal.
///
/// ```
/// use scopes_core::{AuthorizeError, ResourceServer};
///
/// let server = ResourceServer::builder("https://mcp.example.com/mcp")
///     .authorization_server("https://auth.example.com")
///     .build()?;
/// let challenge = server.challenge(&AuthorizeError::MissingToken);
/// assert_eq!(
///     challenge.map(|challenge| challenge.to_string()).as_deref(),
///     Some("Bearer resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource/mcp\""),
/// );
/// # Ok::<(), scopes_core::resource::BuildResourceServerError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ResourceServer {
    pub(super) metadata: ProtectedResourceMetadata,
    pub(super) metadata_url: Arc<str>,
    pub(super) metadata_path: String,
    pub(super) has_own_metadata_url: bool,
    pub(super) registry: Registry,
    /// The hosts to which verifiers made from this server may send plain http requests.
    #[cfg_attr(
        not(any(feature = "introspection", feature = "jwt")),
        expect(dead_code, reason = "only a verifier sends requests")
    )]
    pub(crate) plain_http: PlainHttp,
    /// The scheme of challenges.
    pub(super) scheme: TokenScheme,
    pub(super) realm: Option<Arc<str>>,
    /// The scopes that a 401 names.
    pub(super) challenged_baseline: ScopeSet,
    pub(super) repeat_granted_scopes: bool,
    pub(super) scope_prefix: String,
}

impl ResourceServer {
    /// Returns a builder for the resource at `resource`, its public URL. The URL is published as it
    /// is written here, and never taken from a request.
    pub fn builder(resource: impl Into<String>) -> ResourceServerBuilder {
        ResourceServerBuilder::new(resource.into())
    }

    /// Sets how challenges and metadata describe the presentation of tokens: the scheme, and
    /// whether tokens are bound to a key. The default is bearer tokens.
    ///
    /// [`ProtectLayer`](crate::tower::ProtectLayer) does this for its verifier.
    #[must_use]
    pub fn presented_as(mut self, presentation: &Presentation) -> Self {
        self.scheme = presentation.challenged();
        let metadata = &mut self.metadata;
        metadata.dpop_signing_alg_values_supported = presentation.dpop_algorithms().to_vec();
        metadata.dpop_bound_access_tokens_required = presentation.requires_dpop().then_some(true);
        let requires_certificate = presentation.requires_certificate();
        metadata.tls_client_certificate_bound_access_tokens = requires_certificate.then_some(true);
        self
    }

    /// The same resource with this authorization server alone, whose tokens are to be explained.
    #[cfg(all(feature = "command", feature = "jwt"))]
    pub(crate) fn of_authorization_server(mut self, issuer: String) -> Self {
        self.metadata.authorization_servers = vec![issuer];
        self
    }

    /// Returns the `algs` of a `DPoP` challenge.
    fn dpop_algs(&self) -> Option<String> {
        let algorithms = &self.metadata.dpop_signing_alg_values_supported;
        let is_named = self.scheme == TokenScheme::Dpop && !algorithms.is_empty();
        is_named.then(|| algorithms.join(" "))
    }

    /// Returns the same server, whose challenges name a copy of the metadata at the URL of the resource
    /// with the query `oauth-protected-resource`, unless
    /// [`metadata_url`](ResourceServerBuilder::metadata_url) names another place.
    ///
    /// RFC 9728 section 5.1 lets a challenge name any URL. This one reaches the protected service wherever
    /// it is mounted, and whatever a proxy forwards. [`ProtectLayer`](crate::tower::ProtectLayer) serves
    /// it.
    #[must_use]
    pub fn with_metadata_at_resource(mut self) -> Self {
        if !self.has_own_metadata_url {
            let copy = format!("{}?{METADATA_QUERY}", self.metadata.resource);
            self.metadata_url = copy.into();
        }
        self
    }

    /// Returns the operations of this server, from which `scopes_supported` was made.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Returns the path of the resource's URL; `/` for a URL without one.
    #[must_use]
    pub fn path(&self) -> &str {
        let resource = &self.metadata.resource;
        let start = resource.find("://").map_or(0, |at| at + "://".len());
        let path = resource[start..]
            .find('/')
            .map(|at| &resource[start + at..]);
        path.unwrap_or("/")
    }

    /// Returns the document to serve at [`metadata_path`](Self::metadata_path).
    #[must_use]
    pub const fn metadata(&self) -> &ProtectedResourceMetadata {
        &self.metadata
    }

    /// Returns the URL of the metadata in challenges: the well-known URL of RFC 9728 section 3.1, or the
    /// configured one.
    #[must_use]
    pub fn metadata_url(&self) -> &str {
        &self.metadata_url
    }

    /// Returns the path at which the resource's own host serves the metadata: that of the well-known URL of
    /// RFC 9728 section 3.1. A reverse proxy has to forward it.
    #[must_use]
    pub fn metadata_path(&self) -> &str {
        &self.metadata_path
    }

    /// Returns `scopes` as clients request them: with the
    /// [prefix](ResourceServerBuilder::scope_prefix), if there is one.
    #[must_use]
    pub fn requested(&self, scopes: ScopeSet) -> ScopeSet {
        prefixed(scopes, &self.scope_prefix)
    }

    /// Returns the challenge for `refusal`, which tells a client how to get access.
    ///
    /// Returns `None` if the client cannot request anything that would help: the token could not be
    /// verified, an argument is invalid, no scope gives access, or a challenge cannot name the
    /// scope, as with `offline_access` and names that clients would take for a parameter. The
    /// answer then has no `WWW-Authenticate`.
    #[must_use]
    pub fn challenge(&self, refusal: &AuthorizeError) -> Option<Challenge> {
        let scope = match refusal {
            AuthorizeError::MissingToken | AuthorizeError::InvalidToken(_) => {
                self.challenged_baseline.clone()
            }
            _ => scope_to_ask_for(refusal, self.repeat_granted_scopes, self.scope_prefix.len())?,
        };
        Some(Challenge {
            scheme: self.scheme,
            algs: self.dpop_algs(),
            realm: self.realm.clone(),
            error: refusal.code(),
            scope: prefixed(scope, &self.scope_prefix),
            resource_metadata: Some(self.metadata_url.clone()),
            error_description: refusal.code().map(|_| refusal.shared_sentence()),
        })
    }
}

impl Challenge {
    /// Returns the challenge of a service without a [`ResourceServer`]: it has no realm, baseline
    /// scopes and metadata. `None` if [`ResourceServer::challenge`] returns `None`.
    #[must_use]
    pub fn without_server(refusal: &AuthorizeError) -> Option<Self> {
        Some(Self {
            scheme: TokenScheme::Bearer,
            algs: None,
            realm: None,
            error: refusal.code(),
            scope: scope_to_ask_for(refusal, true, 0)?,
            resource_metadata: None,
            error_description: refusal.code().map(|_| refusal.shared_sentence()),
        })
    }
}

/// Returns the scopes that a client has to request after `refusal`; `None` if no request would
/// help.
fn scope_to_ask_for(
    refusal: &AuthorizeError,
    repeat_granted: bool,
    prefix: usize,
) -> Option<ScopeSet> {
    let AuthorizeError::InsufficientScope(refusal) = refusal else {
        let is_helpless = matches!(
            refusal,
            AuthorizeError::Unavailable { .. } | AuthorizeError::InvalidArgument(_)
        );
        return (!is_helpless).then(ScopeSet::new);
    };
    let is_unfit = |scope: &ScopeName| {
        scope.as_str() == OFFLINE_ACCESS || challenge::problem(scope.as_str()).is_some()
    };
    if refusal.missing().is_empty() || refusal.alternative().iter().any(is_unfit) {
        return None;
    }
    let mut scope = ScopeSet::new();
    if repeat_granted {
        let length = |scope: &ScopeName| prefix + scope.as_str().len() + " ".len();
        let asked: usize = refusal.alternative().iter().map(length).sum();
        let mut room = MAX_SCOPE.saturating_sub(asked);
        let mut granted = refusal.granted_names();
        for name in granted.by_ref() {
            if length(&name) > room {
                observe::granted_left_out(1 + granted.count());
                break;
            }
            room -= length(&name);
            scope.extend([name]);
        }
    }
    scope.extend(refusal.alternative());
    Some(scope)
}

/// The maximum length to which repeated granted scopes may extend a `scope` parameter, in bytes:
/// some proxies refuse header fields of more than 4 KB, and a token can have any number of scopes.
const MAX_SCOPE: usize = 1024;

/// Returns the scopes as clients request them.
pub(super) fn prefixed(scopes: ScopeSet, prefix: &str) -> ScopeSet {
    if prefix.is_empty() {
        return scopes;
    }
    let long = scopes.iter().map(|scope| format!("{prefix}{scope}"));
    // The prefix is validated when the server is built, so no name is dropped here.
    long.filter_map(|scope| ScopeName::try_from(scope).ok())
        .collect()
}
