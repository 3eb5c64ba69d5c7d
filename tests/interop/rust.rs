//! rmcp's own client, in this process.

use std::error::Error;

use rmcp::ServiceExt;
use rmcp::model::CallToolRequestParams;
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::auth::{
    AuthClient, AuthorizationCallback, AuthorizationRequest, OAuthState, WWWAuthenticateParams,
};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::Value;

use super::browser::{self, REDIRECT_URI};
use super::programs::Steps;
use super::task::{Call, Task};

type Session = RunningService<RoleClient, ()>;

/// What the client does: see `scenario.mjs`.
pub(crate) async fn steps(task: &Task, grants: bool) -> Result<Steps, Box<dyn Error>> {
    let url = task.url.as_str();
    let mut steps = Steps::new();
    let mut say = |step: &str, said: Value| steps.push((step.to_owned(), said));

    let stranger = ().serve(StreamableHttpClientTransport::from_uri(url)).await;
    let refused = stranger.err().ok_or("a stranger gets a session")?;
    let challenge = refused.auth_challenge().ok_or("no challenge")?;

    let mut request = AuthorizationRequest::new(REDIRECT_URI)
        .with_client_name("client")
        .with_initial_scope_selection()
        .with_challenge(challenge);
    if let Some(client_id) = task.client_id.clone() {
        request = request.with_preregistered_client(client_id);
    }
    let mut state = OAuthState::new(url, None).await?;
    state.start_authorization(request).await?;
    let target = state.get_authorization_url().await?;
    say("asks for", asked(&target)?);
    let callback = browser::browse(target.parse()?, true).await?;
    state.handle_callback_url(callback.as_str()).await?;
    let manager = state.into_authorization_manager().ok_or("not authorized")?;

    let http = reqwest::Client::builder().no_proxy().build()?;
    let authorized = AuthClient::new(http, manager);
    let config = StreamableHttpClientTransportConfig::with_uri(url);
    let transport = StreamableHttpClientTransport::with_client(authorized.clone(), config);
    let session = ().serve(transport).await?;
    say("tools", session.list_all_tools().await?.len().into());
    call(&session, &task.first).await?;
    say(task.first.tool, "done".into());

    let Err(lacks) = call(&session, &task.step).await else {
        say(task.step.tool, "done".into());
        call(&session, &task.first).await?;
        say(task.first.tool, "done".into());
        session.cancel().await?;
        return Ok(steps);
    };
    let challenge = lacks.auth_challenge().ok_or_else(|| lacks.to_string())?;
    let challenge = WWWAuthenticateParams::parse(challenge, &url.parse()?);
    let scope = challenge.scope.ok_or("no scope")?;
    let manager = authorized.auth_manager.lock().await;
    let target = manager.request_scope_upgrade(&scope).await?;
    say("asks for", asked(&target)?);
    let callback = browser::browse(target.parse()?, grants).await?;
    let mut said = callback.query_pairs();
    if let Some((_, error)) = said.find(|(name, _)| name == "error") {
        say("declined", error.into());
    } else {
        let callback = AuthorizationCallback::from_redirect_url(callback.as_str())?;
        let issuer = callback.issuer.as_deref();
        manager
            .exchange_code_for_token_with_issuer(&callback.code, &callback.csrf_token, issuer)
            .await?;
    }
    // The session asks it for the token.
    drop(manager);
    if grants {
        call(&session, &task.step).await?;
        say(task.step.tool, "done".into());
    }
    call(&session, &task.first).await?;
    say(task.first.tool, "done".into());
    session.cancel().await?;
    Ok(steps)
}

async fn call(session: &Session, call: &Call) -> Result<(), rmcp::ServiceError> {
    let arguments = call.arguments.as_object().cloned().unwrap_or_default();
    let request = CallToolRequestParams::new(call.tool).with_arguments(arguments);
    let result = session.call_tool(request).await?;
    assert_ne!(result.is_error, Some(true), "{result:?}");
    Ok(())
}

fn asked(target: &str) -> Result<Value, Box<dyn Error>> {
    let target: reqwest::Url = target.parse()?;
    let scope = target.query_pairs().find(|(name, _)| name == "scope");
    Ok(scope.map_or(Value::Null, |(_, scope)| scope.into()))
}
