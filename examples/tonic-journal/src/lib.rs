//! A gRPC service as an OAuth 2.1 protected resource: one layer verifies tokens, a guard in each method
//! decides, and gRPC clients get the status that they understand.

use std::sync::{Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderValue;
use prost::Message;
use scopes_core::tower::ProtectLayer;
use scopes_core::{AuthorizeError, ResourceServer, ScopeCatalog, TokenVerifier, requires_scopes};
use tonic::service::Routes;
use tonic::{Code, Request, Response, Status, async_trait};

use self::journal::journal_server::{Journal, JournalServer};

/// Client and server, as they are generated.
#[allow(
    missing_docs,
    unused_qualifications,
    clippy::pedantic,
    reason = "generated"
)]
pub mod journal {
    include!(concat!(env!("OUT_DIR"), "/journal.Journal.rs"));
}

/// The scopes of the journal.
#[derive(Debug, ScopeCatalog)]
pub enum Scope {
    /// Read your journal entries.
    #[scope("entries:read")]
    EntriesRead,
    /// Create, change and delete your journal entries.
    #[scope("entries:write", implies(EntriesRead))]
    EntriesWrite,
}

/// An empty message.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Nothing {}

/// An entry of the journal.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Entry {
    /// The text.
    #[prost(string, tag = "1")]
    pub text: String,
}

/// All entries of the journal.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Entries {
    /// In the order in which they were created.
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
}

#[derive(Debug, Default)]
struct Diary(Mutex<Vec<Entry>>);

impl Diary {
    #[requires_scopes(any("entries:read", "entries:write"))]
    fn list(&self) -> Result<Vec<Entry>, AuthorizeError> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(entries.clone())
    }

    #[requires_scopes("entries:write")]
    fn create(&self, entry: Entry) -> Result<(), AuthorizeError> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push(entry);
        Ok(())
    }
}

/// The refusal of a guard, in the words of gRPC.
#[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
fn refused(refusal: AuthorizeError) -> Status {
    let code = match refusal.status() {
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        400 => Code::InvalidArgument,
        503 => Code::Unavailable,
        _ => Code::Internal,
    };
    Status::new(code, refusal.to_string())
}

#[async_trait]
impl Journal for Diary {
    async fn list_entries(&self, _: Request<Nothing>) -> Result<Response<Entries>, Status> {
        let entries = self.list().map_err(refused)?;
        Ok(Response::new(Entries { entries }))
    }

    async fn create_entry(&self, request: Request<Entry>) -> Result<Response<Nothing>, Status> {
        self.create(request.into_inner()).map_err(refused)?;
        Ok(Response::new(Nothing {}))
    }
}

/// The service behind the layer, and the metadata beside it.
pub fn app(server: ResourceServer, verifier: impl TokenVerifier) -> Router {
    // A client of gRPC takes the status from HTTP if there is no body, which it would read as messages.
    let protect = ProtectLayer::new(server, verifier)
        .refusal_body(|_, _| (HeaderValue::from_static("application/grpc"), Bytes::new()));
    let metadata = protect.metadata();
    let service = Routes::new(JournalServer::new(Diary::default()));
    service.into_axum_router().layer(protect).merge(metadata)
}
