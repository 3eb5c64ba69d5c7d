//! The values of `Authorization` headers, one a line, in front of a service that answers 200.

#![no_main]

use std::convert::Infallible;
use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use libfuzzer_sys::{Corpus, fuzz_target};
use scopes_core::Registry;
use scopes_fuzz::answer::Answer;
use scopes_fuzz::site::{TOKEN, protect};
use tokio::runtime::Runtime;
use tower::{Layer, ServiceExt, service_fn};

/// What the header means, read from RFC 9110 section 11.4 and RFC 6750 section 2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Missing,
    Malformed,
    Several,
    Unknown,
    Known,
}

fn meaning(values: &[HeaderValue]) -> Meaning {
    let value = match values {
        [] => return Meaning::Missing,
        [value] => value.as_bytes(),
        _ => return Meaning::Several,
    };
    let mut words = value.splitn(2, |byte| *byte == b' ');
    let scheme = words.next().unwrap_or_default().to_ascii_lowercase();
    if scheme != b"bearer" {
        return Meaning::Missing;
    }
    let mut token = words.next().unwrap_or_default();
    while let Some(rest) = token.strip_prefix(b" ") {
        token = rest;
    }
    if token == TOKEN.as_bytes() {
        return Meaning::Known;
    }
    let mut characters = token;
    while let Some(rest) = characters.strip_suffix(b"=") {
        characters = rest;
    }
    let is_token68 = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte);
    if characters.is_empty() || !characters.iter().all(is_token68) {
        return Meaning::Malformed;
    }
    Meaning::Unknown
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime")
});

/// The answer to a request with these headers.
fn answer(values: &[HeaderValue]) -> Answer {
    static LAYER: LazyLock<scopes_core::tower::ProtectLayer<scopes_core::testing::StaticVerifier>> =
        LazyLock::new(|| protect("http://localhost/mcp", Registry::default()));
    let service = LAYER.layer(service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"served"))))
    }));
    let mut request = Request::new(());
    request
        .headers_mut()
        .insert("host", HeaderValue::from_static("localhost"));
    for value in values {
        request.headers_mut().append("authorization", value.clone());
    }
    RUNTIME.block_on(async {
        let answered = service.oneshot(request).await;
        Answer::read(answered.expect("infallible")).await
    })
}

/// An answer with this meaning, which every other one must equal: nothing of the header shows in it.
fn reference(meaning: Meaning) -> &'static Answer {
    static ANSWERS: LazyLock<[Answer; 5]> = LazyLock::new(|| {
        let of = |values: &[&'static str]| {
            let values: Vec<_> = values
                .iter()
                .copied()
                .map(HeaderValue::from_static)
                .collect();
            answer(&values)
        };
        [
            of(&[]),
            of(&["Bearer"]),
            of(&["Bearer a", "Bearer b"]),
            of(&["Bearer a"]),
            of(&["Bearer mF_9.B5f-4.1JqM"]),
        ]
    });
    &ANSWERS[meaning as usize]
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let lines = data
        .split(|byte| *byte == b'\n')
        .filter(|_| !data.is_empty());
    let Ok(values) = lines
        .map(HeaderValue::from_bytes)
        .collect::<Result<Vec<_>, _>>()
    else {
        return Corpus::Reject;
    };
    let (answer, meaning) = (answer(&values), meaning(&values));
    let (status, error) = match meaning {
        Meaning::Missing => (StatusCode::UNAUTHORIZED, None),
        Meaning::Malformed | Meaning::Several => (StatusCode::BAD_REQUEST, Some("invalid_request")),
        Meaning::Unknown => (StatusCode::UNAUTHORIZED, Some("invalid_token")),
        Meaning::Known => (StatusCode::OK, None),
    };
    assert_eq!(answer.status, status, "{meaning:?}: {answer:?}");
    if meaning != Meaning::Known {
        answer.assert_is_refusal();
        answer.assert_challenges(error);
    }
    let reference = reference(meaning);
    assert_eq!(answer.headers, reference.headers, "{meaning:?}");
    assert_eq!(answer.body, reference.body, "{meaning:?}");
    Corpus::Keep
});
