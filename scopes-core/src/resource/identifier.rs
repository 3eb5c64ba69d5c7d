//! The resource identifier (RFC 9728 section 1.2), and the URL of its metadata.

use iri_string::types::{UriAbsoluteStr, UriStr};

use super::challenge;
use crate::host;
use crate::request_url::{PlainHttp, check_url, host_of};
use crate::url_problem::UrlProblem;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The public URL of the protected resource, kept character for character: clients compare it with
/// the URL that their user typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ResourceIdentifier {
    url: String,
    authority_end: usize,
}

impl ResourceIdentifier {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            authority_end: authority_end(url),
        }
    }

    /// Checks that clients use the URL as it is written, and that challenges can name its metadata.
    pub(super) fn check(&self) -> Result<(), UrlProblem> {
        let uri = check_without_query(&self.url, None)?;
        let written = as_clients_write(&self.url, uri)?;
        if written != self.url {
            return Err(UrlProblem::Spelling(written));
        }
        check_segments(&self.url)?;
        let problem = challenge::problem(&self.metadata_url());
        problem.map_or(Ok(()), |problem| Err(UrlProblem::Challenge(problem)))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.url
    }

    /// RFC 9728 section 3.1: the well-known path goes between host and path, and a path that is
    /// only a slash is left out.
    pub(super) fn metadata_url(&self) -> String {
        let (origin, _) = self.url.split_at(self.authority_end);
        format!("{origin}{}", self.metadata_path())
    }

    /// The path of [`metadata_url`](Self::metadata_url).
    pub(super) fn metadata_path(&self) -> String {
        let (_, path) = self.url.split_at(self.authority_end);
        let path = if path == "/" { "" } else { path };
        format!("{WELL_KNOWN}{path}")
    }
}

/// Returns the well-known URL of the metadata of `resource`.
#[cfg(feature = "doctor")]
pub(crate) fn metadata_url(resource: &str) -> String {
    ResourceIdentifier::new(resource).metadata_url()
}

/// Checks that clients can fetch the URL and that a challenge can name it.
pub(super) fn check_metadata_url(url: &str) -> Result<(), UrlProblem> {
    check_url(url, None)?;
    check_segments(url)?;
    let problem = challenge::problem(url);
    problem.map_or(Ok(()), |problem| Err(UrlProblem::Challenge(problem)))
}

/// Checks that the URL of an issuer can be published (RFC 8414 section 2).
pub(super) fn check_issuer(url: &str, plain_http: &PlainHttp) -> Result<(), UrlProblem> {
    check_without_query(url, Some(plain_http)).map(drop)
}

/// Returns whether both are on this machine, or the issuer is not.
pub(super) fn is_reachable_from(issuer: &str, resource: &str) -> bool {
    let is_local = |url| {
        let network = host_of(url).map(host::network);
        matches!(network, Some(Ok(host::Network::Loopback)))
    };
    !is_local(issuer) || is_local(resource)
}

/// Checks that a router can have the path as it is: axum panics at such segments.
fn check_segments(url: &str) -> Result<(), UrlProblem> {
    let path = url[authority_end(url)..].split('?').next();
    let mut segments = path.unwrap_or_default().split('/');
    let placeholder =
        segments.find_map(|segment| segment.chars().next().filter(|c| ":*".contains(*c)));
    placeholder.map_or(Ok(()), |first| Err(UrlProblem::Placeholder(first)))
}

fn check_without_query<'u>(
    url: &'u str,
    plain_http: Option<&PlainHttp>,
) -> Result<&'u UriStr, UrlProblem> {
    let uri = check_url(url, plain_http)?;
    match uri.query_str() {
        Some(_) => Err(UrlProblem::Query),
        None => Ok(uri),
    }
}

/// The URL with its host in lower case, without the scheme's own port and without dot segments.
fn as_clients_write(url: &str, uri: &UriStr) -> Result<String, UrlProblem> {
    let absolute = UriAbsoluteStr::new(url).unwrap_or_else(|_| uri.to_absolute());
    let normal = absolute.normalize();
    normal
        .ensure_rfc3986_normalizable()
        .map_err(|_| UrlProblem::DoubleSlash)?;
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
