use rmcp::ServerHandler;
use scopes_core::{Registry, scoped_handler};

struct Journal(Registry);

#[scoped_handler(registry = self.0, server = "journal")]
impl ServerHandler for Journal {}

fn main() {}
