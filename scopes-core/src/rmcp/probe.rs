//! Requests the lists of a handler, as a client would, without a network.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::model::{
    ClientCapabilities, ClientNotification, ClientRequest, ErrorCode, GetExtensions,
    Implementation, InitializeRequestParams, JsonRpcMessage, NumberOrString, ProtocolVersion,
    ServerConfig, ServerResult,
};
use rmcp::service::{
    NotificationContext, RequestContext, RoleServer, RunningService, RxJsonRpcMessage, Service,
    TxJsonRpcMessage, serve_directly,
};
use rmcp::transport::Transport;
use rmcp::{ErrorData, ServerHandler};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::local::{LocalCaller, LocalPolicy};
use crate::caller::Caller;
use crate::registry::{AnonymousLists, Registry};

/// The timeout of all lists together.
const PATIENCE: Duration = Duration::from_secs(30);

/// The extension of every request of the probe, which records whether the handler looks up its
/// caller, and whether it admits callers without a token.
#[derive(Clone, Default)]
pub(super) struct Probe(Arc<Noted>);

#[derive(Default)]
struct Noted {
    looks_for_caller: AtomicBool,
    /// The option of each handler that was asked: one may call another.
    anonymous: Mutex<Vec<Option<AnonymousLists>>>,
}

impl Probe {
    /// Records that the handler has looked up its caller.
    pub(super) fn note_context(&self) {
        self.0.looks_for_caller.store(true, Ordering::Relaxed);
    }

    /// Records the lists that a handler shows callers without a token, if it admits them.
    pub(super) fn note_anonymous(&self, lists: Option<AnonymousLists>) {
        let noted = self.0.anonymous.lock();
        noted.unwrap_or_else(PoisonError::into_inner).push(lists);
    }
}

/// The error of the last request. It is kept here and not returned to rmcp, which would log a
/// warning: a server without prompts is not at fault.
type LastError = Arc<Mutex<Option<ErrorData>>>;

struct Quiet<H> {
    handler: H,
    last_error: LastError,
}

impl<H: ServerHandler> Service<RoleServer> for Quiet<H> {
    async fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        let answer = Service::handle_request(&self.handler, request, context).await;
        Ok(answer.unwrap_or_else(|error| {
            let mut last = self
                .last_error
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *last = Some(error);
            ServerResult::empty(())
        }))
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Service::handle_notification(&self.handler, notification, context).await
    }

    fn get_info(&self) -> ServerConfig {
        Service::get_info(&self.handler)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Service::supported_protocol_versions(&self.handler)
    }
}

/// A running handler with one client.
pub(super) struct Probed<H: ServerHandler> {
    running: RunningService<RoleServer, Quiet<H>>,
    last_error: LastError,
    requests: mpsc::UnboundedSender<RxJsonRpcMessage<RoleServer>>,
    answers: mpsc::UnboundedReceiver<TxJsonRpcMessage<RoleServer>>,
    probe: Probe,
    /// A caller with all scopes, who sees every entry.
    caller: Caller,
    /// When the answers to all requests have to be there.
    deadline: Instant,
    /// One was not. A later answer could be that to another request.
    is_late: bool,
}

impl<H: ServerHandler> Probed<H> {
    pub(super) fn start(handler: H, registry: &Registry) -> Self {
        let (requests, from_client) = mpsc::unbounded_channel();
        let (to_client, answers) = mpsc::unbounded_channel();
        let transport = InProcess {
            from_client,
            to_client,
        };
        let client = Implementation::new("start-up check", env!("CARGO_PKG_VERSION"));
        let client = InitializeRequestParams::new(ClientCapabilities::default(), client)
            .with_protocol_version(ProtocolVersion::V_2025_06_18);
        let last_error = LastError::default();
        let handler = Quiet {
            handler,
            last_error: Arc::clone(&last_error),
        };
        Self {
            running: serve_directly(handler, transport, Some(client)),
            last_error,
            requests,
            answers,
            probe: Probe::default(),
            caller: LocalPolicy::Trusted.caller(registry, "start-up check"),
            deadline: Instant::now() + PATIENCE,
            is_late: false,
        }
    }

    /// Returns whether the handler has looked up its caller.
    pub(super) fn enters_context(&self) -> bool {
        self.probe.0.looks_for_caller.load(Ordering::Relaxed)
    }

    /// Returns the lists that the strictest handler shows callers without a token, if each admits them.
    pub(super) fn anonymous(&self) -> Option<AnonymousLists> {
        let noted = self.probe.0.anonymous.lock();
        let noted = noted.unwrap_or_else(PoisonError::into_inner);
        // `None` is less than every list.
        noted.iter().copied().min().flatten()
    }

    /// Ends the handler, with all its tasks.
    pub(super) async fn end(self) {
        // A panic of one of its tasks is irrelevant now.
        let _ = self.running.cancel().await;
    }

    /// Returns the answer to `request`; `None` if the handler does not know the method.
    pub(super) async fn ask(
        &mut self,
        request: ClientRequest,
    ) -> Result<Option<ServerResult>, ErrorData> {
        let method = request.method().to_owned();
        if self.is_late {
            let unsent = format!("`{method}` was not sent, because an earlier request timed out");
            return Err(ErrorData::internal_error(unsent, None));
        }
        let answer = timeout_at(self.deadline, self.answer(request)).await;
        answer.unwrap_or_else(|_| {
            self.is_late = true;
            let seconds = PATIENCE.as_secs();
            let late = format!("`{method}` was not answered within {seconds} seconds");
            Err(ErrorData::internal_error(late, None))
        })
    }

    async fn answer(
        &mut self,
        mut request: ClientRequest,
    ) -> Result<Option<ServerResult>, ErrorData> {
        let extensions = request.extensions_mut();
        extensions.insert(self.probe.clone());
        extensions.insert(LocalCaller(self.caller.clone()));
        let stopped = || ErrorData::internal_error("the handler has stopped", None);
        let request = JsonRpcMessage::request(request, NumberOrString::Number(1));
        self.requests.send(request).map_err(|_| stopped())?;
        loop {
            match self.answers.recv().await.ok_or_else(stopped)? {
                JsonRpcMessage::Response(response) => {
                    let mut last = self
                        .last_error
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner);
                    return match last.take() {
                        None => Ok(Some(response.result)),
                        Some(error) if error.code == ErrorCode::METHOD_NOT_FOUND => Ok(None),
                        Some(error) => Err(error),
                    };
                }
                JsonRpcMessage::Error(error) => return Err(error.error),
                // No client can answer requests of the handler.
                JsonRpcMessage::Request(request) => {
                    let error = ErrorData::new(ErrorCode::METHOD_NOT_FOUND, "no client", None);
                    let answer = JsonRpcMessage::error(error, Some(request.id));
                    self.requests.send(answer).map_err(|_| stopped())?;
                }
                JsonRpcMessage::Notification(_) => {}
            }
        }
    }
}

struct InProcess {
    from_client: mpsc::UnboundedReceiver<RxJsonRpcMessage<RoleServer>>,
    to_client: mpsc::UnboundedSender<TxJsonRpcMessage<RoleServer>>,
}

impl Transport<RoleServer> for InProcess {
    type Error = mpsc::error::SendError<()>;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let sent = self.to_client.send(message);
        std::future::ready(sent.map_err(|_| mpsc::error::SendError(())))
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        self.from_client.recv().await
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.from_client.close();
        Ok(())
    }
}
