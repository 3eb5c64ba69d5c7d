//! `scopes explain`: the decision itself, and why.

mod cases;
mod decision;

#[cfg(feature = "jwt")]
use std::path::PathBuf;

use clap::ValueEnum;
use indexmap::IndexSet;
use serde_json::Value;

use self::decision::Decision;
use super::failure::{Failure, check_server};
use super::output;
use crate::caller::Caller;
use crate::registry::{OperationKind, ProtectedOperation, Registry, Shared};
use crate::report::Report;
use crate::report::safe_text;
#[cfg(feature = "jwt")]
use crate::resource::ResourceServer;
use crate::scope::catalog::{template, typo};
use crate::scope::{ArgumentValue, GrantedScopes, ParseScopeError};
use crate::token::{Claims, VerifiedToken};

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scopes of the token, separated by spaces; "" for a token without scopes. Without this option,
    /// the caller has no token.
    #[arg(long, value_name = "SCOPES", value_parser = granted)]
    scope: Option<GrantedScopes>,
    /// Name of the operation; for a plain function, its path or the last part of it. Without this
    /// option, every operation is decided.
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// Only operations of this server; "" is the unnamed server.
    #[arg(long, value_name = "NAME")]
    pub(super) server: Option<String>,
    /// Argument of the call, by the name in the requirement: `--arg notebook=7`. Can be repeated.
    /// Without the arguments that the requirement names, the answer lists the values for which the
    /// call is allowed.
    #[arg(long = "arg", value_name = "NAME=VALUE", value_parser = argument)]
    args: Vec<(String, ArgumentValue)>,
    /// Format of the output.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    #[cfg(feature = "jwt")]
    #[command(flatten)]
    pub(super) token: TokenArguments,
}

/// The token to explain. It is read from a file: arguments are visible in the shell's history and in
/// process lists.
#[cfg(feature = "jwt")]
#[derive(Clone, Debug, clap::Args)]
pub(super) struct TokenArguments {
    /// File with an access token; `-` for standard input. Prints every check of the token, and what to
    /// change. Fetches keys from the authorization server, and sends the token nowhere.
    #[arg(long, value_name = "FILE", conflicts_with = "scope")]
    pub(super) token: Option<PathBuf>,
    /// Issuer of the token, instead of the authorization servers of the program.
    #[arg(long, value_name = "URL", requires = "token")]
    issuer: Option<String>,
}

#[cfg(feature = "jwt")]
impl TokenArguments {
    /// Returns `server` with the authorization server that is asked for.
    pub(super) fn authorization_server(&self, server: ResourceServer) -> ResourceServer {
        match &self.issuer {
            Some(issuer) => server.of_authorization_server(issuer.clone()),
            None => server,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Text for a terminal.
    #[default]
    Text,
    /// JSON: an array with an object for each operation; with `--token`, an object.
    Json,
}

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  the operation is allowed, at least with some arguments;
     or --operation is not given
  1  the operation is denied, or the token is rejected
  3  no answer: an argument is invalid, an operation or server is unknown,
     or the token cannot be read";

pub(super) fn run(registry: &Registry, arguments: &Arguments) -> Result<u8, Failure> {
    let answer = Answer::new(registry, arguments, arguments.scope.as_ref())?;
    output::print(&match arguments.format {
        Format::Text => answer.text,
        Format::Json => json_text(&answer.json)?,
    })?;
    Ok(answer.code)
}

/// The decisions on the operations that were asked about.
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) json: Value,
    pub(super) code: u8,
}

impl Answer {
    pub(super) fn new(
        registry: &Registry,
        arguments: &Arguments,
        granted: Option<&GrantedScopes>,
    ) -> Result<Self, Failure> {
        let operations = operations(registry, arguments)?;
        let given = arguments.args.iter();
        let given = given.map(|(name, value)| (name.as_str(), value.clone()));
        let given: Vec<_> = given.collect();
        warn_of_unused(&operations, &given);
        warn_of_unknown(registry, granted);
        let caller = granted.map_or_else(Caller::anonymous, |scopes| {
            let scopes = scopes.clone();
            VerifiedToken::new(Claims {
                scopes,
                ..Claims::default()
            })
            .into()
        });
        let decisions: Vec<_> = operations
            .iter()
            .map(|operation| Decision::new(operation, &caller, &given))
            .collect();
        let asked_of_one = arguments.operation.is_some();
        let text = if asked_of_one {
            decisions.iter().map(Decision::explained).collect()
        } else {
            decision::listed(&decisions)
        };
        let is_denied = |decision: &Decision<'_>| decision.is_allowed() == Some(false);
        let denied = decisions.iter().any(is_denied);
        Ok(Self {
            text,
            json: decisions.iter().map(Decision::json).collect(),
            code: u8::from(asked_of_one && denied),
        })
    }
}

