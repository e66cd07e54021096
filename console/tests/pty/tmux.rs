//! A window of tmux, which is a terminal of its own between the program and the one that people look at.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long something may take to be shown.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many were started by this process.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// The one window of a server of tmux. It is gone when it is dropped.
pub struct Tmux {
    server: String,
}

impl Tmux {
    /// A window of that size, in which a shell runs `command`.
    ///
    /// # Panics
    /// Where there is no tmux: `tests/run` installs it.
    pub fn start(columns: u16, rows: u16, command: &str) -> Self {
        let place = STARTED.fetch_add(1, Ordering::SeqCst);
        let tmux = Self {
            server: format!("callab-console-{}-{place}", std::process::id()),
        };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        tmux.ask(&["-u", "new-session", "-d", "-x", &columns, "-y", &rows, command]);
        tmux.ask(&["set-option", "-s", "set-clipboard", "on"]);
        tmux
    }

    /// What tmux answers.
    pub fn ask(&self, words: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-L", &self.server, "-f", "/dev/null"])
            .args(words)
            .output()
            .expect("tmux is installed (Debian: apt-get install tmux)");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// What is shown.
    pub fn text(&self) -> String {
        self.ask(&["capture-pane", "-p"])
    }

    /// Waits until something is shown.
    pub async fn shows(&self, text: &str) {
        let begun = Instant::now();
        while !self.text().contains(text) {
            assert!(begun.elapsed() < PATIENCE, "`{text}` is not shown:\n{}", self.text());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Presses keys, as a terminal would send them.
    pub fn keys(&self, keys: &str) {
        let bytes: Vec<String> = keys.bytes().map(|byte| format!("{byte:x}")).collect();
        let mut words = vec!["send-keys", "-H"];
        words.extend(bytes.iter().map(String::as_str));
        self.ask(&words);
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.ask(&["kill-server"]);
    }
}
