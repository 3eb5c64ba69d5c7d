//! Problems of URLs.

use std::fmt;

/// The reason why a URL is refused. `Display` is put behind the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UrlProblem {
    NotAbsolute,
    NoHost,
    /// A host that parsers read differently.
    Host(String, &'static str),
    /// Plain http to a host that the operator may allow.
    PlainHttp(String),
    /// Plain http where only loopback hosts are allowed.
    PlainHttpBeyondLoopback,
    Scheme(String),
    UserName,
    Fragment,
    Query,
    /// A network that is nearer than that of the issuer that names the URL.
    #[cfg(any(feature = "introspection", feature = "jwt"))]
    Nearer(&'static str),
    /// Clients write the URL in this way.
    Spelling(String),
    DoubleSlash,
    /// A path segment begins with this character.
    Placeholder(char),
    /// The challenge cannot contain the URL of its metadata.
    Challenge(String),
}

impl fmt::Display for UrlProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAbsolute => formatter.write_str("is not an absolute URL (RFC 3986)"),
            Self::NoHost => formatter.write_str("has no host"),
            Self::Host(host, reason) => write!(formatter, "has the host `{host}`, which {reason}"),
            Self::PlainHttp(host) => write!(
                formatter,
                "is plain http to a host that is not a loopback host; write `https`, or, on a \
                 private network, allow it with `insecure_allow_http({host:?})`"
            ),
            Self::PlainHttpBeyondLoopback => formatter.write_str(
                "is plain http, which is allowed for loopback hosts only; write `https`",
            ),
            Self::Scheme(scheme) => write!(formatter, "has the scheme `{scheme}`; write `https`"),
            Self::UserName => {
                formatter.write_str("has a user name in it; remove everything up to the `@`")
            }
            Self::Fragment => {
                formatter.write_str("has a fragment; remove everything from the `#` on")
            }
            Self::Query => formatter.write_str("has a query; remove everything from the `?` on"),
            #[cfg(any(feature = "introspection", feature = "jwt"))]
            Self::Nearer(place) => write!(formatter, "is {place}, and the issuer is not"),
            Self::Spelling(written) => write!(
                formatter,
                "is written in another way by clients; write `{written}`"
            ),
            Self::DoubleSlash => formatter.write_str("has a path that starts with `//`"),
            Self::Placeholder(first) => write!(
                formatter,
                "has a path segment that begins with `{first}`, as the placeholders of routers do; begin it \
                 with another character"
            ),
            Self::Challenge(problem) => formatter.write_str(problem),
        }
    }
}
