//! The loop: input before everything else, live news at most four times a second, and nothing drawn that did not change.

mod effects;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use crossterm::event::{Event, MouseButton, MouseEventKind};
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use crate::connection::{Api, Heard};
use crate::exit::Exit;
use crate::log::Log;
use crate::msg::{Effect, Msg, Question};
use crate::record::Recorder;
use crate::state::Model;
use crate::stumble::stumble;
use crate::surroundings;
use crate::term::{Screen, abandon, listen};
use crate::update::{drawn, read_all, renews, update};
use crate::view;

/// How often it is drawn at most, but for what a key changes.
const DRAWN_EVERY: Duration = Duration::from_millis(250);

/// For so long after a key everything is drawn at once: it may be what the key asked for.
const EAGER_FOR: Duration = Duration::from_secs(1);

/// How often on a slow line.
const SLOW_EVERY: Duration = Duration::from_secs(1);

/// How long after a signal the terminal may take to be given back.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many messages may wait.
const WAITING: usize = 256;

/// How many orders may wait to be made.
pub(crate) const ORDERS: usize = 16;

/// What the loop works with.
struct App {
    model: Model,
    api: Api,
    /// Where everything that happens is taken down.
    recorder: Option<Recorder>,
    /// Where what failed is taken down.
    log: Option<Log>,
    screen: Screen,
    told: mpsc::Sender<Msg>,
    hurry: Arc<Notify>,
    follower: Option<JoinHandle<()>>,
    /// What is read now, and whether it is to be read again after that.
    asking: Vec<(Question, bool)>,
    /// Orders to make after the one that is being made, in turn: a late one must not undo a newer one.
    orders: VecDeque<Work>,
    is_ordering: bool,
    /// When to draw; none where nothing changed.
    draw_at: Option<Instant>,
    drawn_at: Instant,
    /// Until when everything is drawn at once.
    eager_until: Instant,
    is_over: bool,
}

/// Without motion time alone draws no more often than this: what is old must be seen to be.
const STILL_FOR: Duration = Duration::from_secs(15);

/// Work for another thread.
type Work = Box<dyn FnOnce() -> Msg + Send>;

