//! The settings of the protected resource; every mistake in them is an error when it is built.

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

/// Which scopes the metadata's `scopes_supported` lists; hidden ones never.
///
/// A client that registers itself with the authorization server often registers for the first list
/// of scopes it sees: those of the 401, or else these. An authorization server that holds a client
/// to the scopes it registered for then refuses to grant it others later. So the default lists
/// everything, and a 401 names only what the catalog marks as baseline; with such an authorization
/// server, set [`challenge_baseline`](ResourceServerBuilder::challenge_baseline) to `false` too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopesSupported {
    /// The scopes of every annotated operation of this server, and the baseline.
    #[default]
    Annotated,
    /// The baseline alone.
    Baseline,
    /// These; one that its catalog hides is an error.
    Explicit(ScopeSet),
    /// None: the field is left out.
    Omitted,
}

/// Collects the settings of a [`ResourceServer`].
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
    /// Everyone on the network between can read and replace what is sent: keys, tokens and the
    /// credentials of clients. Only for a private network that is trusted as a whole. Loopback hosts
    /// need no permission. The host is compared as a whole, ignoring case. Verifiers that are made
    /// from this server have the same permission. The metadata of an issuer can name plain http URLs
    /// only where the permission for the issuer itself covers them. Logs a warning when the server is
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

    /// Which annotated operations are this server's: those with `server = "name"`. Without it,
    /// those that name no server.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Takes the operations from `registry` instead of from the program.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Takes the baseline from `C`, too, which matters where no operation names a scope of it.
    pub fn catalog<C: ScopeCatalog>(mut self) -> Self {
        self.catalogs.push(C::CATALOG);
        self
    }

    /// Which scopes the metadata lists.
    pub fn scopes_supported(mut self, scopes: ScopesSupported) -> Self {
        self.scopes_supported = scopes;
        self
    }

    /// Whether a 401 names the baseline as the scopes to ask for. It does by default.
    ///
    /// Set it to `false` if clients register themselves with an authorization server that holds them to
    /// the scopes they registered for, as Keycloak, Ory Hydra and `oidc-provider` do: a client registers
    /// for the scopes of the 401, and can then never be granted another one. Without them it registers
    /// for [`scopes_supported`](Self::scopes_supported). A server with a baseline says so in its log when
    /// it starts.
    pub fn challenge_baseline(mut self, challenge: bool) -> Self {
        self.challenge_baseline = challenge;
        self
    }

    /// Whether a 403 repeats the scopes that the token already grants, next to those it lacks.
    ///
    /// It does by default: several clients ask for the challenged scopes only, and would lose the
    /// others.
    pub fn repeat_granted_scopes(mut self, repeat: bool) -> Self {
        self.repeat_granted_scopes = repeat;
        self
    }

    /// Puts `prefix` before every scope that clients are told to ask for, in challenges and in the
    /// metadata: some providers, Entra ID among them, have clients ask for `api://journal/read`
    /// and put `read` into the token. Catalog, tokens and sentences have the short names.
    pub fn scope_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.scope_prefix = prefix.into();
        self
    }

    /// Names `url` as the place of the metadata in every challenge, instead of the well-known URL of
    /// RFC 9728 section 3.1.
    ///
    /// For a host whose `/.well-known/` is not yours. Clients that receive a challenge read the metadata
    /// there; a client that builds the URL itself still asks for the well-known one. The operator serves
    /// the document at `url`: a proxy forwards it to [`metadata_path`](ResourceServer::metadata_path), or
    /// the program routes a [`MetadataService`](crate::tower::MetadataService) there.
    pub fn metadata_url(mut self, url: impl Into<String>) -> Self {
        self.metadata_url = Some(url.into());
        self
    }

    /// Sets further fields of the metadata. Those that say how tokens are presented are set by the
    /// verifier ([`TokenVerifier::presentation`](crate::TokenVerifier::presentation)).
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

    /// The resource, with every setting checked.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the settings.
    pub fn build(self) -> Result<ResourceServer, BuildResourceServerError> {
        let mut problems = Vec::new();
        let mut note = |setting, value: &str, problem: String| {
            problems.push(InvalidSetting::new(setting, value, problem));
        };

        let identifier = ResourceIdentifier::new(&self.resource);
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
                Ok(()) if identifier::is_reachable_from(issuer, &self.resource) => {}
                Ok(()) => {
                    let problem =
                        "is on this machine, where clients of the resource cannot reach it";
                    note(Setting::AuthorizationServer, issuer, problem.to_owned());
                }
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
                .unwrap_or_else(|| identifier.metadata_url()),
            metadata: ProtectedResourceMetadata {
                resource: identifier.as_str().to_owned(),
                authorization_servers: self.authorization_servers,
                scopes_supported: prefixed(scopes_supported, &self.scope_prefix),
                ..self.metadata
            },
            registry,
            scheme: TokenScheme::Bearer,
            realm: self.realm,
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
    scopes.map(|scope| scope.token().clone()).collect()
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
