//! Every setting, in the builders that validate them.

use super::configured::Configured;
use super::layer::ConfiguredLayer;
use super::reader::Reader;
use super::server::{self, Shared};
use super::verifier::{ConfiguredVerifier, Tokens};
use super::{introspection, jwt};
use crate::api_keys::{ApiKeyVerifier, ApiKeyVerifierBuilder, ApiKeyVerifierSetting};
use crate::cache::CachedVerifier;
use crate::fetch::Fetch;
use crate::introspection::IntrospectionVerifierBuilder;
use crate::jwt::JwtVerifierBuilder;
use crate::resource::{ResourceServer, ResourceServerBuilder};

/// The verification of tokens other than API keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verify {
    Jwt,
    Introspection,
}

const VERIFY: [(&str, Verify); 2] = [
    ("jwt", Verify::Jwt),
    ("introspection", Verify::Introspection),
];

type Change<T> = Vec<Box<dyn FnOnce(T) -> T + Send>>;

/// The settings of the program.
#[derive(Default)]
pub(super) struct Adapt {
    pub(super) server: Change<ResourceServerBuilder>,
    pub(super) introspection: Change<IntrospectionVerifierBuilder>,
}

fn changed<T>(value: T, changes: Change<T>) -> T {
    changes
        .into_iter()
        .fold(value, |value, change| change(value))
}

pub(super) struct Settings {
    server: ResourceServerBuilder,
    layer: ConfiguredLayer,
    verify: Verify,
    jwt: JwtVerifierBuilder,
    introspection: IntrospectionVerifierBuilder,
    api_keys: Option<ApiKeyVerifierBuilder>,
}

impl Settings {
    /// Reads the keys of both verifiers, so that every mistake in a value is found and no key of either
    /// is unknown.
    pub(super) fn read(reader: &mut Reader, adapt: Adapt) -> Self {
        let shared = Shared::read(reader);
        let server = server::builder(reader, &shared);
        let server = changed(server, adapt.server);
        let layer = ConfiguredLayer::read(reader);
        let verify = reader.choice("verify", &VERIFY);
        let is_unknown = verify.is_none() && reader.is_written("verify");
        let verify = verify.unwrap_or(Verify::Jwt);
        let jwt = jwt::builder(reader, &shared);
        let is_introspected = verify == Verify::Introspection;
        let introspection = introspection::builder(reader, &shared, is_introspected);
        let introspection = changed(introspection, adapt.introspection);
        let (other, needed) = if is_introspected {
            ("jwt.", "jwt")
        } else {
            ("introspection.", "introspection")
        };
        if !is_unknown {
            for key in reader.entries.chosen_in(other) {
                reader.note(&key, None, format!("goes with `verify` {needed}"));
            }
        }
        Self {
            server,
            layer,
            verify,
            jwt,
            introspection,
            api_keys: api_keys(reader),
        }
    }

    pub(super) fn resource_server(self, reader: &mut Reader) -> Option<ResourceServer> {
        let built = self.server.build();
        built
            .map_err(|error| reader.note_all(&error, |invalid| server::key_of(invalid.setting())))
            .ok()
    }

    /// Has every builder validate its settings. `None` after a mistake.
    pub(super) fn configured<F: Fetch>(
        mut self,
        fetch: F,
        reader: &mut Reader,
    ) -> Option<Configured<F>> {
        let server = self.server.build();
        let server = server
            .map_err(|error| reader.note_all(&error, |invalid| server::key_of(invalid.setting())))
            .ok();
        if let Some(server) = &server {
            // These hosts have been logged.
            self.jwt.plain_http = server.plain_http.clone();
            self.introspection.plain_http = server.plain_http.clone();
        }
        let tokens = match self.verify {
            Verify::Jwt => match self.jwt.discover_lazily(fetch) {
                Ok(verifier) => Some(Tokens::Jwt(CachedVerifier::new(verifier))),
                Err(error) => {
                    reader.note_all(&error, |invalid| jwt::key_of(invalid.setting()));
                    None
                }
            },
            Verify::Introspection => match self.introspection.discover_lazily(fetch) {
                Ok(verifier) => Some(Tokens::Introspection(verifier)),
                Err(error) => {
                    reader.note_all(&error, |invalid| introspection::key_of(invalid.setting()));
                    None
                }
            },
        };
        let api_keys = self.api_keys.map(|builder| {
            let read = builder.read();
            read.map_err(|error| reader.note_all(&error, |invalid| key_of(invalid.setting())))
        });
        let verifier = match api_keys {
            None => ConfiguredVerifier::without_api_keys(tokens?),
            Some(in_front_of) => {
                let in_front_of = in_front_of.ok();
                ConfiguredVerifier::with_api_keys(in_front_of?(tokens?))
            }
        };
        Some(Configured {
            server: server?,
            verifier,
            layer: self.layer,
        })
    }
}

fn api_keys(reader: &mut Reader) -> Option<ApiKeyVerifierBuilder> {
    let prefix = reader.text("api_keys.prefix");
    let files = reader.list("api_keys.file");
    let variables = reader.list("api_keys.environment");
    if reader.entries.chosen_in("api_keys.").is_empty() {
        return None;
    }
    let mut builder = ApiKeyVerifier::builder(prefix.unwrap_or_default());
    for file in files {
        builder = builder.file(file);
    }
    for variable in variables {
        builder = builder.environment(variable);
    }
    Some(builder)
}

const fn key_of(setting: ApiKeyVerifierSetting) -> &'static str {
    match setting {
        ApiKeyVerifierSetting::Prefix => "api_keys.prefix",
        ApiKeyVerifierSetting::File | ApiKeyVerifierSetting::Entry => "api_keys.file",
        ApiKeyVerifierSetting::Environment => "api_keys.environment",
    }
}
