//! The context of a list is found whatever its type is called.

use rmcp::model::{ListToolsResult, PaginatedRequestParams};
use rmcp::service::RequestContext as Context;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use scopes_core::scoped_handler;

struct Journal;

#[scoped_handler(anonymous = "public")]
impl ServerHandler for Journal {
    fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context<RoleServer>,
    ) -> impl Future<Output = Result<ListToolsResult, ErrorData>> + Send + '_ {
        std::future::ready(Ok(ListToolsResult::default()))
    }
}

fn main() {}
