//! Takes down what happens.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use crossterm::event::{KeyCode, KeyEvent};

use super::{Happened, Line, VERSION, key_of, without_digits, without_numbers};
use crate::connection::{Heard, Tape};
use crate::msg::{Msg, Question};
use crate::state::{Mode, Model, Overlay};
use crate::surroundings::new_private_file;

/// A report that is being written.
#[derive(Debug)]
pub struct Recorder {
    file: File,
    /// Answers that are under way.
    tapes: Vec<(Question, Tape)>,
}

impl Recorder {
    /// A new report, which only its owner can read.
    ///
    /// # Errors
    /// When the file is there already, or cannot be written.
    pub fn new(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: new_private_file(path)?,
            tapes: Vec::new(),
        })
    }

    /// The first line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(&mut self, model: &Model) -> io::Result<()> {
        let begin = Happened::Begin {
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            size: model.size,
            environment: model.session.environment.clone(),
            writes: model.mode == Mode::Write,
            ascii: model.look.ascii,
        };
        self.write(model.now, begin)
    }

    /// A question is under way; its answer comes on this tape.
    pub fn asks(&mut self, question: Question, tape: Tape) {
        self.tapes.push((question, tape));
    }

    /// Takes down what is about to happen to the model.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note(&mut self, model: &Model, msg: &Msg) -> io::Result<()> {
        let types = !matches!(model.overlay, None | Some(Overlay::Menu(_)));
        let what = match msg {
            Msg::Tick(_) => Happened::Tick,
            Msg::Key(key) => Happened::Key(if types { typed(*key) } else { *key }),
            Msg::Paste(text) => Happened::Paste(without_digits(text)),
            Msg::Scroll(lines) => Happened::Scroll(*lines),
            Msg::Click(line) => Happened::Click(*line),
            Msg::Resize(columns, rows) => Happened::Resize(*columns, *rows),
            Msg::Focus(on) => Happened::Focus(*on),
            Msg::Heard(Heard::Open) => Happened::Open,
            Msg::Heard(Heard::Changed(account)) => Happened::Changed(account.clone()),
            Msg::Heard(Heard::Closed { why, again_in }) => Happened::Closed {
                why: why.clone(),
                again_in: *again_in,
            },
            Msg::Heard(Heard::GapTooBig) => Happened::GapTooBig,
            Msg::Heard(Heard::SignedOut) => Happened::SignedOut,
            Msg::Answered(question, told, took) => {
                let place = self.tapes.iter().position(|(asked, _)| asked == question);
                let tape = place.map(|place| self.tapes.swap_remove(place).1);
                let answers = tape.map(|tape| tape.taken()).unwrap_or_default();
                Happened::Answered {
                    question: key_of(question),
                    answer: match told {
                        Ok(_) => Ok(answers.iter().map(|text| without_numbers(text)).collect()),
                        Err(trouble) => Err(trouble.clone()),
                    },
                    took: *took,
                }
            }
            // When it was made decides; what was made is made again.
            Msg::Arranged(..) | Msg::Found { .. } => Happened::Made,
            Msg::Written(..) => return Ok(()),
        };
        let at = if let Msg::Tick(now) = msg { *now } else { model.now };
        self.write(at, what)
    }

    fn write(&mut self, at: DateTime<Utc>, what: Happened) -> io::Result<()> {
        let mut line = serde_json::to_vec(&Line { at, what })?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

/// A key as it is taken down while text is typed.
fn typed(key: KeyEvent) -> KeyEvent {
    match key.code {
        KeyCode::Char(c) if c.is_ascii_digit() => KeyEvent {
            code: KeyCode::Char('0'),
            ..key
        },
        _ => key,
    }
}
