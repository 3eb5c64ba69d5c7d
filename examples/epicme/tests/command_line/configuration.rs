//! A configuration from variables and from serde values: every mistake is named as the operator wrote it.

use std::collections::BTreeSet;

use scopes_core::config::{Configuration, Configured};
use scopes_core::fetch::{Fetch, FetchError, FetchRequest, FetchResponse};
use serde_json::json;

#[derive(Debug)]
struct Offline;

impl Fetch for Offline {
    async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> {
        Err(FetchError::new("offline"))
    }

    async fn sleep(&self, _: std::time::Duration) {}
}

const RESOURCE: (&str, &str) = ("J_RESOURCE", "https://mcp.example.com/mcp");
const ISSUER: (&str, &str) = ("J_AUTHORIZATION_SERVER", "https://auth.example.com");

fn built(variables: &[(&str, &str)]) -> Result<Configured<Offline>, Vec<String>> {
    let all = [&[RESOURCE, ISSUER], variables].concat();
    let configuration = Configuration::from_variables("J_", all);
    configuration.discover_lazily(Offline).map_err(|error| {
        let problems = error.problems().iter();
        problems.map(ToString::to_string).collect()
    })
}

#[track_caller]
fn says(variables: &[(&str, &str)], expected: &[&str]) {
    let problems = built(variables).expect_err("a mistake");
    assert_eq!(problems, expected);
}

#[test]
fn unknown_names_are_mistakes() {
    says(
        &[("J_RELM", "x")],
        &["J_RELM is unknown; did you mean J_REALM?"],
    );
    says(&[("J_X", "x")], &["J_X is unknown; remove it"]);
    built(&[("RELM", "x"), ("J2_RELM", "x")]).expect("without the prefix");
    let of_kubernetes = [
        ("J_SERVICE_HOST", "10.0.0.7"),
        ("J_SERVICE_PORT_HTTP", "80"),
        ("J_PORT", "tcp://10.0.0.7:80"),
        ("J_PORT_80_TCP_ADDR", "10.0.0.7"),
    ];
    built(&of_kubernetes).expect("those of a service of the same name");
    says(&[("J_PORT", "80")], &["J_PORT is unknown; remove it"]);
}

#[test]
fn values_are_checked_by_kind() {
    says(
        &[
            ("J_REALM", ""),
            ("J_CHALLENGE_BASELINE", "yes"),
            ("J_ALLOW_HOST", "one,,two"),
            ("J_JWT_PROFILE", "okat"),
            ("J_INTROSPECTION_MAX_BYTES", "many"),
        ],
        &[
            "J_REALM is empty; remove it, or write a value",
            "J_CHALLENGE_BASELINE \"yes\" is not `true` or `false`",
            "J_ALLOW_HOST has an empty value between commas; remove a comma",
            "J_JWT_PROFILE \"okat\" is unknown; did you mean `okta`?",
            "J_INTROSPECTION_MAX_BYTES \"many\" is not a whole number",
            "J_INTROSPECTION_MAX_BYTES goes with `verify` introspection",
        ],
    );
}

#[test]
fn a_value_that_would_be_ignored_is_a_mistake() {
    says(
        &[
            ("J_JWT_ALGORITHMS", "HS256, RS256"),
            ("J_PUBLIC_PATH_PREFIX", "/, /assets"),
        ],
        &[
            "J_PUBLIC_PATH_PREFIX \"/\" makes every path public; name the paths",
            "J_JWT_ALGORITHMS \"HS256\" is not a supported algorithm; write one such as `RS256` or `ES256`",
        ],
    );
}

