//! What the MCP server logs.

use std::io::{self, Write};
use std::sync::Mutex;

static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps what is logged from now on.
pub(crate) fn keep() {
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(|| Writer)
        .init();
}

/// Returns what was logged since this was asked last.
pub(crate) fn since() -> String {
    let logged = std::mem::take(&mut *LOGGED.lock().expect("not poisoned"));
    String::from_utf8(logged).expect("UTF-8")
}
