//! A rejected token has its reason on standard error, and can be explained.

use scopes_core::testing::Issuer;

use crate::program::{Home, Program, text};

const RESOURCE: &str = "http://127.0.0.1:9/mcp";

/// The address of a server whose tokens are from `issuer`.
pub(crate) fn address(program: &mut Program) -> String {
    let first = program.line();
    let url = first.split([' ', ';']).nth(3).expect("a URL");
    let listen = url.split("://").nth(1).expect("an address");
    listen.split('/').next().expect("an address").to_owned()
}

async fn status(address: &str, token: &str) -> u16 {
    let client = reqwest::Client::new();
    let request = client
        .post(format!("http://{address}/mcp"))
        .bearer_auth(token);
    let answer = request.header("host", address).body("{}").send().await;
    answer.expect("an answer").status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_rejected_token_of_each_kind_is_a_warning() {
    let issuer = Issuer::start().await.expect("a port");
    for (level, expected) in [(None, 1), (Some("info"), 2), (Some("off"), 0)] {
        let home = Home::new();
        let mut arguments = vec![
            "--listen",
            "127.0.0.1:0",
            "--authorization-server",
            issuer.url(),
        ];
        arguments.extend(level.iter().flat_map(|level| ["--log", *level]));
        let (mut program, log) = home.start_logged(&arguments);
        let address = address(&mut program);
        for _ in 0..2 {
            let token = issuer
                .token("https://other.example/mcp")
                .sign()
                .expect("a key");
            assert_eq!(status(&address, &token).await, 401);
        }
        let lines = log.lines(program);
        let is_rejection = |line: &&String| {
            line.contains("the token is rejected: `aud` is `https://other.example/mcp`")
        };
        let rejections: Vec<_> = lines.iter().filter(is_rejection).collect();
        assert_eq!(rejections.len(), expected, "{level:?}: {lines:?}");
        if let Some(first) = rejections.first() {
            assert!(
                first.contains("WARN") && first.contains("auth.reason=\"wrong_audience\""),
                "{first}"
            );
            assert!(first.contains("`Issuer::audience`"), "{first}");
        }
        let noise = lines
            .iter()
            .filter(|line| line.contains("WARN") && !is_rejection(line));
        assert_eq!(noise.collect::<Vec<_>>(), [""; 0], "{level:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_starts_early_is_ready_when_the_authorization_server_is() {
    // A port where an issuer can start later.
    let issuer = Issuer::start().await.expect("a port");
    let url = issuer.url().to_owned();
    drop(issuer);
    let home = Home::new();
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--authorization-server",
        &url,
        "--start-early",
    ];
    let (mut program, _log) = home.start_logged(&arguments);
    let address = address(&mut program);
    let ready = async || {
        let answer = reqwest::get(format!("http://{address}/ready")).await;
        answer.expect("an answer").status().as_u16()
    };
    assert_eq!(ready().await, 503);
    let issuer = Issuer::start_as(&url).await.expect("the port is free");
    let began = std::time::Instant::now();
    while ready().await != 200 {
        assert!(began.elapsed().as_secs() < 30, "it is ready");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let token = issuer
        .token(&format!("http://{address}/mcp"))
        .sign()
        .expect("a key");
    assert_ne!(status(&address, &token).await, 401);

    let home = Home::new();
    let output = home.run(&["--listen", "127.0.0.1:0", "--start-early"]);
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_is_an_option() {
    let issuer = Issuer::start().await.expect("a port");
    // What Okta issues, and no RFC 9068 token.
    let token = |resource: &str| {
        let token = issuer
            .token(resource)
            .header("typ", "JWT")
            .without("client_id");
        token
            .claim("scp", serde_json::json!(["user:read"]))
            .sign()
            .expect("a key")
    };
    for (profile, accepted) in [("okta", true), ("at-jwt", false), ("access-token", true)] {
        let home = Home::new();
        let arguments = [
            "--listen",
            "127.0.0.1:0",
            "--authorization-server",
            issuer.url(),
            "--profile",
            profile,
        ];
        let (mut program, _log) = home.start_logged(&arguments);
        let address = address(&mut program);
        let status = status(&address, &token(&format!("http://{address}/mcp"))).await;
        assert_eq!(status != 401, accepted, "{profile}: {status}");
    }
    let home = Home::new();
    let output = home.run(&[
        "--verify",
        "introspection",
        "--profile",
        "okta",
        "--listen",
        "127.0.0.1:0",
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(output.stderr),
        "error: --profile goes with `verify` jwt\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_explained_by_the_settings_of_the_server() {
    let issuer = Issuer::start().await.expect("a port");
    let home = Home::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    let file = file.to_str().expect("UTF-8");
    let settings = [
        "--authorization-server",
        issuer.url(),
        "--resource-url",
        RESOURCE,
    ];
    let explain = |more: &[&str]| {
        let command = ["scopes", "explain", "--token", file];
        let output = home.run(&[&settings[..], &command, more].concat());
        (output.status.code(), text(output.stdout))
    };
    let token = issuer.token(RESOURCE).scope("user:read").sign();
    std::fs::write(file, token.expect("a key")).expect("written");
    let (code, said) = explain(&["--operation", "whoami"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("tool whoami: allowed"), "{said}");

    let token = issuer.token("account").scope("user:read").sign();
    std::fs::write(file, token.expect("a key")).expect("written");
    let (code, said) = explain(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("expected `http://127.0.0.1:9/mcp`"), "{said}");
    assert_eq!(explain(&["--issuer", issuer.url()]).0, Some(1));
}
