//! What the layer is configured to do.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::cors::Cors;
use super::host::AllowedHosts;
use super::metadata_endpoint::MetadataEndpoint;
use super::origin::AllowedOrigins;
use super::refusal::{self, RefusalBody};
use super::watch::VerifyCredentials;
use crate::resource::ResourceServer;
use crate::token::{Presentation, TokenScheme};

/// The settings of a layer, which every request is answered by.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) server: ResourceServer,
    pub(super) metadata: MetadataEndpoint,
    pub(super) origins: AllowedOrigins,
    pub(super) hosts: AllowedHosts,
    pub(super) public_paths: HashSet<String>,
    pub(super) body: Arc<RefusalBody>,
    pub(super) cors: bool,
    pub(super) stream_check_interval: Duration,
    /// The verifier, without its type.
    pub(super) verifier: Arc<dyn VerifyCredentials>,
    /// The schemes under which the verifier takes tokens.
    pub(super) schemes: Vec<TokenScheme>,
    pub(super) proof_headers: Vec<&'static str>,
}

impl Settings {
    pub(super) fn new(
        server: ResourceServer,
        presentation: &Presentation,
        verifier: Arc<dyn VerifyCredentials>,
    ) -> Self {
        let server = server.presented_as(presentation);
        Self {
            metadata: MetadataEndpoint::new(&server),
            origins: AllowedOrigins::of_resource(&server.metadata().resource),
            hosts: AllowedHosts::of_resource(&server.metadata().resource),
            server,
            public_paths: HashSet::new(),
            body: Arc::new(refusal::json_body),
            cors: true,
            stream_check_interval: Duration::from_secs(60),
            verifier,
            schemes: presentation.schemes().to_vec(),
            proof_headers: presentation.proof_headers().to_vec(),
        }
    }

    /// Who may read the answer to a request from this origin, which is an allowed one.
    pub(super) fn cors_for(&self, origin: Option<&HeaderValue>) -> Cors {
        match (self.cors, self.origins.any) {
            (false, _) => Cors::Off,
            (true, true) => Cors::AnyOrigin,
            (true, false) => Cors::Origin(origin.cloned()),
        }
    }
}
