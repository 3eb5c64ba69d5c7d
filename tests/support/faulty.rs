//! An authorization server on loopback that answers as badly as it is told to.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test may panic"
)]

use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// The answer to requests for a path.
#[derive(Clone)]
pub enum Reply {
    /// A status and a body.
    Answer(u16, String),
    /// A status and a `Location`.
    Redirect(u16, String),
    /// Another one, after a while.
    After(Duration, Box<Reply>),
    /// An answer that depends on the request.
    By(Arc<dyn Fn(&Received) -> Reply + Send + Sync>),
    /// These bytes, and the end.
    Raw(Vec<u8>),
    /// Nothing, and the connection stays open.
    Never,
    /// A good beginning, and then one byte now and then.
    Drip,
    /// A body without end; its length is announced, or it comes in chunks.
    Endless {
        /// `true` if `Content-Length` announces the length.
        announced: bool,
    },
    /// Less than was announced.
    CutOff,
}

impl Reply {
    /// A good document.
    #[must_use]
    pub fn json(document: &Value) -> Self {
        Self::Answer(200, document.to_string())
    }

    /// The answer of introspection: `answer` about `token`, and that every other token is inactive.
    #[must_use]
    pub fn about(token: &str, answer: &Value) -> Self {
        let (token, answer) = (token.to_owned(), Self::json(answer));
        Self::by(move |request| {
            if request.field("token").as_deref() == Some(&token) {
                answer.clone()
            } else {
                Self::json(&json!({ "active": false }))
            }
        })
    }

    /// An answer that depends on the request.
    pub fn by(reply: impl Fn(&Received) -> Self + Send + Sync + 'static) -> Self {
        Self::By(Arc::new(reply))
    }

    /// No HTTP at all.
    #[must_use]
    pub fn garbage() -> Self {
        Self::Raw(b"\x16\x03\x01\x00\xff\xfe no HTTP \r\n\r\n".to_vec())
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The method and the path, with a space between them.
    pub line: String,
    /// The headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: String,
}

impl Received {
    /// A field of the form in the body.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        let fields = self
            .body
            .split('&')
            .filter_map(|field| field.split_once('='));
        let mut found = fields.filter(|(key, _)| unescaped(key) == name);
        found.next().map(|(_, value)| unescaped(value))
    }
}

/// The text behind its form encoding, byte by byte.
#[must_use]
pub fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.expect("two digits"));
                let digits = std::str::from_utf8(&digits).expect("ASCII").to_owned();
                u8::from_str_radix(&digits, 16).expect("hexadecimal")
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// The server; it ends when this is dropped.
pub struct FaultyServer {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    replies: Mutex<HashMap<String, Reply>>,
    received: Mutex<Vec<Received>>,
    sent: AtomicU64,
    calls_made_up_tokens_inactive: AtomicBool,
    is_down: AtomicBool,
    is_listening: AtomicBool,
    has_ended: AtomicBool,
}

impl FaultyServer {
    /// A server that knows no path.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State::default());
        state.is_listening.store(true, Ordering::SeqCst);
        let serving = Arc::clone(&state);
        thread::spawn(move || serve(&serving, address, listener));
        Self { address, state }
    }

    /// Calls the made-up token of a start-up check inactive, and does not count the request.
    pub fn call_made_up_tokens_inactive(&self) {
        let it_does = &self.state.calls_made_up_tokens_inactive;
        it_does.store(true, Ordering::SeqCst);
    }

    /// The URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers a path like this from now on, with any query unless the path has one.
    pub fn reply(&self, path: &str, reply: Reply) {
        let mut replies = self.state.replies.lock().expect("not poisoned");
        replies.insert(path.to_owned(), reply);
    }

    /// The requests so far.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().expect("not poisoned").clone()
    }

    /// Returns the number of requests.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.state.received.lock().expect("not poisoned").len()
    }

    /// Returns the number of bytes sent in bodies without end.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.state.sent.load(Ordering::SeqCst)
    }

    /// Refuses connections, until it is brought up again.
    pub fn shut_down(&self) {
        self.switch(true);
    }

    /// Takes connections again.
    pub fn bring_up(&self) {
        self.switch(false);
    }

    fn switch(&self, down: bool) {
        self.state.is_down.store(down, Ordering::SeqCst);
        while self.state.is_listening.load(Ordering::SeqCst) == down {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for FaultyServer {
    fn drop(&mut self) {
        self.state.has_ended.store(true, Ordering::SeqCst);
    }
}

impl fmt::Debug for FaultyServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FaultyServer({})", self.address)
    }
}

