#![deny(warnings, clippy::pedantic)]
//! Requirements that an argument chooses.

use scopes_core::{AuthorizeError, Caller, ScopeCatalog, requires_scopes};

#[derive(ScopeCatalog)]
pub enum Scope {
    #[scope("devices:read")]
    DevicesRead,
    #[scope("devices:write", implies(DevicesRead))]
    DevicesWrite,
    #[scope("devices:admin")]
    DevicesAdmin,
    #[scope("device:{device}")]
    Device,
}

type Answer = Result<(), AuthorizeError>;

fn caller(scopes: &str) -> Caller {
    scopes_core::testing::caller("ada", scopes).unwrap()
}

#[derive(Clone, Copy, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    List,
    Restart,
    Reset,
}

#[requires_scopes(match(action, "list" | "get" => "devices:read", "restart" => Scope::DevicesWrite, _ => "devices:admin"))]
fn with_a_rest(action: Action) -> Answer {
    let _ = action;
    Ok(())
}

#[requires_scopes(match(action, "list" => "devices:read",))]
fn without_a_rest(action: &str) -> Answer {
    let _ = action;
    Ok(())
}

#[requires_scopes(any(
    "devices:admin",
    match(
        force,
        "true" => all("devices:write", "device:{device}"),
        "false" => match(action.name, "list" => "devices:read", _ => "device:{device}"),
    ),
), args(action.name = action))]
async fn nested(force: bool, action: Action, device: &str) -> Answer {
    let _ = (force, action, device);
    Ok(())
}

#[requires_scopes(match("the-action", "list" => "devices:read"), args("the-action" = action))]
fn named_by_a_literal(action: &str) -> Answer {
    let _ = action;
    Ok(())
}

fn main() {
    caller("devices:read").enter(|| {
        assert!(with_a_rest(Action::List).is_ok());
        assert!(with_a_rest(Action::Restart).is_err());
        assert!(with_a_rest(Action::Reset).is_err());
        assert!(without_a_rest("list").is_ok());
        assert!(without_a_rest("List").is_err());
        assert!(without_a_rest("").is_err());
        assert!(named_by_a_literal("list").is_ok());
    });
    caller("devices:write").enter(|| {
        assert!(with_a_rest(Action::List).is_ok());
        assert!(with_a_rest(Action::Restart).is_ok());
        assert!(with_a_rest(Action::Reset).is_err());
    });
    caller("devices:admin").enter(|| assert!(with_a_rest(Action::Reset).is_ok()));

    let nested = |force, action, device| futures::executor::block_on(nested(force, action, device));
    caller("devices:write device:1").enter(|| {
        assert!(nested(true, Action::List, "1").is_ok());
        assert!(nested(true, Action::List, "2").is_err());
        assert!(nested(false, Action::List, "2").is_ok());
        assert!(nested(false, Action::Reset, "1").is_ok());
        assert!(nested(false, Action::Reset, "2").is_err());
    });
}
