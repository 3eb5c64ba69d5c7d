//! Arrows between the files of a crate: which file names an item that another declares.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{ExprMethodCall, Item, ItemMod, Macro, Visibility};

use crate::modules::{Crate, Declared, Module, leaves, segments};

/// What each file uses.
#[derive(Default)]
pub(crate) struct Uses {
    pub(crate) items: BTreeMap<String, BTreeSet<Declared>>,
    /// Functions of types, such as `Caller::from`, and of modules.
    functions: BTreeMap<String, BTreeSet<(Declared, String)>>,
    /// Methods, whose types only the compiler knows.
    methods: BTreeMap<String, BTreeSet<String>>,
}

impl Uses {
    pub(crate) fn of(read: &Crate) -> Self {
        let mut uses = Self::default();
        for module in read.modules.values() {
            let mut visitor = Visitor {
                read,
                module,
                uses: &mut uses,
            };
            for item in &module.items {
                visitor.visit_item(item);
            }
        }
        uses
    }

    /// Whether the file calls the function of the type, or a method of its name while it uses the type.
    pub(crate) fn calls(&self, file: &str, of: &Declared, function: &str) -> bool {
        let called = (of.clone(), function.to_owned());
        let functions = self.functions.get(file);
        let methods = self.methods.get(file);
        functions.is_some_and(|functions| functions.contains(&called))
            || methods.is_some_and(|methods| methods.contains(function))
                && self.items[file].contains(of)
    }

    /// The files that each file names items of.
    pub(crate) fn arrows(&self) -> BTreeSet<(&str, &str)> {
        let arrows = self.items.iter().flat_map(|(from, items)| {
            let targets = items.iter().map(|item| item.file.as_str());
            targets.map(move |to| (from.as_str(), to))
        });
        arrows.filter(|(from, to)| from != to).collect()
    }
}

struct Visitor<'a> {
    read: &'a Crate,
    module: &'a Module,
    uses: &'a mut Uses,
}

impl Visitor<'_> {
    fn uses(&mut self, path: &[String]) {
        let absolute = self.module.absolute(path);
        if let Some(item) = absolute.and_then(|path| self.read.resolve(&path)) {
            let file = self.module.file.clone();
            self.uses.items.entry(file).or_default().insert(item);
        }
        let Some((function, of)) = path.split_last() else {
            return;
        };
        let of = self.module.absolute(of);
        if let Some(of) = of.and_then(|path| self.read.resolve(&path)) {
            let file = self.module.file.clone();
            let functions = self.uses.functions.entry(file).or_default();
            functions.insert((of, function.clone()));
        }
    }

    /// Paths in the arguments of a macro, which are tokens.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.uses(&std::mem::take(&mut path));
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                    colons = 0;
                }
                _ => colons = 0,
            }
        }
        self.uses(&path);
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            // A re-export is another name for an item, and no use of it.
            Item::Use(item) if matches!(item.vis, Visibility::Inherited) => {
                for (_, path) in leaves(&item.tree) {
                    self.uses(&path);
                }
            }
            Item::Use(_) => {}
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.uses(&segments(path));
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let methods = self.uses.methods.entry(self.module.file.clone());
        methods.or_default().insert(call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, invocation: &'ast Macro) {
        self.visit_path(&invocation.path);
        self.tokens(invocation.tokens.clone());
    }
}
