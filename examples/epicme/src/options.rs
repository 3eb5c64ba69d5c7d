//! The options of the server.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::log::LogLevel;

/// The options of the server: flags, which come before variables of the environment.
#[derive(Args, Clone, Default)]
pub struct Options {
    /// Variables of the environment, of which those count that begin with `EPICME_`.
    #[arg(skip)]
    pub variables: Vec<(OsString, OsString)>,
    /// Reads settings from this file, a line each, such as `EPICME_LISTEN=127.0.0.1:8788`. Variables of the
    /// environment come before it, and flags before both.
    #[arg(long, value_name = "FILE", global = true)]
    pub env_file: Option<PathBuf>,
    /// Where the server listens; by default, at 127.0.0.1:8788.
    #[arg(long, value_name = "ADDRESS", global = true)]
    pub listen: Option<SocketAddr>,
    /// The most detailed level that is logged to standard error; by default, warn.
    #[arg(long, value_enum, value_name = "LEVEL", global = true)]
    pub log: Option<LogLevel>,
    /// The URL that clients use, if it is not that of `--listen`; tokens have it as their audience.
    #[arg(long, value_name = "URL", global = true)]
    pub resource_url: Option<String>,
    /// Where the key of the embedded authorization server is kept; by default, in the user's folder
    /// for state.
    #[arg(long, value_name = "FILE", global = true)]
    pub signing_key: Option<PathBuf>,
    /// A real authorization server, instead of the embedded one for development.
    #[arg(long, value_name = "URL")]
    pub authorization_server: Option<String>,
    /// The way in which tokens are verified; by default, jwt.
    #[arg(long, value_enum, value_name = "HOW")]
    pub verify: Option<Verification>,
    /// The profile of the tokens, with `--verify jwt`; by default, access-token.
    #[arg(long, value_enum, value_name = "PROFILE")]
    pub profile: Option<TokenProfile>,
    /// Allows pages of this origin, besides the server's own; may be given several times.
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,
    /// Allows requests for this host, such as the name that a reverse proxy sends, besides that of
    /// the URL and loopback ones; may be given several times.
    #[arg(long, value_name = "HOST")]
    pub allow_host: Vec<String>,
    /// Where to ask about tokens; by default, where the authorization server's metadata says.
    #[arg(long, value_name = "URL")]
    pub introspection_endpoint: Option<String>,
    /// The client as which to ask about tokens.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// The file with the secret of that client.
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// Accepts the API keys whose entries are in this file; `scopes key new --prefix epicme_` makes them.
    #[arg(long, value_name = "FILE")]
    pub api_keys: Option<PathBuf>,
    /// Writes an audit trail as JSON lines, allowed calls included, to a file for each day, whose name is FILE
    /// with the date.
    #[arg(long, value_name = "FILE")]
    pub audit_file: Option<PathBuf>,
    /// The file with the key under which the audit trail hashes users, as 64 hexadecimal digits: they are then
    /// the same after a restart and on every instance.
    #[arg(long, value_name = "FILE", requires = "audit_file")]
    pub audit_key_file: Option<PathBuf>,
    /// The member of the answers about tokens that names the user, instead of `sub`. Only for an authorization
    /// server that never gives the name of a user to another, and only with a new database: journals are kept
    /// by this name.
    #[arg(long, value_name = "CLAIM")]
    pub subject_claim: Option<String>,
    /// Starts also if the authorization server does not answer yet: until it does, requests and `/ready` are
    /// answered with 503.
    #[arg(long)]
    pub start_early: bool,
    /// The SQLite database to keep journals in; by default, they are gone with the server.
    #[arg(long, value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// Shares sessions, tasks and answers about tokens with the other instances through this Redis or Valkey
    /// server, such as `redis://127.0.0.1`.
    #[arg(long, value_name = "URL", requires = "session_key_file")]
    pub store: Option<String>,
    /// The file with the secret keys of session ids and of the store, which all instances have in common: a key
    /// per line, as `openssl rand -hex 32` prints it; the first one seals, all of them open.
    #[arg(long, value_name = "FILE")]
    pub session_key_file: Option<PathBuf>,
    /// Revokes tokens at `/revoke`, for requests with the secret in this file, which `openssl rand -hex 32` makes.
    #[arg(long, value_name = "FILE")]
    pub revocation_secret_file: Option<PathBuf>,
    /// The scopes that the metadata lists; by default, annotated.
    #[arg(long, value_enum, value_name = "WHICH")]
    pub scopes_supported: Option<ListedScopes>,
    /// Admits clients without a token to what is public: the tool `about`.
    #[arg(long)]
    pub anonymous: bool,
    /// Lists only what the caller may use. Clients can then not ask for more.
    #[arg(long)]
    pub hide_unpermitted: bool,
}

/// The kinds of access tokens: those of a provider, or of a standard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum TokenProfile {
    /// Of RFC 9068, and of stock authorization servers.
    #[default]
    AccessToken,
    /// Of RFC 9068 alone.
    AtJwt,
    /// Of Keycloak.
    Keycloak,
    /// Of Auth0.
    Auth0,
    /// Of a custom authorization server of Okta.
    Okta,
    /// Of Entra ID, v2.0.
    Entra,
    /// Of Entra ID, v1.0.
    EntraV1,
    /// Of Cognito.
    Cognito,
    /// Of Zitadel.
    Zitadel,
}

/// The way in which tokens are verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Verification {
    /// By their signature.
    #[default]
    Jwt,
    /// By asking the authorization server about each.
    Introspection,
}

/// The scopes that the metadata lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum ListedScopes {
    /// Those of every operation.
    #[default]
    Annotated,
    /// Those that everybody needs.
    Baseline,
    /// None.
    Omitted,
}

/// Without the variables, some of which are secrets of other programs.
impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Options").finish_non_exhaustive()
    }
}

/// The embedded authorization server of a server that listens at `address`.
pub(crate) fn issuer_at(address: SocketAddr) -> String {
    format!("http://{address}")
}
