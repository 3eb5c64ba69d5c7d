//! `--introspect`: the endpoint is asked with the credentials of a client.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scopes_tests::faulty::Reply;
use serde_json::json;

use crate::site::Site;
use crate::{Diagnosis, PROGRAM, doctor, outcome};

const BY_VARIABLE: [&str; 4] = [
    "--client-id",
    "journal",
    "--client-secret-env",
    "DOCTOR_SECRET",
];

#[test]
fn a_made_up_token_is_inactive() {
    let site = Site::healthy();
    let origin = site.origin();
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("doctor-secret");
    fs::write(&file, "s3cret\n").expect("written");
    let file = file.to_str().expect("UTF-8");
    let by_file = ["--client-id", "journal", "--client-secret-file", file];
    let basic = format!("Basic {}", STANDARD.encode("journal:s3cret"));
    for credentials in [BY_VARIABLE, by_file] {
        let arguments = [&["--introspect", origin.as_str()], &credentials[..]].concat();
        let diagnosis = Diagnosis::of(&site, &arguments);
        diagnosis.expect("introspection", "ok", "inactive");
        assert!(!diagnosis.text.contains("s3cret"), "{}", diagnosis.text);
    }
    for request in site.received() {
        let sent = request.headers.get("authorization");
        let is_introspection = request.line == "POST /introspect";
        assert_eq!(sent == Some(&basic), is_introspection, "{request:?}");
    }
}

#[test]
fn endpoints_that_answer_wrongly() {
    let site = Site::healthy();
    let origin = site.origin();
    let arguments = [&["--introspect", origin.as_str()], &BY_VARIABLE[..]].concat();
    let refused = r#"{"error":"invalid_client"}"#.to_owned();
    for (reply, found) in [
        (Reply::Answer(401, refused), "the id or the secret is wrong"),
        (
            Reply::json(&json!({ "active": true })),
            "calls a made-up token active",
        ),
        (Reply::Answer(500, String::new()), "500"),
        (Reply::Redirect(307, "/elsewhere".to_owned()), "redirect"),
    ] {
        site.reply("/introspect", reply);
        Diagnosis::of(&site, &arguments).expect_alone("introspection", "problem", found);
    }
}

/// A stranger's metadata must not get the secret.
#[test]
fn only_the_named_server_gets_the_secret() {
    let (site, other) = (Site::healthy(), Site::healthy());
    let origin = other.origin();
    let arguments = [&["--introspect", origin.as_str()], &BY_VARIABLE[..]].concat();
    Diagnosis::of(&site, &arguments).expect("introspection", "ok", "inactive");
    let secret = |received: &scopes_tests::faulty::Received| {
        let sent = received.headers.get("authorization");
        sent.is_some_and(|sent| sent.starts_with("Basic "))
    };
    assert!(!site.received().iter().any(secret));
    assert!(other.received().iter().any(secret));
}

#[test]
fn a_secret_that_is_missing() {
    let site = Site::healthy();
    for (credentials, says) in [
        (
            ["--client-secret-env", "DOCTOR_NO_SECRET"],
            "DOCTOR_NO_SECRET: is not set",
        ),
        (
            ["--client-secret-file", "/nowhere/secret"],
            "/nowhere/secret: ",
        ),
        (["--client-secret-file", "/dev/null"], "/dev/null: is empty"),
    ] {
        let (url, origin) = (site.url(), site.origin());
        let arguments = [
            url.as_str(),
            "--introspect",
            &origin,
            "--client-id",
            "journal",
        ];
        let (code, text, errors) = doctor(&[&arguments[..], &credentials].concat());
        assert_eq!((code, text.as_str()), (3, ""), "{errors}");
        assert!(errors.contains(says), "{errors}");
    }
    assert_eq!(site.received().len(), 0);
}

/// The password in a URL is not printed.
#[test]
fn urls_with_a_user_name() {
    let site = Site::healthy();
    let (url, origin) = (site.url(), site.origin());
    let with_password = "https://ada:s3cret@auth.example.com";
    for urls in [
        &["--introspect", with_password][..],
        &[
            "--introspect",
            &origin,
            "--introspection-endpoint",
            with_password,
        ],
    ] {
        let arguments = [&[url.as_str()], urls, &BY_VARIABLE].concat();
        let (code, text, errors) = doctor(&arguments);
        assert_eq!((code, text.as_str()), (3, ""), "{errors}");
        assert!(errors.contains("has a user name"), "{errors}");
        assert!(!errors.contains("s3cret"), "{errors}");
    }
    assert_eq!(site.received().len(), 0);
}

/// The error must not repeat the value.
#[cfg(unix)]
#[test]
fn a_secret_that_is_not_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let mut command = Command::new(PROGRAM);
    let command = command
        .args(["scopes", "doctor", "http://127.0.0.1/mcp"])
        .args(["--introspect", "https://auth.example.com"])
        .args([
            "--client-id",
            "journal",
            "--client-secret-env",
            "DOCTOR_BYTES",
        ])
        .env("DOCTOR_BYTES", OsStr::from_bytes(b"s3cret\xff"));
    let (code, _, errors) = outcome(command);
    assert_eq!(code, 3, "{errors}");
    assert!(errors.contains("DOCTOR_BYTES: is not UTF-8"), "{errors}");
    assert!(!errors.contains("s3cret"), "{errors}");
}
