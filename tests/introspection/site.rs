//! A server that is asked about tokens, and the verifier that asks it.

use std::time::Duration;

use scopes_core::introspection::{
    ClientAuthentication, IntrospectionVerifier, IntrospectionVerifierBuilder,
};
use scopes_core::reqwest::ReqwestFetch;
use scopes_core::token::verify;
use scopes_core::{AuthorizeError, InvalidToken, PresentedToken, TokenVerifier, VerifiedToken};
use scopes_tests::faulty::{FaultyServer, Reply};
use scopes_tests::issuer::{RESOURCE, now_plus};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

pub(crate) const REFUSED: AuthorizeError = AuthorizeError::InvalidToken(InvalidToken::Rejected);
pub(crate) const SHORT: Duration = Duration::from_secs(1);

/// A server that is asked, and the runtime that it is asked in.
pub(crate) struct Site {
    pub(crate) server: FaultyServer,
    pub(crate) runtime: Runtime,
}

impl Site {
    /// A server that the start-up check finds no fault with.
    pub(crate) fn start() -> Self {
        let site = Self::to_be_checked();
        site.server.call_made_up_tokens_inactive();
        site
    }

    /// A server that answers the start-up check as anything else.
    pub(crate) fn to_be_checked() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let server = FaultyServer::start();
        let site = Self { server, runtime };
        site.publish(&site.issuer(), &site.server.url("/introspect"));
        site
    }

    pub(crate) fn issuer(&self) -> String {
        self.server.url("")
    }

    pub(crate) fn publish(&self, issuer: &str, endpoint: &str) {
        let metadata = json!({ "issuer": issuer, "introspection_endpoint": endpoint });
        let path = "/.well-known/oauth-authorization-server";
        self.server.reply(path, Reply::json(&metadata));
    }

    pub(crate) fn answer(&self, reply: Reply) {
        self.server.reply("/introspect", reply);
    }

    pub(crate) fn good(&self) -> Value {
        json!({
            "active": true,
            "iss": self.issuer(),
            "sub": "ada",
            "aud": RESOURCE,
            "client_id": "client-1",
            "exp": now_plus(600),
            "iat": now_plus(-1),
            "scope": "entries:read tags:write",
            "token_type": "Bearer",
        })
    }

    /// A good answer with one member replaced, or removed.
    pub(crate) fn with(&self, name: &str, value: Value) -> Value {
        let mut answer = self.good();
        if value == json!("remove") {
            answer.as_object_mut().expect("an object").remove(name);
        } else {
            answer[name] = value;
        }
        answer
    }

    pub(crate) fn builder(&self) -> IntrospectionVerifierBuilder {
        let client = ClientAuthentication::secret_basic("resource", "secret");
        IntrospectionVerifier::builder(RESOURCE, client)
            .issuer(self.issuer())
            .timeout(SHORT)
    }

    /// A verifier with the endpoint given.
    pub(crate) fn verifier(&self) -> IntrospectionVerifier<ReqwestFetch> {
        let builder = self.builder().endpoint(self.server.url("/introspect"));
        builder.build(fetch()).expect("valid settings")
    }

    pub(crate) fn ask<V: TokenVerifier>(
        &self,
        verifier: &V,
        token: &str,
    ) -> Result<VerifiedToken, AuthorizeError> {
        self.runtime.block_on(ask(verifier, token))
    }
}

pub(crate) fn fetch() -> ReqwestFetch {
    ReqwestFetch::new().expect("TLS")
}

pub(crate) async fn ask<V: TokenVerifier>(
    verifier: &V,
    token: &str,
) -> Result<VerifiedToken, AuthorizeError> {
    let header = format!("Bearer {token}");
    let token = PresentedToken::from_authorization([&header])
        .expect("well-formed")
        .expect("a token");
    Ok(verify(verifier, token).await?)
}

pub(crate) fn is_unavailable<T>(answer: &Result<T, AuthorizeError>) -> bool {
    matches!(answer, Err(AuthorizeError::Unavailable { retry_after }) if !retry_after.is_zero())
}
