//! A terminal with the program in it: what it shows is read from the bytes that it writes.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::Parser;

pub mod measure;
pub mod tmux;

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_callab-console");

/// How long something may take to be shown.
const PATIENCE: Duration = Duration::from_mins(1);

/// A terminal.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    input: Option<Box<dyn Write + Send>>,
    screen: Arc<Mutex<(Parser, Vec<u8>)>>,
    found: String,
    stops_reading: Arc<AtomicBool>,
}

impl Terminal {
    /// Starts the program.
    pub fn start(columns: u16, rows: u16, url: &str, token: &str, more: &[&str]) -> Self {
        Self::start_in(columns, rows, url, token, more, &[])
    }

    /// Starts the program with more in its environment.
    pub fn start_in(columns: u16, rows: u16, url: &str, token: &str, more: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(["--url", url, "--theme", "dark"]);
        command.args(more);
        command.env("CALLAB_TOKEN", token);
        for (name, value) in env {
            command.env(name, value);
        }
        Self::run(columns, rows, command)
    }

    /// Starts another program, such as a shell.
    pub fn run(columns: u16, rows: u16, mut command: CommandBuilder) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).expect("a terminal");
        command.env("TERM", "xterm-256color");
        if command.get_env("LC_ALL").is_none() {
            command.env("LC_ALL", "C.UTF-8");
        }
        let found = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).expect("the program");
        drop(pair.slave);
        let screen = Arc::new(Mutex::new((Parser::new(some(rows), some(columns), 0), Vec::new())));
        let (shared, mut output) = (screen.clone(), pair.master.try_clone_reader().expect("its output"));
        let stops_reading = Arc::new(AtomicBool::new(false));
        let stops = stops_reading.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = output.read(&mut buffer) {
                if count == 0 || stops.load(Ordering::SeqCst) {
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
            master: Some(pair.master),
            input: Some(input),
            screen,
            found,
            stops_reading,
        }
    }

    /// Every byte that was written to the terminal.
    pub fn bytes(&self) -> Vec<u8> {
        self.screen.lock().expect("nobody panicked").1.clone()
    }

    /// The process.
    pub fn process(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    /// The terminal takes nothing more of what the program writes, and is still there.
    pub fn stall(&mut self) {
        self.stops_reading.store(true, Ordering::SeqCst);
    }

    /// The window is closed: the program has nobody to read its words or to type.
    pub fn close(&mut self) {
        self.stops_reading.store(true, Ordering::SeqCst);
        self.input = None;
        self.master = None;
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
        let input = self.input.as_mut().expect("the terminal is open");
        input.write_all(keys.as_bytes()).expect("the terminal is open");
        input.flush().expect("the terminal is open");
    }

    /// Makes the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.screen
            .lock()
            .expect("nobody panicked")
            .0
            .screen_mut()
            .set_size(some(rows), some(columns));
        let master = self.master.as_ref().expect("the terminal is open");
        master.resize(size(columns, rows)).expect("another size");
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
        for mouse in ["1000", "1002", "1003", "1006"] {
            let (on, off) = (format!("\u{1b}[?{mouse}h"), format!("\u{1b}[?{mouse}l"));
            assert!(
                bytes.rfind(&off) >= bytes.rfind(&on),
                "the mouse is left switched ({mouse})"
            );
        }
        assert!(!screen.0.screen().alternate_screen() && !screen.0.screen().hide_cursor());
        let modes = modes(&**self.master.as_ref().expect("the terminal is open"));
        assert_eq!(modes, self.found, "the modes of `stty -a` are others");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill(); // One that a failed test left.
    }
}

/// All that `stty -a` shows.
fn modes(master: &dyn MasterPty) -> String {
    let modes = master.get_termios().expect("the terminal's modes");
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        modes.input_flags, modes.output_flags, modes.control_flags, modes.local_flags, modes.control_chars
    )
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
