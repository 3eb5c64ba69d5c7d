//! Which answers are a yes.

use std::time::Instant;

use scopes_tests::faulty::Reply;
use scopes_tests::issuer::{RESOURCE, now_plus};
use serde_json::{Value, json};

use crate::site::{REFUSED, SHORT, Site, fetch, is_unavailable};

#[test]
fn a_good_token_says_what_the_server_says() {
    let site = Site::start();
    site.answer(Reply::json(&site.with("username", json!("ada l."))));
    let token = site.ask(&site.verifier(), "opaque").expect("good");
    assert_eq!(token.subject(), Some("ada"));
    assert_eq!(token.client_id(), Some("client-1"));
    assert_eq!(token.scopes().as_str(), "entries:read tags:write");
    assert_eq!(token.claims().issuer, Some(site.issuer()));
    assert_eq!(token.claims().audience, [RESOURCE]);
    assert_eq!(token.claim("username"), Some(&json!("ada l.")));
    assert_eq!(token.claim("active"), None);

    let received = &site.server.received()[0];
    assert_eq!(received.line, "POST /introspect");
    assert_eq!(received.field("token").as_deref(), Some("opaque"));
    assert_eq!(
        received.field("token_type_hint").as_deref(),
        Some("access_token")
    );
}

/// As django-oauth-toolkit answers about the token of a user.
#[test]
fn a_username_is_no_subject() {
    let site = Site::start();
    site.answer(Reply::json(&json!({
        "active": true,
        "scope": "user:read",
        "exp": now_plus(600),
        "client_id": "mcp-public",
        "username": "ada",
        "aud": [RESOURCE],
    })));
    let token = site.ask(&site.verifier(), "opaque").expect("good");
    assert_eq!(token.subject(), None);
    assert_eq!(token.client_id(), Some("mcp-public"));
    assert_eq!(token.claim("username"), Some(&json!("ada")));
    let shown = format!("{token:?}");
    assert!(
        !shown.contains("ada") && !shown.contains("mcp-public"),
        "{shown}"
    );
}

/// A claim that the settings name is the subject, and `sub` is not.
#[test]
fn a_setting_names_the_claim_of_the_subject() {
    let site = Site::start();
    let endpoint = site.server.url("/introspect");
    let builder = || site.builder().endpoint(&endpoint);
    let verifier = builder().subject_claim("username").build(fetch());
    let verifier = verifier.expect("valid settings");
    for (token, username, subject) in [
        ("of a user", json!("ali"), Some(Some("ali"))),
        ("without", json!("remove"), None),
        ("null", json!(null), None),
        ("the id of the client", json!("client-1"), None),
        ("empty", json!(""), None),
        ("a number", json!(7), None),
    ] {
        site.answer(Reply::json(&site.with("username", username)));
        let answer = site.ask(&verifier, &token.replace(' ', "-"));
        match subject {
            Some(subject) => assert_eq!(answer.expect(token).subject(), subject, "{token}"),
            None => assert_eq!(answer.expect_err(token), REFUSED, "{token}"),
        }
    }
    // A token of a client has no name of a user, and no `sub` or its own id as `sub`.
    for sub in [None, Some("client")] {
        let mut answer = site.with("username", json!("remove"));
        answer["client_id"] = json!("client");
        match sub {
            Some(sub) => answer["sub"] = json!(sub),
            None => drop(answer.as_object_mut().expect("an object").remove("sub")),
        }
        site.answer(Reply::json(&answer));
        let token = format!("of-a-client-{}", sub.is_some());
        assert_eq!(site.ask(&verifier, &token).expect(&token).subject(), None);
    }
    let nothing = builder().subject_claim("").build(fetch());
    let problem = nothing.expect_err("an empty name").to_string();
    assert!(problem.contains("`subject_claim` is empty"), "{problem}");
}

