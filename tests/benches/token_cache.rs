//! A token that was good before, against the cheapest way to find it again that several threads can
//! share and that forgets in time; what remembering takes; and what two threads get done.

#![allow(clippy::expect_used, reason = "a benchmark may panic")]

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use allocation_counter::measure;
use scopes_core::PresentedToken;
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::{Issuer, JwkSet, JwtVerifier};
use scopes_core::token::verify_at_once;
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey, claims};
use scopes_tests::measure::{Comparison, is_measuring, print_throughput};
use serde_json::json;

const TARGET: f64 = 2.5;

/// Hashes a token by the last bytes of its signature: free, and as good as random, unless somebody
/// makes up tokens that end alike.
#[derive(Default)]
struct LastBytes(u64);

impl Hasher for LastBytes {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last_chunk() {
            self.0 = u64::from_le_bytes(*last);
        }
    }

    fn finish(&self) -> u64 {
        // Base64 leaves the upper bits of every byte nearly constant.
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

type Remembered = HashMap<String, (Arc<str>, Instant), BuildHasherDefault<LastBytes>>;

fn main() {
    let key = SigningKey::p256("1");
    let keys: JwkSet = serde_json::from_value(json!({ "keys": [key.jwk()] })).expect("keys");
    let verifier = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER).jwks(keys));
    let verifier = CachedVerifier::new(verifier.build().expect("valid settings"));
    let mut claims = claims();
    claims["groups"] = "x".repeat(400).into();
    let number: u16 = if is_measuring() { 1_000 } else { 10 };
    let tokens: Vec<String> = (0..number)
        .map(|number| {
            claims["jti"] = number.to_string().into();
            key.sign(&key.header(), &claims)
        })
        .collect();
    let remember = || {
        for token in &tokens {
            let header = format!("Bearer {token}");
            let answer = verify_at_once(&verifier, read(&header)).expect("at once");
            answer.expect("good");
        }
    };
    let held = measure(remember).bytes_current;
    let length = tokens[0].len();

    let until = Instant::now() + Duration::from_secs(600);
    let remembered: Remembered = tokens
        .iter()
        .map(|token| (token.clone(), (Arc::from("claims"), until)))
        .collect();
    let remembered = RwLock::new(remembered);
    let headers: Vec<String> = tokens
        .iter()
        .map(|token| format!("Bearer {token}"))
        .collect();
    let presented: Vec<PresentedToken<'_>> = headers.iter().map(|header| read(header)).collect();
    let (mut sketched, mut ours) = (presented.iter().cycle(), presented.iter().cycle());
    Comparison::new(format!(
        "one after another of {number} tokens of {length} bytes"
    ))
    .case("HashMap by the last bytes of the signature", || {
        let token = sketched.next().expect("without end");
        let remembered = remembered.read().expect("not poisoned");
        let (claims, until) = remembered.get(black_box(token.as_str()))?;
        (Instant::now() < *until).then(|| Arc::clone(claims))
    })
    .within(TARGET, "CachedVerifier", || {
        let token = ours.next().expect("without end");
        verify_at_once(&verifier, black_box(*token))
    })
    .print();
    println!(
        "  memory: {} bytes for each token, its text included",
        held / i64::from(number)
    );
    let verifier = &verifier;
    let hit = |token| move || drop(black_box(verify_at_once(verifier, black_box(token))));
    print_throughput("hits, of one token by all", |_| hit(presented[0]));
    print_throughput("hits, of a token by each", |thread| hit(presented[thread]));
}

fn read(header: &str) -> PresentedToken<'_> {
    let token = PresentedToken::from_authorization([header]);
    token.expect("well-formed").expect("a token")
}
