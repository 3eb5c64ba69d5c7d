//! The credentials of a request, kept for as long as its token may be verified again.

use http::{HeaderValue, Method, Request};

use crate::error::AuthorizeError;
use crate::token::{Presentation, PresentedToken, PresentingRequest};

/// The `Authorization` header of a request and, for verifiers that check proofs, what a proof refers to.
#[derive(Clone)]
pub(super) struct Credentials {
    authorization: HeaderValue,
    proof: Option<Box<Proof>>,
}

/// The proof headers of a request, with its method and its URL as external clients use it.
#[derive(Clone)]
struct Proof {
    method: Method,
    url: String,
    headers: Vec<(&'static str, HeaderValue)>,
}

/// The values of proof headers.
pub(super) type ProofHeaders<'a> = Vec<(&'a str, &'a [u8])>;

impl Credentials {
    /// `origin` is that of the resource; `proof_headers` are those that the verifier names.
    pub(super) fn new<B>(
        authorization: HeaderValue,
        request: &Request<B>,
        origin: &str,
        proof_headers: &[&'static str],
    ) -> Self {
        let proof = || {
            let names = proof_headers.iter().copied();
            let values = |name| request.headers().get_all(name).into_iter();
            let headers =
                names.flat_map(|name| values(name).map(move |value| (name, value.clone())));
            Box::new(Proof {
                method: request.method().clone(),
                url: format!("{origin}{}", request.uri().path()),
                headers: headers.collect(),
            })
        };
        Self {
            authorization,
            proof: (!proof_headers.is_empty()).then(proof),
        }
    }

    pub(super) fn proof_headers(&self) -> ProofHeaders<'_> {
        let headers = self.proof.iter().flat_map(|proof| &proof.headers);
        headers
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect()
    }

    /// Returns the token as it was presented, with its request if the verifier checks proofs.
    pub(super) fn token<'a>(
        &'a self,
        presentation: &Presentation,
        headers: &'a ProofHeaders<'a>,
        is_repeated: bool,
    ) -> Result<PresentedToken<'a>, AuthorizeError> {
        let schemes = presentation.schemes();
        let token = PresentedToken::from_authorization_with(schemes, [&self.authorization])?;
        let token = token.ok_or(AuthorizeError::MissingToken)?;
        let Some(proof) = &self.proof else {
            return Ok(token);
        };
        let request = PresentingRequest::new(proof.method.as_str(), &proof.url, headers);
        Ok(token.with_request(if is_repeated {
            request.repeated()
        } else {
            request
        }))
    }
}
