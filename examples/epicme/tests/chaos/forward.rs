//! Forwards connections, so that an instance in a network of its own reaches a loopback address of this one.

use std::process::ExitCode;

use tokio::net::{TcpListener, TcpStream};

/// Forwards every connection to `listen`. Ends with the process.
pub(crate) async fn forward(listen: &str, to: &str) -> ExitCode {
    let Ok(listener) = TcpListener::bind(listen).await else {
        return ExitCode::FAILURE;
    };
    while let Ok((mut incoming, _)) = listener.accept().await {
        let to = to.to_owned();
        tokio::spawn(async move {
            if let Ok(mut outgoing) = TcpStream::connect(to).await {
                let _ = tokio::io::copy_bidirectional(&mut incoming, &mut outgoing).await;
            }
        });
    }
    ExitCode::SUCCESS
}
