//! `Host` and `Origin`: what is served is what another parser of URLs finds allowed.

#![no_main]

use std::convert::Infallible;
use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::Full;
use libfuzzer_sys::{Corpus, fuzz_target};
use scopes_core::Registry;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_fuzz::answer::Answer;
use scopes_fuzz::site::{TOKEN, protect};
use tokio::runtime::Runtime;
use tower::{Layer, ServiceExt, service_fn};
use url::{Host, Url};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime")
});

static LAYER: LazyLock<ProtectLayer<StaticVerifier>> =
    LazyLock::new(|| protect("https://mcp.example.com/mcp", Registry::default()));

/// A URL that has this authority and nothing else.
fn with_authority(authority: &str) -> Option<Url> {
    let url = Url::parse(&format!("https://{authority}")).ok()?;
    let is_alone = url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    is_alone.then_some(url)
}

fn is_allowed_host(value: &HeaderValue) -> bool {
    let url = value.to_str().ok().and_then(with_authority);
    url.is_some_and(|url| match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "mcp.example.com" || name == "localhost"
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    })
}

fn is_allowed_origin(value: &HeaderValue) -> bool {
    let url = value.to_str().ok().and_then(|text| Url::parse(text).ok());
    url.is_some_and(|url| {
        url.origin().ascii_serialization() == "https://mcp.example.com" && url.path() == "/"
    })
}

fuzz_target!(|data: &[u8]| -> Corpus {
    // The first line is the host, the second one the origin, others follow as second ones.
    let mut request = Request::new(());
    let token = HeaderValue::from_str(&format!("Bearer {TOKEN}")).expect("a header");
    request.headers_mut().insert("authorization", token);
    let names = [http::header::HOST, http::header::ORIGIN];
    for (name, line) in names.iter().cycle().zip(data.split(|byte| *byte == b'\n')) {
        let Ok(value) = HeaderValue::from_bytes(line) else {
            return Corpus::Reject;
        };
        // An empty second line is no `Origin` at all.
        if *name != http::header::ORIGIN || !line.is_empty() {
            request.headers_mut().append(name, value);
        }
    }
    let of = |name: &HeaderName| -> Vec<HeaderValue> {
        request.headers().get_all(name).iter().cloned().collect()
    };
    let (hosts, origins) = (of(&names[0]), of(&names[1]));
    let service = LAYER.layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"served"))))
    }));
    let answer = RUNTIME.block_on(async {
        let answered = service.oneshot(request).await;
        Answer::read(answered.expect("infallible")).await
    });
    if answer.status == 200 {
        let is_allowed = matches!(&hosts[..], [host] if is_allowed_host(host))
            && (origins.is_empty() || matches!(&origins[..], [it] if is_allowed_origin(it)));
        assert!(is_allowed, "{hosts:?} {origins:?}");
    } else {
        assert_eq!(answer.status, 403, "{answer:?}");
        answer.assert_is_refusal();
        assert!(
            !answer.headers.contains_key("www-authenticate"),
            "{answer:?}"
        );
    }
    Corpus::Keep
});
