//! One entry: a key's name, expiry, scopes and hash.

use std::time::SystemTime;

use super::date;
use super::hash::KeyHash;
use crate::registry::registered_catalogs;
use crate::scope::catalog::{template, typo};
use crate::scope::{Catalog, GrantedScopes, ScopeDeclaration};

/// An entry without mistakes.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) expires_at: Option<SystemTime>,
    pub(super) hash: KeyHash,
    pub(super) scopes: GrantedScopes,
}

impl Entry {
    /// Reads the fields. Returns everything that is wrong with them, without any text that could be a key.
    ///
    /// The hash is last, so that a line that was cut off is never an entry: its scopes or its date could
    /// be the beginnings of longer ones.
    pub(super) fn read(fields: &[&str]) -> Result<Self, Vec<String>> {
        if fields.iter().any(|field| has_key(field)) {
            return Err(vec![
                "contains `_` and 32 hexadecimal digits, as an API key does; write the hash of the key \
                 instead, or make another key: everyone who can read the entry has this one"
                    .to_owned(),
            ]);
        }
        let [name, expires, scopes @ .., hash] = fields else {
            return Err(vec![format!(
                "has {} of the fields name, expires and hash; `scopes key new` prints an entry",
                fields.len()
            )]);
        };
        if fields
            .iter()
            .rev()
            .skip(1)
            .any(|field| field.contains("sha256:"))
        {
            return Err(vec![
                "has two hashes; write each entry on a line of its own".to_owned(),
            ]);
        }
        let mut problems = Vec::new();
        if !is_name(name) {
            problems.push(
                "has an invalid name: it must be 1 to 64 ASCII letters, digits, `.`, `_` and `-`"
                    .to_owned(),
            );
        }
        let expires_at = match *expires {
            "never" => None,
            date => {
                let expires_at = date::beginning_of(date);
                if expires_at.is_none() {
                    problems.push(
                        "has an invalid date: it must be the date from whose beginning in UTC on the key is \
                         rejected, such as `2027-03-01`, or `never`"
                            .to_owned(),
                    );
                }
                expires_at
            }
        };
        let read_hash = KeyHash::parse(hash);
        if read_hash.is_none() {
            problems.push(
                "has an invalid hash: the last field must be `sha256:` and 64 lower-case hexadecimal \
                 digits, as `scopes key new` prints it"
                    .to_owned(),
            );
        }
        let granted = GrantedScopes::parse(scopes.join(" "));
        match &granted {
            Ok(granted) => problems.extend(undeclared(granted)),
            Err(error) => problems.push(format!("has invalid scopes: {error}")),
        }
        match (read_hash, granted) {
            (Some(hash), Ok(scopes)) if problems.is_empty() => Ok(Self {
                name: (*name).to_owned(),
                expires_at,
                hash,
                scopes,
            }),
            _ => Err(problems),
        }
    }

    /// Returns whether a token that was accepted by this entry would be accepted by `other` in the same
    /// way.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.hash.is(&other.hash)
            && self.name == other.name
            && self.expires_at == other.expires_at
            && self.scopes.as_str() == other.scopes.as_str()
    }
}

/// Returns whether the text contains an API key of any prefix, such as in the place of its hash.
fn has_key(text: &str) -> bool {
    let is_random = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count() >= 32;
    text.split('_').skip(1).any(is_random)
}

fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_allowed)
}

/// Returns a problem for each scope that no catalog of the program declares. A program without a catalog
/// declares its scopes elsewhere.
fn undeclared(granted: &GrantedScopes) -> Vec<String> {
    let catalogs = registered_catalogs();
    let declared = catalogs.iter().flat_map(|catalog| declared_in(catalog));
    let declared: Vec<_> = declared.collect();
    if declared.is_empty() {
        return Vec::new();
    }
    let is_declared = |name: &str| {
        let mut declared = declared.iter();
        declared.any(|scope| {
            if scope.is_template() {
                template::read_values(scope.name(), name, |_| {})
            } else {
                scope.name() == name
            }
        })
    };
    let unknown = granted.names().filter(|name| !is_declared(name));
    let problem = |name: &str| {
        if name.contains('{') {
            return format!(
                "has the scope `{name}`; write a value in the place of the placeholder"
            );
        }
        let near = declared.iter();
        let near = near.filter_map(|scope| Some((typo::distance(scope.name(), name)?, scope)));
        let near = near.min_by_key(|(distance, _)| *distance);
        let hint = near.map(|(_, scope)| format!("; did you mean `{}`?", scope.name()));
        format!(
            "has the scope `{name}`, which no catalog declares{}",
            hint.unwrap_or_default()
        )
    };
    unknown.map(problem).collect()
}

fn declared_in(catalog: &'static Catalog) -> impl Iterator<Item = &'static ScopeDeclaration> {
    catalog.declarations().iter()
}
