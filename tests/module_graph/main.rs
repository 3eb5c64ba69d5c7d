//! The files of `scopes-core` depend on each other in one direction, and adapters on the public API.
//!
//! The lists below name the exceptions with their reasons. An entry that no longer holds fails too, so
//! that the lists only become shorter.

#![allow(clippy::expect_used, reason = "a test may panic")]

mod arrows;
mod circles;
mod modules;

use std::collections::BTreeSet;
use std::path::PathBuf;

use arrows::Uses;
use circles::{circles, reachable, shortest};
use modules::{Crate, Declared};

/// Calls the crate from a framework or protocol. Nothing in the core may depend on it, and it uses
/// public items alone, so that it could be a crate of its own.
const ADAPTERS: [&str; 6] = ["axum", "hyper", "mcp", "reqwest", "rmcp", "tower"];

/// Verifies tokens. The core does not depend on it. It may use private items of the core.
const BACKENDS: [&str; 3] = ["api_keys", "introspection", "jwt"];

/// Programs for operators and developers, above everything else. Nothing depends on them.
const TOOLS: [&str; 3] = ["command", "config", "doctor"];

/// Exceptions with one reason: a file or adapter, why, and the files or items at the other end.
type Exceptions = &'static [(&'static str, &'static str, &'static [&'static str])];

/// Arrows that close a circle, by the file that they lead to.
const CLOSING: Exceptions = &[
    (
        "observe/mod.rs",
        "logs and metrics",
        &["token/presented.rs", "token/verifier.rs"],
    ),
    (
        "registry/listing.rs",
        "the registry of the program",
        &["registry/registration.rs"],
    ),
    (
        "token/principal.rs",
        "`digest_of_nameless`",
        &["token/verified.rs"],
    ),
];

/// Arrows out of the core, by the file that they lead to.
const OUT_OF_THE_CORE: Exceptions = &[(
    "jwt/key_problem.rs",
    "logs keys that are not used",
    &["observe/events/authorization_servers.rs", "observe/mod.rs"],
)];

/// Private items of others that an adapter uses.
const PRIVATE: Exceptions = &[
    (
        "hyper",
        "requests and responses in the types of the crate `http`",
        &[
            "fetch/exchange.rs::read",
            "fetch/exchange.rs::to_http",
            "fetch/exchange.rs::with_causes",
        ],
    ),
    (
        "reqwest",
        "requests and responses in the types of the crate `http`",
        &[
            "fetch/exchange.rs::read",
            "fetch/exchange.rs::to_http",
            "fetch/exchange.rs::with_causes",
        ],
    ),
    (
        "mcp",
        "logs and metrics",
        &[
            "observe/mod.rs::allowed",
            "observe/mod.rs::denied",
            "observe/mod.rs::not_of_caller",
            "observe/mod.rs::without_operation",
            "observe/mod.rs::anonymous_access",
            "observe/mod.rs::anonymous_sessions_full",
            "observe/mod.rs::gate_without_layer",
            "observe/mod.rs::rejected",
            "observe/mod.rs::session_not_sealed",
            "observe/mod.rs::task_held_by_another",
            "observe/mod.rs::undeclared",
        ],
    ),
    (
        "mcp",
        "the operation of a requirement, for the log",
        &["scope/requirement/mod.rs::Requirement::is_of"],
    ),
    (
        "mcp",
        "the body of a refusal",
        &["error.rs::AuthorizeError::body_code"],
    ),
    ("mcp", "the timeout of a request body", &["timer.rs::Timer"]),
    (
        "mcp",
        "binds sessions and tasks to principals",
        &["token/principal.rs::Principal"],
    ),
    (
        "mcp",
        "keys of session ids",
        &[
            "secret_keys.rs::SecretKeys::derive",
            "store/shared.rs::SharedStore::keys",
        ],
    ),
    (
        "mcp",
        "tasks that instances share",
        &[
            "scope/requirement/mod.rs::Requirement::from_stored",
            "scope/requirement/mod.rs::Requirement::to_stored",
            "scope/requirement/stored.rs::StoredAccess",
            "store/purpose.rs::Purpose",
            "store/shared.rs::SharedStore::get",
            "store/shared.rs::SharedStore::insert",
            "store/shared.rs::SharedStore::put",
            "store/shared.rs::SharedStore::remove",
            "store/shared.rs::Unavailable",
        ],
    ),
    (
        "mcp",
        "decides on requests without credentials",
        &[
            "tower/exchange.rs::AnonymousRequest",
            "tower/service.rs::Protect::with_inner",
        ],
    ),
    (
        "mcp",
        "the challenges of the layer, for refusals in band",
        &[
            "tower/service.rs::Protect::challenges",
            "tower/settings.rs::Challenges",
        ],
    ),
    (
        "mcp",
        "the last event of a stream",
        &["tower/body.rs::EVENT_ENDS", "tower/body.rs::LastEvent"],
    ),
    (
        "mcp",
        "a refusal with the body of a JSON-RPC error",
        &["tower/refusal.rs::Refusal::with_body"],
    ),
    (
        "rmcp",
        "logs and metrics",
        &["observe/mod.rs::not_of_caller"],
    ),
    (
        "rmcp",
        "gate and handler share decisions and refusals",
        &[
            "mcp/arguments.rs::Completion",
            "mcp/arguments.rs::GivenArguments",
            "mcp/arguments.rs::Object",
            "mcp/decision.rs::Allowed",
            "mcp/decision.rs::GateSettings",
            "mcp/decision.rs::Gated",
            "mcp/decision.rs::decide",
            "mcp/methods.rs::Invocation",
            "mcp/methods.rs::Named",
            "mcp/refusal.rs::data",
            "mcp/refusal.rs::message",
            "mcp/tasks.rs::Tasks",
            "token/principal.rs::Principal",
        ],
    ),
    (
        "rmcp",
        "sessions and events that instances share",
        &[
            "store/purpose.rs::Purpose",
            "store/shared.rs::SharedStore::append",
            "store/shared.rs::SharedStore::read",
        ],
    ),
    (
        "rmcp",
        "logs",
        &[
            "observe/mod.rs::public_operations_take_token",
            "observe/audit/request.rs::AuditedRequest",
        ],
    ),
    (
        "rmcp",
        "runs the handler in a context whose refusal is needed afterwards",
        &["caller.rs::Context"],
    ),
    (
        "rmcp",
        "the token of a local user, whom nothing verifies, with every scope",
        &[
            "scope/granted.rs::GrantedScopes::with_every_value",
            "scope/requirement/required_scope.rs::RequiredScope::granted_name",
            "token/verified.rs::VerifiedToken::new",
        ],
    ),
    (
        "tower",
        "logs and metrics",
        &[
            "observe/outcome.rs::Outcome",
            "observe/mod.rs::metadata_not_mounted",
            "observe/mod.rs::protects",
            "observe/mod.rs::public_path_with_prefix",
            "observe/mod.rs::rejected",
            "observe/mod.rs::revocation",
            "observe/mod.rs::stream_ended",
            "observe/request.rs::ObservedRequest",
            "observe/audit/request.rs::AuditSettings",
            "observe/audit/request.rs::AuditedRequest",
        ],
    ),
    (
        "tower",
        "wakes the streams whose token is revoked",
        &[
            "revocation/revocations.rs::Revocations::generation",
            "revocation/revocations.rs::Revocations::register",
            "revocation/revocations.rs::Revocations::unregister",
        ],
    ),
    (
        "tower",
        "the body of a refusal",
        &["error.rs::AuthorizeError::body_code"],
    ),
    (
        "tower",
        "runs the service in a context whose caller and refusal are needed afterwards",
        &["caller.rs::Context", "caller.rs::is_in_layer"],
    ),
    (
        "tower",
        "the guard of the report page",
        &["authorize.rs::guard_current"],
    ),
    (
        "tower",
        "verifies the token of a stream again",
        &[
            "moment.rs::Moment::saturating_add",
            "timer.rs::Timer",
            "token/verified.rs::VerifiedToken::allows_as_much_as",
            "token/verified.rs::VerifiedToken::end",
        ],
    ),
];

/// Each pair of an entry and one of its ends.
fn pairs(listed: Exceptions) -> impl Iterator<Item = (&'static str, &'static str)> {
    let entries = listed.iter();
    entries.flat_map(|(one, _, others)| others.iter().map(|other| (*one, *other)))
}

fn read() -> Crate {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scopes-core/src");
    Crate::read(&root)
}

/// The module right below the root that a file belongs to.
fn part(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or_default()
}

/// Adapters and tools are at the top. The root declares everything, and generated code uses `__private`.
fn is_at_the_top(file: &str) -> bool {
    let part = part(file);
    ADAPTERS.contains(&part) || TOOLS.contains(&part) || ["__private", "lib"].contains(&part)
}

/// A type returns its builder, and the builder builds the type.
fn is_to_builder((from, to): &(&str, &str)) -> bool {
    let folder = |file: &str| file.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    to.ends_with("builder.rs") && folder(from) == folder(to)
}

fn item(declared: &Declared) -> String {
    format!("{}::{}", declared.file, declared.name)
}

/// Fails on what is found and not listed, and on what is listed and not found.
fn compare(found: &BTreeSet<(String, String)>, listed: Exceptions, rule: &str) {
    let known = pairs(listed).map(|(one, other)| (one.to_owned(), other.to_owned()));
    let known: BTreeSet<_> = known.collect();
    let new = lines(found.difference(&known));
    let gone = lines(known.difference(found));
    assert!(new.is_empty(), "{rule}:\n{new}");
    assert!(
        gone.is_empty(),
        "remove from the list what is no longer there:\n{gone}"
    );
}

fn lines<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> String {
    let lines = pairs.map(|(one, other)| format!("  {one}: {other}\n"));
    lines.collect()
}

#[test]
fn no_new_circles() {
    let uses = Uses::of(&read());
    let mut arrows = uses.arrows();
    arrows.retain(|arrow| !is_to_builder(arrow));
    assert!(arrows.len() > 300, "{} arrows were found", arrows.len());
    for (to, from) in pairs(CLOSING) {
        arrows.remove(&(from, to));
    }
    let found = circles(&arrows);
    let shown = found.iter().map(|circle| shortest(circle).join(" -> "));
    let shown = shown.collect::<Vec<_>>().join("\n");
    assert!(
        found.is_empty(),
        "files that depend on each other:\n{shown}"
    );
    for (to, from) in pairs(CLOSING) {
        let exists = uses.arrows().contains(&(from, to));
        let closes = reachable(&arrows, to).contains(from);
        assert!(
            exists && closes,
            "no longer there, remove from the list: {from} -> {to}"
        );
    }
}

#[test]
fn nothing_depends_on_adapters_and_the_core_on_no_backend() {
    let uses = Uses::of(&read());
    let arrows = uses.arrows().into_iter().filter(|(from, to)| {
        let from_backend = BACKENDS.contains(&part(from));
        let to_adapter = ADAPTERS.contains(&part(to));
        let to_backend = BACKENDS.contains(&part(to));
        let to_tool = TOOLS.contains(&part(to)) && !TOOLS.contains(&part(from));
        let is_root = ["__private", "lib"].contains(&part(from));
        to_tool && !is_root || !is_at_the_top(from) && (to_adapter || to_backend && !from_backend)
    });
    let found = arrows.map(|(from, to)| (to.to_owned(), from.to_owned()));
    let rule = "only adapters and tools use adapters, only these and backends use backends, and only \
                tools use tools";
    compare(&found.collect(), OUT_OF_THE_CORE, rule);
}

#[test]
fn adapters_use_public_items_alone() {
    let read = read();
    let (uses, public) = (Uses::of(&read), read.public());
    assert!(
        public.len() > 60,
        "{} public items were found",
        public.len()
    );
    let limited = read.limited_functions();
    let mut found = BTreeSet::new();
    for (file, items) in &uses.items {
        let adapter = part(file);
        if !ADAPTERS.contains(&adapter) {
            continue;
        }
        let others = items.iter().filter(|item| part(&item.file) != adapter);
        for used in others {
            if !public.contains(used) {
                found.insert((adapter.to_owned(), item(used)));
            }
            let functions = limited.iter().filter(|(of, _)| of == used);
            for (of, function) in functions.filter(|_| public.contains(used)) {
                if uses.calls(file, of, function) {
                    found.insert((adapter.to_owned(), format!("{}::{function}", item(of))));
                }
            }
        }
    }
    compare(&found, PRIVATE, "private items that an adapter uses");
}
