//! One process of the product, and what can be done to it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a process may take to say where it listens.
const STARTS_WITHIN: Duration = Duration::from_mins(1);

/// How much of a log is shown when a test fails.
const SHOWN: usize = 12_000;

/// A running `callab`. It is killed with this value; and should the test's own process be killed, its watcher sees to it.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    /// Kills the process once its standard input ends.
    watcher: Child,
    log: PathBuf,
    output: PathBuf,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts the program; what it writes goes into files in `directory`.
    pub fn start(name: &str, mut command: Command, directory: &Path) -> Self {
        let (log, output) = (
            directory.join(format!("{name}.log")),
            directory.join(format!("{name}.out")),
        );
        let file = |path: &Path| File::create(path).expect("a file for what it writes");
        let child = command
            .stdin(Stdio::null())
            .stdout(file(&output))
            .stderr(file(&log))
            .spawn()
            .expect("the binary runs");
        let kill = format!("read -r _; kill -KILL {}", child.id());
        let watcher = Command::new("sh")
            .args(["-c", &kill])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        Self {
            name: name.to_owned(),
            child,
            watcher,
            log,
            output,
            ended: None,
        }
    }

    /// What it is called in logs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What follows `before` on a line of its standard output. Waits for that line.
    pub async fn told(&mut self, before: &str) -> String {
        let begun = Instant::now();
        loop {
            let output = self.output();
            let whole = output.lines().filter(|_| output.ends_with('\n'));
            if let Some(line) = whole.into_iter().find_map(|line| line.strip_prefix(before)) {
                return line.to_owned();
            }
            assert!(
                self.runs() && begun.elapsed() < STARTS_WITHIN,
                "{} did not say {before:?}: {}",
                self.name,
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything that it wrote to its standard output.
    pub fn output(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    /// Everything that it logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it has not ended.
    pub fn runs(&mut self) -> bool {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().expect("a child of ours");
        }
        self.ended.is_none()
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.ended = Some(self.child.wait().expect("a child of ours"));
    }

    /// Stops it where it stands.
    pub fn freeze(&mut self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&mut self) {
        self.signal("CONT");
    }

    /// Asks it to end.
    pub fn terminate(&mut self) {
        self.signal("TERM");
    }

    /// Waits for its end, and answers how it ended.
    pub async fn ended_within(&mut self, time: Duration) -> ExitStatus {
        let begun = Instant::now();
        while self.runs() {
            assert!(
                begun.elapsed() < time,
                "{} still runs after {time:?}: {}",
                self.name,
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.ended.expect("it has ended")
    }

    fn signal(&mut self, signal: &str) {
        assert!(self.runs(), "{} ended by itself: {}", self.name, self.log());
        let kill = format!("kill -{signal} {}", self.child.id()); // A word of the shell: not every machine has the program.
        let sent = Command::new("sh").args(["-c", &kill]).status().expect("a shell");
        assert!(sent.success(), "could not send {signal} to {}", self.name);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.runs() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        // Nobody else may get the process id meanwhile and be killed in its place: the watcher goes without a word.
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
        if std::thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(SHOWN);
            let from = (from..log.len()).find(|at| log.is_char_boundary(*at)).unwrap_or(from);
            println!("---- the log of {}, its end ----\n{}", self.name, &log[from..]);
        }
    }
}

/// What an address answers to a GET: the head and the body. `None` when there was no connection or no answer.
pub fn get(url: &str, path: &str) -> Option<String> {
    let mut socket = TcpStream::connect(url.trim_start_matches("http://")).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    write!(socket, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).ok()?;
    Some(answer)
}
