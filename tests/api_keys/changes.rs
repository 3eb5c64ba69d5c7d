//! A list that changes while the server runs.

use std::sync::{Arc, Mutex, OnceLock};

use scopes_core::api_keys::ApiKeyVerifier;
use scopes_core::cache::CachedVerifier;
use scopes_core::testing::{Clock, StaticVerifier};
use tracing_subscriber::fmt::MakeWriter;

use crate::site::{
    KeyFile, PREFIX, Recording, SECOND, ask, key, protect, readiness, status, verifier,
};

#[test]
fn a_key_that_is_taken_out_is_rejected_without_a_restart() {
    let clock = Clock::start();
    let (kept, of_kept) = key("import", "never", "entries:read");
    let (gone, of_gone) = key("nightly", "never", "entries:read");
    let (new, of_new) = key("new", "never", "entries:read");
    let file = KeyFile::new("taken-out", &[&of_kept, &of_gone]);
    // In front of a cache and behind one.
    let before = ApiKeyVerifier::builder(PREFIX).file(file.path());
    let before = before.build(CachedVerifier::new(Recording::new()));
    let before = protect(before.expect("valid settings"));
    let behind = protect(CachedVerifier::new(verifier(&file)));
    let statuses = |key: &str| [status(&before, key), status(&behind, key)];
    assert_eq!(statuses(&gone), [200; 2]);
    assert_eq!(statuses(&new), [401; 2]);
    file.write(&[&of_kept, &of_new]);
    clock.advance(SECOND);
    assert_eq!(statuses(&gone), [401; 2]);
    assert_eq!(statuses(&kept), [200; 2]);
    assert_eq!(statuses(&new), [200; 2]);
    file.write(&[&of_kept, &of_gone]);
    clock.advance(SECOND);
    assert_eq!(statuses(&gone), [200; 2]);
}

#[test]
fn other_scopes_count_from_then_on() {
    let clock = Clock::start();
    let (key, entry) = key("nightly", "never", "entries:read");
    let file = KeyFile::new("scopes", &[&entry]);
    let protect = protect(CachedVerifier::new(verifier(&file)));
    assert_eq!(status(&protect, &key), 200);
    file.write(&[&entry.replacen(" entries:read", "", 1)]);
    clock.advance(SECOND);
    assert_eq!(status(&protect, &key), 403);
    file.write(&[&entry.replacen("never", "2020-01-01", 1)]);
    clock.advance(SECOND);
    assert_eq!(status(&protect, &key), 401);
    file.write(&[&entry]);
    clock.advance(SECOND);
    assert_eq!(status(&protect, &key), 200);
}

#[test]
fn while_a_list_cannot_be_read_keys_are_unavailable() {
    let clock = Clock::start();
    let (key, entry) = key("nightly", "never", "entries:read");
    let file = KeyFile::new("unreadable", &[&entry]);
    let protect = protect(verifier(&file));
    assert_eq!(status(&protect, &key), 200);
    file.remove();
    clock.advance(SECOND);
    let answer = ask(&protect, &key);
    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers["retry-after"], "5");
    assert_eq!(answer.body["error"], "temporarily_unavailable");
    assert_eq!(readiness(&protect), 503);
    // Other tokens need no list.
    assert_eq!(status(&protect, "ada"), 200);
    file.write(&[&entry]);
    clock.advance(SECOND);
    assert_eq!(status(&protect, &key), 200);
    assert_eq!(readiness(&protect), 200);
}

/// Such as `notebooks:12:write` instead of `notebooks:123:write`, or a key without scopes.
#[test]
fn a_line_that_was_cut_off_grants_nothing() {
    let clock = Clock::start();
    let (kept, of_kept) = key("import", "never", "entries:read");
    let (cut, entry) = key("nightly", "9999-12-31", "entries:read notebooks:123:write");
    let file = KeyFile::new("cut-off", &[&of_kept, &entry]);
    let protect = protect(verifier(&file));
    assert_eq!(status(&protect, &cut), 200);
    for length in 1..entry.len() {
        file.write(&[&of_kept, &entry[..length]]);
        clock.advance(SECOND);
        assert_eq!(status(&protect, &cut), 401, "{}", &entry[..length]);
        assert_eq!(status(&protect, &kept), 200);
        let builder = ApiKeyVerifier::builder(PREFIX).file(file.path());
        let built = builder.build(Recording::new());
        let is_blank = entry[..length].trim().is_empty();
        assert_eq!(built.is_ok(), is_blank, "{}", &entry[..length]);
    }
}

