//! Promise 1: a secret is in clear only in memory. Every kind of secret is planted in an installation of real processes, which then
//! works, fails, and is asked wrongly; and then everything that was written by anybody anywhere is searched.
//!
//! That the search finds what is there: `callab_tests::planted`; that it looked at something: each place has to hold a word that
//! is no secret and belongs there.

mod asked;
mod life;
mod written;

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use callab_tests::postgres::PrivatePostgres;
use callab_tests::redis::PrivateRedis;
use callab_tests::{Client, Planted, Receiver};
use reqwest::Url;
use secrecy::ExposeSecret as _;
use vault::MasterKeys;

use crate::cluster::{Cluster, Setup};
use crate::process::get;
use crate::recorder::Recorder;
use crate::until::until_true;

/// A word that is no secret, and comes to wherever the account is told of.
const LABEL: &str = "Planted label";

const TOKEN: &str = "5ec4e7a100000000000000000000c0de";
const REJECTED_TOKEN: &str = "5ec4e7a200000000000000000000c0de";
const WRITTEN_TOKEN: &str = "5ec4e7a300000000000000000000c0de";
const HS256_SECRET: &str = "5ec4e7b1 the secret that tokens are signed with";
const DATABASE_PASSWORD: &str = "5ec4e7c1/data&base";
const SMTP_PASSWORD: &str = "5ec4e7d1 for mails";
/// An account that a shared key is configured for.
const SHARED_KEY_ACCOUNT: &str = "AC5ec4e7e0000000000000000000000001";
const SHARED_KEY: &str = "5ec4e7e1-a-key-that-webhooks-are-signed-with";
const SHARED_KEY_OF_NO_ACCOUNT: &str = "5ec4e7e2-a-key-in-a-list-that-is-refused";

#[tokio::test(flavor = "multi_thread")]
async fn no_planted_secret_is_anywhere() {
    let mut planted = Planted::default();
    let installation = Installation::start(&mut planted).await;
    let cluster = &installation.cluster;

    // Everything at the finest level: what a library logs of us counts as well.
    let key_file = PathBuf::from(cluster.setting("CALLAB__VAULT__KEY_FILE"));
    let keys = std::fs::read_to_string(&key_file).expect("the key file");
    let database = installation.database_url();
    let finest = [
        ("CALLAB__LOG__FILTER", "trace"),
        ("CALLAB__DATABASE__URL", database.as_str()),
        ("CALLAB__LOG__FORMAT", "json"),
    ];
    let api = cluster.api_with(&finest).await;
    // The worker has its keys from the environment, and another API from what a command prints.
    let by_environment = [
        finest[0],
        finest[1],
        ("CALLAB__VAULT__KEY_FILE", ""),
        ("CALLAB__VAULT__KEYS", &keys),
    ];
    let mut worker = cluster.worker_with(&by_environment).await;
    let printed = format!("/bin/cat,{}", installation.printed_keys.display());
    let by_command = [
        finest[0],
        finest[1],
        finest[2],
        ("CALLAB__VAULT__KEY_FILE", ""),
        ("CALLAB__VAULT__KEY_COMMAND", &printed),
    ];
    let second = cluster.api_with(&by_command).await;

    let heard = Recorder::start(&api.url).await;
    let owner = cluster.owner("planted", &heard.url);
    let support = installation.staff("support", &heard.url);
    for (what, client) in [("the owner's session", &owner), ("the operator's session", &support)] {
        // Its signature is what makes it good.
        planted.plant(what, client.token().rsplit('.').next().expect("a token"));
    }

    let (mut customer, key) = life::live(&installation, &owner, &mut planted, &api.url).await;
    life::go_wrong(&installation, &mut customer, &key).await;
    asked::ask_wrongly(&owner, &api.url).await;
    asked::ask_everything(&owner, &support, &customer).await;
    asked::listen_in(&heard.url, &owner).await;
    let (console, conversation) =
        written::console(&api.url, support.token(), &customer.twilio.sid, cluster.directory());
    let programs = written::programs(&installation, &finest, &keys);

    let mut places = BTreeMap::from([
        ("what the API answers".to_owned(), heard.heard()),
        ("what the console writes".to_owned(), console),
        ("what the console says".to_owned(), conversation),
        ("what programs write".to_owned(), programs),
        ("the API's log".to_owned(), api.process.log().into_bytes()),
        ("the worker's log".to_owned(), worker.process.log().into_bytes()),
        ("the API's output".to_owned(), api.process.output().into_bytes()),
        ("the second API's log".to_owned(), second.process.log().into_bytes()),
        (
            "the second API's output".to_owned(),
            second.process.output().into_bytes(),
        ),
        ("the worker's output".to_owned(), worker.process.output().into_bytes()),
        (
            "the command lines".to_owned(),
            written::command_lines(&[api.process.id(), second.process.id(), worker.process.id()]),
        ),
    ]);
    for (who, ops) in [("API", &api.ops), ("worker", &worker.ops)] {
        for path in ["/metrics", "/readyz", "/healthz"] {
            places.insert(
                format!("{path} of the {who}"),
                get(ops, path).expect("an answer").into_bytes(),
            );
        }
    }
    // Without a worker the ids of jobs stay in Redis.
    worker.process.terminate();
    worker.process.ended_within(Duration::from_mins(1)).await;
    customer.sync().await;
    until_true("ids in Redis", async || installation.has_ids().await).await;
    places.extend(installation.stored().await);
    assert!(planted.count() >= 20, "{} secrets", planted.count());
    planted.are_in_none_of(&places);
    installation.holds_what_belongs_there(&places);
}

