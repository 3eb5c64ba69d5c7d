//! The check of `Host` and `:authority`, which name the hosts under which a server answers.
//!
//! After DNS rebinding, the name of a page's site resolves to a server on the user's machine or
//! network. To the browser, that server has the page's own origin: the page can read the answers,
//! and its requests need not have an `Origin`. But their `Host` is the name of the site.

use http::header::HOST;
use http::{HeaderMap, HeaderValue, Uri};

use super::authority::{self, Authority};
use super::error::{ConfigureProtectLayerError, ProtectLayerSetting};
use super::not_allowed::NotAllowed;

/// The hosts under which requests may address the server, besides loopback ones: reverse proxies on
/// the same machine send these by default, and they cannot be rebound.
#[derive(Clone, Debug)]
pub(super) struct AllowedHosts {
    /// The authority of the resource's URL, which nearly every request sends: it is compared before
    /// anything is parsed.
    own: Option<Box<str>>,
    listed: Vec<Authority<'static>>,
}

impl AllowedHosts {
    /// The host of the resource at this URL, with any port: a proxy in front may use another one,
    /// and rebinding a name does not depend on the port.
    pub(super) fn of_resource(url: &str) -> Self {
        let written = authority::of_url(url);
        let own = written.and_then(Authority::parse);
        let own = own.map(|authority| Authority {
            port: None,
            ..authority.into_owned()
        });
        Self {
            own: written.filter(|_| own.is_some()).map(Into::into),
            listed: own.into_iter().collect(),
        }
    }

    pub(super) fn allow(&mut self, host: &str) -> Result<(), ConfigureProtectLayerError> {
        let parsed = Authority::parse(host).ok_or_else(|| {
            let problem = "is not a host; write a name or an address, and a port if only that one \
                           is meant, as in `mcp.internal`, `mcp.internal:8080` or `[fd00::1]`";
            ConfigureProtectLayerError::new(ProtectLayerSetting::AllowHost, host, problem)
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
        let header = values.next().map(HeaderValue::as_bytes);
        let authority = uri
            .authority()
            .map(|authority| authority.as_str().as_bytes());
        let is_allowed = |host: &[u8]| self.is_own(host) || self.allows(host);
        if header.is_none_or(is_allowed)
            && authority.is_none_or(is_allowed)
            && values.next().is_none()
        {
            Ok(())
        } else {
            Err(NotAllowed::Host)
        }
    }

    fn is_own(&self, host: &[u8]) -> bool {
        let own = self.own.as_ref();
        own.is_some_and(|own| own.as_bytes() == host)
    }

    fn allows(&self, host: &[u8]) -> bool {
        let host = str::from_utf8(host).ok();
        host.and_then(Authority::parse).is_some_and(|given| {
            let fits = |allowed: &Authority<'_>| {
                allowed.host == given.host && is_port(allowed.port, given.port)
            };
            given.host.is_loopback() || self.listed.iter().any(fits)
        })
    }
}

/// Compares ports. `Host` omits the default port of the client's scheme, which is unknown here: TLS
/// ends at the proxy.
fn is_port(allowed: Option<u16>, given: Option<u16>) -> bool {
    match (allowed, given) {
        (None, _) | (Some(80 | 443), None) => true,
        (Some(_), _) => allowed == given,
    }
}