/// One list may let the key expire that the other one accepts.
#[test]
fn a_hash_in_two_lists_counts_in_none() {
    let clock = Clock::start();
    let (key, entry) = key("nightly", "never", "entries:read");
    let lists = [
        KeyFile::new("one-of-two", &[]),
        KeyFile::new("two-of-two", &[&entry]),
    ];
    let builder = || {
        let builder = ApiKeyVerifier::builder(PREFIX).file(lists[0].path());
        builder.file(lists[1].path())
    };
    let protect = protect(builder().build(Recording::new()).expect("valid settings"));
    assert_eq!(status(&protect, &key), 200);
    lists[0].write(&["# a comment", &entry.replacen("never", "2020-01-01", 1)]);
    clock.advance(SECOND);
    let answer = ask(&protect, &key);
    assert_eq!(answer.status, 401);
    assert!(!answer.challenge().contains("expired"), "{answer:?}");
    let error = builder()
        .build(StaticVerifier::new())
        .expect_err("a mistake");
    let text = error.to_string();
    assert_eq!(error.problems().len(), 2, "{text}");
    assert!(
        error.problems()[0]
            .problem()
            .contains("two-of-two:1; remove one"),
        "{text}"
    );
    assert!(
        error.problems()[1]
            .problem()
            .contains("one-of-two:2; remove one"),
        "{text}"
    );
    lists[0].write(&[]);
    clock.advance(SECOND);
    assert_eq!(status(&protect, &key), 200);
}

/// Collects what is logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Returns the log of all tests: events of a thread without a subscriber could be disabled for all.
    pub(crate) fn of_all_tests() -> &'static Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let subscriber = tracing_subscriber::fmt().with_writer(log.clone());
            let subscriber = subscriber.with_ansi(false).finish();
            tracing::subscriber::set_global_default(subscriber).expect("nothing else sets one");
            log
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("UTF-8")
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[test]
fn a_mistake_costs_its_entry_alone_and_is_logged() {
    let log = Log::of_all_tests();
    let clock = Clock::start();
    let (kept, of_kept) = key("import", "never", "entries:read");
    let (gone, of_gone) = key("old", "never", "entries:read");
    let (broken, of_broken) = key("nightly", "never", "entries:read");
    let file = KeyFile::new("broken", &[&of_kept, &of_gone, &of_broken]);
    let protect = protect(verifier(&file));
    for key in [&kept, &gone, &broken] {
        assert_eq!(status(&protect, key), 200);
    }
    let of_broken = of_broken.replacen("never", "nevr", 1);
    let (twice, of_twice) = key("twice", "never", "entries:read");
    file.write(&[
        &of_kept,
        &of_broken,
        &format!("pasted never {gone}"),
        &format!("{gone} never {}", "sha256:0"),
        &of_twice,
        &of_twice.replacen("entries:read", "entries:write", 1),
    ]);
    clock.advance(SECOND);
    assert_eq!(status(&protect, &kept), 200);
    for key in [&gone, &broken, &twice] {
        assert_eq!(status(&protect, key), 401);
    }
    file.remove();
    clock.advance(SECOND);
    assert_eq!(status(&protect, &kept), 503);
    let log = log.text();
    for expected in [
        "broken:2\"",
        "has an invalid date",
        "broken:3\"",
        "broken:5\"",
        "broken:6\"",
        "has the same hash as",
        "is invalid and ignored",
        "as an API key does",
        "broken api_keys.entries=1",
        "auth.reason=\"unknown_api_key\"",
        "broken api_keys.problem=\"cannot be read",
    ] {
        assert!(log.contains(expected), "{expected}: {log}");
    }
    for key in [&kept, &gone, &broken] {
        let random = key.strip_prefix(PREFIX).expect("the prefix");
        assert!(!log.contains(random), "{log}");
    }
}