/// The parts that are listened to.
struct Installation {
    cluster: Cluster,
    /// All that was ever said to Redis.
    to_redis: Arc<Mutex<Vec<u8>>>,
    receiver: Receiver,
    /// The master keys as a command prints them, with one more that nothing is sealed to.
    printed_keys: PathBuf,
    /// A list of shared keys that is refused.
    wrong_shared_keys: PathBuf,
}

impl Installation {
    async fn start(planted: &mut Planted) -> Self {
        // The server logs each statement with the values that came with it.
        let postgres = PrivatePostgres::start(&["log_statement = 'all'", "log_parameter_max_length_on_error = -1"]);
        let redis = PrivateRedis::start(&["rdbcompression no"]).expect("Redis");
        let redis_password = Url::parse(redis.url())
            .expect("an address")
            .password()
            .map(str::to_owned);
        let to_redis = monitor(redis.url());
        let home = tempfile::tempdir().expect("a directory").keep();
        let smtp_password = home.join("smtp");
        std::fs::write(&smtp_password, SMTP_PASSWORD).expect("a file");
        let shared_keys = secret_file(
            &home,
            "shared",
            &format!("{SHARED_KEY_ACCOUNT} WKplanted {SHARED_KEY}\n"),
        );
        let settings = vec![
            ("CALLAB__TWILIO__SHARED_KEYS_FILE", shared_keys.display().to_string()),
            ("CALLAB__AUTH__HS256_SECRET", HS256_SECRET.to_owned()),
            ("CALLAB__GRAPHQL__INTROSPECTION", "true".to_owned()),
            ("CALLAB__NOTIFICATIONS__ALLOW_PRIVATE_ADDRESSES", "true".to_owned()),
            ("CALLAB__ACCOUNTS__CONFIRM_AFTER_S", "1".to_owned()),
            ("CALLAB__SMTP__HOST", "127.0.0.1".to_owned()),
            ("CALLAB__SMTP__PORT", "1".to_owned()),
            ("CALLAB__SMTP__USER", "callab".to_owned()),
            ("CALLAB__SMTP__PASSWORD_FILE", smtp_password.display().to_string()),
            ("CALLAB__SMTP__FROM", "Callab <alerts@callab.example>".to_owned()),
        ];
        let cluster = Cluster::start_with(Setup {
            postgres: Some(postgres.expect("PostgreSQL")),
            redis: Some(redis),
            settings,
        })
        .await;
        for (what, secret) in [
            ("the Auth Token", TOKEN),
            ("a rejected token", REJECTED_TOKEN),
            ("a token written into a document", WRITTEN_TOKEN),
            ("the secret of sessions", HS256_SECRET),
            ("the database's password", DATABASE_PASSWORD),
            ("the mail server's password", SMTP_PASSWORD),
            ("a shared key of webhooks", SHARED_KEY),
            ("a shared key in a list that is refused", SHARED_KEY_OF_NO_ACCOUNT),
            ("Redis' password", &redis_password.expect("a password")),
        ] {
            planted.plant(what, secret);
        }
        let keys = std::fs::read_to_string(cluster.setting("CALLAB__VAULT__KEY_FILE")).expect("the key file");
        planted.plant("a master key", secret_line(&keys));
        let one_more = MasterKeys::generate().to_text();
        planted.plant(
            "a master key that a command prints",
            secret_line(one_more.expose_secret()),
        );
        let wrong = format!("nobody WKwrong {SHARED_KEY_OF_NO_ACCOUNT}\n");
        Self {
            printed_keys: secret_file(&home, "printed", &[&keys, one_more.expose_secret()].concat()),
            wrong_shared_keys: secret_file(&home, "wrong", &wrong),
            cluster,
            to_redis,
            receiver: Receiver::start().await.expect("a receiver"),
        }
    }

    /// The database's address with the password in it.
    fn database_url(&self) -> String {
        let mut url = Url::parse(self.cluster.database_url()).expect("an address");
        url.set_password(Some(DATABASE_PASSWORD))
            .expect("an address with a user");
        url.into()
    }

