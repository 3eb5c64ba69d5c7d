//! Access tokens: how one is presented, what it says, and who finds it good.

mod access_token;
mod claims;
mod verified;
mod verifier;

pub use access_token::AccessToken;
pub use claims::Claims;
pub use verified::VerifiedToken;
pub use verifier::{AcceptToken, TokenVerifier, VerifyTokenError, verify, verify_at_once};
