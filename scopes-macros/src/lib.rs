//! The procedural macros of `scopes-core`, which re-exports them and documents how they are used.

#![doc(html_no_source)]

mod crate_path;
mod diagnostics;
mod entries;
mod requires_scopes;
mod returns;
mod scope_catalog;
mod scope_literal;
mod scope_template;
mod scoped_handler;
mod suggestion;
mod uri_template;

use proc_macro::TokenStream;

/// Declares the scopes of a program: derive it on an enum without fields.
///
/// Every variant carries `#[scope("name", ..)]`. Its doc comment, up to the first blank line, is
/// the description that a consent screen shows. After the name may follow, in any order:
///
/// - `implies(Variant, ..)`: whoever holds this scope also holds those, and what they imply;
/// - `baseline`: named in the `scope` parameter of a 401, so that a client asks for it first;
/// - `hidden`: enforced, but left out of every published list (RFC 9728 section 2 lets a resource
///   keep scopes to itself).
///
/// On the enum itself, `#[scope(crate = path)]` says where `scopes_core` is found.
///
/// The enum gets `ALL`, `as_str`, `description`, `Display`, `FromStr`, `From` into a scope token
/// and into a requirement's expression, and the trait of the same name.
///
/// # Errors
///
/// Does not compile when a name breaks the grammar of RFC 6749 section 3.3, is declared twice, or
/// is `offline_access`; when an implication names the scope itself, goes in a circle, or names a
/// variant that does not exist; and when a variant has fields or no `#[scope(..)]`.
#[proc_macro_derive(ScopeCatalog, attributes(scope))]
pub fn derive_scope_catalog(input: TokenStream) -> TokenStream {
    scope_catalog::derive(input.into()).into()
}

/// Guards a function: it runs only for a caller whose token grants what stands in the parentheses.
///
/// ```text
/// #[requires_scopes("entries:read")]                              one scope
/// #[requires_scopes(Scope::EntriesRead)]                          the same, by its variant
/// #[requires_scopes(any("entries:read", "entries:write"))]        one of them is enough
/// #[requires_scopes(all("entries:write", any("a", "b")))]         nested, to any depth
/// #[requires_scopes(authenticated)]                               any valid token
/// #[requires_scopes(public)]                                      no token at all
/// ```
///
/// After the requirement may follow, in any order:
///
/// | option | meaning | default |
/// |---|---|---|
/// | `tool = ".."`, `prompt = ".."` | the function is the MCP tool or prompt of this name | what a `#[tool]` or `#[prompt]` below says; otherwise a plain function |
/// | `resource = ".."` | the function is the MCP resource of this URI, or of this template (RFC 6570 level 1) | a plain function |
/// | `method = ".."` | the function is this JSON-RPC method, which MCP does not define | a plain function |
/// | `server = ".."` | the server of the program that serves it | the unnamed server |
/// | `unlisted` | the function is guarded, but not registered: for functions of `#[cfg(test)]` modules | registered |
/// | `catalog = path` | the enum that declares the scopes | the enum of the variants, if only variants are named; otherwise `crate::Scope` |
/// | `from = expr` | the caller to check (a `CallerSource`) | the current caller |
/// | `crate = path` | the path of `scopes_core` | `::scopes_core` |
///
/// An attribute sees only the attributes below it. Put this one above `#[tool]` and `#[prompt]`, also
/// where they stand in a `cfg_attr`. Below them, say what the function is with `tool = ".."`; otherwise
/// it is registered as a plain function, which never stands for a tool of its name. With
/// `#[cfg_attr(cond, requires_scopes(..))]` there is no guard where `cond` is false; the check at the
/// start then reports the operation as not annotated, and the gate denies it.
///
/// The name of a plain function is its path: `journal::Journal::purge`. A function with several of
/// these attributes runs only after all of their guards, and is one operation that requires all of
/// them.
///
/// The function keeps its signature. It returns `Result<_, E>` with `E: From<AuthorizeError>`, or
/// a future of one: an `async fn`, `impl Future`, a boxed future. The check then runs when the
/// future is first polled, before any of the body, and the future holds what the body uses. The
/// function is registered, and its docs gain one line that says what it requires.
///
/// # Default methods of traits
///
/// An implementation that overrides a trait's default method replaces the guard together with the
/// body, while the operation stays registered. A guard on a default method that takes `self` is
/// therefore a compile error: put it on the method in each `impl`, or on a function that the default
/// method calls. The error depends on `Self` not being `Sized` there. It is missing where the trait
/// has `Sized` as a supertrait (`Clone` brings it), where the method has `where Self: Sized`, and for
/// functions without `self`; do not annotate those either. It is also reported for a method of an
/// unsized type, such as one of `impl dyn Journal`: guard a function that the method calls.
///
/// # Errors
///
/// Does not compile when a scope is not declared in the catalog, when a group is empty or names a
/// scope twice, when an option is unknown or given twice, when an attribute below leaves open what
/// the function is, when the function is a default method, and when it has no way to return a
/// refusal.
#[proc_macro_attribute]
pub fn requires_scopes(args: TokenStream, item: TokenStream) -> TokenStream {
    requires_scopes::expand(args.into(), item.into()).into()
}

/// Guards an rmcp server: put it on `impl ServerHandler`, above or below `#[tool_handler]` and
/// `#[prompt_handler]`.
///
/// Every method of the `impl` that is given a request's context runs as the caller of that
/// request: of an HTTP request, the one that its token names; otherwise the one that the transport
/// was given. A method that invokes an operation runs only if the registry lists the operation and
/// the caller satisfies its requirement. That is the decision of the gate, and the only guard
/// of `complete`, `subscribe`, `listen` and the methods for tasks where there is no gate, as over stdio.
/// A refusal of a `tools/call` becomes a result with `isError`, which clients show to their model.
///
/// | option | meaning | default |
/// |---|---|---|
/// | `server = ".."` | the server of the program whose operations these are | the unnamed one |
/// | `registry = expr` | a `Registry`, for operations that are added at run time | the annotated operations of the server |
/// | `hide_unpermitted = expr` | lists leave out what the caller may not use | lists show everything, so that a client can learn of a scope to ask for |
/// | `describe_requirements = expr` | the entries of lists say in their `_meta` what they require | they do not |
/// | `crate = path` | the path of `scopes_core` | `::scopes_core` |
///
/// A list that hides is marked `cacheScope: private`.
///
/// # Errors
///
/// Does not compile on anything but an `impl` of a trait, or with an unknown option.
#[proc_macro_attribute]
pub fn scoped_handler(args: TokenStream, item: TokenStream) -> TokenStream {
    scoped_handler::expand(&args.into(), item.into()).into()
}
