//! Handlers that admit callers without a token: in the lock file, in JSON, and in the diff.

use scopes_core::AnonymousLists;
use scopes_core::report::Report;
use scopes_core::report::diff::{Diff, Verdict};

/// A lock file with these lines about handlers.
fn lock(handlers: &[&str]) -> String {
    let lines: String = handlers.iter().flat_map(|line| [*line, "\n"]).collect();
    let gap = if lines.is_empty() { "" } else { "\n" };
    format!(
        "scopes.lock 1\n\npackages \"journal\"\n{gap}{lines}\nserver \"\"\n  tool \"about\": public\n"
    )
}

fn report(handlers: &[&str]) -> Report {
    Report::from_lock(&lock(handlers)).expect("a lock file")
}

const PUBLIC: &str = "anonymous \"journal::Journal\": public lists";
const WHOLE: &str = "anonymous \"journal::Journal\": whole lists";
const OTHER: &str = "anonymous \"journal::Admin\": public lists";

#[test]
fn the_formats_keep_them() {
    for handlers in [&[][..], &[PUBLIC], &[OTHER, WHOLE]] {
        let report = report(handlers);
        assert_eq!(report.anonymous().len(), handlers.len());
        let lines: Vec<String> = report.lock().lines().map(str::to_owned).collect();
        for line in handlers {
            assert!(lines.iter().any(|written| written == line), "{lines:?}");
        }
        let again = Report::from_lock(&report.lock()).expect("what was written");
        assert_eq!(again, report);
        let json: Report = serde_json::from_str(&report.json()).expect("what was written");
        assert_eq!(json, report);
        assert_eq!(
            report.json().contains("\"anonymous\""),
            !handlers.is_empty()
        );
    }
    let whole = report(&[WHOLE]);
    assert_eq!(whole.anonymous()[0].handler, "journal::Journal");
    assert_eq!(whole.anonymous()[0].lists, AnonymousLists::Whole);
}

#[test]
fn admitting_more_is_a_loosening() {
    let cases: [(&[&str], &[&str], Verdict, &str); 8] = [
        (&[], &[], Verdict::Same, ""),
        (&[PUBLIC], &[PUBLIC], Verdict::Same, ""),
        (
            &[],
            &[PUBLIC],
            Verdict::Loosened,
            "Callers without a token are admitted by `journal::Journal` to public operations, and to lists of these.",
        ),
        (
            &[],
            &[WHOLE],
            Verdict::Loosened,
            "Callers without a token are admitted by `journal::Journal` to public operations, and to whole lists.",
        ),
        (
            &[PUBLIC],
            &[WHOLE],
            Verdict::Loosened,
            "Callers without a token are shown whole lists by `journal::Journal`.",
        ),
        (
            &[WHOLE],
            &[PUBLIC],
            Verdict::Changed,
            "Callers without a token are shown only public operations in the lists of `journal::Journal`.",
        ),
        (
            &[WHOLE],
            &[],
            Verdict::Changed,
            "Callers without a token are no longer admitted by `journal::Journal`.",
        ),
        // Another handler is another way in.
        (
            &[WHOLE],
            &[OTHER],
            Verdict::Loosened,
            "Callers without a token are admitted by `journal::Admin` to public operations, and to lists of these.",
        ),
    ];
    for (old, new, verdict, sentence) in cases {
        let diff = Diff::between(&report(old), &report(new));
        assert_eq!(diff.verdict(), verdict, "{diff}");
        assert!(diff.to_string().contains(sentence), "{diff}");
        assert_eq!(diff.anonymous().is_empty(), verdict == Verdict::Same);
    }
}

#[test]
fn a_line_that_says_neither_is_a_mistake() {
    for line in [
        "anonymous \"journal::Journal\": all lists",
        "anonymous \"journal::Journal\": public",
        "anonymous \"journal::Journal\" public lists",
        "anonymous journal::Journal: public lists",
        "anonymous \"journal::Journal\": public lists too",
    ] {
        let error = Report::from_lock(&lock(&[line])).expect_err(line);
        assert_eq!(error.line(), 5, "{error}");
    }
    let error = Report::from_lock(&lock(&["anonymous \"a\": all lists"]));
    let error = error.expect_err("no such lists").to_string();
    assert!(
        error.contains("expected `public lists` or `whole lists`"),
        "{error}"
    );
    let json = report(&[PUBLIC])
        .json()
        .replace("\"lists\": \"public\"", "\"lists\": \"all\"");
    let error = serde_json::from_str::<Report>(&json).expect_err("no such lists");
    assert!(error.to_string().contains("lists \"all\""), "{error}");
}