/// RFC 7662 section 2.2 requires `active` alone; the audience is required here.
#[test]
fn an_answer_need_not_say_who_the_token_is_of() {
    let site = Site::start();
    site.answer(Reply::json(&json!({ "active": true, "aud": RESOURCE })));
    let token = site.ask(&site.verifier(), "opaque").expect("good");
    assert_eq!((token.subject(), token.client_id()), (None, None));
    let other = site.ask(&site.verifier(), "another").expect("good");
    assert_eq!(token.claims(), other.claims());
    assert_ne!(token, other, "nothing says that they are of the same user");
    let shown = format!("{token:?}");
    assert!(!shown.contains("opaque"), "{shown}");
}

#[test]
fn each_member_has_one_form() {
    let site = Site::start();
    let table = [
        // Good in another form.
        ("iss", json!("remove"), true),
        ("exp", json!("remove"), true),
        ("exp", json!(now_plus(-10)), true),
        ("nbf", json!(now_plus(-10)), true),
        ("aud", json!(["other", RESOURCE]), true),
        ("scope", json!("remove"), true),
        ("scope", json!(["entries:read"]), true),
        ("token_type", json!("remove"), true),
        ("token_type", json!("bearer"), true),
        ("typ", json!("Bearer"), true),
        ("iss", Value::Null, true),
        ("exp", Value::Null, true),
        ("token_type", Value::Null, true),
        ("scope", Value::Null, true),
        ("scope", json!("a  b "), true),
        ("contacts", Value::Null, true),
        ("sub", json!([]), true),
        ("token_use", json!("access_token"), true),
        // Not active, whatever else.
        ("active", json!(false), false),
        // Not of this issuer.
        ("iss", json!("https://evil.example"), false),
        ("iss", json!(site.issuer() + "/"), false),
        ("iss", json!([site.issuer()]), false),
        // Not for this resource.
        ("aud", json!("remove"), false),
        ("aud", Value::Null, false),
        ("aud", json!(""), false),
        ("aud", json!([]), false),
        ("aud", json!("https://mcp.example.com"), false),
        ("aud", json!([[RESOURCE]]), false),
        ("aud", json!({ "0": RESOURCE }), false),
        // Not now.
        ("exp", json!(now_plus(-60)), false),
        ("exp", json!(now_plus(600).to_string()), false),
        ("exp", json!(-1), false),
        ("nbf", json!(now_plus(60)), false),
        ("nbf", json!("now"), false),
        // Not a bearer access token.
        ("cnf", json!({ "jkt": "x" }), false),
        ("cnf", Value::Null, false),
        ("cnf", json!([]), false),
        ("token_type", json!("DPoP"), false),
        ("token_type", json!("refresh_token"), false),
        ("token_type", json!(["Bearer"]), false),
        ("typ", json!("Refresh"), false),
        ("typ", json!("ID"), false),
        ("typ", json!("Logout"), false),
        ("at_hash", json!("x"), false),
        ("c_hash", json!("x"), false),
        ("nonce", json!("x"), false),
        ("events", json!({}), false),
        ("token_type", json!("id_token"), false),
        ("token_use", json!("id"), false),
        ("token_use", json!("refresh_token"), false),
        // Not readable.
        ("scope", json!({}), false),
        ("scope", json!("a\tb"), false),
        ("scope", json!(["a b"]), false),
        ("sub", json!(7), false),
    ];
    for (name, value, is_good) in table {
        let answer = site.with(name, value);
        site.answer(Reply::json(&answer));
        let token = site.ask(&site.verifier(), "opaque");
        assert_eq!(token.is_ok(), is_good, "{answer} gave {token:?}");
        assert!(!is_unavailable(&token), "{answer} gave {token:?}");
    }
}

