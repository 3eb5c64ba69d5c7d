//! Settings from an environment file.

use std::path::PathBuf;

use scopes_core::testing::Issuer;
use tempfile::TempDir;

use crate::log::address;
use crate::program::{Home, text};
use crate::subject::whoami;

fn file(content: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("epicme.env");
    std::fs::write(&file, content).expect("written");
    (folder, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_file_is_enough() {
    let issuer = Issuer::start().await.expect("a port");
    let (_folder, file) = file(&format!(
        "# Ours.\n\nEPICME_LISTEN=127.0.0.1:0\nEPICME_LOG=off\nEPICME_AUTHORIZATION_SERVER={}\n\
         EPICME_REALM='Our journal'\nEPICME_ALLOW_HOST='journal.internal, journal.example:8443'\n\
         EPICME_JWT_LEEWAY=5s\nOTHER=1\n",
        issuer.url(),
    ));
    let home = Home::new();
    let mut program = home.start(&["--env-file", file.to_str().expect("UTF-8")]);
    let address = address(&mut program);
    let resource = format!("http://{address}/mcp");
    let token = issuer.token(&resource).subject("ada").scope("user:read");
    let said = whoami(&address, &token.sign().expect("a key")).await;
    let user = &said["result"]["structuredContent"]["user"];
    assert_eq!(user["subject"], "ada", "{said}");

    let client = reqwest::Client::new();
    for (host, status) in [("journal.internal:1", 401), ("journal.example", 403)] {
        let request = client.post(&resource).header("host", host);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{host}");
        if status == 401 {
            let challenge = answer.headers()["www-authenticate"]
                .to_str()
                .expect("ASCII");
            assert!(challenge.contains("realm=\"Our journal\""), "{challenge}");
        }
    }
}

#[test]
fn every_mistake_in_the_file_is_named() {
    let (_folder, file) = file(
        "EPICME_LISTEN=here\nEPICME_AUTHORIZATION_SERVER=http://auth.example\n\
         EPICME_RESOURCE=https://journal.example/mcp#top\nEPICME_JWT_LEEWAY=10\n\
         EPICME_ALOW_HOST=journal.internal\n",
    );
    let arguments = ["--env-file", file.to_str().expect("UTF-8")];
    let output = Home::new().run(&arguments);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(output.stdout), "");
    assert_eq!(
        text(output.stderr),
        "error: 5 settings are invalid:\n\
         - EPICME_LISTEN \"here\" is invalid: invalid socket address syntax\n\
         - EPICME_JWT_LEEWAY \"10\" is not a duration; write a number and a unit, such as `500ms`, `30s`, \
         `10m`, `24h` or `7d`\n\
         - EPICME_ALOW_HOST is unknown; did you mean EPICME_ALLOW_HOST?\n\
         - EPICME_RESOURCE \"https://journal.example/mcp#top\" has a fragment; remove everything from the `#` \
         on\n\
         - EPICME_AUTHORIZATION_SERVER \"http://auth.example\" is plain http to a host that is not a loopback \
         host; write `https`, or, on a private network, allow it with `insecure_allow_http(\"auth.example\")`\n"
    );
}

#[test]
fn flags_come_before_the_file() {
    let (_folder, file) = file("EPICME_LISTEN=here\nEPICME_RESOURCE=nowhere\nEPICME_LOG=loud\n");
    let file = file.to_str().expect("UTF-8");
    let metadata = ["scopes", "metadata", "--env-file", file, "--log", "off"];
    let flags = [
        "--listen",
        "127.0.0.1:0",
        "--resource-url",
        "http://127.0.0.1:9/mcp",
    ];
    let output = Home::new().run(&[&metadata[..], &flags].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(output.stderr));
    assert!(text(output.stdout).contains("http://127.0.0.1:9/mcp"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let (_folder, file) = file("EPICME_LISTEN\nsesame");
    let missing = file.with_file_name("missing");
    for (file, reason) in [
        (&missing, "cannot be read"),
        (&file, "has a line that is not"),
    ] {
        let file = file.to_str().expect("UTF-8");
        let output = Home::new().run(&["--env-file", file]);
        let said = text(output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(file) && said.contains(reason), "{said}");
        assert!(!said.contains("sesame"), "{said}");
    }
}
