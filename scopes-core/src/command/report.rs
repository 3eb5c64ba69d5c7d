//! `scopes report`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Failure, check_server, output};
use crate::report::Report;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    /// What to make of it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Of this server alone; the unnamed one is "".
    #[arg(long)]
    server: Option<String>,
    /// As others may see it: without hidden scopes.
    #[arg(long)]
    published: bool,
    /// Into this file instead of the standard output.
    #[arg(long, short)]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for a terminal.
    #[default]
    Table,
    /// Markdown, for a README.
    Markdown,
    /// JSON, to be compared with another one later.
    Json,
    /// Comma-separated values.
    Csv,
    /// The text of a lock file.
    Lock,
    /// One page, to be opened in a browser.
    #[cfg(feature = "page")]
    Html,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let mut report = Report::of_program();
    if let Some(server) = &arguments.server {
        check_server(&report, server)?;
        report = report.of_server(server);
    }
    if arguments.published {
        report = report.published();
    }
    let text = match arguments.format {
        Format::Table if arguments.output.is_some() => report.plain_table(),
        Format::Table => report.table(),
        Format::Markdown => report.markdown(),
        Format::Json => report.json(),
        Format::Csv => report.csv(),
        Format::Lock => report.lock(),
        #[cfg(feature = "page")]
        Format::Html => report.page(),
    };
    match &arguments.output {
        Some(path) => std::fs::write(path, text)
            .map_err(|error| Failure(format!("{}: {error}", path.display())))?,
        None => output::print(&text)?,
    }
    Ok(0)
}
