//! Asks the authorization endpoint for scopes, as a client whose user has not signed in yet.

use form_urlencoded::Serializer;
use http::header::LOCATION;

use super::client::Client;
use super::finding::Finding;
use super::issuer_document::Document;
use super::server::Server;
use super::wanted::Wanted;
use crate::document::shortened;
use crate::scope::ScopeSet;

pub(super) const INDICATORS: &str = "resource indicators";
pub(super) const SCOPES_OF_CLIENT: &str = "scopes of the client";

/// The limit of `http::Uri`.
const MAX_URL_BYTES: usize = 65_534;
/// The example of RFC 7636 appendix B. No code is ever exchanged.
const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The client that asks the authorization endpoints.
pub(crate) enum SignInAs {
    /// They are not asked.
    NoOne,
    /// A client that is registered for this.
    NewClient,
    /// A client that is known to the authorization server.
    Client(KnownClient),
}

/// A client that is registered.
pub(crate) struct KnownClient {
    pub(crate) id: String,
    pub(crate) redirect_uri: String,
}

impl KnownClient {
    /// Asks for every scope: a client that was registered before a scope was added may be refused all.
    pub(super) async fn examine(
        &self,
        client: &Client,
        server: &Server,
        document: &Document,
        wanted: &Wanted,
    ) -> Vec<Finding> {
        let url = match document.url("authorization_endpoint") {
            Ok(url) => url,
            Err(problem) => {
                let checks = [SCOPES_OF_CLIENT, INDICATORS];
                return checks
                    .map(|check| Finding::not_tried(check, problem.as_str()))
                    .into();
            }
        };
        let answer = self.sign_in(client, url, &wanted.all, server).await;
        vec![indicators(&answer), self.scopes(answer, wanted)]
    }

    fn scopes(&self, answer: SignIn, wanted: &Wanted) -> Finding {
        let id = shortened(&self.id);
        match answer {
            SignIn::NotRefused if wanted.all.is_empty() => {
                Finding::not_tried(SCOPES_OF_CLIENT, "the server names no scopes")
            }
            SignIn::NotRefused => {
                let found =
                    format!("{id:?} is not refused a request for every scope before sign-in");
                Finding::ok(SCOPES_OF_CLIENT, found)
            }
            SignIn::Refused(error) if has_code(&error, "invalid_scope") => Finding::problem(
                SCOPES_OF_CLIENT,
                format!("{id:?} is refused a request for every scope: `invalid_scope`"),
                "allow the client each scope, or have it register again; until then, publish those that it \
                 has (`ResourceServerBuilder::scopes_supported`)",
            ),
            SignIn::Refused(error) if wanted.has_several_issuers => Finding::warning(
                SCOPES_OF_CLIENT,
                format!("a request of {id:?} is refused: {error}"),
                "correct the client id, or its redirect URI, unless the client is registered at another \
                 authorization server of this server",
            ),
            SignIn::Refused(error) => Finding::problem(
                SCOPES_OF_CLIENT,
                format!("a request of {id:?} is refused: {error}"),
                "correct the client id, or its redirect URI",
            ),
            SignIn::Unknown(reason) => Finding::not_tried(SCOPES_OF_CLIENT, reason),
        }
    }

    /// Asks the authorization endpoint at `url` for these scopes.
    pub(super) async fn sign_in(
        &self,
        client: &Client,
        url: &str,
        scope: &ScopeSet,
        server: &Server,
    ) -> SignIn {
        SignIn::at(
            client,
            &self.url(url, scope, &server.url),
            &self.redirect_uri,
        )
        .await
    }

    fn url(&self, endpoint: &str, scope: &ScopeSet, resource: &str) -> String {
        let mut query = Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("state", "scopes-doctor")
            .append_pair("code_challenge", CODE_CHALLENGE)
            .append_pair("code_challenge_method", "S256")
            .append_pair("resource", resource);
        if !scope.is_empty() {
            query.append_pair("scope", &scope.to_string());
        }
        let separator = if endpoint.contains('?') { '&' } else { '?' };
        format!("{endpoint}{separator}{}", query.finish())
    }
}

/// The result of an authorization request, before any user signs in.
pub(super) enum SignIn {
    /// The server may still refuse the request after the sign-in.
    NotRefused,
    Refused(String),
    Unknown(String),
}

impl SignIn {
    async fn at(client: &Client, url: &str, redirect_uri: &str) -> Self {
        if url.len() > MAX_URL_BYTES {
            return Self::Unknown("the URL of a request for the scopes is too long".to_owned());
        }
        let answer = match client.get(url).await {
            Ok(answer) if !answer.is_unavailable() => answer,
            Ok(answer) => return Self::Unknown(answer.status_text()),
            Err(error) => return Self::Unknown(error.to_string()),
        };
        let location = answer.texts(LOCATION).first().copied().unwrap_or_default();
        let query = location
            .split_once(['?', '#'])
            .map_or("", |(_, query)| query);
        let mut members = form_urlencoded::parse(query.as_bytes());
        let error = members.find(|(name, _)| name == "error");
        match error.map(|(_, error)| shortened(&error)) {
            Some(error) if location.starts_with(redirect_uri) => Self::Refused(error),
            // The page may be about another error, or lead to the sign-in all the same.
            Some(error) => Self::Unknown(format!("a redirect to a page with the error `{error}`")),
            None if (200..400).contains(&answer.status) => Self::NotRefused,
            None => Self::Refused(answer.error().unwrap_or_else(|| answer.status_text())),
        }
    }
}

pub(super) fn has_code(error: &str, code: &str) -> bool {
    error.split(':').next() == Some(code)
}

pub(super) fn indicators(answer: &SignIn) -> Finding {
    match answer {
        SignIn::NotRefused => {
            let found = "a request with `resource` is not refused before sign-in";
            Finding::ok(INDICATORS, found)
        }
        SignIn::Refused(error) if has_code(error, "invalid_target") => Finding::problem(
            INDICATORS,
            "`invalid_target`: the server does not know this resource",
            "add the URL of this server as a resource (RFC 8707)",
        ),
        SignIn::Refused(other) => {
            Finding::not_tried(INDICATORS, format!("the request is refused: {other}"))
        }
        SignIn::Unknown(reason) => Finding::not_tried(INDICATORS, reason.as_str()),
    }
}
