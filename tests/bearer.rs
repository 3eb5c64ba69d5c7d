//! Reading the `Authorization` header: what is a token, what is none, and what is an error.

use proptest::prelude::*;
use scopes_core::{AuthorizeError, InvalidRequest, InvalidToken, PresentedToken};

fn read<'a>(values: &[&'a [u8]]) -> Result<Option<&'a str>, AuthorizeError> {
    Ok(PresentedToken::from_authorization(values.iter().copied())?.map(PresentedToken::as_str))
}

const MALFORMED: Result<Option<&str>, AuthorizeError> = Err(AuthorizeError::InvalidRequest(
    InvalidRequest::MalformedCredentials,
));

#[test]
fn the_scheme_is_matched_whatever_its_case_and_spaces() {
    for value in [
        "Bearer a.b-c",
        "bearer a.b-c",
        "BEARER a.b-c",
        "bEaReR    a.b-c",
    ] {
        assert_eq!(read(&[value.as_bytes()]), Ok(Some("a.b-c")), "{value}");
    }
}

#[test]
fn other_schemes_are_no_credentials() {
    for value in [
        "Basic Zm9v",
        "DPoP abc",
        "",
        " Bearer a",
        "Bearertoken",
        "Bearer\ta",
        "abc",
    ] {
        assert_eq!(read(&[value.as_bytes()]), Ok(None), "{value:?}");
    }
    assert_eq!(read(&[]), Ok(None));
}

#[test]
fn what_is_not_one_token_is_malformed() {
    for value in [
        "Bearer",
        "Bearer ",
        "Bearer   ",
        "Bearer a b",
        "Bearer a, Bearer b",
        "Bearer a,b",
        "Bearer a\"",
        "Bearer =",
    ] {
        assert_eq!(read(&[value.as_bytes()]), MALFORMED, "{value:?}");
    }
    assert_eq!(read(&["Bearer té".as_bytes()]), MALFORMED);
    assert_eq!(read(&[b"Bearer a\xff"]), MALFORMED);
    assert_eq!(read(&[b"Bearer a\tb"]), MALFORMED);
}

#[test]
fn two_headers_are_one_too_many_whatever_they_hold() {
    let several = Err(AuthorizeError::InvalidRequest(
        InvalidRequest::SeveralCredentials,
    ));
    for second in ["Bearer b", "Bearer a", "Basic Zm9v", ""] {
        assert_eq!(
            read(&[b"Bearer a", second.as_bytes()]),
            several,
            "{second:?}"
        );
        assert_eq!(
            read(&[second.as_bytes(), b"Bearer a"]),
            several,
            "{second:?}"
        );
    }
}

#[test]
fn a_token_has_a_longest_length() {
    let of = |length: usize| format!("Bearer {}", "a".repeat(length));
    assert!(read(&[of(PresentedToken::MAX_BYTES).as_bytes()]).is_ok_and(|token| token.is_some()));
    let too_long = Err(AuthorizeError::InvalidToken(InvalidToken::Rejected));
    assert_eq!(
        read(&[of(PresentedToken::MAX_BYTES + 1).as_bytes()]),
        too_long
    );
    assert_eq!(read(&[of(100 * 1024).as_bytes()]), too_long);
}

#[test]
fn debug_does_not_show_the_token() {
    let token = PresentedToken::from_authorization(["Bearer secret"]);
    assert!(!format!("{token:?}").contains("secret"));
}

proptest! {
    #[test]
    fn a_token_is_read_as_it_stands(token in "[A-Za-z0-9._~+/-]{1,40}={0,2}", spaces in 1..5_usize) {
        let value = format!("Bearer{}{token}", " ".repeat(spaces));
        prop_assert_eq!(read(&[value.as_bytes()]), Ok(Some(token.as_str())));
    }

    #[test]
    fn no_bytes_panic_and_what_is_read_stood_there(value in proptest::collection::vec(any::<u8>(), 0..40)) {
        let value = [b"Bearer ".as_slice(), &value].concat();
        if let Ok(Some(token)) = read(&[&value]) {
            prop_assert!(value.ends_with(token.as_bytes()));
        }
    }
}
