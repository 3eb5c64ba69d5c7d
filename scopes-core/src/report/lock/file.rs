//! The lock file on disk: read as text, and replaced as a whole.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Returned when a file has no text that could be parsed.
///
/// ```
/// use std::path::Path;
/// use scopes_core::report::Report;
/// use scopes_core::report::lock::{Acceptance, CheckLockError, check};
///
/// // A folder is no lock file.
/// let error = check(Path::new("/"), &Report::of_program(), Acceptance::None).unwrap_err();
/// assert!(!matches!(error, CheckLockError::Changed(..)), "{error}");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadTextError {
    /// The file is empty.
    Empty,
    /// It is UTF-16.
    Utf16,
    /// The byte at this place, counted from 0, is not UTF-8.
    NotUtf8(usize),
}

/// The text of a file.
///
/// # Errors
///
/// If there is none, or it is not UTF-8.
pub(crate) fn text_of(bytes: Vec<u8>) -> Result<String, ReadTextError> {
    // Without a byte order mark, every second byte of UTF-16 is zero where the text is ASCII.
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe])
        || bytes.starts_with(&[0xfe, 0xff])
        || bytes.iter().take(2).any(|byte| *byte == 0);
    if is_utf16 {
        return Err(ReadTextError::Utf16);
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| ReadTextError::NotUtf8(error.utf8_error().valid_up_to()))?;
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(ReadTextError::Empty);
    }
    Ok(text)
}

/// Writes a new file beside the old one and renames it: concurrent readers and writers see the
/// whole old file or the whole new one.
///
/// # Errors
///
/// If the file cannot be written. The old file then stays, and the new one is removed.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    // Where the path is a symbolic link, its target is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        // A device or a pipe is written to, not replaced.
        return fs::write(&path, text);
    }
    let (temporary, mut file) = create_beside(&path)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| old.map_or(Ok(()), |old| file.set_permissions(old.permissions())))
        .and_then(|()| file.sync_all())
        .and_then(|()| {
            // Windows cannot rename an open file.
            drop(file);
            fs::rename(&temporary, &path)
        });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A new file in the folder of `path`: a file can only be renamed within one file system.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut number = 0_u32;
    loop {
        let temporary = format!(".{name}.{}.{number}.tmp", std::process::id());
        let temporary = path.with_file_name(temporary);
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary)
        {
            // A process with the same id has left its file, or runs in another container.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < 1000 => number += 1,
            Err(error) => return Err(error),
            Ok(file) => return Ok((temporary, file)),
        }
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for ReadTextError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for ReadTextError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("the file is empty"),
            Self::Utf16 => formatter.write_str("the file is UTF-16; save it as UTF-8"),
            Self::NotUtf8(at) => {
                write!(formatter, "byte {at} is not UTF-8; save the file as UTF-8")
            }
        }
    }
}

impl std::error::Error for ReadTextError {}
