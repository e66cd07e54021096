use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeZone, Utc};
use futures_util::future::join_all;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use super::super::{Identity, NotVerified, TokenVerifier, Unauthenticated};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

const NOT_VALID: Result<Identity, NotVerified> = Err(NotVerified::Unauthenticated(Unauthenticated::NotValid));
const UNAVAILABLE: Result<Identity, NotVerified> = Err(NotVerified::KeysUnavailable(KeysUnavailable));

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap()
}

fn rsa(which: &str) -> EncodingKey {
    EncodingKey::from_rsa_der(match which {
        "a" => include_bytes!("../test_keys/rsa-a.der"),
        "b" => include_bytes!("../test_keys/rsa-b.der"),
        _ => include_bytes!("../test_keys/rsa-1024.der"),
    })
}

/// A key that signs by the algorithm.
fn key_for(algorithm: Algorithm) -> EncodingKey {
    match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_der(include_bytes!("../test_keys/p256.der")),
        Algorithm::ES384 => EncodingKey::from_ec_der(include_bytes!("../test_keys/p384.der")),
        Algorithm::EdDSA => EncodingKey::from_ed_der(include_bytes!("../test_keys/ed25519.der")),
        _ => rsa("a"),
    }
}

/// The public half, as it is published under this id.
fn public(key: &EncodingKey, algorithm: Algorithm, id: Option<&str>) -> Value {
    let mut jwk = serde_json::to_value(Jwk::from_encoding_key(key, algorithm).unwrap()).unwrap();
    jwk["use"] = json!("sig");
    if let Some(id) = id {
        jwk["kid"] = json!(id);
    }
    jwk
}

fn rs256(which: &str) -> Value {
    public(&rsa(which), Algorithm::RS256, Some(which))
}

fn claims() -> Value {
    json!({ "sub": "person-1", "role": "owner", "workspace": "ws-1", "exp": now().timestamp() + 60,
            "aud": "callab-byot", "iss": "https://id.example" })
}

fn signed(key: &EncodingKey, algorithm: Algorithm, id: Option<&str>, claims: &Value) -> String {
    let header = Header {
        kid: id.map(str::to_owned),
        ..Header::new(algorithm)
    };
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

/// A good token that names the key it is signed with.
fn token(which: &str) -> String {
    signed(&rsa(which), Algorithm::RS256, Some(which), &claims())
}

/// An identity provider, and what verifies its tokens.
#[derive(Debug)]
struct Provider {
    answer: std::sync::Mutex<Result<String, String>>,
    asked: AtomicUsize,
}

#[async_trait]
impl FetchKeys for Provider {
    async fn fetch(&self) -> Result<String, String> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        self.answer.lock().unwrap().clone()
    }
}

impl Provider {
    fn start() -> Arc<Self> {
        Arc::new(Self {
            answer: std::sync::Mutex::new(Err("it is away".into())),
            asked: AtomicUsize::new(0),
        })
    }

    fn publish(&self, keys: &[Value]) {
        *self.answer.lock().unwrap() = Ok(json!({ "keys": keys }).to_string());
    }

