//! A server's process, which ends with the value, or with this process.

use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Client;
use tempfile::TempDir;

/// Ends the group of processes when the server ends, and when standard input does: then whoever has
/// started it is gone, in whatever way.
const GROUP: &str =
    r#"exec 3<&0; { "$@" </dev/null 3<&-; kill -KILL 0; } & read -r _ <&3; kill -KILL 0"#;

/// How long a server may take until it answers: a virtual machine on busy cores.
const PATIENCE: Duration = Duration::from_secs(240);

#[derive(Debug)]
pub(crate) struct Process {
    program: Command,
    group: Child,
    /// Of this server alone; `log` is what it has printed.
    folder: TempDir,
}

/// Returns the folder of a server that the script has installed.
///
/// # Errors
///
/// If it is not installed, with the command that installs it.
pub(crate) fn installed(name: &str) -> Result<PathBuf, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("install");
    let found = Command::new(script).arg("--find").arg(name).output();
    match found {
        Ok(output) if output.status.success() => {
            let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            Ok(folder.into())
        }
        _ => Err(format!(
            "it is not installed; run `tests/authorization-servers/install {name}`"
        )),
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

impl Process {
    /// Starts a program in its folder.
    pub(crate) fn start(folder: TempDir, program: &mut Command) -> Self {
        let log = std::fs::File::create(folder.path().join("log")).expect("a file");
        let mut group = Command::new("bash");
        group.args(["-c", GROUP, "bash"]);
        group.arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            group.env(name, value.expect("a value"));
        }
        group
            .current_dir(folder.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a file"))
            .stderr(log);
        Self {
            group: group.spawn().expect("bash starts"),
            program: group,
            folder,
        }
    }

    /// Kills the server, and waits until connections to its port are refused.
    pub(crate) fn kill(&mut self, port: u16) {
        self.signal("KILL");
        let _ = self.group.wait();
        while TcpStream::connect(("127.0.0.1", port)).is_ok() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Starts a server that was killed, with the same settings and the same folder.
    pub(crate) fn start_again(&mut self) {
        self.group = self.program.spawn().expect("bash starts");
    }

    /// Suspends the server: it takes connections, and answers nothing.
    pub(crate) fn suspend(&mut self) {
        self.signal("STOP");
    }

    /// Has a suspended server go on.
    pub(crate) fn resume(&mut self) {
        self.signal("CONT");
    }

    /// Sends a signal to every process of the group, if it has not ended.
    fn signal(&mut self, name: &str) {
        if self.group.try_wait().expect("a process").is_none() {
            let group = format!("-{}", self.group.id());
            let sent = Command::new("bash")
                .args(["-c", r#"kill -s "$1" -- "$2""#, "bash", name, &group])
                .status();
            assert!(sent.expect("bash starts").success(), "kill -s {name} fails");
        }
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Waits until the server answers with 200.
    pub(crate) async fn wait_for(&mut self, http: &Client, url: &str) {
        let begin = Instant::now();
        loop {
            let answer = http.get(url).timeout(Duration::from_secs(10)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            let ended = self.group.try_wait().expect("a process");
            assert!(ended.is_none(), "it ends:\n{}", self.log());
            assert!(begin.elapsed() < PATIENCE, "no {url}:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal("KILL");
        let _ = self.group.wait();
    }
}
