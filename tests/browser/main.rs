//! EpicMe's pages in Chromium, with a user who signs in, allows and denies. Prints what was seen to
//! work.

#![allow(clippy::expect_used, reason = "a test")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use epicme::{Options, Running, Scope};
use scopes_core::ScopeCatalog as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;

/// Where the picture of the page to consent is, for the README.
const PICTURE: &str = "../../docs/consent.png";

#[tokio::main]
async fn main() -> ExitCode {
    let chromium = match installed().await {
        Ok(chromium) => chromium,
        Err(missing) => {
            println!("not tried: {missing}");
            // Where everything has to be there, nothing may be passed over.
            return ExitCode::from(u8::from(std::env::var_os("CI").is_some()));
        }
    };
    let directory = tempfile::tempdir().expect("a directory");
    let server = epicme(directory.path()).await;
    let resource = server.resource.metadata();
    let picture = std::env::var("SCREENSHOTS").is_ok_and(|what| what == "overwrite");
    let task = json!({
        "chromium": chromium,
        "issuer": resource.authorization_servers[0],
        "resource": resource.resource,
        "scopes": scopes(),
        "picture": picture.then_some(PICTURE),
        "look": std::env::var("SCREENSHOTS_IN").ok(),
    });
    let user = node(&["consent.mjs", &task.to_string()]).status().await;
    server.stop().await;
    ExitCode::from(u8::from(!user.expect("node starts").success()))
}

/// EpicMe with its own authorization server.
async fn epicme(directory: &Path) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let options = Options {
        signing_key: Some(directory.join("key")),
        ..Options::default()
    };
    epicme::serve(&options, listener).await.expect("it starts")
}

/// The description of every scope that stands for itself.
fn scopes() -> Vec<Value> {
    let declared = Scope::CATALOG.declarations().iter();
    let declared = declared.filter(|scope| !scope.is_template());
    let told =
        declared.map(|scope| json!({ "name": scope.name(), "description": scope.description() }));
    told.collect()
}

/// Where Chromium is, once there is all that it takes to open a page in it.
async fn installed() -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|place| place.join("chromium"));
    let chromium = places.find(|place| place.exists());
    let chromium = chromium.ok_or("there is no chromium")?;
    let mut install = command("npm", &["ci", "--silent", "--ignore-scripts"]);
    let installed = install.output().await;
    let installed = installed.map_err(|error| format!("npm: {error}"))?;
    if !installed.status.success() {
        return Err(String::from_utf8_lossy(&installed.stderr).into_owned());
    }
    let node = node(&["--version"]).output().await;
    node.map_err(|error| format!("node: {error}"))?;
    Ok(chromium)
}

fn node(arguments: &[&str]) -> Command {
    command("node", arguments)
}

fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}
