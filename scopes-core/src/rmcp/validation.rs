//! The start-up check: annotations beside the operations that the server lists.

use std::fmt;

use rmcp::model::{
    ClientRequest, Cursor, ListPromptsRequest, ListResourceTemplatesRequest, ListResourcesRequest,
    ListSkillsRequest, ListToolsRequest, PaginatedRequestParams, ServerResult,
};
use rmcp::{ErrorData, ServerHandler};
use serde_json::Value;

use super::probe::Probed;
use crate::registry::{
    AnonymousLists, Registry, RegistryProblem, ServedNames, ValidateRegistryError,
};

macro_rules! request {
    ($request:ident) => {
        |params| ClientRequest::$request($request::with_param(params))
    };
}

macro_rules! page {
    ($result:ident, $items:ident, $name:ident) => {
        page!($result, $items, |item| String::from(item.$name))
    };
    ($result:ident, $items:ident, $read:expr) => {
        |answer| match answer {
            ServerResult::$result(list) => {
                let items = list.$items.into_iter().map($read);
                Some((items.collect(), list.next_cursor))
            }
            _ => None,
        }
    };
}

/// Asks `handler` for its tools, prompts and resources, as a client would, and holds them against
/// the annotations in `registry`. Of several servers in one program, each is validated with its own
/// operations: [`Registry::of_server`].
///
/// Runs on the current tokio runtime, which has its timers enabled, opens no port, and calls no tool. The
/// handler has 30 seconds for all its lists, and 1000 pages for each.
///
/// Public operations of a handler that does not admit callers without a token are no error. Whether they
/// take one depends on how the handler is served, which this function does not know:
/// [`protect`](super::protect()) logs a warning that names them.
///
/// # Errors
///
/// Everything that would leave an operation unprotected, or protect nothing: a tool, prompt or
/// resource that is served and not annotated, an annotation whose name nobody serves, annotations
/// that contradict each other, arguments that requirements depend on and that the input schema, the
/// prompt or the URI template does not have in every call, guards that ask for the current caller in a handler without
/// `#[scoped_handler]`; and lists that could not be read.
///
/// ```
/// use rmcp::ServerHandler;
/// use scopes_core::Registry;
/// use scopes_core::rmcp::validate;
///
/// async fn check<H: ServerHandler>(handler: H) {
///     if let Err(error) = validate(handler, &Registry::of_program()).await {
///         eprintln!("{error}");
///     }
/// }
/// ```
pub async fn validate<H: ServerHandler>(
    handler: H,
    registry: &Registry,
) -> Result<(), ValidateHandlerError> {
    validated(handler, registry).await.map(drop)
}

/// Returns which lists a valid handler shows callers without a token, if it takes them.
pub(super) async fn validated<H: ServerHandler>(
    handler: H,
    registry: &Registry,
) -> Result<Option<AnonymousLists>, ValidateHandlerError> {
    let mut handler = Probed::start(handler, registry);
    let mut unread = Vec::new();
    let mut served = ServedNames::new();
    let tools = items(
        &mut handler,
        request!(ListToolsRequest),
        page!(ListToolsResult, tools, |tool| (
            String::from(tool.name),
            Value::Object((*tool.input_schema).clone()),
        )),
    );
    // Of a kind whose list cannot be read, nothing is said: what it lacks may be there.
    if let Some(tools) = read(tools.await, &mut unread) {
        let names = tools.iter().map(|(name, _)| name.as_str());
        served = served.tools(names);
        for (name, schema) in tools {
            served = served.tool_schema(name, schema);
        }
    }
    let prompts = items(
        &mut handler,
        request!(ListPromptsRequest),
        page!(ListPromptsResult, prompts, |prompt| {
            let arguments = prompt.arguments.unwrap_or_default().into_iter();
            let names: Vec<_> = arguments.map(|argument| argument.name).collect();
            (prompt.name, names)
        }),
    );
    if let Some(prompts) = read(prompts.await, &mut unread) {
        let names = prompts.iter().map(|(name, _)| name.as_str());
        served = served.prompts(names);
        for (name, arguments) in prompts {
            served = served.prompt_arguments(name, arguments);
        }
    }
    let lists: [(Request, Page<String>); 3] = [
        (
            request!(ListResourcesRequest),
            page!(ListResourcesResult, resources, uri),
        ),
        (
            request!(ListResourceTemplatesRequest),
            page!(
                ListResourceTemplatesResult,
                resource_templates,
                uri_template
            ),
        ),
        (
            request!(ListSkillsRequest),
            page!(ListSkillsResult, skills, uri),
        ),
    ];
    let mut uris = Some(Vec::new());
    for (request, page) in lists {
        let list = read(items(&mut handler, request, page).await, &mut unread);
        uris = uris.zip(list).map(|(uris, list)| [uris, list].concat());
    }
    if let Some(uris) = uris {
        served = served.resources(uris);
    }
    let served = served.callers_known(handler.enters_context());
    let anonymous = handler.anonymous();
    handler.end().await;
    let problems = registry.validate(&served).err();
    if unread.is_empty() && problems.is_none() {
        return Ok(anonymous);
    }
    Err(ValidateHandlerError { problems, unread })
}

/// The most pages of one list that are read.
const MAX_PAGES: usize = 1000;

type Request = fn(PaginatedRequestParams) -> ClientRequest;
type Page<I> = fn(ServerResult) -> Option<(Vec<I>, Option<Cursor>)>;

/// Notes that a list could not be read.
fn read<I>(list: Result<Vec<I>, ErrorData>, unread: &mut Vec<ErrorData>) -> Option<Vec<I>> {
    list.map_err(|error| unread.push(error)).ok()
}

/// Every item of a list, page by page.
async fn items<I, H: ServerHandler>(
    handler: &mut Probed<H>,
    request: Request,
    page: Page<I>,
) -> Result<Vec<I>, ErrorData> {
    let mut items = Vec::new();
    let mut cursor = None;
    for _ in 0..MAX_PAGES {
        let params = PaginatedRequestParams::default().with_cursor(cursor.clone());
        let Some(answer) = handler.ask(request(params)).await? else {
            return Ok(items);
        };
        let other = || ErrorData::internal_error("the answer is not a list", None);
        let (more, next) = page(answer).ok_or_else(other)?;
        items.extend(more);
        match next {
            None => return Ok(items),
            same if same == cursor => {
                let stuck = "a page names itself as the next one";
                return Err(ErrorData::internal_error(stuck, None));
            }
            next => cursor = next,
        }
    }
    let first = request(PaginatedRequestParams::default());
    let endless = format!("`{}` has more than {MAX_PAGES} pages", first.method());
    Err(ErrorData::internal_error(endless, None))
}

/// Returned when the handler and its annotations do not match.
///
/// ```
/// use rmcp::ServerHandler;
/// use scopes_core::Registry;
/// use scopes_core::rmcp::{ValidateHandlerError, validate};
///
/// async fn checked<H: ServerHandler>(handler: H) -> Result<(), ValidateHandlerError> {
///     validate(handler, &Registry::of_program()).await
/// }
/// ```
#[derive(Clone, PartialEq)]
pub struct ValidateHandlerError {
    problems: Option<ValidateRegistryError>,
    unread: Vec<ErrorData>,
}

impl ValidateHandlerError {
    /// Returns the differences between the annotations and the listed operations.
    #[must_use]
    pub fn problems(&self) -> &[RegistryProblem] {
        self.problems
            .as_ref()
            .map_or(&[], ValidateRegistryError::problems)
    }

    /// Returns the reasons why lists could not be read.
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
