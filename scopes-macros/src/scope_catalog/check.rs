//! Holds the declared scopes against each other.

use std::collections::HashMap;

use syn::{Ident, Visibility};

use super::args::{Declared, DeclaredScope};
use super::templates;
use crate::crate_path::CratePath;
use crate::diagnostics::Diagnostics;
use crate::scope_literal::ScopeLiteral;
use crate::suggestion;

/// A catalog without mistakes.
pub(crate) struct Catalog {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) crate_path: CratePath,
    pub(crate) scopes: Vec<Scope>,
}

/// One scope; others are named by their position in the catalog.
pub(crate) struct Scope {
    pub(crate) ident: Ident,
    pub(crate) name: ScopeLiteral,
    pub(crate) description: String,
    pub(crate) implies: Vec<u16>,
    pub(crate) implied: Vec<u16>,
    pub(crate) baseline: bool,
    pub(crate) hidden: bool,
    pub(crate) requestable: bool,
}

/// Turns what was declared into a catalog, or reports everything that contradicts itself.
pub(crate) fn check(declared: Declared) -> syn::Result<Catalog> {
    let mut mistakes = Diagnostics::default();
    check_names(&declared.scopes, &mut mistakes);
    let implications = check_implications(&declared.scopes, &mut mistakes);
    templates::check(&declared.scopes, &implications, &mut mistakes);
    mistakes.finish()?;

    let implied = (0..implications.len()).map(|scope| reachable(scope, &implications));
    let implied: Vec<_> = implied.collect();
    let scopes = declared
        .scopes
        .into_iter()
        .zip(implications)
        .zip(implied)
        .map(|((scope, implies), implied)| Scope {
            ident: scope.ident,
            name: scope.name,
            description: scope.description,
            implies,
            implied,
            baseline: scope.options.baseline.is_some(),
            hidden: scope.options.hidden.is_some(),
            requestable: scope.options.requestable.is_some(),
        });
    Ok(Catalog {
        ident: declared.ident,
        vis: declared.vis,
        crate_path: declared.crate_path,
        scopes: scopes.collect(),
    })
}

fn check_names(scopes: &[DeclaredScope], mistakes: &mut Diagnostics) {
    let mut names: HashMap<String, &Ident> = HashMap::new();
    for scope in scopes {
        let name = scope.name.name.value();
        if let Some(first) = names.get(&name) {
            mistakes.error(
                &scope.name.name,
                format!("`{name}` is already declared as `{first}`; choose another name, or remove this one"),
            );
        } else {
            names.insert(name, &scope.ident);
        }
        if let (Some(_), Some(hidden)) = (scope.options.baseline, scope.options.hidden) {
            mistakes.push(syn::Error::new(
                hidden,
                "a `hidden` scope cannot be `baseline`, which every 401 publishes; remove one of them",
            ));
        }
    }
    if scopes.len() > usize::from(u16::MAX) {
        mistakes.error(
            &scopes[usize::from(u16::MAX)].name.name,
            "a catalog holds at most 65535 scopes",
        );
    }
}

/// For every scope the positions of those that it names in `implies(..)`.
fn check_implications(scopes: &[DeclaredScope], mistakes: &mut Diagnostics) -> Vec<Vec<u16>> {
    let positions: HashMap<&Ident, u16> =
        scopes.iter().map(|scope| &scope.ident).zip(0..).collect();
    let variants: Vec<String> = scopes.iter().map(|scope| scope.ident.to_string()).collect();
    let variants: Vec<&str> = variants.iter().map(String::as_str).collect();

    let mut implications: Vec<Vec<u16>> = Vec::with_capacity(scopes.len());
    for scope in scopes {
        let mut implies = Vec::new();
        for implied in &scope.implies {
            match positions.get(implied) {
                None => {
                    let instead = suggestion::instead(&implied.to_string(), &variants);
                    mistakes.error(
                        implied,
                        format!("there is no variant `{implied}`; {instead}"),
                    );
                }
                Some(_) if *implied == scope.ident => {
                    mistakes.error(implied, format!("`{implied}` implies itself; remove it"));
                }
                Some(position) if implies.contains(position) => {
                    mistakes.error(
                        implied,
                        format!("`{implied}` is implied twice; remove this one"),
                    );
                }
                Some(position) => implies.push(*position),
            }
        }
        implications.push(implies);
    }
    check_cycles(scopes, &implications, mistakes);
    implications
}

/// Reports every cycle once, at the implication that closes it.
fn check_cycles(scopes: &[DeclaredScope], implications: &[Vec<u16>], mistakes: &mut Diagnostics) {
    let mut finished = vec![false; scopes.len()];
    for start in 0..scopes.len() {
        // The way from `start`: each scope on it, with how many of its implications were followed.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((scope, followed)) = way.last_mut() {
            let (from, next) = (*scope, *followed);
            *followed += 1;
            if finished[from] || next == implications[from].len() {
                finished[from] = true;
                way.pop();
                continue;
            }
            let to = usize::from(implications[from][next]);
            if let Some(at) = way.iter().position(|(scope, _)| *scope == to) {
                let mut cycle: Vec<_> = way[at..]
                    .iter()
                    .map(|(scope, _)| format!("`{}`", scopes[*scope].ident))
                    .collect();
                cycle.push(format!("`{}`", scopes[to].ident));
                let closing = scopes[from]
                    .implies
                    .iter()
                    .find(|ident| **ident == scopes[to].ident);
                mistakes.error(
                    closing,
                    format!(
                        "implications form a cycle: {}; remove one of them",
                        cycle.join(" -> ")
                    ),
                );
            } else if !finished[to] {
                way.push((to, 0));
            }
        }
    }
}

/// Everything that holding `scope` brings, itself left out, in catalog order.
pub(super) fn reachable(scope: usize, implications: &[Vec<u16>]) -> Vec<u16> {
    let mut reached = vec![false; implications.len()];
    let mut open = vec![scope];
    while let Some(next) = open.pop() {
        for &implied in &implications[next] {
            if !std::mem::replace(&mut reached[usize::from(implied)], true) {
                open.push(usize::from(implied));
            }
        }
    }
    (0..)
        .zip(reached)
        .filter_map(|(position, reached)| reached.then_some(position))
        .collect()
}
