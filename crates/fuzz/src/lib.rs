//! Inputs for tests, made from what was sent before.
//!
//! A [`Target`] is one thing that strangers can send something to. Its corpus is a folder of files: real messages, vectors of others, and
//! whatever broke it once. Each file is tried as it is, and then so many inputs that are made of the files: pieces taken out, put
//! in, repeated, or borrowed from another file. An input that breaks a property is made as small as possible, and kept in `target/fuzz`:
//! copied into the corpus it is tried first from then on.
//!
//! `FUZZ_CASES` says how many are made for a target, 1000 without it; `just fuzz guard 1000000` looks for longer.
//!
//! To add a target: a folder below the crate's `corpus/`, and a test named `fuzz` beside the code, which makes a [`Target`] of it.

mod change;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestError, TestRunner};

use change::Change;

/// How many inputs are made for a target unless somebody asks for more: enough for a second or two.
const CASES: u32 = 1_000;

/// The most changes made to one file.
const MOST_CHANGES: usize = 10;

/// One thing that strangers can send something to.
#[derive(Debug)]
pub struct Target {
    name: &'static str,
    folder: PathBuf,
    files: Vec<Vec<u8>>,
    words: &'static [&'static str],
}

impl Target {
    /// The target of this name, with its corpus in `corpus/{name}` of the crate at `manifest_dir`, and the words its language is made of.
    ///
    /// # Panics
    /// When the corpus cannot be read, or is empty: a test that tries nothing would pass.
    #[must_use]
    pub fn new(manifest_dir: &str, name: &'static str, words: &'static [&'static str]) -> Self {
        let folder = Path::new(manifest_dir).join("corpus").join(name);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| {
                entry
                    .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
                    .path()
            })
            .collect();
        paths.sort();
        assert!(!paths.is_empty(), "{} is empty", folder.display());
        let read = |path: &PathBuf| fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self {
            name,
            files: paths.iter().map(read).collect(),
            folder,
            words,
        }
    }

    /// The files of the corpus, by their names.
    #[must_use]
    pub fn files(&self) -> &[Vec<u8>] {
        &self.files
    }

    /// Tries the property on each file, and on bytes made of them.
    ///
    /// # Panics
    /// When one breaks it; it is kept then.
    pub fn bytes(&self, holds: impl Fn(&[u8]) -> TestCaseResult) {
        for file in &self.files {
            self.tried(&holds(file), file);
        }
        self.made(&self.inputs(), Clone::clone, |bytes| holds(bytes));
    }

    /// The same for texts; bytes that are none are replaced.
    ///
    /// # Panics
    /// When an input breaks the property; it is kept then.
    pub fn texts(&self, holds: impl Fn(&str) -> TestCaseResult) {
        self.bytes(|bytes| holds(&String::from_utf8_lossy(bytes)));
    }

    /// Tries the property on inputs of another kind, which the test makes itself; `written` is how one is kept in a file.
    ///
    /// # Panics
    /// When one breaks it; it is kept then.
    pub fn made<T: std::fmt::Debug>(
        &self,
        inputs: &impl Strategy<Value = T>,
        written: impl Fn(&T) -> Vec<u8>,
        holds: impl Fn(&T) -> TestCaseResult,
    ) {
        let mut runner = TestRunner::new(Config {
            cases: cases(),
            failure_persistence: None,
            max_shrink_iters: 20_000,
            ..Config::default()
        });
        match runner.run(inputs, |input| holds(&input)) {
            Ok(()) => {}
            Err(TestError::Fail(reason, input)) => self.broken(&reason.to_string(), &written(&input)),
            Err(TestError::Abort(reason)) => panic!("{} could not be tried: {reason}", self.name),
        }
    }

    /// Bytes made of the files.
    fn inputs(&self) -> impl Strategy<Value = Vec<u8>> + use<> {
        let files = self.files.clone();
        let changes = proptest::collection::vec(change::changes(self.words), 1..=MOST_CHANGES);
        (any::<prop::sample::Index>(), changes).prop_map(move |(first, changes)| {
            let mut bytes = first.get(&files).clone();
            for change in &changes {
                Change::apply(change, &mut bytes, &files);
            }
            bytes
        })
    }

    fn tried(&self, result: &TestCaseResult, file: &[u8]) {
        if let Err(TestCaseError::Fail(reason)) = result {
            self.broken(&reason.to_string(), file);
        }
    }

    /// Keeps the input, and fails the test.
    fn broken(&self, reason: &str, input: &[u8]) -> ! {
        let mut hasher = DefaultHasher::new();
        input.hash(&mut hasher);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../target/fuzz")
            .join(self.name);
        let file = folder.join(format!("{:016x}", hasher.finish()));
        let kept = fs::create_dir_all(&folder).and_then(|()| fs::write(&file, input));
        let kept = kept.map_or_else(
            |error| format!("could not be kept: {error}"),
            |()| format!("is {}", file.display()),
        );
        panic!(
            "{}: {reason}\n{:?}\nThe input {kept}. Once this is mended, copy it into {}.",
            self.name,
            String::from_utf8_lossy(input),
            self.folder.display()
        );
    }
}

#[expect(clippy::disallowed_methods, reason = "how long to look is no setting of the product")]
fn cases() -> u32 {
    let asked = std::env::var("FUZZ_CASES").ok().and_then(|cases| cases.parse().ok());
    asked.unwrap_or(CASES)
}

#[cfg(test)]
mod tests;
