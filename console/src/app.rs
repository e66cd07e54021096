//! The loop: input before everything else, live news at most four times a second, and nothing drawn that did not change.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, EventStream, MouseButton, MouseEventKind};
use futures_util::StreamExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use crate::connection::{Api, Heard, follow};
use crate::msg::{Effect, Msg};
use crate::questions;
use crate::state::{Model, on_table};
use crate::surroundings;
use crate::term::Screen;
use crate::update::{read_all, update};
use crate::view;

/// How often live news are drawn at most.
const NEWS_EVERY: Duration = Duration::from_millis(250);

/// How often on a slow line.
const SLOW_NEWS_EVERY: Duration = Duration::from_secs(1);

/// How many messages may wait.
const WAITING: usize = 256;

/// `SIGTSTP`: Ctrl-Z of another program, or `kill -TSTP`.
const TSTP: i32 = 20;

/// What the loop works with.
struct App {
    model: Model,
    api: Api,
    screen: Screen,
    told: mpsc::Sender<Msg>,
    hurry: Arc<Notify>,
    follower: Option<JoinHandle<()>>,
    /// When to draw; none where nothing changed.
    draw_at: Option<Instant>,
    is_over: bool,
}

/// Runs until the operator quits, or a signal ends it.
///
/// # Errors
/// When the terminal cannot be taken over, or is gone.
pub async fn run(model: Model, api: Api) -> io::Result<()> {
    let (told, mut news) = mpsc::channel(WAITING);
    let (mut end, mut hang_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    let (mut interrupt, mut stop) = (signal(SignalKind::interrupt())?, signal(SignalKind::from_raw(TSTP))?);
    let mut app = App {
        model,
        api,
        screen: Screen::take()?,
        told,
        hurry: Arc::new(Notify::new()),
        follower: None,
        draw_at: Some(Instant::now()),
        is_over: false,
    };
    let mut events = EventStream::new();
    let mut clock = interval(Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    if let Ok(size) = crossterm::terminal::size() {
        app.model.size = size;
    }
    let effects = read_all(&mut app.model);
    app.perform(effects)?;
    while !app.is_over {
        tokio::select! {
            biased;
            event = events.next() => match event {
                Some(Ok(event)) => app.input(event)?,
                Some(Err(error)) => return Err(error),
                None => break, // The terminal is closed.
            },
            _ = end.recv() => break,
            _ = hang_up.recv() => break,
            _ = interrupt.recv() => break,
            _ = stop.recv() => app.perform(vec![Effect::Suspend])?,
            () = sleep_until(app.draw_at.unwrap_or_else(Instant::now)), if app.draw_at.is_some() => app.draw()?,
            Some(msg) = news.recv() => app.news(msg)?,
            _ = clock.tick() => app.tick()?,
        }
    }
    if let Some(follower) = app.follower.take() {
        follower.abort();
    }
    Ok(())
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
        self.model.now = surroundings::now();
        let effects = update(&mut self.model, msg);
        self.draw_at = Some(Instant::now());
        self.perform(effects)
    }

    fn news(&mut self, msg: Msg) -> io::Result<()> {
        let is_live = matches!(msg, Msg::Heard(Heard::Changed(_)));
        let effects = update(&mut self.model, msg);
        let at = if is_live {
            Instant::now()
                + if self.model.is_slow {
                    SLOW_NEWS_EVERY
                } else {
                    NEWS_EVERY
                }
        } else {
            Instant::now()
        };
        self.draw_at = Some(self.draw_at.map_or(at, |planned| planned.min(at)));
        self.perform(effects)
    }

    fn tick(&mut self) -> io::Result<()> {
        let effects = update(&mut self.model, Msg::Tick(surroundings::now()));
        if self.model.has_focus {
            self.draw_at = Some(Instant::now()); // The clock, and ages.
        }
        self.perform(effects)
    }

    fn draw(&mut self) -> io::Result<()> {
        self.draw_at = None;
        let model = &self.model;
        self.screen.draw(|frame| view::draw(model, frame))?;
        let height = usize::from(self.model.size.1).saturating_sub(10);
        on_table!(self.model, self.model.screen, mut |table| table.settle(height));
        Ok(())
    }

    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Ask(question) => {
                    let (api, told) = (self.api.clone(), self.told.clone());
                    tokio::spawn(async move {
                        let msg = questions::ask(&api, question).await;
                        let _ = told.send(msg).await;
                    });
                }
                Effect::Follow { after } => self.follow(after),
                Effect::Hurry => self.hurry.notify_waiters(),
                Effect::Compute(work) => {
                    let told = self.told.clone();
                    tokio::task::spawn_blocking(move || {
                        let _ = told.blocking_send(work());
                    });
                }
                Effect::Copy(text) => {
                    if !self.screen.copy(&text)? {
                        let now = self.model.now;
                        self.model
                            .messages
                            .trouble(now, "too long for the terminal's clipboard");
                    }
                }
                Effect::Write { path, text } => {
                    let told = self.told.clone();
                    tokio::task::spawn_blocking(move || {
                        let _ = told.blocking_send(Msg::Written(surroundings::write_new(&path, &text)));
                    });
                }
                Effect::Mouse(on) => self.screen.mouse(on)?,
                Effect::Suspend => {
                    self.screen.suspend()?;
                    self.draw_at = Some(Instant::now());
                }
                Effect::Repaint => self.screen.clear()?,
                Effect::Quit => self.is_over = true,
            }
        }
        Ok(())
    }

    fn follow(&mut self, after: Option<String>) {
        if let Some(before) = self.follower.take() {
            before.abort();
        }
        let (heard, mut passed_on) = mpsc::channel(WAITING);
        let following = follow(self.api.clone(), after, heard, self.hurry.clone());
        let told = self.told.clone();
        self.follower = Some(tokio::spawn(async move {
            let pass_on = async {
                while let Some(news) = passed_on.recv().await {
                    if told.send(Msg::Heard(news)).await.is_err() {
                        return;
                    }
                }
            };
            tokio::join!(following, pass_on);
        }));
    }
}
