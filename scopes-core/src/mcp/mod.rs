//! MCP over HTTP: the operation that a JSON-RPC message invokes, and the gate that decides on it
//! before the server receives it.
//!
//! [`GateLayer`] wraps the MCP server, which is made with rmcp or is any other tower service.
//! [`ProtectLayer`](crate::tower::ProtectLayer) wraps both and authenticates the caller. If the
//! token lacks scopes, the client receives a 403 with a challenge, on which it can request them. A
//! guard in the function runs later, and can refuse in band only.
//!
//! For a server made with rmcp, [`rmcp::protect`](crate::rmcp::protect) adds both. For another
//! server:
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
//! | method | requirement |
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
//! Operations that the registry does not list are denied: a tool, prompt or resource as not found,
//! a method as unknown. Servers whose operations change at run time [add](crate::Registry::add)
//! them to the registry.
//!
//! A body that two parsers could read differently is refused: one that is not JSON, a batch, or one
//! in which a relevant member is repeated or spelled in another case. So is a request whose
//! `Mcp-Method` or `Mcp-Name` contradicts its body.
//!
//! A server with another transport can decide on messages with [`MessageRules`].
//!
//! # Sessions and tasks
//!
//! Sessions and tasks belong to the principal that opened or started them; for all others, they are
//! unknown. The principal is the user that `sub` names, or `username` together with the client, or
//! else the client; a token that names neither is its own principal until it is refreshed. After
//! everything that was issued to a principal is revoked (feature `revocation`), its new tokens find no session and
//! no task from before.
//!
//! The gate stores no sessions. Clients receive the server's session id with a MAC over it and the
//! principal, and the server receives its own id back. Requests of one session have to reach the
//! gate that opened it, a clone of its [`GateLayer`], or a gate with the same
//! [keys](GateLayer::session_keys); any other session id is answered with 404.
//! The server's ids have to be 1 to 512 visible ASCII characters; a response with another id
//! becomes a 500.
//!
//! The gate stores up to 16,384 tasks, 1,024 of one principal, with ids of up to 512 bytes, in less
//! than 20 MiB. It removes a task that was not used for 24 hours. Requests for other tasks are
//! denied, unless the gate shares tasks with other instances in a store (`GateLayer::store`).
//!
//! Requests without a token are refused, unless
//! [anonymous access](crate::tower::Protect::anonymous_access) is on. The gate stores the sessions that
//! callers without a token have opened in a bounded table, until the first valid token adopts them.
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
