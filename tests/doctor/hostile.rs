//! Answers that are meant to harm end in a finding: no hang, no panic, no control characters.

use std::thread;
use std::time::{Duration, Instant};

use scopes_tests::faulty::Reply;
use serde_json::json;

use crate::site::{AUTHORIZATION_SERVER, METADATA, Site, raw};
use crate::{Diagnosis, doctor};

fn replies() -> Vec<Reply> {
    let control = "\u{1b}[2J\u{7}\u{202e}\r\n";
    let document = json!({
        "resource": control, "issuer": control, "keys": [{"kid": control, "kty": control}],
        "authorization_servers": [control, "http://[::1", "https://\u{1b}.example"],
        "scopes_supported": ["a"], "client_id": control, "jwks_uri": control,
    });
    let long = format!("https://auth.example/{}", "x".repeat(200_000));
    let long = json!({
        "resource": long, "issuer": long, "authorization_servers": [long], "jwks_uri": long,
        "client_id": long, "keys": [{"kid": long, "kty": long}],
    });
    let parameters: Vec<_> = (0..40_000).map(|n| format!("a{n}=\"\\\"\"")).collect();
    let parameters = format!("Bearer {}", parameters.join(","));
    let schemes: Vec<_> = (0..40_000).map(|n| format!("a{n}")).collect();
    let schemes = schemes.join(",");
    vec![
        Reply::Endless { announced: true },
        Reply::Endless { announced: false },
        Reply::Drip,
        Reply::Never,
        Reply::CutOff,
        Reply::garbage(),
        Reply::Redirect(302, format!("https://evil.example/{}", "x".repeat(5000))),
        Reply::Answer(200, "[".repeat(100_000)),
        Reply::Answer(200, control.to_owned()),
        Reply::json(&document),
        Reply::json(&long),
        raw(401, &[("WWW-Authenticate", &parameters)], ""),
        raw(401, &[("WWW-Authenticate", &parameters[..8000])], ""),
        raw(401, &[("WWW-Authenticate", &schemes)], ""),
        raw(401, &[("WWW-Authenticate", "\"")].repeat(90), ""),
        Reply::Answer(200, "[1]".to_owned()),
        raw(
            401,
            &[(
                "WWW-Authenticate",
                &format!("Bearer {}", "a=b,".repeat(9000)),
            )],
            "",
        ),
        raw(401, &[("WWW-Authenticate", "Bearer a=\"\u{1b}[2J\"")], ""),
    ]
}

#[test]
fn every_answer_ends_in_a_finding() {
    thread::scope(|scope| {
        for path in [
            "/mcp",
            METADATA,
            AUTHORIZATION_SERVER,
            "/jwks",
            "/register",
            "/authorize",
        ] {
            scope.spawn(move || {
                for reply in replies() {
                    survives(path, reply);
                }
            });
        }
    });
}

/// An issuer is a URL that clients are given: a longer one is not asked.
#[test]
fn long_issuers() {
    for (length, result) in [(2000, "metadata"), (200_000, "issuer")] {
        let site = Site::healthy();
        let issuer = format!("{}/{}", site.origin(), "x".repeat(length));
        site.with_metadata("authorization_servers", json!([issuer]));
        let diagnosis = Diagnosis::of(&site, &[]);
        diagnosis.expect_alone(result, "problem", "");
        assert!(diagnosis.text.len() < 8000, "{}", diagnosis.text);
    }
}

#[test]
fn long_lists_of_scopes() {
    let scopes = |start: &str| {
        (0..20_000)
            .map(|n| format!("{start}{n}"))
            .collect::<Vec<_>>()
    };
    let site = Site::healthy();
    site.with_metadata("scopes_supported", json!(scopes("a")));
    site.with_authorization_server("scopes_supported", json!(scopes("b")));
    let started = Instant::now();
    let diagnosis = Diagnosis::of(&site, &[]);
    assert!(started.elapsed() < Duration::from_secs(5), "{started:?}");
    diagnosis.expect_nothing();
    assert!(diagnosis.text.len() < 8000, "{}", diagnosis.text);
}

fn survives(path: &str, reply: Reply) {
    let about = format!("{path} {reply:?}");
    let site = Site::healthy();
    site.reply(path, reply);
    let started = Instant::now();
    let (code, text, errors) = doctor(&[&site.url(), "--register", "--timeout", "1"]);
    assert!(started.elapsed() < Duration::from_secs(30), "{about}");
    assert!([0, 1, 3].contains(&code), "{about} {code} {errors}");
    assert!(!errors.contains("panicked"), "{about} {errors}");
    assert_eq!(code == 3, text.is_empty(), "{about} {text} {errors}");
    let is_control = |character: char| character.is_control() && character != '\n';
    let has_control =
        [&text, &errors].map(|text| text.contains(is_control) || text.contains('\u{202e}'));
    assert_eq!(has_control, [false, false], "{about} {text} {errors}");
    assert!(text.len() < 20_000, "{about} {}", text.len());
    assert!(
        site.received().len() <= 11 + 9,
        "{about} {}",
        site.received().len()
    );
    if code == 3 {
        assert!(errors.contains("cannot be reached"), "{about} {errors}");
    } else if !["/authorize", "/register"].contains(&path) {
        assert_eq!(code, 1, "{about} {text}");
    }
}
