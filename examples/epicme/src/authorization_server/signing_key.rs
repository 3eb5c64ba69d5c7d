//! The key that signs access tokens.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth_as::jwt::{EcCurve, Jwk, JwsAlg, JwsSignature, JwsSigner, SignerError};

use super::AuthorizationServerError;

/// More than any P-256 key in PKCS #8 takes.
const MAX_BYTES: u64 = 4096;

/// A P-256 key that signs access tokens with ES256. Clones are the same key.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<EcdsaKeyPair>,
    jwk: Jwk,
}

impl SigningKey {
    /// A new key, that ends with the process.
    ///
    /// # Errors
    ///
    /// If the system has no randomness to give.
    pub fn generate() -> Result<Self, AuthorizationServerError> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map(Self::new)
            .map_err(|_| AuthorizationServerError::Start("a signing key"))
    }

    /// The key in the file, a PKCS #8 document in DER; a new one is written where there is no file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written, others than its owner may read it, or it holds no
    /// P-256 key.
    pub fn load_or_create(path: &Path) -> Result<Self, AuthorizationServerError> {
        let wrong = |problem: String| AuthorizationServerError::SigningKey {
            path: path.to_owned(),
            problem,
        };
        let document = match read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(path).map_err(|error| wrong(format!("cannot be written: {error}")))?;
                // Read again: another process may have been first.
                read(path)
            }
            read => read,
        };
        let document = document.map_err(|error| wrong(format!("cannot be read: {error}")))?;
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document)
            .map(Self::new)
            .map_err(|_| wrong("is no P-256 key in PKCS #8".to_owned()))
    }

    fn new(pair: EcdsaKeyPair) -> Self {
        // An uncompressed point: one byte that says so, then both coordinates.
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        // RFC 7638 section 3: the required members, in lexicographic order.
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()));
        Self {
            pair: Arc::new(pair),
            jwk: Jwk::Ec {
                crv: EcCurve::P256,
                x,
                y,
                kid: Some(thumbprint),
            },
        }
    }

    pub(super) fn kid(&self) -> &str {
        self.jwk.kid().unwrap_or_default()
    }

    /// The signature of ES256, nothing where the system has no randomness to give.
    pub(super) fn signature(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signature = self.pair.sign(&SystemRandom::new(), message).ok()?;
        Some(signature.as_ref().to_vec())
    }

    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let public = self.pair.public_key().as_ref();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public)
            .verify(message, signature)
            .is_ok()
    }
}

impl JwsSigner for SigningKey {
    fn alg(&self) -> JwsAlg {
        JwsAlg::Es256
    }

    async fn sign(&self, signing_input: &[u8]) -> Result<JwsSignature, SignerError> {
        self.signature(signing_input)
            .and_then(|signature| JwsSignature::from_wire(JwsAlg::Es256, &signature))
            .ok_or_else(|| SignerError::new("no randomness"))
    }

    fn public_jwk(&self) -> Jwk {
        self.jwk.clone()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(io::Error::other(format!(
                "others may read or write it (mode {:03o}); `chmod 600` it",
                mode & 0o777
            )));
        }
    }
    let mut document = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut document)?;
    Ok(document)
}

/// Writes a new key beside its place first, so that nobody ever reads half of one.
fn create(path: &Path) -> io::Result<()> {
    let document =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| io::Error::other("no randomness"))?;
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    // Readable by its owner only, from the start.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(document.as_ref())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}
