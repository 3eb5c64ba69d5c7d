//! The procedural macros of `scopes-core`, which re-exports them and documents their use.

#![doc(html_no_source)]

mod crate_path;
mod diagnostics;
mod doc_comment;
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

/// Derives a catalog for an enum without fields.
///
/// Every variant has `#[scope("name", ..)]`. Its doc comment, up to the first blank line, is the
/// description for consent screens. These options can follow the name, in any order:
///
/// - `implies(Variant, ..)`: this scope grants those as well, and the scopes that they imply;
/// - `baseline`: named in the `scope` parameter of a 401, so that a client requests it first. Clients
///   that register themselves register for it, and some authorization servers never grant them more:
///   `ResourceServerBuilder::challenge_baseline` keeps it out of the 401;
/// - `hidden`: enforced, but left out of every published list (RFC 9728 section 2 lets a resource
///   keep scopes to itself);
/// - `requestable`: for names with placeholders, see below.
///
/// On the enum itself, `#[scope(crate = path)]` sets the path of `scopes_core`.
///
/// The enum gets `ALL`, `as_str`, `description`, `Display`, `FromStr`, `From` into `ScopeName` and
/// into `RequiredScope`, and the trait of the same name.
///
/// # Placeholders
///
/// In a name, `{project}` stands for the value of an argument:
///
/// ```text
/// #[scope("projects:write", implies(ProjectWrite))]                 every project
/// ProjectsWrite,
/// #[scope("projects:{project}:write", implies(ProjectRead))]        one project
/// ProjectWrite,
/// #[scope("projects:{project}:read")]
/// ProjectRead,
/// ```
///
/// - A placeholder is a whole segment between `:`, `/` and the ends of the name. It is named like an
///   argument on the wire: ASCII letters, digits, `_` and `-`, with a letter or `_` first. A member
///   of an object is written `{project.id}`.
/// - A value is one segment: 1 to 128 of the characters of scope names without `:`, `/`, `*`, `{`,
///   `}`, `,`, `=`, `;` and `'`, and not `.` or `..`. A call with any other value is denied. Nothing
///   is encoded or trimmed.
/// - No two names of a catalog match one concrete name. A catalog with `projects:{project}:write`
///   therefore cannot declare `projects:all:write` or `{kind}:all:write`.
/// - An implied scope takes its values from the scope that implies it, by the names of the
///   placeholders. A scope without placeholders implies one with placeholders for every value. Then
///   it cannot itself be implied by one with placeholders, because that would turn one value into
///   every value.
/// - If a scope without placeholders implies this one, a refusal names that scope, because most
///   authorization servers do not support concrete names. `requestable` declares that the
///   authorization server issues the concrete names: then a refusal names those.
/// - A scope with placeholders cannot be `baseline`.
///
/// For `ProjectWrite`, the derive generates the function `project_write`, with a parameter for each
/// placeholder: `Scope::project_write(42)?` is the `ScopeName` `projects:42:write`. `as_str` and
/// `Display` return the name as it is declared.
///
/// # Errors
///
/// Does not compile when a name breaks the grammar of RFC 6749 section 3.3, is declared twice, or
/// is `offline_access`; when an implication names the scope itself, is part of a cycle, or names a
/// variant that does not exist; when a placeholder breaks the rules above; and when a variant has
/// fields or no `#[scope(..)]`.
#[proc_macro_derive(ScopeCatalog, attributes(scope))]
pub fn derive_scope_catalog(input: TokenStream) -> TokenStream {
    scope_catalog::derive(input.into()).into()
}

