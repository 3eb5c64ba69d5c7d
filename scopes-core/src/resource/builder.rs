//! The settings of the protected resource, which are validated when it is built.

use super::challenge;
use super::identifier::{self, ResourceIdentifier};
use super::metadata::ProtectedResourceMetadata;
use super::server::{OFFLINE_ACCESS, ResourceServer, prefixed};
use super::setting::{BuildResourceServerError, ResourceServerSetting as Setting};
use crate::observe;
use crate::registry::Registry;
use crate::request_url::PlainHttp;
use crate::scope::{Catalog, RequiredScope, ScopeCatalog, ScopeDeclaration, ScopeName, ScopeSet};
use crate::setting::InvalidSetting;
use crate::token::TokenScheme;

/// The scopes in the metadata's `scopes_supported`. Hidden scopes are never listed.
///
/// A client that registers itself with the authorization server often registers for the first list
/// of scopes it sees: those of the 401, or else these. Some authorization servers never grant a
/// client other scopes than those it registered for. So the default lists all scopes, and a 401
/// names only those that the catalog marks as baseline. With such an authorization server, also set
/// [`challenge_baseline`](ResourceServerBuilder::challenge_baseline) to `false`.
///
/// ```
/// use scopes_core::{ResourceServer, ScopesSupported};
///
/// let server = ResourceServer::builder("https://mcp.example.com/mcp")
///     .authorization_server("https://auth.example.com")
///     .scopes_supported(ScopesSupported::Explicit("photos:read".parse()?))
///     .build()?;
/// assert_eq!(server.metadata().scopes_supported.to_string(), "photos:read");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopesSupported {
    /// The scopes of every annotated operation of this server, and the baseline.
    #[default]
    Annotated,
    /// The baseline alone.
    Baseline,
    /// These scopes. A hidden one is an error.
    Explicit(ScopeSet),
    /// None: the metadata has no such field.
    Omitted,
}

/// Collects the settings of a [`ResourceServer`].
///
/// ```
/// use scopes_core::ResourceServer;
///
/// let server = ResourceServer::builder("https://mcp.example.com/mcp")
///     .authorization_server("https://auth.example.com")
///     .realm("photos")
///     .describe(|metadata| metadata.resource_name = Some("Photos".to_owned()))
///     .build()?;
/// assert_eq!(server.metadata().resource_name.as_deref(), Some("Photos"));
/// # Ok::<(), scopes_core::resource::BuildResourceServerError>(())
/// ```
#[derive(Debug)]
#[must_use = "the settings take effect with `build`"]
pub struct ResourceServerBuilder {
    resource: String,
    authorization_servers: Vec<String>,
    plain_http: PlainHttp,
    realm: Option<String>,
    name: String,
    registry: Option<Registry>,
    catalogs: Vec<&'static Catalog>,
    scopes_supported: ScopesSupported,
    challenge_baseline: bool,
    repeat_granted_scopes: bool,
    scope_prefix: String,
    metadata_url: Option<String>,
    metadata: ProtectedResourceMetadata,
}

impl ResourceServerBuilder {
    pub(super) fn new(resource: String) -> Self {
        Self {
            resource,
            authorization_servers: Vec::new(),
            plain_http: PlainHttp::default(),
            realm: None,
            name: String::new(),
            registry: None,
            catalogs: Vec::new(),
            scopes_supported: ScopesSupported::default(),
            challenge_baseline: true,
            repeat_granted_scopes: true,
            scope_prefix: String::new(),
            metadata_url: None,
            metadata: ProtectedResourceMetadata::default(),
        }
    }

    /// Adds an authorization server by its issuer URL; clients prefer the first.
    pub fn authorization_server(mut self, issuer: impl Into<String>) -> Self {
        self.authorization_servers.push(issuer.into());
        self
    }

    /// Allows plain http to the authorization servers at this host, as in
    /// `insecure_allow_http("keycloak")` for `http://keycloak:8080`; can be called several times. With
    /// a port, as in `"keycloak:8080"`, allows that port only.
    ///
    /// Everyone on the network path can read and replace keys, tokens and the credentials of
    /// clients. Use it only for a private network that is trusted as a whole. Loopback hosts need
    /// no permission. The host is compared as a whole, ignoring case. Verifiers that are made from
    /// this server have the same permission. The metadata of an issuer can name plain http URLs
    /// only if the permission for the issuer itself covers them. Logs a warning when the server is
    /// built.
    pub fn insecure_allow_http(mut self, host: impl Into<String>) -> Self {
        self.plain_http.allow(host.into());
        self
    }

    /// Puts a `realm` into every challenge.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// Sets the name of the server: it serves the operations annotated with `server = "name"`.
    /// Without a name, it serves those that name no server.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Takes the operations from `registry` instead of from the program.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Adds the baseline scopes of `C`, for a catalog of which no operation requires a scope.
    pub fn catalog<C: ScopeCatalog>(mut self) -> Self {
        self.catalogs.push(C::CATALOG);
        self
    }

