//! Debian's nginx on this machine, with TLS under a name that is somebody else's.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Certificate, Client};

const NAME: &str = "mcp.journal.example";

/// nginx at work; it ends with this value.
pub(crate) struct Nginx {
    process: Child,
    folder: PathBuf,
    /// Trusts the authority of the certificate, and looks for the name on this machine.
    pub(crate) client: Client,
}

/// A port for an nginx that is started later, and the origin there.
pub(crate) struct Door {
    address: SocketAddr,
    pub(crate) origin: String,
}

impl Door {
    pub(crate) fn choose() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let origin = format!("https://{NAME}:{}", address.port());
        Self { address, origin }
    }

    /// Starts nginx with these lines in its `server`, and `upstream` beside it.
    pub(crate) fn open(&self, upstream: &str, locations: &str) -> Nginx {
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
    {upstream}
    server {{
        listen {address} ssl;
        server_name {NAME};
        ssl_certificate {at}/certificate.pem;
        ssl_certificate_key {at}/key.pem;
        proxy_http_version 1.1;
        {locations}
    }}
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

/// Writes a certificate for the name with its key; returns the authority that has issued it.
fn write_certificate(folder: &Path) -> String {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(params, key).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new([NAME.to_owned()])
        .expect("a name")
        .signed_by(&key, &authority)
        .expect("a certificate");
    std::fs::write(folder.join("certificate.pem"), certificate.pem()).expect("a file");
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).expect("a file");
    authority.pem()
}
