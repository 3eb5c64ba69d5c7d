//! The output of the command.

use std::io::{self, ErrorKind, Write as _};

/// Prints to the standard output, without colours where they are not wanted: it is not a terminal,
/// or `NO_COLOR` is set.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut output = anstream::stdout().lock();
    let printed = output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush());
    match printed {
        // The reader has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Prints the reason for which there is no answer, in the words of clap's own errors.
pub(super) fn error(failure: &str) {
    message("error", failure);
}

/// Prints a warning about an answer.
pub(super) fn warn(warning: &str) {
    message("warning", warning);
}

/// Prints a note about an answer.
#[cfg(any(feature = "api-keys", feature = "jwt"))]
pub(super) fn note(note: &str) {
    message("note", note);
}

fn message(level: &str, text: &str) {
    // Without an error output there is no other place to print it.
    let _ = writeln!(anstream::stderr(), "{level}: {text}");
}
