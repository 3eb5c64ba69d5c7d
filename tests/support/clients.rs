//! Readings of a `WWW-Authenticate` header by shipped clients: each has its own rules, none follows
//! the grammar of RFC 9110.

use std::collections::BTreeMap;

use regex::Regex;

/// The parts of the header that a client uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// `error`
    pub error: Option<String>,
    /// `scope`
    pub scope: Option<String>,
    /// `resource_metadata`
    pub resource_metadata: Option<String>,
}

/// A client's reading of the header.
pub type Reading = fn(&str) -> Seen;

/// Every client, by name.
pub const CLIENTS: [(&str, Reading); 5] = [
    ("TypeScript SDK", typescript),
    ("Python SDK", python),
    ("rmcp", rmcp),
    ("VS Code", vs_code),
    ("C# SDK", c_sharp),
];

/// The first `field=` anywhere in the header, quoted or up to a space or comma.
fn first_match(header: &str, field: &str) -> Option<String> {
    let pattern = format!(r#"{field}=(?:"([^"]+)"|([^\s,]+))"#);
    let captures = Regex::new(&pattern).ok()?.captures(header)?;
    captures
        .get(1)
        .or_else(|| captures.get(2))
        .map(|value| value.as_str().to_owned())
}

fn python(header: &str) -> Seen {
    Seen {
        error: first_match(header, "error"),
        scope: first_match(header, "scope"),
        resource_metadata: first_match(header, "resource_metadata"),
    }
}

/// As Python's, but only if the line begins with the scheme and something follows the first space.
/// The URL must be absolute.
fn typescript(header: &str) -> Seen {
    let mut words = header.split(' ');
    let is_bearer = words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("bearer"));
    if !is_bearer || words.next().is_none_or(str::is_empty) {
        return Seen::default();
    }
    let seen = python(header);
    let resource_metadata = seen.resource_metadata.filter(|url| url.contains("://"));
    Seen {
        resource_metadata,
        ..seen
    }
}

/// Searches the line in lower case for the bare key; reads a quoted string with escapes, or up to
/// a comma, semicolon or space.
fn rmcp(header: &str) -> Seen {
    let value = |key: &str| {
        let start = header.to_ascii_lowercase().find(key)? + key.len();
        let rest = header[start..].trim_start();
        let Some(quoted) = rest.strip_prefix('"') else {
            let end = rest.find([',', ';', ' ']).unwrap_or(rest.len());
            return Some(rest[..end].to_owned()).filter(|value| !value.is_empty());
        };
        let mut value = String::new();
        let mut characters = quoted.chars();
        loop {
            match characters.next()? {
                '"' => return Some(value),
                '\\' => value.push(characters.next()?),
                other => value.push(other),
            }
        }
    };
    Seen {
        error: value("error="),
        scope: value("scope="),
        resource_metadata: value("resource_metadata="),
    }
}

/// Splits at every comma, also inside quotes; the quotes around a value are removed.
fn c_sharp(header: &str) -> Seen {
    let parameters = header.split_once(' ').map_or("", |(_, rest)| rest);
    let value = |key: &str| {
        let mut pairs = parameters
            .split(',')
            .filter_map(|part| part.split_once('='));
        let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case(key))?;
        Some(value.trim().trim_matches('"').to_owned())
    };
    Seen {
        error: value("error"),
        scope: value("scope"),
        resource_metadata: value("resource_metadata"),
    }
}

/// Splits at commas outside of quotes, takes whatever stands before a space and has no `=` for a
/// scheme, and looks only at the scheme `Bearer`, with a capital letter.
fn vs_code(header: &str) -> Seen {
    let mut in_quotes = false;
    let parts = header.split(|character| {
        in_quotes ^= character == '"';
        character == ',' && !in_quotes
    });
    let mut scheme = String::new();
    let mut bearer = BTreeMap::new();
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        let mut parameter = part;
        if let Some((before, after)) = part.split_once(' ')
            && !before.contains('=')
            && after.contains('=')
        {
            before.clone_into(&mut scheme);
            parameter = after;
        }
        let Some((key, value)) = parameter.split_once('=') else {
            parameter.clone_into(&mut scheme);
            continue;
        };
        if scheme == "Bearer" {
            let value = value.trim();
            let value = value.strip_prefix('"').unwrap_or(value);
            let value = value.strip_suffix('"').unwrap_or(value);
            bearer.insert(key.trim().to_owned(), value.to_owned());
        }
    }
    Seen {
        error: bearer.remove("error"),
        scope: bearer.remove("scope"),
        resource_metadata: bearer.remove("resource_metadata"),
    }
}
