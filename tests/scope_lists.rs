//! Reading lists of scopes: good ones, bad ones, and very long ones.

use proptest::prelude::*;
use scopes_core::{GrantedScopes, ParseScopeError, ScopeName, ScopeSet};
use scopes_tests::vocabulary::Scope;

#[test]
fn lists_that_are_none() {
    let missing = |position| ParseScopeError::Empty { position };
    let foreign = |character, position| ParseScopeError::InvalidCharacter {
        character,
        position,
    };
    for (text, error) in [
        (" ", missing(0)),
        ("a  b", missing(2)),
        (" a", missing(0)),
        ("a ", missing(2)),
        ("a\tb", foreign('\t', 1)),
        ("a b\n", foreign('\n', 3)),
        ("a b\"c", foreign('"', 3)),
        ("a b\\", foreign('\\', 3)),
        ("a ü", foreign('ü', 2)),
        ("a \u{0}", foreign('\0', 2)),
        ("a\u{7f}", foreign('\u{7f}', 1)),
        ("a\u{a0}b", foreign('\u{a0}', 1)),
    ] {
        assert_eq!(text.parse::<ScopeSet>(), Err(error.clone()), "{text:?}");
        match error {
            // Stray spaces in a token are ignored; in a list of the program, they are a mistake.
            ParseScopeError::Empty { .. } => {
                assert!(GrantedScopes::parse(text).is_ok(), "{text:?}");
            }
            error => assert_eq!(GrantedScopes::parse(text), Err(error), "{text:?}"),
        }
    }
}

#[test]
fn the_empty_list_grants_nothing() {
    assert!("".parse::<ScopeSet>().expect("empty").is_empty());
    let granted = GrantedScopes::parse("").expect("empty");
    assert_eq!(granted.names().count(), 0);
    assert!(Scope::ALL.iter().all(|scope| !granted.includes(*scope)));
    assert!(!granted.contains(""));
}

#[test]
fn names_that_are_none() {
    for name in ["", " ", "a b", "a\n", "\"", "\\", "é"] {
        assert!(name.parse::<ScopeName>().is_err(), "{name:?}");
        assert!(
            serde_json::from_value::<ScopeName>(name.into()).is_err(),
            "{name:?}"
        );
    }
}

#[test]
fn a_hundred_thousand_scopes() {
    let text: Vec<_> = (0..100_000)
        .map(|number| format!("scope:{number}"))
        .collect();
    let text = text.join(" ") + " entries:write";
    let granted = GrantedScopes::parse(text.as_str()).expect("valid");
    assert!(granted.includes(Scope::EntriesRead) && !granted.includes(Scope::TagsRead));
    assert!(granted.contains("scope:99999") && !granted.contains("scope:100000"));
    assert_eq!(text.parse::<ScopeSet>().expect("valid").len(), 100_001);
}

#[test]
fn json_is_read_in_both_forms_and_written_in_one() {
    let scopes: ScopeSet = "b a".parse().expect("valid");
    assert_eq!(serde_json::to_string(&scopes).expect("json"), r#""b a""#);
    for text in [r#""b a""#, r#"["b", "a", "b"]"#] {
        let read: ScopeSet = serde_json::from_str(text).expect("json");
        assert_eq!(read.to_string(), "b a");
    }
    for text in [
        "1",
        "null",
        r#"["a b"]"#,
        r#"["a", 1]"#,
        r#"{"a": 1}"#,
        r#""a  b""#,
    ] {
        assert!(serde_json::from_str::<ScopeSet>(text).is_err(), "{text}");
    }
}

#[test]
fn sets_are_equal_whatever_their_order() {
    let one: ScopeSet = "a b c".parse().expect("valid");
    let other: ScopeSet = "c a b a".parse().expect("valid");
    assert_eq!(one, other);
    assert_eq!(other.to_string(), "c a b");
}

proptest! {
    #[test]
    fn printing_is_the_inverse_of_parsing(names in proptest::collection::vec("[!#-\\[\\]-~]{1,9}", 0..20)) {
        let text = names.join(" ");
        let set: ScopeSet = text.parse().expect("follows the grammar");
        let again: ScopeSet = set.to_string().parse().expect("what was printed is read");
        prop_assert_eq!(&again, &set);
        prop_assert_eq!(again.to_string(), set.to_string());
        prop_assert!(names.iter().all(|name| set.contains(name)));

        let granted = GrantedScopes::parse(text.as_str()).expect("follows the grammar");
        prop_assert_eq!(granted.names().collect::<Vec<_>>(), names);
        prop_assert_eq!(granted.as_str(), text);
    }

    /// Small sets and large ones, which are not compared in the same way.
    #[test]
    fn a_set_has_each_name_once_in_the_order_of_the_first(numbers in proptest::collection::vec(0_u8..60, 0..120)) {
        let names: Vec<_> = numbers.iter().map(|number| format!("scope:{number}")).collect();
        let mut first: Vec<&String> = Vec::new();
        for name in &names {
            if !first.contains(&name) {
                first.push(name);
            }
        }
        let name = |name: &String| name.parse::<ScopeName>().expect("valid");
        let at_once: ScopeSet = names.iter().map(name).collect();
        let mut one_by_one = ScopeSet::new();
        for name in names.iter().map(name) {
            one_by_one.insert(name);
        }
        let reversed: ScopeSet = first.iter().rev().map(|first| name(first)).collect();
        for set in [&at_once, &one_by_one] {
            prop_assert!(set.iter().map(ScopeName::as_str).eq(first.iter().copied()));
            prop_assert_eq!(set, &reversed);
        }
        let mut other = at_once.clone();
        other.insert(ScopeName::from_static("other"));
        prop_assert_ne!(&other, &at_once);
        let mut replaced: ScopeSet = first.iter().skip(1).map(|first| name(first)).collect();
        replaced.insert(ScopeName::from_static("other"));
        prop_assert_ne!(replaced, at_once);
    }

    #[test]
    fn both_readers_agree_on_any_text(text in "[ -~]{0,12}|.{0,12}") {
        let names: Vec<_> = text.split(' ').filter(|name| !name.is_empty()).collect();
        let set = names.join(" ").parse::<ScopeSet>();
        match GrantedScopes::parse(text.as_str()) {
            Ok(granted) => {
                prop_assert!(set.is_ok());
                prop_assert_eq!(granted.names().collect::<Vec<_>>(), names);
            }
            Err(_) => prop_assert!(set.is_err()),
        }
    }
}
