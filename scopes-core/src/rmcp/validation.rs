//! The check when the server starts: what is served against what is annotated.

use std::fmt;

use rmcp::model::{
    ClientRequest, Cursor, ListPromptsRequest, ListResourceTemplatesRequest, ListResourcesRequest,
    ListSkillsRequest, ListToolsRequest, PaginatedRequestParams, ServerResult,
};
use rmcp::{ErrorData, ServerHandler};

use super::probe::Probed;
use crate::registry::{Registry, RegistryProblem, ServedNames, ValidateRegistryError};

macro_rules! request {
    ($request:ident) => {
        |params| ClientRequest::$request($request::with_param(params))
    };
}

macro_rules! page {
    ($result:ident, $items:ident, $name:ident) => {
        |answer| match answer {
            ServerResult::$result(list) => {
                let names = list.$items.into_iter().map(|item| item.$name.into());
                Some((names.collect(), list.next_cursor))
            }
            _ => None,
        }
    };
}

/// Asks `handler` for its tools, prompts and resources, as a client would, and holds them against
/// the annotations in `registry`. Of several servers in one program, each is validated with its own
/// operations: [`Registry::of_server`].
///
/// Runs on the current tokio runtime, opens no port, and calls no tool.
///
/// # Errors
///
/// Everything that would leave an operation unprotected, or protect nothing: a tool, prompt or
/// resource that is served and not annotated, an annotation whose name nobody serves, annotations
/// that contradict each other, guards that ask for the current caller in a handler without
/// `#[scoped_handler]`; and lists that could not be read.
pub async fn validate<H: ServerHandler>(
    handler: H,
    registry: &Registry,
) -> Result<(), ValidateHandlerError> {
    let mut handler = Probed::start(handler, registry);
    let mut unread = Vec::new();
    let mut names = async |request: Request, page: Page| {
        let names = names(&mut handler, request, page).await;
        names.unwrap_or_else(|error| {
            unread.push(error);
            Vec::new()
        })
    };
    let tools = names(
        request!(ListToolsRequest),
        page!(ListToolsResult, tools, name),
    )
    .await;
    let prompts = names(
        request!(ListPromptsRequest),
        page!(ListPromptsResult, prompts, name),
    )
    .await;
    let mut resources = names(
        request!(ListResourcesRequest),
        page!(ListResourcesResult, resources, uri),
    )
    .await;
    let templates = names(
        request!(ListResourceTemplatesRequest),
        page!(
            ListResourceTemplatesResult,
            resource_templates,
            uri_template
        ),
    );
    resources.extend(templates.await);
    let skills = names(
        request!(ListSkillsRequest),
        page!(ListSkillsResult, skills, uri),
    );
    resources.extend(skills.await);
    let served = ServedNames::new()
        .tools(tools)
        .prompts(prompts)
        .resources(resources)
        .callers_known(handler.enters_context());
    handler.end().await;
    let problems = registry.validate(&served).err();
    if unread.is_empty() && problems.is_none() {
        return Ok(());
    }
    Err(ValidateHandlerError { problems, unread })
}

type Request = fn(PaginatedRequestParams) -> ClientRequest;
type Page = fn(ServerResult) -> Option<(Vec<String>, Option<Cursor>)>;

/// Every name of a list, page by page.
async fn names<H: ServerHandler>(
    handler: &mut Probed<H>,
    request: Request,
    page: Page,
) -> Result<Vec<String>, ErrorData> {
    let mut names = Vec::new();
    let mut cursor = None;
    loop {
        let params = PaginatedRequestParams::default().with_cursor(cursor.clone());
        let Some(answer) = handler.ask(request(params)).await? else {
            return Ok(names);
        };
        let other = || ErrorData::internal_error("the answer is not a list", None);
        let (more, next) = page(answer).ok_or_else(other)?;
        names.extend(more);
        match next {
            None => return Ok(names),
            same if same == cursor => {
                let stuck = "a page names itself as the next one";
                return Err(ErrorData::internal_error(stuck, None));
            }
            next => cursor = next,
        }
    }
}

/// Returned when the handler and its annotations do not match.
#[derive(Clone, PartialEq)]
pub struct ValidateHandlerError {
    problems: Option<ValidateRegistryError>,
    unread: Vec<ErrorData>,
}

impl ValidateHandlerError {
    /// What is wrong between the annotations and what is served.
    #[must_use]
    pub fn problems(&self) -> &[RegistryProblem] {
        self.problems
            .as_ref()
            .map_or(&[], ValidateRegistryError::problems)
    }

    /// Why lists could not be read.
    #[must_use]
    pub fn unread(&self) -> &[ErrorData] {
        &self.unread
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for ValidateHandlerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for ValidateHandlerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(problems) = &self.problems {
            write!(formatter, "{problems}")?;
            separator = "\n";
        }
        for error in &self.unread {
            write!(
                formatter,
                "{separator}a list of the server cannot be read: {}",
                error.message
            )?;
            separator = "\n";
        }
        Ok(())
    }
}

impl std::error::Error for ValidateHandlerError {}
