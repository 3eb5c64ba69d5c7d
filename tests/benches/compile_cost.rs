//! What the attribute adds to a compilation: crates with annotated functions, built beside the
//! same functions without the attribute.

#![allow(clippy::expect_used, reason = "a benchmark may panic")]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use scopes_tests::measure::is_measuring;

const ROUNDS: usize = 5;
const SIZES: [u32; 2] = [10, 500];

fn main() {
    if !is_measuring() {
        println!("compile cost: measured only by `cargo bench`");
        return;
    }
    println!("compile cost: milliseconds for each annotated function, medians of {ROUNDS} rounds");
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compile-cost");
    for command in ["check", "build"] {
        for size in SIZES {
            let crates = [true, false].map(|annotated| Crate::write(&directory, size, annotated));
            // Builds the dependencies, which all share.
            for written in &crates {
                written.compile(command);
            }
            let mut times = [Vec::new(), Vec::new()];
            for _ in 0..ROUNDS {
                for (written, times) in crates.iter().zip(&mut times) {
                    times.push(written.compile(command));
                }
            }
            let [with, without] = times.map(median);
            let each = (with - without) / f64::from(size);
            println!(
                "  cargo {command:<6}{size:>4} functions: {each:>7.3} ms each ({with:>7.1} ms with the attribute, {without:>7.1} ms without)"
            );
        }
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

struct Crate {
    directory: PathBuf,
    target: PathBuf,
}

impl Crate {
    fn write(directory: &Path, size: u32, annotated: bool) -> Self {
        let name = format!("{}-{size}", if annotated { "with" } else { "without" });
        let target = directory.join("target");
        let directory = directory.join(&name);
        fs::create_dir_all(directory.join("src")).expect("a directory");
        let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scopes-core");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\nscopes-core = {{ path = \"{}\" }}\n",
            core.display()
        );
        fs::write(directory.join("Cargo.toml"), manifest).expect("a manifest");
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, directory.join("Cargo.lock")).expect("a lock file");
        fs::write(directory.join("src/lib.rs"), source(size, annotated)).expect("a source");
        Self { directory, target }
    }

    /// How many milliseconds it takes after a change of the source.
    fn compile(&self, command: &str) -> f64 {
        let path = self.directory.join("src/lib.rs");
        let source = fs::read_to_string(&path).expect("the source");
        fs::write(&path, source).expect("the source, newer");
        let start = Instant::now();
        let status = Command::new(env!("CARGO"))
            .args([command, "--quiet", "--offline", "--manifest-path"])
            .arg(self.directory.join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "0")
            .stdout(Stdio::null())
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the crate compiles");
        start.elapsed().as_secs_f64() * 1e3
    }
}

fn source(size: u32, annotated: bool) -> String {
    let mut source = String::from(
        "#[derive(scopes_core::ScopeCatalog)]\npub enum Scope {\n\
         #[scope(\"entries:read\")]\nEntriesRead,\n\
         #[scope(\"entries:write\", implies(EntriesRead))]\nEntriesWrite,\n\
         #[scope(\"tags:read\")]\nTagsRead,\n}\n",
    );
    let attributes = [
        "#[scopes_core::requires_scopes(\"entries:read\")]\n",
        "#[scopes_core::requires_scopes(any(\"entries:read\", \"entries:write\"))]\n",
        "#[scopes_core::requires_scopes(all(\"entries:write\", any(\"tags:read\", Scope::EntriesRead)))]\n",
    ];
    for (number, attribute) in (0..size).zip(attributes.iter().cycle()) {
        let attribute = if annotated { *attribute } else { "" };
        let _ = write!(
            source,
            "{attribute}pub fn operation_{number}(value: &str) -> Result<String, scopes_core::AuthorizeError> {{\n\
             Ok(format!(\"{{value}} {number}\"))\n}}\n"
        );
    }
    source
}
