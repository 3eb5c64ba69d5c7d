//! The URLs to which requests may go.

use iri_string::types::UriStr;

use crate::host;
#[cfg(any(feature = "introspection", feature = "jwt"))]
use crate::host::Network;
use crate::url_problem::UrlProblem;

/// The hosts to which the operator allows plain http, besides loopback ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlainHttp {
    permissions: Vec<Permission>,
    #[cfg_attr(
        not(feature = "tracing"),
        allow(dead_code, reason = "only logs need it")
    )]
    is_logged: bool,
}

/// A host, as in `keycloak`, or one of its ports, as in `keycloak:8080`.
#[derive(Clone, Debug)]
struct Permission(String);

impl Permission {
    /// Returns host and port; `None` if it is spelled differently.
    fn parts(&self) -> Option<(&str, Option<u16>)> {
        let (host, port) = match self.0.rsplit_once(':') {
            Some((host, port)) if !self.0.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (self.0.as_str(), None),
        };
        (!host.is_empty()).then_some((host, port))
    }

    /// Returns whether `url` is plain http to this host, and to this port if there is one.
    fn covers(&self, url: &str) -> bool {
        let Some((host, port)) = self.parts() else {
            return false;
        };
        let Ok(uri) = UriStr::new(url) else {
            return false;
        };
        let Some(authority) = uri.authority_components() else {
            return false;
        };
        let url_port = match authority.port() {
            None | Some("") => Some(80),
            Some(port) => port.parse().ok(),
        };
        uri.scheme_str().eq_ignore_ascii_case("http")
            && authority.host().eq_ignore_ascii_case(host)
            && (port.is_none() || port == url_port)
    }
}

impl PlainHttp {
    pub(crate) fn allow(&mut self, host: String) {
        self.permissions.push(Permission(host));
    }

    /// Returns whether `url` is plain http to a host that the operator allows.
    pub(crate) fn allows(&self, url: &str) -> bool {
        let mut permissions = self.permissions.iter();
        permissions.any(|permission| permission.covers(url))
    }

    /// The permissions that a document of `issuer` can use: those that hold for the issuer itself.
    #[cfg(any(feature = "introspection", feature = "jwt"))]
    fn of_issuer(&self, issuer: &str) -> Self {
        let permissions = self.permissions.iter();
        let permissions = permissions.filter(|permission| permission.covers(issuer));
        Self {
            permissions: permissions.cloned().collect(),
            is_logged: self.is_logged,
        }
    }

    /// The same permissions for a verifier that is made from a resource server, which has logged
    /// them.
    pub(crate) fn logged(self) -> Self {
        Self {
            is_logged: true,
            ..self
        }
    }

    /// Returns the hosts that are still to be logged.
    #[cfg(feature = "tracing")]
    pub(crate) fn unlogged(&self) -> impl Iterator<Item = &str> {
        let permissions = self.permissions.iter().filter(|_| !self.is_logged);
        permissions.map(|permission| permission.0.as_str())
    }

    /// Returns what is wrong with the names, each with the name.
    pub(crate) fn problems(&self) -> Vec<(String, String)> {
        let problem = |permission: &Permission| {
            let reason = match permission.parts() {
                Some((host, _)) => host::network(host).err()?,
                None => {
                    "is not a host; write the host, as in `keycloak`, or the host and the port, as \
                     in `keycloak:8080`"
                }
            };
            Some((permission.0.clone(), reason.to_owned()))
        };
        self.permissions.iter().filter_map(problem).collect()
    }
}

/// Checks that requests may go to `url`: it is https, or plain http to a loopback host or one of
/// `plain_http`; its host has one reading; and it names no user.
///
/// # Errors
///
/// Returns the problem, to be put behind the URL.
pub(crate) fn check_url<'u>(
    url: &'u str,
    plain_http: Option<&PlainHttp>,
) -> Result<&'u UriStr, UrlProblem> {
    let uri = UriStr::new(url).map_err(|_| UrlProblem::NotAbsolute)?;
    let host = host_of(url).unwrap_or_default();
    if host.is_empty() {
        return Err(UrlProblem::NoHost);
    }
    if let Err(reason) = host::network(host) {
        return Err(UrlProblem::Host(host.to_owned(), reason));
    }
    match uri.scheme_str().to_ascii_lowercase().as_str() {
        "https" => {}
        "http" if host::is_loopback(host) => {}
        "http" => match plain_http {
            Some(plain_http) if plain_http.allows(url) => {}
            Some(_) => return Err(UrlProblem::PlainHttp(host.to_owned())),
            None => return Err(UrlProblem::PlainHttpBeyondLoopback),
        },
        scheme => return Err(UrlProblem::Scheme(scheme.to_owned())),
    }
    let authority = uri.authority_str().unwrap_or_default();
    if authority.contains('@') {
        return Err(UrlProblem::UserName);
    }
    if uri.fragment_str().is_some() {
        return Err(UrlProblem::Fragment);
    }
    Ok(uri)
}

/// Checks the URL of an issuer, which has no query (RFC 8414 section 2): its metadata is at paths.
///
/// # Errors
///
/// Returns the problem, to be put behind the URL.
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) fn check_issuer(url: &str, plain_http: &PlainHttp) -> Result<(), UrlProblem> {
    match check_url(url, Some(plain_http))?.query_str() {
        Some(_) => Err(UrlProblem::Query),
        None => Ok(()),
    }
}

/// Checks that requests may go to `url` because the metadata of `issuer` names it.
///
/// The issuer's own origin is trusted. Any other host is in a network that is no nearer than the
/// issuer's: metadata from the internet must not direct requests to this machine or to a private
/// network. Plain http takes a permission that holds for the issuer itself, so that one issuer cannot
/// use what was allowed for another.
///
/// # Errors
///
/// Returns the problem, to be put behind the URL.
#[cfg(any(feature = "introspection", feature = "jwt"))]
pub(crate) fn check_url_of_metadata(
    url: &str,
    issuer: &str,
    plain_http: &PlainHttp,
) -> Result<(), UrlProblem> {
    let plain_http = plain_http.of_issuer(issuer);
    check_url(url, plain_http.allows(url).then_some(&plain_http))?;
    if origin(url).is_some_and(|own| Some(own) == origin(issuer)) {
        return Ok(());
    }
    let network_of = |url| {
        let host = host_of(url).unwrap_or_default();
        host::network(host).unwrap_or(Network::Public)
    };
    let network = network_of(url);
    if network <= network_of(issuer) {
        return Ok(());
    }
    let place = match network {
        Network::Loopback => "on this machine",
        Network::Private | Network::Public => "in a private network",
    };
    Err(UrlProblem::Nearer(place))
}

/// Returns the host as it is written in the URL.
pub(crate) fn host_of(url: &str) -> Option<&str> {
    let uri = UriStr::new(url).ok()?;
    uri.authority_components().map(|authority| authority.host())
}

/// Returns scheme, host and port, in a form that compares equal for one origin (RFC 6454).
#[cfg(any(feature = "introspection", feature = "jwt"))]
fn origin(url: &str) -> Option<(String, String, String)> {
    let uri = UriStr::new(url).ok()?;
    let scheme = uri.scheme_str().to_ascii_lowercase();
    let authority = uri.authority_components()?;
    let default_port = if scheme == "https" { "443" } else { "80" };
    let port = authority.port().filter(|port| !port.is_empty());
    let port = port.unwrap_or(default_port).to_owned();
    Some((scheme, authority.host().to_ascii_lowercase(), port))
}
