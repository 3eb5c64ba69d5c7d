//! The lock file on disk: never in parts, and never taken for empty or for something else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use scopes_core::report::Report;
use scopes_core::report::lock::{Acceptance, CheckLockError, ReadTextError, check};
use serde_json::json;

/// The file that a process of the test writes.
const VARIABLE: &str = "SCOPES_TESTS_LOCK";
const PROCESSES: usize = 4;

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        names
            .map(|name| name.to_string_lossy().into_owned())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A report that takes a while to write.
fn large(requires: &str) -> Report {
    let operations = (0..2000).map(
        |number| json!({ "kind": "tool", "name": format!("tool_{number}"), "requires": requires }),
    );
    serde_json::from_value(json!({
        "schema": "scopes-report", "version": 1,
        "servers": [{ "name": "", "operations": operations.collect::<Vec<_>>() }],
    }))
    .expect("a report")
}

/// Run by the next test, in several processes.
#[test]
#[ignore = "a part of another test"]
fn writes_the_file_again_and_again() {
    let Some(path) = std::env::var_os(VARIABLE) else {
        return;
    };
    let reports = [large("public"), large("authenticated")];
    for number in 0..30 {
        let report = &reports[number % 2];
        check(Path::new(&path), report, Acceptance::Loosening).expect("it is written");
    }
}

#[test]
fn processes_that_write_at_once_leave_a_whole_file() {
    let folder = Folder::new("at-once");
    let path = folder.0.join("scopes.lock");
    let mut processes: Vec<_> = (0..PROCESSES)
        .map(|_| {
            Command::new(std::env::current_exe().expect("this test"))
                .args([
                    "--ignored",
                    "--exact",
                    "lock_file::writes_the_file_again_and_again",
                ])
                .env(VARIABLE, &path)
                .stdout(std::process::Stdio::null())
                .spawn()
                .expect("a process")
        })
        .collect();
    let whole = [large("public").lock(), large("authenticated").lock()];
    let mut read = 0;
    while processes
        .iter_mut()
        .any(|process| process.try_wait().expect("a status").is_none())
    {
        if let Ok(text) = fs::read_to_string(&path) {
            assert!(whole.contains(&text), "{} bytes of a file", text.len());
            read += 1;
        }
    }
    for process in &mut processes {
        assert!(process.wait().expect("a status").success());
    }
    assert!(read > 0);
    assert_eq!(folder.names(), ["scopes.lock"], "no temporary file is left");
}

#[test]
fn a_file_that_cannot_be_replaced_leaves_nothing_beside_it() {
    let folder = Folder::new("not-replaced");
    let path = folder.0.join("scopes.lock");
    fs::create_dir(&path).expect("a folder where the file should be");
    let error = check(&path, &large("public"), Acceptance::Loosening).expect_err("a folder");
    assert!(matches!(error, CheckLockError::File(..)), "{error}");
    assert_eq!(folder.names(), ["scopes.lock"]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_mode_the_mode() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = Folder::new("linked");
    let (file, link) = (folder.0.join("file.lock"), folder.0.join("scopes.lock"));
    fs::write(&file, large("public").lock()).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("a mode");
    symlink("file.lock", &link).expect("a link");
    check(&link, &large("authenticated"), Acceptance::Changes).expect("it is written");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    let text = fs::read_to_string(&file).expect("the file");
    assert_eq!(text, large("authenticated").lock());
    let mode = fs::metadata(&file).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn what_is_no_text_says_so_and_is_not_written_over() {
    let folder = Folder::new("no-text");
    let path = folder.0.join("scopes.lock");
    let report = large("public");
    let lock = report.lock();
    let utf16 =
        |bytes: fn(u16) -> [u8; 2]| lock.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let marked = |mark: [u8; 2], text: Vec<u8>| [mark.to_vec(), text].concat();
    let cases = [
        (Vec::new(), ReadTextError::Empty),
        (b"\n \n".to_vec(), ReadTextError::Empty),
        ("\u{feff}".as_bytes().to_vec(), ReadTextError::Empty),
        (
            marked([0xff, 0xfe], utf16(u16::to_le_bytes)),
            ReadTextError::Utf16,
        ),
        (
            marked([0xfe, 0xff], utf16(u16::to_be_bytes)),
            ReadTextError::Utf16,
        ),
        (utf16(u16::to_le_bytes), ReadTextError::Utf16),
        (utf16(u16::to_be_bytes), ReadTextError::Utf16),
        (
            b"scopes.lock 1\n# caf\xe9\n".to_vec(),
            ReadTextError::NotUtf8(19),
        ),
    ];
    for (bytes, expected) in cases {
        fs::write(&path, &bytes).expect("written");
        for accepted in [Acceptance::None, Acceptance::Changes, Acceptance::Loosening] {
            let error = check(&path, &report, accepted).expect_err("no text");
            let message = error.to_string();
            assert!(
                matches!(&error, CheckLockError::NotText(_, problem) if *problem == expected),
                "{message}"
            );
            assert!(message.contains("scopes.lock: "), "{message}");
            assert!(message.contains(&expected.to_string()), "{message}");
            assert!(!message.contains("accept"), "{message}");
            assert_eq!(fs::read(&path).expect("there"), bytes, "it is not written");
        }
    }
    assert_eq!(
        ReadTextError::Utf16.to_string(),
        "the file is UTF-16; save it as UTF-8"
    );
}