pub(super) fn json_text(value: &Value) -> Result<String, Failure> {
    Ok(safe_text::json(&serde_json::to_string_pretty(value)?) + "\n")
}

fn operations(
    registry: &Registry,
    arguments: &Arguments,
) -> Result<Vec<Shared<ProtectedOperation>>, Failure> {
    let of_server = match &arguments.server {
        Some(server) => {
            check_server(registry, server)?;
            registry.of_server(server).operations()
        }
        None => registry.operations(),
    };
    let Some(name) = &arguments.operation else {
        return Ok(of_server);
    };
    // The whole name of a plain function is its path.
    let whole = of_server.iter().filter(|operation| operation.name == *name);
    let ended = of_server
        .iter()
        .filter(|operation| bare(operation) == Some(name.as_str()));
    let whole: Vec<_> = whole.cloned().collect();
    let ended: Vec<_> = ended.cloned().collect();
    if let Some(named) = [whole, ended].into_iter().find(|named| !named.is_empty()) {
        return Ok(named);
    }
    let names = of_server
        .iter()
        .flat_map(|operation| [Some(&*operation.name), bare(operation)]);
    let near = names
        .flatten()
        .filter_map(|known| Some((typo::distance(known, name)?, known)));
    Err(Failure::UnknownOperation {
        name: name.clone(),
        suggestion: near.min().map(|(_, near)| near.to_owned()),
    })
}

/// The last part of a plain function's path.
fn bare(operation: &ProtectedOperation) -> Option<&str> {
    match operation.kind {
        OperationKind::Function => operation.name.rsplit("::").next(),
        _ => None,
    }
}

fn granted(scopes: &str) -> Result<GrantedScopes, ParseScopeError> {
    GrantedScopes::parse(scopes)
}

fn argument(text: &str) -> Result<(String, ArgumentValue), &'static str> {
    let (name, value) = text
        .split_once('=')
        .ok_or("expected a name and a value with `=` between them")?;
    Ok((name.to_owned(), ArgumentValue::of(value)))
}

fn warn_of_unused(operations: &[Shared<ProtectedOperation>], given: &[(&str, ArgumentValue)]) {
    let named = operations.iter();
    let named = named.flat_map(|operation| operation.requirement.arguments());
    let named: IndexSet<&str> = named.collect();
    for (name, _) in given.iter().filter(|(name, _)| !named.contains(name)) {
        let near = named
            .iter()
            .filter_map(|known| Some((typo::distance(known, name)?, known)));
        let hint = near.min();
        let hint = hint.map(|(_, near)| format!("; did you mean `{near}`?"));
        let hint = hint.unwrap_or_default();
        output::warn(&format!("no requirement names the argument `{name}`{hint}"));
    }
}

/// A typo in the question would otherwise look like an answer about the program.
fn warn_of_unknown(registry: &Registry, granted: Option<&GrantedScopes>) {
    let report = Report::from_registry(registry);
    // Nobody grants a template by its name.
    let (templates, plain): (Vec<_>, Vec<_>) = report
        .scopes()
        .iter()
        .partition(|scope| scope.is_template());
    let known: Vec<&str> = plain.iter().map(|scope| scope.name.as_str()).collect();
    let names = granted.iter().flat_map(|granted| granted.names());
    let is_instance = |name: &str| {
        let mut templates = templates.iter();
        templates.any(|scope| template::read_values(scope.name.as_str(), name, |_| {}))
    };
    let names = names.filter(|name| !known.contains(name) && !is_instance(name));
    let unknown: IndexSet<&str> = names.collect();
    for unknown in unknown {
        let near = known
            .iter()
            .filter_map(|known| Some((typo::distance(known, unknown)?, known)));
        let hint = near
            .min()
            .map(|(_, near)| format!("; did you mean `{near}`?"));
        let hint = hint.unwrap_or_default();
        output::warn(&format!("unknown scope `{unknown}`{hint}"));
    }
}
