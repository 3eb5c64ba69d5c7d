//! Every setting of a start: from a flag or, without it, from the environment.
//!
//! A setting of EpicMe's own is a flag in `Options`, a line in `put_flags`, and a line in `Settings::of`. A
//! setting that scopes-core has needs the first two.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::ValueEnum;
use scopes_core::config::Configuration;

use crate::Options;
use crate::log::LogLevel;

/// The prefix of the variables.
pub(crate) const PREFIX: &str = "EPICME_";

/// The settings of EpicMe's own, and the configuration that has all others. The URL of a store can have a
/// password, so there is no `Debug`.
pub(crate) struct Settings {
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) log: LogLevel,
    pub(crate) signing_key: Option<PathBuf>,
    pub(crate) database: Option<PathBuf>,
    pub(crate) store: Option<String>,
    pub(crate) session_key_file: Option<PathBuf>,
    pub(crate) revocation_secret_file: Option<PathBuf>,
    pub(crate) audit_file: Option<PathBuf>,
    pub(crate) audit_key_file: Option<PathBuf>,
    pub(crate) start_early: bool,
    pub(crate) anonymous: bool,
    pub(crate) hide_unpermitted: bool,
    /// The settings of scopes-core, and every mistake in those above.
    pub(crate) configuration: Configuration,
}

impl Settings {
    pub(crate) fn of(options: &Options) -> Self {
        let variables = options.variables.iter().cloned();
        let mut configuration = Configuration::from_variables(PREFIX, variables);
        put_flags(options, &mut configuration);
        let mut settings = Self {
            listen: configuration.take("listen"),
            log: configuration.take("log").unwrap_or_default(),
            signing_key: configuration.take("signing_key"),
            database: configuration.take("database"),
            store: configuration.take("store"),
            session_key_file: configuration.take("session_key_file"),
            revocation_secret_file: configuration.take("revocation_secret_file"),
            audit_file: configuration.take("audit_file"),
            audit_key_file: configuration.take("audit_key_file"),
            start_early: configuration.take("start_early").unwrap_or_default(),
            anonymous: configuration.take("anonymous").unwrap_or_default(),
            hide_unpermitted: configuration.take("hide_unpermitted").unwrap_or_default(),
            configuration,
        };
        settings.set_defaults();
        settings.check_pairs();
        settings
    }

    fn set_defaults(&mut self) {
        let own = "EpicMe itself";
        let configuration = &mut self.configuration;
        configuration.set_default("realm", own, "EpicMe");
        configuration.set_default("resource_name", own, "EpicMe");
        configuration.set_default("api_keys.prefix", own, "epicme_");
        if self.start_early && !self.is_behind_real_server() {
            let problem = "needs --authorization-server: the embedded one is ready from the start";
            self.configuration.reject("start_early", problem);
        }
    }

    /// Reports settings that need another one.
    fn check_pairs(&mut self) {
        for (key, needed) in [
            ("store", "session_key_file"),
            ("audit_key_file", "audit_file"),
        ] {
            let configuration = &mut self.configuration;
            if configuration.contains(key) && !configuration.contains(needed) {
                configuration.reject(key, format!("needs `{needed}`"));
            }
        }
    }

    /// Returns whether tokens are those of a real authorization server.
    pub(crate) fn is_behind_real_server(&self) -> bool {
        self.configuration.contains("authorization_server")
    }

    /// The file of the embedded authorization server's key, if there is a place for it.
    pub(crate) fn signing_key_file(&self) -> Option<PathBuf> {
        self.signing_key.clone().or_else(|| {
            let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
            let state = state.filter(|state| state.is_absolute());
            let state = state.or_else(|| Some(std::env::home_dir()?.join(".local/state")));
            Some(state?.join("epicme/signing-key"))
        })
    }
}

/// Puts the flags in place of what the environment says.
fn put_flags(options: &Options, configuration: &mut Configuration) {
    let mut put = |key: &str, flag: &str, value: Option<String>| {
        if let Some(value) = value {
            configuration.set(key, flag, value);
        }
    };
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    put("listen", "--listen", text(options.listen.as_ref()));
    put("log", "--log", word(options.log));
    put("signing_key", "--signing-key", path(&options.signing_key));
    put("database", "--database", path(&options.database));
    put("store", "--store", options.store.clone());
    let keys = path(&options.session_key_file);
    put("session_key_file", "--session-key-file", keys);
    let secret = path(&options.revocation_secret_file);
    put("revocation_secret_file", "--revocation-secret-file", secret);
    put("audit_file", "--audit-file", path(&options.audit_file));
    put(
        "audit_key_file",
        "--audit-key-file",
        path(&options.audit_key_file),
    );
    put("start_early", "--start-early", set(options.start_early));
    put("anonymous", "--anonymous", set(options.anonymous));
    put(
        "hide_unpermitted",
        "--hide-unpermitted",
        set(options.hide_unpermitted),
    );

    put("resource", "--resource-url", options.resource_url.clone());
    let issuer = options.authorization_server.clone();
    put("authorization_server", "--authorization-server", issuer);
    put("verify", "--verify", word(options.verify));
    put("jwt.profile", "--profile", word(options.profile));
    put(
        "scopes_supported",
        "--scopes-supported",
        word(options.scopes_supported),
    );
    let endpoint = options.introspection_endpoint.clone();
    put(
        "introspection.endpoint",
        "--introspection-endpoint",
        endpoint,
    );
    put(
        "introspection.client_id",
        "--client-id",
        options.client_id.clone(),
    );
    let secret = path(&options.client_secret_file);
    put(
        "introspection.client_secret_file",
        "--client-secret-file",
        secret,
    );
    put(
        "introspection.subject_claim",
        "--subject-claim",
        options.subject_claim.clone(),
    );

    let mut put_list = |key: &str, flag: &str, values: Vec<String>| {
        if !values.is_empty() {
            configuration.set_list(key, flag, values);
        }
    };
    put_list(
        "allow_origin",
        "--allow-origin",
        options.allow_origin.clone(),
    );
    put_list("allow_host", "--allow-host", options.allow_host.clone());
    put_list(
        "api_keys.file",
        "--api-keys",
        path(&options.api_keys).into_iter().collect(),
    );
}

fn text<T: Display>(value: Option<&T>) -> Option<String> {
    value.map(T::to_string)
}

fn set(flag: bool) -> Option<String> {
    flag.then(|| true.to_string())
}

/// The word of a value. Those of scopes-core are names of functions, and have `_` for `-`.
fn word<T: ValueEnum>(value: Option<T>) -> Option<String> {
    let value = value?.to_possible_value()?;
    Some(value.get_name().replace('-', "_"))
}
