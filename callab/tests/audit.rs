//! `callab audit`, as an operator uses it: with the heads that a `callab up` left in its log.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use callab_tests::{Client, Up};
use entity::{audit_entry, audit_head};
use sea_orm::{ActiveModelTrait as _, ConnectionTrait as _, EntityTrait as _, IntoActiveModel as _, QueryOrder as _};
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
        self.command(env!("CARGO_BIN_EXE_callab"), arguments)
    }

    /// A program that has the settings of the installation and no others.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
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
        assert_eq!(token.trim().split('.').count(), 3, "{error}");
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

/// Ends it as an operator does, and answers the heads in its log.
fn stop(up: Up) -> Vec<String> {
    let (status, log) = up.stop();
    assert!(status.success(), "{log}");
    heads(&log)
}

/// The heads in a log, as `jq` finds them by the manual.
fn heads(log: &str) -> Vec<String> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter_map(|line| line["audit.head"].as_str().map(str::to_owned))
        .collect()
}

async fn first_head(up: &Up) -> String {
    let begun = Instant::now();
    loop {
        if let Some(head) = heads(&up.log()).first() {
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

/// Runs the manual's nightly verification, as it stands there, over these logs.
fn nightly(installation: &Installation, logs: &[String]) -> (Option<i32>, String) {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
    let manual = std::fs::read_to_string(manual).expect("the manual");
    let mut scripts = manual.split("```").filter(|block| block.contains("--heads-from -"));
    let script = scripts.next().expect("the nightly verification");
    let script = script.trim_start_matches(|c: char| !c.is_whitespace());
    let folder = tempfile::tempdir().expect("a directory");
    for (n, log) in logs.iter().enumerate() {
        let name = if n == 0 {
            "callab.log".to_owned()
        } else {
            format!("callab.log.{n}")
        };
        std::fs::write(folder.path().join(name), log).expect("a log");
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_callab")).parent().expect("its folder");
    let mut command = installation.command("sh", &["-c", script]);
    command
        .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", binary.display()))
        .current_dir(folder.path());
    let Output { status, stdout, stderr } = command.output().expect("a shell");
    let said = [stdout, stderr].concat();
    (status.code(), String::from_utf8(said).expect("text"))
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
    let up = Up::start(&mut installation.callab(&[]));
    let (anna, ben) = (
        installation.person("anna", up.url()),
        installation.person("ben", up.url()),
    );
    register(&anna, "one").await;
    let first = first_head(&up).await;
    register(&anna, "two").await;
    register(&ben, "three").await;
    let told = stop(up);

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
    // The log tells who did it to how many, and not whom.
    let told: Value = serde_json::from_str(&error).expect("one line of JSON");
    assert_eq!(
        (
            &told["target"],
            &told["actor"],
            &told["workspace.id"],
            &told["audit.erased"]
        ),
        (&json!("callab_audit"), &json!("olga"), &json!(workspace), &json!(2))
    );
    assert!(!error.contains("anna"), "{error}");
    let request = told["request.id"].clone();
    let entries = installation.entries().await;
    assert!(!format!("{entries:?}").contains("anna"), "{entries:?}");
    assert!(
        entries.iter().any(|entry| entry.actor == "ben"),
        "others are not forgotten"
    );
    let told: Vec<_> = entries.iter().filter(|entry| entry.action == "audit.erase").collect();
    assert_eq!((told.len(), told[0].actor.as_str()), (1, "operator/olga"), "{told:?}");
    assert_eq!(json!(told[0].request_id), request);
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

/// The chain has grown longer than it was before the cut: only the heads of before prove that.
#[tokio::test(flavor = "multi_thread")]
async fn the_manual_s_nightly_verification_finds_a_cut_that_the_chain_has_outgrown() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let installation = Installation {
        home: tempfile::tempdir().expect("a directory"),
    };
    let mut logs = Vec::new();
    let mut agents = 0;
    let mut work = async |so_many: usize| {
        let up = Up::start(&mut installation.callab(&[]));
        for _ in 0..so_many {
            agents += 1;
            register(&installation.person("anna", up.url()), &format!("agent-{agents}")).await;
        }
        let (status, log) = up.stop();
        assert!(status.success(), "{log}");
        logs.push(log);
        logs.clone()
    };
    work(1).await;
    let db = installation.database().await;
    let before = audit_head::Entity::find()
        .one(&db)
        .await
        .expect("a row")
        .expect("an end");
    let logs = work(3).await;
    assert_eq!(
        nightly(&installation, &logs).0,
        Some(0),
        "{:?}",
        nightly(&installation, &logs)
    );

    for sql in [
        "DROP TRIGGER audit_entry_is_not_deleted",
        "DROP TRIGGER audit_head_only_moves_on",
        &format!("DELETE FROM audit_entry WHERE seq > {} OR seq IS NULL", before.seq),
    ] {
        db.execute_unprepared(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let end = before.into_active_model().reset_all();
    audit_head::Entity::update(end).exec(&db).await.expect("set back");
    let logs = work(8).await;
    let (code, said) = nightly(&installation, &logs);
    assert!(code == Some(1) && said.contains("REWRITTEN AT"), "{code:?} {said}");
    let (code, said) = nightly(&installation, &logs[2..]);
    assert_eq!(code, Some(0), "nothing but the older heads knows: {said}");
}

/// They are the only witness outside of the database: a filter that is about something else does not silence them.
#[tokio::test(flavor = "multi_thread")]
async fn the_heads_are_in_the_log_whatever_its_filter_lets_through() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    for (filter, is_told) in [("warn", true), ("off", true), ("info,callab_audit=off", false)] {
        let installation = Installation {
            home: tempfile::tempdir().expect("a directory"),
        };
        let up = Up::start(installation.callab(&[]).env("CALLAB__LOG__FILTER", filter));
        register(&installation.person("anna", up.url()), "one").await;
        let (_, log) = up.stop();
        assert_eq!(!heads(&log).is_empty(), is_told, "{filter}: {log}");
        let infos = log.matches("\"INFO\"").count();
        assert_eq!(infos > heads(&log).len(), !is_told, "{filter}: {log}");
        let warned = log.contains("witnessed nowhere outside of the database");
        assert_eq!(warned, !is_told, "{filter}: {log}");
    }
}

/// A token can be signed without a database: the log has it always, the audit log where it is a known workspace's.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_an_operator_has_signed_is_told() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let installation = Installation {
        home: tempfile::tempdir().expect("a directory"),
    };
    let sign = |workspace: &str| {
        let mut command = installation.callab(&["token", "--role", "owner", "--workspace", workspace]);
        command.args(["--subject", "anna", "--hours", "2", "--operator", "olga"]);
        command.env("CALLAB__LOG__FILTER", "off");
        let Output { stdout, stderr, .. } = command.output().expect("the binary runs");
        let (token, log) = (String::from_utf8(stdout), String::from_utf8(stderr));
        let (token, log) = (token.expect("text"), log.expect("text"));
        assert!(
            token.trim().split('.').count() == 3 && !log.contains(token.trim()),
            "{log}"
        );
        let told: Value = serde_json::from_str(&log).expect("one line of JSON");
        assert_eq!(
            (
                &told["target"],
                &told["actor"],
                &told["token.subject"],
                &told["token.workspace"]
            ),
            (
                &json!("callab_audit"),
                &json!("olga"),
                &json!("anna"),
                &json!(workspace)
            )
        );
        (told["audit.entry"] == json!(true), told["request.id"].clone())
    };
    std::fs::create_dir(installation.data_dir()).expect("where its secret is made");
    assert!(!sign("shop").0, "there is no database");
    let up = Up::start(&mut installation.callab(&[]));
    assert!(!sign("shop").0, "nobody was there yet");
    register(&installation.person("anna", up.url()), "one").await;
    let (is_told, request) = sign("shop");
    assert!(is_told && !sign("elsewhere").0);
    let entries = installation.entries().await;
    let told: Vec<_> = entries.iter().filter(|entry| entry.action == "token.sign").collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (told[0].actor.as_str(), told[0].outcome.as_str()),
        ("operator/olga", "OK")
    );
    assert_eq!(json!(told[0].request_id), request);
    let workspace = told[0].workspace_id.to_string();
    assert_eq!(
        told[0].detail,
        json!({ "subject": "anna", "role": "owner", "hours": 2 })
    );

    // Who it was signed for is forgotten with them.
    stop(up);
    let (code, said, error) = installation.run(&["audit", "erase", "--workspace", &workspace, "--actor", "anna"]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(said, "erased who acted in 2 entries\n");
    let entries = format!("{:?}", installation.entries().await);
    assert!(!entries.contains("anna"), "{entries}");
}

/// With nobody there who chains it, as when a lock is held or every process is stopped.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_has_waited_for_minutes_is_told_as_a_fault() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let installation = Installation {
        home: tempfile::tempdir().expect("a directory"),
    };
    let up = Up::start(&mut installation.callab(&[]));
    register(&installation.person("anna", up.url()), "one").await;
    stop(up);
    let mut waits = installation.entries().await.remove(0);
    waits.id = entity::AuditEntryId(domain::Ids::new_id(&domain::SystemIds));
    (waits.seq, waits.salt, waits.personal_digest) = (None, None, None);
    (waits.digest, waits.mac) = (None, None);
    for (minutes, expected) in [(4, None), (6, Some("WAITING"))] {
        waits.at = domain::Clock::now(&domain::SystemClock) - chrono::TimeDelta::minutes(minutes);
        let db = installation.database().await;
        let entry = waits.clone().into_active_model().reset_all();
        audit_entry::Entity::insert(entry)
            .exec_without_returning(&db)
            .await
            .expect("an entry");
        let (code, said, _) = installation.run(&["audit", "verify", "--json"]);
        let told: Value = serde_json::from_str(&said).expect("one workspace");
        assert_eq!(
            (code, told["fault"]["kind"].as_str()),
            (Some(i32::from(expected.is_some())), expected)
        );
        waits.id = entity::AuditEntryId(domain::Ids::new_id(&domain::SystemIds));
    }
    let (_, said, _) = installation.run(&["audit", "verify"]);
    assert!(said.contains("2 waiting, WAITING AT 2 (entry "), "{said}");

    let up = Up::start(&mut installation.callab(&[]));
    let begun = Instant::now();
    while installation.entries().await.iter().any(|entry| entry.seq.is_none()) {
        assert!(begun.elapsed() < PATIENCE, "they wait on");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop(up);
    let (code, said, _) = installation.run(&["audit", "verify"]);
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_verified_is_not_called_intact() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let installation = Installation {
        home: tempfile::tempdir().expect("a directory"),
    };
    let up = Up::start(&mut installation.callab(&[]));
    register(&installation.person("anna", up.url()), "one").await;
    let heads = stop(up);
    let nobody = "00000000-0000-7000-8000-000000000000";
    let (code, said, error) = installation.run(&["audit", "verify", "--workspace", nobody]);
    assert_eq!((code, said.as_str()), (Some(2), ""), "{error}");
    assert!(error.contains("there is no workspace"), "{error}");

    let file = installation.home.path().join("heads");
    let verify = |text: &str| {
        std::fs::write(&file, text).expect("a file");
        installation.run(&["audit", "verify", "--heads-from", file.to_str().expect("a path")])
    };
    let (code, said, error) = verify(&heads.join("\n"));
    assert_eq!(code, Some(0), "{said} {error}");
    let (code, _, error) = verify("\n");
    assert!(code == Some(2) && error.contains("there is no head in"), "{error}");
    let (code, _, error) = verify(&format!("{}\nnonsense", heads[0]));
    assert!(code == Some(2) && error.contains("line 2"), "{error}");
    let gone = heads[0].replacen(heads[0].split(':').next().expect("a workspace"), nobody, 1);
    let (code, said, _) = verify(&format!("{}\n{gone}", heads[0]));
    assert!(code == Some(1) && said.contains("CUT_TAIL AT 1"), "{said}");
}
