//! The page to consent.

use std::time::Duration;

use indexmap::IndexSet;
use maud::{Markup, html};

use super::super::authorize::Asked;
use super::{facts, name};
use crate::page::frame;

pub(super) fn page(
    asked: &Asked,
    subject: &str,
    earlier: &IndexSet<String>,
    token: &str,
) -> Markup {
    let client = asked.client();
    let content = html! {
        p { strong { (name(&client)) } " wants to use the journal of " strong { bdi { (subject) } } "." }
        dl {
            (facts(&client))
            div {
                dt { "Access lasts" }
                dd { "At most " (hours(asked.lifetime)) "; then the app has to ask you again" }
            }
        }
        form method="post" action="/authorize/consent" {
            input type="hidden" name="request" value=(asked.request);
            input type="hidden" name="token" value=(token);
            fieldset {
                legend { "It can" }
                p.hint { "Untick what you do not allow." }
                @for scope in &asked.scopes {
                    label.scope {
                        input type="checkbox" name="scope" value=(scope.name()) checked;
                        span { (scope.description()) " " }
                        small {
                            code { (scope.name()) } " "
                            @if scope.deletes() {
                                span.mark.alarm { "can delete" } " "
                            }
                            @if earlier.contains(scope.name()) {
                                span.mark { "allowed before" }
                            } @else if !earlier.is_empty() {
                                span.mark { "new" }
                            }
                        }
                    }
                }
            }
            div.actions {
                button name="decision" value="allow" { "Allow" }
                button.plain name="decision" value="deny" { "Deny" }
            }
            p.other {
                "Not " bdi { (subject) } "? "
                button.link name="decision" value="another-name" { "Use another name" }
            }
        }
    };
    frame::page("Allow this app?", &content, frame::DEVELOPMENT)
}

/// Returns the time in hours, rounded up.
fn hours(time: Duration) -> String {
    match time.as_secs().div_ceil(60 * 60) {
        1 => "1 hour".to_owned(),
        hours => format!("{hours} hours"),
    }
}
