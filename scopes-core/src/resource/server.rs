//! The protected resource: its metadata, and the challenge for every refusal.

use super::builder::ResourceServerBuilder;
use super::challenge::{self, Challenge};
use super::metadata::ProtectedResourceMetadata;
use crate::error::AuthorizeError;
use crate::registry::Registry;
use crate::request_url::PlainHttp;
use crate::scope::{ScopeName, ScopeSet};
use crate::token::{Presentation, TokenScheme};

/// The query of the copy of the metadata at the URL of the resource.
pub(super) const METADATA_QUERY: &str = "oauth-protected-resource";

/// Asks the authorization server for a refresh token, which is the client's affair.
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
    pub(super) metadata_url: String,
    pub(super) metadata_path: String,
    pub(super) has_own_metadata_url: bool,
    pub(super) registry: Registry,
    /// What verifiers are allowed that are made from this server.
    #[cfg_attr(
        not(any(feature = "introspection", feature = "jwt")),
        expect(dead_code, reason = "only a verifier sends requests")
    )]
    pub(crate) plain_http: PlainHttp,
    /// The scheme of challenges.
    pub(super) scheme: TokenScheme,
    pub(super) realm: Option<String>,
    pub(super) baseline: ScopeSet,
    pub(super) repeat_granted_scopes: bool,
    pub(super) scope_prefix: String,
}

impl ResourceServer {
    /// The settings of the resource at `resource`, its public URL. It is published as it is
    /// written here, and never taken from a request.
    pub fn builder(resource: impl Into<String>) -> ResourceServerBuilder {
        ResourceServerBuilder::new(resource.into())
    }

    /// Challenges and metadata say how tokens are presented to a verifier: under which scheme, and bound
    /// to a key or not. Bearer tokens by default.
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

    /// The scheme, host and port of the resource.
    #[cfg(feature = "tower")]
    pub(crate) fn origin(&self) -> &str {
        let resource = &self.metadata.resource;
        let start = resource.find("://").map_or(0, |at| at + "://".len());
        let end = resource[start..].find('/');
        &resource[..end.map_or(resource.len(), |at| start + at)]
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
            self.metadata_url = format!("{}?{METADATA_QUERY}", self.metadata.resource);
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

    /// The document to serve at [`metadata_path`](Self::metadata_path).
    #[must_use]
    pub const fn metadata(&self) -> &ProtectedResourceMetadata {
        &self.metadata
    }

    /// The URL of the metadata in challenges: the well-known URL of RFC 9728 section 3.1, or the
    /// configured one.
    #[must_use]
    pub fn metadata_url(&self) -> &str {
        &self.metadata_url
    }

    /// The path at which the resource's own host serves the metadata: that of the well-known URL of
    /// RFC 9728 section 3.1. A reverse proxy has to forward it.
    #[must_use]
    pub fn metadata_path(&self) -> &str {
        &self.metadata_path
    }

    /// The challenge that tells a client how to get past `refusal`.
    ///
    /// `None` where there is nothing to ask for: the token could not be verified, an argument is
    /// invalid, no scope gives access, or the scope is not a resource's to ask for: `offline_access`, or a name that clients
    /// would take for a parameter. The answer then carries no `WWW-Authenticate`.
    #[must_use]
    pub fn challenge(&self, refusal: &AuthorizeError) -> Option<Challenge> {
        let scope = match refusal {
            AuthorizeError::MissingToken | AuthorizeError::InvalidToken(_) => self.baseline.clone(),
            _ => scope_to_ask_for(refusal, self.repeat_granted_scopes, self.scope_prefix.len())?,
        };
        Some(Challenge {
            scheme: self.scheme,
            algs: self.dpop_algs(),
            realm: self.realm.clone(),
            error: refusal.code(),
            scope: prefixed(scope, &self.scope_prefix),
            resource_metadata: Some(self.metadata_url.clone()),
            error_description: refusal.code().map(|_| refusal.to_string()),
        })
    }
}

impl Challenge {
    /// Returns the challenge of a service that knows no server: without realm, baseline scopes and
    /// metadata. `None` where [`ResourceServer::challenge`] returns none.
    #[must_use]
    pub fn without_server(refusal: &AuthorizeError) -> Option<Self> {
        Some(Self {
            scheme: TokenScheme::Bearer,
            algs: None,
            realm: None,
            error: refusal.code(),
            scope: scope_to_ask_for(refusal, true, 0)?,
            resource_metadata: None,
            error_description: refusal.code().map(|_| refusal.to_string()),
        })
    }
}

/// The scopes that a client has to ask for to get past `refusal`; `None` where there is nothing to
/// ask for.
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
        let granted = refusal.granted_names();
        scope.extend(granted.take_while(|scope| {
            let fits = length(scope) <= room;
            room = room.saturating_sub(length(scope));
            fits
        }));
    }
    scope.extend(refusal.alternative());
    Some(scope)
}

/// How long the `scope` parameter may get by repeating granted scopes, in bytes: some proxies refuse
/// header fields of more than 4 KB, and a token can have any number of scopes.
const MAX_SCOPE: usize = 1024;

/// The scopes as clients ask for them.
pub(super) fn prefixed(scopes: ScopeSet, prefix: &str) -> ScopeSet {
    if prefix.is_empty() {
        return scopes;
    }
    let long = scopes.iter().map(|scope| format!("{prefix}{scope}"));
    // The prefix is checked when the server is built, so no name is lost here.
    long.filter_map(|scope| ScopeName::try_from(scope).ok())
        .collect()
}
