//! The page to sign in.

use maud::{Markup, html};

use super::{Asker, facts, name};
use crate::page::frame;

pub(super) fn page(asker: &Asker<'_>, request: &str, token: &str, problem: Option<&str>) -> Markup {
    let content = html! {
        p { strong { (name(asker)) } " wants to use your journal. Say first who you are." }
        dl { (facts(asker)) }
        form method="post" action="/authorize/sign-in" {
            input type="hidden" name="request" value=(request);
            input type="hidden" name="token" value=(token);
            label.field for="login" { "Your name" }
            @if let Some(problem) = problem {
                p.alarm id="login-problem" role="alert" { (problem) }
            }
            input type="text" id="login" name="login" required maxlength="64" autofocus
                autocomplete="username" autocapitalize="none" spellcheck="false"
                aria-describedby=(if problem.is_some() { "login-problem login-hint" } else { "login-hint" });
            p.hint id="login-hint" {
                "There is no password: any name signs you in, and each name has a journal of its own."
            }
            div.actions { button { "Continue" } }
        }
    };
    frame::page("Sign in", &content, frame::DEVELOPMENT)
}
