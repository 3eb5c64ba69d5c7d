//! `scopes doctor`: examines a running server as a client would.

use std::env::{self, VarError};
use std::error::Error;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::NonEmptyStringValueParser;
use serde_json::{Value, json};

use super::explain::json_text;
use super::failure::Failure;
use super::output;
use crate::doctor::{
    self, Finding, IntrospectionClient, KnownClient, Outcome, Section, Settings, SignInAs,
};
use crate::report::safe_text::visible;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    /// URL of the server, as clients use it.
    url: String,
    /// Format of the output.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Time limit of each request, in seconds; 1 to 60.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 5,
        value_parser = clap::value_parser!(u64).range(1..=60)
    )]
    timeout: u64,
    /// Register a client at the authorization servers, and test whether it can request more scopes
    /// later. The client is deleted afterwards if the authorization server allows it.
    #[arg(long)]
    register: bool,
    /// Test whether this client, which is registered already, can request every scope.
    #[arg(
        long,
        value_name = "CLIENT_ID",
        requires = "redirect_uri",
        conflicts_with = "register"
    )]
    as_client: Option<String>,
    /// Redirect URI of that client.
    #[arg(
        long,
        value_name = "URL",
        requires = "as_client",
        value_parser = NonEmptyStringValueParser::new()
    )]
    redirect_uri: Option<String>,
    /// Ask the introspection endpoint of this authorization server about an invalid token. The secret is
    /// sent to no other server.
    #[arg(long, value_name = "ISSUER", requires_all = ["client_id", "secret"])]
    introspect: Option<String>,
    /// Introspection endpoint, if the metadata of the authorization server does not name it.
    #[arg(long, value_name = "URL", requires = "introspect")]
    introspection_endpoint: Option<String>,
    /// Client that authenticates at the introspection endpoint.
    #[arg(long, value_name = "ID", requires = "introspect")]
    client_id: Option<String>,
    /// File with the secret of that client.
    #[arg(long, value_name = "FILE", requires = "introspect", group = "secret")]
    client_secret_file: Option<PathBuf>,
    /// Environment variable with the secret of that client.
    #[arg(long, value_name = "NAME", requires = "introspect", group = "secret")]
    client_secret_env: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Table, with advice below each finding.
    #[default]
    Text,
    /// JSON: an object with the findings in order.
    Json,
}

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  no problem; there may be warnings
  1  at least one problem
  3  no answer: an argument is invalid, or the server cannot be reached";

pub(super) fn run(arguments: Arguments) -> Result<u8, Failure> {
    let format = arguments.format;
    let url = arguments.url.clone();
    let sections = examine(arguments.settings()?)?;
    let mut findings = sections.iter().flat_map(|section| &section.findings);
    let has_problem = findings.any(|finding| finding.outcome == Outcome::Problem);
    output::print(&match format {
        Format::Text => text(&sections),
        Format::Json => json_text(&json!({
            "server": url,
            "healthy": !has_problem,
            "checks": sections.iter().flat_map(checks).collect::<Vec<_>>(),
        }))?,
    })?;
    Ok(u8::from(has_problem))
}

impl Arguments {
    fn settings(self) -> Result<Settings, Failure> {
        let introspection = match self.introspect.zip(self.client_id) {
            Some((issuer, id)) => Some(IntrospectionClient {
                issuer,
                id,
                endpoint: self.introspection_endpoint,
                secret: secret(self.client_secret_file, self.client_secret_env)?,
            }),
            None => None,
        };
        let sign_in = match self.as_client.zip(self.redirect_uri) {
            Some((id, redirect_uri)) => SignInAs::Client(KnownClient { id, redirect_uri }),
            None if self.register => SignInAs::NewClient,
            None => SignInAs::NoOne,
        };
        Ok(Settings {
            url: self.url,
            timeout: Duration::from_secs(self.timeout),
            sign_in,
            introspection,
        })
    }
}

fn secret(file: Option<PathBuf>, variable: Option<String>) -> Result<String, Failure> {
    let (place, secret) = match (file, variable) {
        (Some(file), _) => {
            let secret = read(&file).map_err(Failure::of_file(&file))?;
            (file.display().to_string(), secret)
        }
        (None, variable) => {
            let variable = variable.unwrap_or_default();
            // `VarError` repeats a value that is not UTF-8, and the value is a secret.
            let secret = env::var(&variable).map_err(|error| match error {
                VarError::NotPresent => Failure::Doctor(format!("{variable}: is not set").into()),
                VarError::NotUnicode(_) => {
                    Failure::Doctor(format!("{variable}: is not UTF-8").into())
                }
            })?;
            (variable, secret)
        }
    };
    let secret = secret.trim();
    if secret.is_empty() {
        return Err(Failure::Doctor(format!("{place}: is empty").into()));
    }
    Ok(secret.to_owned())
}

fn read(file: &Path) -> std::io::Result<String> {
    const MAX_BYTES: u64 = 64 * 1024;
    let mut secret = String::new();
    File::open(file)?
        .take(MAX_BYTES)
        .read_to_string(&mut secret)?;
    Ok(secret)
}

/// Runs in a thread of its own: the program may be inside of a runtime, or have none.
fn examine(settings: Settings) -> Result<Vec<Section>, Failure> {
    let examining = std::thread::spawn(|| -> Result<_, Box<dyn Error + Send + Sync>> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build()?;
        let sections = runtime.block_on(doctor::examine(settings));
        // A lookup of a name may still be under way.
        runtime.shutdown_background();
        Ok(sections?)
    });
    let sections = examining
        .join()
        .unwrap_or_else(|_| Err("the examination panicked".into()));
    sections.map_err(Failure::Doctor)
}

/// One line for each finding; those to act on have a second one.
fn text(sections: &[Section]) -> String {
    let findings = || sections.iter().flat_map(|section| &section.findings);
    let width = findings().map(|finding| finding.check.len()).max();
    let width = width.unwrap_or_default();
    let mut text = String::new();
    for section in sections {
        let _ = writeln!(text, "{}", visible(&section.about));
        for finding in &section.findings {
            let (outcome, check) = (finding.outcome.as_str(), finding.check);
            let found = visible(&finding.found);
            let _ = writeln!(text, "  {outcome:<9}  {check:<width$}  {found}");
            if let Some(advice) = &finding.advice {
                let _ = writeln!(text, "  {:<9}  {:<width$}  do: {}", "", "", visible(advice));
            }
        }
        text.push('\n');
    }
    let count = |outcome| {
        findings()
            .filter(|finding| finding.outcome == outcome)
            .count()
    };
    let (problems, warnings) = (count(Outcome::Problem), count(Outcome::Warning));
    let plural = |count| if count == 1 { "" } else { "s" };
    let _ = writeln!(
        text,
        "{problems} problem{}, {warnings} warning{}",
        plural(problems),
        plural(warnings)
    );
    text
}

fn checks(section: &Section) -> impl Iterator<Item = Value> {
    let check = |finding: &Finding| {
        json!({
            "about": section.about,
            "check": finding.check,
            "result": finding.outcome.as_str(),
            "found": finding.found,
            "advice": finding.advice,
        })
    };
    section.findings.iter().map(check)
}
