//! A list on a file system that does not answer.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use scopes_core::cache::CachedVerifier;
use scopes_core::testing::Clock;

use crate::changes::Log;
use crate::site::{KeyFile, SECOND, key, protect, status, verifier};

/// Holds a lease of the file, for which everyone else who opens the file has to wait. It ends after a
/// while, so that the test does not hang on a server that waits.
const LEASE: &str = "
import fcntl, signal, sys, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
file = open(sys.argv[1], 'r+')
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print('leased', flush=True)
time.sleep(30)
";

struct Lease(Child);

impl Lease {
    /// Returns `None` where Python or the file system has no leases.
    fn take(file: &KeyFile) -> Option<Self> {
        let mut python = Command::new("python3");
        let python = python.arg("-c").arg(LEASE).arg(file.path());
        let python = python.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut lease = Self(python.spawn().ok()?);
        let mut line = String::new();
        let output = lease.0.stdout.take()?;
        BufReader::new(output).read_line(&mut line).ok()?;
        (line == "leased\n").then_some(lease)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_file_system_that_does_not_answer_blocks_no_server() {
    let log = Log::of_all_tests();
    let clock = Clock::start();
    let (key, entry) = key("nightly", "never", "entries:read");
    let file = KeyFile::new("stalled", &[&entry]);
    let plain = protect(verifier(&file));
    let cached = protect(CachedVerifier::new(verifier(&file)));
    let statuses = |token: &str| [status(&plain, token), status(&cached, token)];
    assert_eq!(statuses(&key), [200; 2]);
    let Some(lease) = Lease::take(&file) else {
        eprintln!("passed over: it needs python3 and a file system with leases");
        return;
    };
    clock.advance(SECOND);
    let began = Instant::now();
    assert_eq!(statuses(&key), [200; 2]);
    assert_eq!(statuses("ada"), [200; 2]);
    assert_eq!(statuses("journal_made_up"), [401; 2]);
    assert!(began.elapsed() < 10 * SECOND, "{:?}", began.elapsed());
    clock.advance(5 * SECOND);
    let began = Instant::now();
    assert_eq!(statuses(&key), [503; 2]);
    assert_eq!(statuses("journal_made_up_too"), [503; 2]);
    assert_eq!(statuses("ada"), [200; 2]);
    assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
    let event = "stalled api_keys.problem=\"the file system does not answer";
    // Once for each of the two verifiers.
    assert_eq!(log.text().matches(event).count(), 2, "{}", log.text());
    drop(lease);
    let began = Instant::now();
    while statuses(&key) != [200; 2] {
        assert!(began.elapsed() < 20 * SECOND, "the list is read again");
        sleep(Duration::from_millis(50));
    }
}
