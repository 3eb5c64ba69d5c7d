//! `match(action, "list" => .., _ => ..)`: a requirement that an argument's text chooses.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{LitStr, Token, parenthesized, token};

use super::arguments::{self, ArgumentName};
use super::expression::{self, Expression};
use crate::diagnostics::Diagnostics;
use crate::entries;
use crate::scope_template::MAX_VALUE_BYTES;

const FORM: &str = "`match(action, \"list\" => \"entries:read\")`";

/// The requirements for the texts of an argument.
pub(crate) struct Choice {
    pub(crate) word: Span,
    pub(crate) argument: ArgumentName,
    pub(crate) arms: Vec<Arm>,
    /// The requirement for any other text; without it, the call is denied.
    pub(crate) otherwise: Option<Box<Expression>>,
}

/// The requirement for some texts. There is at least one text.
pub(crate) struct Arm {
    pub(crate) values: Vec<LitStr>,
    pub(crate) expression: Expression,
}

/// An arm before it is compared with the others.
struct ParsedArm {
    values: Values,
    /// `None` if a mistake in it is already recorded.
    expression: Option<Expression>,
}

enum Values {
    These(Vec<LitStr>),
    AnyOther(Token![_]),
}

/// `Choice = "match" "(" ArgumentName ("," Arm)* [","] ")"`
///
/// Returns `None` if the mistake is already recorded.
pub(super) fn parse(
    input: ParseStream<'_>,
    mistakes: &mut Diagnostics,
) -> syn::Result<Option<Choice>> {
    let word = input.parse::<Token![match]>()?;
    if !input.peek(token::Paren) {
        let message = format!("`match` takes its argument and arms in parentheses: {FORM}");
        return Err(syn::Error::new(word.span, message));
    }
    let inside;
    parenthesized!(inside in input);
    let mut argument = None;
    let mut is_first = true;
    let mut has_unread = false;
    let arms = entries::parse(&inside, mistakes, |input, mistakes| {
        if std::mem::take(&mut is_first) {
            let begins_arm = input.peek(Token![_])
                || (input.peek(LitStr) && (input.peek2(Token![=>]) || input.peek2(Token![|])));
            if !begins_arm {
                let name = arguments::parse_name(input)?;
                if !input.is_empty() && !input.peek(Token![,]) {
                    has_unread = true;
                    return Err(input.error("expected `,` after the name of the argument"));
                }
                argument = Some(name);
                return Ok(None);
            }
            mistakes.push(input.error(format!("`match` names its argument first: {FORM}")));
        }
        let arm = parse_arm(input, mistakes);
        has_unread |= arm.is_err();
        arm.map(Some)
    });
    if is_first {
        let message = format!("`match()` names no argument; write {FORM}");
        return Err(syn::Error::new(word.span, message));
    }
    let arms: Vec<_> = arms.into_iter().flatten().collect();
    let Some(argument) = argument else {
        return Ok(None);
    };
    check(&argument, &arms, mistakes);
    if !has_unread {
        mistakes.ok(check_count(word.span, &argument, &arms));
    }
    let mut choice = Choice {
        word: word.span,
        argument,
        arms: Vec::new(),
        otherwise: None,
    };
    for ParsedArm { values, expression } in arms {
        match (values, expression) {
            (_, None) => {}
            (Values::These(values), Some(expression)) => {
                choice.arms.push(Arm { values, expression });
            }
            (Values::AnyOther(_), Some(expression)) => choice.otherwise = Some(expression.into()),
        }
    }
    Ok(Some(choice))
}

/// `Arm = ("_" | LitStr ("|" LitStr)*) "=>" Expression`
fn parse_arm(input: ParseStream<'_>, mistakes: &mut Diagnostics) -> syn::Result<ParsedArm> {
    let values = if input.peek(Token![_]) {
        Values::AnyOther(input.parse()?)
    } else {
        let mut values = vec![parse_value(input)?];
        while input.parse::<Option<Token![|]>>()?.is_some() {
            values.push(parse_value(input)?);
        }
        Values::These(values)
    };
    if !input.peek(Token![=>]) {
        return Err(input.error("expected `=>` and a requirement: `\"list\" => \"entries:read\"`"));
    }
    input.parse::<Token![=>]>()?;
    let expression = expression::parse(input, mistakes)?;
    Ok(ParsedArm { values, expression })
}

fn parse_value(input: ParseStream<'_>) -> syn::Result<LitStr> {
    if !input.peek(LitStr) {
        return Err(input.error(
            "expected a value of the argument as a string literal, such as `\"list\"`, or `_` for \
             any other value",
        ));
    }
    let value: LitStr = input.parse()?;
    if value.value().len() > MAX_VALUE_BYTES {
        let message = format!(
            "this value is longer than {MAX_VALUE_BYTES} bytes, which is denied; remove it"
        );
        return Err(syn::Error::new(value.span(), message));
    }
    Ok(value)
}

/// Compares the arms with each other.
fn check(argument: &ArgumentName, arms: &[ParsedArm], mistakes: &mut Diagnostics) {
    let argument = &argument.name;
    let mut seen = HashSet::new();
    let mut otherwise = None;
    for arm in arms {
        match &arm.values {
            Values::These(values) => {
                if let Some(first) = otherwise.take() {
                    mistakes.error(
                        first,
                        "`_` takes every value, so that the arms after it are never chosen; move \
                         it to the end",
                    );
                }
                for value in values {
                    let text = value.value();
                    if !seen.insert(text.clone()) {
                        let message = format!(
                            "{text:?} appears twice in this `match({argument}, ..)`; remove this one"
                        );
                        mistakes.error(value, message);
                    }
                }
            }
            Values::AnyOther(second) if otherwise.is_some() => {
                mistakes.error(
                    second,
                    "`_` appears twice in this `match(..)`; remove this one",
                );
            }
            Values::AnyOther(first) => otherwise = Some(first),
        }
    }
}

/// Checks that there is a value to choose by.
fn check_count(word: Span, argument: &ArgumentName, arms: &[ParsedArm]) -> syn::Result<()> {
    let argument = &argument.name;
    let has_value = |arm: &ParsedArm| matches!(arm.values, Values::These(_));
    let message = if arms.is_empty() {
        format!(
            "`match({argument})` has no arms; write what each value requires: \
             `match({argument}, \"list\" => \"entries:read\")`"
        )
    } else if arms.iter().any(has_value) {
        return Ok(());
    } else {
        format!(
            "this `match({argument}, ..)` requires the same of every value; write the requirement \
             without `match`"
        )
    };
    Err(syn::Error::new(word, message))
}

impl Choice {
    /// The requirements of the arms, in order.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Expression> {
        let arms = self.arms.iter().map(|arm| &arm.expression);
        arms.chain(self.otherwise.as_deref())
    }

    /// The requirement in Markdown, for the function's docs.
    pub(super) fn markdown(&self) -> String {
        let name = &self.argument.name;
        let arms = self.arms.iter().map(|Arm { values, expression }| {
            let values: Vec<_> = values
                .iter()
                .map(|value| format!("`{}`", value.value()))
                .collect();
            format!(
                "{} if `{name}` is {}",
                expression.markdown_inside(),
                values.join(" or ")
            )
        });
        let text = arms.collect::<Vec<_>>().join(", ");
        match &self.otherwise {
            Some(otherwise) => format!("{text}, otherwise {}", otherwise.markdown_inside()),
            None => format!("{text}; any other value is denied"),
        }
    }
}
