//! Keys that cannot be had.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::{Issuer, JwtVerifier, JwtVerifierBuilder};
use scopes_tests::faulty::{FaultyServer, Reply};
use scopes_tests::issuer::{RESOURCE, SigningKey, claims, now_plus};
use serde_json::json;

use crate::load::{
    CLIENTS, DEADLINE, Figures, Presented, TIMEOUT, WELL_KNOWN, application, ask, fail, faults,
    fetch, load, runtime,
};

/// An issuer of JWTs.
struct KeySite {
    server: FaultyServer,
    key: SigningKey,
    stranger: SigningKey,
}

impl KeySite {
    fn start() -> Self {
        let site = Self {
            server: FaultyServer::start(),
            key: SigningKey::ed25519("ours"),
            stranger: SigningKey::ed25519("ours"),
        };
        site.recover();
        site
    }

    fn keys(&self) -> Reply {
        Reply::json(&json!({ "keys": [self.key.jwk()] }))
    }

    fn recover(&self) {
        self.server.bring_up();
        let metadata =
            json!({ "issuer": self.server.url(""), "jwks_uri": self.server.url("/jwks") });
        self.server.reply(WELL_KNOWN, Reply::json(&metadata));
        self.server.reply("/jwks", self.keys());
    }

    fn token(&self, key: &SigningKey, seconds: i64, kid: &str) -> String {
        let (mut header, mut claims) = (key.header(), claims());
        claims["iss"] = self.server.url("").into();
        claims["exp"] = now_plus(seconds).into();
        header["kid"] = kid.into();
        key.sign(&header, &claims)
    }

    /// Valid ones, forged ones and expired ones; one names a key that may be `published`.
    fn tokens(
        &self,
        published: &str,
    ) -> impl Fn(usize, usize) -> Presented + Send + Sync + 'static {
        let tokens = [
            (self.token(&self.key, 600, "ours"), true),
            (self.token(&self.stranger, 600, "ours"), false),
            (self.token(&self.key, 600, "ours"), true),
            (self.token(&self.key, -600, "ours"), false),
            (self.token(&self.stranger, 600, published), false),
        ];
        move |client, round| tokens[(client + round) % tokens.len()].clone()
    }

    fn builder(&self) -> JwtVerifierBuilder {
        JwtVerifier::builder(RESOURCE)
            .issuer(Issuer::new(self.server.url("")))
            .timeout(TIMEOUT)
            // As often as it can be, so that every request may meet the fault.
            .cooldown(Duration::from_millis(1))
            .unknown_key_interval(Duration::from_millis(20))
            .keys_lifetime(Duration::ZERO)
    }
}

#[test]
fn keys_that_cannot_be_had_at_the_start() {
    let (site, runtime) = (KeySite::start(), runtime());
    for (name, fault) in faults(&site.keys()) {
        for paths in [&[WELL_KNOWN][..], &["/jwks"]] {
            site.recover();
            fail(&site.server, fault.as_ref(), paths);
            let eager = runtime.block_on(site.builder().discover(fetch()));
            assert!(eager.is_err(), "{name}");

            let lazy = site.builder().discover_lazily(fetch());
            let application = application(CachedVerifier::new(lazy.expect("valid settings")));
            let figures = runtime.block_on(load(&application, site.tokens("unheard of")));
            let figures = figures.report("keys, from the start", name);
            assert_eq!(figures.allowed, 0, "nothing is known");
            assert!(figures.unavailable > 0);

            site.recover();
            // The outage is remembered for a moment, like any answer.
            let good = site.token(&site.key, 601, "ours");
            let back = async {
                while ask(application.clone(), &good).await.0 != 200 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let back = async { tokio::time::timeout(DEADLINE, back).await };
            runtime.block_on(back).expect("it works again");
        }
    }
}

#[test]
fn keys_that_cannot_be_had_later() {
    let (site, runtime) = (KeySite::start(), runtime());
    for (name, fault) in faults(&site.keys()) {
        site.recover();
        let verifier = runtime.block_on(site.builder().discover(fetch()));
        let application = application(verifier.expect("keys are found"));
        fail(&site.server, fault.as_ref(), &[WELL_KNOWN, "/jwks"]);
        let figures = runtime.block_on(load(&application, site.tokens("ours")));
        let figures = figures.report("keys, later", name);
        assert_eq!(figures.unavailable, 0, "known keys go on");
        assert!(figures.allowed > 0 && figures.refused > 0);
        // The issuer may have such a key, and cannot be asked.
        let unknown = site.token(&site.stranger, 600, "unheard of");
        assert_eq!(
            runtime.block_on(ask(application, &unknown)).0,
            503,
            "{name}"
        );
    }
}

#[test]
fn keys_that_rotate() {
    let (site, runtime) = (Arc::new(KeySite::start()), runtime());
    let verifier = runtime.block_on(site.builder().discover(fetch()));
    let application = application(CachedVerifier::new(verifier.expect("keys are found")));
    let keys: Vec<_> = (0..20)
        .map(|number| SigningKey::ed25519(&format!("key-{number}")))
        .collect();
    let figures = runtime.block_on(async {
        let mut answers = Vec::new();
        for (number, pair) in keys.windows(2).enumerate() {
            // The next key is published before it signs, and the one before the last goes.
            let jwks = json!({ "keys": [pair[0].jwk(), pair[1].jwk()] });
            site.server.reply("/jwks", Reply::json(&jwks));
            tokio::time::sleep(Duration::from_millis(20)).await;
            let mut requests = Vec::new();
            for key in pair {
                let token = site.token(key, 600, key.header()["kid"].as_str().expect("a kid"));
                requests.extend((0..CLIENTS).map(|_| (token.clone(), true)));
            }
            requests.push((
                site.token(&site.stranger, 600, &format!("key-{number}")),
                false,
            ));
            requests.push((
                site.token(&site.stranger, 600, &format!("made up {number}")),
                false,
            ));
            let asked = requests.iter().map(async |(token, is_good)| {
                let (status, waited) = ask(application.clone(), token).await;
                (status, *is_good, waited)
            });
            answers.extend(join_all(asked).await);
        }
        Figures::of(answers)
    });
    let figures = figures.report("keys, rotating", "19 times");
    assert_eq!(figures.allowed, 19 * 2 * CLIENTS);
    // The first key is long gone, and with it what was remembered of its token.
    let first = site.token(&keys[0], 600, "key-0");
    assert_eq!(runtime.block_on(ask(application, &first)).0, 401);
}
