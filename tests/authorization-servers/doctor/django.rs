//! django-oauth-toolkit, whose tokens are opaque.

use scopes_authorization_servers::Django;

use super::{finds, introspect};
use crate::site::Site;

/// Beside a server that serves by introspection.
pub(crate) async fn at_django(site: &Site, issuer: &str) -> Result<String, String> {
    let asking = introspect(issuer, Django::RESOURCE_SERVER);
    let everything = [&["--register"][..], &asking].concat();
    finds(site, &everything, Django::SECRET, &[]).await?;
    let refused = [("introspection", "or its secret is wrong")];
    finds(site, &asking, "another secret", &refused).await?;
    Ok("healthy; one mistake is found".to_owned())
}

/// Where the metadata is behind the path of the issuer alone.
pub(crate) async fn at_mounted_django(site: &Site) -> Result<(), String> {
    let behind = [("metadata", "only at")];
    finds(site, &[], "", &behind).await
}
