//! Ory Hydra with the app of the tests.

use scopes_authorization_servers::Hydra;

use super::{as_client, finds, serve_naming, serve_with_a_baseline};
use crate::site::Site;

pub(crate) async fn at_hydra(site: &mut Site, issuer: &str) -> Result<String, String> {
    site.serve_by_signature(issuer).await;
    finds(site, &["--register"], "", &[]).await?;

    let as_client = as_client(Hydra::CLIENT);
    finds(site, &as_client, "", &[]).await?;
    site.serve_publishing(issuer, "entries:read audit:read")
        .await;
    let new_scope = [
        ("scopes", "not listed: audit:read"),
        ("scopes of the client", "`invalid_scope`"),
    ];
    finds(site, &as_client, "", &new_scope).await?;

    serve_with_a_baseline(site, issuer).await;
    let bound = [
        ("scopes", "not listed: profile"),
        (
            "scopes after registration",
            "registered with `profile` is refused more: `invalid_scope`",
        ),
    ];
    finds(site, &["--register"], "", &bound).await?;

    serve_naming(site, &format!("{issuer}/"), issuer).await;
    let other_name = [("issuer", "is of")];
    finds(site, &[], "", &other_name).await?;
    Ok("healthy; three mistakes are found".to_owned())
}
