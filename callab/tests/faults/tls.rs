//! PostgreSQL over TLS: the right certificate is taken, and no other.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use callab_tests::postgres::PrivatePostgres;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use tempfile::TempDir;

use crate::cluster::{Cluster, Setup};
use crate::customer::Customer;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_spoken_to_over_tls_and_only_with_the_right_certificate() {
    let certificates = Certificates::make();
    let port = free_port();
    let settings = [
        "listen_addresses = '127.0.0.1'".to_owned(),
        format!("port = {port}"),
        "ssl = on".to_owned(),
        format!("ssl_cert_file = '{}'", certificates.path("server.crt").display()),
        format!("ssl_key_file = '{}'", certificates.path("server.key").display()),
    ];
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let postgres = Some(PrivatePostgres::start(&settings).expect("PostgreSQL"));
    let cluster = Cluster::empty(Setup {
        postgres,
        ..Setup::default()
    })
    .await;
    let url = |host: &str, authority: &str| {
        let (database, root) = (cluster.database_name(), certificates.path(authority));
        format!(
            "postgres://callab@{host}:{port}/{database}?sslmode=verify-full&sslrootcert={}",
            root.display()
        )
    };

    // The certificate names 127.0.0.1 and nothing else.
    for wrong in [url("127.0.0.1", "other.crt"), url("localhost", "ours.crt")] {
        for role in ["migrate", "api", "worker"] {
            let mut process = cluster.process(role, &[("CALLAB__DATABASE__URL", &wrong)]);
            let status = process.ended_within(Duration::from_secs(30)).await;
            assert_eq!(status.code(), Some(1), "{role}");
            let log = process.log();
            assert!(log.contains("could not connect to the database"), "{log}");
            assert!(log.contains("certificate"), "it says why: {log}");
        }
    }

    let right = url("127.0.0.1", "ours.crt");
    let over_tls = [("CALLAB__DATABASE__URL", right.as_str())];
    let mut migrate = cluster.process("migrate", &over_tls);
    assert!(
        migrate.ended_within(Duration::from_mins(1)).await.success(),
        "{}",
        migrate.log()
    );
    let (api, _worker) = (cluster.api_with(&over_tls).await, cluster.worker_with(&over_tls).await);
    Customer::settled(&cluster, &cluster.owner("a", &api.url), 1).await;
    let encrypted = "SELECT count(*) AS n FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                     WHERE ssl AND datname = current_database()";
    let row = cluster
        .db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, encrypted))
        .await;
    let connections: i64 = row
        .expect("the database")
        .expect("a count")
        .try_get("", "n")
        .expect("a number");
    assert!(connections >= 2, "{connections}");
}

/// A certificate authority and a server's certificate of it, and an authority that nobody knows.
struct Certificates(TempDir);

impl Certificates {
    fn make() -> Self {
        let certificates = Self(tempfile::tempdir().expect("a directory"));
        let public = Permissions::from_mode(0o755); // The server is another user where the tests are root.
        std::fs::set_permissions(certificates.0.path(), public).expect("a directory for the server");
        let new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        for authority in ["ours", "other"] {
            let (subject, key, made) = (
                format!("/CN={authority}"),
                format!("{authority}.key"),
                format!("{authority}.crt"),
            );
            let files = ["-subj", &subject, "-keyout", &key, "-out", &made];
            certificates.openssl(&[&["req", "-x509", "-days", "2"], &new_key, &files]);
        }
        let files = ["-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr"];
        certificates.openssl(&[&["req", "-new"], &new_key, &files]);
        std::fs::write(certificates.path("names"), "subjectAltName = IP:127.0.0.1\n").expect("a file");
        let by = ["-CA", "ours.crt", "-CAkey", "ours.key", "-CAcreateserial"];
        let files = ["-in", "server.csr", "-extfile", "names", "-out", "server.crt"];
        certificates.openssl(&[&["x509", "-req", "-days", "2"], &by, &files]);
        let key = certificates.path("server.key");
        std::fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("a private key");
        give_to_the_server(&key);
        certificates
    }

    /// Runs openssl in the directory.
    fn openssl(&self, arguments: &[&[&str]]) {
        let mut command = Command::new("openssl");
        let output = command.current_dir(self.0.path()).args(arguments.concat()).output();
        let output = output.expect("openssl (Debian, Ubuntu: apt-get install openssl)");
        assert!(output.status.success(), "{output:?}");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// Where the tests are root, the server is the user `postgres`, and reads no key of anybody else.
fn give_to_the_server(key: &Path) {
    let id = |user: &[&str]| {
        let output = Command::new("id").arg("-u").args(user).output().expect("a user");
        String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse::<u32>()
            .expect("a user's id")
    };
    if id(&[]) == 0 {
        chown(key, Some(id(&["postgres"])), None).expect("a key for the server");
    }
}

/// A port that nobody had a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
