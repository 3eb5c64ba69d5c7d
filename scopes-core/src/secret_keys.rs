//! Holds the secret keys that all instances of a server share.
//!
//! ```
//! use scopes_core::SecretKeys;
//!
//! # let [current, previous] = [[1, 2], [3, 4]].map(|pair| std::array::from_fn(|at| pair[at % 2]));
//! // All instances seal with `current`, and still open what `previous` has sealed.
//! let keys = SecretKeys::new(current)?.accept(previous)?;
//! assert_eq!(format!("{keys:?}"), "SecretKeys(2)");
//! # Ok::<(), scopes_core::secret_keys::SecretKeysError>(())
//! ```

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The length of a key in bytes.
const LENGTH: usize = 32;

type Key = [u8; LENGTH];

/// The secret keys of a server. The first one seals; all of them open what was sealed.
///
/// Every instance of a server is given the same keys. Each purpose uses keys of its own, which are
/// derived from these. To replace a key without an interruption, in three steps, each on all instances
/// before the next one begins: append the new key, move it to the first place, and remove the old key
/// once nothing sealed with it is needed.
///
/// A file has one key per line, as 64 hexadecimal digits or in base64, as `openssl rand -hex 32` and
/// `openssl rand -base64 32` print them. Blank lines and lines that begin with `#` are ignored.
///
/// `Debug` shows the number of keys only.
///
/// ```
/// use scopes_core::SecretKeys;
///
/// let keys: SecretKeys = "\
/// ## The current key, and the previous one.
/// 6f3a1c9d5be2470488f1d6a7330ce95b1f82a4c6e0d7593bb4168e2f7a90cd35
/// 9c41f7e2a85d3b06d1947c2e5fa0b3681d7e94c2a6f05b38e19d472c8ba60f53
/// ".parse()?;
/// assert_eq!(format!("{keys:?}"), "SecretKeys(2)");
/// # Ok::<(), scopes_core::secret_keys::SecretKeysError>(())
/// ```
#[derive(Clone)]
pub struct SecretKeys(Arc<[Key]>);

impl SecretKeys {
    /// Returns keys of which `current` seals. Take it from a cryptographic random number generator.
    ///
    /// # Errors
    ///
    /// If all bytes of `current` are equal, as in a key that was not initialized.
    pub fn new(current: [u8; LENGTH]) -> Result<Self, SecretKeysError> {
        Self::of(vec![(current, None)])
    }

    /// Opens what was sealed with `key`, too.
    ///
    /// # Errors
    ///
    /// If all bytes of `key` are equal, or it is one of the keys.
    pub fn accept(self, key: [u8; LENGTH]) -> Result<Self, SecretKeysError> {
        let keys = self.0.iter().chain([&key]);
        Self::of(keys.map(|key| (*key, None)).collect())
    }

    /// Returns a random key, which no other process has.
    ///
    /// # Errors
    ///
    /// If the operating system has no random bytes.
    pub fn random() -> Result<Self, SecretKeysError> {
        let mut key = [0; LENGTH];
        getrandom::fill(&mut key).map_err(|_| SecretKeysError::NoRandomBytes)?;
        Self::new(key)
    }

    /// Reads the keys from a file: see [the type](Self) for its format.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or its keys are invalid.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, SecretKeysError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| SecretKeysError::ReadFile {
            path: path.display().to_string(),
            error: Arc::new(error),
        })?;
        text.parse()
    }

    /// Checks the keys, each with its line.
    fn of(keys: Vec<(Key, Option<usize>)>) -> Result<Self, SecretKeysError> {
        if keys.is_empty() {
            return Err(SecretKeysError::NoKey);
        }
        for (position, (key, line)) in keys.iter().enumerate() {
            if key.iter().all(|byte| *byte == key[0]) {
                return Err(SecretKeysError::NotRandom { line: *line });
            }
            let mut previous = keys.iter().take(position);
            if previous.any(|(other, _)| other == key) {
                return Err(SecretKeysError::Duplicate { line: *line });
            }
        }
        Ok(Self(keys.into_iter().map(|(key, _)| key).collect()))
    }

    /// Returns the keys of one purpose, in order: HKDF-Expand (RFC 5869) of each key, whose output of 32
    /// bytes is its first block.
    pub(crate) fn derive(&self, purpose: &str) -> impl Iterator<Item = Key> {
        self.0.iter().filter_map(move |key| {
            let mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
            let block = mac.chain_update(purpose).chain_update([1]);
            Some(block.finalize().into_bytes().into())
        })
    }
}

