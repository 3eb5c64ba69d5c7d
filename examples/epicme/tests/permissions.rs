//! The permissions match `scopes.lock` and the report in the README.

use epicme as _;
use scopes_core::report::Report;

#[test]
fn permissions() {
    scopes_core::assert_scopes_locked!();
}

#[test]
fn the_readme_shows_the_report() {
    let readme = include_str!("../../../README.md");
    let report = Report::of_program().plain_table();
    assert!(readme.contains(report.trim()), "the README lacks\n{report}");
}
