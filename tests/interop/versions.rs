//! The packages of the clients, and their versions as the files say by which they are installed.

use super::clients::NAMES;

/// Returns the clients by their names in tables, each with its package and version.
///
/// # Panics
///
/// If a file does not have the version.
pub fn clients() -> impl Iterator<Item = (&'static str, String)> {
    NAMES.iter().map(|name| {
        let (package, text, before) = source(name);
        let version = after(text, before).expect(package);
        (*name, format!("`{package}` {version}"))
    })
}

/// The package of a client, the file that names its version, and what comes before it there.
fn source(client: &str) -> (&'static str, &'static str, &'static str) {
    let cargo = include_str!("../../Cargo.lock");
    let go = include_str!("go/go.mod");
    let inspector = include_str!("inspector/package.json");
    let java = include_str!("java/pom.xml");
    let node = include_str!("package.json");
    let python = include_str!("requirements.txt");
    match client {
        "TypeScript 2.x" => (
            "@modelcontextprotocol/client",
            node,
            "@modelcontextprotocol/client\": \"",
        ),
        "TypeScript 1.x" => (
            "@modelcontextprotocol/sdk",
            node,
            "@modelcontextprotocol/sdk\": \"",
        ),
        "Python 2.x" => ("mcp", python, "\nmcp=="),
        "Go SDK" => (
            "github.com/modelcontextprotocol/go-sdk",
            go,
            "github.com/modelcontextprotocol/go-sdk v",
        ),
        "mcp-go" => (
            "github.com/mark3labs/mcp-go",
            go,
            "github.com/mark3labs/mcp-go v",
        ),
        "Java SDK" => (
            "io.modelcontextprotocol.sdk:mcp",
            java,
            "<artifactId>mcp</artifactId>\n      <version>",
        ),
        "Inspector" => (
            "@modelcontextprotocol/inspector",
            inspector,
            "@modelcontextprotocol/inspector\": \"",
        ),
        _ => ("rmcp", cargo, "\nname = \"rmcp\"\nversion = \""),
    }
}

/// Returns the version that comes after `before`.
#[must_use]
pub fn after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || ".+-".contains(letter);
    let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
    Some(&rest[..end])
}
