//! Protection against other sites in a user's browser, and access for clients that run in a page.

use reqwest::{Method, StatusCode};

use crate::support::{Browser, Client, Server};

#[tokio::test]
async fn a_sign_in_from_elsewhere_is_refused() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let victim = Browser::new(&server);
    let attacker = Browser::new(&server);
    let url = client.authorize_url(&[]);
    let planted = attacker
        .open(&url)
        .await
        .page()
        .form()
        .with("login", "mallory");

    // Without a session, with another session, and with no token at all.
    assert_eq!(
        victim.send(&planted).await.page().status,
        StatusCode::FORBIDDEN
    );
    let own = victim
        .open(&url)
        .await
        .page()
        .form()
        .with("login", "mallory");
    assert_eq!(
        victim.send(&planted).await.page().status,
        StatusCode::FORBIDDEN
    );
    let bare = own.clone().with("token", "");
    assert_eq!(
        victim.send(&bare).await.page().status,
        StatusCode::FORBIDDEN
    );
    // From a page of another origin.
    for origin in ["https://mallory.example", "null", "http://127.0.0.1:1"] {
        let page = victim.send_from(&own, origin).await.page();
        assert_eq!(page.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(victim.send(&own).await.page().status, StatusCode::OK);
}

#[tokio::test]
async fn a_consent_is_good_for_what_was_shown_only() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let victim = Browser::new(&server);
    let page = victim.sign_in(&client.authorize_url(&[]), "ada").await;
    let form = page.form().with("decision", "allow");

    let attacker = Browser::new(&server);
    let theirs = attacker.sign_in(&client.authorize_url(&[]), "ada").await;
    let planted = theirs.form().with("decision", "allow");
    assert_eq!(
        victim.send(&planted).await.page().status,
        StatusCode::FORBIDDEN
    );

    let wider = client.authorize_url(&[("scope", "entries:write")]);
    let (_, query) = wider.split_once('?').unwrap();
    let swapped = form.clone().with("request", query);
    assert_eq!(
        victim.send(&swapped).await.page().status,
        StatusCode::FORBIDDEN
    );

    // The token of one form is not that of the other.
    let sign_in = victim
        .send(&page.form().with("decision", "another-name"))
        .await
        .page();
    let token = sign_in.form().values("token")[0].to_owned();
    let confused = form.clone().with("token", &token);
    assert_eq!(
        victim.send(&confused).await.page().status,
        StatusCode::FORBIDDEN
    );
    let page = victim
        .send_from(&form, "https://mallory.example")
        .await
        .page();
    assert_eq!(page.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_name_that_points_here_is_not_ours() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.get(client.authorize_url(&[]));
    let response = request
        .header("host", "rebound.example")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn pages_of_allowed_origins_may_call_what_clients_call() {
    let server = Server::start().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let allowed_origin = async |path: &str, origin: &str| {
        let request = http.request(Method::OPTIONS, server.url(path));
        let request = request
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "mcp-protocol-version");
        let response = request.send().await.unwrap();
        let headers = response.headers();
        assert!(!headers.contains_key("access-control-allow-credentials"));
        headers
            .get("access-control-allow-origin")
            .map(|value| value.to_str().unwrap().to_owned())
    };
    let strangers = [
        "https://mallory.example",
        "http://localhost.mallory.example",
        "https://app.example.com.mallory.example",
        "http://app.example.com",
        "null",
    ];
    for path in ["/.well-known/oauth-authorization-server", "/jwks"] {
        let allowed = allowed_origin(path, strangers[0]).await;
        assert_eq!(allowed.as_deref(), Some("*"), "{path}");
    }
    for path in ["/register", "/token", "/revoke"] {
        for origin in [
            &server.issuer,
            "http://localhost:6274",
            "http://[::1]:6274",
            "https://app.example.com",
        ] {
            let allowed = allowed_origin(path, origin).await;
            assert_eq!(allowed.as_deref(), Some(origin), "{path}");
        }
        for origin in strangers {
            assert_eq!(allowed_origin(path, origin).await, None, "{path}: {origin}");
            // A simple request is sent without a preflight.
            let request = http.post(server.url(path)).header("origin", origin);
            let status = request.body("{}").send().await.unwrap().status();
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}: {origin}");
        }
    }
    for path in [
        "/authorize",
        "/authorize/sign-in",
        "/authorize/consent",
        "/introspect",
    ] {
        let allowed = allowed_origin(path, "http://localhost:6274").await;
        assert_eq!(allowed, None, "{path}");
    }
}
