//! A server at work.

use std::net::SocketAddr;
use std::time::Duration;

use scopes_core::ResourceServer;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{App, StartServerError};
use crate::Options;
use crate::authorization_server::AuthorizationServer;

/// A server at work. Dropping it leaves the server running.
#[derive(Debug)]
#[non_exhaustive]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// The protected resource.
    pub resource: ResourceServer,
    /// The embedded authorization server, unless a real one was named.
    pub authorization_server: Option<AuthorizationServer>,
    stopping: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Serves at `listener` what `options` say, in the current tokio runtime.
///
/// # Errors
///
/// If the options cannot be, or what they name is not there.
pub async fn serve(options: &Options, listener: TcpListener) -> Result<Running, StartServerError> {
    let address = listener.local_addr().map_err(StartServerError::because)?;
    let app = App::build(options, address).await?;
    let stopped = app.stopping.clone().cancelled_owned();
    let serving = axum::serve(listener, app.router).with_graceful_shutdown(stopped);
    Ok(Running {
        address,
        resource: app.resource,
        authorization_server: app.authorization_server,
        stopping: app.stopping,
        serving: tokio::spawn(serving.into_future()),
    })
}

impl Running {
    /// The time that running requests have to end.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Ends all sessions, answers the requests that have come, and takes no more.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        if tokio::time::timeout(Self::PATIENCE, &mut self.serving)
            .await
            .is_err()
        {
            self.serving.abort();
        }
    }
}
