//! The modules of a crate, read from its files: what each declares, re-exports and imports.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::slice::from_ref;

use syn::{Attribute, Ident, ImplItem, Item, UseTree, Visibility};

/// The segments of a path from the root of the crate, without `crate`.
pub(crate) type ModulePath = Vec<String>;

pub(crate) struct Module {
    pub(crate) path: ModulePath,
    /// The file it is written in, relative to the root of the crate's source.
    pub(crate) file: String,
    pub(crate) items: Vec<Item>,
    names: HashMap<String, Name>,
    children: HashMap<String, bool>,
    /// Where the names come from that `use` brings in for this module alone.
    imports: HashMap<String, ModulePath>,
}

/// An item that a module declares or re-exports.
struct Name {
    is_public: bool,
    reexport_of: Option<ModulePath>,
}

/// An item, by the file that declares it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Declared {
    pub(crate) file: String,
    pub(crate) name: String,
}

pub(crate) struct Crate {
    pub(crate) modules: HashMap<ModulePath, Module>,
}

impl Module {
    /// The absolute path that a path written in this module means, if it is one of this crate.
    pub(crate) fn absolute(&self, path: &[String]) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        within_crate(self, path).or_else(|| {
            let imported = self.imports.get(first)?;
            Some([imported.as_slice(), rest].concat())
        })
    }
}

impl Crate {
    /// Reads `lib.rs` in this folder, and every file below that a module is written in.
    pub(crate) fn read(source: &Path) -> Self {
        let mut modules = HashMap::new();
        let text = fs::read_to_string(source.join("lib.rs")).expect("lib.rs");
        let items = syn::parse_file(&text).expect("Rust").items;
        collect(source, &mut modules, Vec::new(), "lib.rs".to_owned(), items);
        Self { modules }
    }

    /// The item that an absolute path names, through every re-export; `None` for modules and for what
    /// is not of this crate.
    pub(crate) fn resolve(&self, path: &[String]) -> Option<Declared> {
        let mut module = &self.modules[&Vec::new()];
        for (index, segment) in path.iter().enumerate() {
            let rest = &path[index + 1..];
            let name = module.names.get(segment);
            let descends = module.children.contains_key(segment);
            if let Some(name) = name
                && (rest.is_empty() || !descends)
            {
                let reexported = name.reexport_of.as_ref().and_then(|target| {
                    let path = [target.as_slice(), rest].concat();
                    self.resolve(&path)
                });
                return Some(reexported.unwrap_or_else(|| Declared {
                    file: module.file.clone(),
                    name: segment.clone(),
                }));
            }
            let child = [module.path.as_slice(), from_ref(segment)].concat();
            module = self.modules.get(&child)?;
        }
        None
    }

    /// Every item that a user of the crate can name.
    pub(crate) fn public(&self) -> BTreeSet<Declared> {
        let mut public = BTreeSet::new();
        let mut open = vec![Vec::new()];
        let mut seen = BTreeSet::new();
        while let Some(path) = open.pop() {
            let Some(module) = self.modules.get(&path) else {
                continue;
            };
            if !seen.insert(path.clone()) {
                continue;
            }
            let children = module.children.iter().filter(|(_, is_public)| **is_public);
            open.extend(children.map(|(name, _)| [path.as_slice(), from_ref(name)].concat()));
            for (name, _) in module.names.iter().filter(|(_, name)| name.is_public) {
                let full = [path.as_slice(), from_ref(name)].concat();
                public.extend(self.resolve(&full));
                open.extend(module.names[name].reexport_of.clone());
            }
        }
        public
    }

    /// The functions of each type that its visibility limits to the crate.
    pub(crate) fn limited_functions(&self) -> Vec<(Declared, String)> {
        let blocks = self.modules.values().flat_map(|module| {
            let blocks = module.items.iter().filter_map(|item| match item {
                Item::Impl(block) => Some(block),
                _ => None,
            });
            blocks.map(move |block| (module, block))
        });
        let mut limited = Vec::new();
        for (module, block) in blocks {
            let syn::Type::Path(implemented) = &*block.self_ty else {
                continue;
            };
            let written: Vec<_> = segments(&implemented.path);
            let here = [module.path.as_slice(), &written].concat();
            let imported = module.absolute(&written);
            let Some(of) = self.resolve(&imported.unwrap_or(here)) else {
                continue;
            };
            for item in &block.items {
                if let ImplItem::Fn(function) = item
                    && matches!(function.vis, Visibility::Restricted(_))
                {
                    limited.push((of.clone(), function.sig.ident.to_string()));
                }
            }
        }
        limited
    }
}

