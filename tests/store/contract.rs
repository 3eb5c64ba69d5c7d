//! What every store has to do.

use std::time::Duration;

use scopes_core::store::{LogPosition, MemoryStore, Store};

const LONG: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
const SHORT: Duration = Duration::from_millis(100);

async fn pause() {
    tokio::time::sleep(SHORT * 2).await;
}

async fn keeps_values(store: &impl Store) {
    assert_eq!(store.get("a").await.expect("a store"), None);
    let binary: Vec<u8> = (0..=255).collect();
    for value in [&b"1"[..], b"", &binary] {
        store.put("a", value, LONG).await.expect("a store");
        let found = store.get("a").await.expect("a store");
        assert_eq!(found.as_deref(), Some(value));
    }
    assert_eq!(store.get("b").await.expect("a store"), None);
    store.remove("a").await.expect("a store");
    store.remove("a").await.expect("a store");
    assert_eq!(store.get("a").await.expect("a store"), None);

    store.put("short", b"1", SHORT).await.expect("a store");
    store.put("long", b"1", SHORT).await.expect("a store");
    store.put("long", b"2", LONG).await.expect("a store");
    pause().await;
    assert_eq!(store.get("short").await.expect("a store"), None);
    assert!(store.get("long").await.expect("a store").is_some());
}

async fn inserts_once(store: &impl Store) {
    let insert = async |key: &str, lifetime| store.insert(key, b"1", lifetime).await;
    assert!(insert("once", LONG).await.expect("a store"));
    assert!(!insert("once", LONG).await.expect("a store"));
    store.remove("once").await.expect("a store");
    assert!(insert("once", LONG).await.expect("a store"));
    store.put("put", b"2", LONG).await.expect("a store");
    assert!(!insert("put", LONG).await.expect("a store"));

    assert!(insert("short", SHORT).await.expect("a store"));
    pause().await;
    assert!(insert("short", SHORT).await.expect("a store"));

    let racing = (0..20).map(|_| insert("race", LONG));
    let inserted = futures::future::join_all(racing).await;
    let first = inserted
        .into_iter()
        .filter(|first| *first.as_ref().expect("a store"));
    assert_eq!(first.count(), 1);
}

/// Reads without waiting; returns the entries and the next position.
async fn read(
    store: &impl Store,
    log: &str,
    after: Option<&LogPosition>,
) -> (Vec<String>, LogPosition) {
    let read = store.read(log, after, Duration::ZERO).await;
    let read = read.expect("a store");
    assert!(!read.is_lost);
    let entries = read.entries.into_iter();
    let entries = entries.map(|entry| String::from_utf8(entry).expect("UTF-8"));
    (entries.collect(), read.position)
}

async fn keeps_logs(store: &impl Store) {
    let append = async |log: &str, entry: &str, lifetime| {
        let appended = store.append(log, entry.as_bytes(), lifetime).await;
        appended.expect("a store");
    };
    let (none, start) = read(store, "log", None).await;
    assert_eq!(none, Vec::<String>::new());
    append("log", "1", LONG).await;
    append("log", "2", LONG).await;
    append("other", "3", LONG).await;
    for after in [None, Some(&start)] {
        assert_eq!(read(store, "log", after).await.0, ["1", "2"]);
    }
    let (_, middle) = read(store, "log", None).await;
    assert_eq!(
        read(store, "log", Some(&middle)).await.0,
        Vec::<String>::new()
    );
    append("log", "4", LONG).await;
    assert_eq!(read(store, "log", Some(&middle)).await.0, ["4"]);
    assert_eq!(read(store, "other", None).await.0, ["3"]);

    // A short entry between long ones.
    append("log", "5", SHORT).await;
    append("log", "6", LONG).await;
    pause().await;
    assert_eq!(read(store, "log", None).await.0, ["1", "2", "4", "6"]);
    let (last, end) = read(store, "log", Some(&middle)).await;
    assert_eq!(last, ["4", "6"]);
    assert_eq!(read(store, "log", Some(&end)).await.0, Vec::<String>::new());

    // One that waits, and one that waits in vain.
    let waiting = store.read("log", Some(&end), LONG);
    let late = async {
        pause().await;
        append("log", "7", LONG).await;
    };
    let (read_late, ()) = tokio::join!(waiting, late);
    assert_eq!(read_late.expect("a store").entries, [b"7"]);
    let (_, end) = read(store, "log", None).await;
    let vain = store.read("log", Some(&end), SHORT).await;
    assert!(vain.expect("a store").entries.is_empty());

    // Many, in parts.
    for number in 0..1100 {
        append("many", &number.to_string(), LONG).await;
    }
    let (mut all, mut position) = read(store, "many", None).await;
    loop {
        let (more, next) = read(store, "many", Some(&position)).await;
        if more.is_empty() {
            break;
        }
        all.extend(more);
        position = next;
    }
    let expected: Vec<_> = (0..1100).map(|number| number.to_string()).collect();
    assert_eq!(all, expected);
}

