//! The arguments in the parentheses of the attribute, parsed token by token.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, LitStr, Path, Token, token};

use super::arguments::{self, Given};
use super::expression::{self, Expression};
use super::item::HandlerKind;
use crate::diagnostics::Diagnostics;
use crate::{entries, suggestion};

const OPTIONS: [&str; 10] = [
    "args", "catalog", "tool", "prompt", "resource", "method", "server", "from", "unlisted",
    "crate",
];

/// The attribute's arguments, and the mistakes in them so far.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) requirements: Vec<Requirement>,
    pub(crate) arguments: Option<Given>,
    pub(crate) catalog: Option<Path>,
    /// `tool`, `prompt`, `resource` and `method`, each with the name on the wire.
    pub(crate) handlers: Vec<(HandlerKind, LitStr)>,
    pub(crate) server: Option<LitStr>,
    pub(crate) from: Option<Expr>,
    pub(crate) unlisted: Option<Span>,
    pub(crate) crate_path: Option<Path>,
    pub(crate) mistakes: Diagnostics,
    /// `true` if a requirement could not be parsed.
    pub(crate) has_unread: bool,
    given: Vec<String>,
}

/// One entry of the list that is not an option.
pub(crate) enum Requirement {
    Public(Span),
    Authenticated(Span),
    Scopes(Expression),
}

/// `Args = [ Entry ("," Entry)* [","] ]`
pub(crate) fn parse(arguments: TokenStream) -> Args {
    let mut args = Args::default();
    let mut mistakes = Diagnostics::default();
    let read = |input: ParseStream<'_>| {
        entries::parse(input, &mut mistakes, |input, mistakes| {
            args.parse_entry(input, mistakes)
        });
        Ok(())
    };
    let result = Parser::parse2(read, arguments);
    mistakes.ok(result);
    Args { mistakes, ..args }
}

impl Args {
    /// `Entry = Option | "args" "(" GivenArgument ("," GivenArgument)* [","] ")" | Requirement`
    fn parse_entry(
        &mut self,
        input: ParseStream<'_>,
        mistakes: &mut Diagnostics,
    ) -> syn::Result<()> {
        if input.peek(Ident::peek_any) && input.peek2(Token![=]) {
            return self.parse_option(input, mistakes);
        }
        if input.peek(Ident)
            && input.peek2(token::Paren)
            && input.fork().parse::<Ident>()? == "args"
        {
            let word: Ident = input.parse()?;
            self.note("args", &word, mistakes);
            self.arguments = Some(arguments::parse_given(&word, input, mistakes)?);
            return Ok(());
        }
        if let Some(word) = parse_alone(input, "unlisted") {
            self.note("unlisted", &word, mistakes);
            self.unlisted = Some(word.span());
            return Ok(());
        }
        let requirement = parse_requirement(input, mistakes);
        self.has_unread |= !matches!(requirement, Ok(Some(_)));
        self.requirements.extend(requirement?);
        Ok(())
    }

    /// `Option = "catalog" "=" Path | ("tool" | "prompt" | "resource" | "method") "=" LitStr
    ///         | "server" "=" LitStr | "from" "=" Expr | "unlisted" | "crate" "=" Path`
    fn parse_option(
        &mut self,
        input: ParseStream<'_>,
        mistakes: &mut Diagnostics,
    ) -> syn::Result<()> {
        let word = input.call(Ident::parse_any)?;
        let option = word.to_string();
        input.parse::<Token![=]>()?;
        match option.as_str() {
            "catalog" => self.catalog = Some(input.call(Path::parse_mod_style)?),
            "tool" => self.parse_handler(HandlerKind::Tool, input)?,
            "prompt" => self.parse_handler(HandlerKind::Prompt, input)?,
            "resource" => self.parse_handler(HandlerKind::Resource, input)?,
            "method" => self.parse_handler(HandlerKind::Method, input)?,
            "server" => self.server = Some(entries::parse_text(input, "server")?),
            "from" => self.from = Some(input.parse()?),
            "unlisted" => {
                let message = "`unlisted` takes no value; write `unlisted` alone";
                return Err(syn::Error::new(word.span(), message));
            }
            "args" => {
                let message = "`args` takes parentheses: `args(name = expression)`";
                return Err(syn::Error::new(word.span(), message));
            }
            "crate" => self.crate_path = Some(input.call(Path::parse_mod_style)?),
            unknown => {
                let message = suggestion::unknown_option(unknown, &OPTIONS);
                return Err(syn::Error::new(word.span(), message));
            }
        }
        self.note(&option, &word, mistakes);
        Ok(())
    }

    fn parse_handler(&mut self, kind: HandlerKind, input: ParseStream<'_>) -> syn::Result<()> {
        self.handlers
            .push((kind, entries::parse_text(input, kind.option())?));
        Ok(())
    }

    /// Records that `option` is given, and reports a repetition.
    fn note(&mut self, option: &str, word: &Ident, mistakes: &mut Diagnostics) {
        if self.given.iter().any(|given| given == option) {
            mistakes.error(word, format!("`{option}` is given twice; remove this one"));
        }
        self.given.push(option.to_owned());
    }
}

/// Takes `word`, if it is the whole entry.
fn parse_alone(input: ParseStream<'_>, word: &str) -> Option<Ident> {
    let ahead = input.fork();
    let found = ahead.parse::<Ident>().ok()?;
    let alone = ahead.is_empty() || ahead.peek(Token![,]);
    (alone && found == word).then(|| {
        input.advance_to(&ahead);
        found
    })
}

/// `Requirement = "authenticated" | "public" | Expression`
fn parse_requirement(
    input: ParseStream<'_>,
    mistakes: &mut Diagnostics,
) -> syn::Result<Option<Requirement>> {
    if let Some(word) = parse_alone(input, "authenticated") {
        return Ok(Some(Requirement::Authenticated(word.span())));
    }
    if let Some(word) = parse_alone(input, "public") {
        return Ok(Some(Requirement::Public(word.span())));
    }
    Ok(expression::parse(input, mistakes)?.map(Requirement::Scopes))
}
