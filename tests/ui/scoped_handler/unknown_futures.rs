#![allow(refining_impl_trait)]

use std::future::{Ready, ready};
use std::pin::Pin;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ListPromptsResult, ListToolsResult,
    PaginatedRequestParams,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use scopes_core::scoped_handler;

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ErrorData>> + Send + 'a>>;

struct Journal;

#[scoped_handler(anonymous = "public")]
impl ServerHandler for Journal {
    fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Ready<Result<ListToolsResult, ErrorData>> {
        ready(Ok(ListToolsResult::default()))
    }

    fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Answer<'_, ListPromptsResult> {
        Box::pin(ready(Ok(ListPromptsResult::default())))
    }

    fn call_tool(
        &self,
        _: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Ready<Result<CallToolResponse, ErrorData>> {
        ready(Err(ErrorData::internal_error("", None)))
    }
}

fn main() {}
