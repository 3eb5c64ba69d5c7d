//! A program in which functions share their names: what each is called, and what is required of
//! those that several guards stand before.

#![allow(clippy::expect_used, reason = "a test may panic")]
#![allow(clippy::unused_self, reason = "what counts is that they are methods")]

use scopes_core::registry::ServedNames;
use scopes_core::report::Report;
use scopes_core::report::diff::{Diff, Verdict};
use scopes_core::{
    AuthorizeError, OperationKind, Registry, ScopeCatalog, requires_scopes, testing,
};
// Stands for the attribute of an MCP library: only its name is looked at.
use tracing::instrument as tool;

#[derive(ScopeCatalog)]
enum Scope {
    #[scope("read")]
    Read,
    #[scope("write")]
    Write,
}

type Answer = Result<(), AuthorizeError>;

#[requires_scopes("read")]
fn purge() -> Answer {
    Ok(())
}

mod admin {
    use super::{Answer, Journal, requires_scopes};

    #[requires_scopes("write")]
    pub(super) fn purge() -> Answer {
        Ok(())
    }

    impl Journal {
        #[requires_scopes("write")]
        pub(super) fn elsewhere(&self) -> Answer {
            Ok(())
        }
    }

    impl super::Entries for fn(u8) -> Vec<u8> {
        #[requires_scopes("read")]
        fn count(&self) -> Answer {
            Ok(())
        }
    }

    impl super::Entries for super::List<Vec<u8>> {
        #[requires_scopes("read")]
        fn count(&self) -> Answer {
            Ok(())
        }
    }
}

struct Journal;

struct List<T>(T);

trait Entries {
    fn count(&self) -> Answer;
}

impl Journal {
    #[requires_scopes("read")]
    fn purge(&self) -> Answer {
        Ok(())
    }

    #[requires_scopes("read")]
    async fn later(&self) -> Answer {
        std::future::ready(Ok(())).await
    }

    #[requires_scopes("read")]
    fn future(&self) -> impl Future<Output = Answer> {
        std::future::ready(Ok(()))
    }

    fn outer(&self) -> Answer {
        let closure = || {
            #[requires_scopes("read")]
            fn inner() -> Answer {
                Ok(())
            }
            inner()
        };
        closure()
    }
}

impl<T> List<T> {
    #[requires_scopes("write")]
    fn purge(&self) -> Answer {
        let _ = &self.0;
        Ok(())
    }
}

impl Entries for Journal {
    #[requires_scopes("read")]
    fn count(&self) -> Answer {
        Ok(())
    }
}

#[requires_scopes("read", server = "stacked")]
#[requires_scopes("write", server = "stacked")]
fn twice() -> Answer {
    Ok(())
}

#[requires_scopes(authenticated, server = "stacked")]
#[requires_scopes("write", server = "stacked")]
#[requires_scopes("write", server = "stacked")]
fn thrice() -> Answer {
    Ok(())
}

/// The guard below the attribute sees a function.
#[requires_scopes("read", server = "stacked")]
#[tool]
#[requires_scopes("write", server = "stacked")]
fn above_and_below() -> Answer {
    Ok(())
}

#[requires_scopes("write", unlisted)]
fn unlisted() -> Answer {
    Ok(())
}

mod first {
    #[super::requires_scopes("read", catalog = super::Scope, tool = "list", server = "twins")]
    pub(super) fn list() -> super::Answer {
        Ok(())
    }
}

mod second {
    #[super::requires_scopes("read", catalog = super::Scope, tool = "list", server = "twins")]
    pub(super) fn list() -> super::Answer {
        Ok(())
    }
}

fn bytes(byte: u8) -> Vec<u8> {
    vec![byte]
}

fn listed(server: &str) -> Vec<(&'static str, String)> {
    let registry = Registry::of_program().of_server(server);
    let operations = registry.operations().into_iter();
    operations
        .map(|operation| {
            (
                &*operation.name.to_string().leak(),
                operation.requirement.to_string(),
            )
        })
        .collect()
}

