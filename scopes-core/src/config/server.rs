//! The settings of the resource server.

use super::reader::Reader;
use crate::resource::{ResourceServer, ResourceServerBuilder, ResourceServerSetting as Setting};
use crate::scope::{ScopeName, ScopeSet};
use crate::{ProtectedResourceMetadata, ScopesSupported};

/// The settings that verifiers share with the server.
pub(super) struct Shared {
    pub(super) resource: String,
    pub(super) issuers: Vec<String>,
    pub(super) plain_http: Vec<String>,
}

impl Shared {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let resource = reader.text("resource");
        if !reader.is_written("resource") {
            let problem =
                "is missing; write the public URL of this server, which tokens are issued for";
            reader.note("resource", None, problem.to_owned());
        }
        Self {
            resource: resource.unwrap_or_default(),
            issuers: reader.list("authorization_server"),
            plain_http: reader.list("insecure_allow_http"),
        }
    }
}

pub(super) fn builder(reader: &mut Reader, shared: &Shared) -> ResourceServerBuilder {
    let mut builder = ResourceServer::builder(&shared.resource);
    for issuer in &shared.issuers {
        builder = builder.authorization_server(issuer);
    }
    for host in &shared.plain_http {
        builder = builder.insecure_allow_http(host);
    }
    if let Some(realm) = reader.text("realm") {
        builder = builder.realm(realm);
    }
    if let Some(scopes) = scopes_supported(reader) {
        builder = builder.scopes_supported(scopes);
    }
    if let Some(challenge) = reader.flag("challenge_baseline") {
        builder = builder.challenge_baseline(challenge);
    }
    if let Some(repeat) = reader.flag("repeat_granted_scopes") {
        builder = builder.repeat_granted_scopes(repeat);
    }
    if let Some(prefix) = reader.text("scope_prefix") {
        builder = builder.scope_prefix(prefix);
    }
    if let Some(url) = reader.text("metadata_url") {
        builder = builder.metadata_url(url);
    }
    let name = reader.text("resource_name");
    let documentation = reader.text("resource_documentation");
    let policy = reader.text("resource_policy_uri");
    let terms = reader.text("resource_tos_uri");
    builder.describe(|metadata| {
        *metadata = ProtectedResourceMetadata {
            resource_name: name,
            resource_documentation: documentation,
            resource_policy_uri: policy,
            resource_tos_uri: terms,
            ..ProtectedResourceMetadata::default()
        };
    })
}

fn scopes_supported(reader: &mut Reader) -> Option<ScopesSupported> {
    let key = "scopes_supported";
    let listed = reader.list(key);
    match listed.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => return None,
        ["annotated"] => return Some(ScopesSupported::Annotated),
        ["baseline"] => return Some(ScopesSupported::Baseline),
        ["omitted"] => return Some(ScopesSupported::Omitted),
        _ => {}
    }
    let mut scopes = ScopeSet::new();
    for scope in listed {
        match ScopeName::try_from(scope.clone()) {
            Ok(name) => scopes.extend([name]),
            Err(error) => reader.note(key, Some(scope), format!("is not a scope: {error}")),
        }
    }
    Some(ScopesSupported::Explicit(scopes))
}

pub(super) const fn key_of(setting: Setting) -> &'static str {
    match setting {
        Setting::Resource => "resource",
        Setting::AuthorizationServer => "authorization_server",
        Setting::InsecureAllowHttp => "insecure_allow_http",
        Setting::Realm => "realm",
        Setting::ScopePrefix => "scope_prefix",
        Setting::ScopesSupported => "scopes_supported",
        Setting::MetadataUrl => "metadata_url",
        Setting::Describe => "describe",
    }
}
