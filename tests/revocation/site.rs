//! A protected service, two authorization servers, and tokens of any claims.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::{Issuer, JwtVerifier};
use scopes_core::revocation::{Revocation, Revocations};
use scopes_core::testing::Clock;
use scopes_core::tower::ProtectLayer;
use scopes_core::{Registry, ResourceServer, TokenVerifier};
use scopes_tests::issuer::{
    ISSUER, RESOURCE, SigningKey, Site as AuthorizationServer, claims, now_plus,
};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

pub(crate) const OTHER_ISSUER: &str = "https://other.example.com";

/// How far the clock of an authorization server may be ahead, in seconds.
const LEEWAY: i64 = 10;

/// Sets the clocks ahead, to a time at which a new token is issued after what was just revoked.
pub(crate) fn later() -> Clock {
    let clock = Clock::start();
    clock.advance(Duration::from_secs(12));
    clock
}

/// The key of both authorization servers.
pub(crate) struct Issuers {
    key: SigningKey,
    site: AuthorizationServer,
}

impl Issuers {
    pub(crate) fn new() -> Self {
        let key = SigningKey::p256("1");
        let site = AuthorizationServer::with_keys(&[&key]);
        let metadata = json!({ "issuer": OTHER_ISSUER, "jwks_uri": format!("{ISSUER}/jwks") });
        let path = "/.well-known/oauth-authorization-server";
        site.publish(&format!("{OTHER_ISSUER}{path}"), &metadata);
        Self { key, site }
    }

    /// With all settings at their defaults, and a cache.
    pub(crate) async fn verifier(&self) -> CachedVerifier<JwtVerifier<AuthorizationServer>> {
        let builder = JwtVerifier::builder(RESOURCE)
            .issuer(Issuer::new(ISSUER))
            .issuer(Issuer::new(OTHER_ISSUER));
        let verifier = builder.discover(self.site.clone()).await;
        CachedVerifier::new(verifier.expect("keys are found"))
    }

    /// A token with these claims in the place of the usual ones; `null` removes one.
    pub(crate) fn token(&self, changes: Value) -> String {
        let mut all = claims();
        let Value::Object(changes) = changes else {
            panic!("claims are an object")
        };
        for (name, value) in changes {
            all[name] = value;
        }
        let mut header = self.key.header();
        if all["iat"].is_null() {
            // The type of RFC 9068 takes `iat`.
            header["typ"] = "JWT".into();
        }
        self.key.sign(&header, &all)
    }

    /// A token of this user that is issued after what was just revoked: in the time of [`later`].
    pub(crate) fn later_token(&self, subject: &str) -> String {
        let times = json!({ "sub": subject, "iat": now_plus(LEEWAY + 1), "jti": "later" });
        self.token(times)
    }
}

pub(crate) fn protect<V: TokenVerifier>(verifier: V, revocations: &Revocations) -> ProtectLayer<V> {
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .registry(Registry::default())
        .build();
    ProtectLayer::new(server.expect("valid settings"), verifier).revocations(revocations)
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) challenge: String,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn of<B: http_body::Body>(response: Response<B>) -> Self
    where
        B::Error: std::fmt::Debug,
    {
        let (parts, body) = response.into_parts();
        let header = |name| {
            let value = parts.headers.get(name)?;
            Some(value.to_str().expect("a text").to_owned())
        };
        let body = body.collect().await.expect("a body").to_bytes();
        Self {
            status: parts.status,
            challenge: header("www-authenticate").unwrap_or_default(),
            retry_after: header("retry-after"),
            body: String::from_utf8(body.to_vec()).expect("UTF-8"),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// The answer to a request with this token.
pub(crate) async fn ask<V: TokenVerifier>(protect: &ProtectLayer<V>, token: &str) -> Answer {
    let service = protect.layer(service_fn(async |_: Request<Body>| {
        Ok::<_, Infallible>(Response::new(Body::from("served")))
    }));
    let request = Request::get("/mcp").header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::empty()).expect("a request");
    Answer::of(service.oneshot(request).await.expect("infallible")).await
}

pub(crate) async fn status<V: TokenVerifier>(protect: &ProtectLayer<V>, token: &str) -> u16 {
    ask(protect, token).await.status.as_u16()
}

pub(crate) async fn revoke(revocations: &Revocations, revocation: Revocation) {
    let revoked = revocations.revoke(revocation).await;
    assert!(revoked.is_ok(), "{revoked:?}");
}
