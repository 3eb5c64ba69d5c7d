//! rmcp's own client, in this process.

use std::error::Error;

use rmcp::ServiceExt;
use rmcp::model::CallToolRequestParams;
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::auth::{AuthClient, AuthorizationRequest, OAuthState};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::Value;

use scopes_interop::browser::{self, REDIRECT_URI};
use scopes_interop::programs::Steps;

type Session = RunningService<RoleClient, ()>;

pub(crate) async fn steps(url: &str) -> Result<Steps, Box<dyn Error>> {
    let mut steps = Steps::new();
    let mut say = |step: &str, said: Value| steps.push((step.to_owned(), said));

    let session = ().serve(StreamableHttpClientTransport::from_uri(url)).await?;
    say("tools", tools(&session).await?);
    call(&session, "about").await?;
    say("about", "done".into());
    let refused = call(&session, "read").await;
    let refused = refused.err().ok_or("no token is needed")?;
    let challenge = refused
        .auth_challenge()
        .ok_or_else(|| refused.to_string())?;

    let request = AuthorizationRequest::new(REDIRECT_URI)
        .with_client_name("client")
        .with_initial_scope_selection()
        .with_challenge(challenge);
    let mut state = OAuthState::new(url, None).await?;
    state.start_authorization(request).await?;
    let target: reqwest::Url = state.get_authorization_url().await?.parse()?;
    let scope = target.query_pairs().find(|(name, _)| name == "scope");
    say(
        "asks for",
        scope.map_or(Value::Null, |(_, scope)| scope.into()),
    );
    let callback = browser::browse(target, true).await?;
    state.handle_callback_url(callback.as_str()).await?;
    let manager = state.into_authorization_manager().ok_or("not authorized")?;

    let http = reqwest::Client::builder().no_proxy().build()?;
    let config = StreamableHttpClientTransportConfig::with_uri(url);
    let authorized = AuthClient::new(http, manager);
    let transport = StreamableHttpClientTransport::with_client(authorized, config);
    let session = ().serve(transport).await?;
    for tool in ["read", "about"] {
        call(&session, tool).await?;
        say(tool, "done".into());
    }
    say("tools", tools(&session).await?);
    session.cancel().await?;
    Ok(steps)
}

async fn tools(session: &Session) -> Result<Value, rmcp::ServiceError> {
    let tools = session.list_all_tools().await?.into_iter();
    let mut names: Vec<_> = tools.map(|tool| tool.name.into_owned()).collect();
    names.sort_unstable();
    Ok(names.into())
}

async fn call(session: &Session, tool: &'static str) -> Result<(), rmcp::ServiceError> {
    let result = session.call_tool(CallToolRequestParams::new(tool)).await?;
    assert_ne!(result.is_error, Some(true), "{result:?}");
    Ok(())
}
