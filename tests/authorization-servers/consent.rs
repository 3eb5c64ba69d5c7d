//! The app that Hydra needs: signs users in, asks for their consent, and registers clients.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::client::http;

/// The grants of clients that act for a user.
const GRANTS: [&str; 2] = ["authorization_code", "refresh_token"];

pub(crate) struct App {
    /// Where Hydra's two ports are.
    pub(crate) public: String,
    pub(crate) admin: String,
    /// The MCP server that tokens are issued for.
    pub(crate) resource: String,
    /// The clients that have been granted something.
    pub(crate) known: Mutex<HashSet<String>>,
}

type Parameters = Vec<(String, String)>;
type Problem = (StatusCode, String);

pub(crate) async fn serve(listener: TcpListener, app: App) {
    let routes = Router::new()
        .route("/login", get(login))
        .route("/consent", get(ask).post(answer))
        .route("/register", post(register))
        .with_state(Arc::new(app));
    axum::serve(listener, routes).await.expect("it serves");
}

fn value<'a>(parameters: &'a Parameters, name: &str) -> &'a str {
    let found = parameters.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value)
}

impl App {
    /// Asks Hydra about a request of a client, or answers it.
    async fn request(&self, path: &str, challenge: &str, answer: Option<Value>) -> Value {
        let kind = path.split('/').next().unwrap_or_default();
        let url = format!("{}/admin/oauth2/auth/requests/{path}", self.admin);
        let url = Url::parse_with_params(&url, [(format!("{kind}_challenge"), challenge)]);
        let url = url.expect("a URL");
        let request = match answer {
            Some(answer) => http().put(url).json(&answer),
            None => http().get(url),
        };
        let answer = request.send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }
}

fn redirect(answer: &Value) -> Result<Redirect, Problem> {
    let to = answer["redirect_to"].as_str();
    let to = to.ok_or_else(|| (StatusCode::BAD_REQUEST, answer.to_string()))?;
    Ok(Redirect::to(to))
}

/// Signs everybody in as Ada.
async fn login(
    State(app): State<Arc<App>>,
    Query(asked): Query<Parameters>,
) -> Result<Redirect, Problem> {
    let answer = json!({ "subject": "ada" });
    let challenge = value(&asked, "login_challenge");
    redirect(&app.request("login/accept", challenge, Some(answer)).await)
}

/// Shows the scopes that the client asks for, to be ticked. A client that is new begins with reading.
async fn ask(State(app): State<Arc<App>>, Query(asked): Query<Parameters>) -> Html<String> {
    let challenge = value(&asked, "consent_challenge");
    let request = app.request("consent", challenge, None).await;
    let client = request["client"]["client_id"].as_str().unwrap_or_default();
    let is_known = app.known.lock().expect("not poisoned").contains(client);
    let scopes = request["requested_scope"].as_array();
    let scopes = scopes.into_iter().flatten().filter_map(Value::as_str);
    let boxes = scopes.map(|scope| {
        let ticked = if is_known || !scope.ends_with(":write") {
            "checked"
        } else {
            ""
        };
        format!(r#"<input type="checkbox" name="scope" value="{scope}" {ticked}>{scope}"#)
    });
    let boxes: String = boxes.collect();
    Html(format!(
        r#"<form method="post" action="/consent">
        <input type="hidden" name="consent_challenge" value="{challenge}">{boxes}
        <button name="decision" value="allow">Allow</button>
        <button name="decision" value="deny">Deny</button></form>"#
    ))
}

/// Grants what was ticked, for the MCP server that the client names as `resource`.
async fn answer(
    State(app): State<Arc<App>>,
    Form(form): Form<Parameters>,
) -> Result<Redirect, Problem> {
    let challenge = value(&form, "consent_challenge");
    let request = app.request("consent", challenge, None).await;
    if value(&form, "decision") != "allow" {
        let denied = json!({ "error": "access_denied" });
        return redirect(&app.request("consent/reject", challenge, Some(denied)).await);
    }
    // Hydra ignores `resource`. What it issues without an audience, the MCP server rejects.
    let url = request["request_url"].as_str().unwrap_or_default();
    let url: Url = url.parse().expect("a URL");
    let named = url
        .query_pairs()
        .any(|(name, value)| name == "resource" && value == app.resource);
    let audience: Vec<&str> = if named {
        vec![&app.resource]
    } else {
        Vec::new()
    };
    let granted = form.iter().filter(|(name, _)| name == "scope");
    let granted: Vec<&str> = granted.map(|(_, scope)| scope.as_str()).collect();
    let answer = json!({ "grant_scope": granted, "grant_access_token_audience": audience });
    let client = request["client"]["client_id"].as_str().unwrap_or_default();
    app.known
        .lock()
        .expect("not poisoned")
        .insert(client.to_owned());
    redirect(&app.request("consent/accept", challenge, Some(answer)).await)
}

/// Registers a client that acts for users, for the MCP server alone.
async fn register(
    State(app): State<Arc<App>>,
    Json(mut client): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let grants = client["grant_types"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if !grants
        .iter()
        .all(|grant| GRANTS.iter().any(|known| grant == known))
    {
        return Err((
            StatusCode::BAD_REQUEST,
            r#"{"error":"invalid_client_metadata"}"#.to_owned(),
        ));
    }
    // Without it, Hydra refuses to refresh tokens that have this audience.
    client["audience"] = json!([app.resource]);
    let request = http()
        .post(format!("{}/oauth2/register", app.public))
        .json(&client);
    let answer = request.send().await.expect("an answer");
    let status = answer.status();
    let mut answer: Value = answer.json().await.expect("JSON");
    // Hydra sends members without a value, such as `client_uri` and `jwks`, which clients cannot read as URLs
    // or key sets.
    if let Some(members) = answer.as_object_mut() {
        members
            .retain(|_, value| *value != json!(null) && *value != json!("") && *value != json!({}));
    }
    Ok((status, Json(answer)))
}
