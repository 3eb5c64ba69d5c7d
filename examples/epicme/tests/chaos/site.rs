//! The processes: a Redis, an authorization server, three instances and nginx.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::network::Network;

const EPICME: &str = env!("CARGO_BIN_EXE_epicme");

/// All of it; ends with this.
pub(crate) struct Site {
    folder: TempDir,
    /// The first of the ports: nginx, the authorization server, three instances, Redis.
    port: u16,
    network: Option<Network>,
    redis: Process,
    instances: [Process; 3],
    /// nginx, the authorization server, and what forwards connections.
    others: Vec<Process>,
}

/// A process that is killed with this.
struct Process(Child);

impl Process {
    fn start(mut command: Command, log: &Path) -> Self {
        let log = File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("a log");
        let errors = log.try_clone().expect("a file");
        let child = command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn();
        Self(child.expect("it starts"))
    }

    fn signal(&self, name: &str) {
        let process = self.0.id().to_string();
        let kill = Command::new("kill").args(["-s", name, &process]).status();
        assert!(kill.expect("a program").success());
    }

    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Where every program has to be there, nothing may be passed over.
pub(crate) fn is_installed() -> bool {
    let runs = |program: &str, argument| {
        let output = Command::new(program).arg(argument).output();
        output.is_ok_and(|output| output.status.success())
    };
    let has_tools = runs("curl", "--version") && runs("redis-server", "--version");
    if has_tools && runs(nginx(), "-v") {
        return true;
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "curl, nginx or redis-server is missing"
    );
    eprintln!("passed over: curl, nginx or redis-server is not installed");
    false
}

/// Debian installs it where only root looks.
fn nginx() -> &'static str {
    let debian = "/usr/sbin/nginx";
    if Path::new(debian).exists() {
        debian
    } else {
        "nginx"
    }
}

/// Returns the first of six ports that nothing listens at, below those that the system gives out.
fn free_ports() -> u16 {
    let first = u16::try_from(std::process::id() % 1000).expect("small");
    let mut ports = (0..1000).map(|number| 12_000 + (first + number) % 1000 * 6);
    let is_free = |port: &u16| {
        let mut each = *port..*port + 6;
        each.all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok())
    };
    ports.find(is_free).expect("free ports")
}

fn wait_for(address: SocketAddr) {
    let begin = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "{address} does not answer"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

fn random_key() -> String {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).expect("random bytes");
    let low = u128::from_be_bytes(bytes);
    aws_lc_rs::rand::fill(&mut bytes).expect("random bytes");
    let high = u128::from_be_bytes(bytes);
    format!("{high:032x}{low:032x}")
}

