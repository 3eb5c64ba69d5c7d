//! The page at `/`, and the report at `/scopes`.

use axum::Router;
use axum::response::IntoResponse as _;
use axum::routing::get;
use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::header::{HeaderName, X_CONTENT_TYPE_OPTIONS};
use maud::{Markup, html};
use scopes_core::ResourceServer;
use scopes_core::report::Report;

use super::frame;
use crate::first_calls::quoted;

const TITLE: &str = "A journal for MCP clients";

/// Headers of the report, as `ReportPage` sends them. The page has a policy for scripts itself.
const REPORT_HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_TYPE, "text/html; charset=utf-8"),
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// Returns the route `/` and, if `is_report_open`, `/scopes`.
///
/// The report is open beside the embedded authorization server alone, where any name gets a token, and any
/// token would get the report. Elsewhere `epicme scopes report` prints it.
pub(crate) fn router(resource: &ResourceServer, is_report_open: bool) -> Router {
    let front = front(resource, is_report_open);
    let front = get(|| async move { frame::answer(StatusCode::OK, front, "form-action 'none'") });
    let router = Router::new().route("/", front);
    if !is_report_open {
        return router;
    }
    let report = Report::of_program().published();
    let report = report.with_program("EpicMe", env!("CARGO_PKG_VERSION"));
    let report = Bytes::from(report.page());
    let report = get(|| async move { (REPORT_HEADERS, report).into_response() });
    router.route("/scopes", report)
}

/// Shows only what clients are told without a token.
fn front(resource: &ResourceServer, is_report_open: bool) -> Markup {
    let metadata = resource.metadata();
    let url = &metadata.resource;
    let content = html! {
        p {
            "EpicMe " (env!("CARGO_PKG_VERSION")) " is an MCP server that keeps your journal: apps read and \
             write the entries that you allow them to."
        }
        h2 { "Connect a client" }
        p { "Give the client this URL. It opens your browser, where you sign in and choose what it can do." }
        pre { code { (url) } }
        p { "On the command line, for example:" }
        pre { code { "claude mcp add --transport http epicme " (quoted(url)) } }
        h2 { "This server" }
        dl {
            div {
                dt { "Scopes" }
                dd {
                    @if is_report_open {
                        a href="scopes" { "Operations and the scopes that they require" }
                    } @else {
                        code { "epicme scopes report" } "prints operations and the scopes that they require."
                    }
                }
            }
            div {
                dt { "Metadata" }
                dd { a href=(resource.metadata_url()) { "Protected resource" } }
            }
            div {
                dt { "Sign-in at" }
                dd {
                    @for issuer in &metadata.authorization_servers { code { (issuer) } }
                }
            }
            div {
                dt { "Health" }
                dd { a href="healthcheck" { "Running" } " · " a href="ready" { "Ready" } }
            }
        }
    };
    let footer = if is_report_open {
        frame::DEVELOPMENT
    } else {
        ""
    };
    frame::page(TITLE, &content, footer)
}
