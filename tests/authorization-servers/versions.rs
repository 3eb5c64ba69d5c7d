//! The packages of the authorization servers, and their versions as the files say by which they are
//! installed.

use scopes_interop::versions::after;

/// The name of a server in tables, its package, the file that names the version, and what comes before it
/// there.
const SOURCES: [(&str, &str, &str, &str); 5] = [
    (
        "oidc-provider",
        "oidc-provider",
        include_str!("../oidc-provider/package-lock.json"),
        "\"node_modules/oidc-provider\": {\n      \"version\": \"",
    ),
    (
        "Keycloak",
        "org.keycloak:keycloak-quarkus-dist",
        include_str!("keycloak/SHA256SUMS"),
        "keycloak-quarkus-dist-",
    ),
    (
        "Ory Hydra",
        "github.com/ory/hydra/v2",
        include_str!("hydra/go.mod"),
        "github.com/ory/hydra/v2 v",
    ),
    (
        "better-auth",
        "better-auth",
        include_str!("better-auth/package.json"),
        "\"better-auth\": \"",
    ),
    (
        "Django",
        "django-oauth-toolkit",
        include_str!("django/requirements.txt"),
        "django-oauth-toolkit==",
    ),
];

/// Returns the authorization servers by their names in tables, each with its package and version.
///
/// # Panics
///
/// If a file does not have the version.
pub fn servers() -> impl Iterator<Item = (&'static str, String)> {
    let own = ("EpicMe's own", "in `examples/epicme`".to_owned());
    let installed = SOURCES.iter().map(|(name, package, text, before)| {
        let version = after(text, before).expect(package);
        let version = version.trim_end_matches(".zip");
        (*name, format!("`{package}` {version}"))
    });
    std::iter::once(own).chain(installed)
}
