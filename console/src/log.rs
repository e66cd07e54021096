//! The program's own log: what failed, what was changed, and what was slow, for whoever looks after the console.
//!
//! Nothing is in it but the fields of `Line`, and none of these holds text of the API's, of customers' or of the operator's: they are
//! words of the program's own, figures, and ids of requests. So no secret, number or name can get in, whatever else the program does.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::change::Change;
use crate::connection::{Heard, Trouble};
use crate::exit::Exit;
use crate::msg::{Msg, Question};

/// From this size on a new file is begun; the one before is kept.
const LARGEST: u64 = 1 << 20;

/// An answer that takes as long is worth a line.
const SLOW: Duration = Duration::from_secs(1);

/// All that a line can tell. A field that is new here must hold no free text.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Line<'a> {
    at: DateTime<Utc>,
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    /// The API's code of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    /// The HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// The request's id in the API's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    took_ms: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<u8>,
}

/// The file.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Log {
    /// Opens `console.log` in a folder, for its owner alone, and says that the program began.
    ///
    /// # Errors
    /// When it cannot be opened, or made its owner's alone.
    pub fn open(folder: &Path, now: DateTime<Utc>) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join("console.log");
        let (file, size) = private(&path)?;
        let mut log = Self { path, file, size };
        log.write(&Line {
            at: now,
            what: "began",
            version: Some(env!("CARGO_PKG_VERSION")),
            ..Line::default()
        })?;
        Ok(log)
    }

    /// Takes down what happened, where it is worth a line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note(&mut self, now: DateTime<Utc>, msg: &Msg) -> io::Result<()> {
        match line(now, msg) {
            Some(line) => self.write(&line),
            None => Ok(()),
        }
    }

    /// Takes down how the program ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(&mut self, now: DateTime<Utc>, exit: Exit) -> io::Result<()> {
        self.write(&Line {
            at: now,
            what: "ended",
            exit: Some(exit as u8),
            ..Line::default()
        })
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        if self.size >= LARGEST {
            fs::rename(&self.path, self.path.with_extension("log.1"))?;
            (self.file, self.size) = private(&self.path)?;
        }
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.size += u64::try_from(text.len()).unwrap_or(0);
        self.file.write_all(&text)
    }
}

/// A file to write on in, which only its owner can read; also where it was there and open to others. Answers its size as well.
fn private(path: &Path) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

fn line(at: DateTime<Utc>, msg: &Msg) -> Option<Line<'_>> {
    let what = |what| Line {
        at,
        what,
        ..Line::default()
    };
    Some(match msg {
        Msg::Heard(Heard::Open) => what("live"),
        Msg::Heard(Heard::GapTooBig) => what("gap too big"),
        Msg::Heard(Heard::SignedOut) => what("signed out"),
        Msg::Heard(Heard::Closed { why, .. }) => of_trouble(what("cut"), why),
        Msg::Written(_, outcome) => Line {
            outcome: Some(if outcome.is_ok() { "ok" } else { "failed" }),
            ..what("file")
        },
        Msg::Answered(question, answered, took) => {
            let line = Line {
                question: Some(name(question)),
                took_ms: Some(took.as_millis()),
                ..what("answer")
            };
            match answered {
                Err(trouble) => of_trouble(line, trouble),
                Ok(answered) if answered.missing.is_some() => Line {
                    outcome: Some("partial"),
                    ..line
                },
                Ok(_) if *took >= SLOW || matches!(question, Question::Do(_)) => Line {
                    outcome: Some("ok"),
                    ..line
                },
                Ok(_) => return None,
            }
        }
        _ => return None,
    })
}

fn of_trouble<'t>(line: Line<'t>, trouble: &'t Trouble) -> Line<'t> {
    let (outcome, code, status, request) = match trouble {
        Trouble::Unreachable(_) => ("unreachable", None, None, None),
        Trouble::Slow(_) => ("slow", None, None, None),
        Trouble::SignedOut => ("signed out", None, None, None),
        Trouble::Forbidden(_) => ("forbidden", None, None, None),
        Trouble::Throttled => ("throttled", None, None, None),
        Trouble::Failed { status, request } => ("failed", None, Some(*status), request.as_deref()),
        Trouble::Refused { code, request, .. } => ("refused", Some(code.as_str()), None, request.as_deref()),
        Trouble::Garbage(_) => ("garbage", None, None, None),
    };
    Line {
        outcome: Some(outcome),
        code: code.filter(|code| is_plain(code, |c| c.is_ascii_uppercase() || c == '_')),
        status,
        request: request.filter(|id| is_plain(id, |c| c.is_ascii_hexdigit() || c == '-')),
        ..line
    }
}

