//! The user's browser: goes where an authorization server sends it, signs in, and grants or denies.

use std::collections::BTreeMap;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use serde::Deserialize;

/// Where clients are to be sent back to. The browser stops before, so that only the Inspector listens there.
pub const REDIRECT_URI: &str = "http://127.0.0.1:23419/callback";

/// What a client wants of the user.
#[derive(Deserialize)]
struct Visit {
    url: Url,
    grants: bool,
}

/// Visits authorization servers for programs that ask by HTTP; returns where.
///
/// # Panics
///
/// If there is no port to listen on.
pub async fn serve() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let app = Router::new().route("/", post(asked));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

async fn asked(body: String) -> (StatusCode, String) {
    let visit: Visit = match serde_json::from_str(&body) {
        Ok(visit) => visit,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()),
    };
    match browse(visit.url, visit.grants).await {
        Ok(callback) => (StatusCode::OK, callback.into()),
        Err(problem) => (StatusCode::BAD_GATEWAY, problem),
    }
}

/// Goes to `url`, signs in, and grants or denies; returns where the client is sent back to.
///
/// # Errors
///
/// The page or the status at which there is no way on.
pub async fn browse(mut url: Url, grants: bool) -> Result<Url, String> {
    // As browsers do when they go to a page: better-auth answers other requests in JSON.
    let accept = HeaderValue::from_static("text/html");
    let client = Client::builder()
        .cookie_store(true)
        .default_headers(HeaderMap::from_iter([(ACCEPT, accept)]))
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| error.to_string())?;
    let mut response = client.get(url.clone()).send().await;
    for _ in 0..20 {
        let answer = response.map_err(|error| error.to_string())?;
        if let Some(location) = redirect(&answer) {
            url = answer
                .url()
                .join(&location)
                .map_err(|error| error.to_string())?;
            if url.as_str().starts_with(REDIRECT_URI) {
                return Ok(url);
            }
            response = client.get(url.clone()).send().await;
            continue;
        }
        let (status, at) = (answer.status(), answer.url().clone());
        let page = answer.text().await.map_err(|error| error.to_string())?;
        if !status.is_success() {
            return Err(format!("{status} at {at}: {page}"));
        }
        response = match step(&page, &at, grants)? {
            Step::Follow(link) => client.get(link).send().await,
            Step::Submit(action, fields) => {
                let origin = at.origin().ascii_serialization();
                let request = client.post(action).header("origin", origin);
                request.form(&fields).send().await
            }
        };
    }
    Err(format!("there is no end at {url}"))
}

fn redirect(answer: &Response) -> Option<String> {
    let location = answer.headers().get("location")?;
    let location = location.to_str().ok()?;
    answer
        .status()
        .is_redirection()
        .then(|| location.to_owned())
}

enum Step {
    Follow(Url),
    Submit(Url, Vec<(String, String)>),
}

/// What the user does on the page.
fn step(page: &str, at: &Url, grants: bool) -> Result<Step, String> {
    let tags: Vec<Tag> = tags(page).collect();
    let join = |target: &str| at.join(target).map_err(|error| error.to_string());
    let named = |name: &'static str| tags.iter().filter(move |tag| tag.name == name);
    let signs_in = named("input").any(|input| input.attribute("name") == Some("login"));
    let links = named("a").filter_map(|link| link.attribute("href"));
    let mut aborting = links.filter(|link| link.contains("abort"));
    if let (Some(abort), false, false) = (aborting.next(), signs_in, grants) {
        return join(abort).map(Step::Follow);
    }
    let form = named("form").next().ok_or("there is no form")?;
    let action = join(form.attribute("action").unwrap_or_default())?;
    let inputs = named("input").filter(|input| input.attribute("type") != Some("submit"));
    let mut fields: Vec<_> = inputs.filter_map(filled).collect();
    fields.extend(pressed(&tags, grants));
    Ok(Step::Submit(action, fields))
}

/// The button that the user presses on a page that asks for a decision, by its name or by its value.
fn pressed(tags: &[Tag], grants: bool) -> Option<(String, String)> {
    let decisions = if grants {
        ["allow", "accept"]
    } else {
        ["deny", "cancel"]
    };
    let is_button = |tag: &&Tag| tag.name == "button" || tag.attribute("type") == Some("submit");
    tags.iter().filter(is_button).find_map(|button| {
        let name = button.attribute("name")?;
        let value = button.attribute("value").unwrap_or_default();
        let is_pressed = decisions.contains(&name) || decisions.contains(&value);
        is_pressed.then(|| (name.to_owned(), value.to_owned()))
    })
}

/// The field as it is, or as anybody fills it in.
fn filled(input: &Tag) -> Option<(String, String)> {
    let name = input.attribute("name")?.to_owned();
    if input.attribute("type") == Some("checkbox") {
        input.attribute("checked")?;
    }
    let value = input.attribute("value").unwrap_or_default();
    let is_for_users = input.attribute("type") != Some("hidden");
    let value = if is_for_users && value.is_empty() {
        "ada"
    } else {
        value
    };
    Some((name, value.to_owned()))
}

/// A start tag.
struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

fn tags(page: &str) -> impl Iterator<Item = Tag> {
    let mut emitter = DefaultEmitter::default();
    // The content of `style` and `script` is no markup.
    emitter.naively_switch_states(true);
    let tokens = Tokenizer::new_with_emitter(page, emitter).flatten();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    tokens.filter_map(move |token| match token {
        Token::StartTag(tag) => Some(Tag {
            name: text(&tag.name),
            attributes: tag
                .attributes
                .iter()
                .map(|(name, value)| (text(name), text(value)))
                .collect(),
        }),
        _ => None,
    })
}
