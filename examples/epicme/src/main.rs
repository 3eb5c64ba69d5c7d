//! Starts EpicMe.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    epicme::cli::run().await
}
