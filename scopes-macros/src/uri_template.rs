//! URI templates in literals, checked while the attribute is read.

use syn::{Error, LitStr};

/// The literal is a URI, or a template of RFC 6570 level 1: expressions are `{name}`.
pub(crate) fn check(template: &LitStr) -> syn::Result<()> {
    let text = template.value();
    let problem = problem(&text).or_else(|| {
        let scheme = text.split_once(':').map(|(scheme, _)| scheme);
        let absolute = scheme.is_some_and(|scheme| {
            scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        });
        (!absolute)
            .then(|| "a resource has an absolute URI, such as `epicme://entries/{id}`".to_owned())
    });
    problem.map_or(Ok(()), |problem| Err(Error::new(template.span(), problem)))
}

/// The names of a template's variables, in order.
pub(crate) fn variables(template: &str) -> Vec<&str> {
    let after_braces = template.split('{').skip(1);
    after_braces
        .filter_map(|rest| Some(rest.split_once('}')?.0))
        .collect()
}

fn problem(template: &str) -> Option<String> {
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (Some(end), true) = (rest[at..].find('}'), rest[at..].starts_with('{')) else {
            return Some("this brace is unmatched; an expression is `{name}`".to_owned());
        };
        let name = &rest[at + 1..at + end];
        if name.is_empty()
            || !name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_.".contains(c))
        {
            return Some(format!(
                "`{{{name}}}` is not an expression of RFC 6570 level 1; write `{{name}}`"
            ));
        }
        rest = &rest[at + end + 1..];
    }
    None
}
