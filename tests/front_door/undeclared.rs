//! Tools that are not annotated, and tools that come and go, where the start has checked nothing.

use axum::Router;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use scopes_core::mcp::GateLayer;
use scopes_core::tower::ProtectLayer;
use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement, ScopeName};
use tower::Layer;

use crate::client::{call, serve};
use crate::journal::{Plugins, resource, verifier};
use crate::log::{lines_with, listen};
use crate::nginx::{Door, HOSTS};

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_is_open_to_nobody_until_the_registry_lists_it() {
    listen();
    for lines in HOSTS {
        let door = Door::choose();
        let url = format!("{}/mcp", door.origin);
        let registry = Registry::default();
        let handler = Plugins {
            registry: registry.clone(),
        };
        let config = StreamableHttpServerConfig::default().disable_allowed_hosts();
        let sessions = std::sync::Arc::new(LocalSessionManager::default());
        let mcp = StreamableHttpService::new(move || Ok(handler.clone()), sessions, config);
        // The parts of `protect`, without its check.
        let protect = ProtectLayer::new(resource(&url), verifier());
        let metadata = Router::from(protect.metadata());
        let service = protect.layer(GateLayer::new(&registry).layer(mcp));
        let app = serve(metadata.route_service("/mcp", service)).await;
        let nginx = door.forward(app, lines);

        let search = async |token| call(&nginx.client, &url, token, "search").await;
        let unknown = search(Some("reader")).await;
        assert_eq!(unknown.challenge, None, "{lines}");
        assert!(!unknown.body.contains("three results"), "{}", unknown.body);
        let said = [" WARN ", "mcp.name=\"search\""];
        assert!(!lines_with(&said).is_empty());

        let scope = ScopeName::from_static("entries:read");
        let requirement = Requirement::one(scope);
        let tool = ProtectedOperation::at_run_time(OperationKind::Tool, "search", requirement);
        registry.add(tool);
        assert_eq!(search(None).await.status, 401);
        let refused = search(Some("nothing")).await;
        assert_eq!(refused.status, 403);
        assert_eq!(refused.parameter("scope"), Some("entries:read"));
        let found = search(Some("reader")).await;
        assert!(found.body.contains("three results"), "{}", found.body);

        registry.remove(OperationKind::Tool, "search");
        let removed = search(Some("reader")).await;
        assert!(!removed.body.contains("three results"), "{}", removed.body);
    }
}
