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

/// Whether this is the origin of a page on this machine, as browsers write it.
pub(super) fn is_loopback(origin: &str) -> bool {
    Url::parse(origin).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.origin().ascii_serialization() == origin
            && redirect_uri::is_loopback(&url)
    })
}

/// Whether a page was asked for under the issuer's own name, and not under one that somebody lets
/// point to this machine.
pub(super) fn is_host(headers: &HeaderMap, issuer: &str) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = issuer.split_once("://").map(|(_, authority)| authority);
    host.is_some() && host == authority
}

/// Whether a form may come from a page of ours. Browsers say where a form is from; what says
/// nothing is no browser, and has no cookie that it was not given.
pub(super) fn may_send_form(headers: &HeaderMap, issuer: &str) -> bool {
    let ours = headers
        .get(ORIGIN)
        .is_none_or(|origin| origin.as_bytes() == issuer.as_bytes());
    let site = headers.get("sec-fetch-site");
    ours && site.is_none_or(|site| site == "same-origin") && is_host(headers, issuer)
}
