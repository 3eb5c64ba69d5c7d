//! The settings of the layer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use http::HeaderValue;

use super::authority;
use super::cors::Cors;
use super::host::AllowedHosts;
use super::metadata_endpoint::MetadataEndpoint;
use super::metadata_service::MetadataService;
#[cfg(not(feature = "revocation"))]
use super::never_revoked::CheckedRevocations;
use super::origin::AllowedOrigins;
use super::public_paths::PublicPaths;
use super::refusal::{self, RefusalBody};
#[cfg(feature = "revocation")]
use super::revoked::CheckedRevocations;
use super::watch::VerifyCredentials;
use crate::error::AuthorizeError;
use crate::observe::{self, AuditSettings};
use crate::resource::ResourceServer;
#[cfg(feature = "rmcp")]
use crate::scope::ScopeSet;
use crate::token::{Presentation, TokenScheme};

/// The settings of a layer, which all its requests share.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) server: ResourceServer,
    /// That of the resource.
    pub(super) origin: String,
    /// The same, for a layer without a metadata service beside it.
    alone: ResourceServer,
    has_metadata_service: Arc<AtomicBool>,
    is_reported_alone: Arc<Once>,
    pub(super) metadata: MetadataEndpoint,
    pub(super) origins: AllowedOrigins,
    pub(super) hosts: AllowedHosts,
    pub(super) public_paths: PublicPaths,
    is_prefix_reported: Arc<Once>,
    pub(super) body: Arc<RefusalBody>,
    pub(super) cors: bool,
    pub(super) stream_check_interval: Duration,
    pub(super) audit: AuditSettings,
    pub(super) revocations: CheckedRevocations,
    /// The verifier, without its type.
    pub(super) verifier: Arc<dyn VerifyCredentials>,
    /// The schemes under which the verifier takes tokens.
    pub(super) schemes: Vec<TokenScheme>,
    pub(super) proof_headers: Vec<&'static str>,
}

/// The challenges of a layer, for a service inside it that answers refusals in band.
#[cfg(feature = "mcp")]
#[derive(Clone)]
pub(crate) struct Challenges(
    #[cfg_attr(
        not(feature = "rmcp"),
        expect(
            dead_code,
            reason = "only a handler made with rmcp asks for challenges"
        )
    )]
    pub(super) Arc<Settings>,
);

#[cfg(feature = "mcp")]
impl Challenges {
    /// Returns the `WWW-Authenticate` that the layer would answer `refusal` with.
    #[cfg(feature = "rmcp")]
    pub(crate) fn of(&self, refusal: &AuthorizeError) -> Option<String> {
        let challenge = self.0.challenging().challenge(refusal)?;
        Some(challenge.to_string())
    }

    /// Returns `scopes` as clients request them.
    #[cfg(feature = "rmcp")]
    pub(crate) fn requested(&self, scopes: ScopeSet) -> ScopeSet {
        self.0.server.requested(scopes)
    }
}

impl Settings {
    pub(super) fn new(
        server: ResourceServer,
        presentation: &Presentation,
        verifier: Arc<dyn VerifyCredentials>,
    ) -> Self {
        let server = server.presented_as(presentation);
        let challenge = server.challenge(&AuthorizeError::MissingToken);
        let baseline = challenge.map(|challenge| challenge.scope().clone());
        observe::protects(
            &server.metadata().resource,
            server.metadata_path(),
            server.metadata_url(),
            &baseline.unwrap_or_default(),
        );
        Self {
            alone: server.clone().with_metadata_at_resource(),
            has_metadata_service: Arc::default(),
            is_reported_alone: Arc::new(Once::new()),
            metadata: MetadataEndpoint::new(&server),
            origins: AllowedOrigins::of_resource(&server.metadata().resource),
            hosts: AllowedHosts::of_resource(&server.metadata().resource),
            origin: authority::origin_of(&server.metadata().resource)
                .unwrap_or_default()
                .to_owned(),
            server,
            public_paths: PublicPaths::default(),
            is_prefix_reported: Arc::new(Once::new()),
            body: Arc::new(refusal::json_body),
            cors: true,
            stream_check_interval: Duration::from_secs(60),
            audit: AuditSettings::default(),
            revocations: CheckedRevocations::default(),
            verifier,
            schemes: presentation.schemes().to_vec(),
            proof_headers: presentation.proof_headers().to_vec(),
        }
    }

    /// Returns a service that serves the metadata beside the layer.
    pub(super) fn metadata_service(&self) -> MetadataService {
        self.has_metadata_service.store(true, Ordering::Relaxed);
        MetadataService::new(&self.server, self.metadata.clone())
    }

    /// Returns the server that makes the challenges. Without a metadata service, they name the copy
    /// at the resource: requests for the well-known path may not reach the layer.
    pub(super) fn challenging(&self) -> &ResourceServer {
        let is_alone = !self.has_metadata_service.load(Ordering::Relaxed);
        if !is_alone || self.alone.metadata_url() == self.server.metadata_url() {
            return &self.server;
        }
        self.is_reported_alone.call_once(|| {
            let resource = &self.server.metadata().resource;
            let copy = self.alone.metadata_url();
            observe::metadata_not_mounted(resource, self.server.metadata_path(), copy);
        });
        &self.alone
    }

    /// Reports a public path that does not match because of the prefix of a nested router.
    pub(super) fn report_public_path(&self, refused: &str) {
        if let Some(written) = self.public_paths.written_with_prefix(refused) {
            self.is_prefix_reported
                .call_once(|| observe::public_path_with_prefix(written, refused));
        }
    }

    /// Returns the pages that may read the answer to a request from this origin, which is allowed.
    pub(super) fn cors_for(&self, origin: Option<&HeaderValue>) -> Cors {
        match (self.cors, self.origins.any) {
            (false, _) => Cors::Off,
            (true, true) => Cors::AnyOrigin,
            (true, false) => Cors::Origin(origin.cloned()),
        }
    }
}
