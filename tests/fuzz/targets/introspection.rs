//! Answers of token introspection: a token is accepted only after an answer with status 200 that
//! says `"active": true` and, to another reader, nothing against it.
//!
//! The first line is the status, the rest the body.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use scopes_core::fetch::FetchResponse;
use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_fuzz::verified::{ISSUER, Memory, RESOURCE, may_be_accepted, protect, send};
use serde_json::Value;

/// Whether the answer calls the token another kind of token than a bearer token.
fn is_of_another_kind(answer: &Value) -> bool {
    let named = ["token_type", "typ", "token_use"];
    let others = ["refresh", "refresh_token", "id", "id_token", "ID", "DPoP"];
    named
        .iter()
        .any(|name| others.iter().any(|other| answer[*name] == *other))
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let status = lines.next().and_then(|line| std::str::from_utf8(line).ok());
    let Some(status) = status.and_then(|line| line.parse::<u16>().ok()) else {
        return Corpus::Reject;
    };
    let body = lines.next().unwrap_or_default().to_vec();
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    let fetch = Memory::new(move |_| Some(FetchResponse::new(status, body.clone())));
    let client = ClientAuthentication::secret_basic("server", "secret".to_owned());
    let verifier = IntrospectionVerifier::builder(RESOURCE, client)
        .issuer(ISSUER)
        .endpoint("https://auth.example.com/introspect")
        .insecure_accept_made_up_tokens()
        .discover_lazily(fetch);
    let layer = protect(verifier.expect("valid settings"));
    let may = status == 200
        && answer["active"] == true
        && may_be_accepted(&answer)
        && !is_of_another_kind(&answer);
    // The second answer may come from the cache.
    for _ in 0..2 {
        let accepted = send(&layer, "opaque").status == 200;
        assert!(!accepted || may, "{status} {answer}");
    }
    Corpus::Keep
});
