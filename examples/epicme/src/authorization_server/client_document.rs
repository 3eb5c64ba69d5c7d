//! Clients whose id is the URL of a document about them (client-id metadata documents).

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use oauth_as::Client;
use oauth_as::cimd::{CimdPolicy, ClientIdUrl, ValidatedClientIdDocument};
use oauth_as::registration::{ClientMetadata, RegistrationConfig};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{StatusCode, redirect};
use serde::Deserialize as _;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::{AuthorizationServerError, offer, registration};

const TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum number of documents that are fetched at a time: anyone can name one.
const MAX_AT_ONCE: usize = 4;

pub(super) struct ClientDocuments {
    client: reqwest::Client,
    places: Semaphore,
}

impl ClientDocuments {
    pub(super) fn new(client: Option<reqwest::Client>) -> Result<Self, AuthorizationServerError> {
        let client = match client {
            Some(client) => client,
            None => reqwest::Client::builder()
                .user_agent(concat!("epicme/", env!("CARGO_PKG_VERSION")))
                .https_only(true)
                .no_proxy()
                .redirect(redirect::Policy::none())
                .dns_resolver(Arc::new(PublicAddresses))
                .build()
                .map_err(|_| AuthorizationServerError::Start("the client for HTTPS"))?,
        };
        Ok(Self {
            client,
            places: Semaphore::new(MAX_AT_ONCE),
        })
    }

    /// The client that the document at `client_id` describes.
    pub(super) async fn fetch(&self, client_id: &str) -> Result<Client, ReadClientDocumentError> {
        let wrong = |problem: String| ReadClientDocumentError(problem);
        let url = ClientIdUrl::parse(client_id, &policy())
            .map_err(|error| wrong(format!("its URL cannot be a client id: {error}")))?;
        let document = tokio::time::timeout(TIMEOUT, self.document(client_id))
            .await
            .map_err(|_| wrong("it did not arrive in time".to_owned()))??;
        let not_json = || wrong("it is no client metadata in JSON".to_owned());
        let mut document: Map<String, Value> =
            serde_json::from_slice(&document).map_err(|_| not_json())?;
        let mut metadata = ClientMetadata::deserialize(&document).map_err(|_| not_json())?;
        registration::check(&metadata).map_err(|error| wrong(error.to_string()))?;
        registration::adapt(&mut metadata);
        document.insert("scope".to_owned(), metadata.scope.into());
        if let Some(grants) = metadata.grant_types {
            document.insert("grant_types".to_owned(), grants.into());
        }
        let document = Value::Object(document).to_string();
        ValidatedClientIdDocument::validate(&url, document.as_bytes(), &policy())
            .map(|document| document.to_client())
            .map_err(|error| wrong(error.to_string()))
    }

    async fn document(&self, url: &str) -> Result<Vec<u8>, ReadClientDocumentError> {
        let wrong = |problem: &str| ReadClientDocumentError(problem.to_owned());
        let _place = self
            .places
            .acquire()
            .await
            .map_err(|_| wrong("it cannot be fetched"))?;
        let request = self
            .client
            .get(url)
            .header(http::header::ACCEPT, "application/json");
        // Why it failed would tell a stranger about the network.
        let answer = request
            .send()
            .await
            .map_err(|_| wrong("it cannot be fetched"))?;
        let mut answer = match answer.status() {
            StatusCode::OK => answer,
            status => return Err(wrong(&format!("its server answers {}", status.as_u16()))),
        };
        let most = policy().max_document_bytes;
        let mut document = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| wrong("it broke off"))? {
            if chunk.len() > most - document.len() {
                return Err(wrong("it is longer than may be read"));
            }
            document.extend_from_slice(&chunk);
        }
        Ok(document)
    }
}

/// Returns the policy for documents. Redirect URIs may have another origin than the document, as
/// those of native clients do.
pub(super) fn policy() -> CimdPolicy {
    let mut bounds = RegistrationConfig::new();
    bounds.allowed_scopes = offer::all();
    let mut policy = CimdPolicy::new();
    policy.redirect_uris_same_origin = false;
    policy.registration_bounds = bounds;
    policy
}

/// Resolves names to addresses on the Internet, and connects to no other: what was checked is what
/// is used. Addresses that stand in the URL itself are checked with the URL.
struct PublicAddresses;

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            if found.is_empty() || !found.iter().all(is_public) {
                return Err(io::Error::other("not an address on the Internet").into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Returns whether the address is allowed in the URL of a document, by the list of the `oauth_as`
/// crate.
fn is_public(address: &SocketAddr) -> bool {
    let host = match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    };
    ClientIdUrl::parse(&format!("https://{host}/client"), &CimdPolicy::new()).is_ok()
}

/// Returned when a client's document cannot be read or is invalid.
#[derive(Debug)]
pub(super) struct ReadClientDocumentError(String);

impl fmt::Display for ReadClientDocumentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for ReadClientDocumentError {}
