//! A client of an authorization server: registration, authorization code with PKCE, refresh and revocation.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Response, StatusCode, Url};
use scopes_interop::browser::{self, REDIRECT_URI};
use serde_json::{Value, json};

/// The metadata of an authorization server (RFC 8414, or `OpenID` Connect Discovery).
#[derive(Clone, Debug)]
pub struct Metadata(Value);

/// A client that is registered.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    metadata: Metadata,
    id: String,
}

/// What the authorization server has issued.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token, if there is one.
    pub refresh: Option<String>,
    /// The ID token, if `openid` was among the scopes.
    pub id: Option<String>,
}

/// Makes requests on this machine, past every proxy.
pub(crate) fn http() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().build();
    client.expect("TLS")
}

impl Metadata {
    /// Fetches the metadata of `issuer`, where [`find`](Self::find) finds it.
    pub async fn of(issuer: &str) -> Self {
        let found = Self::find(issuer).await;
        found.unwrap_or_else(|| panic!("no metadata of {issuer}"))
    }

    /// Fetches the metadata of `issuer` from the first place that has it, in the order of MCP.
    pub async fn find(issuer: &str) -> Option<Self> {
        let url: Url = issuer.parse().expect("a URL");
        let (origin, path) = (url.origin().ascii_serialization(), url.path());
        let path = path.trim_end_matches('/');
        let places = [
            format!("{origin}/.well-known/oauth-authorization-server{path}"),
            format!("{origin}/.well-known/openid-configuration{path}"),
            format!("{origin}{path}/.well-known/openid-configuration"),
        ];
        for place in places {
            let answer = http().get(place).send().await.expect("an answer");
            if answer.status() == StatusCode::OK {
                let document: Value = answer.json().await.expect("JSON");
                assert_eq!(document["issuer"], issuer);
                return Some(Self(document));
            }
        }
        None
    }

    /// Returns the URL of an endpoint by its member's name.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> &str {
        let url = self.0[name].as_str();
        url.unwrap_or_else(|| panic!("no {name} in {}", self.0))
    }
}

impl Client {
    /// Registers a client (RFC 7591), as MCP clients do.
    ///
    /// # Errors
    ///
    /// The status and the body of a refusal.
    pub async fn register(metadata: &Metadata, scope: &str) -> Result<Self, String> {
        let client = json!({
            "application_type": "native",
            "client_name": "client",
            "grant_types": ["authorization_code", "refresh_token"],
            "redirect_uris": [REDIRECT_URI],
            "response_types": ["code"],
            "scope": scope,
            "token_endpoint_auth_method": "none",
        });
        Self::register_as(metadata, &client).await
    }

    /// Registers a client that acts for itself, without a user.
    ///
    /// # Errors
    ///
    /// The status and the body of a refusal.
    pub async fn register_without_users(metadata: &Metadata) -> Result<Self, String> {
        let client = json!({ "grant_types": ["client_credentials"], "redirect_uris": [] });
        Self::register_as(metadata, &client).await
    }

    async fn register_as(metadata: &Metadata, client: &Value) -> Result<Self, String> {
        let request = http().post(metadata.endpoint("registration_endpoint"));
        let answer = request.json(client).send().await.expect("an answer");
        let answer = read(answer).await?;
        let id = answer["client_id"].as_str().expect("a client");
        Ok(Self::new(metadata, id))
    }

    /// A client that is known to the authorization server.
    #[must_use]
    pub fn new(metadata: &Metadata, id: &str) -> Self {
        Self {
            http: http(),
            metadata: metadata.clone(),
            id: id.to_owned(),
        }
    }

    /// Returns the client's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Has the user sign in and consent, and returns the tokens.
    ///
    /// # Errors
    ///
    /// The error of the authorization server.
    pub async fn sign_in(&self, resource: &str, scope: &str) -> Result<Tokens, String> {
        // The same in every test: nobody else listens here.
        let verifier = "a-code-verifier-of-at-least-forty-three-characters";
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let mut asked = vec![
            ("client_id", self.id.as_str()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("redirect_uri", REDIRECT_URI),
            ("resource", resource),
            ("response_type", "code"),
            ("scope", scope),
            ("state", "a state of the client"),
        ];
        // OpenID Connect Core section 11.
        if scope.split(' ').any(|name| name == "offline_access") {
            asked.push(("prompt", "consent"));
        }
        let endpoint = self.metadata.endpoint("authorization_endpoint");
        let url = Url::parse_with_params(endpoint, asked).expect("a URL");
        let callback = browser::browse(url, true).await?;
        let said = |name| {
            let mut pairs = callback.query_pairs();
            let found = pairs.find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned())
        };
        let Some(code) = said("code") else {
            let description = said("error_description").unwrap_or_default();
            return Err(format!(
                "{}: {description}",
                said("error").unwrap_or_default()
            ));
        };
        self.redeem(&[
            ("code", &code),
            ("code_verifier", verifier),
            ("grant_type", "authorization_code"),
            ("redirect_uri", REDIRECT_URI),
            ("resource", resource),
        ])
        .await
    }

    /// Redeems a refresh token.
    ///
    /// # Errors
    ///
    /// The error of the authorization server.
    pub async fn refresh(&self, tokens: &Tokens, resource: &str) -> Result<Tokens, String> {
        let token = tokens.refresh.as_deref().expect("a refresh token");
        self.redeem(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("resource", resource),
        ])
        .await
    }

    /// Gets tokens for a user without a browser (RFC 6749 section 4.3).
    ///
    /// # Errors
    ///
    /// The error of the authorization server.
    pub async fn sign_in_by_password(&self, user: &str, scope: &str) -> Result<Tokens, String> {
        self.redeem(&[
            ("grant_type", "password"),
            ("username", user),
            ("password", user),
            ("scope", scope),
        ])
        .await
    }

    /// Revokes the access token (RFC 7009).
    ///
    /// # Errors
    ///
    /// The error of the authorization server.
    pub async fn revoke(&self, tokens: &Tokens) -> Result<(), String> {
        let form = [("token", tokens.access.as_str())];
        self.post("revocation_endpoint", &form).await?;
        Ok(())
    }

    async fn redeem(&self, form: &[(&str, &str)]) -> Result<Tokens, String> {
        let answer = self.post("token_endpoint", form).await?;
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        Ok(Tokens {
            access: text("access_token").ok_or("no access token")?,
            refresh: text("refresh_token"),
            id: text("id_token"),
        })
    }

    async fn post(&self, endpoint: &str, form: &[(&str, &str)]) -> Result<Value, String> {
        let mut form = form.to_vec();
        form.push(("client_id", &self.id));
        let request = self.http.post(self.metadata.endpoint(endpoint)).form(&form);
        read(request.send().await.expect("an answer")).await
    }
}

/// The body of an answer that is no refusal; nothing is `null`.
async fn read(answer: Response) -> Result<Value, String> {
    let (status, url) = (answer.status(), answer.url().clone());
    let body = answer.text().await.expect("a body");
    if !status.is_success() {
        return Err(format!("{status} at {url}: {body}"));
    }
    Ok(serde_json::from_str(&body).unwrap_or(Value::Null))
}
