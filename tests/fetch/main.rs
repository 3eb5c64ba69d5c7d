//! Requests to authorization servers by hyper and by reqwest, over loopback: what is sent, and that
//! no server can do harm with its answer.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::time::{Duration, Instant};

use reqwest::redirect;
use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use scopes_core::hyper::HyperFetch;
use scopes_core::reqwest::ReqwestFetch;
use scopes_tests::faulty::{FaultyServer, Reply};

mod certificates;

/// Far less than a server that does not answer takes, and enough for one that does.
const TIMEOUT: Duration = Duration::from_secs(1);

type Outcome = Result<FetchResponse, FetchError>;

fn fetch_with(fetch: &impl Fetch, request: FetchRequest) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(fetch.fetch(request))
}

/// Runs `test` with each of the clients.
fn with_each(test: impl Fn(&dyn Fn(FetchRequest) -> Outcome)) {
    let hyper = HyperFetch::new().expect("TLS");
    test(&|request| fetch_with(&hyper, request));
    let reqwest = ReqwestFetch::new().expect("TLS");
    test(&|request| fetch_with(&reqwest, request));
}

fn get(url: &str) -> FetchRequest {
    let mut request = FetchRequest::get(url).expect("a URL that may be asked");
    request.timeout = TIMEOUT;
    request
}

#[test]
fn what_is_asked_for_comes_whatever_its_status() {
    with_each(|fetch| {
        let server = FaultyServer::start();
        for status in [200, 204, 400, 404, 500] {
            let body = if status == 204 { "" } else { "body" };
            server.reply("/", Reply::Answer(status, body.to_owned()));
            let answer = fetch(get(&server.url("/"))).expect("an answer");
            assert_eq!((answer.status, &*answer.body), (status, body.as_bytes()));
        }
        let received = &server.received()[0];
        assert_eq!(received.line, "GET /");
        assert_eq!(received.headers["accept"], "application/json");
    });
}

#[test]
fn forms_and_credentials_arrive_as_they_are() {
    with_each(|fetch| {
        let server = FaultyServer::start();
        server.reply("/", Reply::Answer(200, String::new()));
        let token = "a+b/c=&d e%\u{fc}";
        let form = vec![("token".to_owned(), token.to_owned())];
        let mut request = FetchRequest::post(server.url("/"), form).expect("a loopback URL");
        request.authorization = Some("Basic YTpi".to_owned());
        fetch(request.clone()).expect("an answer");
        let received = &server.received()[0];
        assert_eq!(received.line, "POST /");
        assert_eq!(received.headers["authorization"], "Basic YTpi");
        assert_eq!(
            received.headers["content-type"],
            "application/x-www-form-urlencoded"
        );
        assert_eq!(received.field("token").as_deref(), Some(token));

        request.authorization = Some("Basic a\r\nX-Injected: b".to_owned());
        assert!(fetch(request).is_err());
    });
}

#[test]
fn redirects_are_not_followed() {
    with_each(|fetch| {
        let (server, other) = (FaultyServer::start(), FaultyServer::start());
        for (status, to) in [
            (302, other.url("/")),
            (307, other.url("/")),
            (308, other.url("/")),
            (307, server.url("/elsewhere")),
        ] {
            server.reply("/", Reply::Redirect(status, to));
            let answer = fetch(get(&server.url("/"))).expect("the redirect itself");
            assert_eq!(answer.status, status);
        }
        assert_eq!((server.asked(), other.asked()), (4, 0));
    });
}

#[test]
fn a_client_that_follows_redirects_gets_no_answer_of_another_origin() {
    let (server, other) = (FaultyServer::start(), FaultyServer::start());
    server.reply("/", Reply::Redirect(302, other.url("/")));
    other.reply("/", Reply::Answer(200, "{}".to_owned()));
    let following = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let following = ReqwestFetch::with_client(following);
    let error = fetch_with(&following, get(&server.url("/"))).expect_err("another origin");
    assert!(error.to_string().contains("another origin"), "{error}");

    let staying = reqwest::Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .build()
        .expect("a client");
    let staying = ReqwestFetch::with_client(staying);
    assert_eq!(
        fetch_with(&staying, get(&server.url("/"))).map(|answer| answer.status),
        Ok(302)
    );
    assert_eq!(other.asked(), 1);
}

#[test]
fn whoever_is_slow_is_left() {
    with_each(|fetch| {
        let server = FaultyServer::start();
        let late = Reply::Answer(200, String::new());
        for reply in [
            Reply::Never,
            Reply::Drip,
            Reply::After(Duration::from_secs(5), Box::new(late)),
        ] {
            server.reply("/", reply.clone());
            let start = Instant::now();
            assert!(fetch(get(&server.url("/"))).is_err(), "{reply:?}");
            let taken = start.elapsed();
            assert!(taken < 4 * TIMEOUT, "{reply:?} took {taken:?}");
        }
    });
}

#[test]
fn no_more_is_read_than_may_be() {
    with_each(|fetch| {
        let server = FaultyServer::start();
        let mut request = get(&server.url("/"));
        request.max_bytes = 1000;
        for (length, is_read) in [(999, true), (1000, true), (1001, false), (100_000, false)] {
            server.reply("/", Reply::Answer(200, "x".repeat(length)));
            let answer = fetch(request.clone());
            assert_eq!(answer.is_ok(), is_read, "{length} bytes");
            assert!(answer.is_err() || answer.is_ok_and(|answer| answer.body.len() == length));
        }
        for announced in [true, false] {
            server.reply("/", Reply::Endless { announced });
            let error = fetch(request.clone()).expect_err("too long");
            assert!(
                error.to_string().contains("larger than 1000 bytes"),
                "{error}"
            );
        }
        // The rest waits in the buffers of the sockets.
        assert!(server.sent() < 32 << 20, "{} bytes", server.sent());
    });
}

#[test]
fn half_an_answer_is_none() {
    with_each(|fetch| {
        let server = FaultyServer::start();
        for reply in [
            Reply::CutOff,
            Reply::garbage(),
            Reply::Raw(Vec::new()),
            Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec()),
            Reply::Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_vec()),
        ] {
            server.reply("/", reply.clone());
            assert!(fetch(get(&server.url("/"))).is_err(), "{reply:?}");
        }
        server.shut_down();
        assert!(fetch(get(&server.url("/"))).is_err());
    });
}

#[test]
fn nothing_goes_out_in_the_clear() {
    with_each(|fetch| {
        for url in [
            "http://auth.example.com/jwks",
            "http://127.0.0.1.example.com/",
            "ftp://127.0.0.1/",
            "https://user@auth.example.com/",
            "file:///etc/passwd",
            "auth.example.com",
        ] {
            assert!(FetchRequest::get(url).is_err(), "{url}");
            let mut request = get("http://127.0.0.1:1/");
            request.url = url.to_owned();
            assert!(fetch(request).is_err(), "{url}");
        }
    });
}
