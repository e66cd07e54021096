//! What support staff use the console for, by keys alone, on a real terminal, against a running demo.

#[expect(dead_code, reason = "it serves the other tests as well")]
mod pty;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use pty::tmux::Tmux;
use pty::{PROGRAM, Terminal};

/// How long a demo may take to be there.
const PATIENCE: Duration = Duration::from_mins(2);

/// How the console is started.
const ARGUMENTS: [&str; 4] = ["--theme", "dark", "--write", "--demo"];

/// A running demo, in a folder of its own.
struct Demo {
    process: Child,
    folder: tempfile::TempDir,
}

impl Demo {
    async fn start() -> Self {
        let program = Path::new(PROGRAM).with_file_name("callab");
        // Where all packages are tested it is built already.
        if !program.exists() {
            let mut build = Command::new(env!("CARGO"));
            build.args(["build", "--quiet", "--workspace", "--bin", "callab"]);
            if !cfg!(debug_assertions) {
                build.arg("--release");
            }
            assert!(build.status().expect("cargo").success());
        }
        let folder = tempfile::tempdir().expect("a folder");
        let process = Command::new(program)
            .args([
                "demo",
                "--listen",
                "127.0.0.1:0",
                "--sim-listen",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(folder.path().join("demo"))
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the demo");
        let demo = Self { process, folder };
        let begun = Instant::now();
        while !demo.json().exists() {
            assert!(begun.elapsed() < PATIENCE, "no demo is there");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        demo
    }

    fn json(&self) -> PathBuf {
        self.folder.path().join("demo/demo.json")
    }

    fn console(&self) -> Terminal {
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(ARGUMENTS);
        command.arg(self.json());
        command.cwd(self.folder.path());
        command.env("HOME", self.folder.path());
        command.env("XDG_CONFIG_HOME", self.folder.path());
        Terminal::run(120, 36, command)
    }

    fn console_in_tmux(&self) -> Tmux {
        let (folder, json) = (self.folder.path().display().to_string(), self.json());
        let command = format!(
            "cd {folder}; HOME={folder} XDG_CONFIG_HOME={folder} LC_ALL=C.UTF-8 {PROGRAM} {} {}; echo ended with $?; sleep 60",
            ARGUMENTS.join(" "),
            json.display()
        );
        Tmux::start(120, 36, &command)
    }

    /// The files that the console wrote.
    fn bundles(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder");
        let files = files.map(|file| file.expect("a file").path());
        files
            .filter(|path| path.extension().is_some_and(|end| end == "md"))
            .collect()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // A demo that ended already needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}

/// A terminal with the console in it.
trait Console {
    fn keys(&mut self, keys: &str);
    async fn shows(&self, text: &str);

    /// Whether the terminal was handed something to copy.
    fn has_copied(&self) -> bool;
}

impl Console for Terminal {
    fn keys(&mut self, keys: &str) {
        Self::keys(self, keys);
    }

    async fn shows(&self, text: &str) {
        Self::shows(self, text).await;
    }

    fn has_copied(&self) -> bool {
        String::from_utf8_lossy(&self.bytes()).contains("\u{1b}]52;c;")
    }
}

impl Console for Tmux {
    fn keys(&mut self, keys: &str) {
        Self::keys(self, keys);
    }

    async fn shows(&self, text: &str) {
        Self::shows(self, text).await;
    }

    fn has_copied(&self) -> bool {
        !self.ask(&["show-buffer"]).is_empty()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_five_jobs_are_done_by_keys_alone() {
    let demo = Demo::start().await;
    let mut terminal = demo.console();
    are_done(&demo, &mut terminal).await;
    terminal.keys("\u{3}");
    assert_eq!(terminal.ended().await, Some(0));
    terminal.is_as_it_was_found();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_five_jobs_are_done_inside_tmux() {
    let demo = Demo::start().await;
    let mut tmux = demo.console_in_tmux();
    are_done(&demo, &mut tmux).await;
    tmux.keys("\u{3}");
    tmux.shows("ended with 0").await;
    assert_eq!(tmux.ask(&["display-message", "-p", "#{alternate_on}"]), "0");
}

/// All five, by keys.
async fn are_done(demo: &Demo, terminal: &mut impl Console) {
    // Who is broken now, worst first.
    terminal.shows("9 of 9").await;
    terminal.shows("● live").await;
    terminal.shows("› ✖ FAIL").await;

    // "My calls don't connect": by name, with the cause and who must act.
    terminal.keys("G");
    terminal.shows("› ‖ OFF").await;
    terminal.keys("/travel usa");
    terminal.shows("Connections: 1 of 9").await;
    terminal.shows("› ✖ FAIL").await;
    terminal.keys("\r\r");
    terminal.shows("Why calls don't connect").await;
    terminal.shows("✖  2 Credentials accepted").await;
    terminal.shows("CUSTOMER must act:").await;
    // The same by a whole number, which only the API can find.
    terminal.keys("1\u{1b}");
    terminal.shows("Connections: 9 of 9").await;
    terminal.keys("/+1 (617) 555-0151\r");
    terminal.shows("› Blue Harbor Dental › +1 617 ••• 51").await;

    // Prove it: a test call from that number, which the checks are about.
    terminal.keys("T");
    terminal.shows("Start a test call?").await;
    terminal.shows("on the CUSTOMER's Twilio bill").await;
    pause().await;
    terminal.keys("\u{1b}[C\r");
    terminal.shows("✔ answered").await;
    terminal.shows(" PASS").await;
    terminal.keys("q");

    // Fix our side, and see it finish.
    terminal.keys("R");
    terminal.shows("the numbers were read (health: ").await;
    terminal.keys("5");
    terminal.shows("Jobs ─").await;
    terminal.keys("/sync-numbers\r");
    terminal.shows("done      sync-numbers").await;
    terminal.keys("\u{1b}");
    pause().await;

    // Explain and hand over: the reply, a bundle, and who changed what.
    terminal.keys("\u{1b}");
    terminal.shows("Why calls don't connect").await;
    terminal.keys("Y");
    terminal
        .shows("the reply for the customer was sent to the terminal's clipboard")
        .await;
    assert!(terminal.has_copied(), "nothing was copied");
    terminal.keys("E");
    terminal.shows("Write the support bundle?").await;
    pause().await;
    terminal.keys("\u{1b}[C\r");
    terminal.shows("for your eyes only").await;
    let bundles = demo.bundles();
    assert_eq!(bundles.len(), 1, "{bundles:?}");
    let mode = std::fs::metadata(&bundles[0]).expect("the bundle").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    terminal.keys("6");
    terminal.shows("demo-support").await;
    terminal.shows("test_call.start").await;

    // Take note of an alert, without a word to it.
    terminal.keys("1");
    terminal.shows("Connections: 9 of 9").await;
    terminal.keys("4");
    terminal.shows("! NEW").await;
    terminal.keys("A");
    terminal.shows("Acknowledge this alert?").await;
    pause().await;
    terminal.keys("\u{1b}[C\r");
    terminal.shows("the alert is acknowledged").await;
}
