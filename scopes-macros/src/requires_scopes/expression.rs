//! The scopes that a token must grant, as they are written in the attribute.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Ident, LitStr, Path, Token, parenthesized, token};

use super::choice::{self, Choice};
use crate::diagnostics::Diagnostics;
use crate::scope_literal::ScopeLiteral;
use crate::{entries, scope_literal, suggestion};

const WORDS: [&str; 5] = ["any", "all", "match", "authenticated", "public"];

/// The scopes that a token must grant.
pub(crate) enum Expression {
    Literal(ScopeLiteral),
    Variant(Path),
    Group(Group),
    Choice(Choice),
}

/// `any(..)` or `all(..)`.
pub(crate) struct Group {
    pub(crate) word: Ident,
    pub(crate) join: Join,
    pub(crate) members: Vec<Expression>,
}

/// The members of a group that must hold: one, or every one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    Any,
    All,
}

/// `Expression = LitStr | Path | ("any" | "all") "(" [ Expression ("," Expression)* [","] ] ")"
///             | Choice`
///
/// Returns `None` if the mistake is already recorded.
pub(super) fn parse(
    input: ParseStream<'_>,
    mistakes: &mut Diagnostics,
) -> syn::Result<Option<Expression>> {
    let expression = parse_one(input, mistakes)?;
    check_operator(input)?;
    Ok(expression)
}

/// An operator of Rust, or its word, stands where scopes are joined by a group.
fn check_operator(input: ParseStream<'_>) -> syn::Result<()> {
    let word = input.fork().call(Ident::parse_any).map(|it| it.to_string());
    let operator = match word.as_deref() {
        Ok(word @ ("or" | "and")) => word,
        _ if input.peek(Token![||]) => "||",
        _ if input.peek(Token![|]) => "|",
        _ if input.peek(Token![&&]) => "&&",
        _ if input.peek(Token![&]) => "&",
        _ if input.peek(Token![+]) => "+",
        _ => return Ok(()),
    };
    let group = match operator {
        "or" | "|" | "||" => "any",
        _ => "all",
    };
    Err(input.error(format!(
        "`{operator}` does not join scopes; write `{group}(\"a\", \"b\")`"
    )))
}

fn parse_one(
    input: ParseStream<'_>,
    mistakes: &mut Diagnostics,
) -> syn::Result<Option<Expression>> {
    if input.peek(LitStr) {
        let literal = scope_literal::read(input.parse()?, mistakes);
        return Ok(Some(Expression::Literal(literal)));
    }
    if input.peek(Token![match]) {
        return Ok(choice::parse(input, mistakes)?.map(Expression::Choice));
    }
    if input.peek(Ident) && input.peek2(token::Paren) {
        return parse_group(input, mistakes);
    }
    if !input.peek(Ident::peek_any) && !input.peek(Token![::]) {
        return Err(input.error(
            "expected a scope: its name as a string literal, its variant, `any(..)`, `all(..)` or \
             `match(..)`",
        ));
    }
    let path = input.call(Path::parse_mod_style)?;
    if input.peek(Token![:])
        || input.peek(Token![-])
        || input.peek(Token![.])
        || input.peek(Token![/])
    {
        let name = unquoted(&path, input);
        let message = format!("a scope name is a string literal: `{name:?}`");
        return Err(syn::Error::new_spanned(path, message));
    }
    let message = match path.get_ident().map(Ident::to_string).as_deref() {
        Some(group @ ("any" | "all")) => {
            format!("`{group}` needs its scopes: `{group}(\"a\", \"b\")`")
        }
        Some(level @ ("authenticated" | "public")) => {
            format!("`{level}` cannot be combined with scopes; remove one of them")
        }
        Some("args") => "`args` takes parentheses: `args(name = expression)`".to_owned(),
        _ => return Ok(Some(Expression::Variant(path))),
    };
    Err(syn::Error::new_spanned(path, message))
}

/// The name that begins with `path`, as it stands there up to the next comma.
fn unquoted(path: &Path, input: ParseStream<'_>) -> String {
    let mut name = path.to_token_stream().to_string();
    let ahead = input.fork();
    while !ahead.is_empty() && !ahead.peek(Token![,]) {
        match ahead.parse::<TokenTree>() {
            Ok(token) => name.push_str(&token.to_string()),
            Err(_) => break,
        }
    }
    name
}