    /// Sets the scopes that the metadata lists; by default, [`ScopesSupported::Annotated`].
    pub fn scopes_supported(mut self, scopes: ScopesSupported) -> Self {
        self.scopes_supported = scopes;
        self
    }

    /// Sets whether a 401 names the baseline as the scopes to request. The default is `true`.
    ///
    /// Set it to `false` if clients register themselves with an authorization server that holds them to
    /// the scopes they registered for, as Keycloak, Ory Hydra and `oidc-provider` do: a client registers
    /// for the scopes of the 401, and can then never be granted another one. Without them it registers
    /// for [`scopes_supported`](Self::scopes_supported). The layer of a server with a baseline logs it when
    /// it is made.
    pub fn challenge_baseline(mut self, challenge: bool) -> Self {
        self.challenge_baseline = challenge;
        self
    }

    /// Sets whether a 403 repeats the scopes that the token already grants, next to those it lacks.
    ///
    /// The default is `true`: several clients request only the scopes of the challenge, and would
    /// lose the others.
    pub fn repeat_granted_scopes(mut self, repeat: bool) -> Self {
        self.repeat_granted_scopes = repeat;
        self
    }

    /// Puts `prefix` before every scope that clients are to request, in challenges and in the
    /// metadata. For some providers, such as Entra ID, clients request `api://journal/read`, and
    /// the token contains `read`. Catalogs, tokens and error messages use the short names.
    pub fn scope_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.scope_prefix = prefix.into();
        self
    }

    /// Sets the URL of the metadata in every challenge, instead of the well-known URL of RFC 9728
    /// section 3.1.
    ///
    /// For a host whose `/.well-known/` you cannot serve. Clients that receive a challenge read the
    /// metadata at `url`; clients that build the URL themselves use the well-known one. The
    /// operator serves the document at `url`: a proxy forwards it to
    /// [`metadata_path`](ResourceServer::metadata_path), or the program routes a
    /// [`MetadataService`](crate::tower::MetadataService) there.
    pub fn metadata_url(mut self, url: impl Into<String>) -> Self {
        self.metadata_url = Some(url.into());
        self
    }

    /// Sets further fields of the metadata. The verifier sets those about the presentation of
    /// tokens ([`TokenVerifier::presentation`](crate::TokenVerifier::presentation)).
    ///
    /// ```
    /// # use scopes_core::ResourceServer;
    /// let server = ResourceServer::builder("https://mcp.example.com/mcp")
    ///     .authorization_server("https://auth.example.com")
    ///     .describe(|metadata| metadata.resource_name = Some("EpicMe".to_owned()))
    ///     .build()?;
    /// # Ok::<(), scopes_core::resource::BuildResourceServerError>(())
    /// ```
    pub fn describe(mut self, set: impl FnOnce(&mut ProtectedResourceMetadata)) -> Self {
        set(&mut self.metadata);
        self
    }

    /// Validates the settings, and returns the resource.
    ///
    /// # Errors
    ///
    /// All invalid settings.
    pub fn build(self) -> Result<ResourceServer, BuildResourceServerError> {
        let mut problems = Vec::new();
        let mut note = |setting, value: &str, problem: String| {
            problems.push(InvalidSetting::new(setting, value, problem));
        };

        let identifier = ResourceIdentifier::new(&self.resource);
        let is_resource = identifier.check().is_ok();
        if let Err(problem) = identifier.check() {
            note(Setting::Resource, &self.resource, problem.to_string());
        }
        if self.authorization_servers.is_empty() {
            note(
                Setting::AuthorizationServer,
                "",
                "is missing; clients need at least one".to_owned(),
            );
        }
        for (host, problem) in self.plain_http.problems() {
            note(Setting::InsecureAllowHttp, &host, problem);
        }
        for issuer in &self.authorization_servers {
            match identifier::check_issuer(issuer, &self.plain_http) {
                Err(problem) => note(Setting::AuthorizationServer, issuer, problem.to_string()),
                Ok(()) if !is_resource || identifier::is_reachable_from(issuer, &self.resource) => {
                }
                Ok(()) => note(Setting::AuthorizationServer, issuer, UNREACHABLE.to_owned()),
            }
        }
        if let Some(realm) = &self.realm
            && let Some(problem) = realm_problem(realm)
        {
            note(Setting::Realm, realm, problem);
        }

        if let Some(url) = &self.metadata_url
            && let Err(problem) = identifier::check_metadata_url(url)
        {
            note(Setting::MetadataUrl, url, problem.to_string());
        }

        let prefix = self.scope_prefix.as_str();
        if !prefix.is_empty()
            && let Some(problem) = prefix_problem(prefix)
        {
            note(Setting::ScopePrefix, prefix, problem);
        }

        let registry = self
            .registry
            .unwrap_or_else(Registry::of_program)
            .of_server(&self.name);
        let baseline = baseline(&registry, &self.catalogs);
        if let ScopesSupported::Explicit(scopes) = &self.scopes_supported {
            for scope in scopes {
                if let Some(problem) = challenge::problem(scope.as_str()) {
                    note(Setting::ScopesSupported, scope.as_str(), problem);
                }
            }
            for scope in hidden(scopes, &registry, &self.catalogs) {
                let problem = "is `hidden` in its catalog; remove it, there or here";
                note(Setting::ScopesSupported, scope.as_str(), problem.to_owned());
            }
        }
        let scopes_supported = match self.scopes_supported {
            ScopesSupported::Annotated => with_baseline(&registry, &baseline),
            ScopesSupported::Baseline => baseline.clone(),
            ScopesSupported::Explicit(scopes) => scopes,
            ScopesSupported::Omitted => ScopeSet::new(),
        };
        if scopes_supported.contains(OFFLINE_ACCESS) {
            let problem = "is for clients to ask of the authorization server; remove it";
            note(Setting::ScopesSupported, OFFLINE_ACCESS, problem.to_owned());
        }

        for (field, problem) in self.metadata.unenforced() {
            note(Setting::Describe, field, problem.to_owned());
        }

        let identifier = BuildResourceServerError::check(identifier, problems)?;
        observe::plain_http(&self.plain_http);
        Ok(ResourceServer {
            plain_http: self.plain_http.logged(),
            metadata_path: identifier.metadata_path(),
            has_own_metadata_url: self.metadata_url.is_some(),
            metadata_url: self
                .metadata_url
                .unwrap_or_else(|| identifier.metadata_url())
                .into(),
            metadata: ProtectedResourceMetadata {
                resource: identifier.as_str().to_owned(),
                authorization_servers: self.authorization_servers,
                scopes_supported: prefixed(scopes_supported, &self.scope_prefix),
                ..self.metadata
            },
            registry,
            scheme: TokenScheme::Bearer,
            realm: self.realm.map(Into::into),
            challenged_baseline: if self.challenge_baseline {
                baseline
            } else {
                ScopeSet::new()
            },
            repeat_granted_scopes: self.repeat_granted_scopes,
            scope_prefix: self.scope_prefix,
        })
    }
}

