//! `scopes explain`: the decision itself, and why.

use std::fmt::Write as _;
#[cfg(feature = "jwt")]
use std::path::PathBuf;

use clap::ValueEnum;
use indexmap::IndexSet;
use serde_json::{Value, json};

use super::failure::{Failure, check_server};
use super::output;
use crate::authorize::authorize;
use crate::caller::Caller;
use crate::error::AuthorizeError;
use crate::registry::{OperationKind, ProtectedOperation, Registry, Shared};
use crate::report::Report;
use crate::report::safe_text::{self, visible};
#[cfg(feature = "jwt")]
use crate::resource::ResourceServer;
use crate::scope::catalog::typo;
use crate::scope::{GrantedScopes, RequiredScope, ScopeSet};
use crate::token::{Claims, VerifiedToken};

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scopes of the token, with spaces between them; "" for a token without any. Without it, the
    /// caller has no token.
    #[arg(long)]
    scope: Option<String>,
    /// Of which operation: its name, or a plain function's path or name; without it, of every one.
    #[arg(long)]
    operation: Option<String>,
    /// Of this server alone; the unnamed one is "".
    #[arg(long)]
    pub(super) server: Option<String>,
    /// Format of the output.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    #[cfg(feature = "jwt")]
    #[command(flatten)]
    pub(super) token: TokenArguments,
}

/// The token to explain. It is never an argument itself: history and process lists show those.
#[cfg(feature = "jwt")]
#[derive(Clone, Debug, clap::Args)]
pub(super) struct TokenArguments {
    /// A file with an access token, `-` for standard input: prints every check of the token, and what to
    /// change. Keys are fetched from the authorization server; the token is sent nowhere.
    #[arg(long, value_name = "FILE", conflicts_with = "scope")]
    pub(super) token: Option<PathBuf>,
    /// The authorization server of the token, instead of those of the program.
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
    /// Sentences.
    #[default]
    Text,
    /// JSON: an array with an object for each operation.
    Json,
}

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  allowed; without --operation, always
  1  denied
     or the token is rejected
  3  there is no such operation or server, or the arguments are none";

pub(super) fn run(registry: &Registry, arguments: &Arguments) -> Result<u8, Failure> {
    let granted = arguments.scope.as_deref().map(granted).transpose()?;
    let answer = Answer::new(registry, arguments, granted.as_ref())?;
    output::print(&match arguments.format {
        Format::Text => answer.text,
        Format::Json => json_text(&answer.json)?,
    })?;
    Ok(answer.code)
}

/// What is decided of the operations that were asked about.
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
            .map(|operation| Decision::new(operation, &caller))
            .collect();
        let asked_of_one = arguments.operation.is_some();
        let text = if asked_of_one {
            decisions.iter().map(Decision::explained).collect()
        } else {
            listed(&decisions)
        };
        let denied = decisions.iter().any(|decision| decision.refusal.is_some());
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

fn granted(scopes: &str) -> Result<GrantedScopes, Failure> {
    GrantedScopes::parse(scopes).map_err(|error| Failure::Scope(scopes.to_owned(), error))
}

/// A typo in the question would otherwise look like an answer about the program.
fn warn_of_unknown(registry: &Registry, granted: Option<&GrantedScopes>) {
    let report = Report::from_registry(registry);
    let known: Vec<&str> = report
        .scopes()
        .iter()
        .map(|scope| scope.name.as_str())
        .collect();
    let names = granted.iter().flat_map(|granted| granted.names());
    let unknown: IndexSet<&str> = names.filter(|name| !known.contains(name)).collect();
    for unknown in unknown {
        let near = known
            .iter()
            .filter_map(|known| Some((typo::distance(known, unknown)?, known)));
        let hint = near
            .min()
            .map(|(_, near)| format!("; did you mean `{near}`?"));
        let hint = hint.unwrap_or_default();
        output::complain(&format!("nothing asks for the scope `{unknown}`{hint}"));
    }
}

/// The decision on one operation.
struct Decision<'c> {
    operation: &'c ProtectedOperation,
    caller: &'c Caller,
    refusal: Option<AuthorizeError>,
}