/// The segments of a path, without generic arguments.
pub(crate) fn segments(path: &syn::Path) -> Vec<String> {
    let segments = path.segments.iter();
    segments.map(|segment| segment.ident.to_string()).collect()
}

fn collect(
    source: &Path,
    modules: &mut HashMap<ModulePath, Module>,
    path: ModulePath,
    file: String,
    items: Vec<Item>,
) {
    let mut module = Module {
        path,
        file,
        items: Vec::new(),
        names: HashMap::new(),
        children: HashMap::new(),
        imports: HashMap::new(),
    };
    let (inner, items): (Vec<Item>, Vec<Item>) = items
        .into_iter()
        .filter(|item| !matches!(item, Item::Mod(inner) if is_test(&inner.attrs)))
        .partition(|item| matches!(item, Item::Mod(_)));
    for item in inner {
        let Item::Mod(inner) = item else { continue };
        let name = inner.ident.to_string();
        module.children.insert(name.clone(), is_public(&inner.vis));
        let path = [module.path.as_slice(), &[name]].concat();
        let (file, items) = match inner.content {
            Some((_, items)) => (module.file.clone(), items),
            None => read(source, &path),
        };
        collect(source, modules, path, file, items);
    }
    for item in &items {
        if let Item::Use(item) = item {
            let reexports = !matches!(item.vis, Visibility::Inherited);
            for (name, path) in leaves(&item.tree) {
                let path = within_crate(&module, &path);
                if reexports {
                    let (is_public, reexport_of) = (is_public(&item.vis), path);
                    module.names.insert(
                        name,
                        Name {
                            is_public,
                            reexport_of,
                        },
                    );
                } else if let Some(path) = path {
                    module.imports.insert(name, path);
                }
            }
        } else if let Some((name, visibility)) = declaration(item) {
            let (is_public, reexport_of) = (is_public(visibility), None);
            module.names.insert(
                name.to_string(),
                Name {
                    is_public,
                    reexport_of,
                },
            );
        }
    }
    module.items = items;
    modules.insert(module.path.clone(), module);
}

/// The file of a module, beside or below the file of its parent.
fn read(source: &Path, path: &[String]) -> (String, Vec<Item>) {
    let path = path.join("/");
    let files = [format!("{path}.rs"), format!("{path}/mod.rs")];
    let file = files.into_iter().find(|file| source.join(file).exists());
    let file = file.unwrap_or_else(|| panic!("no file for the module {path}"));
    let text = fs::read_to_string(source.join(&file)).expect("UTF-8");
    let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    (file, parsed.items)
}

/// What a `use` brings in: the name, and the path as it is written.
pub(crate) fn leaves(tree: &UseTree) -> Vec<(String, Vec<String>)> {
    match tree {
        UseTree::Path(path) => {
            let first = path.ident.to_string();
            let mut inner = leaves(&path.tree);
            for (name, path) in &mut inner {
                if path == &["self"] {
                    path.clear();
                    if name == "self" {
                        name.clone_from(&first);
                    }
                }
                path.insert(0, first.clone());
            }
            inner
        }
        UseTree::Name(name) => vec![(name.ident.to_string(), vec![name.ident.to_string()])],
        UseTree::Rename(rename) => {
            vec![(rename.rename.to_string(), vec![rename.ident.to_string()])]
        }
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
        UseTree::Glob(_) => Vec::new(),
    }
}

/// The path from the root, where the path begins with a keyword or a child module.
fn within_crate(module: &Module, path: &[String]) -> Option<ModulePath> {
    let (first, rest) = path.split_first()?;
    let mut base = match first.as_str() {
        "crate" => Vec::new(),
        "self" => module.path.clone(),
        "super" => module.path.split_last()?.1.to_vec(),
        first if module.children.contains_key(first) => {
            [module.path.as_slice(), &[first.to_owned()]].concat()
        }
        _ => return None,
    };
    for segment in rest {
        match segment.as_str() {
            "super" => drop(base.pop()),
            _ => base.push(segment.clone()),
        }
    }
    Some(base)
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<Ident>()
                .is_ok_and(|cfg| cfg == "test")
    })
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn declaration(item: &Item) -> Option<(&Ident, &Visibility)> {
    Some(match item {
        Item::Const(item) => (&item.ident, &item.vis),
        Item::Enum(item) => (&item.ident, &item.vis),
        Item::Fn(item) => (&item.sig.ident, &item.vis),
        Item::Static(item) => (&item.ident, &item.vis),
        Item::Struct(item) => (&item.ident, &item.vis),
        Item::Trait(item) => (&item.ident, &item.vis),
        Item::Type(item) => (&item.ident, &item.vis),
        Item::Union(item) => (&item.ident, &item.vis),
        _ => return None,
    })
}