const UNREACHABLE: &str = "is on this machine, where clients of the resource cannot reach it";

fn prefix_problem(prefix: &str) -> Option<String> {
    let is_scope = prefix
        .parse::<ScopeName>()
        .map_err(|error| format!("cannot begin a scope: {error}"));
    is_scope.err().or_else(|| challenge::problem(prefix))
}

fn realm_problem(realm: &str) -> Option<String> {
    if realm.is_empty() {
        return Some("is empty; leave it out".to_owned());
    }
    challenge::problem(realm)
}

fn catalogs(
    registry: &Registry,
    further: &[&'static Catalog],
) -> impl Iterator<Item = &'static Catalog> {
    let annotated = registry.catalogs().into_iter();
    annotated.chain(further.iter().copied())
}

/// Those of `scopes` that no catalog shows and one hides.
fn hidden<'s>(
    scopes: &'s ScopeSet,
    registry: &Registry,
    further: &[&'static Catalog],
) -> Vec<&'s ScopeName> {
    let is_hidden = |scope: &&ScopeName| {
        let declared =
            catalogs(registry, further).filter_map(|catalog| catalog.find(scope.as_str()));
        let mut declared = declared.peekable();
        declared.peek().is_some() && declared.all(ScopeDeclaration::is_hidden)
    };
    scopes.iter().filter(is_hidden).collect()
}

/// The baseline scopes of the registry, then those of further catalogs.
fn baseline(registry: &Registry, further: &[&'static Catalog]) -> ScopeSet {
    let baseline = registry.baseline();
    let further = further.iter().copied().flat_map(RequiredScope::baseline_of);
    let scopes = baseline.access().leaves().cloned().chain(further);
    scopes.map(|scope| scope.name().clone()).collect()
}

/// The annotated scopes and the baseline, in catalog order.
fn with_baseline(registry: &Registry, baseline: &ScopeSet) -> ScopeSet {
    let annotated = registry.scopes();
    let declared = registry
        .catalogs()
        .into_iter()
        .flat_map(Catalog::declarations);
    let named = declared.map(ScopeDeclaration::name);
    let named = named.filter(|name| annotated.contains(name) || baseline.contains(name));
    let mut scopes: ScopeSet = named.map(ScopeName::from_static).collect();
    scopes.extend(baseline);
    scopes.extend(annotated);
    scopes
}
