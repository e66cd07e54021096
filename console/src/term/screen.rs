//! The one place that switches the terminal's modes, and switches each back, once, in reverse order.

use std::io::{self, BufWriter, Stdout, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// Whether the terminal is taken over. Whoever sets it to `false` restores: nobody does it twice.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether the mouse is reported.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// The exit status of a bug, by `sysexits.h`.
const BUG: i32 = 70;

/// The longest text that is handed to a terminal's clipboard: many take no more.
const LONGEST_COPY: usize = 70_000;

/// The terminal, taken over until it is dropped.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
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
        Ok(Self { terminal })
    }

    /// Draws one frame: the terminal shows it whole or not at all.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> io::Result<()> {
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
        MOUSE.store(on, Ordering::SeqCst);
        if on {
            execute!(self.terminal.backend_mut(), EnableMouseCapture)
        } else {
            execute!(self.terminal.backend_mut(), DisableMouseCapture)
        }
    }

    /// Gives the terminal back for a while.
    ///
    /// # Errors
    /// When the process cannot be stopped, or the terminal cannot be taken again afterwards.
    pub fn suspend(&mut self) -> io::Result<()> {
        let has_mouse = MOUSE.load(Ordering::SeqCst);
        restore();
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?;
        switch_on()?;
        if has_mouse {
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

/// From now on a panic in any thread gives the terminal back, says what happened, and ends the process: a screen that goes on
/// without one of its parts would show what is not so.
pub fn restore_when_it_panics() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        restore();
        tell(info);
        let _ = writeln!(
            io::stderr(),
            "callab-console: this is a bug. The lines above say where."
        );
        std::process::exit(BUG);
    }));
}
