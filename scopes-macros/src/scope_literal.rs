//! A scope name written as a string literal.

use syn::LitStr;

use crate::diagnostics::Diagnostics;
use crate::scope_template::ScopeTemplate;

/// A literal that is a scope name, with or without placeholders.
pub(crate) struct ScopeLiteral {
    pub(crate) name: LitStr,
    pub(crate) template: ScopeTemplate,
}

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

/// Reads `name`, and notes what keeps it from being a scope that a resource can ask for.
pub(crate) fn read(name: LitStr, mistakes: &mut Diagnostics) -> ScopeLiteral {
    let template = template(&name.value()).unwrap_or_else(|problem| {
        mistakes.error(&name, problem);
        ScopeTemplate::default()
    });
    ScopeLiteral { name, template }
}

fn template(name: &str) -> Result<ScopeTemplate, String> {
    if name.is_empty() {
        return Err("a scope name cannot be empty".to_owned());
    }
    let unexpected = |(at, c): &(usize, char)| !is_scope_character(*c) && !is_in_braces(name, *at);
    if let Some((at, character)) = name.char_indices().find(unexpected) {
        let hint = match character {
            ' ' => "write one scope per literal",
            _ => {
                "allowed are printable ASCII characters without space, `\"` and `\\` (RFC 6749 section 3.3)"
            }
        };
        return Err(format!(
            "scope name has {character:?} at byte {at}, which a scope cannot contain; {hint}"
        ));
    }
    let template = ScopeTemplate::parse(name)?;
    problem(name).map_or(Ok(template), Err)
}

/// Says what is wrong with a name of valid characters.
fn problem(name: &str) -> Option<String> {
    if let Some(at) = name.find(',') {
        return Some(format!(
            "scope name has ',' at byte {at}; some clients split a challenge at every comma, even \
             inside quotes; choose another name"
        ));
    }
    if name == "offline_access" {
        return Some(
            "`offline_access` asks the authorization server for a refresh token, which is no \
             permission of a resource; remove it"
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

/// Returns whether a brace is open before the byte `at`: what stands there is the name of an argument.
fn is_in_braces(name: &str, at: usize) -> bool {
    name[..at].rfind('{') > name[..at].rfind('}')
}

/// RFC 6749 section 3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
fn is_scope_character(character: char) -> bool {
    matches!(character, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')
}
