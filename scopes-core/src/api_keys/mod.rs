//! Verifies static API keys, beside the tokens of authorization servers (feature `api-keys`).
//!
//! An API key is for a machine that cannot sign in: a scheduled job, a monitoring system. It is a
//! prefix of the server's and 128 random bits, and is presented as a bearer token. `scopes key new`
//! makes one, with the entry for the file that lists all keys:
//!
//! ```text
//! # name          expires     scopes                  hash of the key
//! nightly-export  2027-03-01  entries:read tags:read  sha256:e3b0c442..b855
//! monitoring      never       entries:read            sha256:9f86d081..0a08
//! ```
//!
//! [`ApiKeyVerifier`] verifies tokens with the prefix by the entries, and leaves all others to another
//! verifier:
//!
//! ```no_run
//! # fn example(others: impl scopes_core::TokenVerifier) -> Result<(), Box<dyn std::error::Error>> {
//! use scopes_core::api_keys::ApiKeyVerifier;
//!
//! let verifier = ApiKeyVerifier::builder("journal_")
//!     .file("/etc/journal/api-keys")
//!     .build(others)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Entries
//!
//! An entry is a line with at least three fields between spaces or tabs. Empty lines and lines that begin
//! with `#` are skipped.
//!
//! | field | value |
//! |---|---|
//! | name | 1 to 64 ASCII letters, digits, `.`, `_` and `-`: the subject and the client id of the principal |
//! | expires | a date, `2027-03-01`, from whose beginning in UTC on the key is rejected; or `never` |
//! | scopes | any number of scopes, each declared by a catalog of the program |
//! | hash | `sha256:` and the SHA-256 digest of the whole key, as 64 lower-case hexadecimal digits |
//!
//! The hash is last, so that a line that was cut off is invalid. An entry with `_` and 32 hexadecimal
//! digits in any field is invalid too: that could be a key, which errors and logs must not show.
//!
//! Two entries with one name are two keys of one principal, such as an old and a new one. Two entries with
//! one hash, also in two lists, are a mistake, and neither counts.
//!
//! # Changes
//!
//! Files are read again when a key is used, at most once per second. A key whose entry is gone is rejected
//! from then on, in open response streams and in caches too; so is one whose entry has become invalid,
//! which is logged. To revoke all keys, empty the file.
//!
//! While a file cannot be read, requests with a key are answered with 503, and streams go on for up to two
//! intervals of their checks. A file system that does not answer is waited for once for a second; the
//! entries read last count until they are five seconds old.

mod builder;
mod date;
mod entry;
mod hash;
mod key;
mod list;
mod lists;
mod prefix;
mod ring;
mod setting;
mod source;
mod verifier;

pub use builder::ApiKeyVerifierBuilder;
pub use key::{ApiKey, GenerateApiKeyError};
pub use setting::{ApiKeyVerifierSetting, BuildApiKeyVerifierError};
pub use verifier::ApiKeyVerifier;
