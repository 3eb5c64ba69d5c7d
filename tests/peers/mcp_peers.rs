//! A call of an MCP tool through what protects it, beside crates that protect one as well: the same
//! request, the same token (RS256), the same service that does nothing.

#![allow(clippy::expect_used, reason = "a benchmark may panic")]

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use oauth_resource_server::http_layer::HttpAuthLayer;
use oauth_resource_server::mcp::McpToolScopes;
use oauth_resource_server::{KeyNaming, OAuthConfig, OAuthValidator};
use scopes_core::cache::CachedVerifier;
use scopes_core::jwt::{Issuer, JwkSet, JwtVerifier};
use scopes_core::mcp::GateLayer;
use scopes_core::token::TokenVerifier;
use scopes_core::tower::ProtectLayer;
use scopes_core::{
    OperationKind, ProtectedOperation, Registry, Requirement, ResourceServer, ScopeName,
};
use scopes_tests::issuer::{ISSUER, RESOURCE, SigningKey};
use scopes_tests::measure::Comparison;
use scopes_tests::vocabulary::Scope;
use serde_json::{Value, json};
use tower::{Layer, Service, service_fn};
use tower_oauth2_resource_server::server::OAuth2ResourceServer;
use tower_oauth2_resource_server::tenant::TenantConfiguration;
use tower_oauth2_resource_server::validation::ClaimsValidationSpec;

/// The tools, and a scope that each requires; the token has all but the last.
const TOOLS: [(&str, &str); 3] = [
    ("read_entry", "entries:read"),
    ("create_tag", "tags:write"),
    ("delete_all", "admin"),
];

const SCOPED: &str = "oauth-resource-server";
const SCOPELESS: &str = "tower-oauth2-resource-server (no scopes)";

/// What each of them does for its time.
const NOTES: &str = "\
  ours, remembered: the signature was verified before; the bytes of the token, its end, the scopes
    of the tool and the members of the message are looked at for every call
  ours, not remembered; oauth-resource-server: the same, and the signature of every call
  tower-oauth2-resource-server: the signature of every call; no scopes, and no look at the message:
    what refuses by the tool has to be written on top of it";

fn main() {
    let key = SigningKey::rsa("1");
    let keys = json!({ "keys": [key.jwk()] });
    // Peers may look at the clock of a runtime; none of them waits.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();
    let scopeless = runtime.block_on(tower_oauth2(&keys));

    let mut alone = service_fn(bare);
    let mut remembered = ours(CachedVerifier::new(verifier(&keys)));
    let mut verified = ours(verifier(&keys));
    let mut scoped = oauth(&keys).layer(tool_scopes().layer(service_fn(bare)));
    let mut scopeless = scopeless.into_layer().layer(service_fn(bare));

    let authorization = format!("Bearer {}", key.token());
    let request = |tool| request(&authorization, tool);
    for (title, tool, status) in [
        ("a call that the token permits", TOOLS[0].0, 200),
        ("a call that the token does not permit", TOOLS[2].0, 403),
    ] {
        let request = request(tool);
        // To make one takes longer than what is measured.
        let request = || request.clone();
        let comparison = Comparison::new(title)
            .case("the service alone", || call(&mut alone, request(), 200))
            .case("ours, remembered", || {
                call(&mut remembered, request(), status);
            })
            .case("ours, not remembered", || {
                call(&mut verified, request(), status);
            })
            .case(SCOPED, || {
                call(&mut scoped, request(), status);
            });
        let comparison = if status == 200 {
            comparison.case(SCOPELESS, || {
                call(&mut scopeless, request(), status);
            })
        } else {
            comparison
        };
        comparison.print();
    }
    println!("{NOTES}");

    let request = || request(TOOLS[0].0);
    println!("\nallocations of the permitted call, the request's own left out");
    let count = |name: &str, work: &mut dyn FnMut(Request<Full<Bytes>>)| {
        let mut next = Some(request());
        let counted = allocation_counter::measure(|| work(next.take().expect("one request")));
        println!("  {name:<44}{:>12}", counted.count_total);
    };
    count("the service alone", &mut |it| call(&mut alone, it, 200));
    count("ours, remembered", &mut |it| call(&mut remembered, it, 200));
    count("ours, not remembered", &mut |it| {
        call(&mut verified, it, 200);
    });
    count(SCOPED, &mut |it| call(&mut scoped, it, 200));
    count(SCOPELESS, &mut |it| call(&mut scopeless, it, 200));
}

