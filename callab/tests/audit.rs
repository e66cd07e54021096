//! `callab audit`, as an operator uses it: with the heads that a `callab up` left in its log.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use callab_tests::Client;
use entity::audit_entry;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};

/// How long something may take that has to come.
const PATIENCE: Duration = Duration::from_mins(1);

/// An installation in a directory of its own.
struct Installation {
    home: tempfile::TempDir,
}

impl Installation {
    fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn callab(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callab"));
        command
            .args(arguments)
            .env_clear()
            .env("CALLAB__DATA_DIR", self.data_dir())
            .env("CALLAB__HTTP__LISTEN", "127.0.0.1:0")
            .env("CALLAB__LOG__FORMAT", "json")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end: its exit code, its output, and what it complained of.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let Output { status, stdout, stderr } = self.callab(arguments).output().expect("the binary runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (status.code(), text(stdout), text(stderr))
    }

    /// Someone of the workspace, who asks the product at this address.
    fn person(&self, subject: &str, url: &str) -> Client {
        let arguments = ["token", "--role", "owner", "--workspace", "shop", "--subject", subject];
        let (_, token, error) = self.run(&arguments);
        assert!(error.is_empty(), "{error}");
        let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        Client::new(http, format!("{url}/graphql"), token.trim().to_owned())
    }

    async fn database(&self) -> sea_orm::DatabaseConnection {
        let url = format!("sqlite://{}", self.data_dir().join("callab.db").display());
        callab::database::connect(&url).await.expect("the database")
    }

    async fn entries(&self) -> Vec<audit_entry::Model> {
        let all = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Id);
        all.all(&self.database().await).await.expect("the entries")
    }
}

/// A running `callab up`, with a log of its own.
struct Up {
    child: Child,
    url: String,
    log: PathBuf,
}

impl Up {
    fn start(installation: &Installation, log: &Path) -> Self {
        let mut child = installation
            .callab(&["up"])
            .stdout(Stdio::piped())
            .stderr(File::create(log).expect("a log"))
            .spawn()
            .expect("the binary runs");
        let mut line = String::new();
        let mut lines = BufReader::new(child.stdout.as_mut().expect("its output"));
        lines.read_line(&mut line).expect("its first line");
        let url = line
            .trim()
            .strip_prefix("callab listens on ")
            .expect("where it listens");
        Self {
            url: url.to_owned(),
            child,
            log: log.to_owned(),
        }
    }

    /// Ends it as an operator does.
    fn stop(mut self) -> Vec<String> {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .expect("a shell")
                .success()
        );
        assert!(self.child.wait().expect("its end").success());
        heads(&self.log)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The heads in a log, as `jq` finds them by the manual.
fn heads(log: &Path) -> Vec<String> {
    let log = fs::read_to_string(log).expect("the log");
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter_map(|line| line["audit.head"].as_str().map(str::to_owned))
        .collect()
}

async fn first_head(up: &Up) -> String {
    let begun = Instant::now();
    loop {
        if let Some(head) = heads(&up.log).first() {
            return head.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "the log has no head");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn register(person: &Client, name: &str) {
    let input = json!({ "externalId": name, "name": name, "endpoint": "wss://agent.example/ws" });
    person.done("registerAgent", "agent { id }", input).await;
}

/// The number of the last entry in a head.
fn seq(head: &str) -> i64 {
    head.split(':').nth(1).expect("a number").parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_process_proves_its_audit_log_and_a_person_is_forgotten() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let installation = Installation {
        home: tempfile::tempdir().expect("a directory"),
    };
    let up = Up::start(&installation, &installation.home.path().join("up.log"));
    let (anna, ben) = (
        installation.person("anna", &up.url),
        installation.person("ben", &up.url),
    );
    register(&anna, "one").await;
    let first = first_head(&up).await;
    register(&anna, "two").await;
    register(&ben, "three").await;
    let told = up.stop();

    // The end as it was last is told at the stop, however short the time since the last.
    let last = told.last().expect("a head").clone();
    assert!(seq(&last) >= 3 && seq(&last) > seq(&first), "{told:?}");
    let verify = ["audit", "verify", "--head", &first, "--head", &last];
    let (code, said, error) = installation.run(&verify);
    assert_eq!(code, Some(0), "{said} {error}");
    assert!(said.contains(&format!("intact, head {last}")), "{said}");

    let workspace = first.split(':').next().expect("a workspace");
    let erase = |actor: &str, workspace: &str| {
        let arguments = [
            "audit",
            "erase",
            "--workspace",
            workspace,
            "--actor",
            actor,
            "--operator",
            "olga",
        ];
        installation.run(&arguments)
    };
    let (code, said, error) = erase("anna", workspace);
    assert_eq!(
        (code, said.as_str()),
        (Some(0), "erased who acted in 2 entries\n"),
        "{error}"
    );
    let entries = installation.entries().await;
    assert!(!format!("{entries:?}").contains("anna"), "{entries:?}");
    assert!(
        entries.iter().any(|entry| entry.actor == "ben"),
        "others are not forgotten"
    );
    let told: Vec<_> = entries.iter().filter(|entry| entry.action == "audit.erase").collect();
    assert_eq!((told.len(), told[0].actor.as_str()), (1, "olga"), "{told:?}");
    let (_, said, _) = erase("anna", workspace);
    assert_eq!(
        said, "erased who acted in 0 entries\n",
        "there is nobody left to forget"
    );

    let (code, said, error) = installation.run(&verify);
    assert_eq!(code, Some(0), "{said} {error}");
    assert!(said.contains("2 erased, 2 waiting, intact"), "{said}");

    let (code, _, error) = erase("ben", "00000000-0000-7000-8000-000000000000");
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("could not erase"), "{error}");
    assert!(installation.entries().await.iter().any(|entry| entry.actor == "ben"));

    // Somebody takes the tail away, and the note of the end with it.
    let db = installation.database().await;
    for sql in [
        "DROP TRIGGER audit_entry_is_not_deleted",
        "DROP TRIGGER audit_head_is_not_deleted",
        "DELETE FROM audit_head",
        "DELETE FROM audit_entry WHERE seq >= 2 OR seq IS NULL",
    ] {
        db.execute_unprepared(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let (code, said, error) = installation.run(&verify);
    assert_eq!(code, Some(1), "{said} {error}");
    assert!(said.contains("FAULTS in 1"), "{said}");
}
