//! Keys that change at the issuer, seen through the layer: how soon that is noticed, and that no
//! stranger delays it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use scopes_core::cache::CachedVerifier;
use scopes_tests::issuer::{ISSUER, SigningKey, Site, claims};
use serde_json::json;

use crate::behind_the_layer::{
    LONG, answer, discovered, fresh, made_up, service, services, status, until_not,
};
use crate::keys::builder;

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_key_is_noticed_by_age() {
    let millis = Duration::from_millis;
    for (lifetime, cooldown) in [(millis(300), millis(5000)), (millis(600), millis(50))] {
        for one_token in [true, false] {
            let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
            let site = Site::with_keys(&[&old]);
            let builder = builder().keys_lifetime(lifetime).cooldown(cooldown);
            for (name, service) in services(&builder, &site).await {
                let case = format!("{name}, {lifetime:?}, one token: {one_token}");
                site.publish_keys(&[&old]);
                let kept = fresh(&old, 0);
                let token = |number| {
                    if one_token {
                        kept.clone()
                    } else {
                        fresh(&old, number)
                    }
                };
                assert_eq!(status(&service, &token(0)).await, 200, "{case}");
                site.publish_keys(&[&new]);
                let asked = site.asked();
                let (status_then, waited) = until_not(&service, 200, token).await;
                assert_eq!(status_then, 401, "{case}");
                let refreshes = waited.as_millis() / lifetime.as_millis() + 2;
                let fetches = (site.asked() - asked) as u128;
                assert!(
                    fetches <= refreshes,
                    "{fetches} fetches in {waited:?}, {case}"
                );
                assert_eq!(status(&service, &kept).await, 401, "{case}");
                assert_eq!(status(&service, &fresh(&new, 0)).await, 200, "{case}");
            }
        }
    }
}

