//! Answers that several instances share.

use std::time::Duration;

use futures::future::join_all;
use scopes_core::introspection::IntrospectionVerifier;
use scopes_core::reqwest::ReqwestFetch;
use scopes_core::store::SharedStore;
use scopes_tests::faulty::Reply;
use scopes_tests::issuer::now_plus;
use serde_json::json;

use crate::site::{REFUSED, Site, ask, fetch, is_unavailable};

fn store() -> SharedStore {
    SharedStore::in_memory().expect("random bytes")
}

impl Site {
    /// An instance with this store.
    fn instance(&self, store: &SharedStore) -> IntrospectionVerifier<ReqwestFetch> {
        let builder = self.builder().endpoint(self.server.url("/introspect"));
        builder.store(store).build(fetch()).expect("valid settings")
    }
}

#[test]
fn one_instance_asks_for_all() {
    let site = Site::start();
    let store = store();
    let instances = [(); 4].map(|()| site.instance(&store));
    let good = Reply::json(&site.good());
    let slow = |reply| Reply::After(Duration::from_millis(200), Box::new(reply));
    for (token, reply, is_active) in [
        ("good", slow(good), true),
        ("bad", slow(Reply::json(&json!({ "active": false }))), false),
    ] {
        site.answer(reply);
        let before = site.server.asked();
        let asking = instances.iter().cycle().take(40);
        let asking = asking.map(|instance| ask(instance, token));
        let answers = site.runtime.block_on(join_all(asking));
        assert_eq!(site.server.asked() - before, 1);
        for answer in answers {
            assert_eq!(answer.is_ok(), is_active, "{answer:?}");
        }
    }
    // With all claims.
    let answers = [0, 3].map(|place| site.ask(&instances[place], "good"));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].as_ref().expect("active").subject(), Some("ada"));
}

#[test]
fn each_instance_applies_its_own_settings_to_an_answer() {
    let site = Site::start();
    let store = store();
    site.answer(Reply::json(&site.good()));
    assert!(site.ask(&site.instance(&store), "token").is_ok());

    let endpoint = site.server.url("/introspect");
    let builder = || site.builder().endpoint(&endpoint).store(&store);
    let asked = |verifier: IntrospectionVerifier<ReqwestFetch>| {
        let before = site.server.asked();
        let answer = site.ask(&verifier, "token");
        (answer.map(drop), site.server.asked() - before)
    };
    // An audience that the token is not for.
    let other = builder().audience("https://other.example/mcp");
    assert_eq!(
        asked(other.build(fetch()).expect("valid")),
        (Err(REFUSED), 0)
    );
    // The subject in a claim that the answer does not have.
    let named = builder().subject_claim("username");
    assert_eq!(
        asked(named.build(fetch()).expect("valid")),
        (Err(REFUSED), 0)
    );
    // An answer that is too old for this instance.
    std::thread::sleep(Duration::from_millis(100));
    let strict = builder().max_age(Duration::from_millis(50));
    assert_eq!(asked(strict.build(fetch()).expect("valid")), (Ok(()), 1));
    // No cache at all.
    let never = builder().max_age(Duration::ZERO);
    assert_eq!(asked(never.build(fetch()).expect("valid")), (Ok(()), 1));
    // Another issuer is another authorization server.
    let issuer = builder().issuer("https://other.example");
    assert_eq!(
        asked(issuer.build(fetch()).expect("valid")),
        (Err(REFUSED), 1)
    );
}

#[test]
fn an_answer_lives_no_longer_on_all_instances_than_on_one() {
    let site = Site::start();
    let store = store();
    let max_age = Duration::from_secs(2);
    let instance = || {
        let builder = site.builder().endpoint(site.server.url("/introspect"));
        let builder = builder.store(&store).max_age(max_age);
        builder.build(fetch()).expect("valid settings")
    };
    let (first, second) = (instance(), instance());
    site.answer(Reply::json(&site.good()));
    assert!(site.ask(&first, "token").is_ok());
    std::thread::sleep(Duration::from_millis(1200));
    assert!(site.ask(&second, "token").is_ok());
    // It is revoked, and the second instance has had the answer for a short time.
    site.answer(Reply::json(&json!({ "active": false })));
    std::thread::sleep(Duration::from_secs(1));
    for instance in [&second, &first] {
        assert_eq!(site.ask(instance, "token").map(drop), Err(REFUSED));
    }

    // Within the leeway, but over: such an answer is good once.
    site.answer(Reply::json(&site.with("exp", json!(now_plus(-5)))));
    let before = site.server.asked();
    for instance in [&first, &second] {
        assert!(site.ask(instance, "over").is_ok());
    }
    assert_eq!(site.server.asked() - before, 2);
}

#[test]
fn an_outage_is_not_shared() {
    let site = Site::start();
    let store = store();
    let (first, second) = (site.instance(&store), site.instance(&store));
    site.answer(Reply::Answer(502, String::new()));
    assert!(is_unavailable(&site.ask(&first, "token")));
    site.answer(Reply::json(&site.good()));
    assert!(site.ask(&second, "token").is_ok());
}
