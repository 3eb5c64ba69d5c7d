//! Ten thousand registered operations: listed, validated, and published.

#![allow(clippy::expect_used, reason = "a benchmark may panic")]

use scopes_core::registry::ServedNames;
use scopes_core::{Registry, Requirement, ResourceServer, requires_scopes};
use scopes_tests::measure::{Comparison, verdict};
use scopes_tests::vocabulary::Scope;

/// Repeats what follows for every digit.
macro_rules! for_each_digit {
    ($macro:ident $($digits:tt)*) => {
        $macro!($($digits)* 0); $macro!($($digits)* 1); $macro!($($digits)* 2); $macro!($($digits)* 3);
        $macro!($($digits)* 4); $macro!($($digits)* 5); $macro!($($digits)* 6); $macro!($($digits)* 7);
        $macro!($($digits)* 8); $macro!($($digits)* 9);
    };
}

macro_rules! thousands { ($a:tt) => { for_each_digit!(hundreds $a); }; }
macro_rules! hundreds { ($a:tt $b:tt) => { for_each_digit!(tens $a $b); }; }
macro_rules! tens { ($a:tt $b:tt $c:tt) => { for_each_digit!(register $a $b $c); }; }
macro_rules! register {
    ($a:tt $b:tt $c:tt $d:tt) => {
        scopes_core::__private::inventory::submit! {
            scopes_core::__private::Registration::new::<()>(
                scopes_core::OperationKind::Tool,
                concat!("operation_", $a, $b, $c, $d),
                &REQUIREMENTS[$d],
                option_env!("CARGO_PKG_NAME"),
                option_env!("CARGO_TARGET_TMPDIR"),
                file!(),
                line!(),
            )
        }
    };
}

// What the attribute makes of a function, without ten thousand functions to compile.
for_each_digit!(thousands);

static REQUIREMENTS: [Requirement; 10] = {
    const EITHER: &[scopes_core::Expression] = &[
        scopes_core::__private::declared(CATALOG, "entries:read"),
        scopes_core::__private::declared(CATALOG, "entries:write"),
    ];
    const NESTED: &[scopes_core::Expression] = &[
        scopes_core::__private::declared(CATALOG, "tags:write"),
        scopes_core::__private::any(EITHER),
    ];
    const CATALOG: &scopes_core::Catalog = <Scope as scopes_core::ScopeCatalog>::CATALOG;
    [
        Requirement::public(),
        Requirement::authenticated(),
        Requirement::scopes(scopes_core::__private::declared(CATALOG, "user:read")),
        Requirement::scopes(scopes_core::__private::declared(CATALOG, "tags:read")),
        Requirement::scopes(scopes_core::__private::declared(CATALOG, "admin")),
        Requirement::scopes(scopes_core::__private::any(EITHER)),
        Requirement::scopes(scopes_core::__private::all(EITHER)),
        Requirement::scopes(scopes_core::__private::all(NESTED)),
        Requirement::scopes(scopes_core::__private::any(NESTED)),
        Requirement::scopes(scopes_core::__private::declared(CATALOG, "analytics:view")),
    ]
};

/// One more, registered by the attribute itself.
#[requires_scopes("user:read", catalog = Scope)]
fn one_more() -> Result<(), String> {
    Ok(())
}

fn main() {
    assert!(one_more().is_err());
    let registry = Registry::of_program();
    assert_eq!(registry.operations().len(), 10_001);
    let names = registry
        .operations()
        .into_iter()
        .filter(|operation| operation.kind == scopes_core::OperationKind::Tool);
    let served = ServedNames::new().tools(names.map(|operation| operation.name.to_string()));
    let build = || {
        ResourceServer::builder("https://mcp.example.com")
            .authorization_server("https://auth.example.com")
            .build()
            .expect("valid settings")
    };
    assert_eq!(build().metadata().scopes_supported.len(), 7);
    assert!(registry.validate(&served).is_ok());

    println!("registry: 10,001 registered operations");
    let times = Comparison::new("listing is the measure of the others")
        .case("list", Registry::of_program)
        .case("validate", || registry.validate(&served))
        .case("build the server and write its metadata", || {
            serde_json::to_string(build().metadata()).expect("metadata is JSON")
        })
        .print();
    let sum = times.iter().sum::<f64>() / 1e6;
    println!(
        "  together {sum:.2} ms   target 10 ms: {}",
        verdict(sum, 10.0)
    );
}