fn serve(state: &Arc<State>, address: SocketAddr, listener: TcpListener) {
    let mut listener = Some(listener);
    while !state.has_ended.load(Ordering::SeqCst) {
        if state.is_down.load(Ordering::SeqCst) {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(address).ok();
        }
        let is_listening = listener.is_some();
        state.is_listening.store(is_listening, Ordering::SeqCst);
        if let Some(listener) = &listener {
            listener.set_nonblocking(true).expect("nonblocking");
            if let Ok((connection, _)) = listener.accept() {
                connection.set_nonblocking(false).expect("blocking");
                let state = Arc::clone(state);
                thread::spawn(move || {
                    let _ = answer(&state, connection);
                });
                continue;
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn answer(state: &State, mut connection: TcpStream) -> std::io::Result<()> {
    let request = read(&mut connection)?;
    let made_up = |token: String| token.starts_with("start-up-check-");
    if state.calls_made_up_tokens_inactive.load(Ordering::SeqCst)
        && request.field("token").is_some_and(made_up)
    {
        let inactive = Reply::json(&json!({ "active": false }));
        return send(state, &mut connection, inactive);
    }
    let path = request.line.split(' ').nth(1).unwrap_or_default();
    let known = {
        let replies = state.replies.lock().expect("not poisoned");
        let without_query = path.split('?').next().unwrap_or_default();
        replies
            .get(path)
            .or_else(|| replies.get(without_query))
            .cloned()
    };
    state
        .received
        .lock()
        .expect("not poisoned")
        .push(request.clone());
    let mut reply = known.unwrap_or_else(|| Reply::Answer(404, String::new()));
    loop {
        reply = match reply {
            Reply::By(choose) => choose(&request),
            Reply::After(pause, next) => {
                thread::sleep(pause);
                *next
            }
            reply => break send(state, &mut connection, reply),
        }
    }
}

fn read(connection: &mut TcpStream) -> std::io::Result<Received> {
    let mut reader = BufReader::new(connection);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let mut lines = lines.into_iter();
    let line = lines.next().unwrap_or_default();
    let line = line.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: HashMap<_, _> = lines
        .filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_ascii_lowercase(), value.to_owned()))
        })
        .collect();
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok(Received {
        line,
        headers,
        body,
    })
}

fn send(state: &State, connection: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    let head = |rest: &str| format!("HTTP/1.1 200 Whatever\r\nConnection: close\r\n{rest}\r\n");
    let end = |state: &State| state.has_ended.load(Ordering::SeqCst);
    match reply {
        Reply::Answer(status, body) => {
            let length = body.len();
            write!(
                connection,
                "HTTP/1.1 {status} Whatever\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
            )
        }
        Reply::Redirect(status, location) => write!(
            connection,
            "HTTP/1.1 {status} Whatever\r\nConnection: close\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n"
        ),
        Reply::Raw(bytes) => connection.write_all(&bytes),
        Reply::CutOff => {
            connection.write_all(head("Content-Length: 1000\r\n").as_bytes())?;
            connection.write_all(br#"{"active":true,"#)
        }
        Reply::Never => {
            while !end(state) {
                thread::sleep(Duration::from_millis(10));
            }
            Ok(())
        }
        Reply::Drip => {
            connection.write_all(head("Content-Length: 100000\r\n").as_bytes())?;
            while !end(state) {
                connection.write_all(b" ")?;
                thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        }
        Reply::Endless { announced: true } => {
            connection.write_all(head("Content-Length: 1099511627776\r\n").as_bytes())?;
            endless(state, connection, &[b' '; 0x4000])
        }
        Reply::Endless { announced: false } => {
            connection.write_all(head("Transfer-Encoding: chunked\r\n").as_bytes())?;
            let chunk = [b"4000\r\n", [b' '; 0x4000].as_slice(), b"\r\n"].concat();
            endless(state, connection, &chunk)
        }
        Reply::By(_) | Reply::After(..) => Ok(()),
    }
}

fn endless(state: &State, connection: &mut TcpStream, piece: &[u8]) -> std::io::Result<()> {
    while !state.has_ended.load(Ordering::SeqCst) {
        connection.write_all(piece)?;
        state.sent.fetch_add(piece.len() as u64, Ordering::SeqCst);
    }
    Ok(())
}

impl fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Answer(status, _) => return write!(formatter, "Answer({status})"),
            Self::Redirect(status, _) => return write!(formatter, "Redirect({status})"),
            Self::After(pause, next) => return write!(formatter, "After({pause:?}, {next:?})"),
            Self::By(_) => "By",
            Self::Raw(_) => "Raw",
            Self::Never => "Never",
            Self::Drip => "Drip",
            Self::Endless { announced: true } => "Endless, announced",
            Self::Endless { announced: false } => "Endless",
            Self::CutOff => "CutOff",
        };
        formatter.write_str(name)
    }
}
