//! The process of the authorization server, and the conversation with it.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, Once, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// The time in which the server starts, on the busiest machine.
const START: Duration = Duration::from_secs(60);

/// `server.mjs` at work, for as long as this lives.
#[derive(Debug)]
pub struct Process {
    /// Its issuer.
    pub issuer: String,
    child: Child,
    /// What the server is told, and what it says. It stops when the first is closed.
    conversation: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
}

impl Process {
    /// Starts the server with the settings that `server.mjs` describes.
    ///
    /// # Panics
    ///
    /// If node or npm fails, or the server does not start in a minute.
    #[must_use]
    pub fn start(settings: &Value) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oidc-provider");
        install(folder.clone());
        let mut child = Command::new("node")
            .arg("server.mjs")
            .arg(settings.to_string())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let stdin = child.stdin.take().expect("piped");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let (said, first) = mpsc::channel();
        thread::spawn(move || {
            let line = lines.next();
            let _ = said.send((line, lines));
        });
        let Ok((line, lines)) = first.recv_timeout(START) else {
            let _ = child.kill();
            panic!("the authorization server says nothing for {START:?}");
        };
        Self {
            issuer: line.expect("an issuer").expect("UTF-8"),
            child,
            conversation: Mutex::new((stdin, lines)),
        }
    }

    /// Tells the server to do something, and waits until it is done.
    fn tell(&self, what: &str) {
        let mut conversation = self.conversation.lock().expect("not poisoned");
        writeln!(conversation.0, "{what}").expect("it listens");
        let done = conversation.1.next().expect("it is done").expect("UTF-8");
        assert_eq!(done, what);
    }

    /// Makes keys that sign from now on. The others stay published.
    ///
    /// # Panics
    ///
    /// If the server has ended.
    pub fn rotate_keys(&self) {
        self.tell("rotate");
    }

    /// Removes every key but those that sign from those that are published.
    ///
    /// # Panics
    ///
    /// If the server has ended.
    pub fn forget_old_keys(&self) {
        self.tell("forget");
    }

    /// Sends a signal to the server, such as `STOP` and `CONT`.
    ///
    /// # Panics
    ///
    /// If the server has ended.
    pub fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        let sent = Command::new("bash")
            .args(["-c", r#"kill -s "$1" -- "$2""#, "bash", name, &process])
            .status();
        assert!(sent.expect("bash starts").success(), "kill -s {name} fails");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Installs what the lock file names, once.
fn install(folder: PathBuf) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let status = Command::new("npm")
            .args(["ci", "--silent", "--ignore-scripts"])
            .current_dir(folder)
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("npm starts").success(), "npm ci fails");
    });
}
