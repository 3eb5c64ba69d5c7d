//! The clients in a process of their own.

use std::path::{Path, PathBuf};

use scopes_interop::browser::REDIRECT_URI;
use scopes_interop::programs::{Program, Steps, node, python};
use serde_json::json;

/// A client, by the version of its SDK.
pub(crate) struct Client {
    pub(crate) name: &'static str,
    program: Program,
    version: u32,
}

/// The clients that can run here, and why others cannot.
pub(crate) fn installed() -> (Vec<Client>, Vec<String>) {
    let (mut clients, mut missing) = (Vec::new(), Vec::new());
    let mut add = |name, interpreter: PathBuf, script, version| {
        let program = Program::script(interpreter, script);
        clients.push(Client {
            name,
            program,
            version,
        });
    };
    match node() {
        Ok(()) => {
            let script = "public_tools/client.mjs";
            add("TypeScript 2.x", "node".into(), script, 2);
            add("TypeScript 1.x", "node".into(), script, 1);
        }
        Err(problem) => missing.push(format!("TypeScript: {problem}")),
    }
    match python(Path::new(env!("CARGO_TARGET_TMPDIR"))) {
        Ok(python) => add("Python 2.x", python, "public_tools/client.py", 2),
        Err(problem) => missing.push(format!("Python: {problem}")),
    }
    (clients, missing)
}

impl Client {
    pub(crate) async fn steps(self, url: &str, browser: &str) -> Result<Steps, String> {
        let task = json!({
            "browser": browser,
            "redirect_uri": REDIRECT_URI,
            "url": url,
            "version": self.version,
        });
        self.program.steps(task).await
    }
}
