//! Metadata of an authorization server: keys are fetched only from where a document of the issuer
//! says, by https, and neither from this machine nor from a private network.
//!
//! The documents at the places where one is looked for are separated by NUL; an empty one is a 404.

#![no_main]

use std::collections::BTreeMap;
use std::net::IpAddr;

use libfuzzer_sys::{Corpus, fuzz_target};
use scopes_core::fetch::FetchResponse;
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_fuzz::verified::{Memory, RESOURCE, RUNTIME};
use serde_json::value::RawValue;
use url::{Host, Url};

const ISSUER: &str = "https://auth.example.com/tenant";

const PLACES: [&str; 4] = [
    "https://auth.example.com/.well-known/oauth-authorization-server/tenant",
    "https://auth.example.com/.well-known/openid-configuration/tenant",
    "https://auth.example.com/tenant/.well-known/openid-configuration",
    "https://auth.example.com/tenant/.well-known/oauth-authorization-server",
];

/// The `jwks_uri` of a document of the issuer.
fn named_in(document: &[u8]) -> Option<String> {
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    // What the other members hold, such as a number that is too large or invalid UTF-8, does not
    // matter.
    let document = String::from_utf8_lossy(document);
    let document: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&document).ok()?;
    let text = |name| serde_json::from_str::<String>(document.get(name)?.get()).ok();
    let url = text("jwks_uri")?;
    (text("issuer")? == ISSUER).then_some(url)
}

/// Whether metadata of a host in the internet may direct requests to `url`.
fn is_allowed(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let is_elsewhere = match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name != "localhost" && !name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => is_far(address.into()),
        Some(Host::Ipv6(address)) => is_far(address.to_canonical()),
        None => false,
    };
    is_elsewhere
        && url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
}

fn is_far(address: IpAddr) -> bool {
    let is_near = match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    };
    !is_near && !address.is_loopback() && !address.is_unspecified()
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let documents: Vec<Vec<u8>> = data.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    let named: Vec<String> = documents.iter().filter_map(|one| named_in(one)).collect();
    let fetch = Memory::new(move |url| {
        let Some(place) = PLACES.iter().position(|place| *place == url) else {
            return Some(FetchResponse::new(200, r#"{"keys":[]}"#));
        };
        match documents.get(place) {
            Some(document) if !document.is_empty() => {
                Some(FetchResponse::new(200, document.clone()))
            }
            _ => Some(FetchResponse::new(404, "")),
        }
    });
    let asked = fetch.asked();
    let verifier = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER));
    let _ = RUNTIME.block_on(verifier.discover(fetch));
    for url in asked.lock().expect("no panic").iter() {
        let is_metadata = PLACES.contains(&url.as_str());
        assert!(
            is_metadata || (named.contains(url) && is_allowed(url)),
            "{url}"
        );
    }
    Corpus::Keep
});
