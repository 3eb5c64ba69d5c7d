//! Sign-in and consent of users.

use serde_json::json;

use crate::support::{
    ALL, Browser, Client, REDIRECT_URI, RESOURCE, Server, claims, parameter, set,
};

#[tokio::test]
async fn a_user_signs_in_allows_and_the_client_gets_a_token() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let browser = Browser::new(&server);

    let page = browser.open(&client.authorize_url(&[])).await.page();
    let consent = browser
        .send(&page.form().with("login", " ada "))
        .await
        .page();
    assert_eq!(
        consent.form().values("scope"),
        ["user:read", "entries:read"]
    );
    assert!(consent.text.contains("Read your journal entries."));
    assert!(consent.text.contains(REDIRECT_URI));
    assert!(consent.text.contains("Notebook"));

    let location = browser
        .send(&consent.form().with("decision", "allow"))
        .await
        .location();
    assert!(location.starts_with(&format!("{REDIRECT_URI}?")));
    assert_eq!(parameter(&location, "state").unwrap(), "a state");
    assert_eq!(parameter(&location, "iss").unwrap(), server.issuer);

    let code = parameter(&location, "code").unwrap();
    let answer = client.redeem(&code, &[]).await;
    assert_eq!(answer.text("token_type"), "Bearer");
    assert_eq!(answer.scopes(), set("user:read entries:read"));
    let claims = claims(answer.text("access_token"));
    assert_eq!(claims["iss"], server.issuer);
    assert_eq!(claims["sub"], "ada");
    assert_eq!(claims["client_id"], client.id);
    assert_eq!(claims["aud"], RESOURCE);
    assert_eq!(set(claims["scope"].as_str().unwrap()), answer.scopes());
    assert!(claims["jti"].is_string() && claims["iat"].is_u64() && claims["exp"].is_u64());
}

#[tokio::test]
async fn an_unticked_scope_is_not_granted() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let browser = Browser::new(&server);
    let page = browser
        .sign_in(&client.authorize_url(&[("scope", ALL)]), "ada")
        .await;

    let form = page
        .form()
        .without("scope", "entries:write")
        .without("scope", "tags:write");
    let location = browser
        .send(&form.with("decision", "allow"))
        .await
        .location();
    let answer = client
        .redeem(&parameter(&location, "code").unwrap(), &[])
        .await;
    assert_eq!(answer.scopes(), set("user:read entries:read tags:read"));
    let token = answer.text("access_token");
    assert_eq!(claims(token)["scope"], answer.body["scope"]);
    assert_eq!(
        client.introspect(token).await.scopes(),
        set("user:read entries:read tags:read")
    );
}

#[tokio::test]
async fn what_was_not_asked_for_cannot_be_ticked() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let browser = Browser::new(&server);
    let page = browser.sign_in(&client.authorize_url(&[]), "ada").await;

    let mut form = page.form().with("decision", "allow");
    form.fields
        .push(("scope".to_owned(), "entries:write".to_owned()));
    let location = browser.send(&form).await.location();
    let answer = client
        .redeem(&parameter(&location, "code").unwrap(), &[])
        .await;
    assert_eq!(answer.scopes(), set("user:read entries:read"));
}

#[tokio::test]
async fn who_denies_or_allows_nothing_denies() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let browser = Browser::new(&server);
    let page = browser.sign_in(&client.authorize_url(&[]), "ada").await;

    let denied = page.form().with("decision", "deny");
    let nothing = page
        .form()
        .without("scope", "user:read")
        .without("scope", "entries:read");
    for form in [denied, nothing.with("decision", "allow")] {
        let location = browser.send(&form).await.location();
        assert_eq!(parameter(&location, "error").unwrap(), "access_denied");
        assert_eq!(parameter(&location, "state").unwrap(), "a state");
        assert_eq!(parameter(&location, "iss").unwrap(), server.issuer);
        assert_eq!(parameter(&location, "code"), None);
    }
}

#[tokio::test]
async fn the_next_request_shows_what_is_new() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let browser = Browser::new(&server);
    let page = browser.sign_in(&client.authorize_url(&[]), "ada").await;
    assert!(!page.main_text().contains("allowed before"));
    browser
        .send(&page.form().with("decision", "allow"))
        .await
        .location();

    let wider = client.authorize_url(&[("scope", "user:read entries:write")]);
    // Still signed in.
    let page = browser.open(&wider).await.page();
    let text = page.main_text();
    assert!(text.contains("user:read allowed before"), "{text}");
    assert!(text.contains("entries:write can delete new"), "{text}");
    assert_eq!(text.matches("can delete").count(), 1, "{text}");
    assert!(text.contains("At most 25 hours"), "{text}");
}

#[tokio::test]
async fn another_name_can_be_used() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let browser = Browser::new(&server);
    let page = browser.sign_in(&client.authorize_url(&[]), "ada").await;

    let sign_in = browser
        .send(&page.form().with("decision", "another-name"))
        .await
        .page();
    let consent = browser
        .send(&sign_in.form().with("login", "grace"))
        .await
        .page();
    let location = browser
        .send(&consent.form().with("decision", "allow"))
        .await
        .location();
    let answer = client
        .redeem(&parameter(&location, "code").unwrap(), &[])
        .await;
    assert_eq!(claims(answer.text("access_token"))["sub"], "grace");
}

#[tokio::test]
async fn a_name_that_cannot_be_one_is_asked_for_again() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let browser = Browser::new(&server);
    let page = browser.open(&client.authorize_url(&[])).await.page();
    let long = "a".repeat(65);
    for name in ["", "  ", "a\nb", &long] {
        let again = browser.send(&page.form().with("login", name)).await.page();
        assert_eq!(again.status, 400);
        assert!(again.text.contains("role=\"alert\""));
    }
}

#[tokio::test]
async fn a_hostile_name_is_text() {
    let server = Server::start().await;
    let hostile = r#"<script>alert(1)</script><img src=x onerror="x">"'&"#;
    let metadata = json!({
        "client_name": hostile,
        "redirect_uris": [REDIRECT_URI],
        "token_endpoint_auth_method": "none",
    });
    let client = Client::register_as(&server, &metadata).await;
    let browser = Browser::new(&server);
    let state = "\"><script>alert(2)</script>";
    let page = browser
        .open(&client.authorize_url(&[("state", state)]))
        .await
        .page();
    let consent = browser
        .send(&page.form().with("login", "<b>ada</b>"))
        .await
        .page();
    for page in [&page, &consent] {
        for tag in page.tags() {
            let unwanted = ["script", "img", "b"].contains(&tag.name.as_str());
            assert!(
                !unwanted && tag.attribute("onerror").is_none(),
                "{}",
                page.text
            );
        }
        let text = page.main_text();
        assert!(text.contains(hostile), "{text}");
    }
}

#[tokio::test]
async fn pages_load_and_run_nothing_and_stay_out_of_frames_and_caches() {
    let server = Server::start().await;
    let client = Client::register(&server).await;
    let browser = Browser::new(&server);
    let sign_in = browser.open(&client.authorize_url(&[])).await.page();
    let consent = browser.sign_in(&client.authorize_url(&[]), "ada").await;
    let problem = browser
        .open(&server.url("/authorize?client_id=nobody"))
        .await
        .page();
    assert_eq!(problem.status, 400);
    for page in [sign_in, consent, problem] {
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(!page.headers.contains_key("access-control-allow-origin"));
        let tags = page.tags();
        assert_eq!(tags.iter().filter(|tag| tag.name == "h1").count(), 1);
        assert!(tags.iter().all(|tag| tag.attribute("style").is_none()));
    }
}
