//! `scopes explain --token`: every check of a token, and what it may call.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;

use serde_json::{Value, json};

use super::explain::{Answer, Arguments, Format, json_text};
use super::failure::Failure;
use super::output;
use crate::registry::Registry;
use crate::report::safe_text::visible;
use crate::token::{CheckResult, PresentedToken, TokenCheck, TokenExplanation};

/// Prints the explanation and, if the token is accepted, the decisions on the operations.
pub(super) fn print(
    registry: &Registry,
    arguments: &Arguments,
    explanation: &TokenExplanation,
) -> Result<u8, Failure> {
    let granted = explanation.granted();
    let answer = match granted {
        Some(granted) => Some(Answer::new(registry, arguments, Some(granted))?),
        None => None,
    };
    let code = answer.as_ref().map_or(1, |answer| answer.code);
    output::print(&match arguments.format {
        Format::Text => {
            let decisions = answer.map(|answer| format!("\n{}", answer.text));
            let decisions = decisions.unwrap_or_default();
            let explanation = explanation.to_string();
            let lines = explanation.lines().map(|line| visible(line) + "\n");
            lines.collect::<String>() + &decisions
        }
        Format::Json => {
            let checks: Vec<_> = explanation.checks().iter().map(check_json).collect();
            json_text(&json!({
                "accepted": granted.is_some(),
                "checks": checks,
                "operations": answer.map(|answer| answer.json),
            }))?
        }
    })?;
    Ok(code)
}

fn check_json(check: &TokenCheck) -> Value {
    let (result, reason, problem) = match check.result() {
        CheckResult::Passed => ("passed", None, None),
        CheckResult::Failed(rejection) => (
            "failed",
            Some(rejection.label()),
            Some(rejection.to_string()),
        ),
        CheckResult::NotMade(why) => ("not made", None, Some(why.clone())),
    };
    json!({
        "check": check.name(),
        "result": result,
        "expected": check.expected(),
        "found": check.found(),
        "reason": reason,
        "problem": problem,
    })
}

/// Reads a token from `file`, with or without the scheme in front.
pub(super) fn read(file: &Path) -> Result<String, Failure> {
    let text = if file == Path::new("-") {
        let input = io::stdin();
        if input.is_terminal() {
            output::note("reading the token from standard input; end it with Ctrl-D");
        }
        read_text(input.lock())
    } else {
        if looks_like_token(file) {
            return Err(Failure::TokenOnCommandLine);
        }
        File::open(file).and_then(read_text)
    };
    let text = text.map_err(|error| Failure::TokenFile(file.to_owned(), Some(error)))?;
    let token = text.trim();
    let is_scheme = |scheme: &&str| scheme.eq_ignore_ascii_case("Bearer ");
    let token = match token.get(..7).filter(is_scheme) {
        Some(_) => token[7..].trim(),
        None => token,
    };
    if token.is_empty() {
        return Err(Failure::TokenFile(file.to_owned(), None));
    }
    Ok(token.to_owned())
}

/// A token that is too long is rejected by its length; no more is read.
fn read_text(file: impl Read) -> io::Result<String> {
    let most = u64::try_from(4 * PresentedToken::MAX_BYTES).unwrap_or(u64::MAX);
    let mut text = String::new();
    file.take(most).read_to_string(&mut text)?;
    Ok(text)
}

/// Returns whether the argument may be a token, of which no part is shown: it is no file, and has spaces,
/// is long, or begins as a JWT does.
fn looks_like_token(file: &Path) -> bool {
    const LONG: usize = 100;
    let name = file.to_string_lossy();
    let name = name.trim().trim_matches(['"', '\'']);
    let is_jwt = name.starts_with("eyJ");
    let is_long = name.len() > LONG && !name.contains('/');
    (is_jwt || is_long || name.contains(' ')) && !file.exists()
}
