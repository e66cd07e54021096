//! `callab up` with tokens that an identity provider signs, whose keys change while it runs.

use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use callab_tests::Up;
use domain::{Clock as _, SystemClock};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

const A: &[u8] = include_bytes!("../../api/src/auth/test_keys/rsa-a.der");
const B: &[u8] = include_bytes!("../../api/src/auth/test_keys/rsa-b.der");

/// How long what has to happen may take: a new key counts after five seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// An identity provider: what it answers where its keys are published.
#[derive(Clone)]
struct Provider {
    keys: Arc<Mutex<Option<Value>>>,
    url: String,
}

impl Provider {
    /// One that is broken until it publishes something.
    async fn start() -> Self {
        let keys: Arc<Mutex<Option<Value>>> = Arc::default();
        let published = keys.clone();
        let answer = async move || match &*published.lock().expect("nothing panics with it") {
            Some(keys) => (StatusCode::OK, keys.to_string()),
            None => (StatusCode::BAD_GATEWAY, String::new()),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let url = format!("http://{address}/keys.json");
        let app = Router::new().route("/keys.json", get(answer));
        tokio::spawn(async { axum::serve(listener, app).await });
        Self { keys, url }
    }

    fn publish(&self, keys: &[(&str, &[u8])]) {
        let public = |(id, der): &(&str, &[u8])| {
            let key = Jwk::from_encoding_key(&EncodingKey::from_rsa_der(der), Algorithm::RS256);
            let mut key = serde_json::to_value(key.expect("a key")).expect("JSON");
            key["kid"] = json!(id);
            key
        };
        let keys: Vec<Value> = keys.iter().map(public).collect();
        *self.keys.lock().expect("nothing panics with it") = Some(json!({ "keys": keys }));
    }
}

fn token((id, der): (&str, &[u8])) -> String {
    let now = SystemClock.now().timestamp();
    let claims = json!({ "sub": "anna", "role": "owner", "workspace": "a", "exp": now + 300,
                         "aud": "callab-byot", "iss": "https://id.example" });
    let header = Header {
        kid: Some(id.to_owned()),
        ..Header::new(Algorithm::RS256)
    };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_rsa_der(der)).expect("a token")
}

/// A running `callab up` of this provider's.
struct Product {
    up: Up,
    http: reqwest::Client,
    _data_dir: tempfile::TempDir,
}

fn callab(data_dir: &tempfile::TempDir, jwks_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callab"));
    command
        .env_clear()
        .env("CALLAB__DATA_DIR", data_dir.path().join("data"))
        .env("CALLAB__HTTP__LISTEN", "127.0.0.1:0")
        .env("CALLAB__AUTH__JWKS_URL", jwks_url)
        .env("CALLAB__AUTH__AUDIENCE", "callab-byot")
        .env("CALLAB__AUTH__ISSUER", "https://id.example")
        .stdin(Stdio::null());
    command
}

impl Product {
    fn start(provider: &Provider) -> Self {
        let data_dir = tempfile::tempdir().expect("a directory");
        let up = Up::start(&mut callab(&data_dir, &provider.url));
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            up,
            http: reqwest::Client::builder()
                .timeout(PATIENCE)
                .no_proxy()
                .build()
                .expect("a client"),
            _data_dir: data_dir,
        }
    }

    /// Status, `Retry-After` and body of a request with the token.
    async fn ask(&self, token: &str) -> (u16, Option<String>, Value) {
        let asked = self
            .http
            .post(format!("{}/graphql", self.up.url()))
            .bearer_auth(token)
            .json(&json!({ "query": "{ viewer { subject } }" }));
        let answer = asked.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let again = answer
            .headers()
            .get("retry-after")
            .map(|value| value.to_str().expect("text").to_owned());
        (status, again, answer.json().await.expect("JSON"))
    }

    /// Asks until the status is this one.
    async fn until(&self, token: &str, status: u16) {
        let begun = Instant::now();
        loop {
            let (now, ..) = self.ask(token).await;
            if now == status {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{now}, never {status}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn readiness(&self) -> (u16, Value) {
        let answer = self.http.get(format!("{}/readyz", self.up.url())).send().await;
        let answer = answer.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_while_the_process_runs() {
    let provider = Provider::start().await;
    provider.publish(&[("a", A)]);
    let mut up = Product::start(&provider);
    up.until(&token(("a", A)), 200).await;
    assert_eq!(up.readiness().await.1["dependencies"]["token keys"], "ok");
    assert_eq!(up.ask(&token(("b", B))).await.0, 401);
    provider.publish(&[("a", A), ("b", B)]);
    up.until(&token(("b", B)), 200).await;
    assert_eq!(up.ask(&token(("a", A))).await.0, 200);
    // Withdrawn: the next reading, here brought about by a token of a key that nobody has published.
    provider.publish(&[("b", B)]);
    let begun = Instant::now();
    while up.ask(&token(("a", A))).await.0 != 401 {
        up.ask(&token(("c", B))).await;
        assert!(begun.elapsed() < PATIENCE, "it goes on counting");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(up.ask(&token(("b", B))).await.0, 200);
    assert!(up.up.runs(), "it is the same process all the time");
}

#[tokio::test(flavor = "multi_thread")]
async fn until_the_provider_answers_nobody_is_called_unauthenticated() {
    let provider = Provider::start().await;
    let up = Product::start(&provider);
    let (status, again, body) = up.ask(&token(("a", A))).await;
    assert_eq!((status, again.as_deref()), (503, Some("5")), "{body}");
    assert_eq!(body["errors"][0]["extensions"]["code"], "UNAVAILABLE");
    let (ready, report) = up.readiness().await;
    assert_eq!(
        (ready, &report["dependencies"]["token keys"]),
        (200, &json!("away")),
        "webhooks need no provider"
    );
    provider.publish(&[("a", A)]);
    up.until(&token(("a", A)), 200).await;
}

#[test]
fn settings_that_would_let_others_in_are_refused() {
    let data_dir = tempfile::tempdir().unwrap();
    let secret = "0123456789abcdef0123456789abcdef";
    for (url, set, unset, told) in [
        (
            "https://id.example/keys",
            Some(("CALLAB__AUTH__HS256_SECRET", secret)),
            None,
            "only one of",
        ),
        ("http://id.example/keys", None, None, "must begin with https://"),
        (
            "https://id.example/keys",
            None,
            Some("CALLAB__AUTH__AUDIENCE"),
            "auth.audience",
        ),
        (
            "https://id.example/keys",
            None,
            Some("CALLAB__AUTH__ISSUER"),
            "auth.issuer",
        ),
        (
            "https://id.example/keys",
            Some(("CALLAB__AUTH__JWKS_ALGORITHM", "HS256")),
            None,
            "auth.jwks_algorithm",
        ),
    ] {
        let mut command = callab(&data_dir, url);
        command.arg("up").envs(set);
        unset.map(|name| command.env_remove(name));
        let Output { status, stderr, .. } = command.output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert!(!status.success() && stderr.contains(told), "{stderr}");
        assert!(!stderr.contains(secret), "{stderr}");
    }
    let token = callab(&data_dir, "https://id.example/keys")
        .args(["token", "--role", "lead"])
        .output()
        .unwrap();
    let stderr = String::from_utf8(token.stderr).unwrap();
    assert!(
        stderr.contains("tokens are signed by your identity provider"),
        "{stderr}"
    );
}
