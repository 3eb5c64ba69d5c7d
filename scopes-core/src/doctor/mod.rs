//! Examines a running server as a client would (feature `doctor`): `scopes doctor`.
//!
//! Requests are those that any client may send. There are at most 11 to the server, one more for each
//! session that it opens, and 9 to each of at most [`MOST_AUTHORIZATION_SERVERS`] authorization servers, one
//! after the other, each with a limit of time and of size. No redirect is followed. URLs that a server names
//! get neither tokens nor secrets, and none is asked whose host is of a nearer network than that of the
//! server by its name or address; the addresses of a DNS name are not checked.

mod authorization_server;
mod challenge;
mod client;
mod endpoint;
mod finding;
mod introspection;
mod issuer_document;
mod keys;
mod pages;
mod registration;
mod resource_metadata;
mod server;
mod sign_in;
mod wanted;
mod www_authenticate;

use std::time::Duration;

use self::client::Client;
pub(crate) use self::finding::{Finding, Outcome, Section};
pub(crate) use self::introspection::IntrospectionClient;
use self::server::Server;
pub(crate) use self::sign_in::{KnownClient, SignInAs};
use self::wanted::Wanted;
use crate::document::shortened;
use crate::fetch::FetchError;

/// Further authorization servers are named and not asked.
const MOST_AUTHORIZATION_SERVERS: usize = 3;

/// The server to examine, and the checks that have to be asked for.
pub(crate) struct Settings {
    /// The URL that clients are given.
    pub(crate) url: String,
    /// The time limit of a request.
    pub(crate) timeout: Duration,
    /// The client that tries to sign in.
    pub(crate) sign_in: SignInAs,
    pub(crate) introspection: Option<IntrospectionClient>,
}

/// Examines the server and the authorization servers that it names.
///
/// # Errors
///
/// If the URL is invalid, or nothing answers there.
pub(crate) async fn examine(settings: Settings) -> Result<Vec<Section>, FetchError> {
    let server = Server::new(&settings.url)?;
    if let Some(credentials) = &settings.introspection {
        for url in [Some(&credentials.issuer), credentials.endpoint.as_ref()] {
            url.map(|url| Server::new(url)).transpose()?;
        }
    }
    let client = Client::new(settings.timeout)?;
    let mut endpoint = endpoint::examine(&client, &server)
        .await
        .map_err(|error| FetchError::new(format!("{:?} cannot be reached: {error}", server.url)))?;
    let mut findings = std::mem::take(&mut endpoint.findings);
    findings.extend(pages::examine(&client, &server, &endpoint).await);
    let mut resource = resource_metadata::examine(&client, &server, &endpoint).await;
    findings.append(&mut resource.findings);
    let mut sections = vec![Section {
        about: server.url.clone(),
        findings,
    }];
    let wanted = Wanted::new(&endpoint, &resource);
    let document = resource.document.unwrap_or_default();
    for (place, issuer) in document.authorization_servers.iter().enumerate() {
        let findings = if place < MOST_AUTHORIZATION_SERVERS {
            let sign_in = &settings.sign_in;
            authorization_server::examine(&client, &server, issuer, &wanted, sign_in).await
        } else {
            let reason = format!("only the first {MOST_AUTHORIZATION_SERVERS} are examined");
            vec![Finding::not_tried("metadata", reason)]
        };
        sections.push(Section {
            about: shortened(issuer),
            findings,
        });
        if place == MOST_AUTHORIZATION_SERVERS {
            break;
        }
    }
    if let Some(credentials) = &settings.introspection {
        let finding = introspection::examine(credentials, &server.url, settings.timeout).await?;
        sections.push(Section {
            about: credentials.issuer.clone(),
            findings: vec![finding],
        });
    }
    Ok(sections)
}
