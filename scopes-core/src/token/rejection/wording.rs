//! Sentences for operators: the problem of a rejected token, and its remedy.

use std::fmt;

use super::Rejection;

impl fmt::Display for Rejection {
    #[expect(clippy::too_many_lines, reason = "one sentence for each reason")]
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { actual, max } => write!(
                formatter,
                "The token has {actual} bytes; at most {max} are accepted. Have the authorization \
                 server put fewer claims into it."
            ),
            Self::UnsupportedScheme { actual } => write!(
                formatter,
                "The token is presented under `{}`, which the verifier does not take. Use a verifier \
                 whose `TokenVerifier::presentation` has this scheme.",
                actual.as_str()
            ),
            Self::NotJwt => formatter.write_str(
                "The token is not a JWT. Configure the authorization server to issue JWT access tokens, \
                 or verify its tokens with `IntrospectionVerifier`.",
            ),
            Self::Malformed { part, problem } => write!(
                formatter,
                "The {part} of the token {problem}. Only the authorization server can correct it; a \
                 client may have sent another string than the token it received."
            ),
            Self::UnsupportedParameter { parameter } => write!(
                formatter,
                "The header has `{parameter}`, which is not supported. Configure the authorization \
                 server to issue access tokens as signed, not encrypted JWTs without critical \
                 extensions."
            ),
            Self::UnsupportedAlgorithm { actual, expected } => write!(
                formatter,
                "`alg` is {}; expected {}. Configure the authorization server to sign by one of these, \
                 or set `Profile::algorithms`.",
                Names::one(actual),
                Names(expected)
            ),
            Self::WrongType { actual, expected } => {
                match actual {
                    Some(actual) => write!(formatter, "`typ` is {}", Names::one(actual))?,
                    None => formatter.write_str("The header has no `typ`")?,
                }
                write!(
                    formatter,
                    "; expected {expected}. The client must send its access token; if this is one, set \
                     the profile of the provider with `Issuer::profile`."
                )
            }
            Self::MissingClaim { claim } if claim == "aud" => formatter.write_str(
                "The token has no `aud`. Add an audience mapper for the resource at the authorization \
                 server, or have clients request the resource (RFC 8707); \
                 `insecure_accept_missing_audience` accepts such tokens.",
            ),
            Self::MissingClaim { claim } => write!(
                formatter,
                "The token has no `{}`. Configure the authorization server to add it, or set a profile \
                 that does not require it with `Issuer::profile`.",
                claim.escape_debug()
            ),
            Self::InvalidClaim { claim, expected } => write!(
                formatter,
                "`{}` has an invalid form; expected {expected}. Correct the claim mapper of the \
                 authorization server.",
                claim.escape_debug()
            ),
            Self::WrongValue { claim, expected } => write!(
                formatter,
                "`{}` is not {}. Configure the authorization server to set it, or set another profile \
                 with `Issuer::profile` (`Profile::required_value`).",
                claim.escape_debug(),
                Names::one(expected)
            ),
            Self::WrongIssuer {
                actual,
                expected,
                setting,
            } => write!(
                formatter,
                "`iss` is {}; expected {}, character for character. Send clients to this authorization \
                 server, or set the issuer as it is in `iss` with `ResourceServerBuilder::authorization_server` \
                 or `{setting}`.",
                Names::one(actual),
                Names(expected)
            ),
            Self::WrongAudience {
                claim,
                actual,
                expected,
                setting,
            } => write!(
                formatter,
                "`{}` is {}; expected {}. Add an audience mapper for the resource at the authorization \
                 server, correct the URL in `ResourceServer::builder`, or accept another audience with \
                 `{setting}`.",
                claim.escape_debug(),
                Names(actual),
                Names(expected)
            ),
            Self::AudienceIsClient { audience } => write!(
                formatter,
                "The audience {} is the client of the token, as in an ID token. Register the resource \
                 apart from its clients at the authorization server, or set `Profile::at_jwt` or the \
                 provider's profile with `Issuer::profile`.",
                Names::one(audience)
            ),
            Self::Expired => formatter.write_str(
                "The token has expired (`exp`). The client needs a new one; if the clocks of the servers \
                 differ, synchronize them or raise `JwtVerifierBuilder::leeway`.",
            ),
            Self::NotYetValid => formatter.write_str(
                "The token is not valid yet (`nbf`). Synchronize the clocks of the servers, or raise \
                 `JwtVerifierBuilder::leeway`.",
            ),
            Self::NotAccessToken { claim, actual } => {
                match actual {
                    Some(actual) => write!(formatter, "`{claim}` is {}", Names::one(actual))?,
                    None => write!(formatter, "The token has `{claim}`")?,
                }
                formatter.write_str(
                    ", so it is not an access token but an ID token or another kind. The client must \
                     send its access token; for another form of access tokens, set the provider's \
                     profile with `Issuer::profile`.",
                )
            }
            Self::NoEvidence { expected } => write!(
                formatter,
                "No claim shows that this is an access token; expected one of {}. Configure the \
                 authorization server to add one or to issue the type `at+jwt`, or set the provider's \
                 profile with `Issuer::profile`.",
                Names(expected)
            ),
            Self::BoundToKey => formatter.write_str(
                "The token is bound to a key (`cnf`) and was presented without a verified proof of \
                 possession. Configure the authorization server to issue bearer tokens to this client, \
                 or use a verifier that checks proofs (`TokenVerifier::presentation`).",
            ),
            Self::WrongKey => formatter.write_str(
                "`cnf` is not the key that the client has proven to possess. The client must send the \
                 proof with the key that it requested the token with.",
            ),
            Self::UnknownKey { issuer, algorithm } => write!(
                formatter,
                "The issuer {} has no key for this `kid` and the `alg` {}. Check that its key set (set \
                 it with `Issuer::jwks_url` or `Issuer::jwks`) has the signing key; warnings above name \
                 keys that are not used.",
                Names::one(issuer),
                Names::one(algorithm)
            ),
            Self::BadSignature { issuer, algorithm } => write!(
                formatter,
                "The signature ({}) was not made with the key of the issuer {}. The token was changed \
                 or forged, or `Issuer::jwks_url` or `Issuer::jwks` has the keys of another server.",
                Names::one(algorithm),
                Names::one(issuer)
            ),
            Self::Inactive => formatter.write_str(
                "The authorization server says that the token is not active: it has expired, is \
                 revoked or unknown, or the client of `IntrospectionVerifier::builder` may not \
                 introspect it. Keycloak requires the id of that client in the `aud` of the token.",
            ),
            Self::ServerFailure => formatter.write_str(
                "The authorization server answers 500 about this token and accepts others. \
                 Look into its log; the client needs a new token.",
            ),
            Self::Unknown => formatter.write_str(
                "The token is not in the verifier's list. Add it with `StaticVerifier::token`.",
            ),
            Self::Revoked => formatter.write_str(
                "The token was revoked at this server (`Revocations`). The client needs a token that is \
                 issued after the revocation.",
            ),
            Self::IssuedInFuture { max_seconds } => write!(
                formatter,
                "The token was issued (`iat`) more than {max_seconds} seconds in the future. Synchronize the \
                 clocks of the servers, or raise `RevocationsBuilder::clock_leeway`."
            ),
            Self::OutlivesRevocations { max_seconds } => write!(
                formatter,
                "The token was issued (`iat`) more than {max_seconds} seconds ago, or has no `iat` and \
                 does not expire (`exp`) within that time, so that it could outlive its revocation. \
                 Configure the authorization server to issue tokens that expire earlier, or raise \
                 `RevocationsBuilder::max_token_lifetime`."
            ),
            Self::Changed => formatter.write_str(
                "A later answer about the token names another caller or lacks a scope, so the response \
                 stream ends. The client continues with a new request.",
            ),
            Self::Other { problem, .. } => formatter.write_str(problem),
        }
    }
}

/// Writes names of a token or of the settings: escaped, shortened, and the first few.
struct Names<'a, T>(&'a [T]);

impl<'a> Names<'a, &'a str> {
    const LONGEST: usize = 200;
    const MOST: usize = 8;
}

impl<'a, T: AsRef<str>> Names<'a, T> {
    fn one(name: &'a T) -> Self {
        Self(std::slice::from_ref(name))
    }
}

impl<T: AsRef<str>> fmt::Display for Names<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (longest, most) = (Names::<&str>::LONGEST, Names::<&str>::MOST);
        if self.0.is_empty() {
            return formatter.write_str("empty");
        }
        for (place, name) in self.0.iter().take(most).enumerate() {
            formatter.write_str(if place == 0 { "`" } else { ", `" })?;
            let mut characters = name.as_ref().chars();
            for character in characters.by_ref().take(longest) {
                write!(formatter, "{}", character.escape_debug())?;
            }
            formatter.write_str(if characters.next().is_some() {
                "..`"
            } else {
                "`"
            })?;
        }
        if self.0.len() > most {
            // The verifier may have kept only the first names.
            formatter.write_str(" and more")?;
        }
        Ok(())
    }
}
