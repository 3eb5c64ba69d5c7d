//! EpicMe with each authorization server.

use std::io::Write;

use epicme::{Options, Running, Verification};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::net::TcpListener;

use scopes_interop::oidc_provider::{self, OidcProvider};
use scopes_interop::task::{Call, FirstGrant, Task};

/// EpicMe at work.
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) task: Task,
    _server: Option<Running>,
    _authorization_server: Option<OidcProvider>,
    _files: Vec<NamedTempFile>,
}

/// Needs a scope more.
fn plain() -> Call {
    Call {
        tool: "create_entry",
        arguments: json!({ "title": "A day", "content": "Dear diary" }),
        scope: "entries:write",
    }
}

/// Needs a scope of one notebook more.
fn concrete() -> Call {
    Call {
        tool: "write_in_notebook",
        arguments: json!({ "notebook": 1, "title": "A day", "content": "Dear diary" }),
        scope: "notebooks:1:write",
    }
}

fn task(url: &str, client_id: Option<String>, step: Call) -> Task {
    Task {
        url: url.to_owned(),
        client_id,
        tools: 17,
        grant: FirstGrant::Asked,
        first: Call {
            tool: "whoami",
            arguments: json!({}),
            scope: "user:read",
        },
        step,
    }
}

impl Setting {
    /// Every one that can run: without node, only EpicMe's own.
    pub(crate) async fn all(has_node: bool) -> Vec<Self> {
        let mut settings = vec![
            Self::embedded("EpicMe's own", plain()).await,
            Self::embedded("EpicMe's own, one notebook", concrete()).await,
        ];
        if has_node {
            let (signature, introspection) = (Verification::Jwt, Verification::Introspection);
            for (name, step, verify) in [
                ("oidc-provider, by signature", plain(), signature),
                ("oidc-provider, by introspection", plain(), introspection),
                ("oidc-provider, one notebook", concrete(), signature),
            ] {
                settings.push(Self::real((name, step), verify).await);
            }
        }
        settings
    }

    /// EpicMe with its own authorization server, which runs at this URL, such as behind a proxy.
    pub(crate) fn at(url: &str) -> Vec<Self> {
        let at = |(name, step)| Self {
            name,
            task: task(url, None, step),
            _server: None,
            _authorization_server: None,
            _files: Vec::new(),
        };
        let steps = [
            ("at the URL", plain()),
            ("at the URL, one notebook", concrete()),
        ];
        steps.into_iter().map(at).collect()
    }

    async fn embedded(name: &'static str, step: Call) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let directory = tempfile::tempdir().expect("a directory").keep();
        let options = Options {
            signing_key: Some(directory.join("key")),
            ..Options::default()
        };
        Self::start((name, step), options, listener, None, Vec::new()).await
    }

    async fn real(name: (&'static str, Call), verify: Verification) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let resource = format!("http://{address}/mcp");
        let server = OidcProvider::start(&resource, verify == Verification::Jwt);
        let mut options = Options {
            authorization_server: Some(server.issuer.clone()),
            verify: Some(verify),
            ..Options::default()
        };
        let mut files = Vec::new();
        if verify == Verification::Introspection {
            let mut secret = NamedTempFile::new().expect("a file");
            write!(secret, "{}", oidc_provider::SECRET).expect("room");
            options.client_id = Some(oidc_provider::RESOURCE_SERVER.to_owned());
            options.client_secret_file = Some(secret.path().to_owned());
            files.push(secret);
        }
        Self::start(name, options, listener, Some(server), files).await
    }

    async fn start(
        (name, step): (&'static str, Call),
        options: Options,
        listener: TcpListener,
        authorization_server: Option<OidcProvider>,
        files: Vec<NamedTempFile>,
    ) -> Self {
        let server = epicme::serve(&options, listener).await.expect("it starts");
        // Registering would limit clients to the scopes that they ask for first.
        let client_id = authorization_server
            .as_ref()
            .map(|_| oidc_provider::CLIENT.to_owned());
        Self {
            name,
            task: task(&server.resource.metadata().resource, client_id, step),
            _server: Some(server),
            _authorization_server: authorization_server,
            _files: files,
        }
    }
}
