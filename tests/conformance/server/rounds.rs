//! Tools that need input from the client and are called again with it, as 2026-07-28 has it.

use rmcp::handler::server::tool::{InputResponses, RequestState};
use rmcp::model::{
    self, CallToolResponse, CreateMessageRequest, CreateMessageRequestParams, ElicitRequest,
    InputRequest, InputRequests, InputRequiredResult, ListRootsRequest, SamplingMessage,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, tool, tool_router};
use scopes_core::requires_scopes;
use serde_json::{Value, json};

use super::asking::form;
use super::{Everything, text};

/// What comes of a call: an answer, or what is needed for one.
type Round = Result<CallToolResponse, ErrorData>;

/// Asks the user for one text called `field`.
pub(super) fn question(message: &str, field: &str) -> Result<InputRequest, ErrorData> {
    let form = form(message, &json!({ field: { "type": "string" } }), &[field])?;
    Ok(InputRequest::Elicitation(ElicitRequest::new(form)))
}

fn sampling(prompt: &str) -> InputRequest {
    let prompt = vec![SamplingMessage::user_text(prompt)];
    let request = CreateMessageRequestParams::new(prompt, 100);
    InputRequest::CreateMessage(CreateMessageRequest::new(request))
}

fn roots() -> InputRequest {
    InputRequest::ListRoots(ListRootsRequest::default())
}

/// All three kinds of input.
fn all_kinds() -> Result<InputRequests, ErrorData> {
    Ok(InputRequests::from([
        ("user_name".to_owned(), question("Your name?", "name")?),
        ("greeting".to_owned(), sampling("Greet somebody")),
        ("client_roots".to_owned(), roots()),
    ]))
}

/// Needs what is asked for under this one key.
pub(super) fn needs(key: &str, request: InputRequest) -> InputRequiredResult {
    InputRequiredResult::from_input_requests(InputRequests::from([(key.to_owned(), request)]))
}

/// The answer to `key`; what is no object is none.
pub(super) fn answer<'a>(
    responses: Option<&'a model::InputResponses>,
    key: &str,
) -> Option<&'a Value> {
    responses?.get(key).filter(|response| response.is_object())
}

/// What the user has filled into a form's `field`.
pub(super) fn filled<'a>(response: &'a Value, field: &str) -> &'a str {
    response["content"][field].as_str().unwrap_or("nothing")
}

#[tool_router(router = round_tools, vis = "pub(super)")]
impl Everything {
    /// Needs a name.
    #[requires_scopes("client:ask")]
    #[tool]
    fn test_input_required_result_elicitation(InputResponses(given): InputResponses) -> Round {
        match answer(given.as_ref(), "user_name") {
            Some(name) => Ok(text(format!("Hello, {}!", filled(name, "name"))).into()),
            None => Ok(needs("user_name", question("Your name?", "name")?).into()),
        }
    }

    /// Needs what the client's model says.
    #[requires_scopes("client:ask")]
    #[tool]
    fn test_input_required_result_sampling(InputResponses(given): InputResponses) -> Round {
        let Some(said) = answer(given.as_ref(), "capital_question") else {
            let request = sampling("What is the capital of France?");
            return Ok(needs("capital_question", request).into());
        };
        Ok(text(said["content"]["text"].to_string()).into())
    }

    /// Needs the client's roots.
    #[requires_scopes("client:ask")]
    #[tool]
    fn test_input_required_result_list_roots(InputResponses(given): InputResponses) -> Round {
        match answer(given.as_ref(), "client_roots") {
            Some(roots) => Ok(text(roots["roots"].to_string()).into()),
            None => Ok(needs("client_roots", roots()).into()),
        }
    }

    /// Asks on a stream that carries nothing but the answer.
    #[requires_scopes("client:ask")]
    #[tool]
    fn test_streaming_elicitation() -> Result<InputRequiredResult, ErrorData> {
        Ok(needs(
            "streaming_elicitation",
            question("Which value?", "value")?,
        ))
    }

    /// Needs a confirmation, and its state back.
    #[requires_scopes("client:ask")]
    #[tool]
    async fn test_input_required_result_request_state(
        &self,
        RequestState(state): RequestState,
    ) -> Round {
        self.confirmed(state)
    }

    /// Accepts no state but its own.
    #[requires_scopes("client:ask")]
    #[tool]
    async fn test_input_required_result_tampered_state(
        &self,
        RequestState(state): RequestState,
    ) -> Round {
        self.confirmed(state)
    }

    /// Needs three kinds of input at once.
    #[requires_scopes("client:ask")]
    #[tool]
    async fn test_input_required_result_multiple_inputs(
        &self,
        RequestState(state): RequestState,
        InputResponses(given): InputResponses,
    ) -> Round {
        let requests = all_kinds()?;
        let complete = requests
            .keys()
            .all(|key| answer(given.as_ref(), key).is_some());
        if let Some(state) = state {
            self.states.round(&state)?;
            if complete {
                return Ok(text("All inputs received").into());
            }
        }
        Ok(InputRequiredResult::new(Some(requests), Some(self.states.open(1))).into())
    }

    /// Needs one thing after the other.
    #[requires_scopes("client:ask")]
    #[tool]
    async fn test_input_required_result_multi_round(
        &self,
        RequestState(state): RequestState,
    ) -> Round {
        let round = match state {
            Some(state) => self.states.round(&state)?,
            None => 0,
        };
        let (key, request) = match round {
            0 => ("step1", question("Your name?", "name")?),
            1 => ("step2", question("Your favorite color?", "color")?),
            _ => return Ok(text("Nothing more to ask").into()),
        };
        let requests = InputRequests::from([(key.to_owned(), request)]);
        let state = self.states.open(round + 1);
        Ok(InputRequiredResult::new(Some(requests), Some(state)).into())
    }

    /// Asks for nothing that the client has not declared.
    #[requires_scopes("client:ask")]
    #[tool]
    fn test_input_required_result_capabilities(
        context: RequestContext<RoleServer>,
        InputResponses(given): InputResponses,
    ) -> Round {
        let declared = context.meta.client_capabilities().unwrap_or_default();
        let mut requests = all_kinds()?;
        requests.retain(|_, request| match request {
            InputRequest::Elicitation(_) => declared.elicitation.is_some(),
            InputRequest::CreateMessage(_) => declared.sampling.is_some(),
            InputRequest::ListRoots(_) => declared.roots.is_some(),
            _ => false,
        });
        if given.is_some() || requests.is_empty() {
            return Ok(text("Nothing more to ask").into());
        }
        Ok(InputRequiredResult::from_input_requests(requests).into())
    }
}

impl Everything {
    fn confirmed(&self, state: Option<String>) -> Round {
        if let Some(state) = state {
            self.states.round(&state)?;
            return Ok(text("state-ok").into());
        }
        let requests = InputRequests::from([("confirm".to_owned(), question("Sure?", "sure")?)]);
        Ok(InputRequiredResult::new(Some(requests), Some(self.states.open(1))).into())
    }
}
