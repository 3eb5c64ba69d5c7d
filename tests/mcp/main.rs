//! The gate in front of a server made with rmcp: what it lets through, what it answers, and that
//! nobody gets around it.

#![allow(
    clippy::expect_used,
    clippy::too_many_lines,
    clippy::unused_async,
    clippy::unused_self,
    reason = "a test"
)]

mod answers;
mod bypass;
mod journal;
mod matrix;
mod messages;
mod methods;
mod methods_by_argument;
mod ownership;
mod principals;
mod refusal_bodies;
mod requests;
mod rmcp_methods;
mod sealed_sessions;
mod site;
mod slow_bodies;
mod tasks;
mod undeclared;
mod uri_templates;
mod without_a_gate;
