//! Ten thousand operations over sixty-four scopes: reported in every format, locked, and compared.

#![allow(clippy::expect_used, reason = "a benchmark may panic")]

use scopes_core::report::{Diff, Report};
use scopes_core::{Expression, OperationKind, ProtectedOperation, Registry, Requirement};
use scopes_tests::measure::{Comparison, verdict};

include!(concat!(env!("OUT_DIR"), "/catalogs.rs"));

fn scope(number: usize) -> Expression {
    Expression::from(SixtyFour::ALL[number % SixtyFour::ALL.len()])
}

/// Operation `number` requires one scope, and one of two others; where `is_looser`, every second one
/// takes one of three. There are some four thousand different requirements.
fn registry(is_looser: bool) -> Registry {
    let operations = (0..10_000).map(|number: usize| {
        let two = Expression::any([scope(number * 7 + 1), scope(number / 64 * 11 + 2)]);
        let required = if is_looser && number.is_multiple_of(2) {
            Requirement::any([scope(number), two])
        } else {
            Requirement::all([scope(number), two])
        };
        let name = Box::leak(format!("operation_{number}").into_boxed_str());
        let required = Box::leak(Box::new(required));
        &*Box::leak(Box::new(ProtectedOperation::new(
            OperationKind::Tool,
            name,
            required,
        )))
    });
    operations.collect()
}

fn main() {
    assert_eq!(Eight::ALL.len() + Thousand::ALL.len(), 1_008);
    let (registry, looser) = (registry(false), Report::from_registry(&registry(true)));
    let report = Report::from_registry(&registry);
    let (lock, json) = (report.lock(), report.json());
    assert_eq!(Diff::between(&report, &looser).operations().len(), 5_000);
    println!(
        "report: 10,000 operations, 64 scopes, {} kB of lock file",
        lock.len() / 1_000
    );
    let times = Comparison::new("reading the registry is the measure of the others")
        .case("report", || Report::from_registry(&registry))
        .case("table", || report.table())
        .case("Markdown", || report.markdown())
        .case("JSON", || report.json())
        .case("CSV", || report.csv())
        .case("page", || report.page())
        .case("read JSON", || {
            serde_json::from_str::<Report>(&json).expect("our own")
        })
        .case("write the lock file", || report.lock())
        .case("read the lock file", || {
            Report::from_lock(&lock).expect("our own")
        })
        .case("diff of the same", || Diff::between(&report, &report))
        .case("diff of 5,000 that are looser", || {
            Diff::between(&report, &looser).to_string()
        })
        .print();
    let sum = times.iter().sum::<f64>() / 1e6;
    println!(
        "  together {sum:.0} ms   target 1000 ms: {}",
        verdict(sum, 1000.0)
    );
}
