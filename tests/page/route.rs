//! The page as a route.

use axum::Router;
use futures::executor::block_on;
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use scopes_core::report::Report;
use scopes_core::testing::StaticVerifier;
use scopes_core::tower::{ProtectLayer, ReportPage};
use scopes_core::{Requirement, ResourceServer};
use scopes_tests::vocabulary::Scope;
use tower::ServiceExt;

fn app(requirement: Requirement) -> Router {
    let server = ResourceServer::builder("https://api.example.com/journal")
        .authorization_server("https://auth.example.com")
        .build()
        .expect("valid settings");
    let verifier = StaticVerifier::new()
        .token("admin", "ada", "admin")
        .and_then(|verifier| verifier.token("reader", "ada", "entries:read"))
        .expect("valid scopes");
    let protect = ProtectLayer::new(server, verifier).public_path("/open");
    let page = ReportPage::new(&Report::of_program(), requirement);
    Router::new()
        .route_service("/scopes", page.clone())
        .route_service("/open", page)
        .layer(protect)
}

fn ask(app: Router, method: &Method, path: &str, token: Option<&str>) -> Response<String> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(axum::body::Body::empty()).expect("a request");
    block_on(async {
        let (parts, body) = app.oneshot(request).await.expect("an answer").into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("UTF-8");
        Response::from_parts(parts, body)
    })
}

#[test]
fn those_see_it_who_may() {
    let app = app(Requirement::one(Scope::Admin));
    let page = ask(app.clone(), &Method::GET, "/scopes", Some("admin"));
    assert_eq!(page.status(), 200);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    assert!(page.body().starts_with("<!doctype html>"));
    assert!(page.body().contains("list_entries"));
    assert!(
        !page.body().contains("\"audit\""),
        "hidden scopes are not published"
    );
    let head = ask(app.clone(), &Method::HEAD, "/scopes", Some("admin"));
    assert_eq!((head.status().as_u16(), head.body().as_str()), (200, ""));
    let post = ask(app.clone(), &Method::POST, "/scopes", Some("admin"));
    assert_eq!(post.status(), 405);
    assert_eq!(post.headers()["allow"], "GET, HEAD");
    assert!(post.body().contains(r#""error":"method_not_allowed""#));

    let refused = ask(app.clone(), &Method::GET, "/scopes", Some("reader"));
    assert_eq!(refused.status(), 403);
    let challenge = refused.headers()["www-authenticate"]
        .to_str()
        .expect("ASCII");
    assert!(
        challenge.contains("scope=\"entries:read admin\""),
        "{challenge}"
    );
    assert_eq!(ask(app, &Method::GET, "/scopes", None).status(), 401);
}

#[test]
fn nobody_sees_it_without_a_token() {
    for requirement in [Requirement::public(), Requirement::authenticated()] {
        let app = app(requirement);
        let refused = ask(app.clone(), &Method::GET, "/open", None);
        assert_eq!(refused.status(), 401);
        assert!(refused.headers().contains_key("www-authenticate"));
        assert!(!refused.body().contains("list_entries"));
        assert_eq!(
            ask(app, &Method::GET, "/scopes", Some("reader")).status(),
            200
        );
    }
    // Nor where the layer has been forgotten.
    let page = ReportPage::new(&Report::of_program(), Requirement::public());
    let bare = Router::new().route_service("/scopes", page);
    assert_eq!(ask(bare, &Method::GET, "/scopes", None).status(), 401);
}
