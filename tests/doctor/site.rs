//! A protected server and its authorization server on one loopback port, healthy but for one mistake.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use scopes_tests::faulty::{FaultyServer, Received, Reply};
use serde_json::{Value, json};

pub(crate) const METADATA: &str = "/.well-known/oauth-protected-resource/mcp";
pub(crate) const AUTHORIZATION_SERVER: &str = "/.well-known/oauth-authorization-server";
pub(crate) const SCOPES: &str = "entries:read entries:write";

/// A response of this status, with these headers and this body.
pub(crate) fn raw(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut text = format!("HTTP/1.1 {status} Whatever\r\nConnection: close\r\n");
    for (name, value) in headers {
        write!(text, "{name}: {value}\r\n").expect("written");
    }
    if !headers.iter().any(|(name, _)| *name == "Date") {
        write!(text, "Date: {}\r\n", date(Duration::ZERO)).expect("written");
    }
    write!(text, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("written");
    Reply::Raw(text.into_bytes())
}

/// The `Date` of a clock that is behind by so much.
pub(crate) fn date(behind: Duration) -> String {
    httpdate::fmt_http_date(SystemTime::now() - behind)
}

/// The answers of the endpoint.
#[derive(Clone)]
pub(crate) struct Endpoint {
    /// The `WWW-Authenticate` headers without a token.
    pub(crate) challenges: Vec<String>,
    /// The `WWW-Authenticate` of the made-up token.
    pub(crate) invalid: String,
    pub(crate) checks_host: bool,
    pub(crate) checks_origin: bool,
    /// The headers for allowed origins.
    pub(crate) cors: Vec<(&'static str, &'static str)>,
    pub(crate) preflight: u16,
    pub(crate) date: String,
}

impl Endpoint {
    pub(crate) fn new(url: &str) -> Self {
        let metadata = format!("resource_metadata=\"{url}{METADATA}\"");
        Self {
            challenges: vec![format!("Bearer {metadata}")],
            invalid: format!("Bearer error=\"invalid_token\", {metadata}"),
            checks_host: true,
            checks_origin: true,
            cors: vec![
                ("Access-Control-Allow-Origin", "*"),
                ("Access-Control-Expose-Headers", "WWW-Authenticate"),
                (
                    "Access-Control-Allow-Headers",
                    "Authorization, Content-Type",
                ),
            ],
            preflight: 204,
            date: date(Duration::ZERO),
        }
    }

    fn answer(&self, request: &Received) -> Reply {
        let header = |name: &str| request.headers.get(name).map_or("", String::as_str);
        let is_foreign = |value: &str| value.ends_with(".example");
        if self.checks_origin && is_foreign(header("origin"))
            || self.checks_host && is_foreign(header("host"))
        {
            return raw(403, &[], "{}");
        }
        let mut headers = vec![("Date", self.date.as_str())];
        if !header("origin").is_empty() {
            headers.extend(&self.cors);
        }
        if request.line.starts_with("OPTIONS") {
            return raw(self.preflight, &headers, "");
        }
        if header("authorization").is_empty() {
            let challenges = self.challenges.iter();
            headers.extend(challenges.map(|value| ("WWW-Authenticate", value.as_str())));
        } else {
            headers.push(("WWW-Authenticate", &self.invalid));
        }
        raw(401, &headers, "{}")
    }

    pub(crate) fn reply(self) -> Reply {
        Reply::by(move |request| self.answer(request))
    }
}

pub(crate) struct Site(FaultyServer);

impl Site {
    pub(crate) fn healthy() -> Self {
        let site = Self(FaultyServer::start());
        let origin = site.0.url("");
        site.reply("/mcp", Endpoint::new(&origin).reply());
        site.document(METADATA, &site.metadata());
        site.document(AUTHORIZATION_SERVER, &site.authorization_server());
        site.document("/jwks", &keys());
        site.registering(|_| None);
        site.reply("/introspect", Reply::json(&json!({ "active": false })));
        site
    }

    /// Registers clients; an authorization request is redirected with the error that `refusal` has for its
    /// query, else to the page where users sign in.
    pub(crate) fn registering(
        &self,
        refusal: impl Fn(&str) -> Option<&'static str> + Send + Sync + 'static,
    ) {
        let registered = json!({
            "client_id": "client-1",
            "registration_client_uri": self.0.url("/register/client-1"),
            "registration_access_token": "management-token",
        });
        self.reply("/register", Reply::Answer(201, registered.to_string()));
        self.reply("/register/client-1", Reply::Answer(204, String::new()));
        let authorize = move |request: &Received| match refusal(&request.line) {
            Some(error) => {
                let callback = "http://127.0.0.1:33418/scopes-doctor";
                Reply::Redirect(302, format!("{callback}?error={error}&state=scopes-doctor"))
            }
            None => Reply::Redirect(302, "/sign-in".to_owned()),
        };
        self.reply("/authorize", Reply::by(authorize));
    }

    pub(crate) fn url(&self) -> String {
        self.0.url("/mcp")
    }

    pub(crate) fn origin(&self) -> String {
        self.0.url("")
    }

    pub(crate) fn reply(&self, path: &str, reply: Reply) {
        self.0.reply(path, reply);
    }

    /// Serves a document that pages may read.
    pub(crate) fn document(&self, path: &str, document: &Value) {
        let headers = [("Access-Control-Allow-Origin", "*")];
        self.reply(path, raw(200, &headers, &document.to_string()));
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.0.received()
    }

    pub(crate) fn endpoint(&self, change: impl FnOnce(&mut Endpoint)) {
        let mut endpoint = Endpoint::new(&self.origin());
        change(&mut endpoint);
        self.reply("/mcp", endpoint.reply());
    }

    /// Answers requests to the endpoint as usual, and those for which `is_it` holds with `reply`.
    pub(crate) fn answering(
        &self,
        is_it: impl Fn(&Received) -> bool + Send + Sync + 'static,
        reply: Reply,
    ) {
        let usual = Endpoint::new(&self.origin()).reply();
        let choose = move |request: &Received| {
            if is_it(request) {
                reply.clone()
            } else {
                usual.clone()
            }
        };
        self.reply("/mcp", Reply::by(choose));
    }

    pub(crate) fn metadata(&self) -> Value {
        json!({
            "resource": self.url(),
            "authorization_servers": [self.origin()],
            "scopes_supported": SCOPES.split(' ').collect::<Vec<_>>(),
        })
    }

    pub(crate) fn authorization_server(&self) -> Value {
        json!({
            "issuer": self.origin(),
            "authorization_endpoint": self.0.url("/authorize"),
            "token_endpoint": self.0.url("/token"),
            "registration_endpoint": self.0.url("/register"),
            "introspection_endpoint": self.0.url("/introspect"),
            "jwks_uri": self.0.url("/jwks"),
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
            "scopes_supported": format!("{SCOPES} offline_access").split(' ').collect::<Vec<_>>(),
        })
    }

    /// The metadata with a member changed; `null` removes it.
    pub(crate) fn with_metadata(&self, member: &str, value: Value) {
        self.document(METADATA, &changed(self.metadata(), member, value));
    }

    pub(crate) fn with_authorization_server(&self, member: &str, value: Value) {
        let document = changed(self.authorization_server(), member, value);
        self.document(AUTHORIZATION_SERVER, &document);
    }
}

/// A key set with one key that verifies signatures.
pub(crate) fn keys() -> Value {
    json!({ "keys": [{
        "kty": "OKP", "crv": "Ed25519", "kid": "one", "use": "sig", "alg": "EdDSA",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }] })
}

fn changed(mut document: Value, member: &str, value: Value) -> Value {
    let members = document.as_object_mut().expect("an object");
    members.remove(member);
    if !value.is_null() {
        members.insert(member.to_owned(), value);
    }
    document
}
