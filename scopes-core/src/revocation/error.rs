//! The reasons for which something is not revoked.

use std::error::Error;
use std::fmt;

/// Returned when a revocation is not made.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::{Duration, SystemTime};
/// use scopes_core::revocation::{Revocation, Revocations, RevokeError};
///
/// let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
/// let revocation = Revocation::issued_before("https://auth.example.com", tomorrow);
/// let refused = Revocations::new().revoke(revocation).await;
/// assert_eq!(refused, Err(RevokeError::InFuture));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevokeError {
    /// The instant of [`Revocation::issued_before`](super::Revocation::issued_before) is in the future. It
    /// would revoke tokens that are yet to be issued.
    InFuture,
    /// The store cannot be reached. The revocation is in force on this instance, which writes it to the
    /// store as soon as that can be reached; other instances do not know it yet.
    StoreUnavailable,
}

impl fmt::Display for RevokeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::InFuture => "the instant is in the future; revoke what was issued until now",
            Self::StoreUnavailable => {
                "the store is unavailable, so that only this instance has the revocation; try again"
            }
        })
    }
}

impl Error for RevokeError {}
