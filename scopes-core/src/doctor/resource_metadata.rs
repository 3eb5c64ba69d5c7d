//! The metadata of the protected resource (RFC 9728), at each place where clients look.

use http::Request;
use http::header::{ACCEPT, ORIGIN};
use serde_json::{Map, Value};

use super::client::Client;
use super::endpoint::Endpoint;
use super::finding::Finding;
use super::pages::{FOREIGN_ORIGIN, may_read};
use super::server::Server;
use crate::document::shortened;
use crate::fetch::FetchError;
use crate::resource::{OFFLINE_ACCESS, ProtectedResourceMetadata, is_absent, metadata_url};

/// The metadata that clients act on.
pub(super) struct Resource {
    pub(super) findings: Vec<Finding>,
    pub(super) document: Option<ProtectedResourceMetadata>,
}

type Members = Map<String, Value>;

#[derive(Clone)]
struct Found {
    url: String,
    members: Members,
}

/// Looks at the place that the challenge names, at the one for the path of the URL, and at the root of
/// the host.
pub(super) async fn examine(client: &Client, server: &Server, endpoint: &Endpoint) -> Resource {
    let mut findings = Vec::new();
    let challenge = endpoint.challenge.as_ref();
    let named = challenge.and_then(|challenge| challenge.parameter("resource_metadata"));
    let inserted = metadata_url(&server.url);
    let root = metadata_url(&server.origin);

    let of_challenge = match named {
        Some(url) => Some(ask(client, server, url).await),
        None => None,
    };
    let of_path = match &of_challenge {
        Some(asked) if named == Some(inserted.as_str()) => asked.clone(),
        _ => ask(client, server, &inserted).await,
    };
    let of_root = if root == inserted {
        of_path.clone()
    } else {
        ask(client, server, &root).await
    };
    if let (Some(asked), Some(url)) = (&of_challenge, named) {
        findings.push(at_challenge(asked, url));
    }
    findings.push(at_path(
        &of_path,
        &inserted,
        matches!(of_challenge, Some(Ok(_))),
    ));
    if root != inserted {
        findings.push(at_root(&of_root, &server.url));
    }
    if let (Some(Ok(of_challenge)), Ok(of_path)) = (&of_challenge, &of_path) {
        findings.extend(of_two(of_challenge, of_path));
    }
    let found = of_challenge
        .into_iter()
        .chain([of_path, of_root])
        .find_map(Result::ok);
    let Some(Found { url, members }) = found.map(|found| *found) else {
        findings.push(Finding::problem(
            "metadata",
            "there is none where clients look",
            format!("serve the metadata of RFC 9728 at {inserted}, without asking for a token"),
        ));
        return Resource {
            findings,
            document: None,
        };
    };
    findings.push(for_pages(client, &url).await);
    if let Some(empty) = members.iter().find(|(_, value)| is_absent(value)) {
        findings.push(Finding::warning(
            "metadata",
            format!("`{}` has no value", shortened(empty.0)),
            "leave members without a value out (RFC 9728 section 3.2)",
        ));
    }
    let members: Members = members
        .into_iter()
        .filter(|(_, value)| !is_absent(value))
        .collect();
    let document = match serde_json::from_value(Value::Object(members)) {
        Ok(document) => {
            judge(&document, server, endpoint, &mut findings);
            Some(document)
        }
        Err(error) => {
            let advice = "write the members as in RFC 9728 section 2";
            let found = shortened(&error.to_string());
            findings.push(Finding::problem("metadata", found, advice));
            None
        }
    };
    Resource { findings, document }
}

type Asked = Result<Box<Found>, FetchError>;

async fn ask(client: &Client, server: &Server, url: &str) -> Asked {
    server.check(url).map_err(FetchError::new)?;
    let members = client.get(url).await?.document()?;
    let url = url.to_owned();
    Ok(Box::new(Found { url, members }))
}

fn at_challenge(asked: &Asked, url: &str) -> Finding {
    const CHECK: &str = "metadata of the challenge";
    match asked {
        Ok(_) => Finding::ok(CHECK, shortened(url)),
        Err(problem) => Finding::problem(
            CHECK,
            format!("{} {problem}", shortened(url)),
            "serve the metadata at the URL that the challenge names, without asking for a token; a \
             proxy has to forward its path",
        ),
    }
}