async fn fulfils_the_contract(store: &impl Store) {
    keeps_values(store).await;
    inserts_once(store).await;
    keeps_logs(store).await;
}

#[tokio::test]
async fn the_store_in_memory_fulfils_the_contract() {
    fulfils_the_contract(&MemoryStore::new()).await;
}

#[tokio::test]
async fn the_store_in_memory_is_full_at_its_limit_and_not_for_ever() {
    let store = MemoryStore::new();
    let large = vec![0; 32 << 20];
    for number in 0..7 {
        let put = store.put(&number.to_string(), &large, SECOND).await;
        put.expect("room");
    }
    assert!(store.put("more", &large, LONG).await.is_err());
    assert!(store.append("log", &large, LONG).await.is_err());
    tokio::time::sleep(SECOND).await;
    store.put("more", &large, LONG).await.expect("room");
}

#[cfg(has_redis)]
mod in_redis {
    use redis::Commands as _;
    use scopes_core::store::RedisStore;

    use super::*;
    use crate::redis::Redis;

    #[tokio::test(flavor = "multi_thread")]
    async fn redis_fulfils_the_contract_and_every_key_expires() {
        let redis = Redis::start();
        fulfils_the_contract(&redis.store()).await;
        let keys = redis.keys("");
        assert!(
            keys.iter().all(|key| key.starts_with("scopes:1:")),
            "{keys:?}"
        );
        for key in keys {
            let left: i64 = redis.attacker().ttl(&key).expect("a key");
            assert!(left > 0, "{key}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_reader_is_told_that_the_log_was_lost() {
        let mut redis = Redis::start();
        let store = redis.store();
        let append = async |entry: &str| {
            let appended = store.append("log", entry.as_bytes(), LONG).await;
            appended.expect("a store");
        };
        let lost = async |after: &LogPosition| {
            // The first call after a restart may find the old connection.
            let _ = store.get("any").await;
            let read = store.read("log", Some(after), LONG).await;
            let read = read.expect("a store");
            assert!(read.is_lost);
            (read.entries, read.position)
        };
        append("1").await;
        let (_, position) = read(&store, "log", None).await;

        let () = redis::cmd("FLUSHALL")
            .query(&mut redis.attacker())
            .expect("a server");
        let (none, position) = lost(&position).await;
        assert!(none.is_empty());
        append("2").await;
        let (entries, position) = read(&store, "log", Some(&position)).await;
        assert_eq!(entries, ["2"]);

        redis.restart();
        let (none, position) = lost(&position).await;
        assert!(none.is_empty());
        // Another instance was faster.
        append("3").await;
        let (_, position_of_3) = read(&store, "log", Some(&position)).await;
        redis.restart();
        let _ = store.get("any").await;
        append("4").await;
        let (entries, position) = lost(&position_of_3).await;
        assert_eq!(entries, [b"4"]);

        // The log alone, by an attacker or an eviction.
        let stream: Vec<String> = redis.keys("scopes:1:log");
        let () = redis.attacker().del(&stream[0]).expect("a server");
        let () = redis.attacker().del(&stream[1..]).unwrap_or_default();
        let (none, _) = lost(&position).await;
        assert!(none.is_empty());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_password_is_that_of_the_url_and_shown_nowhere() {
        let redis = Redis::start();
        let () = redis::cmd("CONFIG")
            .arg(&["SET", "requirepass", "s3cr3t"])
            .query(&mut redis.attacker())
            .expect("a server");
        let refused = redis.store().get("a").await.expect_err("no password");
        assert!(refused.to_string().contains("NOAUTH"), "{refused}");
        for (password, is_accepted) in [("s3cr3t", true), ("wr0ng", false)] {
            let url = redis.url().replace("://", &format!("://:{password}@"));
            let store = RedisStore::open(&url).expect("a URL");
            let put = store.put("a", b"1", LONG).await;
            assert_eq!(put.is_ok(), is_accepted, "{put:?}");
            let shown = format!("{store:?} {put:?}");
            assert!(!shown.contains(password), "{shown}");
        }
    }

    #[tokio::test]
    async fn urls_of_redis_are_checked_and_not_shown() {
        assert!(RedisStore::open("rediss://redis.internal").is_ok());
        for url in [
            "",
            "s3cr3t",
            "http://:s3cr3t@redis.internal",
            "redis://:s3cr3t@",
        ] {
            let error = RedisStore::open(url)
                .expect_err("an invalid URL")
                .to_string();
            assert!(error.contains("`redis://`"), "{error}");
            assert!(!error.contains("s3cr3t"), "{error}");
        }
    }
}
