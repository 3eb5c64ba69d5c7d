//! MCP over HTTP: which operation a JSON-RPC message invokes, and the gate that decides on it
//! before the server sees it.
//!
//! [`GateLayer`] stands directly in front of the MCP server, made with rmcp or anything else that is
//! a tower service; [`ProtectLayer`](crate::tower::ProtectLayer) stands in front of everything, and
//! knows who is calling. Where a token does not grant enough, the client gets the 403 with the
//! challenge that it can act on. A guard in the function, which comes later, can only tell it in
//! band.
//!
//! For a server made with rmcp, [`rmcp::protect`](crate::rmcp::protect) puts both in order. For another:
//!
//! ```
//! use axum::Router;
//! use axum::routing::post;
//! use scopes_core::mcp::GateLayer;
//! use scopes_core::tower::ProtectLayer;
//! use scopes_core::{Registry, ResourceServer, TokenVerifier};
//!
//! fn app(server: ResourceServer, verifier: impl TokenVerifier + 'static) -> Router {
//!     let mcp = post(async || "the MCP server");
//!     let protect = ProtectLayer::new(server, verifier);
//!     let metadata = protect.metadata();
//!     let routes = Router::new()
//!         .route("/mcp", mcp.layer(GateLayer::new(&Registry::of_program())))
//!         .layer(protect);
//!     Router::from(metadata).merge(routes)
//! }
//! ```
//!
//! | method | what it requires |
//! |---|---|
//! | `tools/call`, `prompts/get` | the operation's requirement |
//! | `resources/read`, `resources/subscribe`, `resources/unsubscribe`, `resources/directory/read`, `skills/get`, `subscriptions/listen` | the requirement of the URI, or of the template that matches it |
//! | `completion/complete` | the requirement of its `ref` |
//! | `tasks/get`, `tasks/update`, `tasks/cancel`, `tasks/result` | the requirement of the call that started the task, and the same principal |
//! | `tasks/list` | answered as a method that does not exist: the gate cannot tell whose tasks a server would list |
//! | `tools/list`, `prompts/list`, `resources/list`, `resources/templates/list`, `skills/list` | a valid token |
//! | `initialize`, `ping`, `server/discover`, `logging/setLevel`, notifications, answers | a valid token, and the baseline [if so configured](GateLayer::require_baseline) |
//! | anything else | the requirement of the operation of kind [`Method`](crate::OperationKind::Method) that has this name |
//!
//! What the registry does not list is denied: a tool, prompt or resource in the words for one that
//! does not exist, a method as unknown. Servers whose operations come and go
//! [add](crate::Registry::add) them to the registry.
//!
//! A body that two readers could understand differently is refused: one that is not JSON, a batch,
//! one in which a member that decides is there twice or in another case, an `Mcp-Method` or `Mcp-Name`
//! that contradicts it.
//!
//! A server with another transport decides on messages by [`MessageRules`].
//!
//! # Sessions and tasks
//!
//! Sessions and tasks belong to the principal that opened or started them; to everybody else they do
//! not exist. The principal is the user that `sub` names, or `username` together with the client, or
//! else the client; a token that names neither is its own principal until it is refreshed.
//!
//! The gate remembers no sessions. Clients get the server's session id with a MAC over it and the
//! principal, and the server gets back its own id. Requests of one session have to reach the gate that
//! opened it, or a clone of its [`GateLayer`]; any other session id is answered with 404. The server's
//! ids have to be 1 to 512 visible ASCII characters; a response with another one is answered with 500.
//!
//! Of tasks, 16,384 are remembered, 1,024 of one principal, with ids of up to 512 bytes, in less than
//! 20 MiB, and none that was not used for 24 hours. A task that is not remembered belongs to nobody.
//!
//! A stream is resumed (`Last-Event-ID`) only within a session. A server that keeps events beyond
//! sessions, as rmcp does with an event store, must give them unguessable ids.

pub(crate) mod arguments;
pub(crate) mod decision;
mod gate;
mod headers;
mod message;
mod message_rules;
pub(crate) mod methods;
mod object;
mod params;
pub(crate) mod refusal;
mod request_id;
pub(crate) mod tasks;

pub use decision::AuthorizeMessageError;
pub use gate::{AnswerBody, Gate, GateFuture, GateLayer};
pub use message::ReadMessageError;
pub use message_rules::MessageRules;

pub use refusal::REFUSAL_CODE;
