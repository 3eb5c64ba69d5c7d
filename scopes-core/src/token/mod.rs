//! Access tokens, as far as the decision needs them.

mod claims;
mod verified;

pub use claims::Claims;
pub use verified::VerifiedToken;
