//! Where an answer may be sent.

use std::net::IpAddr;

use reqwest::Url;

const MAX_LENGTH: usize = 2000;

/// Schemes of shipped MCP clients that are not in reverse-domain form. Any app can claim such a name,
/// so the list is as short as the clients in use allow; PKCE keeps another app from redeeming a code.
const SHIPPED: [&str; 3] = ["cursor", "vscode", "vscode-insiders"];

/// Checks that a client may register the URI: it has to be https, http on this machine
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
        scheme if is_reverse_domain(scheme) || SHIPPED.contains(&scheme) => Ok(()),
        _ => Err(
            "a redirect URI is https, http on a loopback host, or has a private-use scheme that is a reverse domain name, such as com.example.app:/callback",
        ),
    }
}

/// RFC 8252 section 7.1: a private-use scheme is a domain name of the app's author, reversed. A scheme
/// without a dot, such as `search-ms` or `mailto`, belongs to the system or to somebody else.
fn is_reverse_domain(scheme: &str) -> bool {
    scheme.contains('.') && scheme.split('.').all(|label| !label.is_empty())
}

/// Returns whether `asked` is `registered` with another port, both http on the same loopback host.
///
/// RFC 8252 section 7.3 allows any port for the two loopback addresses. Shipped clients also
/// register `http://localhost` without a port and use any. Allowing that is safe here, because the
/// server itself runs on this machine only.
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

/// Returns whether the URL names this machine, by its address or as `localhost`.
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
