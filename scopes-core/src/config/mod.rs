//! Settings from the environment, a file or a serde value (feature `config`).
//!
//! [`Configuration`] reads the settings of a [`ResourceServer`], its layer and its
//! verifier. A key is the name of the builder's method, in a group for each verifier: `realm`,
//! `allow_origin`, `jwt.keys_lifetime`. The builders validate the values, and one error names all mistakes,
//! each with the key as the operator wrote it.
//!
//! ```
//! # tokio_test(async {
//! # use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
//! # struct Client;
//! # impl Fetch for Client {
//! #     async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> { Err(FetchError::new("offline")) }
//! #     async fn sleep(&self, _: std::time::Duration) {}
//! # }
//! use scopes_core::config::Configuration;
//!
//! let variables = [
//!     ("JOURNAL_RESOURCE", "https://mcp.example.com/mcp"),
//!     ("JOURNAL_AUTHORIZATION_SERVER", "https://auth.example.com"),
//!     ("JOURNAL_JWT_KEYS_LIFETIME", "10"),
//! ];
//! let configuration = Configuration::from_variables("JOURNAL_", variables);
//! let error = configuration.discover(Client).await.unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "JOURNAL_JWT_KEYS_LIFETIME \"10\" is not a duration; write a number and a unit, such as `500ms`, \
//!      `30s`, `10m`, `24h` or `7d`",
//! );
//! # });
//! # fn tokio_test(future: impl Future<Output = ()>) {
//! #     tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
//! # }
//! ```
//!
//! # Spelling
//!
//! | | environment, with the prefix `JOURNAL_` | TOML, YAML, JSON |
//! |---|---|---|
//! | key | `JOURNAL_REALM` | `realm` |
//! | key of a group | `JOURNAL_JWT_LEEWAY` | `leeway` in the table `jwt` |
//! | list | values separated by commas | an array, or values separated by commas |
//! | duration | a whole number and `ms`, `s`, `m`, `h` or `d`: `10m` | the same, as a string |
//! | yes or no | `true` or `false` | the same |
//! | secret | the variable, or `.._FILE` with the path of a file | the key, or `.._file` |
//!
//! An empty value is a mistake. All keys are in `docs/guide/configuration.md`.

mod configured;
mod entry;
mod error;
mod introspection;
mod jwt;
mod layer;
mod reader;
mod serde_value;
mod server;
mod settings;
mod value;
mod verifier;

use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;

pub use configured::Configured;
pub use error::{ConfigurationError, ConfigurationProblem};
pub use layer::ConfiguredLayer;
pub use verifier::ConfiguredVerifier;

use crate::fetch::Fetch;
use crate::introspection::IntrospectionVerifierBuilder;
use crate::resource::{ResourceServer, ResourceServerBuilder};
use entry::{Entries, Written};
use reader::Reader;
use settings::{Adapt, Settings};

/// The settings of a resource server and its verifier, as an operator has written them.
///
/// Reading never fails: [`discover`](Self::discover) and its siblings report every mistake together.
/// `Debug` prints the names of the settings, and no value.
///
/// ```
/// use scopes_core::config::Configuration;
///
/// let variables = [
///     ("J_RESOURCE", "https://mcp.example.com/mcp"),
///     ("J_AUTHORIZATION_SERVER", "https://auth.example.com"),
/// ];
/// let server = Configuration::from_variables("J_", variables).resource_server()?;
/// assert_eq!(server.metadata().resource, "https://mcp.example.com/mcp");
/// # Ok::<(), scopes_core::config::ConfigurationError>(())
/// ```
pub struct Configuration {
    reader: Reader,
    adapt: Adapt,
}

impl Configuration {
    /// Takes the variables of the environment whose names begin with `prefix`, such as `JOURNAL_`. Any
    /// unknown one is a mistake, except those that Kubernetes sets for a service of that name, such as
    /// `JOURNAL_SERVICE_HOST`.
    #[must_use]
    pub fn from_env(prefix: &str) -> Self {
        Self::from_variables(prefix, std::env::vars_os())
    }

    /// Takes the variables whose names begin with `prefix`, as [`from_env`](Self::from_env) does. The
    /// last of several with one name counts.
    #[must_use]
    pub fn from_variables<N, V>(prefix: &str, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        Self::new(Entries::of_variables(prefix, variables))
    }

    fn new(entries: Entries) -> Self {
        Self {
            reader: Reader::new(entries),
            adapt: Adapt::default(),
        }
    }

