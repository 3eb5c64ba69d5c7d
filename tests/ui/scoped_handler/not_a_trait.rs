use scopes_core::scoped_handler;

struct Journal;

#[scoped_handler]
impl Journal {}

fn main() {}
