//! The start says who is admitted without a token.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use crate::site::Site;

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

async fn logged<F: Future<Output = Site>>(start: F) -> String {
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
        .filter(|line| line.contains("public operations"));
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
    let open = logged(Site::open()).await;
    assert!(open.contains("INFO") && !open.contains("WARN"), "{open}");
    let whole = logged(Site::whole()).await;
    assert!(
        whole.contains("WARN") && whole.contains("whole lists"),
        "{whole}"
    );
}
