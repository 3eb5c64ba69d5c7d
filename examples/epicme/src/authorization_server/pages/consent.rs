//! The page to consent.

use indexmap::IndexSet;
use maud::{Markup, html};

use super::super::authorize::Asked;
use super::{facts, frame, name};

pub(super) fn page(
    asked: &Asked,
    subject: &str,
    earlier: &IndexSet<String>,
    token: &str,
) -> Markup {
    let client = asked.client();
    let content = html! {
        p { strong { (name(&client)) } " wants to use the journal of " strong { bdi { (subject) } } "." }
        (facts(&client))
        form method="post" action="/authorize/consent" {
            input type="hidden" name="request" value=(asked.request);
            input type="hidden" name="token" value=(token);
            fieldset {
                legend { "It may" }
                p.hint { "Untick what it may not do." }
                @for scope in &asked.scopes {
                    label.scope {
                        input type="checkbox" name="scope" value=(scope.name()) checked;
                        span { (scope.description()) " " }
                        small {
                            code { (scope.name()) } " "
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
    frame::page("Allow this app?", &content)
}
