//! The binary itself, as an operator starts it: a `callab up` with a log of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// A running `callab up`. It is killed with this value.
#[derive(Debug)]
pub struct Up {
    child: Child,
    url: String,
    log: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Up {
    /// Starts it: `command` is the binary with its settings and without arguments. Returns when it listens.
    ///
    /// # Panics
    /// When it does not start, with its log.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .arg("up")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let log = Arc::<Mutex<Vec<u8>>>::default();
        let reader = std::thread::spawn({
            let (mut written, log) = (child.stderr.take().expect("its standard error"), log.clone());
            move || {
                let mut bytes = vec![0; 16 * 1024];
                while let Ok(count @ 1..) = written.read(&mut bytes) {
                    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                    log.extend_from_slice(&bytes[..count]);
                }
            }
        });
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.as_mut().expect("its standard output"));
        lines.read_line(&mut line).expect("its first line");
        let url = line.trim().strip_prefix("callab listens on ").map(str::to_owned);
        let mut up = Self {
            child,
            url: url.clone().unwrap_or_default(),
            log,
            reader: Some(reader),
        };
        if url.is_none() {
            let (status, log) = up.ended();
            panic!("it did not start ({status}): {log}");
        }
        up
    }

    /// Where it listens, such as `http://127.0.0.1:49152`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What it has logged until now.
    #[must_use]
    pub fn log(&self) -> String {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Ends it as an operator does, by SIGTERM; answers how it ended and all that it logged.
    ///
    /// # Panics
    /// When there is no shell.
    #[must_use]
    pub fn stop(mut self) -> (ExitStatus, String) {
        let kill = format!("kill -TERM {}", self.child.id()); // A word of the shell: not every machine has the program.
        let killed = Command::new("sh").args(["-c", &kill]).status();
        assert!(killed.expect("a shell").success());
        self.ended()
    }

    fn ended(&mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("its end");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("its log");
        }
        (status, self.log())
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
