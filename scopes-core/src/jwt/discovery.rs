//! Where an issuer's keys are: RFC 8414, then OpenID Connect Discovery.

use serde::Deserialize;

use crate::fetch::{Fetch, FetchError, FetchRequest};

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

/// Asks the issuer for the URL of its keys.
///
/// # Errors
///
/// If no document is found, or one names another issuer: it would be somebody else's keys.
pub(super) async fn jwks_url<F: Fetch>(issuer: &str, fetch: &F) -> Result<String, FetchError> {
    let mut last = FetchError::new(format!("no metadata of {issuer:?} was found"));
    for url in metadata_urls(issuer) {
        let answer = match fetch.fetch(FetchRequest::get(url.as_str())?).await {
            Ok(answer) if answer.status == 200 => answer,
            Ok(_) => continue,
            Err(error) => {
                last = error;
                continue;
            }
        };
        let metadata: Metadata = serde_json::from_slice(&answer.body)
            .map_err(|_| FetchError::new(format!("the metadata at {url:?} is not valid")))?;
        if metadata.issuer != issuer {
            return Err(FetchError::new(format!(
                "the metadata at {url:?} is of the issuer {:?}, not of {issuer:?}",
                metadata.issuer
            )));
        }
        return Ok(metadata.jwks_uri);
    }
    Err(last)
}

/// RFC 8414 section 3.1 puts the well-known path before the issuer's own, OpenID Connect Discovery
/// section 4 behind it.
fn metadata_urls(issuer: &str) -> [String; 3] {
    let start = issuer.find("://").map_or(0, |at| at + "://".len());
    let end = issuer[start..]
        .find('/')
        .map_or(issuer.len(), |at| start + at);
    let (origin, path) = issuer.split_at(end);
    let path = path.trim_end_matches('/');
    [
        format!("{origin}/.well-known/oauth-authorization-server{path}"),
        format!("{origin}/.well-known/openid-configuration{path}"),
        format!("{origin}{path}/.well-known/openid-configuration"),
    ]
}