    /// One of Callab's staff.
    fn staff(&self, role: &str, api_url: &str) -> Client {
        let token = self
            .cluster
            .command(&["token", "--role", role])
            .output()
            .expect("the binary runs");
        let token = String::from_utf8(token.stdout).expect("a token");
        let http = reqwest::Client::builder()
            .no_proxy()
            .no_gzip()
            .build()
            .expect("an HTTP client");
        Client::new(http, format!("{api_url}/graphql"), token.trim().to_owned())
    }

    /// Whether there is any key in Redis.
    async fn has_ids(&self) -> bool {
        let mut redis = self.cluster.redis.connection().await.expect("Redis");
        let keys: u64 = redis::cmd("DBSIZE").query_async(&mut redis).await.expect("Redis");
        keys > 0
    }

    /// What PostgreSQL and Redis keep, and what was ever said to them.
    async fn stored(&self) -> Vec<(String, Vec<u8>)> {
        let url = self.cluster.database_url();
        let script = "source tests/lib/postgres-bin.sh && \"$(postgres_bin)/pg_dump\" --inserts \"$0\"";
        let dump = Command::new("bash")
            .args(["-c", script, url])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .output()
            .expect("pg_dump");
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        let home = Url::parse(url).expect("an address");
        let home = home
            .query_pairs()
            .find(|(name, _)| name == "host")
            .expect("the server's directory")
            .1
            .into_owned();
        let log = std::fs::read(Path::new(&home).join("server.log")).expect("PostgreSQL's log");

        let mut redis = self.cluster.redis.connection().await.expect("Redis");
        let _: () = redis::cmd("SAVE").query_async(&mut redis).await.expect("a dump");
        let directory: Vec<String> = redis::cmd("CONFIG")
            .arg("GET")
            .arg("dir")
            .query_async(&mut redis)
            .await
            .expect("its directory");
        let rdb = std::fs::read(Path::new(&directory[1]).join("dump.rdb")).expect("Redis' dump");
        let said = self.to_redis.lock().unwrap_or_else(PoisonError::into_inner).clone();
        vec![
            ("the database's dump".to_owned(), dump.stdout),
            ("the database server's log".to_owned(), log),
            ("Redis' dump".to_owned(), rdb),
            ("what Redis was told".to_owned(), said),
        ]
    }

    /// Each place holds a word that is no secret and belongs there: the search was no search of nothing.
    fn holds_what_belongs_there(&self, places: &BTreeMap<String, Vec<u8>>) {
        let prefix = self.cluster.prefix.as_str();
        let missing: Vec<String> = [
            ("what the API answers", LABEL),
            ("what the console writes", LABEL),
            ("what the console says", LABEL),
            ("what the console says", "why calls do not connect"),
            ("what programs write", "settings are wrong"),
            ("what programs write", "intact"),
            ("the API's log", "connected Twilio account"),
            ("the API's log", "TRACE"),
            ("the worker's log", "sync-numbers"),
            ("the worker's log", "TRACE"),
            ("the API's output", "callab listens on"),
            ("the second API's log", "TRACE"),
            ("the second API's output", "callab listens on"),
            ("the worker's output", "callab works"),
            ("the command lines", "callab"),
            ("the database's dump", LABEL),
            ("the database's dump", "INSERT INTO public.job "),
            ("the database's dump", "INSERT INTO public.twilio_credential "),
            ("the database server's log", LABEL),
            ("Redis' dump", prefix),
            ("what Redis was told", prefix),
            ("/metrics of the API", "callab_"),
            ("/metrics of the worker", "callab_"),
            ("/readyz of the API", "200 OK"),
            ("/healthz of the worker", "200 OK"),
        ]
        .into_iter()
        .filter(|(place, word)| !String::from_utf8_lossy(&places[*place]).contains(word))
        .map(|(place, word)| format!("{place} ({} bytes) does not hold {word:?}", places[place].len()))
        .collect();
        assert!(missing.is_empty(), "{}", missing.join("\n"));
        assert!(
            !self.receiver.received().is_empty(),
            "a notification was signed and sent"
        );
    }
}

/// A file that only its owner may read.
fn secret_file(home: &Path, name: &str, text: &str) -> PathBuf {
    let path = home.join(name);
    std::fs::write(&path, text).expect("a file");
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("its mode");
    path
}

/// The line of a key file that is the secret.
fn secret_line(keys: &str) -> &str {
    keys.lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY"))
        .expect("a key")
}

/// Writes down all that is said to a Redis.
fn monitor(url: &str) -> Arc<Mutex<Vec<u8>>> {
    let url = Url::parse(url).expect("an address");
    let address = (url.host_str().expect("a host"), url.port().expect("a port"));
    let mut socket = TcpStream::connect(address).expect("Redis");
    let password = url.password().expect("a password");
    write!(socket, "AUTH {password}\r\nMONITOR\r\n").expect("it listens");
    let said = Arc::<Mutex<Vec<u8>>>::default();
    let kept = said.clone();
    std::thread::spawn(move || {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = socket.read(&mut bytes) {
            kept.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend_from_slice(&bytes[..count]);
        }
    });
    said
}
