//! The command line.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::str::FromStr;

use clap::{Parser, Subcommand};
use rmcp::ServiceExt;
use scopes_core::command::{self, Scopes};
use scopes_core::rmcp::{LocalPolicy, as_caller, validate};
use scopes_core::{GrantedScopes, Registry, ResourceServer, ScopeCatalog as _, ScopeSet};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use crate::log;
use crate::settings::Settings;
use crate::start::{self, StartServerError};
use crate::{Options, Scope, environment, first_calls, serve};

/// A journal as an MCP server, protected by OAuth scopes.
#[derive(Debug, Parser)]
#[command(name = "epicme", version, after_help = EXIT_CODES)]
struct CommandLine {
    #[command(flatten)]
    options: Options,
    /// Serves one local client over standard input and output, instead of HTTP.
    // No token is presented there, so how tokens are verified means nothing.
    #[arg(
        long,
        conflicts_with_all = [
            "authorization_server",
            "verify",
            "profile",
            "api_keys",
            "start_early",
            "anonymous",
            "allow_origin",
            "allow_host",
            "introspection_endpoint",
            "client_id",
            "client_secret_file",
            "subject_claim",
            "resource_url",
            "store",
            "session_key_file",
            "revocation_secret_file",
            "audit_file",
            "audit_key_file",
        ]
    )]
    stdio: bool,
    /// The scopes of that client, or `trusted` for all; none by default.
    #[arg(
        long,
        value_name = "SCOPES",
        requires = "stdio",
        default_value = "",
        hide_default_value = true
    )]
    stdio_scopes: LocalScopes,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  the server was stopped
  2  an argument is invalid, or the server cannot start";

const TOKEN_EXIT_CODES: &str = "\
Exit codes:
  0  the token is printed
  2  an argument is invalid, or there is no key";

#[derive(Debug, Subcommand)]
enum Command {
    /// Print an access token of the embedded authorization server.
    #[command(after_help = TOKEN_EXIT_CODES)]
    Token {
        /// The scopes that it grants, separated by spaces.
        #[arg(long)]
        scope: String,
        /// The user whose journal it opens.
        #[arg(long, default_value = first_calls::SUBJECT)]
        sub: String,
    },
    Scopes(Box<Scopes>),
}

/// The policy for a client that brings no token.
#[derive(Clone, Debug)]
struct LocalScopes(LocalPolicy);

impl FromStr for LocalScopes {
    type Err = Box<dyn std::error::Error + Send + Sync>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(match text {
            "" => LocalPolicy::Deny,
            "trusted" => LocalPolicy::Trusted,
            scopes => {
                let scopes = GrantedScopes::parse(scopes)?;
                for name in scopes.names() {
                    Scope::CATALOG.declaring(name)?;
                }
                LocalPolicy::Granted(scopes)
            }
        }))
    }
}

/// Runs the command line. Errors print as clap's do, and exit with 2; under `scopes`, with 3.
pub async fn run() -> ExitCode {
    let command_line = command::parse_from(std::env::args_os());
    obey(command_line).await.unwrap_or_else(|error| {
        message("error", &error.to_string());
        ExitCode::from(2)
    })
}

async fn obey(command_line: CommandLine) -> Result<ExitCode, StartServerError> {
    let CommandLine {
        mut options,
        stdio,
        stdio_scopes,
        command,
    } = command_line;
    options.variables = environment::variables(options.env_file.as_deref())?;
    let settings = Settings::of(&options);
    log::install(settings.log, settings.audit_file.as_deref())?;
    let listen = settings.listen.unwrap_or(first_calls::DEFAULT_ADDRESS);
    match command {
        Some(Command::Token { scope, sub }) => print_token(&options, listen, &scope, &sub)?,
        Some(Command::Scopes(scopes)) => {
            let registry = Registry::of_program();
            let resource = |_: &str| start::resource(&options, listen);
            let explain = async |server: ResourceServer, token: String| {
                start::explain(&options, listen, &server, &token).await
            };
            let scopes = scopes.program("EpicMe", env!("CARGO_PKG_VERSION"));
            return Ok(scopes.run_with(&registry, resource, explain).await);
        }
        None if stdio => {
            start::check(&options, listen)?;
            serve_stdio(&settings, &stdio_scopes.0).await?;
        }
        None => serve_http(&options, &settings, listen).await?,
    }
    Ok(ExitCode::SUCCESS)
}

fn print_token(
    options: &Options,
    listen: SocketAddr,
    scope: &str,
    subject: &str,
) -> Result<(), StartServerError> {
    if Settings::of(options).is_behind_real_server() {
        let problem = "--authorization-server mints its own tokens; ask it for one";
        return Err(StartServerError::because(problem));
    }
    scope
        .parse::<ScopeSet>()
        .map_err(|error| StartServerError::because(format!("--scope {scope:?}: {error}")))?;
    start::check_loopback(listen)?;
    let resource = start::resource(options, listen)?;
    let server = start::embedded(options, listen, &resource)?;
    let token = server.mint(subject, scope);
    print(&format!("{}\n", token.map_err(StartServerError::because)?));
    Ok(())
}

async fn serve_http(
    options: &Options,
    settings: &Settings,
    listen: SocketAddr,
) -> Result<(), StartServerError> {
    if settings.listen.is_none() && settings.configuration.contains("listen") {
        // There is nowhere to listen, and there may be more mistakes.
        return start::check(options, listen);
    }
    // Before anything is opened: an invalid address is reported, busy or not.
    if !settings.is_behind_real_server() {
        start::check_loopback(listen)?;
    }
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| StartServerError::because(format!("{listen} is not free: {error}")))?;
    let running = serve(options, listener).await?;
    print(&first_calls::text(&running, options)?);
    ended().await.map_err(StartServerError::because)?;
    running.stop().await;
    Ok(())
}

/// Waits until the program is to end: by Ctrl-C or, as service managers say it, by SIGTERM.
async fn ended() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminated.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Standard output belongs to the protocol.
async fn serve_stdio(settings: &Settings, policy: &LocalPolicy) -> Result<(), StartServerError> {
    let epicme = start::epicme(settings)?;
    let registry = Registry::of_program();
    validate(epicme.clone(), &registry)
        .await
        .map_err(StartServerError::because)?;
    if matches!(policy, LocalPolicy::Deny) {
        message(
            "warning",
            "only public operations are allowed; see --stdio-scopes",
        );
    }
    let client = as_caller(rmcp::transport::stdio(), policy.caller(&registry, "local"));
    let running = epicme
        .serve(client)
        .await
        .map_err(|error| StartServerError::because(format!("there is no MCP client: {error}")))?;
    running
        .waiting()
        .await
        .map(drop)
        .map_err(StartServerError::because)
}

/// A closed standard output is no error.
fn print(text: &str) {
    let mut output = std::io::stdout();
    let _ = output.write_all(text.as_bytes());
    let _ = output.flush();
}

fn message(level: &str, text: &str) {
    // Without an error output there is no other place to print it.
    let _ = writeln!(std::io::stderr(), "{level}: {text}");
}
