//! The server that is examined, and the URLs to which it may direct the doctor.

use crate::fetch::FetchError;
use crate::host::is_loopback;
use crate::request_url::{PlainHttp, check_url, check_url_of_metadata, host_of};
use crate::url_problem::UrlProblem;

/// The server at the URL that clients are given.
pub(super) struct Server {
    pub(super) url: String,
    /// Scheme, host and port.
    pub(super) origin: String,
    pub(super) is_loopback: bool,
    /// The operator has named the host, so that requests to it may be plain http.
    plain_http: PlainHttp,
}

impl Server {
    /// # Errors
    ///
    /// If the URL is not one of HTTP, or names a user or has a fragment.
    pub(super) fn new(url: &str) -> Result<Self, FetchError> {
        let host = host_of(url).unwrap_or_default();
        let mut plain_http = PlainHttp::default();
        plain_http.allow(host.to_owned());
        check_url(url, Some(&plain_http)).map_err(|problem| {
            // A URL with a user name may have a password too.
            FetchError::new(if url.contains('@') {
                format!("the URL {problem}")
            } else {
                format!("{url:?} {problem}")
            })
        })?;
        let start = url.find("://").map_or(0, |at| at + "://".len());
        let end = url[start..].find(['/', '?']);
        let origin = &url[..end.map_or(url.len(), |end| start + end)];
        Ok(Self {
            url: url.to_owned(),
            origin: origin.to_owned(),
            is_loopback: is_loopback(host),
            plain_http,
        })
    }

    pub(super) fn is_plain_http(&self) -> bool {
        let scheme = self.url.get(.."https".len()).unwrap_or_default();
        !scheme.eq_ignore_ascii_case("https")
    }

    /// Checks a URL that the server names. By its name or address, the host is in no nearer network than
    /// that of the server: see [`check_url_of_metadata`].
    ///
    /// # Errors
    ///
    /// Returns the problem, to be put behind the URL.
    pub(super) fn check(&self, url: &str) -> Result<(), String> {
        check_from(url, &self.url, &self.plain_http)
    }
}

/// Checks a URL that the server at `from` names.
///
/// # Errors
///
/// Returns the problem, to be put behind the URL.
pub(super) fn check_named(url: &str, from: &str) -> Result<(), String> {
    check_from(url, from, &PlainHttp::default())
}

fn check_from(url: &str, from: &str, plain_http: &PlainHttp) -> Result<(), String> {
    check_url_of_metadata(url, from, plain_http).map_err(|problem| match problem {
        UrlProblem::Nearer(place) => {
            format!("is {place}, and the server that names it is not; it was not asked")
        }
        problem => problem.to_string(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may panic")]

    use super::{Server, check_named};

    #[test]
    fn a_server_directs_no_request_to_a_nearer_network() {
        let server = Server::new("https://mcp.example.com/mcp").expect("a URL");
        for nearer in [
            "https://127.0.0.1/metadata",
            "http://localhost:8080/metadata",
            "https://169.254.169.254/latest",
            "https://10.0.0.1/metadata",
            "https://keycloak/realms/mcp",
            "http://mcp.example.com/metadata",
        ] {
            assert!(server.check(nearer).is_err(), "{nearer}");
            assert!(check_named(nearer, &server.url).is_err(), "{nearer}");
        }
        assert_eq!(server.check("https://auth.example.com"), Ok(()));
        let private = Server::new("http://10.0.0.1:8080/mcp").expect("a URL");
        assert_eq!(private.check("http://10.0.0.1:8080/metadata"), Ok(()));
        assert!(private.check("http://127.0.0.1:8080/metadata").is_err());
    }
}
