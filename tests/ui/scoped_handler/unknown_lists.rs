use rmcp::ServerHandler;
use scopes_core::scoped_handler;

struct Journal;

#[scoped_handler(anonymous = "all")]
impl ServerHandler for Journal {}

fn main() {
    let _ = Journal.get_info();
}
