//! Names of arguments, and `args(name = expression)`, which sets the expressions of their values.

use proc_macro2::{Delimiter, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Token, parenthesized};

use crate::diagnostics::Diagnostics;
use crate::{entries, scope_template};

/// The name of an argument on the wire: `project`, or `project.id` for a member of an object.
pub(crate) struct ArgumentName {
    pub(crate) name: String,
    pub(crate) span: Span,
}

/// `name = expression`.
pub(crate) struct GivenArgument {
    pub(crate) name: ArgumentName,
    pub(crate) value: Expr,
}

/// `ArgumentName = LitStr | Word ("." Word)*`
///
/// The literal is for names that Rust has no identifier for, such as `"project-id"`.
pub(super) fn parse_name(input: ParseStream<'_>) -> syn::Result<ArgumentName> {
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        return checked(literal.value(), literal.span());
    }
    let expected = |error: syn::Error| {
        let message = "expected the name of an argument, such as `project`";
        syn::Error::new(error.span(), message)
    };
    let first = input.call(Ident::parse_any).map_err(expected)?;
    let mut name = first.unraw().to_string();
    while input.parse::<Option<Token![.]>>()?.is_some() {
        let part = input.call(Ident::parse_any).map_err(expected)?;
        name = format!("{name}.{}", part.unraw());
    }
    if input.peek(Token![-]) {
        return Err(
            input.error("a name with `-` is written as a string literal, such as `\"project-id\"`")
        );
    }
    checked(name, first.span())
}

fn checked(name: String, span: Span) -> syn::Result<ArgumentName> {
    if scope_template::is_argument_name(&name) {
        Ok(ArgumentName { name, span })
    } else {
        Err(syn::Error::new(span, scope_template::not_a_name(&name)))
    }
}

/// The arguments of one `args(..)`.
pub(crate) struct Given {
    pub(crate) word: Span,
    pub(crate) arguments: Vec<GivenArgument>,
    /// `true` if one could not be parsed: its name is unknown, but not missing.
    pub(crate) has_unread: bool,
}

/// The parentheses after `args`.
pub(super) fn parse_given(
    word: &Ident,
    input: ParseStream<'_>,
    mistakes: &mut Diagnostics,
) -> syn::Result<Given> {
    let inside;
    parenthesized!(inside in input);
    if inside.is_empty() {
        mistakes.error(
            word,
            "`args()` gives no argument; write `args(name = expression)`, or remove it",
        );
    }
    let mut has_unread = false;
    let arguments = entries::parse(&inside, mistakes, |input, mistakes| {
        let argument = parse_one(input, mistakes);
        has_unread |= argument.is_err() || !(input.is_empty() || input.peek(Token![,]));
        argument
    });
    Ok(Given {
        word: word.span(),
        arguments,
        has_unread,
    })
}

/// `GivenArgument = ArgumentName "=" Expr`
fn parse_one(input: ParseStream<'_>, mistakes: &mut Diagnostics) -> syn::Result<GivenArgument> {
    let name = parse_name(input)?;
    if !input.peek(Token![=]) {
        return Err(input.error(format!(
            "expected `=` and an expression: `args({} = ..)`",
            name.name
        )));
    }
    input.parse::<Token![=]>()?;
    let value: Expr = input.parse()?;
    if let Some(exit) = exit(value.to_token_stream()) {
        mistakes.push(exit);
    }
    Ok(GivenArgument { name, value })
}

/// Returns an error for the first token that would leave the guard before it has decided.
///
/// A closure runs its own body, so its tokens are skipped: from `|` to the end of the argument.
fn exit(tokens: TokenStream) -> Option<syn::Error> {
    let mut tokens = tokens.into_iter();
    let mut begins_operand = true;
    while let Some(token) = tokens.next() {
        let mut begins_next = false;
        let found = match &token {
            TokenTree::Group(group) => exit(group.stream()),
            TokenTree::Ident(word) => {
                begins_next = word == "move" || word == "async";
                leaves(word).then(|| not_allowed(word, word.span()))
            }
            TokenTree::Punct(mark) if mark.as_char() == '?' => Some(not_allowed(mark, mark.span())),
            TokenTree::Punct(mark) if mark.as_char() == '|' && begins_operand => {
                skip_closure(&mut tokens);
                None
            }
            TokenTree::Punct(mark) => {
                // The second half of `a || b` does not begin a closure.
                if mark.as_char() == '|' && mark.spacing() == Spacing::Joint {
                    tokens.next();
                }
                begins_next = true;
                None
            }
            TokenTree::Literal(_) => None,
        };
        if found.is_some() {
            return found;
        }
        begins_operand = begins_next;
    }
    None
}

fn leaves(word: &Ident) -> bool {
    matches!(
        word.to_string().as_str(),
        "await" | "return" | "break" | "continue" | "yield"
    )
}

fn not_allowed(what: impl std::fmt::Display, at: Span) -> syn::Error {
    syn::Error::new(
        at,
        format!(
            "`{what}` is not allowed in `args(..)`, whose values are read before the caller is \
             checked; write a path such as `request.project_id`, or call a function"
        ),
    )
}

/// Skips `a, b| body`, up to the comma behind the body.
fn skip_closure(tokens: &mut impl Iterator<Item = TokenTree>) {
    let is = |token: &TokenTree, mark| matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark);
    tokens.find(|token| is(token, '|'));
    tokens.find(|token| is(token, ','));
}

/// The tokens as text that is the same for every compiler: the lock file keeps it.
pub(crate) fn source(tokens: TokenStream) -> String {
    let mut text = String::new();
    let mut ends_word = false;
    let mut ends_mark = false;
    for token in tokens {
        let is_word = matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_));
        let is_mark = matches!(token, TokenTree::Punct(_));
        // `& &a` is not `&&a`, and `a b` is not `ab`.
        if (ends_word && is_word) || (ends_mark && is_mark) {
            text.push(' ');
        }
        ends_mark = false;
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                text.push_str(&source(group.stream()));
                text.push_str(close);
            }
            TokenTree::Punct(mark) => {
                text.push(mark.as_char());
                ends_mark = mark.spacing() == Spacing::Alone;
            }
            word => text.push_str(&word.to_string()),
        }
        ends_word = is_word;
    }
    text
}
