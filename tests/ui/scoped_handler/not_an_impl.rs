use scopes_core::scoped_handler;

#[scoped_handler]
fn journal() {}

fn main() {}
