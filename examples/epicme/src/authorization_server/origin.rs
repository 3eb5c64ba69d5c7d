//! Where the server is, and that a page of its own is talking to it.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};
use reqwest::Url;

use super::{AuthorizationServerError, redirect_uri};

/// The issuer has to be an origin on this machine: there is no password, and no TLS.
pub(super) fn check_issuer(issuer: &str) -> Result<(), AuthorizationServerError> {
    let wrong = |problem| AuthorizationServerError::Issuer {
        issuer: issuer.to_owned(),
        problem,
    };
    let url = Url::parse(issuer).map_err(|_| wrong("is not a URL"))?;
    if !redirect_uri::is_loopback(&url) {
        return Err(wrong(
            "is not on this machine: the development authorization server is for 127.0.0.1, [::1] and localhost only",
        ));
    }
    let is_http = matches!(url.scheme(), "http" | "https");
    if !is_http || url.origin().ascii_serialization() != issuer {
        return Err(wrong(
            "is not an origin such as http://127.0.0.1:8788, without a path",
        ));
    }
    Ok(())
}

/// RFC 8707 section 2: an absolute URI without a fragment.
pub(super) fn check_resource(resource: &str) -> Result<(), AuthorizationServerError> {
    let wrong = |problem| AuthorizationServerError::Resource {
        resource: resource.to_owned(),
        problem,
    };
    match Url::parse(resource) {
        Ok(url) if url.fragment().is_some() => Err(wrong("has a fragment")),
        Ok(url) if url.has_host() && resource.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(()),
        _ => Err(wrong("is not an absolute URL")),
    }
}

/// Returns whether this is the origin of a page on this machine, as browsers write it.
pub(super) fn is_loopback(origin: &str) -> bool {
    Url::parse(origin).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.origin().ascii_serialization() == origin
            && redirect_uri::is_loopback(&url)
    })
}

/// Returns whether the `Host` header names the issuer, and not another name that resolves to this
/// machine (DNS rebinding).
pub(super) fn is_host(headers: &HeaderMap, issuer: &str) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = issuer.split_once("://").map(|(_, authority)| authority);
    host.is_some() && host == authority
}

/// Returns whether a form can come from a page of this server. Browsers send the origin of a form.
/// A client that sends none is not a browser, so no other site can make it send a user's cookie.
pub(super) fn may_send_form(headers: &HeaderMap, issuer: &str) -> bool {
    let ours = headers
        .get(ORIGIN)
        .is_none_or(|origin| origin.as_bytes() == issuer.as_bytes());
    let site = headers.get("sec-fetch-site");
    ours && site.is_none_or(|site| site == "same-origin") && is_host(headers, issuer)
}
