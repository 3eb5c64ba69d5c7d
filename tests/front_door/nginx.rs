//! Debian's nginx on this machine, with TLS under names that are not this machine's.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Certificate, Client};
pub(crate) use scopes_tests::ports::free_address;

/// The name of the resource's host.
const NAME: &str = "mcp.journal.example";
/// The name of the authorization server's host.
const LOGIN: &str = "login.journal.example";

/// Sets of lines about `Host`: none, the host alone, or the header of the client.
pub(crate) const HOSTS: [&str; 3] = [
    "",
    "proxy_set_header Host $host;",
    "proxy_set_header Host $http_host;",
];

/// A running nginx, which ends with this value.
pub(crate) struct Nginx {
    process: Child,
    folder: PathBuf,
    /// Trusts the authority of the certificate, and resolves the names to this machine.
    pub(crate) client: Client,
}

/// A port for an nginx that is started later, and the origins there.
pub(crate) struct Door {
    address: SocketAddr,
    pub(crate) origin: String,
    /// The origin of an authorization server, which [`login`](Self::login) serves.
    pub(crate) login_origin: String,
}

impl Door {
    pub(crate) fn choose() -> Self {
        let address = free_address();
        let port = address.port();
        Self {
            address,
            origin: format!("https://{NAME}:{port}"),
            login_origin: format!("https://{LOGIN}:{port}"),
        }
    }

    /// Starts an nginx that forwards everything to `app`, with these lines in the location.
    pub(crate) fn forward(&self, app: SocketAddr, lines: &str) -> Nginx {
        let location = format!("location / {{ proxy_pass http://{app}; {lines} }}");
        self.open("", &location)
    }

    /// Returns the `server` of an authorization server at `address`, to stand beside that of the resource.
    pub(crate) fn login(&self, address: SocketAddr) -> String {
        let Self { address: door, .. } = self;
        format!(
            "server {{
                listen {door} ssl;
                server_name {LOGIN};
                location / {{
                    proxy_pass http://{address};
                    proxy_set_header Host $http_host;
                    proxy_set_header X-Forwarded-Proto https;
                    proxy_set_header X-Forwarded-Host $http_host;
                }}
            }}"
        )
    }

    /// Starts nginx with these lines in its `server`, and `beside` beside it.
    pub(crate) fn open(&self, beside: &str, locations: &str) -> Nginx {
        let folder = new_folder();
        let authority = write_certificate(&folder);
        let address = self.address;
        let at = folder.display();
        let config = format!(
            r"daemon off;
master_process off;
pid {at}/pid;
error_log {at}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {at}/body;
    proxy_temp_path {at}/proxy;
    fastcgi_temp_path {at}/fastcgi;
    uwsgi_temp_path {at}/uwsgi;
    scgi_temp_path {at}/scgi;
    ssl_certificate {at}/certificate.pem;
    ssl_certificate_key {at}/key.pem;
    proxy_http_version 1.1;
    server {{
        listen {address} ssl default_server;
        server_name {NAME};
        {locations}
    }}
    {beside}
}}
"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, config).expect("a file");
        let process = Command::new(env!("NGINX_PROGRAM"))
            .arg("-p")
            .arg(&folder)
            .arg("-c")
            .arg(&file)
            .arg("-e")
            .arg(folder.join("error.log"))
            .stdin(Stdio::null())
            .spawn()
            .expect("nginx starts");
        let client = Client::builder()
            .no_proxy()
            .add_root_certificate(Certificate::from_pem(authority.as_bytes()).expect("PEM"))
            .resolve(NAME, address)
            .resolve(LOGIN, address)
            .build()
            .expect("TLS");
        let mut nginx = Nginx {
            process,
            folder,
            client,
        };
        nginx.wait_for(address);
        nginx
    }
}

impl Nginx {
    /// The file of the authority's certificate.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    fn wait_for(&mut self, address: SocketAddr) {
        let begin = Instant::now();
        while TcpStream::connect(address).is_err() {
            let log = std::fs::read_to_string(self.folder.join("error.log"));
            let ended = self.process.try_wait().expect("a process");
            assert!(ended.is_none(), "nginx ends: {log:?}");
            assert!(begin.elapsed() < Duration::from_secs(20), "{log:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn new_folder() -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("front-door-{}-{number}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Writes a certificate for the names with its key, and the authority that has issued it; returns that.
fn write_certificate(folder: &Path) -> String {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(params, key).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new([NAME.to_owned(), LOGIN.to_owned()])
        .expect("names")
        .signed_by(&key, &authority)
        .expect("a certificate");
    std::fs::write(folder.join("certificate.pem"), certificate.pem()).expect("a file");
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).expect("a file");
    std::fs::write(folder.join("authority.pem"), authority.pem()).expect("a file");
    authority.pem()
}
