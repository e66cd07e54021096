//! The binary as a process of its own, and bytes to and from it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;

/// How long an answer may take before the server counts as hung. Asserted generously: other programs run on this machine, too.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running `callab up`.
pub struct Server {
    child: Child,
    address: SocketAddr,
    token: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status; 0 where the connection was closed without one.
    pub status: u16,
    /// Everything after the head.
    pub body: String,
    /// From the first byte sent to the last one read.
    pub took: Duration,
}

impl Answer {
    /// The first error's `extensions.code`.
    pub fn code(&self) -> Option<String> {
        let json: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        json["errors"][0]["extensions"]["code"].as_str().map(str::to_owned)
    }
}

impl Server {
    /// Starts it with these settings.
    pub fn start(directory: &Path, settings: &[(&str, &str)]) -> Self {
        let command = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_callab"));
            command
                .env_clear()
                .env("CALLAB__DATA_DIR", directory)
                .env("CALLAB__HTTP__LISTEN", "127.0.0.1:0")
                .env("CALLAB__LOG__FILTER", "error")
                .envs(settings.iter().copied())
                .stdin(Stdio::null());
            command
        };
        let token = command()
            .args(["token", "--role", "owner", "--workspace", "a"])
            .output()
            .expect("the binary runs");
        assert!(token.status.success(), "{token:?}");
        let token = String::from_utf8(token.stdout).expect("a token").trim().to_owned();
        let mut child = command()
            .arg("up")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("its output"))
            .read_line(&mut line)
            .expect("its first line");
        let url = line
            .trim()
            .strip_prefix("callab listens on http://")
            .expect("where it listens");
        let address = url.parse().expect("an address");
        Self { child, address, token }
    }

    /// The token of an owner.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A connection without a word said.
    pub fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).expect("it listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        socket.set_write_timeout(Some(PATIENCE)).expect("a time-out");
        socket
    }

    /// Sends bytes and reads the answer, or until the server closes. It may answer and close before everything is sent.
    pub fn send(&self, bytes: &[u8]) -> Answer {
        self.exchange(bytes, false)
    }

    /// The same, and says nothing more although more was promised.
    pub fn send_cut_off(&self, bytes: &[u8]) -> Answer {
        self.exchange(bytes, true)
    }

    fn exchange(&self, bytes: &[u8], is_cut_off: bool) -> Answer {
        let begun = Instant::now();
        let mut socket = self.connect();
        let _ = socket.write_all(bytes);
        if is_cut_off {
            let _ = socket.shutdown(Shutdown::Write);
        }
        let (mut answer, mut part) = (Vec::new(), vec![0; 64 * 1024]);
        while !is_whole(&answer) {
            match socket.read(&mut part) {
                Ok(0) => break,
                Ok(read) => answer.extend_from_slice(&part[..read]),
                Err(error) => {
                    // What the server did not read makes the system reset the connection after the answer.
                    assert_ne!(
                        error.kind(),
                        std::io::ErrorKind::WouldBlock,
                        "no answer within {PATIENCE:?}"
                    );
                    break;
                }
            }
        }
        let took = begun.elapsed();
        let (head, body) = split(&answer).unwrap_or((&answer, &[]));
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Answer {
            status: status.unwrap_or_default(),
            body: String::from_utf8_lossy(&decoded(&head, body)).into_owned(),
            took,
        }
    }

    /// A GraphQL request as a client sends it.
    pub fn post(&self, body: &[u8]) -> Answer {
        self.post_with("", body)
    }

    /// The same as a browser sends it, which takes compressed answers.
    pub fn post_from_a_browser(&self, body: &[u8]) -> Answer {
        self.post_with("accept-encoding: gzip\r\n", body)
    }

    fn post_with(&self, header: &str, body: &[u8]) -> Answer {
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             {header}content-length: {}\r\n\r\n",
            self.token,
            body.len()
        );
        self.send(&[head.as_bytes(), body].concat())
    }

    /// Whether it answers what is harmless.
    pub fn assert_alive(&self, after: &str) -> Duration {
        let answer = self.post(br#"{"query":"{ __typename }"}"#);
        assert_eq!(answer.status, 200, "after {after}: {answer:?}");
        assert!(
            answer.body.contains(r#"{"__typename":"Query"}"#),
            "after {after}: {answer:?}"
        );
        answer.took
    }

    /// The process's memory that is in use, in bytes. From now on its peak is taken.
    pub fn memory(&self) -> u64 {
        // Source: proc_pid_clear_refs(5): 5 sets the peak back to what is in use.
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").expect("it lives");
        self.figure("VmRSS:")
    }

    /// By how much more was in use at any time since then.
    pub fn grown_beyond(&self, before: u64) -> u64 {
        self.figure("VmHWM:").saturating_sub(before)
    }

    fn figure(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it lives");
        let line = status.lines().find(|line| line.starts_with(name)).expect("its memory");
        let kilobytes = line
            .split_whitespace()
            .nth(1)
            .and_then(|number| number.parse::<u64>().ok());
        kilobytes.expect("a number") * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Head and body of an answer whose head is whole.
fn split(answer: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((&answer[..end], &answer[end + 4..]))
}

fn is_chunked(head: &str) -> bool {
    head.contains("transfer-encoding: chunked")
}

/// Whether nothing more can come of this answer.
fn is_whole(answer: &[u8]) -> bool {
    let Some((head, body)) = split(answer) else {
        return false;
    };
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    match length.and_then(|length| length.trim().parse::<usize>().ok()) {
        Some(length) => body.len() >= length,
        None => is_chunked(&head) && body.ends_with(b"0\r\n\r\n"),
    }
}

/// What was meant by what was sent.
fn decoded(head: &str, body: &[u8]) -> Vec<u8> {
    let body = if is_chunked(head) {
        unchunked(body)
    } else {
        body.to_vec()
    };
    if !head.contains("content-encoding: gzip") {
        return body;
    }
    let mut plain = Vec::new();
    let read = GzDecoder::new(body.as_slice()).read_to_end(&mut plain);
    read.expect("a whole answer, compressed");
    plain
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = String::from_utf8_lossy(&rest[..end]);
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or_default();
        let Some(chunk) = rest.get(end + 2..end + 2 + size).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        whole.extend_from_slice(chunk);
        rest = rest.get(end + 2 + size + 2..).unwrap_or_default();
    }
    whole
}