#[test]
fn the_builders_validate() {
    let problems = built(&[
        ("J_JWT_LEEWAY", "10m"),
        ("J_ALLOW_ORIGIN", "https://app.example, app.example"),
        ("J_API_KEYS_FILE", "/nowhere/keys"),
    ]);
    let problems = problems.expect_err("mistakes");
    assert_eq!(problems.len(), 4, "{problems:?}");
    assert!(problems[0].starts_with("J_ALLOW_ORIGIN \"app.example\" is not an origin"));
    assert_eq!(
        problems[1],
        "J_JWT_LEEWAY is 600s; at most 300s are allowed"
    );
    assert!(problems[2].starts_with("J_API_KEYS_PREFIX must be 5 to 32"));
    assert!(problems[3].starts_with("J_API_KEYS_FILE \"/nowhere/keys\" cannot be read"));
    let nothing: [(&str, &str); 0] = [];
    let error = Configuration::from_variables("J_", nothing).resource_server();
    assert_eq!(
        error.expect_err("mistakes").to_string(),
        "2 settings are invalid:\n\
         - J_RESOURCE is missing; write the public URL of this server, which tokens are issued for\n\
         - J_AUTHORIZATION_SERVER is missing; clients need at least one"
    );
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret");
    std::fs::write(&file, "sesame\n").expect("written");
    let file = file.to_str().expect("UTF-8");
    let client = [
        ("J_VERIFY", "introspection"),
        ("J_INTROSPECTION_CLIENT_ID", "journal"),
    ];
    let in_file = ("J_INTROSPECTION_CLIENT_SECRET_FILE", file);
    let with = |more: &[(&'static str, &str)]| {
        let all: Vec<_> = client.iter().chain(more).copied().collect();
        built(&all)
    };
    let configured = with(&[in_file]).expect("a secret");
    assert!(!format!("{configured:?}").contains("sesame"));
    let secret = ("J_INTROSPECTION_CLIENT_SECRET", "sesame");
    let problems = with(&[in_file, secret]).expect_err("two secrets");
    let expected = "J_INTROSPECTION_CLIENT_SECRET_FILE and J_INTROSPECTION_CLIENT_SECRET are both set; remove \
                    one of them";
    assert_eq!(problems, [expected]);
    let problems = with(&[]).expect_err("no secret");
    let expected = "J_INTROSPECTION_CLIENT_SECRET is missing; set it, or name a file with \
                    `introspection.client_secret_file`";
    assert_eq!(problems, [expected]);
    let configuration = Configuration::from_variables("J_", [secret]);
    assert!(!format!("{configuration:?}").contains("sesame"));
    says(
        &[("J_INTROSPECTION_CLIENT_SECERT", "sesame")],
        &["J_INTROSPECTION_CLIENT_SECERT is unknown; did you mean J_INTROSPECTION_CLIENT_SECRET?"],
    );
}

#[test]
fn serde_values_have_the_same_keys() {
    let value = json!({
        "resource": "https://mcp.example.com/mcp",
        "authorization_server": ["https://auth.example.com", "https://other.example.com"],
        "challenge_baseline": false,
        "scopes_supported": ["user:read"],
        "jwt": { "leeway": "5s", "audience": ["journal"], "profile": "okta" },
    });
    let configuration: Configuration = serde_json::from_value(value).expect("a table");
    let configured = configuration.discover_lazily(Offline).expect("valid");
    let metadata = configured.server.metadata();
    assert_eq!(metadata.authorization_servers.len(), 2);
    assert_eq!(metadata.scopes_supported.to_string(), "user:read");

    let value = json!({
        "resource": ["https://mcp.example.com/mcp"],
        "authorization_server": "https://auth.example.com",
        "relm": 1,
        "jwt": { "leeway": 5, "jwks_url": { "url": "https://auth.example.com/keys" } },
    });
    let configuration: Configuration = serde_json::from_value(value).expect("a table");
    let error = configuration
        .discover_lazily(Offline)
        .expect_err("mistakes");
    let problems: Vec<_> = error.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "resource is a list; write one value",
            "jwt.leeway \"5\" is not a duration; write a number and a unit, such as `500ms`, `30s`, `10m`, `24h` \
             or `7d`",
            "jwt.jwks_url.url is unknown; did you mean jwt.jwks_url?",
            "relm is unknown; did you mean realm?",
        ]
    );
    assert!(serde_json::from_value::<Configuration>(json!([1])).is_err());
}

#[test]
fn the_guide_lists_every_key() {
    let guide = include_str!("../../../../docs/guide/configuration.md");
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| `"));
    let listed: BTreeSet<_> = rows.filter_map(|row| row.split('`').next()).collect();
    let keys = Configuration::keys();
    let keys: BTreeSet<_> = keys.iter().map(String::as_str).collect();
    assert!(keys.len() > 40, "{} keys", keys.len());
    let (missing, gone): (Vec<_>, Vec<_>) = (
        keys.difference(&listed).collect(),
        listed.difference(&keys).collect(),
    );
    assert!(
        missing.is_empty() && gone.is_empty(),
        "missing: {missing:?}, gone: {gone:?}"
    );
    let variables = keys.iter().map(|key| key.replace('.', "_"));
    assert_eq!(variables.collect::<BTreeSet<_>>().len(), keys.len());
}