fn at_path(asked: &Asked, url: &str, is_elsewhere: bool) -> Finding {
    const CHECK: &str = "metadata of the path";
    match asked {
        Ok(_) => Finding::ok(CHECK, url),
        Err(problem) => Finding::warning(
            CHECK,
            format!("{url} {problem}"),
            if is_elsewhere {
                "serve it there too, for clients that do not read the challenge"
            } else {
                "serve the metadata there, without asking for a token"
            },
        ),
    }
}

/// A document of another resource may be there: several share the host.
fn at_root(asked: &Asked, resource: &str) -> Finding {
    const CHECK: &str = "metadata of the host";
    match asked {
        Ok(found) => match found.members.get("resource").and_then(Value::as_str) {
            Some(named) if named == resource => Finding::ok(CHECK, "of this resource"),
            Some(named) => Finding::ok(CHECK, format!("of {:?}", shortened(named))),
            None => Finding::warning(
                CHECK,
                "the document has no `resource`",
                "remove it, or add `resource`",
            ),
        },
        Err(_) => Finding::ok(CHECK, "none, and none is needed"),
    }
}

/// Clients that do not read the challenge act on the document of the path.
fn of_two(of_challenge: &Found, of_path: &Found) -> Option<Finding> {
    let is_other =
        |member: &&str| of_challenge.members.get(*member) != of_path.members.get(*member);
    let member = ["resource", "authorization_servers"]
        .into_iter()
        .find(is_other)?;
    let (one, other) = (shortened(&of_challenge.url), shortened(&of_path.url));
    Some(Finding::problem(
        "metadata",
        format!("{one} and {other} differ in `{member}`"),
        "serve the same document at both: clients look at either",
    ))
}

async fn for_pages(client: &Client, url: &str) -> Finding {
    const CHECK: &str = "metadata for pages";
    let request = Request::get(url).header(ACCEPT, "application/json");
    let request = request.header(ORIGIN, FOREIGN_ORIGIN);
    match client.send(request, "").await {
        Ok(answer) if answer.status == 200 && may_read(&answer, FOREIGN_ORIGIN) => {
            Finding::ok(CHECK, "pages of every origin may read it")
        }
        _ => Finding::warning(
            CHECK,
            "pages of other origins cannot read the metadata",
            "send it with `Access-Control-Allow-Origin: *`: it is public",
        ),
    }
}

fn judge(
    document: &ProtectedResourceMetadata,
    server: &Server,
    endpoint: &Endpoint,
    findings: &mut Vec<Finding>,
) {
    let resource = &document.resource;
    findings.push(if *resource == server.url {
        Finding::ok("resource", "is the URL that was asked")
    } else {
        Finding::problem(
            "resource",
            format!("is {:?}, and {:?} was asked", shortened(resource), server.url),
            "clients compare both character for character (RFC 9728 section 3.3): give them the URL \
             of `resource`, or set the resource to the URL that they use",
        )
    });
    findings.push(if document.authorization_servers.is_empty() {
        Finding::problem(
            "authorization servers",
            "`authorization_servers` names none",
            "name the issuer of the tokens",
        )
    } else {
        let count = document.authorization_servers.len();
        Finding::ok("authorization servers", format!("{count} named"))
    });
    let scopes = &document.scopes_supported;
    findings.push(if scopes.contains(OFFLINE_ACCESS) {
        Finding::warning(
            "scopes",
            "`scopes_supported` contains `offline_access`",
            "leave it out: clients ask for it where they want a refresh token (MCP authorization)",
        )
    } else if scopes.is_empty() && endpoint.scope().is_none_or(|scope| scope.is_empty()) {
        Finding::warning(
            "scopes",
            "neither the 401 nor `scopes_supported` names a scope",
            "name scopes in `scopes_supported`, or clients do not know which to ask for",
        )
    } else {
        Finding::ok("scopes", format!("{} in `scopes_supported`", scopes.len()))
    });
}
