//! Many clients at once, and what becomes of their requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures::future::join_all;
use http::{Request, header};
use scopes_core::reqwest::ReqwestFetch;
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer, TokenVerifier};
use scopes_tests::faulty::{FaultyServer, Reply};
use scopes_tests::issuer::RESOURCE;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// How long a request to the authorization server may take.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(400);
/// Less than any server that hangs hangs, more than a busy machine needs.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);
pub(crate) const CLIENTS: usize = 12;
pub(crate) const ROUNDS: usize = 6;

pub(crate) const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

pub(crate) fn fetch() -> ReqwestFetch {
    ReqwestFetch::new().expect("TLS")
}

pub(crate) fn application(verifier: impl TokenVerifier) -> Router {
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server("https://auth.example.com")
        .registry(Registry::default())
        .build()
        .expect("valid settings");
    Router::new()
        .route("/", get(async || "in"))
        .layer(ProtectLayer::new(server, verifier))
}

/// Every way to fail, by name. `None` takes no connections at all.
pub(crate) fn faults(good: &Reply) -> Vec<(&'static str, Option<Reply>)> {
    let late = Reply::After(Duration::from_secs(10), Box::new(good.clone()));
    let text = |text: &str| Some(Reply::Answer(200, text.to_owned()));
    vec![
        ("down", None),
        ("silent", Some(Reply::Never)),
        ("late", Some(late)),
        ("dripping", Some(Reply::Drip)),
        ("no HTTP", Some(Reply::garbage())),
        ("HTML", text("<html><title>Sign in</title></html>")),
        ("null", text("null")),
        ("500", Some(Reply::Answer(500, String::new()))),
        ("404", Some(Reply::Answer(404, String::new()))),
        ("redirect", Some(Reply::Redirect(302, "/login".to_owned()))),
        ("huge, announced", Some(Reply::Endless { announced: true })),
        ("huge, in chunks", Some(Reply::Endless { announced: false })),
        ("cut off", Some(Reply::CutOff)),
    ]
}

/// Makes the server fail on these paths.
pub(crate) fn fail(server: &FaultyServer, fault: Option<&Reply>, paths: &[&str]) {
    match fault {
        None => server.shut_down(),
        Some(reply) => paths
            .iter()
            .for_each(|path| server.reply(path, reply.clone())),
    }
}

/// A token and whether it is good.
pub(crate) type Presented = (String, bool);

/// What became of many requests.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Figures {
    pub(crate) allowed: usize,
    pub(crate) refused: usize,
    pub(crate) unavailable: usize,
    /// Good tokens that were called bad.
    pub(crate) wronged: usize,
    /// Bad tokens that got in.
    pub(crate) intruders: usize,
    pub(crate) longest: Duration,
}

impl Figures {
    pub(crate) fn of(answers: impl IntoIterator<Item = (u16, bool, Duration)>) -> Self {
        let mut figures = Self::default();
        for (status, is_good, waited) in answers {
            match status {
                200 => figures.allowed += 1,
                401 => figures.refused += 1,
                503 => figures.unavailable += 1,
                status => panic!("a status of {status}"),
            }
            figures.intruders += usize::from(status == 200 && !is_good);
            figures.wronged += usize::from(status == 401 && is_good);
            figures.longest = figures.longest.max(waited);
        }
        figures
    }

    /// Prints the figures, and checks what is true whatever happens.
    pub(crate) fn report(self, what: &str, fault: &str) -> Self {
        println!(
            "{what:<26} {fault:<16} allowed {:>3}  refused {:>3}  unavailable {:>3}  longest wait {:>4} ms",
            self.allowed,
            self.refused,
            self.unavailable,
            self.longest.as_millis(),
        );
        assert_eq!(
            (self.intruders, self.wronged),
            (0, 0),
            "{what}, {fault}: {self:?}"
        );
        assert!(self.longest < DEADLINE, "{what}, {fault}: {self:?}");
        self
    }
}

pub(crate) async fn ask(application: Router, token: &str) -> (u16, Duration) {
    let request = Request::get("/")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .expect("a request");
    let start = Instant::now();
    let answer = application.oneshot(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let says_when = answer.headers().contains_key(header::RETRY_AFTER);
    assert_eq!(status == 503, says_when, "a 503 says when to come back");
    (status, start.elapsed())
}

/// Many clients at once, each of which presents what `token` says, round by round.
pub(crate) async fn load(
    application: &Router,
    token: impl Fn(usize, usize) -> Presented + Send + Sync + 'static,
) -> Figures {
    let token = Arc::new(token);
    let clients = (0..CLIENTS).map(|client| {
        let (application, token) = (application.clone(), Arc::clone(&token));
        tokio::spawn(async move {
            let mut answers = Vec::new();
            for round in 0..ROUNDS {
                let (token, is_good) = token(client, round);
                let (status, waited) = ask(application.clone(), &token).await;
                answers.push((status, is_good, waited));
            }
            answers
        })
    });
    let answers = join_all(clients).await;
    Figures::of(
        answers
            .into_iter()
            .flat_map(|answers| answers.expect("no panic")),
    )
}
