//! EpicMe with each authorization server.

use std::io::Write;

use epicme::{Options, Running, Verification};
use tempfile::NamedTempFile;
use tokio::net::TcpListener;

use super::authorization_server::{self, AuthorizationServer};

/// EpicMe at work.
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    /// The client that clients are, where registering would tie them to their first scopes.
    pub(crate) client_id: Option<&'static str>,
    _server: Running,
    _authorization_server: Option<AuthorizationServer>,
    _files: Vec<NamedTempFile>,
}

impl Setting {
    /// Every one that can run: without node, only EpicMe's own.
    pub(crate) async fn all(has_node: bool) -> Vec<Self> {
        let mut settings = vec![Self::embedded().await];
        if has_node {
            for (name, verify) in [
                ("oidc-provider, by signature", Verification::Jwt),
                (
                    "oidc-provider, by introspection",
                    Verification::Introspection,
                ),
            ] {
                settings.push(Self::real(name, verify).await);
            }
        }
        settings
    }

    async fn embedded() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let directory = tempfile::tempdir().expect("a directory").keep();
        let options = Options {
            signing_key: Some(directory.join("key")),
            ..Options::default()
        };
        Self::start("EpicMe's own", options, listener, None, Vec::new()).await
    }

    async fn real(name: &'static str, verify: Verification) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let resource = format!("http://{address}/mcp");
        let server = AuthorizationServer::start(&resource, verify == Verification::Jwt);
        let mut options = Options {
            authorization_server: Some(server.issuer.clone()),
            verify,
            ..Options::default()
        };
        let mut files = Vec::new();
        if verify == Verification::Introspection {
            let mut secret = NamedTempFile::new().expect("a file");
            write!(secret, "{}", authorization_server::SECRET).expect("room");
            options.client_id = Some(authorization_server::RESOURCE_SERVER.to_owned());
            options.client_secret_file = Some(secret.path().to_owned());
            files.push(secret);
        }
        Self::start(name, options, listener, Some(server), files).await
    }

    async fn start(
        name: &'static str,
        options: Options,
        listener: TcpListener,
        authorization_server: Option<AuthorizationServer>,
        files: Vec<NamedTempFile>,
    ) -> Self {
        let server = epicme::serve(&options, listener).await.expect("it starts");
        Self {
            name,
            url: server.resource.metadata().resource.clone(),
            client_id: authorization_server
                .as_ref()
                .map(|_| authorization_server::CLIENT),
            _server: server,
            _authorization_server: authorization_server,
            _files: files,
        }
    }
}
