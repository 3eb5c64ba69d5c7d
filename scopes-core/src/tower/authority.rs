//! Hosts and ports, as the headers `Host` and `Origin` write them.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host and an optional port; read from a request without allocating.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Authority<'a> {
    pub(super) host: Host<'a>,
    pub(super) port: Option<u16>,
}

/// A host, in a form that compares equal for every spelling of it.
#[derive(Clone, Debug)]
pub(super) enum Host<'a> {
    /// Without the dot of the DNS root at the end.
    Name(Cow<'a, str>),
    Address(IpAddr),
}

impl<'a> Authority<'a> {
    /// Parses `host [":" port]`.
    ///
    /// Stricter than RFC 3986: user names, percent-encoding and non-ASCII characters are rejected,
    /// so that no two parsers can disagree about which host is meant.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let host_end = if text.starts_with('[') {
            text.find(']')? + 1
        } else {
            text.find(':').unwrap_or(text.len())
        };
        let (host, port) = text.split_at(host_end);
        let port = match port.strip_prefix(':') {
            Some("") => None,
            Some(digits) => Some(parse_port(digits)?),
            None if port.is_empty() => None,
            None => return None,
        };
        let host = Host::parse(host)?;
        Some(Self { host, port })
    }

    pub(super) fn into_owned(self) -> Authority<'static> {
        let host = match self.host {
            Host::Name(name) => Host::Name(Cow::Owned(name.into_owned())),
            Host::Address(address) => Host::Address(address),
        };
        Authority {
            host,
            port: self.port,
        }
    }
}

impl<'a> Host<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('[') {
            let address = rest.strip_suffix(']')?.parse::<Ipv6Addr>().ok()?;
            return Some(Self::Address(address.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        if let Ok(address) = name.parse::<Ipv4Addr>() {
            return Some(Self::Address(address.into()));
        }
        let is_name = name.split('.').all(is_label);
        is_name.then_some(Self::Name(Cow::Borrowed(name)))
    }

    /// Returns whether the host is always this machine: `localhost`, `127.0.0.0/8` or `[::1]`.
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name.eq_ignore_ascii_case("localhost"),
            Self::Address(address) => address.is_loopback(),
        }
    }
}

impl PartialEq for Host<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(one), Self::Name(other)) => one.eq_ignore_ascii_case(other),
            (Self::Address(one), Self::Address(other)) => one == other,
            (Self::Name(_), Self::Address(_)) | (Self::Address(_), Self::Name(_)) => false,
        }
    }
}

/// Returns the authority of a URL that has one, as it is written there.
pub(super) fn of_url(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', '?', '#']).next()
}

/// Returns the scheme, host and port of a URL that has an authority, as they are written there.
pub(super) fn origin_of(url: &str) -> Option<&str> {
    let start = url.find("://")? + "://".len();
    url.get(..start + of_url(url)?.len())
}

/// Allows the underscore: it is invalid in host names, but names of containers have it.
fn is_label(label: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !label.is_empty() && label.bytes().all(is_allowed)
}

/// `u16::from_str` alone would accept a plus sign.
fn parse_port(digits: &str) -> Option<u16> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}
