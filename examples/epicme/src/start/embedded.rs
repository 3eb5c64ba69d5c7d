//! The authorization server that comes along, for development on this machine.

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::path::Path;

use scopes_core::ResourceServer;

use super::StartServerError;
use crate::Options;
use crate::authorization_server::{AuthorizationServer, SigningKey};
use crate::options::issuer_at;
use crate::settings::Settings;

/// The authorization server of a server that listens at `address`.
///
/// # Errors
///
/// If that is not on this machine alone, or there is no key.
pub(crate) fn embedded(
    options: &Options,
    address: SocketAddr,
    resource: &ResourceServer,
) -> Result<AuthorizationServer, StartServerError> {
    check_loopback(address)?;
    let settings = Settings::of(options);
    let file = settings.signing_key_file().ok_or_else(|| {
        StartServerError::because("there is no home folder for the key; give --signing-key")
    })?;
    if settings.signing_key.is_none() {
        make_folder_of(&file)?;
    }
    let key = SigningKey::load_or_create(&file).map_err(StartServerError::because)?;
    AuthorizationServer::new(&issuer_at(address), &resource.metadata().resource, key)
        .map_err(StartServerError::because)
}

/// Checks that the embedded authorization server may listen at `address`.
pub(crate) fn check_loopback(address: SocketAddr) -> Result<(), StartServerError> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(StartServerError::because(format!(
        "the embedded authorization server is for development on this machine, and {address} can \
         be reached from others; name a real one with --authorization-server"
    )))
}

/// Nobody but the user looks into it.
fn make_folder_of(file: &Path) -> Result<(), StartServerError> {
    let Some(folder) = file.parent() else {
        return Ok(());
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        let folder = folder.display();
        StartServerError::because(format!("the folder {folder} cannot be made: {error}"))
    })
}