/// Runs until the operator quits, or a signal ends it.
///
/// # Errors
/// When the terminal cannot be taken over, or is gone.
pub async fn run(model: Model, api: Api, recorder: Option<Recorder>, log: Option<Log>) -> io::Result<Exit> {
    let (told, mut news) = mpsc::channel(WAITING);
    let (mut end, mut hang_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    let by_name = |name: Signal| signal(SignalKind::from_raw(name.as_raw()));
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (mut stop, mut go_on) = (by_name(Signal::TSTP)?, by_name(Signal::CONT)?);
    let mut app = App {
        model,
        api,
        recorder,
        log,
        screen: Screen::take()?,
        told,
        hurry: Arc::new(Notify::new()),
        follower: None,
        asking: Vec::new(),
        orders: VecDeque::new(),
        is_ordering: false,
        draw_at: Some(Instant::now()),
        drawn_at: Instant::now(),
        eager_until: Instant::now(),
        is_over: false,
    };
    let mut events = listen()?;
    let mut clock = interval(Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    app.measure();
    if let Some(recorder) = &mut app.recorder {
        recorder.begin(&app.model)?;
    }
    tokio::spawn(end_in_any_case());
    let effects = read_all(&mut app.model);
    app.perform(effects)?;
    while !app.is_over {
        tokio::select! {
            biased;
            _ = end.recv() => break,
            _ = hang_up.recv() => break,
            _ = interrupt.recv() => break,
            _ = stop.recv() => app.perform(vec![Effect::Suspend])?,
            _ = go_on.recv() => app.go_on()?,
            event = events.recv() => match event {
                Some(Ok(event)) => app.input(event)?,
                Some(Err(error)) => return Err(error),
                None => break, // The terminal is closed.
            },
            () = sleep_until(app.draw_at.unwrap_or_else(Instant::now)), if app.draw_at.is_some() => app.draw()?,
            Some(msg) = news.recv() => app.news(msg)?,
            _ = clock.tick() => app.tick()?,
        }
    }
    // What ends it from outside breaks it off; the operator quits.
    let exit = if app.is_over { Exit::Good } else { Exit::Interrupted };
    if let Some(follower) = app.follower.take() {
        follower.abort();
    }
    if let Some(log) = &mut app.log {
        // The program ends as it does, also where nobody can be told.
        let _ = log.end(surroundings::now(), exit);
    }
    Ok(exit)
}

/// Ends the program a while after a signal that nobody could act on: the screen waits for a terminal that takes nothing more.
async fn end_in_any_case() -> io::Result<()> {
    let (mut end, mut hang_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    tokio::select! {
        _ = end.recv() => {}
        _ = hang_up.recv() => {}
    }
    sleep(PATIENCE).await;
    abandon()
}

impl App {
    fn input(&mut self, event: Event) -> io::Result<()> {
        let msg = match event {
            Event::Key(key) => Msg::Key(key),
            Event::Paste(text) => Msg::Paste(text),
            Event::Resize(columns, rows) => Msg::Resize(columns, rows),
            Event::FocusGained => Msg::Focus(true),
            Event::FocusLost => Msg::Focus(false),
            Event::Mouse(mouse) => match mouse.kind {
                MouseEventKind::ScrollDown => Msg::Scroll(1),
                MouseEventKind::ScrollUp => Msg::Scroll(-1),
                MouseEventKind::Down(MouseButton::Left) => Msg::Click(mouse.row),
                _ => return Ok(()),
            },
        };
        self.keep_time()?;
        self.note(&msg)?;
        let effects = update(&mut self.model, msg);
        self.draw_at = Some(Instant::now());
        self.eager_until = Instant::now() + EAGER_FOR;
        self.perform(effects)
    }

    fn news(&mut self, msg: Msg) -> io::Result<()> {
        self.keep_time()?;
        self.note(&msg)?;
        let is_live = matches!(msg, Msg::Heard(Heard::Changed(_)));
        // A sign of life changes the header alone: nothing that is drawn while nobody looks. Connections that are read again beside what is
        // shown change nothing, unless they tell something new: their age is drawn with the clock.
        let is_sign_of_life = matches!(msg, Msg::Answered(Question::WhoAmI, Ok(_), _));
        let is_again = renews(&self.model, &msg);
        let before = self.model.connections.generation();
        match &msg {
            Msg::Answered(question, ..) => self.asked(question.clone()),
            Msg::Arranged(..) | Msg::Found { .. } => {
                self.is_ordering = false;
                self.order();
            }
            _ => {}
        }
        let effects = update(&mut self.model, msg);
        let is_new = !is_again || self.model.connections.generation() != before;
        if is_new && (self.model.has_focus || !is_sign_of_life) {
            self.draw_soon(!is_live && Instant::now() < self.eager_until);
        }
        self.perform(effects)
    }

    fn tick(&mut self) -> io::Result<()> {
        let msg = Msg::Tick(surroundings::now());
        self.note(&msg)?;
        let is_revealed = self.model.revealed.is_some();
        let effects = update(&mut self.model, msg);
        // The clock, and ages; without motion only what time took away, and ages now and then.
        let is_over = is_revealed && self.model.revealed.is_none();
        let moves = !self.model.is_still || is_over || self.drawn_at.elapsed() >= STILL_FOR;
        // What time took away is taken off the screen also while nobody looks.
        if is_over || self.model.has_focus && moves {
            self.draw_soon(false);
        }
        self.perform(effects)
    }

    /// Lets the model see that time jumped before anything else: after a sleep a key may come before the next tick.
    fn keep_time(&mut self) -> io::Result<()> {
        let now = surroundings::now();
        if now - self.model.now > TimeDelta::seconds(5) {
            return self.tick();
        }
        self.model.now = now.max(self.model.now);
        Ok(())
    }

    /// Takes down what is about to happen, where that is wanted.
    fn note(&mut self, msg: &Msg) -> io::Result<()> {
        if let Some(log) = &mut self.log
            && log.note(self.model.now, msg).is_err()
        {
            self.log = None; // A full disk must not stop whoever looks for a fault.
            let now = self.model.now;
            self.model.messages.trouble(now, "the log cannot be written any more");
        }
        match &mut self.recorder {
            Some(recorder) => recorder.note(&self.model, msg),
            None => Ok(()),
        }
    }

    /// Draws in a moment, or at once.
    fn draw_soon(&mut self, at_once: bool) {
        let now = Instant::now();
        let at = if at_once {
            now
        } else {
            now.max(self.drawn_at + if self.model.is_slow { SLOW_EVERY } else { DRAWN_EVERY })
        };
        self.draw_at = Some(self.draw_at.map_or(at, |planned| planned.min(at)));
    }

    fn draw(&mut self) -> io::Result<()> {
        self.draw_at = None;
        self.drawn_at = Instant::now();
        let model = &self.model;
        self.screen.draw(|frame| {
            view::draw(model, frame);
            stumble("draw");
        })?;
        drawn(&mut self.model);
        Ok(())
    }

    /// Takes in the terminal's size: while the program was stopped nobody told of another.
    fn measure(&mut self) {
        if let Ok(size) = crossterm::terminal::size() {
            self.model.size = size;
        }
    }

    /// Somebody stopped the program and let it go on.
    fn go_on(&mut self) -> io::Result<()> {
        self.screen.take_again()?;
        self.measure();
        self.draw_at = Some(Instant::now());
        self.keep_time()
    }
}
