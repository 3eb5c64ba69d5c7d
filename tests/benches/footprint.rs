//! What protecting a server adds to it: crates, the time of a clean build, and the binary. The same
//! rmcp and axum server is built bare, with what any verification takes (the floor), with another
//! crate, and with ours.
//!
//! Builds take minutes, so they are asked for: `cargo bench -p scopes-tests --bench footprint --
//! builds`. Crates are counted always.

#![allow(clippy::expect_used, reason = "a benchmark may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How many crates more than the floor, and how many times its build and its binary, ours may be.
const CRATES: usize = 10;
const SHARE: f64 = 1.25;

/// What the bare server depends on, and all others too.
const SERVER: &str = r#"
axum = { version = "0.8", default-features = false, features = ["http1", "tokio"] }
rmcp = { version = "3.11", default-features = false, features = ["server", "macros", "transport-streamable-http-server"] }
tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
"#;

const FLOOR: &str = r#"
bytes = "1"
http-body-util = "0.1"
hyper-rustls = { version = "0.27", default-features = false, features = ["http1", "tls12", "aws-lc-rs", "native-tokio"] }
hyper-util = { version = "0.1", default-features = false, features = ["client-legacy", "http1", "tokio"] }
inventory = "0.3"
jsonwebtoken = { version = "11.1", default-features = false, features = ["aws_lc_rs"] }
serde_json = "1"
"#;

const PEER: &str = r#"
oauth-resource-server = { version = "=0.4.1", features = ["mcp", "tower"] }
"#;

type Measure = fn(&Built) -> f64;

fn main() {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scopes-core");
    let ours = format!(
        "scopes-core = {{ path = \"{}\", features = [\"axum\", \"cache\", \"hyper\", \"jwt\", \"rmcp\", \"tracing\"] }}\n",
        ours.display()
    );
    let project = Project::write;
    let bare = project("bare", include_str!("footprint/bare.rs"), "");
    let others = [
        ("the floor", include_str!("footprint/floor.rs"), FLOOR),
        (
            "oauth-resource-server",
            include_str!("footprint/peer.rs"),
            PEER,
        ),
        ("scopes", include_str!("footprint/ours.rs"), &*ours),
    ];
    let others = others.map(|(name, source, adds)| project(name, source, adds));

    let alone = bare.crates();
    let [floor, peer, ours] = others.each_ref().map(|one| one.crates() - alone);
    println!("\ncrates that are added to the {alone} of the bare server");
    for (project, crates) in others.iter().zip([floor, peer, ours]) {
        println!("  {:<44}{crates:>12}", project.name);
    }
    assert!(ours <= floor + CRATES, "more than {CRATES} above the floor");

    if std::env::args().all(|argument| argument != "builds") {
        println!("  builds are measured with `-- builds` only");
        return;
    }
    let bare = bare.build();
    let others = others.map(|project| (project.build(), project.name));

    let table: [(&str, &str, Measure); 2] = [
        ("a clean dev build", "CPU seconds", |built| built.seconds),
        ("the stripped release binary", "MB", |built| built.megabytes),
    ];
    for (title, unit, measure) in table {
        let alone = measure(&bare);
        println!("\nadded to {title}: {alone:.1} {unit} without any");
        let added = others.each_ref().map(|(built, _)| measure(built) - alone);
        for ((_, name), added_by) in others.iter().zip(added) {
            println!(
                "  {name:<44}{added_by:>12.1} {unit}{:>8.2}x",
                added_by / added[0]
            );
        }
        let [floor, peer, ours] = added;
        let most = peer.min(SHARE * floor);
        println!(
            "  target {SHARE}x, and less than the other crate: {}",
            if ours <= most { "met" } else { "missed" }
        );
    }
}

struct Project {
    name: &'static str,
    directory: PathBuf,
}

/// What a project takes.
struct Built {
    /// Of all processors, for a clean dev build.
    seconds: f64,
    /// The stripped release binary.
    megabytes: f64,
}

impl Project {
    /// Writes a package of its own, with the versions of this workspace.
    fn write(name: &'static str, source: &str, adds: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("footprint");
        let directory = directory.join(name.replace(' ', "-"));
        fs::create_dir_all(directory.join("src")).expect("a directory");
        let manifest = format!(
            "[package]\nname = \"footprint\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n[dependencies]{SERVER}{adds}"
        );
        fs::write(directory.join("Cargo.toml"), manifest).expect("a manifest");
        fs::write(directory.join("src/main.rs"), source).expect("a source");
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, directory.join("Cargo.lock")).expect("a lock file");
        Self { name, directory }
    }

    fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([command, "--quiet", "--offline"]);
        cargo.current_dir(&self.directory);
        cargo.env("CARGO_TARGET_DIR", self.directory.join("target"));
        cargo.env_remove("CARGO_INCREMENTAL");
        cargo
    }

    /// Counts the crates that are compiled, those for the build itself included.
    fn crates(&self) -> usize {
        let mut tree = self.cargo("tree");
        tree.args(["--edges", "normal,build", "--prefix", "none"]);
        tree.args(["--format", "{p}"]);
        let output = tree.stderr(Stdio::inherit()).output().expect("cargo runs");
        assert!(output.status.success(), "{}: cargo tree", self.name);
        let output = String::from_utf8(output.stdout).expect("names");
        let name_and_version = |line: &str| {
            let mut words = line.split(' ');
            (
                words.next().map(str::to_owned),
                words.next().map(str::to_owned),
            )
        };
        output
            .lines()
            .map(name_and_version)
            .collect::<BTreeSet<_>>()
            .len()
    }

    fn build(&self) -> Built {
        let target = self.directory.join("target");
        if target.exists() {
            fs::remove_dir_all(&target).expect("the last build");
        }
        let before = seconds_of_children();
        self.run(&mut self.cargo("build"));
        let seconds = seconds_of_children() - before;
        let mut release = self.cargo("build");
        release.args(["--release", "--config", "profile.release.strip=true"]);
        self.run(&mut release);
        let binary = target.join("release/footprint");
        let bytes = fs::metadata(binary).expect("a binary").len();
        fs::remove_dir_all(&target).expect("this build");
        let megabytes = f64::from(u32::try_from(bytes).expect("some megabytes")) / 1e6;
        Built { seconds, megabytes }
    }

    fn run(&self, cargo: &mut Command) {
        let status = cargo.status().expect("cargo runs");
        assert!(status.success(), "{}: {cargo:?}", self.name);
    }
}

/// The processor time of all child processes that have ended, theirs included: other work on the
/// machine changes it less than it changes the time that passes.
fn seconds_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, after_name) = stat.rsplit_once(')').expect("a name in parentheses");
    let ticks = |field| -> f64 {
        let value = after_name.split_whitespace().nth(field);
        value
            .and_then(|value| value.parse().ok())
            .expect("a number")
    };
    // `cutime` and `cstime`, in hundredths of a second.
    (ticks(13) + ticks(14)) / 100.0
}