    /// Sets `key` to `value` in place of what has been read, such as to the value of a flag on the command
    /// line. Errors name it as `written`.
    pub fn set(&mut self, key: &str, written: impl Into<String>, value: impl Into<String>) {
        let value = Written::Text(value.into());
        self.reader.entries.set(key, written.into(), value);
    }

    /// Sets `key`, as [`set`](Self::set) does, to several values, which can contain commas.
    pub fn set_list(&mut self, key: &str, written: impl Into<String>, values: Vec<String>) {
        let values = Written::List(values);
        self.reader.entries.set(key, written.into(), values);
    }

    /// Sets `key` to `value` unless it has been read. Errors name it as `written`.
    pub fn set_default(&mut self, key: &str, written: impl Into<String>, value: impl Into<String>) {
        let entries = &mut self.reader.entries;
        entries.set_default(key, written.into(), value.into());
    }

    /// Returns whether `key` is set, also to an invalid value.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.reader.entries.contains(key)
    }

    /// Returns the value of a key of the program's own; `None` if it is missing or invalid, which is
    /// reported with all other mistakes.
    pub fn take<T>(&mut self, key: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: fmt::Display,
    {
        self.reader.parsed(key, |text| {
            text.parse()
                .map_err(|error: T::Err| format!("is invalid: {error}"))
        })
    }

    /// Reports a mistake of `key` that the program has found, with all others. `problem` is put behind the
    /// name.
    pub fn reject(&mut self, key: &str, problem: impl Into<String>) {
        self.reader.note(key, None, problem.into());
    }

    /// Applies settings of the program to the builder of the server, after those of the operator: its name,
    /// its registry or its catalogs.
    pub fn server(
        &mut self,
        set: impl FnOnce(ResourceServerBuilder) -> ResourceServerBuilder + Send + 'static,
    ) {
        self.adapt.server.push(Box::new(set));
    }

    /// Applies settings of the program to the builder of the verifier by introspection, after those of the
    /// operator, such as a store that instances share. Without introspection, they have no effect.
    pub fn introspection(
        &mut self,
        set: impl FnOnce(IntrospectionVerifierBuilder) -> IntrospectionVerifierBuilder + Send + 'static,
    ) {
        self.adapt.introspection.push(Box::new(set));
    }

    /// Returns server and verifier, after the authorization server has answered: see
    /// [`JwtVerifierBuilder::discover`](crate::jwt::JwtVerifierBuilder::discover) and
    /// [`IntrospectionVerifierBuilder::discover`](crate::introspection::IntrospectionVerifierBuilder::discover).
    ///
    /// # Errors
    ///
    /// All mistakes; if there are none, every issuer that does not answer.
    pub async fn discover<F: Fetch>(self, fetch: F) -> Result<Configured<F>, ConfigurationError> {
        let (configured, mut reader) = self.lazily(fetch)?;
        configured.verifier.answer_at_start(&mut reader).await;
        reader.check(configured)
    }

    /// Returns server and verifier, without waiting for the authorization server: see
    /// [`ConfiguredVerifier::until_ready`].
    ///
    /// # Errors
    ///
    /// All mistakes.
    pub fn discover_lazily<F: Fetch>(self, fetch: F) -> Result<Configured<F>, ConfigurationError> {
        self.lazily(fetch).map(|(configured, _)| configured)
    }

    /// Returns the server alone, such as for a subcommand that prints its metadata. The settings of the
    /// verifier are read, too, but not those of one against another.
    ///
    /// # Errors
    ///
    /// All mistakes.
    pub fn resource_server(self) -> Result<ResourceServer, ConfigurationError> {
        let (settings, mut reader) = self.read();
        let server = settings.resource_server(&mut reader);
        reader.check_some(server)
    }

    /// Returns every key, with the groups in front: `realm`, `jwt.leeway`.
    #[must_use]
    pub fn keys() -> Vec<String> {
        let nothing: [(String, String); 0] = [];
        let (_, reader) = Self::from_variables("", nothing).read();
        reader.entries.known_keys().map(str::to_owned).collect()
    }

    fn lazily<F: Fetch>(self, fetch: F) -> Result<(Configured<F>, Reader), ConfigurationError> {
        let (settings, mut reader) = self.read();
        let configured = settings.configured(fetch, &mut reader);
        let configured = reader.check_some(configured)?;
        Ok((configured, reader))
    }

    /// Reads every key; what is left is unknown.
    fn read(self) -> (Settings, Reader) {
        let mut reader = self.reader;
        let settings = Settings::read(&mut reader, self.adapt);
        reader.note_unknown();
        (settings, reader)
    }
}

impl fmt::Debug for Configuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Configuration")
            .field(&self.reader.entries)
            .finish()
    }
}
