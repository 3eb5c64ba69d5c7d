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

/// Prints a problem to the error output.
pub(super) fn complain(problem: &str) {
    // Without an error output there is no other place to print it.
    let _ = writeln!(anstream::stderr(), "scopes: {problem}");
}
