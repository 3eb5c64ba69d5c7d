//! Answers that are meant to harm end in a finding: no hang, no panic, no control characters.

use std::thread;
use std::time::{Duration, Instant};

use scopes_tests::faulty::Reply;
use serde_json::json;

use crate::doctor;
use crate::site::{AUTHORIZATION_SERVER, METADATA, Site, raw};

fn replies() -> Vec<Reply> {
    let control = "\u{1b}[2J\u{7}\u{202e}\r\n";
    let document = json!({
        "resource": control, "issuer": control, "keys": [{"kid": control, "kty": control}],
        "authorization_servers": [control, "http://[::1", "https://\u{1b}.example"],
        "scopes_supported": ["a"], "client_id": control, "jwks_uri": control,
    });
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
