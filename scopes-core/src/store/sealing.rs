//! Keys of entries that tell nothing, and values that nobody else can make.

use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

use super::purpose::Purpose;
use crate::moment::Moment;
use crate::secret_keys::SecretKeys;

const NONCE: usize = 24;
const TIME: usize = 8;

/// The keys that are derived from one secret key.
#[derive(Clone)]
pub(super) struct Sealing {
    names: Hmac<Sha256>,
    values: XChaCha20Poly1305,
}

/// The name of an entry in the store. The hash is of the purpose and of all that the entry belongs to.
pub(super) struct Name {
    purpose: Purpose,
    hash: [u8; 32],
}

impl Sealing {
    /// Returns the sealing of each key; the first one seals.
    pub(super) fn of(keys: &SecretKeys) -> Vec<Self> {
        let names = keys.derive("scopes store names");
        let values = keys.derive("scopes store values");
        let both = names.zip(values);
        both.filter_map(|(names, values)| {
            Some(Self {
                names: Hmac::new_from_slice(&names).ok()?,
                values: XChaCha20Poly1305::new(&values.into()),
            })
        })
        .collect()
    }

    /// Returns the name of the entry with these parts.
    pub(super) fn name(&self, purpose: Purpose, parts: &[&[u8]]) -> Name {
        let mut mac = self.names.clone();
        each_part(purpose, parts, |bytes| mac.update(bytes));
        Name {
            purpose,
            hash: mac.finalize().into_bytes().into(),
        }
    }

    /// Seals a value for the entry `name`. Returns `None` without random bytes.
    pub(super) fn seal(&self, name: &Name, value: &[u8], lifetime: Duration) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).ok()?;
        let end = Moment::now().wall().checked_add(lifetime)?;
        let end = end.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let end = u64::try_from(end.as_millis()).ok()?;
        let plain = [&end.to_be_bytes()[..], value].concat();
        let payload = Payload {
            msg: &plain,
            aad: &name.hash,
        };
        let sealed = self.values.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some([&nonce[..], &sealed].concat())
    }

    /// Returns the value, if it was sealed for the entry `name` and has not expired.
    pub(super) fn open(&self, name: &Name, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: &name.hash,
        };
        let mut plain = self.values.decrypt(&XNonce::from(*nonce), payload).ok()?;
        let end = plain.first_chunk::<TIME>()?;
        let end = Duration::from_millis(u64::from_be_bytes(*end));
        let end = SystemTime::UNIX_EPOCH.checked_add(end)?;
        (Moment::now().wall() < end).then(|| plain.split_off(TIME))
    }
}

/// Lets `hash` take the parts. A length before each of them distinguishes any two lists of parts.
fn each_part(purpose: Purpose, parts: &[&[u8]], mut hash: impl FnMut(&[u8])) {
    for part in std::iter::once(&purpose.as_str().as_bytes()).chain(parts) {
        hash(&(part.len() as u64).to_be_bytes());
        hash(part);
    }
}

impl Name {
    /// Returns the key of a log in the store. It is hashed without a secret key, so that instances whose
    /// first keys differ have the same log: the parts must not be secret.
    pub(super) fn of_log(purpose: Purpose, parts: &[&[u8]]) -> String {
        let mut digest = Sha256::new();
        each_part(purpose, parts, |bytes| digest.update(bytes));
        let hash = digest.finalize().into();
        Self { purpose, hash }.to_key()
    }

    /// Returns the key in the store.
    pub(super) fn to_key(&self) -> String {
        let hash = BASE64_URL_SAFE_NO_PAD.encode(self.hash);
        format!("{}:{hash}", self.purpose.as_str())
    }
}

impl fmt::Debug for Sealing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sealing(..)")
    }
}
