//! The program as a process without a terminal: what it is given, and what comes out.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use callab_tests::TestApp;
use serde_json::Value;

/// How long it may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where and as whom the program asks.
pub struct Console {
    url: String,
    token: String,
    home: tempfile::TempDir,
}

/// What came out.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }

    /// It ended like this.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n{}\n{}", self.out, self.err);
        self
    }

    /// It told this, as data or as a message.
    pub fn tells(self, text: &str) -> Self {
        assert!(
            self.out.contains(text) || self.err.contains(text),
            "`{text}`:\n{}\n{}",
            self.out,
            self.err
        );
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Console {
    /// One that asks an API in a role of staff's.
    pub fn of(app: &TestApp, role: &str) -> Self {
        Self::at(&format!("{}/graphql", app.url), app.client(None, role).token())
    }

    /// One that asks at an address, with a token; with none where that is empty.
    pub fn at(url: &str, token: &str) -> Self {
        Self {
            url: url.to_owned(),
            token: token.to_owned(),
            home: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Where it asks.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// As whom it asks.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// All files below its home.
    pub fn files(&self) -> Vec<PathBuf> {
        let (mut files, mut folders) = (Vec::new(), vec![self.home().to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder of its home") {
                let path = entry.expect("an entry").path();
                let found = if path.is_dir() { &mut folders } else { &mut files };
                found.push(path);
            }
        }
        files
    }

    /// Its home: nothing of the machine's own is read.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The program with arguments, to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callab-console"));
        command.args(arguments).current_dir(self.home());
        command
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", "/usr/bin:/bin")
            .env("LANG", "C.UTF-8");
        if !self.url.is_empty() {
            command.env("CALLAB_URL", &self.url);
        }
        if !self.token.is_empty() {
            command.env("CALLAB_TOKEN", &self.token);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    pub async fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().expect("it starts").into())
            .await
            .expect("no panic")
    }

    /// Runs it to its end with lines on its standard input.
    pub async fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .expect("it starts");
        child
            .stdin
            .take()
            .expect("its input")
            .write_all(input.as_bytes())
            .expect("it reads");
        tokio::task::spawn_blocking(move || child.wait_with_output().expect("it ends").into())
            .await
            .expect("no panic")
    }

    /// Runs it while the API's jobs are run, too.
    pub async fn run_beside_jobs(&self, app: &TestApp, arguments: &[&str]) -> Ran {
        let child = self.command(arguments).spawn().expect("it starts");
        run_jobs_until(app, child).await
    }
}

/// Runs the API's jobs until the process ended.
pub async fn run_jobs_until(app: &TestApp, mut child: Child) -> Ran {
    let begun = Instant::now();
    while child.try_wait().expect("its state").is_none() {
        assert!(begun.elapsed() < PATIENCE, "it does not end");
        app.run_jobs().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.wait_with_output().expect("its output").into()
}