#[test]
fn what_says_neither_yes_nor_no_is_a_503() {
    let site = Site::start();
    let good = site.good().to_string();
    let text = |text: &str| Reply::Answer(200, text.to_owned());
    let twice = good.replacen('{', r#"{"active":true,"#, 1);
    for reply in [
        Reply::json(&site.with("active", json!("remove"))),
        Reply::json(&site.with("active", json!("true"))),
        Reply::json(&site.with("active", json!(1))),
        Reply::json(&site.with("active", Value::Null)),
        Reply::json(&json!([site.good()])),
        text(""),
        text("active"),
        text("<html>"),
        text(&good[..good.len() - 1]),
        text(&format!("{good}{good}")),
        text(&twice),
        text(&format!("{good}{}", " ".repeat(300 * 1024))),
        Reply::Answer(201, good.clone()),
        Reply::Answer(401, r#"{"error":"invalid_client"}"#.to_owned()),
        Reply::Answer(401, good.clone()),
        Reply::Answer(403, good.clone()),
        Reply::Answer(400, r#"{"error":"invalid_client"}"#.to_owned()),
        // Of a proxy, and no OAuth error.
        Reply::Answer(400, String::new()),
        Reply::Answer(400, "<html>Request Header Too Large</html>".to_owned()),
        Reply::Answer(400, r#"{"error":400}"#.to_owned()),
        Reply::Answer(404, good.clone()),
        Reply::Answer(429, String::new()),
        Reply::Answer(500, good.clone()),
        Reply::Redirect(307, site.server.url("/elsewhere")),
        Reply::Endless { announced: false },
        Reply::CutOff,
        Reply::garbage(),
        Reply::Never,
    ] {
        site.answer(reply.clone());
        let start = Instant::now();
        let token = site.ask(&site.verifier(), "opaque");
        assert!(is_unavailable(&token), "{reply:?} gave {token:?}");
        assert!(start.elapsed() < 4 * SHORT, "{reply:?}");
    }
    // A server may refuse what cannot be a token of its own. A token endpoint refuses every token.
    let site = Site::to_be_checked();
    let verifier = site.verifier();
    let refuses = Reply::Answer(400, r#"{"error":"invalid_request"}"#.to_owned());
    site.answer(refuses.clone());
    assert!(is_unavailable(&site.ask(&verifier, "opaque")));
    site.answer(Reply::json(&json!({ "active": false })));
    assert_eq!(site.ask(&verifier, "inactive"), Err(REFUSED));
    site.answer(refuses);
    assert_eq!(site.ask(&verifier, "another"), Err(REFUSED));
}

#[test]
fn a_missing_audience_is_accepted_only_where_that_is_said() {
    let site = Site::start();
    let endpoint = site.server.url("/introspect");
    let weaker = || {
        let builder = site.builder().endpoint(&endpoint);
        let builder = builder.insecure_accept_missing_audience();
        builder.build(fetch()).expect("valid settings")
    };
    site.answer(Reply::json(&site.with("aud", json!("remove"))));
    assert_eq!(site.ask(&site.verifier(), "opaque"), Err(REFUSED));
    assert!(site.ask(&weaker(), "opaque").is_ok());
    for audience in [Value::Null, json!([])] {
        site.answer(Reply::json(&site.with("aud", audience)));
        assert_eq!(site.ask(&site.verifier(), "opaque"), Err(REFUSED));
        assert!(site.ask(&weaker(), "opaque").is_ok());
    }
    for audience in [json!("https://other.example"), json!(""), json!([null])] {
        site.answer(Reply::json(&site.with("aud", audience)));
        assert_eq!(site.ask(&weaker(), "opaque"), Err(REFUSED));
    }

    let other = site.builder().endpoint(&endpoint).audience("journal");
    let other = other.build(fetch()).expect("valid settings");
    site.answer(Reply::json(&site.with("aud", json!("journal"))));
    assert!(site.ask(&other, "one").is_ok());
    site.answer(Reply::json(&site.good()));
    assert_eq!(site.ask(&other, "another"), Err(REFUSED));
}

#[test]
fn a_byte_order_mark_is_ignored() {
    let site = Site::start();
    site.answer(Reply::Answer(200, format!("\u{feff}{}", site.good())));
    assert!(site.ask(&site.verifier(), "opaque").is_ok());
}
