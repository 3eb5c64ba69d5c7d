//! Requests of pages in a browser (CORS), and those under a foreign `Origin` or `Host`.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN,
};
use http::{Method, Request};

use super::client::{Answer, Client};
use super::endpoint::Endpoint;
use super::finding::Finding;
use super::server::Server;
use crate::fetch::FetchError;

/// An origin and a host that no server knows.
pub(super) const FOREIGN_ORIGIN: &str = "https://scopes-doctor.example";
const FOREIGN_HOST: &str = "scopes-doctor.example";

const CORS: &str = "CORS";

type Asked = Result<Answer, FetchError>;

pub(super) async fn examine(client: &Client, server: &Server, endpoint: &Endpoint) -> Vec<Finding> {
    if endpoint.status != 401 {
        let reason = format!("the server answers {} anyway", endpoint.status);
        let checks = ["foreign Origin", CORS, "foreign Host"];
        return checks
            .map(|check| Finding::not_tried(check, reason.as_str()))
            .into();
    }
    let send = async |headers: &[_]| endpoint.probe.send(client, server, headers).await;
    let foreign = send(&[(ORIGIN, FOREIGN_ORIGIN)]).await;
    let preflight = preflight(client, server).await;
    let own = send(&[(ORIGIN, server.origin.as_str())]).await;
    vec![
        foreign_origin(&foreign, server),
        cors(&foreign, &own, &preflight, server),
        foreign_host(client, server, endpoint).await,
    ]
}

async fn preflight(client: &Client, server: &Server) -> Asked {
    let request = Request::builder().method(Method::OPTIONS).uri(&server.url);
    let request = request
        .header(ORIGIN, FOREIGN_ORIGIN)
        .header(ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type");
    client.send(request, "").await
}

fn foreign_origin(answer: &Asked, server: &Server) -> Finding {
    const CHECK: &str = "foreign Origin";
    let advice = "answer 403 unless the origin is allowed (MCP, Streamable HTTP); allow the origins of \
                  your browser clients by name";
    match answer {
        Ok(answer) if answer.status == 403 => Finding::ok(CHECK, "403"),
        Ok(answer) if answer.status == 401 => {
            let found = "pages of every origin may send requests";
            Finding::warning(CHECK, found, advice).problem_if(server.is_loopback)
        }
        Ok(answer) if answer.is_unavailable() => Finding::not_tried(CHECK, answer.status_text()),
        Ok(answer) => Finding::warning(CHECK, answer.status_text(), advice),
        Err(error) => Finding::not_tried(CHECK, error.to_string()),
    }
}

/// Judges the CORS headers of requests from a foreign page and from one of the server itself.
fn cors(foreign: &Asked, own: &Asked, preflight: &Asked, server: &Server) -> Finding {
    match (foreign, own, preflight) {
        (Ok(foreign), Ok(own), Ok(preflight)) => match foreign.status {
            401 => of_readable(foreign, FOREIGN_ORIGIN, preflight),
            403 => of_unreadable(own, &server.origin, preflight),
            _ => Finding::not_tried(CORS, foreign.status_text()),
        },
        (Err(error), _, _) | (_, Err(error), _) | (_, _, Err(error)) => {
            Finding::not_tried(CORS, error.to_string())
        }
    }
}

/// Judges the CORS headers where requests from any page are answered.
fn of_readable(answer: &Answer, origin: &str, preflight: &Answer) -> Finding {
    if !may_read(answer, origin) {
        return Finding::warning(
            CORS,
            "requests of pages are answered, and no page may read the answers",
            "send `Access-Control-Allow-Origin` to the origins of your browser clients, or refuse \
             the others with 403",
        );
    }
    if !exposes_challenge(answer) {
        return not_exposed();
    }
    if preflight.status == 429 {
        return Finding::not_tried(CORS, format!("the preflight {}", preflight.status_text()));
    }
    let allowed = preflight.list(ACCESS_CONTROL_ALLOW_HEADERS);
    let allows = |header: &str| allowed.iter().any(|allowed| allowed == header);
    let is_allowed = (200..300).contains(&preflight.status)
        && may_read(preflight, origin)
        && allows("authorization")
        && (allows("content-type") || allows("*"));
    if is_allowed {
        return Finding::ok(CORS, "pages may read answers and `WWW-Authenticate`");
    }
    Finding::problem(
        CORS,
        "the preflight does not allow a POST with `Authorization` and JSON",
        "answer `OPTIONS` without asking for a token, and name `authorization` and `content-type` in \
         `Access-Control-Allow-Headers`; `*` does not stand for `authorization`",
    )
}

/// Judges the CORS headers where requests from a foreign page are refused.
fn of_unreadable(own: &Answer, origin: &str, preflight: &Answer) -> Finding {
    if may_read(preflight, FOREIGN_ORIGIN) {
        return Finding::warning(
            CORS,
            "the preflight allows an origin whose requests are then refused",
            "let one place decide about origins: the CORS layer or the check of `Origin`",
        );
    }
    if own.is_unavailable() {
        return Finding::not_tried(CORS, own.status_text());
    }
    if may_read(own, origin) && !exposes_challenge(own) {
        return not_exposed();
    }
    Finding::ok(CORS, "pages of other origins may read nothing")
}

fn not_exposed() -> Finding {
    Finding::problem(
        CORS,
        "pages may read answers, but not `WWW-Authenticate`: they cannot find the metadata",
        "send `Access-Control-Expose-Headers: www-authenticate`",
    )
}

/// Returns whether a page of `origin` may read the answer. Clients send no credentials of the browser.
pub(super) fn may_read(answer: &Answer, origin: &str) -> bool {
    let allowed = answer.texts(ACCESS_CONTROL_ALLOW_ORIGIN);
    // Browsers refuse an answer with two.
    matches!(allowed.as_slice(), [one] if *one == "*" || *one == origin)
}

fn exposes_challenge(answer: &Answer) -> bool {
    let exposed = answer.list(ACCESS_CONTROL_EXPOSE_HEADERS);
    let mut exposed = exposed.iter();
    exposed.any(|name| name == "*" || name == "www-authenticate")
}

/// A page that reaches the server under a foreign name by DNS rebinding fails at the certificate of https.
async fn foreign_host(client: &Client, server: &Server, endpoint: &Endpoint) -> Finding {
    const CHECK: &str = "foreign Host";
    if !server.is_plain_http() {
        return Finding::ok(CHECK, "not reachable by DNS rebinding: https");
    }
    let headers = [(HOST, FOREIGN_HOST)];
    match endpoint.probe.send(client, server, &headers).await {
        Ok(answer) if answer.status == 401 => Finding::warning(
            CHECK,
            "requests to another host are answered: a page can reach the server by DNS rebinding",
            "answer 403 to hosts that are not those of this URL",
        )
        .problem_if(server.is_loopback),
        // Another virtual host answers with 200 or a redirect.
        Ok(answer) if matches!(answer.status, 200..=400 | 403 | 404 | 421) => {
            Finding::ok(CHECK, answer.status.to_string())
        }
        Ok(answer) => Finding::not_tried(CHECK, answer.status_text()),
        Err(error) => Finding::not_tried(CHECK, error.to_string()),
    }
}