impl Site {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_ports();
        for name in ["session-keys", "revocation-secret"] {
            fs::write(folder.path().join(name), random_key()).expect("a file");
        }
        let network = Network::create();
        let redis = Process::start(
            redis(port, network.as_ref()),
            &folder.path().join("redis.log"),
        );
        let mut authorization_server = Command::new(EPICME);
        authorization_server
            .args(["--listen", &format!("127.0.0.1:{}", port + 1)])
            .args(["--resource-url", &url(port)])
            .arg("--signing-key")
            .arg(folder.path().join("signing-key"));
        let log = folder.path().join("authorization-server.log");
        let mut others = vec![Process::start(authorization_server, &log)];
        wait_for(([127, 0, 0, 1], port + 1).into());
        if let Some(network) = &network {
            others.extend(forward_issuer(network, port, folder.path()));
        }
        let instances =
            [0, 1, 2].map(|number| instance(number, port, network.as_ref(), folder.path()));
        others.push(Process::start(
            balancer(port, network.as_ref(), folder.path()),
            &folder.path().join("nginx.log"),
        ));
        let site = Self {
            folder,
            port,
            network,
            redis,
            instances,
            others,
        };
        for number in 0..3 {
            site.wait_until_ready(number);
        }
        wait_for(([127, 0, 0, 1], port).into());
        site
    }

    /// The URL of the MCP server.
    pub(crate) fn url(&self) -> String {
        url(self.port)
    }

    /// The credential of the endpoint for revocations.
    pub(crate) fn revocation_secret(&self) -> String {
        fs::read_to_string(self.folder.path().join("revocation-secret")).expect("a file")
    }

    pub(crate) fn token(&self, subject: &str, scope: &str) -> String {
        let output = Command::new(EPICME)
            .args(["--listen", &format!("127.0.0.1:{}", self.port + 1)])
            .args(["--resource-url", &self.url()])
            .arg("--signing-key")
            .arg(self.folder.path().join("signing-key"))
            .args(["token", "--scope", scope, "--sub", subject])
            .output();
        let token = String::from_utf8(output.expect("it runs").stdout);
        token.expect("UTF-8").trim().to_owned()
    }

    pub(crate) fn has_network(&self) -> bool {
        self.network.is_some()
    }

    pub(crate) fn kill_instance(&mut self, number: usize) {
        self.instances[number].end();
    }

    pub(crate) fn start_instance(&mut self, number: usize) {
        self.instances[number] =
            instance(number, self.port, self.network.as_ref(), self.folder.path());
        self.wait_until_ready(number);
    }

    pub(crate) fn signal_redis(&self, name: &str) {
        self.redis.signal(name);
    }

    pub(crate) fn kill_redis(&mut self) {
        self.redis.end();
    }

    pub(crate) fn start_redis(&mut self) {
        let command = redis(self.port, self.network.as_ref());
        self.redis = Process::start(command, &self.folder.path().join("redis.log"));
    }

    pub(crate) fn set_cut_off(&self, is_cut_off: bool) {
        let network = self.network.as_ref().expect("a network");
        network.set_cut_off(is_cut_off);
    }

    pub(crate) fn print_logs(&self) {
        for entry in fs::read_dir(self.folder.path())
            .expect("a folder")
            .flatten()
        {
            if entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "log")
            {
                let log = fs::read_to_string(entry.path()).unwrap_or_default();
                let lines: Vec<&str> = log.lines().collect();
                let last = lines.len().saturating_sub(20);
                eprintln!(
                    "== {}\n{}",
                    entry.path().display(),
                    lines[last..].join("\n")
                );
            }
        }
    }

    /// Waits until an instance verifies tokens, and knows the revocations.
    fn wait_until_ready(&self, number: usize) {
        let url = format!(
            "http://{}/ready",
            address(number, self.port, self.network.as_ref())
        );
        let begin = Instant::now();
        let is_ready = || {
            let status = Command::new("curl")
                .args(["-fs", "-m", "5", "-o", "/dev/null", &url])
                .status();
            status.expect("curl").success()
        };
        while !is_ready() {
            if begin.elapsed() > Duration::from_secs(60) {
                self.print_logs();
                panic!("instance {number} is not ready");
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // The folder and the network go when nothing uses them any more.
        self.others.clear();
        self.instances.iter_mut().for_each(Process::end);
        self.redis.end();
    }
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/mcp")
}

/// The last instance is in the network of its own, if there is one.
fn address(number: usize, port: u16, network: Option<&Network>) -> String {
    let host = match network {
        Some(network) if number == 2 => &network.theirs,
        _ => "127.0.0.1",
    };
    let number = u16::try_from(number).expect("small");
    format!("{host}:{}", port + 2 + number)
}

fn redis(port: u16, network: Option<&Network>) -> Command {
    let mut command = Command::new("redis-server");
    command.args([
        "--port",
        &(port + 5).to_string(),
        "--save",
        "",
        "--appendonly",
        "no",
    ]);
    command.args([
        "--maxmemory-policy",
        "noeviction",
        "--protected-mode",
        "no",
        "--bind",
        "127.0.0.1",
    ]);
    if let Some(network) = network {
        command.arg(&network.redis);
    }
    command
}

fn instance(number: usize, port: u16, network: Option<&Network>, folder: &Path) -> Process {
    let network_of_own = network.filter(|_| number == 2);
    let mut command =
        network_of_own.map_or_else(|| Command::new(EPICME), |own| own.command(EPICME));
    let redis = network_of_own.map_or("127.0.0.1", |own| &own.redis);
    command
        .args(["--listen", &address(number, port, network)])
        .args(["--resource-url", &url(port)])
        .args([
            "--authorization-server",
            &format!("http://127.0.0.1:{}", port + 1),
        ])
        .args(["--store", &format!("redis://{redis}:{}", port + 5)])
        .arg("--session-key-file")
        .arg(folder.join("session-keys"))
        .arg("--revocation-secret-file")
        .arg(folder.join("revocation-secret"))
        .arg("--database")
        .arg(folder.join("journal"))
        // It may start while Redis or the authorization server is not there.
        .arg("--start-early");
    Process::start(command, &folder.join(format!("instance-{number}.log")))
}

/// Instances name the authorization server by its loopback address, which every network has for itself.
fn forward_issuer(network: &Network, port: u16, folder: &Path) -> [Process; 2] {
    let own = std::env::current_exe().expect("a program");
    let own = own.to_str().expect("UTF-8");
    let issuer = format!("127.0.0.1:{}", port + 1);
    let between = format!("{}:{}", network.ours, port + 1);
    let mut here = Command::new(own);
    here.args(["forward", &between, &issuer]);
    let mut there = network.command(own);
    there.args(["forward", &issuer, &between]);
    [here, there].map(|command| Process::start(command, &folder.join("forward.log")))
}

/// Gives each request to the next instance.
fn balancer(port: u16, network: Option<&Network>, folder: &Path) -> Command {
    let servers = (0..3).map(|number| format!("server {};", address(number, port, network)));
    let servers: String = servers.collect();
    let at = folder.display();
    let config = format!(
        "daemon off;
        master_process off;
        pid {at}/pid;
        error_log {at}/nginx.log;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path {at}/body;
            proxy_temp_path {at}/proxy;
            fastcgi_temp_path {at}/fastcgi;
            uwsgi_temp_path {at}/uwsgi;
            scgi_temp_path {at}/scgi;
            upstream instances {{ {servers} }}
            server {{
                listen 127.0.0.1:{port};
                location / {{
                    proxy_pass http://instances;
                    proxy_http_version 1.1;
                    proxy_set_header Host $http_host;
                    proxy_next_upstream error;
                    proxy_connect_timeout 1s;
                    add_header X-Instance $upstream_addr always;
                }}
            }}
        }}"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, config).expect("a file");
    let mut command = Command::new(nginx());
    command.arg("-p").arg(folder).arg("-c").arg(&file);
    command
}
