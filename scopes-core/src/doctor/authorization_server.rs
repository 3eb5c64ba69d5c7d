//! An authorization server that the metadata names: its own metadata and what clients need of it.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::client::Client;
use super::finding::{Finding, Outcome};
use super::issuer_document::Document;
use super::keys;
use super::registration::{self, LATER_SCOPES};
use super::server::Server;
use super::sign_in::{INDICATORS, SCOPES_OF_CLIENT, SignInAs};
use super::wanted::Wanted;
use crate::discovery::metadata_urls;
use crate::document::shortened;
use crate::resource::OFFLINE_ACCESS;
use crate::scope::ScopeName;

/// The places of the metadata at which clients of MCP look; the others are found by some.
const PLACES_OF_CLIENTS: usize = 3;
/// A longer issuer is no URL that clients are given.
const MAX_ISSUER_BYTES: usize = 2048;
/// Scopes that are no one's own.
const OF_OPENID: [&str; 6] = [
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    OFFLINE_ACCESS,
];

pub(super) async fn examine(
    client: &Client,
    server: &Server,
    issuer: &str,
    wanted: &Wanted,
    sign_in: &SignInAs,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let checked = if issuer.len() > MAX_ISSUER_BYTES {
        Err(format!("has more than {MAX_ISSUER_BYTES} bytes"))
    } else {
        server.check(issuer)
    };
    if let Err(problem) = checked {
        let found = format!("{:?} {problem}", shortened(issuer));
        let advice = "name the issuer as clients reach it, with https";
        return vec![Finding::problem("issuer", found, advice)];
    }
    let Some(document) = find(client, issuer, &mut findings).await else {
        return findings;
    };
    findings.push(endpoints(&document));
    findings.push(pkce(&document));
    findings.push(registrations(&document));
    findings.push(public_clients(&document));
    findings.push(keys::examine(client, &document).await);
    let tried = match sign_in {
        SignInAs::NewClient => registration::examine(client, server, &document, wanted).await,
        SignInAs::Client(known) => known.examine(client, server, &document, wanted).await,
        SignInAs::NoOne => {
            let reason = "no metadata says so; `--register` tries it";
            let indicators = Finding::not_tried(INDICATORS, reason);
            vec![later_scopes(&document, wanted), indicators]
        }
    };
    let is_allowed = |finding: &Finding| {
        [LATER_SCOPES, SCOPES_OF_CLIENT].contains(&finding.check) && finding.outcome == Outcome::Ok
    };
    findings.push(scopes(&document, wanted, tried.iter().any(is_allowed)));
    findings.extend(tried);
    findings
}

/// Finds the metadata of the issuer, or, for the other checks, that of another one in its place.
async fn find(client: &Client, issuer: &str, findings: &mut Vec<Finding>) -> Option<Document> {
    const CHECK: &str = "metadata";
    let mut problems = Vec::new();
    let mut of_another = None;
    for (place, url) in metadata_urls(issuer).into_iter().enumerate() {
        let answer = match client.get(&url).await {
            Ok(answer) => answer,
            Err(error) => {
                problems.push(format!("{} {error}", shortened(&url)));
                continue;
            }
        };
        let members: Map<String, Value> = match answer.document() {
            Ok(members) => members,
            Err(problem) => {
                problems.push(format!("{} {problem}", shortened(&url)));
                continue;
            }
        };
        let document = Document::new(issuer, members);
        if document.text("issuer") != Some(issuer) {
            let found = (url, document, answer.clock());
            of_another = of_another.or(Some(found));
            continue;
        }
        findings.push(if place < PLACES_OF_CLIENTS {
            Finding::ok(CHECK, shortened(&url))
        } else {
            Finding::warning(
                CHECK,
                format!("only at {}", shortened(&url)),
                "serve it where clients look: at the well-known path of RFC 8414 section 3.1",
            )
        });
        findings.push(answer.clock());
        return Some(document);
    }
    let Some((url, document, clock)) = of_another else {
        findings.push(Finding::problem(
            CHECK,
            problems.join("; "),
            "correct the issuer in `authorization_servers`, or serve its metadata (RFC 8414)",
        ));
        return None;
    };
    let url = shortened(&url);
    let named = match document.text("issuer") {
        Some(named) => format!("the metadata at {url} is of {:?}", shortened(named)),
        None => format!("the metadata at {url} has no `issuer`"),
    };
    findings.push(Finding::problem(
        "issuer",
        named,
        "write the same URL in both, character for character, with the same scheme (RFC 8414 section 3.3)",
    ));
    findings.push(clock);
    Some(document)
}

