//! The status that a client of tonic gets for each refusal.

#![allow(clippy::expect_used, reason = "a test may panic")]

use scopes_core::ResourceServer;
use scopes_core::hyper::HyperFetch;
use scopes_core::jwt::JwtVerifier;
use scopes_core::testing::Issuer;
use tokio::net::TcpListener;
use tonic::transport::Endpoint;
use tonic::{Code, Request};
use tonic_journal::journal::journal_client::JournalClient;
use tonic_journal::{Entry, Nothing};

fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    if !token.is_empty() {
        let value = format!("Bearer {token}").parse().expect("ASCII");
        request.metadata_mut().insert("authorization", value);
    }
    request
}

#[tokio::test]
async fn a_client_of_grpc_understands_every_refusal() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let resource = format!("http://{}/", listener.local_addr().expect("an address"));
    let issuer = Issuer::start().await.expect("an issuer");
    let server = ResourceServer::builder(&resource).authorization_server(issuer.url());
    let server = server.build().expect("valid settings");
    let fetch = HyperFetch::new().expect("TLS");
    let verifier = JwtVerifier::discover(&server, fetch).await.expect("keys");
    let app = tonic_journal::app(server, verifier);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let token = |scope: &str| {
        issuer
            .token(&resource)
            .scope(scope)
            .sign()
            .expect("a token")
    };

    let endpoint = Endpoint::from_shared(resource.clone()).expect("a URL");
    let channel = endpoint.connect().await.expect("a connection");
    let mut client = JournalClient::new(channel);
    for (token, code) in [
        (String::new(), Code::Unauthenticated),
        ("made-up".to_owned(), Code::Unauthenticated),
        (token(""), Code::PermissionDenied),
    ] {
        let answer = client.list_entries(with_token(Nothing {}, &token)).await;
        assert_eq!(answer.expect_err("refused").code(), code, "{token}");
    }
    let entry = || Entry {
        text: "Dear diary".to_owned(),
    };
    let reader = token("entries:read");
    let refused = client.create_entry(with_token(entry(), &reader)).await;
    let refused = refused.expect_err("refused");
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(refused.message(), "entries:write is required.");
    let writer = token("entries:write");
    let created = client.create_entry(with_token(entry(), &writer)).await;
    created.expect("created");
    let listed = client.list_entries(with_token(Nothing {}, &reader)).await;
    assert_eq!(listed.expect("listed").into_inner().entries, [entry()]);
}