fn parse_group(
    input: ParseStream<'_>,
    mistakes: &mut Diagnostics,
) -> syn::Result<Option<Expression>> {
    let word: Ident = input.parse()?;
    let inside;
    parenthesized!(inside in input);
    let join = match word.to_string().as_str() {
        "any" => Join::Any,
        "all" => Join::All,
        "args" => {
            mistakes.error(
                &word,
                "`args(..)` belongs beside the requirement, not inside it; move it to the end of \
                 the attribute",
            );
            inside.parse::<TokenStream>()?;
            return Ok(None);
        }
        unknown => {
            let instead = suggestion::instead(unknown, &WORDS);
            mistakes.error(&word, format!("there is no `{unknown}(..)`; {instead}"));
            // The contents of a misspelt `match` are not scopes.
            if suggestion::nearest(unknown, WORDS) == Some("match") {
                inside.parse::<TokenStream>()?;
            } else {
                entries::parse(&inside, mistakes, parse);
            }
            return Ok(None);
        }
    };
    if inside.is_empty() {
        let why = match join {
            Join::Any => "`any()` denies every caller",
            Join::All => "`all()` allows every caller",
        };
        mistakes.error(&word, format!("{why}; name at least one scope"));
    }
    let members = entries::parse(&inside, mistakes, parse);
    let members = members.into_iter().flatten().collect();
    Ok(Some(Expression::Group(Group {
        word,
        join,
        members,
    })))
}

impl Expression {
    /// The expressions directly inside this one.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Literal(_) | Self::Variant(_) => Vec::new(),
            Self::Group(group) => group.members.iter().collect(),
            Self::Choice(choice) => choice.parts().collect(),
        }
    }

    /// The scopes, each as a literal or a variant, in order.
    pub(super) fn scopes(&self) -> Vec<&Self> {
        match self {
            Self::Literal(_) | Self::Variant(_) => vec![self],
            Self::Group(_) | Self::Choice(_) => {
                let parts = self.parts().into_iter();
                parts.flat_map(Self::scopes).collect()
            }
        }
    }

    /// Returns whether this is one scope.
    pub(super) fn is_scope(&self) -> bool {
        matches!(self, Self::Literal(_) | Self::Variant(_))
    }

    /// The names of the arguments that the decision reads, each once, in order, and where they stand.
    pub(super) fn arguments(&self) -> Vec<(String, Span)> {
        let mut found = Vec::new();
        self.find_arguments(&mut found);
        found
    }

    fn find_arguments(&self, found: &mut Vec<(String, Span)>) {
        let mut add = |name: &str, at| {
            if !found.iter().any(|(known, _)| known == name) {
                found.push((name.to_owned(), at));
            }
        };
        match self {
            Self::Literal(ScopeLiteral { name, template }) => {
                for placeholder in template.placeholders() {
                    add(placeholder, name.span());
                }
            }
            Self::Choice(choice) => add(&choice.argument.name, choice.argument.span),
            Self::Variant(_) | Self::Group(_) => {}
        }
        for part in self.parts() {
            part.find_arguments(found);
        }
    }

    /// Returns the expression as the user wrote it, for a message.
    pub(super) fn source(&self) -> String {
        match self {
            Self::Literal(literal) => format!("{:?}", literal.name.value()),
            Self::Variant(path) => path.to_token_stream().to_string().replace(' ', ""),
            Self::Group(Group { word, members, .. }) => {
                let members: Vec<_> = members.iter().map(Self::source).collect();
                format!("{word}({})", members.join(", "))
            }
            Self::Choice(choice) => format!("match({}, ..)", choice.argument.name),
        }
    }

    pub(super) fn span(&self) -> Span {
        match self {
            Self::Literal(literal) => literal.name.span(),
            Self::Variant(path) => Spanned::span(path),
            Self::Group(group) => group.word.span(),
            Self::Choice(choice) => choice.word,
        }
    }

    /// The requirement in Markdown, for the function's docs.
    pub(crate) fn markdown(&self) -> String {
        match self {
            Self::Literal(literal) => format!("`{}`", literal.name.value()),
            Self::Variant(_) => format!("`{}`", self.source()),
            Self::Group(Group { join, members, .. }) => {
                let word = if *join == Join::Any { " or " } else { " and " };
                let members: Vec<_> = members.iter().map(Self::markdown_inside).collect();
                members.join(word)
            }
            Self::Choice(choice) => choice.markdown(),
        }
    }

    /// The same as a part of another expression.
    pub(super) fn markdown_inside(&self) -> String {
        if self.is_scope() {
            self.markdown()
        } else {
            format!("({})", self.markdown())
        }
    }
}
