//! The one place that switches the terminal's modes, and switches each back, once, in reverse order.

use std::io::{self, BufWriter, Stdout, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};
use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};

use super::report;

/// Whether the terminal is taken over. Whoever sets it to `false` restores: nobody does it twice.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether the mouse is reported.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// Held while a frame is written: after a panic nobody writes another.
static WRITING: Mutex<()> = Mutex::new(());

/// The exit status of a bug, by `sysexits.h`.
const BUG: i32 = 70;

/// The longest text that is handed to a terminal's clipboard: many take no more.
const LONGEST_COPY: usize = 70_000;

/// The terminal, taken over until it is dropped.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    /// Whether the operator wants the mouse reported.
    has_mouse: bool,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When it cannot be switched; then it is as it was before.
    pub fn take() -> io::Result<Self> {
        switch_on()?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(64 * 1024, io::stdout()));
        let terminal = Terminal::new(backend).inspect_err(|_| restore())?;
        Ok(Self {
            terminal,
            has_mouse: false,
        })
    }

    /// Draws one frame: the terminal shows it whole or not at all.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> io::Result<()> {
        let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        if !TAKEN.load(Ordering::SeqCst) {
            return Ok(()); // It was given back.
        }
        execute!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(view)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Draws everything anew the next time.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn clear(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: it asks the terminal where its cursor is, and waits for an answer that may never come.
        let size = self.terminal.size()?;
        self.terminal.resize(size.into())
    }

    /// Hands text to the terminal's clipboard. `false` where it is too long.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<bool> {
        if text.len() > LONGEST_COPY {
            return Ok(false);
        }
        execute!(self.terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text))?;
        Ok(true)
    }

    /// Has the mouse reported, or not.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.has_mouse = on;
        MOUSE.store(on, Ordering::SeqCst);
        if on {
            execute!(self.terminal.backend_mut(), EnableMouseCapture)
        } else {
            execute!(self.terminal.backend_mut(), DisableMouseCapture)
        }
    }

    /// Gives the terminal back, and stops the program until its shell continues it. `false` where no shell could: then it goes
    /// on.
    ///
    /// # Errors
    /// When the process cannot be stopped, or the terminal cannot be taken again afterwards.
    pub fn suspend(&mut self) -> io::Result<bool> {
        // The first process of a session has no shell behind it: `ssh HOST callab-console`, a window of tmux's.
        if getsid(None)? == getpgrp() {
            return Ok(false);
        }
        restore();
        // The whole job: whoever started this program and waits for it, such as cargo, has to stop as well.
        kill_current_process_group(Signal::STOP)?;
        self.switch_on_again()?;
        Ok(true)
    }

    /// Takes the terminal again after somebody else stopped and continued the program: its shell may have changed the modes.
    ///
    /// # Errors
    /// When it cannot be switched.
    pub fn take_again(&mut self) -> io::Result<()> {
        restore();
        self.switch_on_again()
    }

    fn switch_on_again(&mut self) -> io::Result<()> {
        switch_on()?;
        if self.has_mouse {
            self.mouse(true)?;
        }
        self.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

fn switch_on() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let modes = execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableFocusChange,
        Hide
    );
    modes.inspect_err(|_| restore())
}

/// Leaves the terminal as it was found. Harmless when it was not taken over, or was given back already.
pub fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        // Each by itself: what fails must not keep the others from being undone.
        let _ = execute!(out, EndSynchronizedUpdate);
        if MOUSE.swap(false, Ordering::SeqCst) {
            let _ = execute!(out, DisableMouseCapture);
        }
        let _ = execute!(out, Show);
        let _ = execute!(out, DisableFocusChange);
        let _ = execute!(out, DisableBracketedPaste);
        let _ = execute!(out, LeaveAlternateScreen);
        let _ = disable_raw_mode();
        let _ = out.flush();
    }
}

/// Ends the program after a signal, without another word to a terminal that takes none; its line is as it was found.
pub fn abandon() -> ! {
    let _ = disable_raw_mode();
    std::process::exit(i32::from(crate::exit::Exit::Interrupted as u8));
}

/// From now on a panic in any thread gives the terminal back, names the file that says what happened, and ends the process: a
/// screen that goes on without one of its parts would show what is not so.
pub fn restore_when_it_panics() {
    panic::set_hook(Box::new(|info| {
        let _writing = last_to_write();
        restore();
        let mut out = io::stderr().lock();
        let _ = writeln!(out, "callab-console: this is a bug: {}", report::sentence(info));
        if let Some(path) = report::write(info) {
            let _ = writeln!(out, "callab-console: the report is in {}", path.display());
        }
        std::process::exit(BUG);
    }));
}

/// Waits until the frame that is being written is whole; not for ever, as it may be this thread that wrote it.
fn last_to_write() -> Option<std::sync::MutexGuard<'static, ()>> {
    for _ in 0..100 {
        match WRITING.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    None
}
