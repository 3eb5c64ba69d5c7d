//! Asks a handler what it serves, as a client would, without a network.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rmcp::model::{
    ClientCapabilities, ClientRequest, ErrorCode, GetExtensions, Implementation,
    InitializeRequestParams, JsonRpcMessage, NumberOrString, ProtocolVersion, ServerResult,
};
use rmcp::service::{
    RoleServer, RunningService, RxJsonRpcMessage, TxJsonRpcMessage, serve_directly,
};
use rmcp::transport::Transport;
use rmcp::{ErrorData, ServerHandler};
use tokio::sync::mpsc;

use super::local::{LocalCaller, LocalPolicy};
use crate::caller::Caller;
use crate::registry::Registry;

/// Goes with every request of the probe, to see whether the handler looks for its caller.
#[derive(Clone, Default)]
pub(super) struct Probe(Arc<AtomicBool>);

impl Probe {
    /// Notes that the handler has looked.
    pub(super) fn note_context(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A handler at work, with one client.
pub(super) struct Probed<H: ServerHandler> {
    _running: RunningService<RoleServer, H>,
    requests: mpsc::UnboundedSender<RxJsonRpcMessage<RoleServer>>,
    answers: mpsc::UnboundedReceiver<TxJsonRpcMessage<RoleServer>>,
    probe: Probe,
    /// Sees what every caller sees together.
    caller: Caller,
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
        Self {
            _running: serve_directly(handler, transport, Some(client)),
            requests,
            answers,
            probe: Probe::default(),
            caller: LocalPolicy::Trusted.caller(registry, "start-up check"),
        }
    }

    /// Whether the handler looks for its caller.
    pub(super) fn enters_context(&self) -> bool {
        self.probe.0.load(Ordering::Relaxed)
    }

    /// The answer to `request`; nothing where the handler does not know the method.
    pub(super) async fn ask(
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
                JsonRpcMessage::Response(response) => return Ok(Some(response.result)),
                JsonRpcMessage::Error(error) if error.error.code == ErrorCode::METHOD_NOT_FOUND => {
                    return Ok(None);
                }
                JsonRpcMessage::Error(error) => return Err(error.error),
                // There is no client to be asked something.
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
