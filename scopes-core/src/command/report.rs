//! `scopes report`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::failure::{Failure, check_server};
use super::output;
use crate::registry::Registry;
use crate::report::Report;
use crate::report::lock::file;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    /// Format of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Only operations of this server; "" is the unnamed server.
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// Only operations of this package, without its integration tests and benchmarks. Can be
    /// repeated.
    #[arg(long, value_name = "NAME")]
    package: Vec<String>,
    /// Leave out hidden scopes, as in the page that a server serves.
    #[arg(long)]
    published: bool,
    /// File to write instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text for a terminal.
    #[default]
    Table,
    /// Markdown, for a README.
    Markdown,
    /// JSON, which `diff` compares.
    Json,
    /// Comma-separated values.
    Csv,
    /// Lock file.
    Lock,
    /// HTML page for a browser, in one file.
    #[cfg(feature = "page")]
    Html,
}

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  the report is printed or written
  3  no answer: an argument is invalid, a server or package is unknown,
     or the file cannot be written";

pub(super) fn run(
    registry: &Registry,
    arguments: &Arguments,
    program: Option<(String, String)>,
) -> Result<u8, Failure> {
    let mut registry = registry.clone();
    if !arguments.package.is_empty() {
        check_packages(&registry, &arguments.package)?;
        registry = registry.of_packages(&arguments.package);
    }
    let mut report = Report::from_registry(&registry);
    if let Some((name, version)) = program {
        report = report.with_program(name, version);
    }
    if let Some(server) = &arguments.server {
        check_server(&registry, server)?;
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
        Some(path) => file::replace(path, &text).map_err(Failure::of_file(path))?,
        None => output::print(&text)?,
    }
    Ok(0)
}

/// Fails unless each package has an operation.
fn check_packages(registry: &Registry, packages: &[String]) -> Result<(), Failure> {
    let linked = registry.packages();
    let is_missing = |package: &&String| !linked.contains(&package.as_str());
    let Some(missing) = packages.iter().find(is_missing) else {
        return Ok(());
    };
    Err(Failure::UnknownPackage {
        package: missing.clone(),
        known: linked.into_iter().map(str::to_owned).collect(),
    })
}
