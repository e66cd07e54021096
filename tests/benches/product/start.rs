//! The start of the server binary on an existing database, and its end.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use crate::figures::{Samples, head};

const RUNS: usize = 10;

pub fn run() -> anyhow::Result<()> {
    head("start: `callab up` on an existing database", "under 0.5 s");
    let binary = binary()?;
    let data_dir = tempfile::tempdir()?;
    let first = Up::start(&binary, data_dir.path())?;
    let first_took = first.until_healthy()?;
    first.stop()?;

    let (mut starts, mut stops, mut versions) = (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..RUNS {
        let up = Up::start(&binary, data_dir.path())?;
        starts.push(up.until_healthy()?);
        stops.push(up.stop()?);

        let spawned = Instant::now();
        let told = command(&binary).arg("--version").stdout(Stdio::null()).status()?;
        versions.push(spawned.elapsed());
        ensure!(told.success(), "callab --version: {told}");
    }
    starts.print("from the spawn to the first 200 of /healthz");
    versions.print("  floor: `callab --version`");
    stops.print_with(
        "from SIGTERM to the end",
        &format!("exit status 0, {RUNS} times of {RUNS}"),
    );
    let mut once = Samples::default();
    once.push(first_took);
    once.print_with("the very first start, which makes database and keys", "once");
    Ok(())
}

/// The server binary of the same profile: `target/release/callab`.
pub fn binary() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?; // target/release/deps/product-…
    let profile = own.ancestors().nth(2).context("the directory of the profile")?;
    let binary = profile.join("callab");
    if !binary.exists() {
        bail!("there is no {}: `just bench` builds it", binary.display());
    }
    Ok(binary)
}

/// Without the settings of this machine.
fn command(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    command.env_clear().stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// A running `callab up`.
struct Up {
    child: Child,
    spawned: Instant,
    address: SocketAddr,
}

impl Up {
    fn start(binary: &Path, data_dir: &Path) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?; // Free again at the end of this line.
        let mut up = command(binary);
        up.arg("up")
            .env("CALLAB__DATA_DIR", data_dir)
            .env("CALLAB__HTTP__LISTEN", address.to_string())
            .stdout(Stdio::null());
        let spawned = Instant::now();
        let child = up.spawn()?;
        Ok(Self {
            child,
            spawned,
            address,
        })
    }

    /// Asks again and again, and answers how long after the spawn it said yes.
    fn until_healthy(&self) -> anyhow::Result<Duration> {
        while self.spawned.elapsed() < Duration::from_secs(30) {
            if self.is_healthy() {
                return Ok(self.spawned.elapsed());
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        bail!("it never became healthy")
    }

    fn is_healthy(&self) -> bool {
        let ask = || {
            let mut socket = TcpStream::connect(self.address)?;
            socket.write_all(b"GET /healthz HTTP/1.0\r\n\r\n")?;
            let mut answer = String::new();
            socket.read_to_string(&mut answer)?;
            std::io::Result::Ok(answer.split(' ').nth(1) == Some("200"))
        };
        ask().unwrap_or(false)
    }

    /// Sends SIGTERM and answers how long the end took.
    fn stop(mut self) -> anyhow::Result<Duration> {
        let start = Instant::now();
        let kill = format!("kill -TERM {}", self.child.id()); // A word of the shell: not every machine has the program.
        let sent = Command::new("sh").args(["-c", &kill]).status()?;
        ensure!(sent.success(), "kill: {sent}");
        let ended = self.child.wait()?;
        ensure!(ended.success(), "callab up: {ended}");
        Ok(start.elapsed())
    }
}

impl Drop for Up {
    /// When a run was broken off: nothing is to stay behind.
    fn drop(&mut self) {
        let _ = self.child.kill(); // An error only says that it has ended.
        let _ = self.child.wait();
    }
}