/// All settings are the defaults.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_delays_no_rotation() {
    let (old, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let stranger = Arc::new(SigningKey::ed25519("3"));
    let site = Site::with_keys(&[&old]);
    for (name, service) in services(&builder(), &site).await {
        site.publish_keys(&[&old]);
        assert_eq!(status(&service, &fresh(&old, 0)).await, 200, "{name}");
        tokio::time::sleep(Duration::from_millis(2100)).await;
        assert_eq!(
            status(&service, &made_up(&stranger, 0)).await,
            401,
            "{name}"
        );
        site.publish_keys(&[&old, &new]);

        let is_over = Arc::new(AtomicBool::new(false));
        let strangers = {
            let (service, is_over) = (service.clone(), Arc::clone(&is_over));
            let stranger = Arc::clone(&stranger);
            tokio::spawn(async move {
                let mut asked = Vec::new();
                for number in 1.. {
                    if is_over.load(Ordering::SeqCst) {
                        break;
                    }
                    let (service, token) = (service.clone(), made_up(&stranger, number));
                    asked.push(tokio::spawn(async move { status(&service, &token).await }));
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                asked
            })
        };
        let start = Instant::now();
        let tokens: Vec<_> = (0..10).map(|number| fresh(&new, number)).collect();
        let answers = join_all(tokens.iter().map(|token| status(&service, token))).await;
        assert_eq!(answers, [200; 10], "{name}");
        assert!(start.elapsed() < LONG, "{name}");
        assert_eq!(status(&service, &fresh(&old, 1)).await, 200, "{name}");
        is_over.store(true, Ordering::SeqCst);
        for asked in strangers.await.expect("no panic") {
            let status = asked.await.expect("no panic");
            assert!(matches!(status, 401 | 503), "{name}: {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_strangers_some_wait_and_the_rest_are_told_to_come_back() {
    let (key, stranger) = (SigningKey::ed25519("1"), SigningKey::ed25519("3"));
    let site = Site::with_keys(&[&key]);
    let service = service(discovered(builder(), &site).await);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    // The next fetch has to wait.
    assert_eq!(status(&service, &made_up(&stranger, 0)).await, 401);
    tokio::time::sleep(Duration::from_millis(1900)).await;
    let asked = site.asked();
    let tokens: Vec<_> = (1..2000).map(|number| made_up(&stranger, number)).collect();
    let answers = join_all(tokens.iter().map(|token| answer(&service, token))).await;
    for (status, headers) in &answers {
        match status {
            401 => assert!(headers.contains_key("www-authenticate")),
            503 => {
                assert_eq!(headers["retry-after"], "2");
                assert!(!headers.contains_key("www-authenticate"));
            }
            other => panic!("{other}"),
        }
    }
    assert!(
        site.asked() - asked <= 3,
        "{} fetches",
        site.asked() - asked
    );
    assert_eq!(status(&service, &fresh(&key, 0)).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_replaced_under_its_id_is_found() {
    let key = |kid| (SigningKey::ed25519(kid), SigningKey::ed25519(kid));
    let nameless = |key: &SigningKey| {
        let mut jwk = key.jwk();
        jwk.as_object_mut().expect("an object").remove("kid");
        jwk
    };
    for has_id in [true, false] {
        let (old, new) = key("1");
        let publish = |site: &Site, key: &SigningKey| {
            let jwk = if has_id { key.jwk() } else { nameless(key) };
            site.publish(&format!("{ISSUER}/jwks"), &json!({ "keys": [jwk] }));
        };
        let token = |key: &SigningKey, number: usize| {
            let (mut header, mut claims) = (key.header(), claims());
            claims["jti"] = number.to_string().into();
            if !has_id {
                header.as_object_mut().expect("an object").remove("kid");
            }
            key.sign(&header, &claims)
        };
        let site = Site::with_keys(&[]);
        publish(&site, &old);
        for (name, service) in services(&builder(), &site).await {
            publish(&site, &old);
            assert_eq!(status(&service, &token(&old, 0)).await, 200, "{name}");
            publish(&site, &new);
            assert_eq!(
                status(&service, &token(&new, 0)).await,
                200,
                "{name} {has_id}"
            );
            assert_eq!(
                status(&service, &token(&old, 0)).await,
                401,
                "{name} {has_id}"
            );
            let asked = site.asked();
            for number in 0..50 {
                assert_eq!(status(&service, &token(&old, number)).await, 401, "{name}");
            }
            assert_eq!(site.asked(), asked, "one fetch in a cooldown");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_set_withdraws_every_key() {
    let key = SigningKey::ed25519("1");
    let site = Site::with_keys(&[&key]);
    let builder = builder().keys_lifetime(Duration::from_millis(200));
    for (name, service) in services(&builder, &site).await {
        site.publish_keys(&[&key]);
        let token = fresh(&key, 0);
        let (first, _) = until_not(&service, 401, |_| token.clone()).await;
        assert_eq!(first, 200, "{name}");
        site.publish_keys(&[]);
        let (status_then, _) = until_not(&service, 200, |_| token.clone()).await;
        assert_eq!(status_then, 401, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_cannot_be_refreshed_are_trusted_for_a_time() {
    let (key, new) = (SigningKey::ed25519("1"), SigningKey::ed25519("2"));
    let builder = builder()
        .keys_lifetime(Duration::from_millis(200))
        .keys_max_age(Duration::from_millis(1500))
        .unknown_key_interval(Duration::from_millis(100))
        .cooldown(Duration::from_millis(100));
    for cached in [false, true] {
        let site = Site::with_keys(&[&key]);
        // Before the keys are fetched, whose age counts.
        let start = Instant::now();
        let verifier = discovered(builder.clone(), &site).await;
        let service = if cached {
            service(CachedVerifier::new(verifier))
        } else {
            service(verifier)
        };
        site.shut_down();
        let token = fresh(&key, 0);
        assert_eq!(status(&service, &token).await, 200, "{cached}");
        // A key that nobody could look for may be a good one.
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(status(&service, &fresh(&new, 0)).await, 503, "{cached}");
        let (status_then, _) = until_not(&service, 200, |_| token.clone()).await;
        assert_eq!(status_then, 503, "{cached}");
        assert!(start.elapsed() >= Duration::from_millis(1500), "{cached}");

        let metadata = json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/jwks") });
        let place = format!("{ISSUER}/.well-known/oauth-authorization-server");
        site.publish(&place, &metadata);
        site.publish_keys(&[&key]);
        let (status_then, _) = until_not(&service, 503, |_| token.clone()).await;
        assert_eq!(status_then, 200, "{cached}");
    }
}

/// All settings are the defaults.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_keys_are_asked_for_again_after_a_second() {
    let key = SigningKey::ed25519("1");
    let site = Site::with_keys(&[&key]);
    let verifier = builder()
        .discover_lazily(site.clone())
        .expect("valid settings");
    let service = service(verifier);
    site.shut_down();
    let (status_now, headers) = answer(&service, &fresh(&key, 0)).await;
    assert_eq!(status_now, 503);
    assert_eq!(headers["retry-after"], "1");
    let metadata = json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/jwks") });
    site.publish(
        &format!("{ISSUER}/.well-known/oauth-authorization-server"),
        &metadata,
    );
    site.publish_keys(&[&key]);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(status(&service, &fresh(&key, 1)).await, 200);
}
