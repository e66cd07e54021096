//! A terminal with the program in it: what it shows is read from the bytes that it writes.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::Parser;

/// How long something may take to be shown.
const PATIENCE: Duration = Duration::from_secs(20);

/// A terminal.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    input: Box<dyn Write + Send>,
    screen: Arc<Mutex<(Parser, Vec<u8>)>>,
}

impl Terminal {
    /// Starts the program.
    pub fn start(columns: u16, rows: u16, url: &str, token: &str, more: &[&str]) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_callab-console"));
        command.args(["--url", url, "--theme", "dark"]);
        command.args(more);
        command.env("CALLAB_TOKEN", token);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env_remove("LC_ALL");
        let child = pair.slave.spawn_command(command).expect("the program");
        drop(pair.slave);
        let screen = Arc::new(Mutex::new((Parser::new(some(rows), some(columns), 0), Vec::new())));
        let (shared, mut output) = (screen.clone(), pair.master.try_clone_reader().expect("its output"));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = output.read(&mut buffer) {
                if count == 0 {
                    return;
                }
                let mut screen = shared.lock().expect("nobody panicked");
                screen.0.process(&buffer[..count]);
                screen.1.extend_from_slice(&buffer[..count]);
            }
        });
        let input = pair.master.take_writer().expect("its input");
        Self {
            child,
            master: pair.master,
            input,
            screen,
        }
    }

    /// What is shown.
    pub fn text(&self) -> String {
        self.screen.lock().expect("nobody panicked").0.screen().contents()
    }

    /// Waits until something is shown.
    pub async fn shows(&self, text: &str) {
        let begun = Instant::now();
        while !self.text().contains(text) {
            assert!(begun.elapsed() < PATIENCE, "`{text}` is not shown:\n{}", self.text());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Presses keys.
    pub fn keys(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).expect("the terminal is open");
        self.input.flush().expect("the terminal is open");
    }

    /// Makes the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.screen
            .lock()
            .expect("nobody panicked")
            .0
            .screen_mut()
            .set_size(some(rows), some(columns));
        self.master.resize(size(columns, rows)).expect("another size");
        std::thread::sleep(Duration::from_millis(50));
    }

    /// Sends the program a signal.
    pub fn signal(&mut self, name: &str) {
        let id = self.child.process_id().expect("it runs").to_string();
        let sent = std::process::Command::new("kill")
            .args([format!("-{name}"), id])
            .status();
        assert!(sent.expect("kill").success());
    }

    /// Waits for the end, and answers the exit status.
    pub async fn ended(&mut self) -> Option<u32> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Ok(Some(status)) = self.child.try_wait() {
                tokio::time::sleep(Duration::from_millis(100)).await; // Its last bytes.
                return Some(status.exit_code());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let _ = self.child.kill();
        None
    }

    /// Every mode that was switched on was switched off again.
    pub fn is_as_it_was_found(&self) {
        let screen = self.screen.lock().expect("nobody panicked");
        let bytes = String::from_utf8_lossy(&screen.1);
        for (name, on, off) in [
            ("the alternate screen", "\u{1b}[?1049h", "\u{1b}[?1049l"),
            ("bracketed paste", "\u{1b}[?2004h", "\u{1b}[?2004l"),
            ("focus events", "\u{1b}[?1004h", "\u{1b}[?1004l"),
            ("the cursor", "\u{1b}[?25l", "\u{1b}[?25h"),
        ] {
            let (switched, undone) = (bytes.rfind(on), bytes.rfind(off));
            assert!(undone > switched, "{name} is left switched");
        }
        assert!(!bytes.contains("\u{1b}[?1000h"), "the mouse is left to the terminal");
        assert!(!screen.0.screen().alternate_screen() && !screen.0.screen().hide_cursor());
        let modes = self.master.get_termios().expect("the terminal's modes");
        let flags = format!("{:?}", modes.local_flags);
        assert!(
            flags.contains("ICANON") && flags.contains("ECHO"),
            "raw mode is left on: {flags}"
        );
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn some(size: u16) -> NonZeroU16 {
    NonZeroU16::new(size).expect("no terminal has no columns")
}
