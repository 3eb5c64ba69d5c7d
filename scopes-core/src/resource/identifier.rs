//! The resource identifier (RFC 9728 section 1.2), and where its metadata is found.

use iri_string::types::{UriAbsoluteStr, UriStr};

use super::challenge;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The public URL of the protected resource, kept character for character: clients compare it with
/// the URL that their user typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ResourceIdentifier {
    url: String,
    authority_end: usize,
}

impl ResourceIdentifier {
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let uri = check_without_query(url)?;
        let written = as_clients_write(url, uri)?;
        if written != url {
            return Err(format!(
                "is written in another way by clients; write `{written}`"
            ));
        }
        let identifier = Self {
            url: url.to_owned(),
            authority_end: authority_end(url),
        };
        match challenge::problem(&identifier.metadata_url()) {
            Some(problem) => Err(problem),
            None => Ok(identifier),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.url
    }

    /// RFC 9728 section 3.1: the well-known path goes between host and path, and a path that is
    /// only a slash is left out.
    pub(super) fn metadata_url(&self) -> String {
        let (origin, path) = self.url.split_at(self.authority_end);
        let path = if path == "/" { "" } else { path };
        format!("{origin}{WELL_KNOWN}{path}")
    }
}

/// Whether the URL of an issuer can be published (RFC 8414 section 2).
pub(super) fn check_issuer(url: &str) -> Result<(), String> {
    check_without_query(url).map(drop)
}

/// Whether both are on this machine, or the first is not.
pub(crate) fn is_reachable_from(issuer: &str, resource: &str) -> bool {
    !host(issuer).is_some_and(is_loopback) || host(resource).is_some_and(is_loopback)
}

/// Whether requests may go to `url`: it is https, or on this machine, and names nobody.
pub(crate) fn check_url(url: &str) -> Result<&UriStr, String> {
    let uri = UriStr::new(url).map_err(|_| "is not an absolute URL (RFC 3986)".to_owned())?;
    let host = host(url).unwrap_or_default();
    match uri.scheme_str().to_ascii_lowercase().as_str() {
        _ if host.is_empty() => return Err("has no host".to_owned()),
        "https" => {}
        "http" if is_loopback(host) => {}
        "http" => return Err("is not https, which only a loopback host may do without".to_owned()),
        scheme => return Err(format!("has the scheme `{scheme}`; write `https`")),
    }
    let authority = uri.authority_str().unwrap_or_default();
    if authority.contains('@') {
        return Err("has a user name in it; remove everything up to the `@`".to_owned());
    }
    if uri.fragment_str().is_some() {
        return Err("has a fragment; remove everything from the `#` on".to_owned());
    }
    Ok(uri)
}

fn check_without_query(url: &str) -> Result<&UriStr, String> {
    let uri = check_url(url)?;
    match uri.query_str() {
        Some(_) => Err("has a query; remove everything from the `?` on".to_owned()),
        None => Ok(uri),
    }
}

/// The URL with its host in lower case, without the scheme's own port and without dot segments.
fn as_clients_write(url: &str, uri: &UriStr) -> Result<String, String> {
    let absolute = UriAbsoluteStr::new(url).unwrap_or_else(|_| uri.to_absolute());
    let normal = absolute.normalize();
    normal
        .ensure_rfc3986_normalizable()
        .map_err(|_| "has a path that starts with `//`".to_owned())?;
    let mut written = normal.to_string();
    let default_port = if uri.scheme_str() == "https" {
        ":443"
    } else {
        ":80"
    };
    let port = uri
        .authority_components()
        .and_then(|authority| authority.port());
    if port.is_some_and(|port| port.is_empty() || port == &default_port[1..]) {
        let end = authority_end(&written);
        let without = written[..end]
            .trim_end_matches(default_port)
            .trim_end_matches(':')
            .to_owned();
        written.replace_range(..end, &without);
    }
    Ok(written)
}

fn authority_end(url: &str) -> usize {
    let start = url.find("://").map_or(0, |at| at + "://".len());
    url[start..].find('/').map_or(url.len(), |at| start + at)
}

fn host(url: &str) -> Option<&str> {
    UriStr::new(url)
        .ok()?
        .authority_components()
        .map(|authority| authority.host())
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
