use rmcp::ServerHandler;
use scopes_core::scoped_handler;

struct Journal;

#[scoped_handler(hide_unpermited = true, server = 1)]
impl ServerHandler for Journal {}

fn main() {
    let _ = Journal.get_info();
}
