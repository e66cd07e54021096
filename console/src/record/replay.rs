//! Plays a report: the same model, the same frames, without an API and without a terminal.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::{Happened, Line, VERSION, key_of};
use crate::app::ORDERS;
use crate::commands::{Failure, say};
use crate::connection::{Api, Heard, Tape};
use crate::exit::Exit;
use crate::keymap::Keymap;
use crate::look::{Depth, Look, Theme};
use crate::msg::{Effect, Msg, Question};
use crate::questions;
use crate::state::{Mode, Model, Session};
use crate::update::{read_all, update};
use crate::view;

/// A report that is being played.
struct Player {
    model: Model,
    /// What was asked, and not answered yet.
    asked: Vec<Question>,
    /// Orders that are being made, the oldest first.
    works: VecDeque<Box<dyn FnOnce() -> Msg + Send>>,
    /// Answers to what this program did not ask.
    skipped: usize,
}

/// Writes the last frame of a report, or all of them.
///
/// # Errors
/// When the file cannot be read or is no report, or nobody reads.
pub async fn replay(path: &Path, all: bool, keymap: Keymap, out: &mut impl Write) -> Result<Exit, Failure> {
    let wrong = |what: String| Failure::Usage(format!("{}: {what}", path.display()));
    let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
    let mut lines = BufReader::new(file).lines().enumerate().map(|(place, line)| {
        let read = line.map_err(|error| error.to_string());
        let read = read.and_then(|line| serde_json::from_str::<Line>(&line).map_err(|error| error.to_string()));
        read.map_err(|error| wrong(format!("line {}: {error}", place + 1)))
    });
    let begin = lines.next().ok_or_else(|| wrong("it is empty".to_owned()))??;
    let mut player = Player::begin(begin, keymap).ok_or_else(|| wrong("it is no report of this version".to_owned()))?;
    for line in lines {
        let line = line?;
        let told = format!("{} {}", line.at.format("%H:%M:%S%.3f"), name(&line.what));
        player.play(line).await;
        if all {
            writeln!(out, "--- {told}\n{}", player.frame())?;
        }
    }
    if !all {
        writeln!(out, "{}", player.frame())?;
    }
    out.flush()?;
    if player.skipped > 0 {
        say(&format!(
            "{} answers were not asked for by this version, and left out",
            player.skipped
        ));
    }
    Ok(Exit::Good)
}

/// What happened, in a word.
fn name(what: &Happened) -> String {
    match what {
        Happened::Key(key) => format!("key {}", crokey::KeyCombination::from(*key)),
        Happened::Answered { question, .. } => format!("answered {question}"),
        Happened::Changed(account) => format!("changed {}", account.sid),
        other => format!("{other:?}").to_lowercase(),
    }
}

impl Player {
    fn begin(line: Line, keymap: Keymap) -> Option<Self> {
        let Happened::Begin {
            version: VERSION,
            size,
            environment,
            writes,
            ascii,
            ..
        } = line.what
        else {
            return None;
        };
        let look = Look {
            theme: Theme::Mono,
            depth: Depth::Basic,
            ascii,
        };
        let session = Session {
            environment,
            ..Session::default()
        };
        let mut model = Model::new(line.at, look, keymap, session);
        model.size = size;
        model.mode = if writes { Mode::Write } else { Mode::ReadOnly };
        let mut player = Self {
            model,
            asked: Vec::new(),
            works: VecDeque::new(),
            skipped: 0,
        };
        let effects = read_all(&mut player.model);
        player.perform(effects);
        Some(player)
    }

    async fn play(&mut self, line: Line) {
        let msg = match line.what {
            Happened::Begin { .. } => return,
            Happened::Made => match self.works.pop_front() {
                Some(work) => work(),
                None => return,
            },
            Happened::Tick => Msg::Tick(line.at),
            Happened::Key(key) => Msg::Key(key),
            Happened::Paste(text) => Msg::Paste(text),
            Happened::Scroll(lines) => Msg::Scroll(lines),
            Happened::Click(line) => Msg::Click(line),
            Happened::Resize(columns, rows) => Msg::Resize(columns, rows),
            Happened::Focus(on) => Msg::Focus(on),
            Happened::Open => Msg::Heard(Heard::Open),
            Happened::Changed(account) => Msg::Heard(Heard::Changed(account)),
            Happened::Closed { why, again_in } => Msg::Heard(Heard::Closed { why, again_in }),
            Happened::GapTooBig => Msg::Heard(Heard::GapTooBig),
            Happened::SignedOut => Msg::Heard(Heard::SignedOut),
            Happened::Answered { question, answer, took } => {
                let Some(place) = self.asked.iter().position(|asked| key_of(asked) == question) else {
                    self.skipped += 1;
                    return;
                };
                let asked = self.asked.swap_remove(place);
                match answer {
                    Err(trouble) => Msg::Answered(asked, Err(trouble), took),
                    Ok(answers) => match Api::of_tape(Tape::of(answers)) {
                        Err(trouble) => Msg::Answered(asked, Err(trouble), took),
                        Ok(api) => match questions::ask(&api, asked).await {
                            Msg::Answered(asked, told, _) => Msg::Answered(asked, told, took),
                            other => other,
                        },
                    },
                }
            }
        };
        if !matches!(msg, Msg::Tick(_)) {
            self.model.now = line.at;
        }
        self.happens(msg);
    }

    fn happens(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Ask(question) if !self.asked.contains(&question) => self.asked.push(question),
                Effect::Compute(work) => {
                    if self.works.len() > ORDERS {
                        self.works.remove(1); // As in the loop; the first is being made.
                    }
                    self.works.push_back(work);
                }
                _ => {}
            }
        }
    }

    /// What is shown, as text.
    fn frame(&self) -> String {
        let (columns, rows) = self.model.size;
        let Ok(mut terminal) = Terminal::new(TestBackend::new(columns, rows));
        let Ok(_) = terminal.draw(|frame| view::draw(&self.model, frame));
        text(terminal.backend().buffer())
    }
}

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let rows = buffer.content().chunks(width).map(|row| {
        let line: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
        line.trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n")
}
