//! A server that listens, a client that asks, and a browser in between.

mod browser;
mod client;
mod page;
mod web_site;

pub(crate) use browser::Browser;
pub(crate) use client::{Answer, Client, REDIRECT_URI, VERIFIER, parameter, set};
pub(crate) use web_site::WebSite;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::Router;
use epicme::authorization_server::{AuthorizationServer, AuthorizationServerError, SigningKey};
use scopes_core::token::VerifyTokenError;
use scopes_core::{PresentedToken, TokenVerifier, VerifiedToken};
use tokio::net::TcpListener;

pub(crate) const RESOURCE: &str = "http://127.0.0.1:8788/mcp";

pub(crate) const ALL: &str = "user:read entries:read entries:write tags:read tags:write";

/// A server on a port of its own.
pub(crate) struct Server {
    pub(crate) issuer: String,
    pub(crate) authorization: AuthorizationServer,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with_router(|router| router).await
    }

    /// A server whose endpoints are part of something.
    pub(crate) async fn start_with_router(whole: impl FnOnce(Router) -> Router) -> Self {
        let new = |issuer: &str| AuthorizationServer::new(issuer, RESOURCE, key());
        Self::listen(new, whole).await
    }

    /// A server whose clock the test moves.
    pub(crate) async fn start_with_clock(clock: &TestClock) -> Self {
        let clock = clock.clone();
        let new = |issuer: &str| {
            AuthorizationServer::with_clock(issuer, RESOURCE, key(), move || clock.now())
        };
        Self::listen(new, |router| router).await
    }

    pub(crate) async fn start_with(
        new: impl FnOnce(&str) -> Result<AuthorizationServer, AuthorizationServerError>,
    ) -> Self {
        Self::listen(new, |router| router).await
    }

    async fn listen(
        new: impl FnOnce(&str) -> Result<AuthorizationServer, AuthorizationServerError>,
        whole: impl FnOnce(Router) -> Router,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let authorization = new(&issuer).unwrap();
        let router = whole(authorization.router(&["https://app.example.com".to_owned()]));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            issuer,
            authorization,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<SystemTime>>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(SystemTime::now())))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(seconds);
    }

    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }
}

pub(crate) fn key() -> SigningKey {
    SigningKey::generate().unwrap()
}

/// Returns the claims of a JWT, without verification.
pub(crate) fn claims(token: &str) -> serde_json::Value {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Asks a verifier as a resource server does.
pub(crate) async fn verify<V: TokenVerifier>(
    verifier: &V,
    token: &str,
) -> Result<VerifiedToken, VerifyTokenError> {
    let header = format!("Bearer {token}");
    let token = PresentedToken::from_authorization([&header]).unwrap();
    scopes_core::token::verify(verifier, token.unwrap()).await
}