    fn answer(&self, answer: Result<&str, &str>) {
        *self.answer.lock().unwrap() = answer.map(str::to_owned).map_err(str::to_owned);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn keys_of(provider: &Arc<Provider>, algorithm: &str) -> Arc<PublishedKeys> {
    Arc::new(PublishedKeys::new(provider.clone(), algorithm.parse().unwrap()))
}

/// Keys that are read so often at most, and what verifies tokens by them.
fn with_pause(provider: &Arc<Provider>, pause: Duration) -> (Arc<PublishedKeys>, TokenVerifier) {
    let keys = PublishedKeys::new(provider.clone(), "RS256".parse().unwrap());
    let keys = Arc::new(PublishedKeys { pause, ..keys });
    (keys.clone(), verifier(&keys))
}

fn verifier(keys: &Arc<PublishedKeys>) -> TokenVerifier {
    TokenVerifier::published(keys.clone(), "callab-byot", "https://id.example")
}

/// A provider that publishes these keys, and what verifies its tokens by RS256.
fn of_published(published: &[Value]) -> (Arc<Provider>, Arc<PublishedKeys>, TokenVerifier) {
    let provider = Provider::start();
    provider.publish(published);
    let keys = keys_of(&provider, "RS256");
    let verifier = verifier(&keys);
    (provider, keys, verifier)
}

/// As if they had not been read for a while.
async fn later(keys: &PublishedKeys) {
    *keys.asked.lock().await = None;
}

#[tokio::test]
async fn a_new_key_counts_without_a_restart() {
    let (provider, keys, verifier) = of_published(&[rs256("a")]);
    let verify = async |which: &str| verifier.verify(&token(which), now()).await;
    assert_eq!(verify("a").await.unwrap().subject, "person-1");
    provider.publish(&[rs256("a"), rs256("b")]);
    later(&keys).await;
    assert!(verify("b").await.is_ok());
    assert!(verify("a").await.is_ok(), "both count while they are both published");
    assert_eq!(provider.asked(), 2);
}

/// A provider signs with a new key as soon as it is published: who comes right after a reading waits, and is not sent away.
#[tokio::test]
async fn a_key_that_is_published_right_after_a_reading_counts_with_the_next() {
    let provider = Provider::start();
    provider.publish(&[rs256("a")]);
    let pause = Duration::from_millis(300);
    let (_, verifier) = with_pause(&provider, pause);
    assert!(verifier.verify(&token("a"), now()).await.is_ok());
    let read_at = Instant::now();
    provider.publish(&[rs256("a"), rs256("b")]);
    let new = token("b");
    let answers = join_all((0..10).map(|_| verifier.verify(&new, now()))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(read_at.elapsed() + Duration::from_millis(50) >= pause);
    assert_eq!(provider.asked(), 2, "one reading for all who waited");
    let begun = Instant::now();
    assert!(verifier.verify(&new, now()).await.is_ok());
    assert!(begun.elapsed() < pause, "what is known does not wait");
}

/// However many wait, the provider is asked once in each pause, and no more wait than there are places.
#[tokio::test]
async fn strangers_wait_in_a_number_and_have_the_keys_read_once_in_a_pause() {
    let provider = Provider::start();
    provider.publish(&[rs256("a")]);
    let pause = Duration::from_secs(2);
    let (keys, verifier) = with_pause(&provider, pause);
    assert!(verifier.verify(&token("a"), now()).await.is_ok());
    let made_up = signed(&rsa("b"), Algorithm::RS256, Some("made up"), &claims());
    let at_once = AtomicUsize::new(0);
    let answers = join_all((0..MOST_WAIT + 50).map(async |_| {
        let begun = Instant::now();
        let answer = verifier.verify(&made_up, now()).await;
        if begun.elapsed() < pause / 2 {
            at_once.fetch_add(1, Ordering::SeqCst);
        }
        answer
    }))
    .await;
    assert!(answers.into_iter().all(|answer| answer == NOT_VALID));
    assert_eq!(at_once.into_inner(), 50, "there is no place for them to wait");
    assert_eq!(provider.asked(), 2);
    assert_eq!(keys.waits.available_permits(), MOST_WAIT);
}

#[tokio::test]
async fn a_withdrawn_key_counts_no_longer_after_the_next_reading() {
    let provider = Provider::start();
    provider.publish(&[rs256("a")]);
    let (keys, verifier) = with_pause(&provider, Duration::from_millis(20));
    let stop = CancellationToken::new();
    let (fresh, until) = (keys.clone(), stop.clone());
    let reading = tokio::spawn(async move { fresh.keep_fresh(Duration::from_millis(5), until).await });
    assert!(verifier.verify(&token("a"), now()).await.is_ok());
    provider.publish(&[rs256("b")]);
    let read = provider.asked();
    while provider.asked() < read + 2 {
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(verifier.verify(&token("a"), now()).await, NOT_VALID);
    assert!(verifier.verify(&token("b"), now()).await.is_ok());
    stop.cancel();
    reading.await.unwrap();
    let read = provider.asked();
    sleep(Duration::from_millis(50)).await;
    assert_eq!(provider.asked(), read, "nothing is read after the stop");
}

#[tokio::test]
async fn strangers_cannot_have_the_keys_read_again_and_again() {
    let (provider, keys, verifier) = of_published(&[rs256("a")]);
    assert!(verifier.verify(&token("a"), now()).await.is_ok());
    later(&keys).await;
    let made_up: Vec<String> = (0..50)
        .map(|n| signed(&rsa("b"), Algorithm::RS256, Some(&format!("made up {n}")), &claims()))
        .collect();
    let answers = join_all(made_up.iter().map(|token| verifier.verify(token, now()))).await;
    assert!(answers.into_iter().all(|answer| answer == NOT_VALID));
    assert_eq!(provider.asked(), 2, "one reading for all of them");
    // A key that is known is not read again, whoever signs in its name.
    later(&keys).await;
    let in_its_name = signed(&rsa("b"), Algorithm::RS256, Some("a"), &claims());
    assert_eq!(verifier.verify(&in_its_name, now()).await, NOT_VALID);
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn a_token_that_names_no_key_is_tried_with_each() {
    let (provider, keys, verifier) = of_published(&[rs256("a"), rs256("b")]);
    let unnamed = |which: &str| signed(&rsa(which), Algorithm::RS256, None, &claims());
    assert!(verifier.verify(&unnamed("b"), now()).await.is_ok());
    provider.publish(&[public(&rsa("a"), Algorithm::RS256, None)]);
    later(&keys).await;
    let odd = signed(&rsa("a"), Algorithm::RS256, Some("c"), &claims());
    assert_eq!(verifier.verify(&odd, now()).await, NOT_VALID, "no key has this name");
    assert!(verifier.verify(&unnamed("a"), now()).await.is_ok());
}

#[tokio::test]
async fn without_keys_nobody_says_that_a_token_is_bad() {
    let provider = Provider::start();
    let keys = keys_of(&provider, "RS256");
    let verifier = verifier(&keys);
    assert_eq!(verifier.verify(&token("a"), now()).await, UNAVAILABLE);
    assert!(!keys.are_known() && keys.age().is_none());
    provider.publish(&[rs256("a")]);
    assert_eq!(
        verifier.verify(&token("a"), now()).await,
        UNAVAILABLE,
        "they were asked for a moment ago"
    );
    later(&keys).await;
    assert!(verifier.verify(&token("a"), now()).await.is_ok());
    let read_at = Instant::now();
    // What cannot be read later changes nothing.
    for answer in [
        Err("it is away"),
        Ok("<html>"),
        Ok("{}"),
        Ok("[]"),
        Ok(r#"{"keys": 7}"#),
    ] {
        provider.answer(answer);
        later(&keys).await;
        assert_eq!(
            verifier.verify(&token("b"), now()).await,
            UNAVAILABLE,
            "its key may be a new one"
        );
        assert!(verifier.verify(&token("a"), now()).await.is_ok(), "{answer:?}");
    }
    let age = keys.age().expect("they were read once");
    assert!(
        age >= read_at.elapsed(),
        "a reading that failed does not make them younger"
    );
    // That all keys were withdrawn does.
    provider.publish(&[]);
    later(&keys).await;
    assert_eq!(verifier.verify(&token("b"), now()).await, NOT_VALID);
    later(&keys).await;
    assert_eq!(verifier.verify(&token("a"), now()).await, NOT_VALID);
}

#[tokio::test]
async fn each_algorithm_verifies_its_own_tokens_alone() {
    let names = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
    ];
    let algorithms = names.map(|name| name.parse::<Algorithm>().unwrap());
    for name in names {
        let algorithm: Algorithm = name.parse().unwrap();
        let provider = Provider::start();
        let published = algorithms.map(|other| {
            let mut jwk = public(&key_for(other), other, Some("one"));
            jwk.as_object_mut().unwrap().remove("alg");
            jwk
        });
        provider.publish(&published);
        let verifier = verifier(&keys_of(&provider, name));
        for other in algorithms {
            let token = signed(&key_for(other), other, Some("one"), &claims());
            let outcome = verifier.verify(&token, now()).await;
            assert_eq!(outcome.is_ok(), other == algorithm, "{other:?} where {name} is set");
        }
    }
    for name in ["HS256", "HS384", "HS512", "none", "rs256", ""] {
        assert_eq!(name.parse::<PublicAlgorithm>(), Err(NotPublic), "{name}");
    }
}

/// CVE-2015-9235 and its like: the public key, which everybody has, taken for a shared secret.
#[tokio::test]
async fn what_is_published_is_no_secret_to_sign_with() {
    let published = rs256("a");
    let secret = json!({ "kty": "oct", "kid": "secret", "use": "sig", "alg": "HS256", "k": "c2VjcmV0" });
    let (_, _, verifier) = of_published(&[published.clone(), secret]);
    let modulus = published["n"].as_str().unwrap();
    for (secret, id) in [
        (published.to_string().into_bytes(), "a"),
        (modulus.as_bytes().to_vec(), "a"),
        (URL_SAFE_NO_PAD.decode(modulus).unwrap(), "a"),
        (b"secret".to_vec(), "secret"),
        (Vec::new(), "a"),
    ] {
        let forged = signed(
            &EncodingKey::from_secret(&secret),
            Algorithm::HS256,
            Some(id),
            &claims(),
        );
        let refused = verifier.verify(&forged, now()).await;
        assert_eq!(refused, Err(Unauthenticated::Algorithm.into()));
    }
    assert!(verifier.verify(&token("a"), now()).await.is_ok());
}

#[tokio::test]
async fn keys_for_other_purposes_or_too_weak_are_left_out() {
    let changed = |field: &str, value: Value| {
        let mut key = rs256("a");
        key[field] = value;
        key
    };
    let weak = public(&rsa("weak"), Algorithm::RS256, Some("a"));
    for unfit in [
        changed("use", json!("enc")),
        changed("key_ops", json!(["sign"])),
        changed("alg", json!("RS512")),
        changed("alg", json!("RSA-OAEP")),
        changed("n", json!("!")),
        changed("kty", json!("XYZ")),
        json!(7),
        json!({ "kty": "RSA", "kid": "a" }),
    ] {
        let (_, _, verifier) = of_published(&[unfit.clone(), rs256("b")]);
        assert_eq!(verifier.verify(&token("a"), now()).await, NOT_VALID, "{unfit}");
        assert!(
            verifier.verify(&token("b"), now()).await.is_ok(),
            "{unfit} keeps no other out"
        );
    }
    let (_, _, verifier) = of_published(&[weak]);
    let by_the_weak = signed(&rsa("weak"), Algorithm::RS256, Some("a"), &claims());
    assert_eq!(verifier.verify(&by_the_weak, now()).await, NOT_VALID);
}

#[tokio::test]
async fn a_token_for_another_service_or_of_another_issuer_is_refused() {
    let (_, _, verifier) = of_published(&[rs256("a")]);
    let changes = [
        ("aud", Some("another"), Unauthenticated::Audience),
        ("iss", Some("https://evil.example"), Unauthenticated::Issuer),
        ("aud", None, Unauthenticated::Audience),
        ("iss", None, Unauthenticated::Issuer),
        ("sub", None, Unauthenticated::NotValid),
    ];
    for (name, value, why) in changes {
        let mut claims = claims();
        let object = claims.as_object_mut().unwrap();
        match value {
            Some(value) => _ = object.insert(name.to_owned(), json!(value)),
            None => _ = object.remove(name),
        }
        let token = signed(&rsa("a"), Algorithm::RS256, Some("a"), &claims);
        assert_eq!(verifier.verify(&token, now()).await, Err(why.into()), "{claims}");
    }
}
