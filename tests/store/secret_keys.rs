//! Secret keys that are given as bytes, in text or in a file.

use scopes_core::SecretKeys;
use scopes_core::secret_keys::SecretKeysError;

const HEX: &str = "6f3a1c9d5be2470488f1d6a7330ce95b1f82a4c6e0d7593bb4168e2f7a90cd35";
/// The same key.
const BASE64: &str = "bzocnVviRwSI8danMwzpWx+CpMbg11k7tBaOL3qQzTU=";
const BASE64_URL: &str = "bzocnVviRwSI8danMwzpWx-CpMbg11k7tBaOL3qQzTU";
const OTHER: &str = "9c41f7e2a85d3b06d1947c2e5fa0b3681d7e94c2a6f05b38e19d472c8ba60f53";

fn problem(text: &str) -> String {
    let read: Result<SecretKeys, _> = text.parse();
    let error = read.expect_err("an invalid text").to_string();
    for secret in [HEX, OTHER, "Zm9v"] {
        assert!(!error.contains(secret), "{error}");
    }
    error
}

#[test]
fn keys_are_read_in_each_notation() {
    for text in [
        HEX.to_owned(),
        HEX.to_uppercase(),
        BASE64.to_owned(),
        BASE64_URL.to_owned(),
        format!("# the current key\n\n  {HEX}  \r\n{OTHER}\n# the end"),
    ] {
        let keys: SecretKeys = text.parse().expect("keys");
        let number = 1 + usize::from(text.contains(OTHER));
        assert_eq!(format!("{keys:?}"), format!("SecretKeys({number})"));
    }
    // The same key in two notations is one key.
    assert!(problem(&format!("{HEX}\n{BASE64}")).contains("line 2"));
}

#[test]
fn what_is_no_key_is_named_by_its_line() {
    for text in ["", "\n\n", "# nothing"] {
        assert!(problem(text).contains("no secret key"), "{text}");
    }
    for wrong in [
        &HEX[1..],
        "secret",
        "Zm9v",
        &format!("{HEX}00"),
        &format!("{HEX} {OTHER}"),
        &HEX.replace('6', "g"),
    ] {
        let problem = problem(&format!("{OTHER}\n{wrong}"));
        assert!(problem.starts_with("line 2: not a secret key"), "{problem}");
    }
    assert!(problem(&"0".repeat(64)).starts_with("line 1: all bytes"));
    assert!(problem(&"ab".repeat(32)).starts_with("line 1: all bytes"));
    assert!(problem(&format!("{HEX}\n{OTHER}\n{HEX}")).starts_with("line 3: this secret key"));
}

#[test]
fn keys_of_bytes_are_checked_alike() {
    let key: [u8; 32] = std::array::from_fn(|place| u8::try_from(place).expect("small"));
    assert!(matches!(
        SecretKeys::new([0; 32]),
        Err(SecretKeysError::NotRandom { line: None })
    ));
    let keys = SecretKeys::new(key).expect("a key");
    assert!(matches!(
        keys.clone().accept(key),
        Err(SecretKeysError::Duplicate { line: None })
    ));
    assert!(keys.accept([7; 32]).is_err());
    assert!(SecretKeys::random().is_ok());
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = std::env::temp_dir().join(format!("scopes-keys-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("keys");
    let missing = SecretKeys::from_file(&file).expect_err("no file");
    assert!(missing.to_string().contains(file.to_str().expect("UTF-8")));
    std::fs::write(&file, format!("{HEX}\n")).expect("a file");
    assert!(SecretKeys::from_file(&file).is_ok());
    std::fs::remove_dir_all(&folder).expect("a folder");
}
