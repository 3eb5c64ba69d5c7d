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

pub(super) async fn examine(client: &Client, server: &Server, endpoint: &Endpoint) -> Vec<Finding> {
    if endpoint.status != 401 {
        let reason = format!("the server answers {} anyway", endpoint.status);
        let checks = ["foreign Origin", "CORS", "foreign Host"];
        return checks
            .map(|check| Finding::not_tried(check, reason.as_str()))
            .into();
    }
    let send = async |headers: &[_]| endpoint.probe.send(client, server, headers).await;
    let foreign = send(&[(ORIGIN, FOREIGN_ORIGIN)]).await;
    let preflight = preflight(client, server).await;
    let own = send(&[(ORIGIN, server.origin.as_str())]).await;
    let cors = match &foreign {
        Ok(answer) if answer.status == 401 => of_readable(answer, FOREIGN_ORIGIN, &preflight),
        _ => of_unreadable(&own, &server.origin, &preflight),
    };
    let host = send(&[(HOST, FOREIGN_HOST)]).await;
    vec![
        foreign_origin(&foreign, server),
        cors,
        foreign_host(&host, server),
    ]
}

async fn preflight(client: &Client, server: &Server) -> Result<Answer, FetchError> {
    let request = Request::builder().method(Method::OPTIONS).uri(&server.url);
    let request = request
        .header(ORIGIN, FOREIGN_ORIGIN)
        .header(ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type");
    client.send(request, "").await
}

fn foreign_origin(answer: &Result<Answer, FetchError>, server: &Server) -> Finding {
    const CHECK: &str = "foreign Origin";
    let advice = "answer 403 unless the origin is allowed (MCP, Streamable HTTP); allow the origins of \
                  your browser clients by name";
    match answer {
        Ok(answer) if answer.status == 403 => Finding::ok(CHECK, "403"),
        Ok(answer) if answer.status == 401 => {
            let found = "pages of every origin may send requests";
            Finding::warning(CHECK, found, advice).problem_if(server.is_loopback)
        }
        Ok(answer) => Finding::warning(CHECK, answer.status_problem(), advice),
        Err(error) => Finding::not_tried(CHECK, error.to_string()),
    }
}

/// Judges the CORS headers where requests from any page are answered.
fn of_readable(answer: &Answer, origin: &str, preflight: &Result<Answer, FetchError>) -> Finding {
    const CHECK: &str = "CORS";
    if !may_read(answer, origin) {
        return Finding::warning(
            CHECK,
            "requests of pages are answered, and no page may read the answers",
            "send `Access-Control-Allow-Origin` to the origins of your browser clients, or refuse \
             the others with 403",
        );
    }
    if !exposes_challenge(answer) {
        return not_exposed();
    }
    let allowed = preflight.as_ref().ok().filter(|preflight| {
        let allowed = preflight.list(ACCESS_CONTROL_ALLOW_HEADERS);
        let allows = |header: &str| allowed.iter().any(|allowed| allowed == header);
        let is_success = (200..300).contains(&preflight.status);
        is_success && may_read(preflight, origin) && allows("authorization")
    });
    match allowed {
        Some(_) => Finding::ok(CHECK, "pages may read answers and `WWW-Authenticate`"),
        None => Finding::problem(
            CHECK,
            "the preflight does not allow a POST with `Authorization`",
            "answer `OPTIONS` without asking for a token, and name `authorization` in \
             `Access-Control-Allow-Headers`; `*` does not stand for it",
        ),
    }
}

/// Judges the CORS headers where requests from a foreign page are refused.
fn of_unreadable(
    own: &Result<Answer, FetchError>,
    origin: &str,
    preflight: &Result<Answer, FetchError>,
) -> Finding {
    const CHECK: &str = "CORS";
    let promises = |answer: &Answer| may_read(answer, FOREIGN_ORIGIN);
    if preflight.as_ref().is_ok_and(promises) {
        return Finding::warning(
            CHECK,
            "the preflight allows an origin whose requests are then refused",
            "let one place decide about origins: the CORS layer or the check of `Origin`",
        );
    }
    match own {
        Ok(answer) if may_read(answer, origin) && !exposes_challenge(answer) => not_exposed(),
        _ => Finding::ok(CHECK, "pages of other origins may read nothing"),
    }
}

fn not_exposed() -> Finding {
    Finding::problem(
        "CORS",
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

fn foreign_host(answer: &Result<Answer, FetchError>, server: &Server) -> Finding {
    const CHECK: &str = "foreign Host";
    match answer {
        Ok(answer) if answer.status == 401 => Finding::warning(
            CHECK,
            "requests to another host are answered: a page can reach the server by DNS rebinding",
            "answer 403 to hosts that are not those of this URL",
        )
        .problem_if(server.is_loopback),
        Ok(answer) => Finding::ok(CHECK, answer.status.to_string()),
        Err(error) => Finding::not_tried(CHECK, error.to_string()),
    }
}
