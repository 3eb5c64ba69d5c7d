//! The forms in which tokens are presented to a verifier.

use std::borrow::Cow;

/// The scheme of an `Authorization` header that carries a token.
///
/// ```
/// use scopes_core::PresentedToken;
/// use scopes_core::token::TokenScheme;
///
/// let schemes = [TokenScheme::Dpop, TokenScheme::Bearer];
/// let token = PresentedToken::from_authorization_with(&schemes, ["DPoP mF_9.B5f-4.1JqM"])?;
/// assert_eq!(token.map(|token| token.scheme()), Some(TokenScheme::Dpop));
/// assert_eq!(TokenScheme::Dpop.as_str(), "DPoP");
/// # Ok::<(), scopes_core::AuthorizeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenScheme {
    /// `Bearer` (RFC 6750).
    Bearer,
    /// `DPoP` (RFC 9449 section 7.1).
    Dpop,
}

impl TokenScheme {
    /// Returns the name, as it is written in challenges.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}

/// The schemes and proofs with which tokens are presented to a [verifier](super::TokenVerifier). The layer reads requests by it, writes the first scheme into challenges, and publishes in the
/// metadata what the verifier enforces.
///
/// ```
/// use scopes_core::token::{Presentation, TokenScheme};
///
/// let both = Presentation::dpop(["ES256", "EdDSA"]).or_bearer();
/// assert_eq!(both.schemes(), [TokenScheme::Dpop, TokenScheme::Bearer]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    schemes: Cow<'static, [TokenScheme]>,
    proof_headers: Vec<&'static str>,
    dpop_algorithms: Vec<String>,
    requires_certificate: bool,
}

impl Presentation {
    /// Takes bearer tokens, which need no proof.
    #[must_use]
    pub fn bearer() -> Self {
        Self {
            schemes: Cow::Borrowed(&[TokenScheme::Bearer]),
            proof_headers: Vec::new(),
            dpop_algorithms: Vec::new(),
            requires_certificate: false,
        }
    }

    /// Takes tokens that are bound by `DPoP` (RFC 9449), with a proof in the header `DPoP` that is signed
    /// by one of these JWS algorithms. Names of other characters than letters, digits and `-` are left
    /// out.
    #[must_use]
    pub fn dpop<A: Into<String>>(algorithms: impl IntoIterator<Item = A>) -> Self {
        let is_name = |name: &String| {
            let mut bytes = name.bytes();
            !name.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let algorithms = algorithms.into_iter().map(Into::into);
        Self {
            schemes: Cow::Borrowed(&[TokenScheme::Dpop]),
            proof_headers: vec!["dpop"],
            dpop_algorithms: algorithms.filter(is_name).collect(),
            requires_certificate: false,
        }
    }

    /// Takes bearer tokens too.
    #[must_use]
    pub fn or_bearer(mut self) -> Self {
        if !self.schemes.contains(&TokenScheme::Bearer) {
            self.schemes.to_mut().push(TokenScheme::Bearer);
        }
        self
    }

    /// Passes the values of this header to the verifier, such as `client-cert` (RFC 9440), in
    /// [`PresentedToken::request`](super::PresentedToken::request).
    #[must_use]
    pub fn proof_header(mut self, name: &'static str) -> Self {
        self.proof_headers.push(name);
        self
    }

    /// Publishes that tokens are bound to client certificates (RFC 8705), which the verifier checks.
    #[must_use]
    pub fn certificate_bound(mut self) -> Self {
        self.requires_certificate = true;
        self
    }

    /// Returns the schemes. Challenges name the first.
    #[must_use]
    pub fn schemes(&self) -> &[TokenScheme] {
        &self.schemes
    }

    pub(crate) fn takes(&self, scheme: TokenScheme) -> bool {
        self.schemes.contains(&scheme)
    }

    /// Returns the names of the headers that carry proofs.
    #[must_use]
    pub fn proof_headers(&self) -> &[&'static str] {
        &self.proof_headers
    }

    /// The JWS algorithms of `DPoP` proofs.
    pub(crate) fn dpop_algorithms(&self) -> &[String] {
        &self.dpop_algorithms
    }

    /// Returns whether every token has to be bound by `DPoP`.
    pub(crate) fn requires_dpop(&self) -> bool {
        *self.schemes == [TokenScheme::Dpop]
    }

    pub(crate) const fn requires_certificate(&self) -> bool {
        self.requires_certificate
    }

    /// The scheme of challenges.
    pub(crate) fn challenged(&self) -> TokenScheme {
        let first = self.schemes.first();
        first.copied().unwrap_or(TokenScheme::Bearer)
    }

    /// Returns whether an answer about a token is about more than the token itself.
    #[cfg(feature = "cache")]
    pub(crate) fn takes_proofs(&self) -> bool {
        !self.proof_headers.is_empty() || *self.schemes != [TokenScheme::Bearer]
    }
}

impl Default for Presentation {
    fn default() -> Self {
        Self::bearer()
    }
}
