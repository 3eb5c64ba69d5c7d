//! Tokens without a client and without a page, for trying things out.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth_as::jwt::{AccessTokenClaims, Audience, JwsSigner as _};
use oauth_as::store::Storage as _;
use oauth_as::{ClientId, IssuedToken, ScopeSet as OAuthScopes};
use scopes_core::{ScopeCatalog as _, ScopeSet};
use serde::Deserialize;
use serde_json::json;

use super::{AuthorizationServerError, State, random, session};
use crate::Scope;

const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// Whom minted tokens are issued to. Nobody can register as it.
const CLIENT_ID: &str = "epicme-token";

/// The claims that are read from a minted token.
#[derive(Deserialize)]
struct Minted {
    iss: String,
    aud: String,
    client_id: String,
    sub: String,
    #[serde(default)]
    scope: String,
    iat: u64,
    exp: u64,
}

pub(super) fn mint(
    state: &State,
    subject: &str,
    scopes: &str,
) -> Result<String, AuthorizationServerError> {
    let subject = session::subject(subject).ok_or(AuthorizationServerError::Subject)?;
    let scopes: ScopeSet = scopes
        .parse()
        .map_err(AuthorizationServerError::ParseScope)?;
    for scope in &scopes {
        let declared = Scope::CATALOG.declaring(scope.as_str());
        declared.map_err(AuthorizationServerError::UnknownScope)?;
    }
    let since = state.clock.now().duration_since(UNIX_EPOCH);
    let now = since.unwrap_or_default();
    let mut claims = AccessTokenClaims::new(
        &state.issuer,
        (now + LIFETIME).as_secs(),
        Audience::One(state.resource.clone()),
        subject,
        CLIENT_ID,
        now.as_secs(),
        random()?,
    );
    // A token that grants nothing has no `scope` (RFC 9068 section 2.2.3).
    claims.scope = (!scopes.is_empty()).then(|| scopes.to_string());
    let header = json!({
        "alg": state.key.alg().jose_name(),
        "typ": "at+jwt",
        "kid": state.key.kid(),
    });
    let signed = json!(claims);
    let message = format!(
        "{}.{}",
        base64url(&header.to_string()),
        base64url(&signed.to_string())
    );
    let signature = state.key.signature(message.as_bytes());
    let signature = signature.ok_or(AuthorizationServerError::Start("randomness"))?;
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Lets introspection know a token that was minted with this key, in whichever process.
pub(super) async fn recognize(state: &State, token: &str) {
    let Some(minted) = read(state, token) else {
        return;
    };
    let Ok(scopes) = OAuthScopes::parse(&minted.scope) else {
        return;
    };
    let time = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    let (issued_at, expires_at) = (time(minted.iat), time(minted.exp));
    let client_id = ClientId::new(CLIENT_ID);
    let mut issued = IssuedToken::new(
        token,
        client_id,
        Some(minted.sub),
        scopes,
        issued_at,
        expires_at,
    );
    issued.resource = vec![state.resource.clone()];
    // In memory, it does not fail; if it does, the token is not active.
    let _ = state.protocol.store().put_token(issued).await;
}

fn read(state: &State, token: &str) -> Option<Minted> {
    let (message, signature) = token.rsplit_once('.')?;
    let (_, payload) = message.split_once('.')?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let minted: Minted = serde_json::from_slice(&payload).ok()?;
    let ours =
        minted.client_id == CLIENT_ID && minted.iss == state.issuer && minted.aud == state.resource;
    // Looked at last: it is what costs.
    let ours = ours
        && state
            .key
            .has_signed(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?);
    ours.then_some(minted)
}

fn base64url(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}
