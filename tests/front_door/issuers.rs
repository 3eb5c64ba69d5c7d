//! An issuer in a private network, and a baseline in the 401.

use axum::Router;
use scopes_core::ResourceServer;
use scopes_core::jwt::JwtVerifier;
use scopes_core::resource::ResourceServerBuilder;
use scopes_core::rmcp::protect;
use scopes_core::testing::Issuer;

use crate::client::{Answer, call, check_resource_with, get, serve};
use crate::journal::{Journal, builder, verifier};
use crate::log::{lines_with, listen};
use crate::nginx::{Door, HOSTS};

/// As in a compose file.
const KEYCLOAK: &str = "http://keycloak:8080/realms/journal";

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_over_plain_http_is_allowed_by_name() {
    for lines in HOSTS {
        let door = Door::choose();
        let url = format!("{}/mcp", door.origin);
        let server = || ResourceServer::builder(&url).authorization_server(KEYCLOAK);
        let refused = server().build().expect_err("plain http").to_string();
        assert!(refused.contains("insecure_allow_http"), "{refused}");

        let server = server().insecure_allow_http("keycloak").build();
        let server = server.expect("valid settings");
        let issuer = Issuer::start_as(KEYCLOAK).await.expect("an issuer");
        let verifier = JwtVerifier::discover(&server, issuer.fetch()).await;
        let journal = protect(|| Ok(Journal), server, verifier.expect("keys")).await;
        let app = serve(Router::from(journal.expect("everything is annotated"))).await;
        let nginx = door.forward(app, lines);
        let sign = |scope| issuer.token(&url).scope(scope).sign().expect("a token");
        check_resource_with(&nginx.client, &url, &sign("entries:read"), &sign("")).await;
    }
}

mod account {
    #[derive(scopes_core::ScopeCatalog)]
    pub(super) enum Scope {
        /// See who you are.
        #[scope("user:read", baseline)]
        UserRead,
    }
}

/// A client that registers itself with an authorization server that holds it to the scopes it registered
/// for. Returns those: of the 401, or else of the metadata.
async fn registered_scopes(door: &Door, server: ResourceServerBuilder, lines: &str) -> Vec<String> {
    let server = server.catalog::<account::Scope>().build();
    let server = server.expect("valid settings");
    let url = server.metadata().resource.clone();
    let journal = protect(|| Ok(Journal), server, verifier()).await;
    let app = serve(Router::from(journal.expect("everything is annotated"))).await;
    let nginx = door.forward(app, lines);
    let stranger: Answer = call(&nginx.client, &url, None, "count_entries").await;
    let metadata = get(&nginx.client, stranger.metadata_url()).await.json();
    let supported = metadata["scopes_supported"].as_array().expect("scopes");
    let supported = supported.iter().filter_map(|scope| scope.as_str());
    let registered = match stranger.parameter("scope") {
        Some(scope) => scope.split(' ').map(str::to_owned).collect(),
        None => supported.map(str::to_owned).collect(),
    };
    let refused = call(&nginx.client, &url, Some("nothing"), "count_entries").await;
    assert_eq!(refused.parameter("scope"), Some("entries:read"));
    registered
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_registers_for_the_baseline_unless_the_401_leaves_it_out() {
    listen();
    for lines in HOSTS {
        let door = Door::choose();
        let url = format!("{}/mcp", door.origin);
        let at = format!("resource.url=\"{url}\"");
        let said = ["resource.baseline=user:read", "challenge_baseline", &at];
        let quiet = builder(&url).challenge_baseline(false);
        let registered = registered_scopes(&door, quiet, lines).await;
        assert!(registered.contains(&"entries:read".to_owned()));
        assert_eq!(lines_with(&said), Vec::<String>::new());

        let registered = registered_scopes(&door, builder(&url), lines).await;
        assert_eq!(registered, ["user:read"]);
        assert_eq!(lines_with(&said).len(), 1);
    }
}
