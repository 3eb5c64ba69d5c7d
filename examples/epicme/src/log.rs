//! The log of the program, on standard error.

use std::path::Path;
use std::str::FromStr;

use clap::ValueEnum;
use scopes_core::observe::Audit;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use crate::audit;
use crate::start::StartServerError;

/// The most detailed level that is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// Errors.
    Error,
    /// Also warnings: the first token that is rejected for each reason, and the setting to change.
    #[default]
    Warn,
    /// Also every refusal.
    Info,
    /// Also every request.
    Debug,
}

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = <Self as ValueEnum>::from_str(word, false);
        known.map_err(|_| "write one of off, error, warn, info and debug".to_owned())
    }
}

/// Logs to standard error: of the libraries other than scopes-core, no more than warnings. The audit trail
/// goes to `audit_file` alone.
pub(crate) fn install(level: LogLevel, audit_file: Option<&Path>) -> Result<(), StartServerError> {
    let filter = match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    let others = filter.min(LevelFilter::WARN);
    let targets = Targets::new()
        .with_default(others)
        .with_target("scopes_core", filter)
        .with_target(Audit::TARGET, LevelFilter::OFF);
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let trail = audit_file.map(audit::layer).transpose()?;
    // A program that embeds EpicMe may have its own.
    let _ = tracing_subscriber::registry()
        .with(trail)
        .with(lines.with_filter(targets))
        .try_init();
    Ok(())
}