/// A code or an id, and no text: what an API, or whatever stands before it, says in their place may be anything.
fn is_plain(text: &str, of: impl Fn(char) -> bool) -> bool {
    (1..=40).contains(&text.len()) && text.chars().all(of)
}

/// A question without what it asks about.
fn name(question: &Question) -> &'static str {
    match question {
        Question::WhoAmI => "who am I",
        Question::NewestEvent => "newest event",
        Question::Connections { .. } => "connections",
        Question::Detail { .. } => "detail",
        Question::Timeline { .. } => "timeline",
        Question::Minutes { .. } => "minutes",
        Question::Rows { .. } => "rows",
        Question::Balances { .. } => "balances",
        Question::Page { screen, .. } => screen.name(),
        Question::Call { .. } => "call",
        Question::Find { .. } => "find by number",
        Question::Plan { .. } => "test call plan",
        Question::TestCall { .. } => "test call",
        Question::Bundle { .. } => "bundle",
        Question::End(_) => "end of a change",
        Question::Do(change) => match change {
            Change::Verify { .. } => "verify",
            Change::Sync { .. } => "sync",
            Change::Pause { .. } => "pause",
            Change::Resume { .. } => "resume",
            Change::Retry { .. } => "retry",
            Change::Cancel { .. } => "cancel",
            Change::Acknowledge { .. } => "acknowledge",
            Change::Reveal { .. } => "reveal",
            Change::Test { .. } => "start test call",
            Change::HangUp { .. } => "hang up",
            Change::Write { .. } => "write",
        },
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::change::Done;
    use crate::msg::{Answered, Told};

    const SECRET: &str = "+14155550126 with planted-7f3a";

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 27, 14, 2, 11).unwrap()
    }

    fn refused(code: &str, request: &str) -> Trouble {
        Trouble::Refused {
            code: code.to_owned(),
            message: SECRET.to_owned(),
            request: Some(request.to_owned()),
            cursor: Some(SECRET.to_owned()),
        }
    }

    #[test]
    fn only_the_program_s_own_words_figures_and_ids_are_taken_down() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::open(folder.path(), now()).unwrap();
        let id = || SECRET.to_owned();
        let took = Duration::from_millis(84);
        let reveal = Question::Do(Change::Reveal { id: id(), reason: id() });
        let find = Question::Find { number: id() };
        let done = Answered {
            told: Box::new(Told::Done(Ok(Done::Number {
                number: Some(id()),
                until: None,
            }))),
            missing: Some(refused(SECRET, SECRET)),
        };
        for msg in [
            Msg::Paste(id()),
            Msg::Written(id(), Err(io::Error::other(SECRET))),
            Msg::Answered(reveal, Ok(done), took),
            Msg::Answered(find.clone(), Err(refused(SECRET, SECRET)), took),
            Msg::Answered(find.clone(), Err(Trouble::Garbage(id())), took),
            Msg::Answered(find, Err(refused("BAD_USER_INPUT", "7c1e-02")), took),
            Msg::Heard(Heard::Closed {
                why: Trouble::Unreachable(id()),
                again_in: took,
            }),
        ] {
            log.note(now(), &msg).unwrap();
        }
        log.end(now(), Exit::Good).unwrap();
        let path = folder.path().join("console.log");
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 8, "{text}");
        assert!(!text.contains("4155550126") && !text.contains("planted"), "{text}");
        let whole = r#""question":"find by number","outcome":"refused","code":"BAD_USER_INPUT","request":"7c1e-02","took_ms":84}"#;
        assert!(text.contains(whole), "{text}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn it_is_its_owner_s_alone_and_never_larger_than_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.log");
        fs::write(&path, "x".repeat(usize::try_from(LARGEST).unwrap())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let mut log = Log::open(folder.path(), now()).unwrap();
        log.end(now(), Exit::Good).unwrap();
        let before = folder.path().join("console.log.1");
        assert_eq!(fs::metadata(before).unwrap().len(), LARGEST);
        assert!(fs::metadata(&path).unwrap().len() < 1000);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