/// Checks the caller of a function against the requirement in the parentheses.
///
/// ```text
/// #[requires_scopes("entries:read")]                              one scope
/// #[requires_scopes(Scope::EntriesRead)]                          the same, by its variant
/// #[requires_scopes(any("entries:read", "entries:write"))]        one of them is enough
/// #[requires_scopes(all("entries:write", any("a", "b")))]         nested, to any depth
/// #[requires_scopes("projects:{project}:write")]                  for the value of an argument
/// #[requires_scopes(match(action, "list" => "a", _ => "b"))]      chosen by an argument
/// #[requires_scopes(authenticated)]                               any valid token
/// #[requires_scopes(public)]                                      no token at all
/// ```
///
/// These options can follow the requirement, in any order:
///
/// | option | meaning | default |
/// |---|---|---|
/// | `args(name = expr, ..)` | the expressions for the values of arguments | the parameters of the same names |
/// | `tool = ".."`, `prompt = ".."` | the function is the MCP tool or prompt of this name | that of a `#[tool]` or `#[prompt]` below; otherwise a plain function |
/// | `resource = ".."` | the function is the MCP resource of this URI, or of this template (RFC 6570 level 1) | a plain function |
/// | `method = ".."` | the function is this JSON-RPC method, which MCP does not define | a plain function |
/// | `server = ".."` | the server of the program that serves it | the unnamed server |
/// | `unlisted` | the function is guarded, but not registered: for functions of `#[cfg(test)]` modules | registered |
/// | `catalog = path` | the enum that declares the scopes | the enum of the variants, if only variants are named; otherwise `crate::Scope` |
/// | `from = expr` | the caller to check (a `CallerSource`) | the current caller |
/// | `crate = path` | the path of `scopes_core` | `::scopes_core` |
///
/// An attribute sees only the attributes below it. Put this one above `#[tool]` and `#[prompt]`,
/// also if they are in a `cfg_attr`. Below them, name the tool with `tool = ".."`; otherwise the
/// function is registered as a plain function, which never counts as a tool of its name. With
/// `#[cfg_attr(cond, requires_scopes(..))]` there is no guard if `cond` is false; the validation at
/// the start then reports the operation as not annotated, and the gate denies it.
///
/// The name of a plain function is its path: `journal::Journal::purge`. A function with several of
/// these attributes runs only after all of their guards, and is one operation that requires all of
/// them.
///
/// The function keeps its signature. It returns `Result<_, E>` with `E: From<AuthorizeError>`, or a
/// future of one: an `async fn`, `impl Future` or a boxed future. The check of a future runs at its
/// first poll, before the body, and the future captures what the body uses. The function is
/// registered, and its docs get a line with the requirement.
///
/// # Arguments
///
/// A placeholder has the name of an argument on the wire: a member of the arguments of a tool or
/// prompt, or a variable of a resource's URI template. The catalog declares the same shape; its
/// placeholders can have other names. A scope with placeholders is written as a name, not as a
/// variant.
///
/// The guard reads the value from the binding of the same name in the patterns of the parameters,
/// and for `{project.id}` from the field `project.id`. `args` names another expression:
///
/// ```text
/// #[requires_scopes("projects:{project}:write")]
/// async fn deploy(Parameters(Deploy { project, .. }): Parameters<Deploy>) -> ..
///
/// #[requires_scopes("projects:{projectId}:read", args(projectId = request.project_id))]
/// async fn show(Parameters(request): Parameters<Show>) -> ..
///
/// #[requires_scopes("projects:{project-id}:read", args("project-id" = self.project))]
/// async fn read(&self) -> ..
/// ```
///
/// - The value is borrowed and implements `serde::Serialize`. It serializes to a string, an integer,
///   a boolean or a variant without fields; the call is denied for anything else, `null` included.
/// - The expression is evaluated once, before the body. It cannot contain `.await`, `?`, `return`,
///   `break` and `continue`.
/// - The gate reads the argument of this name from the request. An expression that is neither a
///   parameter nor a member of one, such as `self.project`, has no counterpart in the request: then
///   only the guard decides.
/// - `#[async_trait]` above the `impl` replaces the patterns of parameters before this attribute sees
///   them: take the parameter without a pattern, and use `args`.
///
/// `match(name, ..)` chooses by the text of an argument. Its arms are requirements of any kind:
///
/// ```text
/// #[requires_scopes(match(action,
///     "list" | "get" => "devices:read",
///     "restart" => all("devices:write", "devices:{device}"),
///     _ => "devices:admin",
/// ))]
/// async fn device(action: Action, device: String) -> ..
/// ```
///
/// Without `_`, any other value is denied. A name that is no identifier is written as a string
/// literal: `match("the-action", ..)`.
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
/// scope twice, when no parameter binds an argument, when a `match` has a value twice or none, when
/// an option is unknown or given twice, when an attribute below leaves open what the function is,
/// when the function is a default method, and when it has no way to return a refusal.
#[proc_macro_attribute]
pub fn requires_scopes(args: TokenStream, item: TokenStream) -> TokenStream {
    requires_scopes::expand(args.into(), item.into()).into()
}

/// Guards the methods of an `impl ServerHandler`, above or below `#[tool_handler]` and `#[prompt_handler]`.
///
/// Every method of the `impl` with a request's context as a parameter runs as the caller of that
/// request: for an HTTP request, the caller that its token names; otherwise, the caller of the
/// transport. A method that invokes an operation runs only if the registry lists the operation and
/// the caller satisfies its requirement. This is the same decision as the gate's. Without a gate,
/// as over stdio, it is the only guard of `complete`, `subscribe`, `listen` and the methods for
/// tasks. A refusal of a `tools/call` becomes a result with `isError`, which clients show to their
/// model.
///
/// | option | meaning | default |
/// |---|---|---|
/// | `server = ".."` | the server of the program whose operations these are | the unnamed one |
/// | `registry = expr` | a `Registry`, for operations that are added at run time | the annotated operations of the server |
/// | `hide_unpermitted = expr` | lists omit the entries that are denied to the caller | lists have all entries, so that a client can find out which scopes to request |
/// | `describe_requirements = expr` | the entries of lists have their requirements in `_meta` | they do not |
/// | `security_schemes = expr` | tools have in `_meta["securitySchemes"]` how clients have to authenticate | they do not |
/// | `anonymous = ".."` | callers without a token are admitted to public operations; lists show them the entries of these, `"public"`, or all, `"whole"` | every request takes a token |
/// | `crate = path` | the path of `scopes_core` | `::scopes_core` |
///
/// A list from which entries are left out for its caller has a `cacheScope` of `private`, if it has one.
///
/// `anonymous` has an effect in a server made by `rmcp::protect`. It is a literal, because the lock file lists
/// it.
///
/// # Errors
///
/// Does not compile on anything but an `impl` of a trait, or with an unknown option.
#[proc_macro_attribute]
pub fn scoped_handler(args: TokenStream, item: TokenStream) -> TokenStream {
    scoped_handler::expand(&args.into(), item.into()).into()
}
