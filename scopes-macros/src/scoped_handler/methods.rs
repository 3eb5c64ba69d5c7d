//! The methods of a handler whose answers depend on the caller.

use syn::{ImplItem, ImplItemFn, ItemImpl, ReturnType};

use crate::diagnostics::Diagnostics;
use crate::returns::Returns;

/// The methods that invoke what their first argument names.
const INVOKING: [&str; 12] = [
    "call_tool",
    "get_prompt",
    "read_resource",
    "read_resource_directory",
    "get_skill",
    "subscribe",
    "unsubscribe",
    "complete",
    "get_task",
    "update_task",
    "cancel_task",
    "on_custom_request",
];

/// The methods that return lists.
const LISTING: [&str; 5] = [
    "list_tools",
    "list_prompts",
    "list_resources",
    "list_resource_templates",
    "list_skills",
];

pub(super) fn is_invoking(method: &ImplItemFn) -> bool {
    let name = method.sig.ident.to_string();
    name == "listen" || INVOKING.contains(&name.as_str())
}

pub(super) fn is_listing(method: &ImplItemFn) -> bool {
    LISTING.contains(&method.sig.ident.to_string().as_str())
}

/// Reports methods whose answer cannot be changed: the code waits for the answer only where the signature
/// shows a future.
pub(super) fn check(handler: &ItemImpl, mistakes: &mut Diagnostics) {
    for item in &handler.items {
        if let ImplItem::Fn(method) = item
            && (is_invoking(method) || is_listing(method))
            && method.sig.asyncness.is_none()
            && !matches!(Returns::of(&method.sig), Returns::Future { .. })
        {
            let message = format!(
                "`scoped_handler` cannot guard `{0}` by this signature; write `async fn {0}`, or return `impl Future<Output = ..>`",
                method.sig.ident,
            );
            match &method.sig.output {
                ReturnType::Type(_, output) => mistakes.error(output, message),
                ReturnType::Default => mistakes.error(&method.sig.ident, message),
            }
        }
    }
}
