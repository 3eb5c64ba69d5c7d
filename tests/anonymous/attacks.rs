//! Pages and rebound names do not reach what is public, and an odd registry opens nothing else.

use scopes_core::testing::{StaticVerifier, caller};
use scopes_core::token::{AcceptToken, Presentation, PresentedToken, VerifyTokenError, verify};
use scopes_core::{TokenVerifier, VerifiedToken};
use serde_json::json;

use crate::journal::Open;
use crate::site::{NEWEST, Site, builder, call, open, verifier};

#[tokio::test(flavor = "multi_thread")]
async fn origin_and_host_are_checked_without_a_token() {
    let site = Site::open().await;
    for (header, status) in [
        (("host", "mcp.journal.example"), 200),
        (("host", "localhost:8080"), 200),
        (("host", "attacker.example"), 403),
        (("host", "mcp.journal.example.attacker.example"), 403),
        (("origin", "https://mcp.journal.example"), 200),
        (("origin", "https://attacker.example"), 403),
        (("origin", "null"), 403),
    ] {
        let answer = site
            .ask_in(None, &[header], NEWEST, "tools/call", call("about"))
            .await;
        assert_eq!(answer.status, status, "{header:?}: {answer:?}");
        assert_eq!(answer.headers.get("www-authenticate"), None);
    }
    // A page that may read the answers reads the challenge, too.
    let page = ("origin", "https://mcp.journal.example");
    let refused = site
        .ask_in(None, &[page], NEWEST, "tools/call", call("browse"))
        .await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.headers["access-control-allow-origin"], page.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_path_of_the_layer_admits_nobody() {
    // Nobody checks `Host` there, and a token is ignored.
    let server = open().layer(|layer| layer.public_path("/mcp"));
    let site = Site::of(server).await;
    for header in [
        ("host", "attacker.example"),
        ("authorization", "Bearer bob"),
    ] {
        let answer = site
            .ask_in(None, &[header], NEWEST, "tools/call", call("about"))
            .await;
        assert_eq!(answer.status, 401, "{header:?}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_has_declared_takes_a_token() {
    let registry = scopes_core::Registry::of_program().of_server("open");
    registry.dangerously_pass_undeclared();
    registry.remove(scopes_core::OperationKind::Tool, "browse");
    let site = Site::of(open().registry(&registry)).await;
    let answer = site.ask(NEWEST, "tools/call", call("browse")).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    let answer = site.ask(NEWEST, "tools/call", call("about")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let listed = site.ask(NEWEST, "tools/list", json!({})).await;
    assert!(!listed.body.contains("browse"), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn baseline_scopes_for_sessions_take_a_token() {
    let site = Site::of(open().gate(scopes_core::mcp::GateLayer::require_baseline)).await;
    let hello = site.post(&[], &crate::site::hello("2025-11-25")).await;
    assert_eq!(hello.status, 401);
    let about = site.ask(NEWEST, "tools/call", call("about")).await;
    assert_eq!(about.status, 200, "{about:?}");
}

/// It could be that of another resource.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_an_outer_service_is_nobodys() {
    let bob = caller("bob", "entries:read").expect("valid scopes");
    let bob = bob.token().expect("a token").clone();
    let site = Site::open().await.with_extension(bob);
    for (tool, status) in [("list_entries", 401), ("browse", 401), ("about", 200)] {
        let answer = site.ask_in(None, &[], NEWEST, "tools/call", call(tool));
        assert_eq!(answer.await.status, status, "{tool}");
    }
}

/// Takes proofs of possession, and bearer tokens too.
struct Bound(StaticVerifier);

impl TokenVerifier for Bound {
    async fn verify(
        &self,
        token: PresentedToken<'_>,
        _: AcceptToken<'_>,
    ) -> Result<VerifiedToken, VerifyTokenError> {
        verify(&self.0, token).await
    }

    fn presentation(&self) -> Presentation {
        Presentation::dpop(["ES256"]).or_bearer()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_without_its_token_is_refused() {
    let bound = Site::of(builder(|| Open, "open", Bound(verifier()))).await;
    let about = |site: &Site, headers: &'static [(&str, &str)]| {
        let site = site.clone();
        async move {
            let answer = site.ask_in(None, headers, NEWEST, "tools/call", call("about"));
            answer.await.status.as_u16()
        }
    };
    assert_eq!(about(&bound, &[]).await, 200);
    assert_eq!(about(&bound, &[("dpop", "proof")]).await, 401);
    assert_eq!(about(&bound, &[("dpop", "")]).await, 401);
    // Where no proof is taken, it is a header like any other.
    assert_eq!(about(&Site::open().await, &[("dpop", "proof")]).await, 200);
}
