//! An MCP client that registers, sends users to the server, and redeems what it gets.

use reqwest::StatusCode;
use scopes_core::ScopeSet;
use serde_json::{Value, json};

use super::{Browser, RESOURCE, Server};

pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:7777/callback";

/// The example of RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const S256: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct Client<'a> {
    server: &'a Server,
    http: reqwest::Client,
    pub(crate) id: String,
}

/// The answer of an endpoint.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl<'a> Client<'a> {
    /// A client that registers for refresh tokens, and for one scope only.
    pub(crate) async fn register(server: &'a Server) -> Self {
        let metadata = json!({
            "client_name": "Notebook",
            "redirect_uris": [REDIRECT_URI],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
            "scope": "user:read",
        });
        Self::register_as(server, &metadata).await
    }

    pub(crate) async fn register_as(server: &'a Server, metadata: &Value) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.post(server.url("/register")).json(metadata);
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let id = answer.body["client_id"].as_str().unwrap().to_owned();
        Self { server, http, id }
    }

    /// A client that needs no registration.
    pub(crate) fn known_as(server: &'a Server, id: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let id = id.to_owned();
        Self { server, http, id }
    }

    /// Where the client sends users: a good request, with these parameters changed, or left out
    /// where they are empty.
    pub(crate) fn authorize_url(&self, changes: &[(&str, &str)]) -> String {
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", self.id.as_str()),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "user:read entries:read"),
            ("state", "a state"),
            ("code_challenge", S256),
            ("code_challenge_method", "S256"),
            ("resource", RESOURCE),
        ];
        for (name, value) in changes {
            parameters.retain(|(parameter, _)| parameter != name);
            if !value.is_empty() {
                parameters.push((name, value));
            }
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        self.server.url(&format!("/authorize?{query}"))
    }

    /// A code for what `ada` allows: all that is asked.
    pub(crate) async fn code(&self, changes: &[(&str, &str)]) -> String {
        let browser = Browser::new(self.server);
        let page = browser.sign_in(&self.authorize_url(changes), "ada").await;
        let allowed = browser.send(&page.form().with("decision", "allow")).await;
        parameter(&allowed.location(), "code").expect("a code")
    }

    /// Redeems a code; parameters can be changed, or left out where they are empty.
    pub(crate) async fn redeem(&self, code: &str, changes: &[(&str, &str)]) -> Answer {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", &self.id),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
            ("resource", RESOURCE),
        ];
        for (name, value) in changes {
            form.retain(|(parameter, _)| parameter != name);
            if !value.is_empty() {
                form.push((name, value));
            }
        }
        self.post("/token", &form).await
    }

    pub(crate) async fn refresh(&self, token: &str, scope: Option<&str>) -> Answer {
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("client_id", &self.id),
        ];
        form.extend(scope.map(|scope| ("scope", scope)));
        self.post("/token", &form).await
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        Answer::of(self.http.post(self.server.url(path)).form(form)).await
    }

    /// Introspects a token as the resource server.
    pub(crate) async fn introspect(&self, token: &str) -> Answer {
        let (id, secret) = self.server.authorization.introspection_client();
        let request = self.http.post(self.server.url("/introspect"));
        Answer::of(
            request
                .basic_auth(id, Some(secret))
                .form(&[("token", token)]),
        )
        .await
    }
}

impl Answer {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let status = response.status();
        let body = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Self { status, body }
    }

    /// The `scope`, which has no order.
    pub(crate) fn scopes(&self) -> ScopeSet {
        set(self.text("scope"))
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.body[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }
}

pub(crate) fn set(scopes: &str) -> ScopeSet {
    scopes.parse().unwrap()
}

/// A parameter of the URL that a browser was sent to.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
