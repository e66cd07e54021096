//! What the model asks for: questions to the API, work on other threads, and what only the terminal can do.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::{App, ORDERS, WAITING};
use crate::connection::follow;
use crate::msg::{Effect, Msg, Question};
use crate::stumble::stumble;
use crate::{questions, surroundings};

/// How soon one thing is asked again, where it changed while it was asked for.
const ASKED_EVERY: Duration = Duration::from_secs(1);

impl App {
    pub(super) fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Ask(question) => self.ask(question),
                Effect::Follow { after } => self.follow(after),
                Effect::Hurry => self.hurry.notify_waiters(),
                Effect::Compute(work) => {
                    if self.orders.len() == ORDERS {
                        self.orders.pop_front(); // A newer one replaces it.
                    }
                    self.orders.push_back(work);
                    self.order();
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
                        let written = surroundings::write_private(Path::new(&path), &text);
                        let _ = told.blocking_send(Msg::Written(path, written));
                    });
                }
                Effect::Mouse(on) => self.screen.mouse(on)?,
                Effect::Suspend => {
                    if !self.screen.suspend()? {
                        let now = self.model.now;
                        self.model.messages.trouble(now, "no shell is there to come back from");
                    }
                    self.measure();
                    self.draw_at = Some(Instant::now());
                }
                Effect::Repaint => self.screen.clear()?,
                Effect::Quit => self.is_over = true,
            }
        }
        Ok(())
    }

    /// Asks. What is read already is not read twice at once: a view that changes ten times while it is read is read once more. That
    /// a change is asked for once is the model's to see to (`Model::pending`), which also says so.
    fn ask(&mut self, question: Question) {
        if let Some((_, again)) = self.asking.iter_mut().find(|(asked, _)| *asked == question) {
            *again = matches!(question, Question::Detail { .. });
            return;
        }
        self.ask_in(question, Duration::ZERO);
    }

    fn ask_in(&mut self, question: Question, wait: Duration) {
        if !matches!(question, Question::Do(_)) {
            self.asking.push((question.clone(), false));
        }
        let (mut api, told) = (self.api.clone(), self.told.clone());
        if let Some(recorder) = &mut self.recorder {
            let (taped, tape) = api.taped();
            recorder.asks(question.clone(), tape);
            api = taped;
        }
        tokio::spawn(async move {
            sleep(wait).await;
            stumble("api");
            let msg = questions::ask(&api, question).await;
            let _ = told.send(msg).await;
        });
    }

    /// A question was answered.
    pub(super) fn asked(&mut self, question: Question) {
        let place = self.asking.iter().position(|(asked, _)| *asked == question);
        if place.is_some_and(|place| self.asking.swap_remove(place).1) {
            self.ask_in(question, ASKED_EVERY);
        }
    }

    /// Makes the next order.
    pub(super) fn order(&mut self) {
        if self.is_ordering {
            return;
        }
        if let Some(work) = self.orders.pop_front() {
            self.is_ordering = true;
            let told = self.told.clone();
            tokio::task::spawn_blocking(move || {
                stumble("compute");
                let _ = told.blocking_send(work());
            });
        }
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
