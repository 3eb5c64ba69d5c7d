//! A report as JSON: what is read is written such that nothing has changed when it is read again,
//! and it can be compared and printed in every format.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scopes_core::report::Report;
use scopes_core::report::diff::{Diff, Verdict};

fuzz_target!(|bytes: &[u8]| {
    let Ok(report) = serde_json::from_slice::<Report>(bytes) else {
        return;
    };
    let written = report.json();
    let read: Report =
        serde_json::from_str(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(
        Diff::between(&report, &read).verdict(),
        Verdict::Same,
        "{written}"
    );
    assert_eq!(read.json(), written);
    let empty = Report::from_registry(&scopes_core::Registry::default());
    let _ = Diff::between(&empty, &report).to_string();
    let _ = (report.plain_table(), report.markdown(), report.csv());
    let _ = report.published().json();
});
