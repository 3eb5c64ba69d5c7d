//! Nothing that a strict server forbids is in the expansion, and every form of a method is kept.

#![forbid(unsafe_code)]
#![deny(warnings, clippy::all, clippy::pedantic)]

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ListToolsResult,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
};
use rmcp::service::{NotificationContext, RequestContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use scopes_core::scoped_handler;

struct Journal<T>(T);

#[scoped_handler(hide_unpermitted = true, describe_requirements = true,)]
impl<T: Send + Sync + 'static> ServerHandler for Journal<T> {
    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if request.name.is_empty() {
            return Err(ErrorData::invalid_params("no name", None));
        }
        let number: u32 = request
            .name
            .parse()
            .map_err(|_| ErrorData::invalid_params("no number", None))?;
        if number == 0 {
            return Err(ErrorData::invalid_params("zero", None));
        }
        Ok(CallToolResult::default().into())
    }

    fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<ListToolsResult, ErrorData>> + Send + '_ {
        drop(context);
        std::future::ready(Ok(ListToolsResult::default()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        RequestContext { id, .. }: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        Err(ErrorData::resource_not_found(
            format!("{} in {id}", request.uri),
            None,
        ))
    }

    async fn on_initialized(&self, _context: NotificationContext<RoleServer>) {}
}

fn main() {
    let _ = Journal(1).get_info();
}
