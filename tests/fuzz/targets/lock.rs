//! The text of a lock file: what is read is written such that nothing has changed when it is read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scopes_core::report::Report;
use scopes_core::report::diff::{Diff, Verdict};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(report) = Report::from_lock(text) else {
        return;
    };
    let written = report.lock();
    let read = Report::from_lock(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(
        Diff::between(&report, &read).verdict(),
        Verdict::Same,
        "{written}"
    );
    assert_eq!(read.lock(), written);
});
