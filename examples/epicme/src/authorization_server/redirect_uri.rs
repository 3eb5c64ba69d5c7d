//! Where an answer may be sent.

use std::net::IpAddr;

use reqwest::Url;

const MAX_LENGTH: usize = 2000;

/// Schemes that run or show what stands in the URL, or mean something of their own to a browser.
const NEVER: [&str; 12] = [
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "ftp",
    "javascript",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];

/// What keeps a client from registering the URI: it has to be https, http on this machine
/// (RFC 8252 section 7.3) or an app's own scheme (section 7.1).
pub(super) fn check(uri: &str) -> Result<(), &'static str> {
    if uri.len() > MAX_LENGTH || !uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("a redirect URI consists of at most 2000 printable ASCII characters");
    }
    let url = Url::parse(uri).map_err(|_| "a redirect URI is an absolute URI")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a redirect URI names no user");
    }
    if url.fragment().is_some() {
        return Err("a redirect URI has no fragment");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err("a redirect URI is http on this machine only"),
        scheme if NEVER.contains(&scheme) => {
            Err("a redirect URI is https or of an app's own scheme")
        }
        _ => Ok(()),
    }
}

/// Whether `asked` is `registered` with another port, both http on the same loopback host.
///
/// RFC 8252 section 7.3 says so of the two addresses. Shipped clients register `http://localhost`
/// without a port as well and come with any; here that is as good, for the server itself runs on
/// this machine only.
pub(super) fn differs_in_port_only(registered: &str, asked: &str) -> bool {
    let (Ok(mut registered), Ok(url)) = (Url::parse(registered), Url::parse(asked)) else {
        return false;
    };
    let http = url.scheme() == "http" && registered.scheme() == "http";
    // Only a URI that is written as it is understood: the rest is compared byte for byte.
    let plain = url.as_str() == asked || url.as_str().strip_suffix('/') == Some(asked);
    if !(http && plain && is_loopback(&url) && check(asked).is_ok()) {
        return false;
    }
    registered.set_port(url.port()).is_ok() && registered == url
}

/// Where the user is sent, in words of a consent page.
pub(super) fn destination(uri: &str) -> String {
    let Ok(url) = Url::parse(uri) else {
        return uri.to_owned();
    };
    match (url.scheme(), url.host_str()) {
        ("http", Some(_)) => {
            let port = url.port_or_known_default().unwrap_or_default();
            format!("A program on this computer, at port {port}")
        }
        ("https", Some(host)) => host.to_owned(),
        (scheme, _) => format!("The app that opens {scheme}: links"),
    }
}

/// Whether the URL names this machine, by its address or as `localhost`.
pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}