impl FromStr for SecretKeys {
    type Err = SecretKeysError;

    /// Reads the keys from the text of a file.
    fn from_str(text: &str) -> Result<Self, SecretKeysError> {
        let mut keys = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                let key = read(line).ok_or(SecretKeysError::Unreadable { line: number })?;
                keys.push((key, Some(number)));
            }
        }
        Self::of(keys)
    }
}

fn read(text: &str) -> Option<Key> {
    if text.len() == 2 * LENGTH {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let mut key = [0; LENGTH];
        for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let (high, low) = (digit(pair[0])?, digit(pair[1])?);
            *byte = u8::try_from(16 * high + low).ok()?;
        }
        return Some(key);
    }
    let padding = DecodePaddingMode::Indifferent;
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(padding);
    let decode = |alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok();
    let key = decode(&URL_SAFE).or_else(|| decode(&STANDARD))?;
    key.try_into().ok()
}

impl fmt::Debug for SecretKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretKeys({})", self.0.len())
    }
}

/// Returned when secret keys are invalid. `Debug` prints what `Display` does; neither shows a key.
///
/// ```
/// use scopes_core::SecretKeys;
/// use scopes_core::secret_keys::SecretKeysError;
///
/// let keys = "# The key of staging.\nchangeme".parse::<SecretKeys>();
/// assert!(matches!(keys, Err(SecretKeysError::Unreadable { line: 2 })));
/// let missing = SecretKeys::from_file("/run/secrets/missing");
/// assert!(matches!(missing, Err(SecretKeysError::ReadFile { .. })));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum SecretKeysError {
    /// There is no key.
    NoKey,
    /// A line is not a key of 32 bytes.
    Unreadable {
        /// The number of the line.
        line: usize,
    },
    /// All bytes of a key are equal.
    NotRandom {
        /// The number of the line, if the key is from a text.
        line: Option<usize>,
    },
    /// A key is there twice.
    Duplicate {
        /// The number of the second line, if the key is from a text.
        line: Option<usize>,
    },
    /// The file cannot be read.
    ReadFile {
        /// The file.
        path: String,
        /// The reason.
        error: Arc<std::io::Error>,
    },
    /// The operating system has no random bytes.
    NoRandomBytes,
}

/// Names the line at the start of a sentence.
struct InLine(Option<usize>);

impl fmt::Display for InLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(line) => write!(formatter, "line {line}: "),
            None => Ok(()),
        }
    }
}

impl fmt::Display for SecretKeysError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => formatter.write_str(
                "there is no secret key; write one per line, as `openssl rand -hex 32` prints it",
            ),
            Self::Unreadable { line } => write!(
                formatter,
                "line {line}: not a secret key; write 32 random bytes as 64 hexadecimal digits or in \
                 base64, as `openssl rand -hex 32` prints them"
            ),
            Self::NotRandom { line } => write!(
                formatter,
                "{}all bytes of the secret key are equal; take 32 random bytes",
                InLine(*line)
            ),
            Self::Duplicate { line } => write!(
                formatter,
                "{}this secret key is already in the list; remove one of the two",
                InLine(*line)
            ),
            Self::ReadFile { path, error } => {
                write!(
                    formatter,
                    "the secret keys in {path} cannot be read: {error}"
                )
            }
            Self::NoRandomBytes => {
                formatter.write_str("the operating system has no random bytes for a secret key")
            }
        }
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for SecretKeysError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for SecretKeysError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::ReadFile { error, .. } => Some(&**error),
            _ => None,
        }
    }
}
