//! Debian's redis-server on this machine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use redis::{Client, Commands, Connection};
use scopes_core::store::RedisStore;
use scopes_tests::ports::free_address;

/// A server, which ends with this value.
pub(crate) struct Redis {
    address: SocketAddr,
    folder: PathBuf,
    process: Option<Child>,
}

impl Redis {
    pub(crate) fn start() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("redis-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut redis = Self {
            address: free_address(),
            folder,
            process: None,
        };
        redis.restart();
        redis
    }

    /// Ends the server, which forgets everything.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it runs");
            process.wait().expect("it ends");
        }
    }

    /// Starts the server empty, at the same address.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .arg("--port")
            .arg(self.address.port().to_string())
            .arg("--dir")
            .arg(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        self.process = Some(process.expect("redis-server starts"));
        let begin = Instant::now();
        while self.client().get_connection().is_err() {
            assert!(begin.elapsed() < Duration::from_secs(20), "no connection");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops the server from answering, as behind a network that has failed; `CONT` undoes it.
    pub(crate) fn signal(&self, signal: &str) {
        let process = self.process.as_ref().expect("it runs");
        let kill = Command::new("kill")
            .arg(format!("-{signal}"))
            .arg(process.id().to_string())
            .status();
        assert!(kill.expect("a program").success());
    }

    pub(crate) fn store(&self) -> RedisStore {
        RedisStore::open(&self.url()).expect("a URL")
    }

    /// Whoever can write to the server.
    pub(crate) fn attacker(&self) -> Connection {
        self.client().get_connection().expect("a connection")
    }

    /// The keys with this beginning.
    pub(crate) fn keys(&self, beginning: &str) -> Vec<String> {
        let keys = self.attacker().keys(format!("{beginning}*"));
        keys.expect("keys")
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    fn client(&self) -> Client {
        Client::open(self.url()).expect("a URL")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