#[test]
fn a_function_is_named_by_its_path() {
    let expected = [
        (
            "<fn(u8) -> alloc::vec::Vec<u8> as registry_functions::Entries>::count",
            "read",
        ),
        (
            "<registry_functions::Journal as registry_functions::Entries>::count",
            "read",
        ),
        (
            "<registry_functions::List<alloc::vec::Vec<u8>> as registry_functions::Entries>::count",
            "read",
        ),
        ("registry_functions::Journal::elsewhere", "write"),
        ("registry_functions::Journal::future", "read"),
        ("registry_functions::Journal::later", "read"),
        ("registry_functions::Journal::outer::inner", "read"),
        ("registry_functions::Journal::purge", "read"),
        ("registry_functions::List<_>::purge", "write"),
        ("registry_functions::admin::purge", "write"),
        ("registry_functions::purge", "read"),
    ];
    let expected = expected.map(|(name, requirement)| (name, requirement.to_owned()));
    assert_eq!(listed(""), expected);
    let registry = Registry::of_program().of_server("");
    assert!(
        registry
            .operations()
            .iter()
            .all(|one| one.path == one.name && one.kind == OperationKind::Function)
    );
    assert_eq!(registry.validate(&ServedNames::new()), Ok(()));
    // None of them is called by more than this.
    let refused = [
        purge(),
        admin::purge(),
        Journal.purge(),
        Journal.elsewhere(),
        Journal.outer(),
        Journal.count(),
        List(vec![1_u8]).count(),
        (bytes as fn(u8) -> Vec<u8>).count(),
        List(1).purge(),
        unlisted(),
        first::list(),
        second::list(),
    ];
    assert!(refused.iter().all(Result::is_err));
    drop((Journal.later(), Journal.future()));
}

#[test]
fn stacked_guards_are_one_operation_that_requires_all_of_them() {
    assert_eq!(
        listed("stacked"),
        [
            ("above_and_below", "all(read, write)".to_owned()),
            ("registry_functions::thrice", "write".to_owned()),
            ("registry_functions::twice", "all(read, write)".to_owned()),
        ]
    );
    let stacked = Registry::of_program().of_server("stacked");
    let served = ServedNames::new().tools(["above_and_below"]);
    assert_eq!(stacked.validate(&served), Ok(()));
    for (scopes, may) in [("read", false), ("write", false), ("read write", true)] {
        let caller = testing::caller("ada", scopes).expect("valid scopes");
        caller.enter(|| {
            assert_eq!(twice().is_ok(), may, "{scopes}");
            assert_eq!(above_and_below().is_ok(), may, "{scopes}");
        });
    }
    let writer = testing::caller("ada", "write").expect("valid scopes");
    assert!(writer.enter(thrice).is_ok());

    // One of the guards is deleted.
    let report = Report::from_registry(&stacked);
    let lock = report.lock();
    let one_guard = Report::from_lock(&lock.replace("all(\"read\", \"write\")", "\"write\""));
    let diff = Diff::between(&report, &one_guard.expect("a lock file"));
    assert_eq!(diff.verdict(), Verdict::Loosened);
    let said = "A caller with `write` alone may now call tool `above_and_below`";
    assert!(diff.to_string().contains(said), "{diff}");
}

#[test]
fn an_unlisted_function_is_guarded_all_the_same() {
    let registry = Registry::of_program();
    assert!(
        registry
            .operations()
            .iter()
            .all(|operation| !operation.path.ends_with("unlisted"))
    );
    let writer = testing::caller("ada", "write").expect("valid scopes");
    assert!(writer.enter(unlisted).is_ok());
    let reader = testing::caller("ada", "read").expect("valid scopes");
    assert!(reader.enter(unlisted).is_err());
    assert_eq!(Scope::ALL.len(), 2);
}

#[test]
fn two_functions_that_serve_one_name_stay_two() {
    let report = Report::from_registry(&Registry::of_program().of_server("twins"));
    assert_eq!(
        report.operation_labels(),
        [
            "list (registry_functions::first::list)",
            "list (registry_functions::second::list)",
        ]
    );
    let lock = report.lock();
    for module in ["first", "second"] {
        let line = format!("  tool \"list\" at \"registry_functions::{module}::list\": \"read\"\n");
        assert!(lock.contains(&line), "{line} in {lock}");
    }
    let table = report.plain_table();
    assert!(
        table.contains("list (registry_functions::first::list)"),
        "{table}"
    );

    // Both open, one after the other; one goes.
    let first = "\"registry_functions::first::list\": \"read\"";
    let open = lock.replace(first, &first.replace("\"read\"", "public"));
    let gone = lock.replace(&format!("  tool \"list\" at {first}\n"), "");
    for (text, said) in [
        (
            open,
            "A caller without a token may now call tool `list` at `registry_functions::first::list`",
        ),
        (
            gone,
            "No longer guarded: tool `list` at `registry_functions::first::list` of server `twins`, which required `read`.",
        ),
    ] {
        let diff = Diff::between(&report, &Report::from_lock(&text).expect("a lock file"));
        assert_eq!(diff.verdict(), Verdict::Loosened);
        assert!(diff.to_string().contains(said), "{diff}");
    }
}
