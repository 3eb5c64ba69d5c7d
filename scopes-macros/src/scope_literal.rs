//! A scope name written as a string literal.

use syn::LitStr;

use crate::diagnostics::Diagnostics;

/// Parameter names of the challenge; a client that searches the header for `error=` must not find
/// it inside a scope.
const CHALLENGE_PARAMETERS: [&str; 6] = [
    "realm=",
    "error=",
    "scope=",
    "resource_metadata=",
    "error_description=",
    "error_uri=",
];

/// Notes what keeps `name` from being a scope that a resource can ask for.
pub(crate) fn check(name: &LitStr, mistakes: &mut Diagnostics) {
    let value = name.value();
    if let Some(problem) = problem(&value) {
        mistakes.error(name, problem);
    }
}

fn problem(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("a scope name cannot be empty".to_owned());
    }
    if let Some((at, character)) = name.char_indices().find(|(_, c)| !is_scope_character(*c)) {
        let hint = match character {
            ' ' => "write one scope per literal",
            _ => {
                "allowed are printable ASCII characters without space, `\"` and `\\` (RFC 6749 section 3.3)"
            }
        };
        return Some(format!(
            "scope name has {character:?} at byte {at}, which a scope cannot contain; {hint}"
        ));
    }
    if let Some(at) = name.find(',') {
        return Some(format!(
            "scope name has ',' at byte {at}; some clients split a challenge at every comma, even \
             inside quotes; choose another name"
        ));
    }
    if name == "offline_access" {
        return Some(
            "`offline_access` asks the authorization server for a refresh token, which is not a \
             resource's to require; remove it"
                .to_owned(),
        );
    }
    let lower = name.to_ascii_lowercase();
    let parameter = CHALLENGE_PARAMETERS
        .iter()
        .find(|parameter| lower.contains(*parameter))?;
    Some(format!(
        "scope name contains `{parameter}`, which clients would mistake for a parameter of the \
         challenge; choose another name"
    ))
}

/// RFC 6749 section 3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
fn is_scope_character(character: char) -> bool {
    matches!(character, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')
}
