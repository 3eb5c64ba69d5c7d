//! better-auth with dynamic registration.

use super::{finds, serve_naming};
use crate::site::Site;

pub(crate) async fn at_better_auth(site: &mut Site, issuer: &str) -> Result<String, String> {
    site.serve_by_signature(issuer).await;
    finds(site, &["--register"], "", &[]).await?;

    serve_naming(site, &format!("{issuer}/"), issuer).await;
    let other_name = [("issuer", "is of")];
    finds(site, &[], "", &other_name).await?;
    Ok("healthy; one mistake is found".to_owned())
}
