//! What lies in `deploy/` and `docs/operations.md` fits this release: the settings and commands it names exist, and it leaves a
//! process the time it takes to stop.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use callab::cli::Cli;
use callab::config::{Config, ConfigError};
use clap::CommandFactory;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let kept_local = [".env", "secrets"].iter().any(|name| entry.file_name() == *name);
        if entry.file_type().expect("its kind").is_dir() && !kept_local {
            files_below(&entry.path(), found);
        } else if !kept_local {
            found.push(entry.path());
        }
    }
}

/// Every file for operators, with its text.
fn texts() -> Vec<(String, String)> {
    let mut files = vec![root().join("docs/operations.md"), root().join("README.md")];
    files_below(&root().join("deploy"), &mut files);
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("text");
        (path.display().to_string(), text)
    };
    files.into_iter().map(read).collect()
}

/// The words that follow `before` in a text.
fn words_after<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    text.split(before)
        .skip(1)
        .map(move |rest| rest.split(|c| !is_of_word(c)).next().unwrap_or_default())
}

fn setting_exists(variable: &str) -> bool {
    let environment = HashMap::from([(variable.to_owned(), "x".to_owned())]);
    match Config::load(None, environment) {
        Err(ConfigError::Wrong(wrong)) => !wrong.iter().any(|wrong| wrong.why.contains("no such setting")),
        Err(error) => panic!("{error}"),
        Ok(_) => true,
    }
}

fn commands() -> BTreeSet<String> {
    let cli = Cli::command();
    cli.get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect()
}

#[test]
fn every_setting_that_is_named_exists() {
    let mut named = 0;
    for (file, text) in texts() {
        for word in words_after(&text, "CALLAB__") {
            let variable = format!("CALLAB__{word}");
            if variable.contains("SECTION__KEY") {
                continue; // Says how variables are named.
            }
            assert!(setting_exists(&variable), "{file} names {variable}");
            named += 1;
        }
    }
    assert!(named > 10, "the settings were found");
}

#[test]
fn every_command_that_is_called_exists() {
    let commands = commands();
    let mut called = 0;
    for (file, text) in texts() {
        for before in ["/usr/bin/callab ", "`callab ", "\ncallab ", "command: [\""] {
            for word in words_after(&text, before).filter(|word| !word.is_empty() && !word.starts_with('-')) {
                assert!(commands.contains(word), "{file} calls `callab {word}`");
                called += 1;
            }
        }
    }
    assert!(called > 5, "the commands were found");
}

#[test]
fn the_configuration_that_is_shown_can_be_read() {
    let example = root().join("deploy/callab.toml.example");
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("callab.toml");
    let text = std::fs::read_to_string(example).unwrap();
    let filled_in = text.replace("REPLACE", "a secret that the web app signs with");
    std::fs::write(&file, filled_in).unwrap();
    let key = [(
        "CALLAB__VAULT__KEY_FILE".to_owned(),
        "/run/secrets/master.key".to_owned(),
    )];
    let config = Config::load(Some(&file), HashMap::from(key)).unwrap();
    assert!(config.database.is_remote());
}

/// The first and the last port of `8080` or `8080-8081`.
fn ports(range: &str) -> (u16, u16) {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    (first.parse().expect("a port"), last.parse().expect("a port"))
}

#[test]
fn there_are_as_many_ports_as_apis() {
    let mut compared = 0;
    for (file, text) in texts() {
        for (apis, range) in [("${APIS:-", "${API_PORTS:-"), ("\nAPIS=", "\nAPI_PORTS=")] {
            let (apis, range) = (words_after(&text, apis).next(), words_after(&text, range).next());
            assert_eq!(apis.is_some(), range.is_some(), "{file} says both or neither");
            if let (Some(apis), Some(range)) = (apis, range) {
                let (first, last) = ports(range);
                let apis: u16 = apis.parse().expect("a number");
                assert_eq!(apis, last - first + 1, "{file}: an API takes any port that is free");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 2, "what is set and what holds without it");
}

#[test]
fn a_process_is_given_longer_to_stop_than_it_takes() {
    let within = Config::load(None, HashMap::new()).unwrap().shutdown_within.as_secs();
    let mut given = 0;
    for (file, text) in texts() {
        for before in ["\nTimeoutStopSec=", "stop_grace_period: "] {
            for seconds in words_after(&text, before) {
                let seconds: u64 = seconds.trim_end_matches('s').parse().expect("seconds");
                assert!(seconds > within + 5, "{file} gives {seconds} s");
                given += 1;
            }
        }
    }
    assert!(given >= 4, "the times were found");
}

/// A small server's answer to the image's health check, and whether that was content.
fn check(answer: &'static str) -> (String, bool) {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = server.local_addr().expect("its address").to_string();
    let asked = std::thread::spawn(move || {
        let (mut socket, _) = server.accept().expect("the check");
        let lines = BufReader::new(socket.try_clone().expect("a second handle")).lines();
        // To its end: a socket that is closed with something unread takes the answer back.
        let head: Vec<String> = lines
            .map(|line| line.expect("text"))
            .take_while(|line| !line.is_empty())
            .collect();
        socket.write_all(answer.as_bytes()).expect("an answer is taken");
        head.concat()
    });
    let check = Command::new(root().join("deploy/answers"))
        .arg("/healthz")
        .env("CALLAB__OPS__LISTEN", address)
        .status()
        .expect("the script runs");
    (asked.join().expect("no panic"), check.success())
}

#[test]
fn the_images_health_check_tells_well_from_ill() {
    let asked = "GET /healthz HTTP/1.0".to_owned();
    assert_eq!(check("HTTP/1.0 200 OK\r\n\r\n{}"), (asked.clone(), true));
    assert_eq!(
        check("HTTP/1.0 503 Service Unavailable\r\n\r\n{}"),
        (asked.clone(), false)
    );
    assert_eq!(check(""), (asked, false));
}
