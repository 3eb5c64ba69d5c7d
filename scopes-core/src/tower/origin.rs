//! The check of `Origin`, which names the page that sent a request (MCP, Streamable HTTP
//! transport).

use std::borrow::Cow;

use http::header::ORIGIN;
use http::{HeaderMap, HeaderValue};

use super::authority::{self, Authority};
use super::error::{ConfigureProtectLayerError, ProtectLayerSetting};
use super::not_allowed::NotAllowed;

/// The origins whose pages may send requests.
#[derive(Clone, Debug)]
pub(super) struct AllowedOrigins {
    pub(super) any: bool,
    loopback: bool,
    listed: Vec<Origin<'static>>,
}

/// An origin of a scheme, a host and a port (RFC 6454 section 4).
#[derive(Clone, Debug)]
struct Origin<'a> {
    scheme: Cow<'a, str>,
    authority: Authority<'a>,
}

impl AllowedOrigins {
    /// The origin of the resource at this URL; where that is on a loopback host, every loopback
    /// origin too: clients for development are served on ports of their own.
    pub(super) fn of_resource(url: &str) -> Self {
        let authority = authority::of_url(url).and_then(Authority::parse);
        let own = url.split_once("://").zip(authority);
        let own = own.map(|((scheme, _), authority)| Origin::new(scheme, authority));
        Self {
            any: false,
            loopback: own
                .as_ref()
                .is_some_and(|own| own.authority.host.is_loopback()),
            listed: own.map(Origin::into_owned).into_iter().collect(),
        }
    }

    pub(super) fn allow(&mut self, origin: &str) -> Result<(), ConfigureProtectLayerError> {
        let parsed = Origin::parse(origin).ok_or_else(|| {
            let problem = match origin {
                "*" => "is not an origin; `dangerously_allow_any_origin` allows all of them",
                "null" => "is the origin of sandboxed pages of any site; it cannot be allowed",
                _ => {
                    "is not an origin; write scheme, host and port without a path, \
                     as in `https://app.example.com`"
                }
            };
            ConfigureProtectLayerError::new(ProtectLayerSetting::AllowOrigin, origin, problem)
        })?;
        self.listed.push(parsed.into_owned());
        Ok(())
    }

    /// Returns the `Origin` of a request from an allowed page, or `None` for a request without one:
    /// browsers send it with every request that can change something or that crosses origins, and
    /// other clients send none.
    pub(super) fn check<'a>(
        &self,
        headers: &'a HeaderMap,
    ) -> Result<Option<&'a HeaderValue>, NotAllowed> {
        let mut values = headers.get_all(ORIGIN).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let is_allowed = || {
            let origin = value.to_str().ok().and_then(Origin::parse);
            origin.is_some_and(|origin| self.allows(&origin))
        };
        if self.any || (values.next().is_none() && is_allowed()) {
            Ok(Some(value))
        } else {
            Err(NotAllowed::Origin)
        }
    }

    fn allows(&self, origin: &Origin<'_>) -> bool {
        self.listed.contains(origin) || (self.loopback && origin.is_loopback())
    }
}

impl<'a> Origin<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        // A trailing dot is the same host for DNS, but another origin for browsers.
        if authority.ends_with('.') || authority.contains(".:") {
            return None;
        }
        let mut bytes = scheme.bytes();
        let is_scheme = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let authority = Authority::parse(authority).filter(|_| is_scheme)?;
        Some(Self::new(scheme, authority))
    }

    /// Treats the scheme's default port as no port.
    fn new(scheme: &'a str, mut authority: Authority<'a>) -> Self {
        let default_port = match scheme {
            _ if scheme.eq_ignore_ascii_case("http") => Some(80),
            _ if scheme.eq_ignore_ascii_case("https") => Some(443),
            _ => None,
        };
        authority.port = authority.port.or(default_port);
        Self {
            scheme: Cow::Borrowed(scheme),
            authority,
        }
    }

    fn into_owned(self) -> Origin<'static> {
        Origin {
            scheme: Cow::Owned(self.scheme.into_owned()),
            authority: self.authority.into_owned(),
        }
    }

    fn is_loopback(&self) -> bool {
        let is_http = ["http", "https"]
            .iter()
            .any(|http| self.scheme.eq_ignore_ascii_case(http));
        is_http && self.authority.host.is_loopback()
    }
}

impl PartialEq for Origin<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.scheme.eq_ignore_ascii_case(&other.scheme) && self.authority == other.authority
    }
}