fn endpoints(document: &Document) -> Finding {
    const CHECK: &str = "endpoints";
    let endpoints = ["authorization_endpoint", "token_endpoint"];
    let problems = endpoints.map(|endpoint| document.url(endpoint).err());
    let problems: Vec<_> = problems.into_iter().flatten().collect();
    let types = document.list("response_types_supported");
    if !problems.is_empty() {
        let advice = "clients sign users in at these endpoints: name both, with https";
        Finding::problem(CHECK, problems.join("; "), advice)
    } else if types.is_some_and(|types| !types.contains(&"code")) {
        let found = "`response_types_supported` lacks `code`";
        Finding::problem(CHECK, found, "allow the authorization code flow")
    } else {
        Finding::ok(CHECK, "authorization and token endpoint")
    }
}

fn pkce(document: &Document) -> Finding {
    const CHECK: &str = "PKCE";
    const MEMBER: &str = "code_challenge_methods_supported";
    let advice = "turn PKCE with S256 on, and list it: MCP clients stop without it; if the provider cannot \
                  list it, name in `authorization_servers` a proxy whose copy of the metadata does";
    match document.list(MEMBER) {
        Some(methods) if methods.contains(&"S256") => Finding::ok(CHECK, "S256"),
        Some(_) => Finding::problem(CHECK, format!("`{MEMBER}` lacks `S256`"), advice),
        None => Finding::problem(CHECK, format!("`{MEMBER}` is missing"), advice),
    }
}

fn registrations(document: &Document) -> Finding {
    const CHECK: &str = "registration";
    let by_document = document.is_true("client_id_metadata_document_supported");
    if document.text("registration_endpoint").is_some()
        && let Err(problem) = document.url("registration_endpoint")
    {
        return Finding::problem(CHECK, problem, "name a URL that clients reach, with https");
    }
    match (registers(document), by_document) {
        (true, true) => Finding::ok(CHECK, "dynamic, and client-id metadata documents"),
        (true, false) => Finding::ok(CHECK, "dynamic"),
        (false, true) => Finding::ok(CHECK, "client-id metadata documents"),
        (false, false) => Finding::warning(
            CHECK,
            "clients cannot register themselves",
            "turn on client-id metadata documents or dynamic registration, or give each user a \
             client id to enter",
        ),
    }
}

fn registers(document: &Document) -> bool {
    document.text("registration_endpoint").is_some()
}

fn public_clients(document: &Document) -> Finding {
    const CHECK: &str = "public clients";
    const MEMBER: &str = "token_endpoint_auth_methods_supported";
    match document.list(MEMBER) {
        Some(methods) if methods.contains(&"none") => Finding::ok(CHECK, "allowed"),
        Some(_) => Finding::not_tried(
            CHECK,
            "`none` is not listed; many servers allow them all the same; `--register` tries it",
        ),
        None => Finding::not_tried(CHECK, format!("`{MEMBER}` is missing")),
    }
}

/// A server need not list its scopes (RFC 8414 section 2): many list those of `OpenID Connect` alone. Only a
/// list with a part of the scopes is suspicious, and scopes that the server does not refuse exist.
fn scopes(document: &Document, wanted: &Wanted, are_allowed: bool) -> Finding {
    const CHECK: &str = "scopes";
    let Some(known) = document.list("scopes_supported") else {
        return Finding::not_tried(CHECK, "the server does not list its scopes");
    };
    let known: HashSet<_> = known.into_iter().collect();
    let scopes = wanted.all.iter().map(ScopeName::as_str);
    let (listed, unknown): (Vec<_>, Vec<_>) = scopes.partition(|scope| known.contains(scope));
    if unknown.is_empty() {
        let refresh = if known.contains(&OFFLINE_ACCESS) {
            "; clients add `offline_access` for a refresh token"
        } else {
            ""
        };
        return Finding::ok(CHECK, format!("all are listed{refresh}"));
    }
    let unknown = shortened(&unknown.join(" "));
    let lists_ours = listed.iter().any(|scope| !OF_OPENID.contains(scope));
    if are_allowed {
        return Finding::ok(CHECK, format!("not listed, and not refused: {unknown}"));
    }
    if !lists_ours {
        return Finding::not_tried(CHECK, "the server lists none of the scopes");
    }
    Finding::warning(
        CHECK,
        format!("not listed: {unknown}"),
        "if they exist at the authorization server, nothing is to be done; else create them: most servers \
         refuse a request with an unknown scope as a whole (`invalid_scope`)",
    )
}

/// Judges whether a client that registered with the scope of the 401 can ask for more, by what the
/// servers publish.
fn later_scopes(document: &Document, wanted: &Wanted) -> Finding {
    const CHECK: &str = LATER_SCOPES;
    match &wanted.first {
        Some(first) if registers(document) && first.len() < wanted.all.len() => Finding::warning(
            CHECK,
            format!(
                "clients register with `{}`, the scope of the 401",
                shortened(&first.to_string())
            ),
            "many servers refuse such a client more scopes later: try `--register`; if so, leave `scope` \
             out of the 401 (`ResourceServerBuilder::challenge_baseline`)",
        ),
        _ if registers(document) => {
            Finding::not_tried(CHECK, "`--register` registers a client and tries it")
        }
        _ => Finding::not_tried(CHECK, "no client registers itself"),
    }
}
