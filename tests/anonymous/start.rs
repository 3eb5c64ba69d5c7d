//! The start says who is admitted without a token.

use std::io;
use std::sync::{Arc, Mutex};

use scopes_core::AnonymousLists;
use tracing_subscriber::fmt::MakeWriter;

use crate::gate::Gated;
use crate::site::{Site, hello, open};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

async fn logged<F: Future>(start: F) -> String {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _logs = tracing::subscriber::set_default(subscriber);
    start.await;
    let bytes = log.0.lock().expect("no panic").clone();
    let text = String::from_utf8(bytes).expect("a text");
    let lines = text
        .lines()
        .filter(|line| line.contains("public operations") || line.contains("sessions are open"));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_start_says_who_is_admitted() {
    let closed = logged(Site::closed()).await;
    assert!(closed.contains("WARN"), "{closed}");
    for said in [
        "take a token",
        "anonymous = \"public\"",
        "tool about",
        "prompt greet",
    ] {
        assert!(closed.contains(said), "{said} in {closed}");
    }
    assert!(!closed.contains("browse"), "{closed}");
    let required = logged(Site::of(open().require_token())).await;
    assert_eq!(required, "", "the program has chosen");
    let open = logged(Site::open()).await;
    assert!(open.contains("INFO") && !open.contains("WARN"), "{open}");
    let whole = logged(Site::whole()).await;
    assert!(
        whole.contains("WARN") && whole.contains("whole lists"),
        "{whole}"
    );
}

#[tokio::test]
async fn a_full_table_is_logged_once() {
    let site = Site::of(open().gate(|gate| gate.max_anonymous_sessions(1))).await;
    let log = logged(async {
        for _ in 0..4 {
            site.post(&[], &hello("2025-11-25")).await;
        }
    });
    let log = log.await;
    assert_eq!(log.matches("sessions are open").count(), 1, "{log}");
    assert!(
        log.contains("WARN") && log.contains("max_anonymous_sessions"),
        "{log}"
    );
}

/// The option of a handler is in the lock file; this setting is not.
#[tokio::test]
async fn a_gate_that_is_put_together_by_hand_is_logged() {
    let start = |lists| logged(async move { Gated::new(lists, &Arc::default()) });
    assert_eq!(start(None).await, "");
    let public = start(Some(AnonymousLists::Public)).await;
    assert!(
        public.contains("INFO") && public.contains("admitted"),
        "{public}"
    );
    let whole = start(Some(AnonymousLists::Whole)).await;
    assert!(
        whole.contains("WARN") && whole.contains("whole lists"),
        "{whole}"
    );
}