fn request(authorization: &str, tool: &str) -> Request<Full<Bytes>> {
    let arguments = json!({ "title": "A day", "content": "a line of a journal ".repeat(9) });
    let params = json!({ "name": tool, "arguments": arguments });
    let call = json!({ "jsonrpc": "2.0", "id": 17, "method": "tools/call", "params": params });
    Request::post("/mcp")
        .header("host", "localhost")
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .header("authorization", authorization)
        .body(Full::new(call.to_string().into()))
        .expect("a request")
}

async fn bare(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    black_box(request);
    std::future::ready(Ok(Response::new(Full::new(Bytes::from_static(b"{}"))))).await
}

fn verifier(keys: &Value) -> JwtVerifier {
    let keys: JwkSet = serde_json::from_value(keys.clone()).expect("keys");
    let verifier = JwtVerifier::builder(RESOURCE).issuer(Issuer::new(ISSUER).jwks(keys));
    verifier.build().expect("valid settings")
}

fn ours<V: TokenVerifier>(
    verifier: V,
) -> impl Service<Request<Full<Bytes>>, Response = Response<impl Sized>> {
    let registry: Registry = TOOLS
        .into_iter()
        .map(|(tool, scope)| {
            let requirement = Requirement::one(ScopeName::from_static(scope));
            let requirement = Box::leak(Box::new(requirement));
            let operation = ProtectedOperation::new(OperationKind::Tool, tool, requirement);
            &*Box::leak(Box::new(operation))
        })
        .collect();
    let server = ResourceServer::builder(RESOURCE)
        .authorization_server(ISSUER)
        .registry(Registry::default())
        .catalog::<Scope>();
    let protect = ProtectLayer::new(server.build().expect("valid settings"), verifier);
    protect.layer(GateLayer::new(&registry).layer(service_fn(bare)))
}

fn oauth(keys: &Value) -> HttpAuthLayer {
    let config = OAuthConfig {
        enabled: true,
        issuer: ISSUER.to_owned(),
        audience: RESOURCE.to_owned(),
        resource: RESOURCE.to_owned(),
        // The tools say which.
        allow_unscoped_tokens: true,
        ..OAuthConfig::default()
    };
    let config = config.resolve(KeyNaming::Dotted("oauth"));
    let config = config.expect("valid settings").expect("enabled");
    let validator = OAuthValidator::builder(&config).initial_jwks(&keys.to_string());
    let validator = Arc::new(validator.build().expect("valid settings"));
    let layer = HttpAuthLayer::builder().oauth(validator).build();
    layer.expect("valid settings")
}

fn tool_scopes() -> McpToolScopes {
    TOOLS
        .into_iter()
        .fold(McpToolScopes::new(), |layer, (tool, scope)| {
            layer.tool(tool, [scope])
        })
}

async fn tower_oauth2(keys: &Value) -> OAuth2ResourceServer {
    let audiences = vec![RESOURCE.to_owned()];
    let claims = ClaimsValidationSpec::new().iss(ISSUER).exp(true);
    let claims = claims.aud(&audiences);
    let tenant = TenantConfiguration::static_builder(keys.to_string())
        .audiences(&audiences)
        .claims_validation(claims)
        .build()
        .expect("valid settings");
    let server = <OAuth2ResourceServer>::builder().add_tenant(tenant);
    server.build().await.expect("valid settings")
}

/// The answer of a service that is ready, and does not wait.
fn call<S, B>(service: &mut S, request: Request<Full<Bytes>>, status: u16)
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>>,
{
    let mut future = pin!(service.call(request));
    let answer = future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    match answer {
        Poll::Ready(Ok(answer)) => assert_eq!(answer.status(), status),
        _ => panic!("no answer"),
    }
}
