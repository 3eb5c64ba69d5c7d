//! The check of `Host` and `:authority`: under which names a server answers.
//!
//! DNS rebinding makes a browser take a server on the user's machine or network for the site of a
//! page. The page then needs no permission to read the answers, and its requests need not have an
//! `Origin`; but their `Host` is the name of the site.

use http::header::HOST;
use http::{HeaderMap, Uri};

use super::authority::Authority;
use super::error::ConfigureProtectLayerError;
use super::not_allowed::NotAllowed;

/// The hosts under which requests may address the server, besides loopback ones: reverse proxies on
/// the same machine send these unless told otherwise, and they cannot be rebound.
#[derive(Clone, Debug)]
pub(super) struct AllowedHosts {
    listed: Vec<Authority<'static>>,
}

impl AllowedHosts {
    /// The host of the resource at this URL, with any port: a proxy in front may use another one,
    /// and rebinding a name does not depend on the port.
    pub(super) fn of_resource(url: &str) -> Self {
        let own = Authority::of_url(url).map(|authority| Authority {
            port: None,
            ..authority.into_owned()
        });
        Self {
            listed: own.into_iter().collect(),
        }
    }

    pub(super) fn allow(&mut self, host: &str) -> Result<(), ConfigureProtectLayerError> {
        let parsed = Authority::parse(host).ok_or_else(|| {
            let problem = "is not a host; write a name or an address, and a port if only that one \
                           is meant, as in `mcp.internal`, `mcp.internal:8080` or `[fd00::1]`";
            ConfigureProtectLayerError::new("allow_host", host, problem)
        })?;
        self.listed.push(parsed.into_owned());
        Ok(())
    }

    /// Checks `Host` and the authority of the URI, which HTTP/2 sends as `:authority` and HTTP/1.1
    /// sends to proxies. Where both are present, both must be allowed.
    ///
    /// A request with neither passes: it was made inside the program or by HTTP/1.0, and every
    /// browser sends one.
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), NotAllowed> {
        let mut values = headers.get_all(HOST).iter();
        let header = values.next().map(|value| value.to_str());
        let header_fits = header.is_none_or(|host| host.is_ok_and(|host| self.allows(host)));
        let authority = uri.authority();
        let authority_fits = authority.is_none_or(|authority| self.allows(authority.as_str()));
        if header_fits && authority_fits && values.next().is_none() {
            Ok(())
        } else {
            Err(NotAllowed::Host)
        }
    }

    fn allows(&self, host: &str) -> bool {
        Authority::parse(host).is_some_and(|given| {
            let fits = |allowed: &Authority<'_>| {
                allowed.host == given.host && is_port(allowed.port, given.port)
            };
            given.host.is_loopback() || self.listed.iter().any(fits)
        })
    }
}

/// `Host` leaves out the default port of a scheme that is unknown here: TLS ends at the proxy.
fn is_port(allowed: Option<u16>, given: Option<u16>) -> bool {
    match (allowed, given) {
        (None, _) | (Some(80 | 443), None) => true,
        (Some(_), _) => allowed == given,
    }
}
