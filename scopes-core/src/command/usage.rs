//! Mistakes in the arguments.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgMatches, Command, CommandFactory, Parser};

use super::failure::UNREADABLE;

/// The group by which the command is known wherever it is mounted, under whatever name.
pub(super) const MARK: &str = "scopes_core::command::Scopes";

/// Reads the arguments of a program that mounts the command, the program's name first.
///
/// Ends the process as [`Parser::parse_from`] does, but for the exit code: see
/// [`usage_exit_code`].
///
/// ```
/// use clap::Parser;
/// use scopes_core::command::{Scopes, parse_from};
///
/// #[derive(Parser)]
/// enum Journal {
///     Scopes(Scopes),
///     Serve,
/// }
///
/// assert!(matches!(parse_from(["journal", "serve"]), Journal::Serve));
/// ```
#[must_use]
pub fn parse_from<P: Parser>(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> P {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    P::try_parse_from(&arguments).unwrap_or_else(|error| {
        // Without an error output there is no other place to print it.
        let _ = error.print();
        std::process::exit(i32::from(code::<P>(&error, &arguments)))
    })
}

/// Returns the exit code for `error`, which clap has made of `arguments`: 3 if they lead to the mounted
/// command, whose 2 means that a caller is allowed more; else clap's own.
///
/// For a program that prints mistakes in its own words; others use [`parse_from`].
///
/// ```
/// use clap::Parser;
/// use scopes_core::command::{Scopes, usage_exit_code};
///
/// #[derive(Parser)]
/// enum Journal {
///     Scopes(Scopes),
/// }
///
/// let arguments = ["journal", "scopes", "report", "--formt", "json"];
/// let Err(error) = Journal::try_parse_from(arguments) else { return };
/// let code = usage_exit_code::<Journal>(&error, arguments);
/// assert_eq!(format!("{code:?}"), format!("{:?}", std::process::ExitCode::from(3)));
/// ```
#[must_use]
pub fn usage_exit_code<P: CommandFactory>(
    error: &clap::Error,
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    code::<P>(error, &arguments).into()
}

fn code<P: CommandFactory>(error: &clap::Error, arguments: &[OsString]) -> u8 {
    if error.use_stderr() && is_ours(P::command(), arguments) {
        return UNREADABLE;
    }
    u8::try_from(error.exit_code()).unwrap_or(UNREADABLE)
}

/// Returns whether `arguments` lead to the mounted command, mistakes aside.
fn is_ours(mut program: Command, arguments: &[OsString]) -> bool {
    program = program.ignore_errors(true);
    let matches = program.try_get_matches_from_mut(arguments);
    matches.is_ok_and(|matches| leads_to_ours(&program, &matches))
}

fn leads_to_ours(command: &Command, matches: &ArgMatches) -> bool {
    if command.get_groups().any(|group| group.get_id() == MARK) {
        return true;
    }
    let Some((name, matches)) = matches.subcommand() else {
        return false;
    };
    let next = command.find_subcommand(name);
    next.is_some_and(|next| leads_to_ours(next, matches))
}
