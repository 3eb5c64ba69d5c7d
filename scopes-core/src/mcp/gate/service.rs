//! The service of the gate: it decides on a request before the MCP server receives it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower_service::Service;

use super::body::AnswerBody;
use super::denial::Denial;
use super::exchange::Exchange;
use super::future::GateFuture;
use super::rules::Rules;
use crate::error::AuthorizeError;
use crate::observe;
use crate::registry::AnonymousLists;
use crate::token::VerifiedToken;
use crate::tower::{AnonymousRequest, Protect};

/// An MCP server behind a gate; made by [`GateLayer`](super::GateLayer).
///
/// ```
/// use scopes_core::Registry;
/// use scopes_core::mcp::{Gate, GateLayer};
/// use tower_layer::Layer;
///
/// fn gated<S>(server: S) -> Gate<S> {
///     GateLayer::new(&Registry::of_program()).layer(server)
/// }
/// # let _ = gated(());
/// ```
#[derive(Clone)]
pub struct Gate<S> {
    inner: S,
    rules: Arc<Rules>,
}

impl<S> Gate<S> {
    pub(super) fn new(inner: S, rules: Arc<Rules>) -> Self {
        Self { inner, rules }
    }

    pub(super) fn with_rules(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(Arc::make_mut(&mut self.rules));
        self
    }
}

impl<S, B, R> Service<Request<B>> for Gate<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone,
    B: Body<Data = Bytes>,
    R: Body<Data = Bytes>,
{
    type Response = Response<AnswerBody<R>>;
    type Error = S::Error;
    type Future = GateFuture<S, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let rules = Arc::clone(&self.rules);
        let exchange = match parts.extensions.get::<VerifiedToken>() {
            Some(token) => Ok(Exchange::authenticated(rules, token.clone())),
            None if parts.extensions.get::<AnonymousRequest>().is_some() => {
                Exchange::anonymous(rules, &parts)
            }
            // Without a layer in front that has verified it, there is no token.
            None => {
                rules.report_missing_layer();
                Err(Denial::refused(AuthorizeError::MissingToken))
            }
        };
        let exchange = match exchange {
            Ok(exchange) => exchange,
            Err(denial) => return GateFuture::denied(denial),
        };
        // The service that was ready is used; its clone is not.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        GateFuture::reading(inner, parts, body, exchange)
    }
}

impl<S, V> Protect<Gate<S>, V> {
    /// Admits callers without a token to what is `public`: off by default.
    ///
    /// Requests without an `Authorization` header, and without a header of a proof, are then read, up to
    /// 64 KiB, and these go on to the server: operations whose requirement is `public`, `initialize` with
    /// `notifications/initialized`, `server/discover`, `ping`, and lists. All else is the 401 that it is
    /// without this setting, but for GET in a session of such a caller, which is answered with 405. A
    /// request with credentials is judged by them. `Origin` and `Host` are checked as for every request.
    ///
    /// The server leaves out of its lists what `lists` does not show. One made with rmcp does, by
    /// `#[scoped_handler(anonymous = ..)]`, and [`rmcp::protect`](crate::rmcp::protect) calls this for it.
    ///
    /// A session that is opened without a token belongs to whoever names it, until the first valid token
    /// does: from then on it is the session of that token's principal. There are
    /// [1,024 at most](super::GateLayer::max_anonymous_sessions), for
    /// [5 idle minutes](super::GateLayer::anonymous_session_timeout).
    ///
    /// The call is logged, at the level WARN for [`AnonymousLists::Whole`]. Only the option of
    /// `scoped_handler` is in the lock file: a test of the lock does not see this call.
    #[must_use]
    pub fn anonymous_access(self, lists: AnonymousLists) -> Self {
        observe::anonymous_access(lists);
        self.with_inner(
            |gate| gate.with_rules(|rules| rules.admit_anonymous(lists)),
            true,
        )
    }

    /// Lets the server put the challenge of the layer into results that are refusals, where
    /// `WWW-Authenticate` comes too late. One made with rmcp does, as `_meta["mcp/www_authenticate"]`;
    /// [`rmcp::protect`](crate::rmcp::protect) calls this for it.
    #[must_use]
    pub fn challenges_in_results(self) -> Self {
        let challenges = Some(self.challenges());
        self.with_inner(
            |gate| gate.with_rules(|rules| rules.challenges = challenges),
            false,
        )
    }
}

impl<S: fmt::Debug> fmt::Debug for Gate<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Gate")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
