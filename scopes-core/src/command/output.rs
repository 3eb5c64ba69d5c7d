//! Where the command writes.

use std::io::{self, ErrorKind, Write as _};

/// Prints to the standard output, without colours where they are not wanted: it is not a terminal,
/// or `NO_COLOR` is set.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut output = anstream::stdout().lock();
    let printed = output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush());
    match printed {
        // Whoever reads has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Tells of a problem.
pub(super) fn complain(problem: &str) {
    // Where nobody can be told, nobody is.
    let _ = writeln!(anstream::stderr(), "scopes: {problem}");
}
