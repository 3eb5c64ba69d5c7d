//! The common mistakes of the guide, each planted at a server that has no other.

use scopes_tests::faulty::Reply;
use serde_json::{Value, json};

use crate::Diagnosis;
use crate::registration::{AS_CLIENT, CALLBACK};
use crate::site::{METADATA, Site, raw};

const PAGE: &str = include_str!("../../docs/guide/doctor.md");

/// A mistake under its name in the guide.
type Mistake = (&'static str, fn(&Site));

const MISTAKES: [Mistake; 13] = [
    ("a proxy drops the challenge", |site| {
        site.endpoint(|endpoint| endpoint.challenges.clear());
    }),
    ("a proxy does not forward the well-known path", |site| {
        site.reply(METADATA, Reply::Answer(404, String::new()));
    }),
    (
        "the public URL in the settings is not the one of clients",
        |site| site.with_metadata("resource", json!("http://127.0.0.1:8000/mcp")),
    ),
    ("the server answers without a token", |site| {
        site.reply("/mcp", raw(200, &[], "{}"));
    }),
    ("the issuer is spelled another way", |site| {
        site.with_metadata(
            "authorization_servers",
            json!([format!("{}/", site.origin())]),
        );
    }),
    ("PKCE is not listed", |site| {
        site.with_authorization_server("code_challenge_methods_supported", Value::Null);
    }),
    ("the keys cannot be fetched", |site| {
        site.reply("/jwks", Reply::Answer(404, String::new()));
    }),
    ("a scope is missing at the authorization server", |site| {
        site.with_authorization_server("scopes_supported", json!(["openid", "entries:read"]));
    }),
    ("registration is refused", |site| {
        site.reply("/register", Reply::Answer(403, String::new()));
    }),
    ("a client is bound to the scopes of the 401", |site| {
        let metadata = format!("resource_metadata=\"{}{METADATA}\"", site.origin());
        site.endpoint(|endpoint| {
            endpoint.challenges = vec![format!("Bearer scope=\"entries:read\", {metadata}")];
        });
        site.registering(|query| query.contains("entries%3Awrite").then_some("invalid_scope"));
    }),
    (
        "the authorization server does not know the resource",
        |site| site.registering(|_| Some("invalid_target")),
    ),
    ("a client was registered before a scope was added", |site| {
        let refused = format!("{CALLBACK}?error=invalid_scope");
        site.reply("/authorize", Reply::Redirect(302, refused));
    }),
    ("the secret for introspection is wrong", |site| {
        let refused = json!({ "error": "invalid_client" });
        site.reply("/introspect", Reply::Answer(401, refused.to_string()));
    }),
];

/// The rows of the guide: mistake, flags and checks.
fn rows() -> Vec<[&'static str; 3]> {
    let (_, section) = PAGE.split_once("## Common mistakes").expect("the section");
    let lines = section
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1);
    let lines = lines.take_while(|line| !line.starts_with("|---"));
    let cells = lines.map(|line| {
        let mut cells = line.split('|').skip(1).map(str::trim);
        [(); 3].map(|()| cells.next().expect("a cell"))
    });
    cells.take(MISTAKES.len()).collect()
}

#[test]
fn each_common_mistake_is_found_by_its_check() {
    let rows = rows();
    let named: Vec<_> = rows.iter().map(|[mistake, ..]| *mistake).collect();
    assert_eq!(named, MISTAKES.map(|(mistake, _)| mistake));
    for ([mistake, flags, checks], (_, plant)) in rows.into_iter().zip(MISTAKES) {
        let site = Site::healthy();
        let origin = site.origin();
        let introspect = [
            "--introspect",
            &origin,
            "--client-id",
            "journal",
            "--client-secret-env",
            "DOCTOR_SECRET",
        ];
        let flags = match flags {
            "`--introspect`" => &introspect[..],
            "`--register`" => &["--register"],
            "`--as-client`" => &AS_CLIENT,
            "" => &[],
            other => panic!("{other}"),
        };
        Diagnosis::of(&site, flags).expect_nothing();
        plant(&site);
        let diagnosis = Diagnosis::of(&site, flags);
        let mut found = [
            diagnosis.with_result("problem"),
            diagnosis.with_result("warning"),
        ]
        .concat();
        let mut expected: Vec<_> = checks.split(", ").collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{mistake}: {}", diagnosis.text);
    }
}
