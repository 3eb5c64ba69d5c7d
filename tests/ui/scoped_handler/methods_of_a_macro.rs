use rmcp::ServerHandler;
use scopes_core::scoped_handler;

struct Journal;

macro_rules! methods {
    () => {};
}

#[scoped_handler]
impl ServerHandler for Journal {
    methods!();
}

fn main() {}
