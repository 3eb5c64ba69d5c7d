//! The common frame of all pages.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::header::{X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The colors and the type are those of the report's page.
const STYLE: &str = concat!(
    include_str!("../../../../scopes-core/src/page/base.css"),
    include_str!("style.css")
);

/// The footer of a server with the embedded authorization server.
pub(crate) const DEVELOPMENT: &str = "A development server on this computer: any name signs in, without a \
                                      password.";

/// The style that may apply, by its hash; nothing else is loaded, run or framed.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// A page that loads nothing.
pub(crate) fn page(title: &str, content: &Markup, footer: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " · EpicMe" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                p.brand { "EpicMe" }
                main {
                    h1 { (title) }
                    (content)
                }
                @if !footer.is_empty() { footer { (footer) } }
            }
        }
    }
}

pub(crate) fn answer(status: StatusCode, page: Markup, form_action: &str) -> Response {
    let policy = format!("{}; {form_action}", *POLICY);
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, policy.trim_end_matches("; ")),
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // With `no-referrer`, browsers would send forms with `Origin: null`.
        (REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, page.into_string()).into_response()
}