impl<'c> Decision<'c> {
    fn new(operation: &'c ProtectedOperation, caller: &'c Caller) -> Self {
        Self {
            operation,
            caller,
            refusal: authorize(&operation.requirement, caller).err(),
        }
    }

    fn name(&self) -> String {
        let (kind, name) = (self.operation.kind, visible(&self.operation.name));
        match &*self.operation.server {
            "" => format!("{kind} {name}"),
            server => format!("{kind} {name} of server {}", visible(server)),
        }
    }

    /// Returns the set to ask for, and the scopes in it that the token lacks.
    fn lacking(&self) -> (ScopeSet, ScopeSet) {
        match &self.refusal {
            None => (ScopeSet::new(), ScopeSet::new()),
            Some(AuthorizeError::InsufficientScope(refusal)) => {
                (refusal.alternative().clone(), refusal.missing().clone())
            }
            Some(_) => {
                let all = self
                    .operation
                    .requirement
                    .alternative(&GrantedScopes::default());
                (all.clone(), all)
            }
        }
    }

    /// Returns the granted scopes of the requirement, each with the name that grants it.
    fn because(&self) -> Vec<String> {
        let Some(token) = self.caller.token() else {
            return Vec::new();
        };
        let scopes = self.operation.requirement.access().leaves();
        let scopes = scopes.filter(|scope| scope.is_satisfied_by(token.scopes()));
        let scopes: IndexSet<&RequiredScope> = scopes.collect();
        let reason = |scope: &RequiredScope| {
            if token.scopes().contains(scope.as_str()) {
                return format!("{} is granted", scope.as_str());
            }
            let through = token.scopes().names().find(|name| {
                let alone = GrantedScopes::parse(*name);
                alone.is_ok_and(|alone| scope.is_satisfied_by(&alone))
            });
            format!(
                "{} is implied by {}",
                scope.as_str(),
                through.unwrap_or("another scope")
            )
        };
        scopes.into_iter().map(reason).collect()
    }

    fn explained(&self) -> String {
        let word = if self.refusal.is_none() {
            "allowed"
        } else {
            "denied"
        };
        let mut text = format!("{}: {word}\n", self.name());
        let _ = writeln!(text, "  requires  {}", self.operation.requirement);
        for (place, reason) in self.because().iter().enumerate() {
            let head = if place == 0 { "because" } else { "" };
            let _ = writeln!(text, "  {head:<8}  {reason}");
        }
        if let Some(refusal) = &self.refusal {
            let _ = writeln!(text, "  refusal   {} {refusal}", refusal.status());
            let (ask_for, missing) = self.lacking();
            if missing != ask_for {
                let _ = writeln!(text, "  lacks     {missing}");
            }
            if ask_for.is_empty() {
                text.push_str(match refusal {
                    AuthorizeError::MissingToken => "  ask for   a token, of any scope\n",
                    _ => "  ask for   nothing: no scope gives access\n",
                });
            } else {
                let _ = writeln!(text, "  ask for   {ask_for}");
            }
        }
        text
    }

    fn json(&self) -> Value {
        let (ask_for, missing) = self.lacking();
        json!({
            "server": self.operation.server,
            "kind": self.operation.kind.to_string(),
            "operation": self.operation.name,
            "allowed": self.refusal.is_none(),
            "requires": self.operation.requirement.to_string(),
            "because": self.because(),
            "refusal": self.refusal.as_ref().map(ToString::to_string),
            "missing": missing,
            "ask_for": ask_for,
        })
    }
}

/// Every operation, those first that are allowed.
fn listed(decisions: &[Decision<'_>]) -> String {
    let mut text = String::new();
    for (headline, is_allowed) in [("allowed", true), ("denied", false)] {
        let these = decisions.iter();
        let mut these = these
            .filter(|decision| decision.refusal.is_none() == is_allowed)
            .peekable();
        if these.peek().is_some() {
            let _ = writeln!(text, "{headline}:");
        }
        for decision in these {
            let (_, missing) = decision.lacking();
            let _ = if missing.is_empty() {
                writeln!(text, "  {}", decision.name())
            } else {
                writeln!(text, "  {}: lacks {missing}", decision.name())
            };
        }
    }
    text
}
